"""Filters of messages: every command that reads a dump selects the same messages with the same options."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.model import Hop, Route, Scenario, Service
from hopscope.sources.message import Message
from hopscope.statistics.name_patterns import glob, matches_host

__all__ = ["HOST", "MESSAGE_ID", "MessageFilter", "NamePattern", "Selected", "bare_id", "last_time"]

HOST, MESSAGE_ID = "--host", "--message-id"
_NEAREST = 3
"""Number of similar names that an error suggests for a pattern."""
_SIMILAR = 0.7
"""Minimum similarity of a suggestion (difflib)."""


class NamePattern(NamedTuple):
    """A name, or a pattern with the wildcards ``*`` and ``?``, that the messages should contain."""

    option: str
    """``HOST`` or ``MESSAGE_ID``."""
    text: str


class MessageFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Selects the messages that meet every condition; of several values of one condition, any is sufficient."""

    message_ids: tuple[str, ...] = ()
    """Patterns in lower case, without angle brackets."""
    hosts: tuple[str, ...] = ()
    """Patterns in lower case for names and addresses of servers and of their peers, at any hop."""
    services: tuple[Service, ...] = ()
    """Services of any hop."""
    scenarios: tuple[Scenario, ...] = ()
    findings: tuple[str, ...] = ()
    """Codes or prefixes of codes."""
    slower_than: timedelta | None = None
    """The total delay must be longer."""
    since: float | None = None
    """Earliest time of the last dated hop, in seconds since 1970 (UTC); ``None`` for no limit."""
    until: float | None = None
    """The time of the last dated hop must be earlier."""

    def __bool__(self) -> bool:
        return self != _EVERYTHING

    @property
    def needs_analysis(self) -> bool:
        """Whether scenarios or findings are needed, which take most of the time."""
        return bool(self.scenarios or self.findings)

    @property
    def limits_period(self) -> bool:
        """Whether only messages of a period are selected."""
        return self.since is not None or self.until is not None

    @property
    def names(self) -> tuple[NamePattern, ...]:
        """The patterns of names that are expected to occur in some message."""
        hosts = (NamePattern(HOST, text) for text in self.hosts)
        return *hosts, *(NamePattern(MESSAGE_ID, text) for text in self.message_ids)

    def selects(self, analysis: Analysis) -> bool:
        """Whether a message is selected. Scenario and findings are only computed if all else matches."""
        route = analysis.route
        return (
            self._has_names(route)
            and self._is_slow(route)
            and self._is_in_period(route)
            and (not self.services or any(hop.label.service in self.services for hop in route.hops))
            and (not self.scenarios or analysis.scenario in self.scenarios)
            and (not self.findings or any(finding.code.startswith(self.findings) for finding in analysis.findings))
        )

    def _has_names(self, route: Route) -> bool:
        return (
            not self.message_ids or any(glob(text).match(bare_id(route.message_id)) for text in self.message_ids)
        ) and (not self.hosts or any(_matching(self.hosts, name) for hop in route.hops for name in _host_names(hop)))

    def _is_slow(self, route: Route) -> bool:
        total = route.total_delay if self.slower_than is not None else None
        return self.slower_than is None or (total is not None and total > self.slower_than)

    def _is_in_period(self, route: Route) -> bool:
        """A message without a date is only in an unlimited period."""
        if not self.limits_period:
            return True
        last = last_time(route)
        return (
            last is not None
            and (self.since is None or last >= self.since)
            and (self.until is None or last < self.until)
        )


_EVERYTHING = MessageFilter()


