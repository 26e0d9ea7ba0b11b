"""Many messages in numbers: how many, of what, from where to where, and how long it took.

A summary takes messages one by one (:meth:`Summary.add`) and other summaries (:meth:`Summary.merge`); in whatever order
and groups that is done, the result is the same, and so is the file that keeps it. The names that mail brings have no
end, so :meth:`Summary.bound` puts the rarest of them together where there are too many: totals stay exact, and the
numbers of a name that was kept are then lower bounds, as it may have been among the rare ones before. The module is
over 300 lines because the records and what adds to them, merges them and bounds them belong together.
"""

from bisect import insort
from collections.abc import Callable
from typing import NamedTuple, Protocol, Self, TypeVar

import msgspec

from hopscope.model import WORST_FIRST, Severity
from hopscope.statistics.digest import Digest, HopDigest
from hopscope.statistics.sketch import Sketch

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
    "Leg",
    "LegKey",
    "Period",
    "Server",
    "Slow",
    "Summary",
    "name_order",
]

SLOWEST = 100
"""How many of the slowest messages are kept."""
EXAMPLES = 5
"""How many messages are named for each code of finding."""
MOST = 4096
"""How many servers, and how many legs, keep their names where a summary has too many, which is three times as many."""
MOST_KINDS = 32
"""How many builds of a server, and how many kinds of TLS of a leg, a bounded summary names."""
MOST_DAYS = 1 << 14
"""How many days a bounded summary tells apart: 44 years."""
_MOST_WITH_OTHERS = MOST_KINDS + 1
OTHERS = "*"
"""Stands for all hosts, builds or kinds of TLS that are not named."""
OTHER_DAYS = -(1 << 31)
"""Stands for all days that are not told apart."""
HOURS = 168
"""Hours of a week, from Monday 00:00 UTC."""
HOUR = 3600
"""Seconds."""
DAY = 24 * HOUR
"""Seconds."""

_SLACK = 3
"""Names are put together where there are so many times more than are kept, as that takes its time."""
_MONDAY = 4 * DAY
"""1 January 1970 was a Thursday; so long after it the first Monday began."""


def name_order(name: str | None) -> tuple[bool, str]:
    """A sort key for names, by their text whatever their type; no name comes first, and is not equal to ``""``."""
    return name is not None, str(name or "")


_Key = TypeVar("_Key")
_Part = TypeVar("_Part", bound="_Mergeable")


class _Mergeable(Protocol):
    """A part of a summary."""

    def copy(self) -> Self:
        """Another one that has counted the same."""

    def merge(self, part: Self) -> None:
        """Count all that another one has counted."""


class LegKey(NamedTuple):
    """From where to where: service and server (see ``HopDigest.host``) of two stamps that follow each other."""

    from_service: str | None
    """``None``: the first stamp of a message, which came from a client or a system that left none."""
    from_host: str | None
    to_service: str
    to_host: str | None

    @property
    def order(self) -> tuple[tuple[bool, str], ...]:
        """A sort key: the same for the key that is loaded from a file as for the one that was saved."""
        return tuple(map(name_order, self))


class Leg(msgspec.Struct):
    """The messages between the same two services of the same two servers."""

    count: int = 0
    """How many, with or without a known delay."""
    delay: Sketch = msgspec.field(default_factory=Sketch)
    """Delays of single legs: where undated hops lie between, none is counted."""
    tls: dict[str, int] = {}
    """How often with which TLS, as ``TLS1.2 ECDHE-RSA-AES256-GCM-SHA384``; ``""`` where the stamp tells of none."""

    def copy(self) -> "Leg":
        """Another one that has counted the same."""
        return Leg(self.count, self.delay.copy(), self.tls.copy())

    def merge(self, leg: "Leg") -> None:
        """Count all messages of another leg."""
        self.count += leg.count
        self.delay.merge(leg.delay)
        _sum(self.tls, leg.tls)


class Server(msgspec.Struct):
    """What stamped under one name."""

    count: int = 0
    services: dict[str, int] = {}
    builds: dict[str, int] = {}
    """How often which product and build, separated by a tab; software for other systems; ``""`` for none."""

    def copy(self) -> "Server":
        """Another one that has counted the same."""
        return Server(self.count, self.services.copy(), self.builds.copy())

    def merge(self, server: "Server") -> None:
        """Count all stamps of another server."""
        self.count += server.count
        _sum(self.services, server.services)
        _sum(self.builds, server.builds)


