"""The table of hops as one record, from which every format takes its columns and words.

A terminal shows short names and times: the common domain and the common zone are shown once. All other formats show
them in full, so that a row can be read without the others.

The module is over 300 lines because what the rows have in common, names and times, is decided where they are made.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cache, lru_cache

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.delays import AttributedDelay, Holder, Share, shares
from hopscope.analysis.organisations import ONLINE, organisation_of
from hopscope.analysis.trust import Trust
from hopscope.analysis.usual import usual
from hopscope.classifier import servers
from hopscope.data import table
from hopscope.model import Hop, Service, ServiceWithoutHeader, Severity
from hopscope.parser import grammar
from hopscope.renderers.message import wording

__all__ = ["HEADINGS", "Emphasis", "HopTable", "Row", "Times", "hop_table", "short_hop_table", "short_names"]

HEADINGS = {
    "number": "#",
    "time": "Time",
    "delay": "Delay",
    "timeline": "Timeline",
    "held_by": "Held by",
    "service": "Service",
    "server": "Server",
    "sender": "From",
    "tls": "TLS",
    "protocol": "Protocol",
    "cipher": "Cipher",
    "build": "Build",
    "id": "ID",
}
"""The columns in their order, by the names of their values in a row."""

_LEAST_HOLD = timedelta(seconds=10)
"""Minimum delay that is highlighted, and whose holder a terminal shows."""
_SLOW = frozenset({"HOP110", "HOP111"})


class Emphasis(StrEnum):
    """What a reader should notice about a delay."""

    ORDINARY = "ordinary"
    ZERO = "zero"
    """Zero or unknown."""
    LONGEST = "longest"
    """The longest delay of the message, of ten seconds or more."""
    UNUSUAL = "unusual"
    """Above the 99th percentile of such hops, or the subject of a warning."""
    NEGATIVE = "negative"
    """The clocks of two servers differ."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A hop, or a service that added no Received field. A dash: unknown; an empty text: no such value."""

    number: str
    time: str = ""
    delay: str = ""
    share: Share | None = None
    """The position of the delay in the total delay: the bar of the column Timeline."""
    held_by: str = ""
    """The holder of the message during the delay."""
    service: str
    inferred: str = ""
    """``inferred 92 %`` if the service is not recorded."""
    server: str
    sender: str = ""
    tls: str = ""
    protocol: str = ""
    cipher: str = ""
    build: str = ""
    id: str = ""
    location: str = ""
    """``DE, AS64500 Example Networks``: the location of the sender, from the user's databases."""
    border: str = ""
    """The line on trust that precedes the row."""
    hop: Hop | None = None
    emphasis: Emphasis = Emphasis.ORDINARY
    holder: Service | None = None
    """The service that held the message: its colour is that of the bar."""

    @property
    def full_service(self) -> str:
        """``Transport (inferred 97 %)``."""
        return f"{self.service} ({self.inferred})" if self.inferred else self.service


