"""Many messages in numbers: how many, of what, from where to where, and how long it took.

A summary takes messages one by one (:meth:`Summary.add`) and other summaries (:meth:`Summary.merge`); both in any order
and grouping give the same. What names come from mail has no end, so :meth:`Summary.bound` folds the rarest of them into
one entry where there are too many; totals stay exact.
"""

from heapq import nlargest
from typing import NamedTuple

import msgspec

from hopscope.analysis.digest import Digest, HopDigest
from hopscope.analysis.sketch import Sketch

__all__ = [
    "EXAMPLES",
    "HOURS",
    "MOST",
    "SLOWEST",
    "FindingCount",
    "Leg",
    "LegKey",
    "Period",
    "Server",
    "Slow",
    "Summary",
]

SLOWEST = 100
"""How many of the slowest messages are kept."""
EXAMPLES = 5
"""How many messages are named for each code of finding."""
MOST = 4096
"""How many entries of a kind a summary holds once it was bounded."""
HOURS = 168
"""Hours of a week, from Monday 00:00 UTC."""

_HOUR = 3600
_DAY = 24 * _HOUR
_MONDAY = 4 * _DAY
"""1 January 1970 was a Thursday; so long after it the first Monday began."""


class LegKey(NamedTuple):
    """From where to where: service and server (see ``HopDigest.host``) of two stamps that follow each other."""

    from_service: str | None
    """``None``: the first stamp of a message, which came from a client or a system that left none."""
    from_host: str | None
    to_service: str
    to_host: str | None


class Leg(msgspec.Struct):
    """The messages that went one way."""

    count: int = 0
    """How many, with or without a known delay."""
    delay: Sketch = msgspec.field(default_factory=Sketch)
    """Delays of single legs: where undated hops lie between, none is counted."""
    tls: dict[str, int] = {}
    """How often with which TLS; ``""`` where the stamp tells of none."""


class Server(msgspec.Struct):
    """What stamped under one name."""

    count: int = 0
    services: dict[str, int] = {}
    builds: dict[str, int] = {}
    """How often which product and build, separated by a tab; software for other systems; ``""`` for none."""


class FindingCount(msgspec.Struct):
    """The findings of one code."""

    severity: str
    count: int = 0
    messages: int = 0
    examples: list[str] = []
    """The first few of the messages that have it, in the order of their sources."""


class Period(msgspec.Struct):
    """The messages of a day, or of an hour of the week, by their last dated hop."""

    messages: int = 0
    total: Sketch = msgspec.field(default_factory=Sketch)
    """First dated hop to last dated hop."""


class Slow(msgspec.Struct, frozen=True, order=True):
    """A message that took long."""

    seconds: float
    source: str
    message_id: str | None = None


