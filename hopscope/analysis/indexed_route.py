"""A labelled route with the values that most rules need, computed on first use.

About forty rules examine a message, and most need the same few values: the Exchange marks by hop and the header fields
by name. They are stored with the message and not in the module, so that no value outlives its message.
"""

from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from hopscope.classifier import latency
from hopscope.classifier.dialects import exchange
from hopscope.model import ExchangeMark, HeaderField, HeaderFields, Hop, ReferenceTime, Route, Service, Stamp
from hopscope.on_first_use import on_first_use
from hopscope.parser.stamp import by_lexer

__all__ = ["RESTARTS", "IndexedRoute"]

RESTARTS = frozenset({"delivered-to", "resent-from", "resent-sender", "resent-to", "resent-date", "resent-message-id"})
"""Fields that a delivery (Delivered-To, as qmail and Postfix write it) or a resending (RFC 5322 section 3.6.6) adds."""


class IndexedRoute(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A labelled route, its Exchange marks and the records of its other header fields."""

    route: Route

    @on_first_use
    def marks(self) -> tuple[ExchangeMark | None, ...]:
        """The Exchange marks of the Received fields, by hop; ``None`` for other systems."""
        return tuple([hop.mark for hop in self.route.hops])

    @on_first_use
    def entries(self) -> tuple[Hop, ...]:
        """The dated Exchange hops: the message entered at one of them."""
        marked = zip(self.route.hops, self.marks, strict=True)
        return tuple([hop for hop, mark in marked if mark is not None and hop.time is not None])

    @on_first_use
    def client_proxies(self) -> tuple[exchange.ClientProxy, ...]:
        """The proxied client sessions that the message records."""
        return exchange.client_proxies(self.route) if "x-clientproxiedby" in self.route.names else ()

    @on_first_use
    def latencies(self) -> tuple[latency.Latency, ...]:
        """The latencies that the latency fields record."""
        return latency.read(self.route)

    @on_first_use
    def measured(self) -> tuple[exchange.MeasuredService, ...]:
        """The services that measured how long they held the message."""
        return exchange.measured(self.route) if self.latencies else ()

    @on_first_use
    def front_ends(self) -> frozenset[str]:
        """The servers, in lower case, whose Front End Transport added a Received field."""
        return frozenset([hop.server for hop in self.route.hops if hop.label.service is Service.FRONT_END])

    @on_first_use
    def times_by_field(self) -> dict[str, list[ReferenceTime]]:
        """The reference times read so far, by the name of their field in lower case."""
        return {}

    @on_first_use
    def is_hybrid(self) -> bool:
        """Whether the message has the fields that only the two parts of one hybrid organisation exchange.

        Source: Microsoft Docs, "Transport routing in Exchange hybrid deployments"; public mail archives (observed).
        """
        names = self.route.names
        if not _PRESERVED.isdisjoint(names) or any(name.startswith(_CROSS_PREMISES) for name in names):
            return True
        return "HybridOnPrem" in self.route.bodies(_FROM_ENTITY)

    @on_first_use
    def _copies(self) -> dict[HeaderField, Stamp]:
        in_bulk = isinstance(self.route.headers, HeaderFields)
        return {field: _read(field, in_bulk=in_bulk) for field in self.route.named("x-received")}

    def copy(self, field: HeaderField) -> Stamp:
        """A reception inside Google, as an X-Received field records it."""
        return self._copies[field]

    def between(self, names: frozenset[str]) -> Iterator[tuple[int, HeaderField]]:
        """The fields with these names between two hops, oldest first, each with the number of the hop below it."""
        names &= self.route.names
        if not names:
            return
        fields = [field for name in names for field in self.route.named(name)]
        lines = sorted(hop.stamp.field.line for hop in self.route.hops)
        for field in sorted(fields, key=lambda field: field.line, reverse=True):
            below = len(lines) - bisect_right(lines, field.line)
            if 0 < below < len(lines):
                yield below, field


_CROSS_PREMISES = "x-ms-exchange-crosspremises-"
_PRESERVED = frozenset(
    {"x-organizationheaderspreserved", "x-ms-exchange-organization-cross-premises-headers-processed"}
)
_FROM_ENTITY = "x-ms-exchange-crosstenant-fromentityheader"


def _read(field: HeaderField, *, in_bulk: bool) -> Stamp:
    """Parse a field with the syntax of Received; the pattern takes 10 ms to compile, so it is only used in bulk."""
    if not in_bulk:
        return by_lexer(field)
    from hopscope.parser.usual_stamp import by_pattern

    return by_pattern(field) or by_lexer(field)
