"""The statistics of a mailbox or dump: services, servers, legs, delays, TLS and findings.

Messages are added one by one (:meth:`Summary.add`), other summaries are merged (:meth:`Summary.merge`). The number of
names in mail is unlimited, so those above a limit are counted as one group; which ones depends on the names alone (see
``fold``). A bounded summary (:meth:`Summary.bound`) and its saved file therefore do not depend on the order of messages
or on how they were divided. Totals and the counts of names are exact.

The module is over 300 lines because the records and the functions that add to, merge and bound them belong together.
"""

import re
from bisect import insort
from collections import Counter
from collections.abc import Callable
from itertools import chain
from typing import NamedTuple, Protocol, Self, TypeVar

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.model import WORST_FIRST, Service, Severity
from hopscope.statistics import fold
from hopscope.statistics.digest import NOT_SMTP, OUTSIDE, Digest, HopDigest, digest, online_names
from hopscope.statistics.fold import OTHER_DAYS, OTHERS, grouping
from hopscope.statistics.sketch import Count, Seconds, Sketch

__all__ = [
    "DAY",
    "EXAMPLES",
    "HOUR",
    "HOURS",
    "MOST",
    "MOST_DAYS",
    "MOST_KINDS",
    "OTHERS",
    "OTHER_DAYS",
    "SLOWEST",
    "FindingCount",
    "FindingKey",
    "Leg",
    "LegKey",
    "Period",
    "Server",
    "Slow",
    "Summary",
    "name_order",
    "version_and_cipher",
]

SLOWEST = 100
"""Number of slowest messages that are kept."""
EXAMPLES = 5
"""Number of example messages per finding code and severity."""
MOST = 6144
"""Number of servers, of legs, of products with their builds, and of statuses, that a bounded summary names."""
MOST_KINDS = 32
"""Number of builds per server, and of TLS versions and ciphers per leg, that a bounded summary names."""
MOST_DAYS = 16_470
"""Number of days that a bounded summary lists: 45 years."""
HOURS = 168
"""Hours of a week, from Monday 00:00 UTC."""
HOUR = 3600
"""Seconds."""
DAY = 24 * HOUR
"""Seconds."""

_LOOP = 3
"""Arrivals at a service of an Exchange server that make a loop, as in HOP402; two are usual with scanners."""
_SHORTEST_LOOP = 2 * _LOOP - 1
"""Number of hops of the shortest loop: A, B, A, B, A."""
_SLACK = 2.0
"""``add`` and ``merge`` group names once there are this many times the number to keep, as grouping is slow."""
_HALF = 0.5
"""Fewer names than this share of the number to keep are never too many, with a group for each."""
_STEP = 2048
"""``add`` counts the names after this many messages and hops, as counting those of each server and leg is slow."""
_MONDAY = 4 * DAY
"""Seconds from 1 January 1970, a Thursday, to the first Monday."""


def name_order(name: str | None) -> tuple[bool, str]:
    """A sort key for names of any type, by their text. ``None`` comes first and differs from ``""``."""
    return name is not None, str(name or "")


_Key = TypeVar("_Key")
_Part = TypeVar("_Part", bound="_Mergeable")


class _Mergeable(Protocol):
    """A part of a summary."""

    def copy(self) -> Self:
        """An independent copy."""

    def merge(self, part: Self) -> None:
        """Add the counts of another part."""


def version_and_cipher(tls: str) -> tuple[str, str]:
    """A key of ``Leg.tls``, split: ``TLS1.2`` and ``ECDHE-RSA-AES256-GCM-SHA384``; an unknown cipher is empty.

    ``TLS`` is an unknown version. ``""``, ``NOT_SMTP`` and ``OTHERS`` have no cipher.
    """
    if tls in {"", NOT_SMTP, OTHERS}:
        return tls, ""
    version, _, cipher = tls.partition(" ")
    return (version, cipher) if _VERSION.fullmatch(version) else ("TLS", tls)


_VERSION = re.compile(r"(?:TLS|SSL)v?[0-9.]*")


class LegKey(NamedTuple):
    """The two ends of a leg: service and server (see ``HopDigest.host``) of two consecutive hops."""

    from_service: str | None
    """``None`` before the first hop: the message came from a client, or from a system without a Received field."""
    from_host: str | None
    to_service: str
    to_host: str | None

    @property
    def order(self) -> tuple[tuple[bool, str], ...]:
        """A sort key that is the same before saving and after loading."""
        return tuple(map(name_order, self))