class Summary(msgspec.Struct):
    """Many messages in numbers."""

    messages: int = 0
    unread: int = 0
    """What could not be read, or held no Received field."""
    hops: int = 0
    undated: int = 0
    """Hops without a readable date."""
    first: float | None = None
    """Earliest last hop of a message, in seconds since 1970 (UTC)."""
    last: float | None = None
    services: dict[str, int] = {}
    servers: dict[str | None, Server] = {}
    legs: dict[LegKey, Leg] = {}
    total: Sketch = msgspec.field(default_factory=Sketch)
    """First dated hop to last dated hop of each message."""
    scenarios: dict[str, int] = {}
    findings: dict[str, FindingCount] = {}
    days: dict[int, Period] = {}
    """By day since 1970 (UTC)."""
    hours: dict[int, Period] = {}
    """By hour of the week."""
    slowest: list[Slow] = []

    def add(self, digest: Digest) -> None:
        """Count a message."""
        self.messages += 1
        before: HopDigest | None = None
        first = last = None
        for hop in digest.hops:
            self._add_hop(hop, before)
            before = hop
            if hop.time is not None:
                first = hop.time if first is None else first
                last = hop.time
        if digest.scenario is not None:
            self.scenarios[digest.scenario] = self.scenarios.get(digest.scenario, 0) + 1
        if digest.findings:
            self._add_findings(digest)
        if first is not None and last is not None:
            self._add_times(digest, first, last)

    def _add_hop(self, hop: HopDigest, before: HopDigest | None) -> None:
        self.hops += 1
        service, host, build = hop.service, hop.host, hop.build
        self.services[service] = self.services.get(service, 0) + 1
        server = self.servers.get(host)
        if server is None:
            server = self.servers[host] = Server()
        server.count += 1
        server.services[service] = server.services.get(service, 0) + 1
        told = f"{hop.product or ''}\t{build}" if build else hop.product or ""
        server.builds[told] = server.builds.get(told, 0) + 1
        key = LegKey(before.service, before.host, service, host) if before else LegKey(None, None, service, host)
        leg = self.legs.get(key)
        if leg is None:
            leg = self.legs[key] = Leg()
        leg.count += 1
        leg.tls[hop.tls or ""] = leg.tls.get(hop.tls or "", 0) + 1
        if hop.time is None:
            self.undated += 1
        elif hop.delay is not None and hop.spans == 1:
            leg.delay.add(hop.delay)

    def _add_findings(self, digest: Digest) -> None:
        seen = set()
        for code, severity in digest.findings or ():
            found = self.findings.get(code)
            if found is None:
                found = self.findings[code] = FindingCount(severity)
            found.count += 1
            if code not in seen:
                seen.add(code)
                found.messages += 1
                found.examples = sorted((*found.examples, digest.source))[:EXAMPLES]

    def _add_times(self, digest: Digest, first: float, last: float) -> None:
        total = last - first
        self.first = last if self.first is None or last < self.first else self.first
        self.last = last if self.last is None or last > self.last else self.last
        dated = len(digest.hops) > 1
        for periods, number in ((self.days, int(last // _DAY)), (self.hours, int((last - _MONDAY) // _HOUR) % HOURS)):
            period = periods.get(number)
            if period is None:
                period = periods[number] = Period()
            period.messages += 1
            if dated:
                period.total.add(total)
        if dated:
            self.total.add(total)
            if total > 0 and (len(self.slowest) < SLOWEST or total >= self.slowest[-1].seconds):
                self.slowest = nlargest(SLOWEST, (*self.slowest, Slow(total, digest.source, digest.message_id)))

    def merge(self, other: "Summary") -> None:
        """Count all messages of another summary, which is left as it is."""
        self.messages += other.messages
        self.unread += other.unread
        self.hops += other.hops
        self.undated += other.undated
        self.first = min((each for each in (self.first, other.first) if each is not None), default=None)
        self.last = max((each for each in (self.last, other.last) if each is not None), default=None)
        self.total.merge(other.total)
        for counts, more in ((self.services, other.services), (self.scenarios, other.scenarios)):
            _add_counts(counts, more)
        self._merge_places(other)
        self._merge_findings(other)
        for periods, others in ((self.days, other.days), (self.hours, other.hours)):
            for number, period in others.items():
                own = periods.setdefault(number, Period())
                own.messages += period.messages
                own.total.merge(period.total)
        self.slowest = nlargest(SLOWEST, (*self.slowest, *other.slowest))

    def _merge_places(self, other: "Summary") -> None:
        for host, server in other.servers.items():
            own = self.servers.setdefault(host, Server())
            own.count += server.count
            _add_counts(own.services, server.services)
            _add_counts(own.builds, server.builds)
        for key, leg in other.legs.items():
            known = self.legs.setdefault(key, Leg())
            known.count += leg.count
            known.delay.merge(leg.delay)
            _add_counts(known.tls, leg.tls)

    def _merge_findings(self, other: "Summary") -> None:
        for code, found in other.findings.items():
            own = self.findings.setdefault(code, FindingCount(found.severity))
            own.count += found.count
            own.messages += found.messages
            own.examples = sorted((*own.examples, *found.examples))[:EXAMPLES]


def _add_counts(counts: dict[str, int], more: dict[str, int]) -> None:
    for key, count in more.items():
        counts[key] = counts.get(key, 0) + count