class Selected(msgspec.Struct):
    """How many messages a filter selected, and which of its names occurred."""

    read: int = 0
    selected: int = 0
    undated: int = 0
    """Number of messages that were left out only because they have no date."""
    occurring: set[NamePattern] = msgspec.field(default_factory=set)
    """The patterns that a name in some message matches, selected or not."""
    services: set[Service] = msgspec.field(default_factory=set)
    """The services of all messages, selected or not, if the filter selects by service."""
    first: float | None = None
    """The earliest time of a last hop in all messages, selected or not, if the filter has a period."""
    last: float | None = None
    """The latest one."""
    slowest: timedelta | None = None
    """The longest total delay of all messages, selected or not, if the filter has a minimum."""
    nearest: dict[NamePattern, list[tuple[float, str]]] = {}
    """The most similar names for patterns that did not occur in some chunk, each with minus its similarity."""

    def merge(self, later: "Selected") -> None:
        """Add the counts of later messages."""
        self.read += later.read
        self.selected += later.selected
        self.undated += later.undated
        self.occurring |= later.occurring
        self.services |= later.services
        self.first = min((time for time in (self.first, later.first) if time is not None), default=None)
        self.last = max((time for time in (self.last, later.last) if time is not None), default=None)
        self.slowest = max((delay for delay in (self.slowest, later.slowest) if delay is not None), default=None)
        for pattern, names in later.nearest.items():
            self.nearest[pattern] = sorted({*self.nearest.get(pattern, ()), *names})[:_NEAREST]

    def chosen(
        self, messages: Iterable[tuple[Message, Analysis]], filter_: MessageFilter
    ) -> Iterator[tuple[Message, Analysis]]:
        """The messages of a chunk that the filter selects; they are counted, and the names in all messages compared."""
        names: dict[str, set[str]] = {HOST: set(), MESSAGE_ID: set()}
        times: list[float] = []
        totals: list[timedelta] = []
        for message, analysis in messages:
            self.read += 1
            if filter_.hosts:
                names[HOST].update(name for hop in analysis.route.hops for name in _host_names(hop))
            if filter_.limits_period and (time := last_time(analysis.route)) is not None:
                times.append(time)
            if filter_.slower_than is not None and (total := analysis.route.total_delay) is not None:
                totals.append(total)
            if filter_.services:
                self.services.update(hop.label.service for hop in analysis.route.hops)
            if filter_.message_ids:
                names[MESSAGE_ID].add(bare_id(analysis.route.message_id))
            if filter_.selects(analysis):
                self.selected += 1
                yield message, analysis
            elif filter_.limits_period and last_time(analysis.route) is None:
                self.undated += msgspec.structs.replace(filter_, since=None, until=None).selects(analysis)
        self.first, self.last = min(times, default=None), max(times, default=None)
        self.slowest = max(totals, default=None)
        for pattern in filter_.names:
            self.compare(pattern, names[pattern.option])

    def compare(self, pattern: NamePattern, names: Iterable[str]) -> None:
        """Record whether a pattern matches any of these names, and otherwise the most similar ones."""
        if _occurs(pattern, names):
            self.occurring.add(pattern)
        else:
            self.nearest[pattern] = _similar(pattern, names)


def last_time(route: Route) -> float | None:
    """The time of the last dated hop, in seconds since 1970 (UTC)."""
    return next((hop.time.timestamp() for hop in reversed(route.hops) if hop.time is not None), None)


def bare_id(message_id: str | None) -> str:
    """A Message-ID in lower case, without angle brackets and the text around them; empty if there is none."""
    text = message_id or ""
    bracketed = text.partition("<")[2].partition(">")[0]
    return (bracketed or text.strip("<>")).strip().lower()


def _host_names(hop: Hop) -> Iterator[str]:
    """Every name and address of a hop's server and of its peer, in lower case."""
    for domain in (hop.stamp.by_domain, hop.stamp.from_domain):
        if domain is not None:
            for name in (domain.domain, domain.helo, domain.tcp_info.domain, domain.tcp_info.address):
                if name:
                    yield name.lower()


@lru_cache(maxsize=1 << 14)
def _matching(patterns: tuple[str, ...], name: str) -> bool:
    return any(matches_host(text, name) for text in patterns)


def _occurs(pattern: NamePattern, names: Iterable[str]) -> bool:
    if pattern.option == HOST:
        return any(matches_host(pattern.text, name) for name in names)
    return any(glob(pattern.text).match(name) for name in names)


def _similar(pattern: NamePattern, names: Iterable[str]) -> list[tuple[float, str]]:
    """The names most similar to a pattern, most similar first; a pattern without dots is compared with first labels."""
    from difflib import SequenceMatcher

    text = pattern.text.replace("*", "").replace("?", "")
    matcher, similar = SequenceMatcher(autojunk=False), []
    matcher.set_seq2(text)
    for name in filter(None, names):
        matcher.set_seq1(name.partition(".")[0] if pattern.option == HOST and "." not in text else name)
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= _SIMILAR and matcher.ratio() >= _SIMILAR:
            similar.append((-matcher.ratio(), name))
    return sorted(similar)[:_NEAREST]
