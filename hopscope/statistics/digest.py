"""The values of one message that a summary counts.

To limit the number of names, only Exchange servers and other systems in their domains keep their host names. The hosts
of Exchange Online have its name, whatever their domain, and all other systems their registered domain. A system with an
address only is named by the address, or by its block if the address is private, as different systems share such
addresses.

The module is over 300 lines because a summary counts nothing of a message that is not decided here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache, lru_cache
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.delays import Holder
from hopscope.analysis.phrases import holder
from hopscope.classifier import builds, servers
from hopscope.classifier.smtp import is_smtp
from hopscope.data import table
from hopscope.model import Hop, Route, Scenario, Service, Severity, Tls
from hopscope.parser.authentication_names import is_registered, methods
from hopscope.parser.grammar import address

__all__ = [
    "NOT_SMTP",
    "OTHER_RESULT",
    "OUTSIDE",
    "WRITERS",
    "Digest",
    "HopDigest",
    "authentication_key",
    "digest",
    "escaped",
    "hosts",
    "online_names",
    "outside_name",
    "route_digest",
    "short",
    "written_tls",
]


NOT_SMTP = "not SMTP"
"""The TLS of a hop that is not an SMTP session, such as ``with mapi``: it has no TLS to record."""
OUTSIDE = frozenset({Service.OTHER_MTA, Service.UNKNOWN})
"""The services of systems that are not Exchange."""


class HopDigest(msgspec.Struct, frozen=True, gc=False):
    """The counted values of a hop."""

    service: Service
    host: str | None
    """The server of the hop or its registered domain, in lower case, or ``Exchange Online``.

    ``None`` if the Received field names no server.
    """
    product: str | None
    build: str | None
    time: float | None
    """Time of the hop, in seconds since 1970 (UTC)."""
    delay: float | None
    """Seconds since the previous dated hop; may be negative.

    ``None`` if it is unknown, or was spent in a mailbox, which is not a transport delay; the latter needs an analysis.
    """
    hops_covered: int
    """Number of hops that ``delay`` covers: more than 1 after undated hops."""
    tls: str | None
    """Such as ``TLS1.2 ECDHE-RSA-AES256-GCM-SHA384``, or the recorded part of it; ``NOT_SMTP`` if there was no SMTP
    session; ``None`` if no TLS is recorded."""
    corrected: float | None = None
    """The delay without the clock skew that the message shows; ``None`` if it shows none in this delay."""


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """The counted values of a message."""

    source: str
    message_id: str | None
    hops: tuple[HopDigest, ...]
    scenario: Scenario | None = None
    """``None`` if the message was not analysed."""
    findings: tuple[tuple[str, Severity], ...] | None = None
    """Code and severity of each finding; ``None`` if the message was not analysed."""
    authentication: tuple[str, ...] = ()
    """Method, result and writer of authentication results, separated by tabs, each once: ``spf\tpass\tattested``."""
    statuses: tuple[str, ...] = ()
    """Action and status code of each recipient in a report, separated by a tab; a part that is unknown is empty."""
    held_by: str | None = None
    """The holder of the message during its longest delay: ``EX16-02 Transport (mailbox delivery queue)``.

    ``None`` if it is unknown, or if the message was not analysed.
    """
    held: float | None = None
    """The longest delay, in seconds, without known clock skew; ``None`` if ``held_by`` is."""

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
    """The counted values of an analysed message, with its scenario and findings."""
    findings = tuple([(finding.code, finding.severity) for finding in analysis.findings])
    route = analysis.route
    longest = max(analysis.attributed_delays, key=lambda wait: wait.waited, default=None)
    held_by = holder(longest, is_claim=analysis.is_claim(longest)) if longest and longest.waited > _NO_TIME else None
    return Digest(
        source=escaped(route.source),
        message_id=route.message_id and escaped(route.message_id),
        hops=_hop_digests(route, _corrected(analysis), _after_mailboxes(analysis)),
        scenario=analysis.scenario,
        findings=findings,
        authentication=_authentication(analysis),
        statuses=_statuses(route),
        held_by=short(held_by),
        held=longest.waited.total_seconds() if longest and held_by else None,
    )


def route_digest(route: Route) -> Digest:
    """The counted values of a labelled route, without scenario and findings."""
    return Digest(
        source=escaped(route.source),
        message_id=route.message_id and escaped(route.message_id),
        hops=_hop_digests(route, {}, frozenset()),
        statuses=_statuses(route),
    )


def _authentication(analysis: Analysis) -> tuple[str, ...]:
    """The results, but not those of ARC sets, which an earlier server found."""
    return tuple(
        dict.fromkeys(
            authentication_key(result.method, result.result, analysis.writers[result.field.line].is_attested)
            for result in analysis.authentication
            if not result.is_of_arc
        )
    )


OTHER_RESULT = "other"
"""The name of methods and results that are not registered: a header can make up any number of them."""
WRITERS = {True: "attested", False: "not attested", None: "unknown"}
"""Who wrote a result: the organisation that delivered the message, perhaps another, or unknown."""


def authentication_key(method: str, result: str, is_attested: bool | None) -> str:  # noqa: FBT001 - a value
    """A key of ``Summary.authentication``."""
    known = method if method in methods() else OTHER_RESULT
    return f"{known}\t{result if is_registered(method, result) else OTHER_RESULT}\t{WRITERS[is_attested]}"


def _statuses(route: Route) -> tuple[str, ...]:
    return tuple([f"{status.action or ''}\t{escaped(status.status or '')}" for status in route.delivery_status])


def _corrected(analysis: Analysis) -> dict[int, float]:
    """The corrected delays of a message that shows clock skew, by hop number."""
    if not analysis.clocks:
        return {}
    from hopscope.analysis.clocks.delay_skew import known_skews

    known, corrected = known_skews(analysis.clocks), {}
    for wait in analysis.attributed_delays:
        skew = wait.clock_skew or known.get(wait.hop, _NO_TIME) - known.get(wait.before, _NO_TIME)
        if skew and (skew < _NO_TIME) is (wait.delay < _NO_TIME):
            corrected[wait.hop] = max(wait.delay - skew, _NO_TIME).total_seconds()
    return corrected


_NO_TIME = timedelta(0)


def _after_mailboxes(analysis: Analysis) -> frozenset[int]:
    """The numbers of the hops before which the message was in a mailbox."""
    return frozenset([wait.hop for wait in analysis.attributed_delays if wait.holder is Holder.MAILBOX])


def _hop_digests(
    route: Route, corrected: Mapping[int, float], after_mailboxes: frozenset[int]
) -> tuple[HopDigest, ...]:
    services = [hop.label.service for hop in route.hops]
    host_names = hosts(services, [hop.written_server or "" for hop in route.hops])
    delays = map(corrected.get, range(1, len(route.hops) + 1))
    digests = map(_hop_digest, route.hops, host_names, delays)
    if not after_mailboxes:
        return tuple(digests)
    return tuple(
        replace(hop, delay=None, corrected=None) if number in after_mailboxes else hop
        for number, hop in enumerate(digests, start=1)
    )


def _hop_digest(hop: Hop, host: str | None, corrected: float | None) -> HopDigest:
    tls, label = hop.stamp.tls, hop.label
    return HopDigest(
        service=label.service,
        host=host,
        product=label.product or short(label.software),
        build=label.build,
        time=hop.time.timestamp() if hop.time else None,
        delay=hop.delay.total_seconds() if hop.delay is not None else None,
        hops_covered=hop.hops_covered,
        tls=written_tls(tls) if tls else NOT_SMTP if is_smtp(hop) is False else None,
        corrected=corrected,
    )


def hosts(services: Sequence[Service], names: Iterable[str]) -> list[str | None]:
    """The names of a message's servers in a summary: the host name, the registered domain, or ``Exchange Online``.

    Args:
        services: The service of each hop.
        names: The server of each hop, as its Received field writes it; empty if it names none.
    """
    servers_named = [_server_name(name if len(name) <= _LONGEST else "") for name in names]
    services_and_names = list(zip(services, servers_named, strict=True))
    own_domains = {
        name.domain
        for service, name in services_and_names
        if name.domain and not name.online and service not in OUTSIDE
    }
    return [
        name.server if name.domain in own_domains or (not name.online and service not in OUTSIDE) else name.outside_name
        for service, name in services_and_names
    ]


_LONGEST = 255
"""Maximum length of a domain (RFC 5321 section 4.5.3.1.2). Longer product names are cut, to bound the summary."""


def short(text: str | None) -> str | None:
    """An escaped text, cut to the maximum length that a summary keeps."""
    if text is None or len(text := escaped(text)) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 1]}…"


def escaped(text: str) -> str:
    r"""A text whose invalid bytes are written as ``\udcff``, as JSON has no others.

    Names are escaped before they are counted, so that those of a saved summary are the same.
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def written_tls(tls: Tls) -> str:
    """TLS version and cipher, as in ``HopDigest.tls``."""
    return short(" ".join(filter(None, (tls.version, tls.cipher)))) or "TLS"