class Leg(msgspec.Struct):
    """The hops between two services of two servers."""

    count: Count = 0
    """Number of hops, with or without a known delay."""
    delay: Sketch = msgspec.field(default_factory=Sketch)
    """Delays of single hops. A delay that covers undated hops, or time in a mailbox, is not counted."""
    tls: dict[str, Count] = {}
    """Number of hops by TLS, such as ``TLS1.2 ECDHE-RSA-AES256-GCM-SHA384``; ``""`` if no TLS is recorded,
    ``NOT_SMTP`` without an SMTP session."""
    corrected: Sketch | msgspec.UnsetType = msgspec.UNSET
    """The delays, some of them without the clock skew that their messages show; unset if no message shows any."""
    loops: Count | msgspec.UnsetType = msgspec.UNSET
    """Number of hops that return to a service of a server for at least the third time; unset if there are none."""

    def add_delay(self, delay: float, corrected: float | None) -> None:
        """Count a delay, and the same without clock skew if its message shows that."""
        if corrected is not None and self.corrected is msgspec.UNSET:
            self.corrected = self.delay.copy()
        self.delay.add(delay)
        if self.corrected is not msgspec.UNSET:
            self.corrected.add(delay if corrected is None else corrected)

    def copy(self) -> "Leg":
        """An independent copy."""
        corrected = self.corrected if self.corrected is msgspec.UNSET else self.corrected.copy()
        return Leg(self.count, self.delay.copy(), self.tls.copy(), corrected, self.loops)

    def merge(self, leg: "Leg") -> None:
        """Add the counts of another leg."""
        self.count += leg.count
        if self.corrected is msgspec.UNSET and leg.corrected is not msgspec.UNSET:
            self.corrected = self.delay.copy()
        if self.corrected is not msgspec.UNSET:
            self.corrected.merge(leg.delay if leg.corrected is msgspec.UNSET else leg.corrected)
        self.delay.merge(leg.delay)
        _sum(self.tls, leg.tls)
        if leg.loops is not msgspec.UNSET:
            self.loops = leg.loops + (0 if self.loops is msgspec.UNSET else self.loops)


class Server(msgspec.Struct):
    """The hops of a server name."""

    count: Count = 0
    services: dict[str, Count] = {}
    builds: dict[str, Count] = {}
    """Number of hops by product and build, separated by a tab, or by the software of other systems; ``""`` for none."""

    def copy(self) -> "Server":
        """An independent copy."""
        return Server(self.count, self.services.copy(), self.builds.copy())

    def merge(self, server: "Server") -> None:
        """Add the counts of another server."""
        self.count += server.count
        _sum(self.services, server.services)
        _sum(self.builds, server.builds)


class FindingKey(NamedTuple):
    """Code and severity of a finding: a rule may report several severities, so each is counted on its own."""

    code: str
    severity: Severity


class FindingCount(msgspec.Struct):
    """The findings of one code and severity."""

    count: Count = 0
    messages: Count = 0
    """Number of messages with such a finding."""
    examples: list[str] = []
    """The sources of the first few of these messages, in their order, each once."""

    def copy(self) -> "FindingCount":
        """An independent copy."""
        return FindingCount(self.count, self.messages, self.examples.copy())

    def merge(self, findings: "FindingCount") -> None:
        """Add the counts of another dump."""
        self.count += findings.count
        self.messages += findings.messages
        for source in findings.examples:
            is_first = len(self.examples) < EXAMPLES or _source_order(source) < _source_order(self.examples[-1])
            if is_first and source not in self.examples:
                insort(self.examples, source, key=_source_order)
                del self.examples[EXAMPLES:]


def _source_order(source: str) -> tuple[str, int, str]:
    """The order of sources, as messages are read: files by name, messages of a file by number."""
    file, colon, number = source.rpartition(":")
    return (file, len(number), number) if colon and number.isdecimal() else (source, 0, "")


class Period(msgspec.Struct):
    """The messages of a day or an hour of the week, by their last dated hop."""

    messages: Count = 0
    total: Sketch = msgspec.field(default_factory=Sketch)
    """Total delays, from the first to the last dated hop."""

    def copy(self) -> "Period":
        """An independent copy."""
        return Period(self.messages, self.total.copy())

    def merge(self, period: "Period") -> None:
        """Add the counts of another period."""
        self.messages += period.messages
        self.total.merge(period.total)


class Slow(msgspec.Struct, frozen=True):
    """A message with a long total delay."""

    seconds: Seconds
    source: str
    message_id: str | None = None
    held_by: str | None = None
    """The holder during its longest delay, as in ``Digest.held_by``; ``None`` in summaries of earlier versions."""
    held: Seconds | None = None
    """The longest delay, in seconds; ``None`` if ``held_by`` is."""