class FindingCount(msgspec.Struct):
    """The findings of one code."""

    severity: Severity
    """The worst of them."""
    count: int = 0
    messages: int = 0
    """How many messages have any."""
    examples: list[str] = []
    """The first few of these messages, in the order of their sources."""

    def copy(self) -> "FindingCount":
        """Another one that has counted the same."""
        return FindingCount(self.severity, self.count, self.messages, self.examples.copy())

    def merge(self, findings: "FindingCount") -> None:
        """Count all findings of another dump."""
        self.severity = min(self.severity, findings.severity, key=WORST_FIRST.index)
        self.count += findings.count
        self.messages += findings.messages
        self.examples = sorted((*self.examples, *findings.examples))[:EXAMPLES]


class Period(msgspec.Struct):
    """The messages of a day, or of an hour of the week, by their last dated hop."""

    messages: int = 0
    total: Sketch = msgspec.field(default_factory=Sketch)
    """First dated hop to last dated hop."""

    def copy(self) -> "Period":
        """Another one that has counted the same."""
        return Period(self.messages, self.total.copy())

    def merge(self, period: "Period") -> None:
        """Count all messages of another period."""
        self.messages += period.messages
        self.total.merge(period.total)


class Slow(msgspec.Struct, frozen=True):
    """A message that took long."""

    seconds: float
    source: str
    message_id: str | None = None


def _slowest_first(slow: Slow) -> tuple[float, str, tuple[bool, str]]:
    return -slow.seconds, slow.source, name_order(slow.message_id)


class Summary(msgspec.Struct):
    """Many messages in numbers."""

    messages: int = 0
    unreadable: int = 0
    """What could not be read, or held no Received field."""
    analyzed: int = 0
    """Messages whose scenario and findings were asked for."""
    hops: int = 0
    undated: int = 0
    """Hops without a readable date."""
    first: float | None = None
    """Earliest last hop of a message, in seconds since 1970 (UTC)."""
    last: float | None = None
    """Latest last hop of a message, in seconds since 1970 (UTC)."""
    services: dict[str, int] = {}
    servers: dict[str | None, Server] = {}
    """By name; ``None`` for stamps without one, ``OTHERS`` for all that are not named."""
    legs: dict[LegKey, Leg] = {}
    total: Sketch = msgspec.field(default_factory=Sketch)
    """First dated hop to last dated hop of each message."""
    scenarios: dict[str, int] = {}
    findings: dict[str, FindingCount] = {}
    days: dict[int, Period] = {}
    """By day since 1970 (UTC)."""
    hours: dict[int, Period] = {}
    """By hour of the week (UTC)."""
    slowest: list[Slow] = []
    grouped: list[str] = []
    """Where there were too many names: ``servers``, ``legs``, ``builds``, ``tls``, ``days``."""

    def add(self, digest: Digest) -> None:
        """Count a message."""
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
        if digest.findings is not None:
            self._add_judgement(digest)
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
            leg.delay.add(hop.delay)

    def _add_judgement(self, digest: Digest) -> None:
        self.analyzed += 1
        if digest.scenario is not None:
            self.scenarios[digest.scenario] = self.scenarios.get(digest.scenario, 0) + 1
        counts: dict[str, FindingCount] = {}
        for code, severity in digest.findings or ():
            count = FindingCount(severity, 1, 0 if code in counts else 1, [] if code in counts else [digest.source])
            _put(counts, code, count)
        _merge(self.findings, counts)

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
                self._add_slow(Slow(total, digest.source, digest.message_id))

    def _add_slow(self, slow: Slow) -> None:
        if len(self.slowest) < SLOWEST or _slowest_first(slow) < _slowest_first(self.slowest[-1]):
            insort(self.slowest, slow, key=_slowest_first)
            del self.slowest[SLOWEST:]

    def merge(self, summary: "Summary") -> None:
        """Count all messages of another summary, which is left as it is."""
        self.messages += summary.messages
        self.unreadable += summary.unreadable
        self.analyzed += summary.analyzed
        self.hops += summary.hops
        self.undated += summary.undated
        self.first = min(_not_none(self.first, summary.first), default=None)
        self.last = max(_not_none(self.last, summary.last), default=None)
        _sum(self.services, summary.services)
        _sum(self.scenarios, summary.scenarios)
        _merge(self.servers, summary.servers)
        _merge(self.legs, summary.legs)
        _merge(self.findings, summary.findings)
        _merge(self.days, summary.days)
        _merge(self.hours, summary.hours)
        self.total.merge(summary.total)
        self.slowest = sorted((*self.slowest, *summary.slowest), key=_slowest_first)[:SLOWEST]
        self.grouped = sorted({*self.grouped, *summary.grouped})

    def bound(self) -> None:
        """Put the rarest names together where there are more than fit into memory.

        Hosts that are not named are called ``OTHERS``; the services of their legs are kept. This is the one place where
        the order of messages can show, as which names are rare depends on what has been counted; the runs of a dump
        (``scale``) call it after each chunk, and the chunks are the same for any number of processes. With up to
        ``_SLACK * MOST`` names nothing is folded.
        """
        folded = set(self.grouped)
        if len(self.servers) > _SLACK * MOST:
            folded.add("servers")
            _fold(self.servers, MOST, lambda _: OTHERS, lambda server: server.count)
        if len(self.legs) > _SLACK * MOST:
            folded.add("legs")
            _fold(self.legs, MOST, _without_hosts, lambda leg: leg.count)
        if len(self.days) > MOST_DAYS + 1:
            folded.add("days")
            _fold(self.days, MOST_DAYS, lambda _: OTHER_DAYS, lambda day: day.messages)
        for name, many in (
            ("builds", [server.builds for server in self.servers.values() if len(server.builds) > _MOST_WITH_OTHERS]),
            ("tls", [leg.tls for leg in self.legs.values() if len(leg.tls) > _MOST_WITH_OTHERS]),
        ):
            for counts in many:
                folded.add(name)
                _fold_kinds(counts)
        self.grouped = sorted(folded)