class _ServerName(NamedTuple):
    """The name of a server, and its possible names in a summary."""

    server: str | None
    """The name in lower case."""
    domain: str | None
    """The registered domain."""
    online: bool
    """Whether the server belongs to Exchange Online."""
    outside_name: str | None
    """The name of a system outside the organisation: ``Exchange Online``, its domain, a name without dots, or an
    address or its block."""


def outside_name(host: str) -> str | None:
    """The name in a summary of a host outside the organisation: ``Exchange Online``, its domain, or its block."""
    return _server_name(host).outside_name


@lru_cache(maxsize=1 << 14)
def _server_name(name: str) -> _ServerName:
    server = escaped(name.lower())
    domain = servers.registered_domain(server)
    ip = address(server)
    service = builds.service_of(server)
    outside_name = service or (_public_address(ip) if ip else domain if "." in server else server)
    return _ServerName(server or None, domain, service is not None, outside_name or None)


@cache
def online_names() -> frozenset[str | None]:
    """The names of Exchange Online hosts in a summary; earlier versions saved the registered domains of its hosts."""
    rows = table("online_hosts")
    return frozenset({row["product"] for row in rows} | {servers.registered_domain(row["domain"]) for row in rows})


def _public_address(ip: str) -> str:
    """An address, or the block of a private one, as by 10.0.0.1 many systems name themselves."""
    from ipaddress import ip_address, ip_network

    try:
        parsed = ip_address(ip)
    except ValueError:  # an odd zone index
        return ip
    blocks = (ip_network(row["network"]) for row in table("address_blocks"))
    return next((str(block) for block in blocks if parsed in block), ip)
