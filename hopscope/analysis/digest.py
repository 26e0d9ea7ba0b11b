"""One message in numbers: the little of it that counts in a summary of many.

Servers are named so that their number stays small: an Exchange server by its own name, as are the other systems of its
domain; any other system, and the hosts of Exchange Online, by their registered domain.
"""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.classifier import builds, servers
from hopscope.model import Hop, Route, Scenario, Service, Severity

__all__ = ["Digest", "HopDigest", "digest", "host", "route_digest"]


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
    spans: int
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
    whole = route_digest(analysis.route)
    found = tuple((finding.code, finding.severity) for finding in analysis.findings)
    return msgspec.structs.replace(whole, scenario=analysis.scenario, findings=found)


def route_digest(route: Route) -> Digest:
    """The numbers of a labelled route."""
    own = own_domains((hop.label.service, servers.name(hop)) for hop in route.hops)
    return Digest(
        source=route.source, message_id=route.message_id, hops=tuple(_hop_digest(hop, own) for hop in route.hops)
    )


def _hop_digest(hop: Hop, own: frozenset[str]) -> HopDigest:
    tls = hop.stamp.tls
    return HopDigest(
        service=hop.label.service,
        host=host(hop.label.service, servers.name(hop), own),
        product=hop.label.product or hop.label.software,
        build=hop.label.build,
        time=hop.time.timestamp() if hop.time else None,
        delay=hop.delay.total_seconds() if hop.delay is not None else None,
        spans=hop.spans,
        tls=(" ".join(filter(None, (tls.version, tls.cipher))) or "TLS") if tls else None,
    )


def own_domains(hops: Iterable[tuple[Service, str]]) -> frozenset[str]:
    """The registered domains of the Exchange servers on premises that stamped, given services and servers."""
    found = {_domain(server) for service, server in hops if _is_own(service, server)}
    return frozenset(domain for domain in found if domain)


def host(service: Service, server: str, own: frozenset[str]) -> str | None:
    """What to call a server in a summary: its name, or the registered domain.

    Args:
        service: What stamped.
        server: Its name in lower case.
        own: The domains whose servers are called by their own names.
    """
    domain = _domain(server)
    if _is_own(service, server) or domain in own or "." not in server:
        return server or None
    return domain


def _is_own(service: Service, server: str) -> bool:
    """Whether it is an Exchange server on premises."""
    return service not in _OTHERS and not _is_online(server)


_OTHERS = frozenset({Service.OTHER_MTA, Service.UNKNOWN})
_is_online = lru_cache(maxsize=1 << 14)(builds.is_online_host)
_domain = lru_cache(maxsize=1 << 14)(servers.organisation)