def _without_hosts(key: LegKey) -> LegKey:
    return LegKey(key.from_service, OTHERS if key.from_service else None, key.to_service, OTHERS)


def _not_none(*values: float | None) -> list[float]:
    return [value for value in values if value is not None]


def _sum(counts: dict[_Key, int], addends: dict[_Key, int]) -> None:
    for key, count in addends.items():
        counts[key] = counts.get(key, 0) + count


def _merge(parts: dict[_Key, _Part], additions: dict[_Key, _Part]) -> None:
    for key, addition in additions.items():
        _put(parts, key, addition)


def _put(parts: dict[_Key, _Part], key: _Key, addition: _Part) -> None:
    """Merge a part into that of the same name; a new one is a copy, so that no two summaries share it."""
    part = parts.get(key)
    if part is None:
        parts[key] = addition.copy()
    else:
        part.merge(addition)


def _fold(parts: dict[_Key, _Part], most: int, name: Callable[[_Key], _Key], count: Callable[[_Part], int]) -> None:
    """Put all parts but the most frequent ones together, under the names that ``name`` gives them."""
    named = {key: (count(part), folded_key) for key, part in parts.items() if (folded_key := name(key)) != key}
    least = sorted([number for number, _ in named.values()], reverse=True)[:most][-1]
    doubtful = sorted([key for key, (number, _) in named.items() if number == least], key=_order)
    more = sum(number > least for number, _ in named.values())
    for key in [*doubtful[most - more :], *(key for key, (number, _) in named.items() if number < least)]:
        _put(parts, named[key][1], parts.pop(key))


def _order(key: object) -> tuple[tuple[bool, str], ...]:
    return tuple(map(name_order, key)) if isinstance(key, tuple) else (name_order(None if key is None else str(key)),)


def _fold_kinds(counts: dict[str, int]) -> None:
    """Put all kinds but the most frequent ones together."""
    ranked = sorted((kind for kind in counts if kind != OTHERS), key=lambda kind: (-counts[kind], kind))
    for kind in ranked[MOST_KINDS:]:
        counts[OTHERS] = counts.get(OTHERS, 0) + counts.pop(kind)
