"""One message in numbers: the values that a summary of many messages counts.

Servers are named so that their number stays small: an Exchange server by its own name, as are the other systems of its
domain; any other system, and the hosts of Exchange Online, by their registered domain.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.classifier import builds, servers
from hopscope.model import Hop, Route, Scenario, Service, Severity, Tls
from hopscope.parser.grammar import address

__all__ = ["Digest", "HopDigest", "digest", "hosts", "route_digest", "short", "written_tls"]


class HopDigest(msgspec.Struct, frozen=True, gc=False):
    """One hop in numbers."""

    service: Service
    host: str | None
    """The server that stamped, or the domain it belongs to, in lower case; ``None`` where the stamp has no name."""
    product: str | None
    build: str | None
    time: float | None
    """When the server had received it, in seconds since 1970 (UTC)."""
    delay: float | None
    """Seconds since the last dated hop before; may be negative."""
    hops_covered: int
    """How many legs ``delay`` covers."""
    tls: str | None
    """``TLS1.2 ECDHE-RSA-AES256-GCM-SHA384``, or as much of it as is told; ``None`` where no TLS is told of."""


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """A message in numbers."""

    source: str
    message_id: str | None
    hops: tuple[HopDigest, ...]
    scenario: Scenario | None = None
    """``None`` where it was not asked for."""
    findings: tuple[tuple[str, Severity], ...] | None = None
    """Code and severity of each; ``None`` where they were not asked for."""

    @property
    def last(self) -> float | None:
        """The time of the last dated hop, in seconds since 1970 (UTC)."""
        return next((hop.time for hop in reversed(self.hops) if hop.time is not None), None)

    @property
    def total(self) -> float | None:
        """Last dated hop minus first dated hop, in seconds; ``None`` with fewer than two dated hops."""
        times = [hop.time for hop in self.hops if hop.time is not None]
        return times[-1] - times[0] if len(times) > 1 else None


def digest(analysis: Analysis) -> Digest:
    """The numbers of a message, with its scenario and findings."""
    findings = tuple([(finding.code, finding.severity) for finding in analysis.findings])
    route = analysis.route
    return Digest(
        source=route.source,
        message_id=route.message_id,
        hops=_hop_digests(route),
        scenario=analysis.scenario,
        findings=findings,
    )


def route_digest(route: Route) -> Digest:
    """The numbers of a labelled route."""
    return Digest(source=route.source, message_id=route.message_id, hops=_hop_digests(route))


def _hop_digests(route: Route) -> tuple[HopDigest, ...]:
    services = [hop.label.service for hop in route.hops]
    host_names = hosts(services, [hop.written_server or "" for hop in route.hops])
    return tuple(map(_hop_digest, route.hops, host_names))


def _hop_digest(hop: Hop, host: str | None) -> HopDigest:
    tls, label = hop.stamp.tls, hop.label
    return HopDigest(
        service=label.service,
        host=host,
        product=label.product or short(label.software),
        build=label.build,
        time=hop.time.timestamp() if hop.time else None,
        delay=hop.delay.total_seconds() if hop.delay is not None else None,
        hops_covered=hop.hops_covered,
        tls=written_tls(tls) if tls else None,
    )


def hosts(services: Sequence[Service], names: Iterable[str]) -> list[str | None]:
    """What to call the servers of a message in a summary: by their names, or their registered domains.

    Args:
        services: What stamped each hop.
        names: Their servers, as the stamps write them; empty where there is none.
    """
    servers_named = [_server_name(name if len(name) <= _LONGEST else "") for name in names]
    stamped = list(zip(services, servers_named, strict=True))
    own_domains = {
        name.domain for service, name in stamped if name.domain and not name.online and service not in _OUTSIDE
    }
    return [
        name.server
        if name.domain in own_domains or (not name.online and service not in _OUTSIDE)
        else name.outside_name
        for service, name in stamped
    ]


_LONGEST = 255
"""No domain is longer (RFC 5321 section 4.5.3.1.2); longer names of products are cut, as a summary keeps them all."""


def short(text: str | None) -> str | None:
    """A text, or so much of it as a summary keeps."""
    return text if text is None or len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def written_tls(tls: Tls) -> str:
    """TLS as in ``HopDigest.tls``."""
    return short(" ".join(filter(None, (tls.version, tls.cipher)))) or "TLS"


class _ServerName(NamedTuple):
    """The name of a server, and what a summary may call it."""

    server: str | None
    """The name in lower case."""
    domain: str | None
    """The registered domain."""
    online: bool
    """It is one of Exchange Online."""
    outside_name: str | None
    """What to call it where it is not one's own: the domain; the name where that has none; an address is no name."""


@lru_cache(maxsize=1 << 14)
def _server_name(name: str) -> _ServerName:
    server = name.lower()
    domain = servers.organisation(server)
    outside_name = domain if "." in server or address(server) else server
    return _ServerName(server or None, domain, builds.is_online_host(server), outside_name or None)


_OUTSIDE = frozenset({Service.OTHER_MTA, Service.UNKNOWN})
