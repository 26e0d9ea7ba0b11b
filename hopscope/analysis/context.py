"""The context of every rule: values derived from a labelled route before rules are applied.

Everything is computed on first use: a summary of many messages needs the scenario and the findings, and most rules
need nothing of most messages.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from hopscope.analysis import (
    chain_breaks,
    clock_differences,
    delays,
    ownership,
    passages,
    reference_times,
    services_without_header,
    spf,
)
from hopscope.analysis.antispam import Antispam, antispam
from hopscope.analysis.authentication import Writer, writers_of
from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.trust import Border, Records, Trust, border_of, trust_levels
from hopscope.classifier import latency
from hopscope.model import (
    AuthenticationResult,
    Hop,
    Location,
    Passage,
    ReferenceTime,
    Scenario,
    ServiceWithoutHeader,
    Signature,
    TrackingEvent,
)
from hopscope.on_first_use import on_first_use
from hopscope.parser.authentication import authentication_results, signatures

if TYPE_CHECKING:
    from hopscope.analysis.clocks import Clock
    from hopscope.analysis.tracking.ordering import OrderedEvents
    from hopscope.analysis.tracking.verdicts import Tracking

__all__ = ["MessageContext"]


class MessageContext(IndexedRoute, frozen=True, kw_only=True, dict=True):
    """A labelled route with the derived values that rules and checks use."""

    attested: Mapping[int, bool] = {}
    """Whether the settings make the server of a hop one of the reader's, by hop number; the others are unknown."""
    in_networks: Mapping[int, bool] = {}
    """Whether the address of the peer of a hop is in the networks of the settings, by hop number."""
    tracking_events: tuple[TrackingEvent, ...] = ()
    """The rows of the user's tracking logs and message traces about the message, in the order of the files."""
    locations: Mapping[str, Location] = {}
    """The locations of the addresses in the header, as far as the user's databases have them."""

    @on_first_use
    def _services_without_header(self) -> tuple[ServiceWithoutHeader, ...]:
        return services_without_header.services_without_header(self)

    @on_first_use
    def services_without_header(self) -> tuple[ServiceWithoutHeader, ...]:
        """The services that handled the message and added no Received field; uncertain if unlinked hops show them."""
        last_unlinked = self.last_unlinked if self._services_without_header else 0
        return tuple(
            [services_without_header.as_claimed(service, last_unlinked) for service in self._services_without_header]
        )

    @on_first_use
    def latencies(self) -> tuple[latency.Latency, ...]:
        """The latencies that the latency fields record, and those of other services in the rows of tracking logs."""
        in_header = latency.read(self.route)
        known = {(measured.server.lower(), measured.part) for measured in in_header}
        logged = latency.in_events(self.tracking_events)
        return (*in_header, *(measured for measured in logged if (measured.server.lower(), measured.part) not in known))

    @on_first_use
    def passages(self) -> tuple[Passage, ...]:
        """The passages through Exchange, in the order of the path."""
        return passages.passages(self, lambda: self._services_without_header)

    @on_first_use
    def own_hops(self) -> frozenset[int]:
        """Numbers of the Exchange hops in the organisation at the end of the path; no hop that nothing bears out."""
        own = ownership.own_hops(self.route.hops, self.passages)
        return frozenset(number for number in own if number > self.last_unlinked)

    def is_own(self, hop: Hop) -> bool | None:
        """Whether the server of an Exchange hop is one of the reader's; ``None`` if unknown."""
        return self.attested.get(hop.number, True if hop.number in self.own_hops else None)

    @on_first_use
    def breaks(self) -> tuple[chain_breaks.Break, ...]:
        """The breaks in the chain of servers, in path order."""
        return chain_breaks.chain_breaks(self.route.hops, self.marks, self.passages)

    @on_first_use
    def trust(self) -> tuple[Trust, ...]:
        """How far each hop can be trusted, in path order."""
        records = Records(own=self.attested, in_networks=self.in_networks, spf_failed=spf.failed(self.route))
        return trust_levels(self.route.hops, records, self.breaks[-1].hop.number if self.breaks else 0)

    @on_first_use
    def border(self) -> Border | None:
        """Where the attested part of the path starts; ``None`` without a hop."""
        return border_of(self.route.hops, self.trust)

    @on_first_use
    def last_unlinked(self) -> int:
        """Number of the last hop that nothing bears out, so that all hops up to it are claims; 0 if there is none."""
        return sum(level is Trust.UNLINKED for level in self.trust)

    def is_claim(self, delay: delays.AttributedDelay) -> bool:
        """Whether nothing bears out the hop at which a delay starts, so that the delay is what the headers claim."""
        return delay.before <= self.last_unlinked

    @property
    def scenario(self) -> Scenario:
        """The scenario of the last passage, the one nearest to where the message was read."""
        if not self.route.hops:
            return Scenario.UNKNOWN
        return self.passages[-1].scenario if self.passages else Scenario.NOT_EXCHANGE

    @on_first_use
    def reference_times(self) -> tuple[ReferenceTime, ...]:
        """The times that other header fields record."""
        return reference_times.reference_times(self)

    def times_of(self, name: str) -> tuple[ReferenceTime, ...]:
        """The reference times with this name, such as ``Date``."""
        return reference_times.reference_times(self, frozenset({name}))

    @on_first_use
    def entry_times(self) -> tuple[ReferenceTime, ...]:
        """When the message entered Exchange, from the fields that the server added."""
        return reference_times.reference_times(self, reference_times.entry_names())

    @on_first_use
    def date_ahead(self) -> timedelta | None:
        """How much later Date is than the first hop; ``None`` if either is unknown, or the message was resent."""
        first = self.route.hops[0].time if self.route.hops else None
        if first is None or "resent-date" in self.route.names:
            return None
        bodies = self.route.bodies("date")[: reference_times.MOST]
        dates = [date for body in bodies if (date := reference_times.date(body)) is not None]
        return dates[0] - first if len(dates) == 1 else None

    @on_first_use
    def has_unmatched_entry(self) -> bool:
        """Whether a time of entry into Exchange matches no Received field."""
        entries = self.entries
        return bool(entries) and not all(reference_times.fitting(time, entries) for time in self.entry_times)

    @on_first_use
    def authentication(self) -> tuple[AuthenticationResult, ...]:
        """The results of SPF, DKIM, DMARC and other methods that servers recorded, top to bottom."""
        return authentication_results(self.route)

    @on_first_use
    def signatures(self) -> tuple[Signature, ...]:
        """The signatures of DKIM and ARC, top to bottom; not verified."""
        return signatures(self.route)

    @on_first_use
    def writers(self) -> Mapping[int, Writer]:
        """Who wrote each field of ``authentication``, by the line of the field."""
        return writers_of(self.authentication, self.route.hops, self.trust, self.border)

    @on_first_use
    def signers(self) -> Mapping[int, Writer]:
        """Who wrote each field of ``signatures``, by the line of the field."""
        return writers_of(self.signatures, self.route.hops, self.trust, self.border)

    @on_first_use
    def antispam(self) -> Antispam | None:
        """The antispam and organization headers of Exchange and Exchange Online; ``None`` if there are none."""
        return antispam(self)

    @on_first_use
    def contradictions(self) -> clock_differences.Contradictions:
        """The places where the times along the path run backwards."""
        return clock_differences.contradictions(self)

    @on_first_use
    def clocks(self) -> "tuple[Clock, ...]":
        """The clocks that are skewed, or differ."""
        if self.ordered_events is None or not self.ordered_events.offsets:
            return self._clocks_of_header
        from hopscope.analysis.tracking.clocks import with_log

        return with_log(self._clocks_of_header, self.route.hops, self.ordered_events)

    @on_first_use
    def _clocks_of_header(self) -> "tuple[Clock, ...]":
        if not (self.contradictions.negative or self.has_unmatched_entry):
            return ()
        from hopscope.analysis import clocks  # few messages have such times

        return clocks.clocks(self, self.entry_times, self.contradictions)

    @on_first_use
    def attributed_delays(self) -> tuple[delays.AttributedDelay, ...]:
        """The component that held the message before each hop with a known delay; what a tracking log shows wins."""
        return self.tracking.delays if self.tracking else self._suggested_delays

    @on_first_use
    def _suggested_delays(self) -> tuple[delays.AttributedDelay, ...]:
        """The attributed delays as the headers suggest them."""
        if not self.clocks:
            return delays.attributed_delays(self, {})
        from hopscope.analysis.clocks import delay_skew

        return delays.attributed_delays(self, delay_skew.delay_skews(self.contradictions.points, self.clocks))

    @on_first_use
    def ordered_events(self) -> "OrderedEvents | None":
        """The events of the tracking logs, in order; ``None`` without any."""
        if not self.tracking_events:
            return None
        from hopscope.analysis.tracking.ordering import ordered  # most messages come without a log

        return ordered(self.tracking_events)

    @on_first_use
    def tracking(self) -> "Tracking | None":
        """What the tracking logs say about the hops; ``None`` without an event."""
        if self.ordered_events is None:
            return None
        from hopscope.analysis.tracking.verdicts import tracking

        return tracking(self.route.hops, self._suggested_delays, self.ordered_events)