def _slowest_first(slow: Slow) -> tuple[object, ...]:
    """A sort key, different for different messages."""
    names = (name_order(slow.message_id), name_order(slow.held_by))
    return -slow.seconds, slow.source, *names, -1.0 if slow.held is None else slow.held


class Summary(msgspec.Struct):
    """The statistics of a mailbox or dump."""

    messages: Count = 0
    unreadable: Count = 0
    """Number of messages that could not be read or have nothing to analyze."""
    analyzed: Count = 0
    """Number of messages whose scenario and findings are counted."""
    hops: Count = 0
    undated: Count = 0
    """Number of hops without a readable date."""
    first: Seconds | None = None
    """Earliest last hop of a message, in seconds since 1970 (UTC)."""
    last: Seconds | None = None
    """Latest last hop of a message, in seconds since 1970 (UTC)."""
    services: dict[str, Count] = {}
    products: dict[str, Count] = {}
    """Number of hops by product and build, as in ``Server.builds``, but of all servers, also of grouped ones."""
    servers: dict[str | None, Server] = {}
    """By name; ``None`` for hops without a server name, ``OTHERS`` for all grouped servers."""
    legs: dict[LegKey, Leg] = {}
    total: Sketch = msgspec.field(default_factory=Sketch)
    """Total delay of each message, from the first to the last dated hop."""
    scenarios: dict[str, Count] = {}
    findings: dict[FindingKey, FindingCount] = {}
    authentication: dict[str, Count] = {}
    """Number of messages with each authentication result, as in ``Digest.authentication``; a few hundred at most."""
    statuses: dict[str, Count] = {}
    """Number of recipients in reports by action and status code, as in ``Digest.statuses``."""
    days: dict[int, Period] = {}
    """By day since 1970 (UTC)."""
    hours: dict[int, Period] = {}
    """By hour of the week (UTC)."""
    slowest: list[Slow] = []
    grouped: list[str] = []
    """The kinds with grouped names: ``servers``, ``legs``, ``products``, ``builds``, ``tls``,
    ``statuses``, ``days``."""
    lower_bounds: bool = False
    """Whether the counts of names of these kinds are lower bounds, as another version of hopscope grouped some."""

    def findings_worst_first(self) -> list[tuple[FindingKey, FindingCount]]:
        """The findings by severity, then by number of messages."""
        return sorted(
            self.findings.items(),
            key=lambda item: (WORST_FIRST.index(item[0].severity), -item[1].messages, item[0].code),
        )

    def add(self, message: Analysis | Digest) -> None:
        """Count a message: an analysis, or the values of it that are counted."""
        values: object = digest(message) if isinstance(message, Analysis) else message
        if not isinstance(values, Digest):
            advice = "use add(hopscope.analyze(route))"
            raise TypeError(f"add takes an Analysis, not {type(values).__name__}; {advice}")
        counted = self.messages + self.hops
        self._add(values)
        if counted // _STEP != (self.messages + self.hops) // _STEP:
            self._fold(_SLACK)

    def _add(self, digest: Digest) -> None:
        self.messages += 1
        previous: HopDigest | None = None
        first = last = None
        dated = 0
        for hop in digest.hops:
            self._add_hop(hop, previous)
            previous = hop
            if hop.time is not None:
                first = hop.time if first is None else first
                last = hop.time
                dated += 1
        if len(digest.hops) >= _SHORTEST_LOOP:
            self._add_loops(digest)
        if digest.findings is not None:
            self._add_findings(digest)
        for result in digest.authentication:
            self.authentication[result] = self.authentication.get(result, 0) + 1
        for status in digest.statuses:
            self.statuses[status] = self.statuses.get(status, 0) + 1
        if first is not None and last is not None:
            self._add_times(digest, last, last - first if dated > 1 else None)

    def _add_hop(self, hop: HopDigest, previous: HopDigest | None) -> None:
        self.hops += 1
        service, host, build = hop.service, hop.host, hop.build
        self.services[service] = self.services.get(service, 0) + 1
        server = self.servers.get(host)
        if server is None:
            server = self.servers[host] = Server()
        server.count += 1
        server.services[service] = server.services.get(service, 0) + 1
        product_and_build = f"{hop.product or ''}\t{build}" if build else hop.product or ""
        server.builds[product_and_build] = server.builds.get(product_and_build, 0) + 1
        self.products[product_and_build] = self.products.get(product_and_build, 0) + 1
        key = LegKey(previous.service, previous.host, service, host) if previous else LegKey(None, None, service, host)
        leg = self.legs.get(key)
        if leg is None:
            leg = self.legs[key] = Leg()
        leg.count += 1
        tls = hop.tls or ""
        leg.tls[tls] = leg.tls.get(tls, 0) + 1
        if hop.time is None:
            self.undated += 1
        elif hop.delay is not None and hop.hops_covered == 1:
            leg.add_delay(hop.delay, hop.corrected)

    def _add_loops(self, digest: Digest) -> None:
        """Count the hops of a loop: back to a service of a server that the message has reached too often.

        Names that several machines share do not count: those of Exchange Online, and names without a domain, such as
        ``localhost`` of a content filter. Other systems are named by their domains, so they need one arrival more.
        """
        arrivals: Counter[tuple[Service, str | None]] = Counter()
        first_arrivals: dict[tuple[Service, str | None], int] = {}
        previous: tuple[Service, str | None] | None = None
        for number, hop in enumerate(digest.hops):
            end = hop.service, hop.host
            if end == previous:
                continue
            arrivals[end] += 1
            first_arrivals.setdefault(end, number)
            is_late = arrivals[end] >= (_LOOP + 1 if hop.service in OUTSIDE else _LOOP)
            is_named = previous is not None and _is_server(end[1]) and _is_server(previous[1])
            if previous and is_late and is_named and first_arrivals[end] < first_arrivals[previous]:
                leg = self.legs[LegKey(*previous, *end)]
                leg.loops = 1 if leg.loops is msgspec.UNSET else leg.loops + 1
            previous = end

    def _add_findings(self, digest: Digest) -> None:
        self.analyzed += 1
        if digest.scenario is not None:
            self.scenarios[digest.scenario] = self.scenarios.get(digest.scenario, 0) + 1
        counts = Counter(FindingKey(code, severity) for code, severity in digest.findings or ())
        for key, count in counts.items():
            _put(self.findings, key, FindingCount(count, 1, [digest.source]))

    def _add_times(self, digest: Digest, last: float, total: float | None) -> None:
        self.first = last if self.first is None or last < self.first else self.first
        self.last = last if self.last is None or last > self.last else self.last
        for periods, number in ((self.days, int(last // DAY)), (self.hours, int((last - _MONDAY) // HOUR) % HOURS)):
            period = periods.get(number)
            if period is None:
                period = periods[number] = Period()
            period.messages += 1
            if total is not None:
                period.total.add(total)
        if total is not None:
            self.total.add(total)
            if total > 0:
                self._add_slow(Slow(total, digest.source, digest.message_id, digest.held_by, digest.held))

    def _add_slow(self, slow: Slow) -> None:
        if len(self.slowest) < SLOWEST or _slowest_first(slow) < _slowest_first(self.slowest[-1]):
            insort(self.slowest, slow, key=_slowest_first)
            del self.slowest[SLOWEST:]

    def merge(self, summary: "Summary") -> None:
        """Add the counts of another summary, which does not change.

        The order and the grouping of merged summaries do not matter: all give the same bounded summary.
        """
        if not isinstance(summary, Summary):
            raise TypeError(f"merge takes a Summary, not {type(summary).__name__}; use add for a message")
        self.messages += summary.messages
        self.unreadable += summary.unreadable
        self.analyzed += summary.analyzed
        self.hops += summary.hops
        self.undated += summary.undated
        self.first = min(_not_none(self.first, summary.first), default=None)
        self.last = max(_not_none(self.last, summary.last), default=None)
        _sum(self.services, summary.services)
        _sum(self.products, summary.products)
        _sum(self.scenarios, summary.scenarios)
        _sum(self.authentication, summary.authentication)
        _sum(self.statuses, summary.statuses)
        _merge(self.servers, summary.servers)
        _merge(self.legs, summary.legs)
        _merge(self.findings, summary.findings)
        _merge(self.days, summary.days)
        _merge(self.hours, summary.hours)
        self.total.merge(summary.total)
        self.slowest = sorted((*self.slowest, *summary.slowest), key=_slowest_first)[:SLOWEST]
        self.grouped = sorted({*self.grouped, *summary.grouped})
        self.lower_bounds |= summary.lower_bounds
        self._fold(_SLACK, summary)

    def bound(self) -> None:
        """Group names above the limits: ``MOST``, ``MOST_KINDS`` and ``MOST_DAYS``; groups do not count.

        ``add`` and ``merge`` do so only where there are clearly more. What is shown, compared or saved is bounded.
        Grouped hosts are named ``OTHERS``. The services of their legs are kept; so is the Exchange server of a leg with
        another system, unless there are too many such servers.
        """
        self._fold(_HALF)

    def bounded(self) -> "Summary":
        """A bounded copy, or the summary itself if it has much fewer names than the limits."""
        kinds = chain((server.builds for server in self.servers.values()), (leg.tls for leg in self.legs.values()))
        if (
            all(len(names) <= _HALF * MOST for names in (self.servers, self.legs, self.products, self.statuses))
            and len(self.days) <= _HALF * MOST_DAYS
            and all(len(counts) <= _HALF * MOST_KINDS for counts in kinds)
        ):
            return self
        copy = Summary()
        copy.merge(self)
        copy.bound()
        return copy

    def _fold(self, slack: float, merged: "Summary | None" = None) -> None:
        """Bound each kind of names of which there are more than ``slack`` times the number to keep.

        Args:
            slack: The factor.
            merged: The summary that was just merged: only its servers and legs have new builds and ciphers. To look
                at those of all would take longer than to merge a summary of one message.
        """
        grouped = set[str]()
        if len(self.servers) > slack * MOST and _group(self.servers, MOST, fold.server, lambda _: OTHERS):
            grouped.add("servers")
        if len(self.legs) > slack * MOST and _group(self.legs, MOST, fold.leg, _leg_group):
            grouped.add("legs")
        if len(self.days) > slack * MOST_DAYS and _group(self.days, MOST_DAYS, fold.day, lambda _: OTHER_DAYS):
            grouped.add("days")
        if len(self.products) > slack * MOST and _group_counts(self.products, MOST, fold.product):
            grouped.add("products")
        if len(self.statuses) > slack * MOST and _group_counts(self.statuses, MOST, fold.status):
            grouped.add("statuses")
        # All servers and legs if some were just grouped, as groups have new builds and ciphers, too.
        hosts = self.servers if merged is None or "servers" in grouped else merged.servers
        for server in map(self.servers.__getitem__, hosts):
            if len(server.builds) > slack * MOST_KINDS and _group_counts(server.builds, MOST_KINDS, fold.product):
                grouped.add("builds")
        keys = self.legs if merged is None or "legs" in grouped else merged.legs
        for leg in map(self.legs.__getitem__, keys):
            if len(leg.tls) > slack * MOST_KINDS and _group_counts(leg.tls, MOST_KINDS, fold.tls):
                grouped.add("tls")
        self.grouped = sorted(grouped.union(self.grouped))


def _is_server(host: str | None) -> bool:
    """Whether a name belongs to one machine, or to the machines of one domain."""
    return host is not None and "." in host and host not in online_names()


def _leg_group(key: LegKey) -> LegKey:
    """The group of a leg: of an Exchange server with other systems, if it is such a leg; then of the two services."""
    from_service, from_host, to_service, to_host = key
    if from_service in OUTSIDE and to_service not in OUTSIDE and from_host != OTHERS:
        return LegKey(from_service, OTHERS, to_service, to_host)
    if to_service in OUTSIDE and from_service not in OUTSIDE and from_service is not None and to_host != OTHERS:
        return LegKey(from_service, from_host, to_service, OTHERS)
    return LegKey(from_service, OTHERS if from_service else None, to_service, OTHERS)


def _not_none(*values: float | None) -> list[float]:
    return [value for value in values if value is not None]


def _sum(counts: dict[_Key, int], addends: dict[_Key, int]) -> None:
    for key, count in addends.items():
        counts[key] = counts.get(key, 0) + count


def _merge(parts: dict[_Key, _Part], additions: dict[_Key, _Part]) -> None:
    for key, addition in additions.items():
        _put(parts, key, addition)


def _put(parts: dict[_Key, _Part], key: _Key, addition: _Part) -> None:
    """Merge a part into the part of the same name; a new part is copied, so that summaries never share one."""
    part = parts.get(key)
    if part is None:
        parts[key] = addition.copy()
    else:
        part.merge(addition)


def _group(
    parts: dict[_Key, _Part], most: int, priority: Callable[[_Key], bytes], group: Callable[[_Key], _Key]
) -> bool:
    """Merge the parts of the names above a limit into those of their groups; whether there are any."""
    groups = grouping(parts, most, priority, group)
    for name, group_name in groups.items():
        if name in parts:
            _put(parts, group_name, parts.pop(name))
    return bool(groups)


def _group_counts(counts: dict[str, int], most: int, priority: Callable[[str], bytes]) -> bool:
    """Add the counts of the names above a limit to that of ``OTHERS``; whether there are any."""
    groups = grouping(counts, most, priority, lambda _: OTHERS)
    for name in groups:
        counts[OTHERS] = counts.get(OTHERS, 0) + counts.pop(name)
    return bool(groups)