class HopTable(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a message, and what they have in common."""

    rows: tuple[Row, ...]
    answer: str
    """``4 hops in 5 min 8 s: 5 min 6 s held by EX19-02 Transport (mailbox delivery queue)``."""
    zone: str = ""
    """``-04:00``: the zone of all times, if the rows leave it out."""
    domains: str = ""
    """``corp.example.com``, ``Exchange Online``: the domain of the servers whose short names the rows have."""


def hop_table(analysis: Analysis, tz: tzinfo | None) -> HopTable:
    """The rows with full host names, and with date and zone in each time."""
    rows = _rows(analysis, lambda hop: wording.time(hop, tz), wording.holders(analysis), str)
    return HopTable(rows=tuple(rows), answer=wording.answer(analysis))


def short_hop_table(analysis: Analysis, tz: tzinfo | None, day: date | None) -> HopTable:
    """The rows with short host names, and times without the common zone, and without the day if it is ``day``."""
    names, times = short_names(analysis), Times(analysis.hops, tz, day)
    holders = wording.holders(analysis, least=_LEAST_HOLD, names=names.name)
    return HopTable(
        rows=tuple(_rows(analysis, times.time, holders, names.name)),
        answer=wording.answer(analysis, names.name),
        zone=times.zone,
        domains=names.domains,
    )


def _rows(
    analysis: Analysis, time: Callable[[Hop], str], holders: dict[int, str], names: wording.Names
) -> Iterator[Row]:
    parts, borders = iter(shares(analysis.route)), wording.borders(analysis)
    emphasis, waits = _emphasis(analysis), {wait.hop: wait for wait in analysis.attributed_delays}
    for stop in wording.hops_and_services_without_header(analysis):
        if isinstance(stop, ServiceWithoutHeader):
            server = names(stop.server) if stop.server else wording.UNKNOWN
            service = wording.service_without_header(stop)
            yield Row(number=wording.NO_HOP, service=service, server=server)
            continue
        sender, server = map(names, wording.route_of(stop))
        wait = waits.get(stop.number)
        yield Row(
            number=str(stop.number),
            time=time(stop),
            delay=wording.delay(stop),
            share=next(parts),
            held_by=holders.get(stop.number, ""),
            service=wording.system(stop.label),
            inferred=f"inferred {wording.percent(stop.label.confidence)}" if stop.label.inferred else "",
            server=server,
            sender=sender,
            tls=wording.tls(stop),
            protocol=wording.protocol(stop),
            cipher=wording.cipher(stop),
            build=wording.build(stop.label),
            id=stop.stamp.id or wording.UNKNOWN,
            location=wording.peer_location(analysis, stop),
            border=borders.get(stop.number, ""),
            hop=stop,
            emphasis=emphasis.get(stop.number, Emphasis.ORDINARY if stop.delay else Emphasis.ZERO),
            holder=wait.service if wait else None,
        )


def _emphasis(analysis: Analysis) -> dict[int, Emphasis]:
    """The delays that are not ordinary, by hop number; time in a mailbox is not a transport delay."""
    waits = [
        wait
        for wait in analysis.attributed_delays
        if wait.holder is not Holder.MAILBOX and wait.waited >= _LEAST_HOLD and wait.clock_skew <= wait.waited
    ]
    result = {wait.hop: Emphasis.NEGATIVE for wait in analysis.attributed_delays if wait.delay < timedelta(0)}
    if waits:
        result[max(waits, key=lambda wait: wait.waited).hop] = Emphasis.LONGEST
    warned = {finding.hop for finding in analysis.findings if _is_slow_warning(finding.code, finding.severity)}
    hops = {hop.number: hop for hop in analysis.route.hops}
    unusual = [wait.hop for wait in waits if wait.hop in warned or _is_unusual(wait, hops)]
    return result | dict.fromkeys(unusual, Emphasis.UNUSUAL)


def _is_slow_warning(code: str, severity: Severity) -> bool:
    return code in _SLOW and severity is not Severity.INFO


def _is_unusual(wait: AttributedDelay, hops: dict[int, Hop]) -> bool:
    """Whether a delay exceeds the 99th percentile of such hops, as HOP110 decides."""
    common = usual(hops[wait.before], hops[wait.hop])
    return common is not None and common.seconds is not None and wait.waited > timedelta(seconds=common.seconds)


class Times:
    """The times of the hops, as short as possible."""

    def __init__(self, hops: Iterable[Hop], tz: tzinfo | None, day: date | None) -> None:
        """Decide what the times have in common. ``day``: the day that is shown elsewhere."""
        self._tz = tz
        dated = [hop for hop in hops if hop.time is not None]
        zones = {self._zone(hop) for hop in dated}
        self.zone = zones.pop() if len(zones) == 1 else ""
        self._without_day = {self._shown(hop).date() for hop in dated} == {day}

    def time(self, hop: Hop) -> str:
        """``14:02:34``; with the day and the zone where they are not common; a dash if unknown."""
        if hop.time is None:
            return wording.UNKNOWN
        shown = self._shown(hop)
        precision = "microseconds" if shown.microsecond % 1000 else "milliseconds" if shown.microsecond else "seconds"
        day = "" if self._without_day else f"{shown.date()} "
        zone = "" if self.zone else f" {self._zone(hop)}"
        return f"{day}{shown.time().isoformat(precision)}{zone}"

    def _shown(self, hop: Hop) -> datetime:
        assert hop.time is not None  # noqa: S101 - callers pass dated hops
        return hop.time if self._tz is None else hop.time.astimezone(self._tz)

    def _zone(self, hop: Hop) -> str:
        """``-04:00``; ``-00:00`` if the zone is unknown (RFC 3339 section 4.3)."""
        if self._tz is None and hop.stamp.date_time is not None and not hop.stamp.date_time.zone_known:
            return "-00:00"
        offset = f"{self._shown(hop):%z}"
        return f"{offset[:3]}:{offset[3:5]}"


class ShortNames(msgspec.Struct, frozen=True):
    """Host names without the domain that most servers of the organisation share, or that of Exchange Online."""

    domain: str
    """As written; empty: no names have a common domain."""
    has_online: bool
    """Whether servers of Exchange Online have short names."""
    ambiguous: frozenset[str]
    """Short names in lower case that more than one host has."""

    @property
    def domains(self) -> str:
        """``corp.example.com and Exchange Online``."""
        return " and ".join(filter(None, (self.domain, ONLINE if self.has_online else "")))

    def name(self, host: str) -> str:
        """The short name of a host, unless it is ambiguous."""
        short = _online_name(host) or (_without(host, self.domain) if self.domain else None)
        return short if short and short.lower() not in self.ambiguous else host


def short_names(analysis: Analysis) -> ShortNames:
    """The domain that saves most, of the servers that are attested and of their peers."""
    hosts = [name for hop in analysis.hops for name in wording.route_of(hop) if _has_domain(name)]
    ends = [host for host in hosts if not _online_name(host)]
    attested = {
        server.lower()
        for hop, trust in zip(analysis.hops, analysis.trust, strict=True)
        if trust is Trust.ATTESTED and (server := wording.route_of(hop)[1]) in ends
    }
    candidates = {domain for server in attested for domain in _domains(server)}
    counts = Counter(domain for name in ends for domain in _domains(name.lower()) if domain in candidates)
    domain = max(
        (domain for domain, count in counts.items() if count > 1),
        key=lambda domain: (counts[domain] * (len(domain) + 1), domain),
        default="",
    )
    names: dict[str, set[str]] = {}
    for host in {host.lower() for host in hosts}:
        machine = _online_name(host)
        for short in {machine} if machine else {_without(host, domain) or host, host.partition(".")[0]}:
            names.setdefault(short, set()).add(machine or host)
    written = next((name for name in ends if domain and name.lower().endswith(f".{domain}")), "")
    return ShortNames(
        written[-len(domain) :] if domain else "",
        len(ends) < len(hosts),
        frozenset(short for short, hosts in names.items() if len(hosts) > 1),
    )


@lru_cache(maxsize=1024)
def _online_name(host: str) -> str | None:
    """The machine name of a server of Exchange Online, which is unique there; ``None`` for any other host."""
    label, _, domain = host.partition(".")
    if not domain or not any(map(str.isdigit, label)) or organisation_of(host) != ONLINE:
        return None
    return label if re.fullmatch(_machines(), label) else None


@cache
def _machines() -> re.Pattern[str]:
    forms = (row["form"] for row in table("online_host_labels") if row["place"] == "first")
    return re.compile("|".join(forms), re.IGNORECASE)


def _has_domain(name: str) -> bool:
    return "." in name.strip(".") and not grammar.address(name.strip("[]"))


def _domains(host: str) -> list[str]:
    """The domains that a host is in, down to the registered one."""
    registered = servers.registered_domain(host)
    labels = host.split(".")
    domains = [".".join(labels[first:]) for first in range(1, len(labels))]
    return [domain for domain in domains if registered and f".{domain}".endswith(f".{registered}")]


def _without(host: str, domain: str) -> str | None:
    """The name of a host relative to a domain; ``None`` if it is not in it."""
    return (
        host[: -len(domain) - 1]
        if host.lower().endswith(f".{domain.lower()}") and len(host) > len(domain) + 1
        else None
    )
