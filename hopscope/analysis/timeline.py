"""The path of a message on a time axis, as geometry without text: lanes, marks and gaps, positions from 0 to 1.

The axis is linear, so that a longer wait is never drawn shorter than a shorter one; only spans too short to be visible
are widened. A span that is longer than the longest wait can only be clock skew: there, and only there, the axis is
broken, and the drawing must show the break. Events without a time are drawn between their neighbours; those before the
first or after the last dated hop are drawn outside the axis. The module is over 300 lines because its records document
every field.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import accumulate, groupby, pairwise
from math import fsum
from typing import NamedTuple

from hopscope.classifier import pipeline
from hopscope.model import Hop, Service, ServiceWithoutHeader

__all__ = ["MOST_LANES", "Axis", "Break", "Gap", "Kind", "Lane", "Mark", "Tick", "Timeline", "least_drawn", "timeline"]

MOST_LANES = 16
"""With more servers than this, some share a lane."""
_MARGIN = 0.07
"""Part of the axis for events before the first time, or after the last."""
_LEAST = 0.03
"""Minimum part of the axis between two times, so that their marks do not cover each other."""
_KEPT = 0.6
"""Part of the axis that the longest wait keeps; where its part of the time is less, it keeps this part of that."""
_SKEWED = 1 / 8
"""Length of a broken span, in longest waits."""


class Kind(StrEnum):
    """The kind of a gap between two times."""

    WAIT = "wait"
    """The service of the earlier hop held the message, or it was in transit to the next."""
    LEGS = "legs"
    """It covers more than one leg: hops within it have no time, or a service that queues added no Received field there.

    The leg on which the time passed is unknown.
    """
    NEGATIVE = "negative"
    """A negative delay: two clocks differ, and it is not elapsed time."""


class Lane(NamedTuple):
    """A service, on one server or on several."""

    name: str
    """Name of the service, or the software of another mail system."""
    service: Service | None
    """``None`` for components that never add a Received field and so have no label."""
    servers: tuple[str, ...]
    """As written; empty if unknown. Several if there are too many for one lane each."""


class Mark(NamedTuple):
    """A hop, or a service without a Received field, on its lane."""

    event: Hop | ServiceWithoutHeader
    lane: int
    position: float
    unlinked: bool
    """Whether it is a hop that nothing bears out."""

    @property
    def hop(self) -> Hop | None:
        """The hop; ``None`` for a service without a Received field."""
        return self.event if isinstance(self.event, Hop) else None

    @property
    def dated(self) -> bool:
        """Whether the position shows a time, not just a point between the neighbours."""
        return isinstance(self.event, Hop) and self.event.time is not None


class Gap(NamedTuple):
    """The time from one dated hop to the next, on the lane of the earlier one."""

    start: Mark
    end: Mark
    kind: Kind
    corrected: timedelta | None = None
    """The delay without known clock skew; ``None`` without any."""

    @property
    def delay(self) -> timedelta:
        """Duration; negative if the clocks differ."""
        assert self.end.hop  # noqa: S101 - gaps lie between hops
        return self.end.hop.delay or timedelta(0)


class Break(NamedTuple):
    """A span of time that is drawn shorter than it is."""

    left: float
    right: float
    length: timedelta


class Tick(NamedTuple):
    """A time on the axis."""

    time: datetime
    position: float
    first: bool
    """The first tick of the axis, or the first after a break."""


class Axis(NamedTuple):
    """The scale: the times of the hops and their positions, with the other times in proportion between them."""

    points: tuple[tuple[datetime, float], ...]
    """In order, without duplicates; empty if no hop has a time."""
    breaks: tuple[Break, ...]
    span: timedelta
    """The time that an axis of length 1 would cover at the scale of the longest unbroken span."""
    widened: timedelta
    """The longest delay that is drawn longer than to scale; zero if there is none."""
    finest: timedelta
    """The precision of the times, and the minimum distance of ticks."""

    def position(self, time: datetime) -> float:
        """The position of a time between the first and the last one."""
        index = bisect_right(self.points, time, key=lambda point: point[0])
        (left, low), (right, high) = self.points[index - 1], self.points[min(index, len(self.points) - 1)]
        return low + (high - low) * ((time - left) / (right - left)) if right > left else low

    def ticks(self, count: int, tz: tzinfo) -> tuple[timedelta, tuple[Tick, ...]]:
        """About ``count`` round times, round in ``tz``, and the step between them.

        Every stretch of the axis between two breaks has at least one tick, if necessary at its start.
        """
        step = next((step for step in _STEPS if step >= self.finest and self.span <= step * count), _STEPS[-1])
        return step, tuple(tick for start, end in self._stretches() for tick in self._ticks(start, end, step, tz))

    def _stretches(self) -> Iterator[tuple[datetime, datetime]]:
        """The first and last time of each stretch between two breaks."""
        if not self.points:
            return
        broken = {item.left for item in self.breaks}
        start = self.points[0][0]
        for (time, position), (next_time, _) in pairwise(self.points):
            if position in broken:
                yield start, time
                start = next_time
        yield start, self.points[-1][0]

    def _ticks(self, start: datetime, end: datetime, step: timedelta, tz: tzinfo) -> Iterator[Tick]:
        """The multiples of the step since midnight from ``start`` to ``end``; days start at the first midnight."""
        local = start.astimezone(tz).replace(tzinfo=None)
        since_midnight = local - datetime(local.year, local.month, local.day)  # noqa: DTZ001 - wall-clock time
        missing = -since_midnight % min(step, _DAY)
        times = [start + missing + step * index for index in range((end - start - missing) // step + 1)]
        for index, time in enumerate(times or [start]):
            yield Tick(time.astimezone(tz), self.position(time), index == 0)


_STEPS = tuple(
    timedelta(**{unit: number})
    for unit, numbers in (
        ("milliseconds", (1, 2, 5, 10, 20, 50, 100, 200, 500)),
        ("seconds", (1, 2, 5, 10, 15, 30)),
        ("minutes", (1, 2, 5, 10, 15, 30)),
        ("hours", (1, 2, 3, 6, 12)),
        ("days", tuple(digit * 10**power for power in range(6) for digit in (1, 2, 5))),
    )
    for number in numbers
)
"""The steps between ticks, in order."""
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_NONE = timedelta(0)


class Timeline(NamedTuple):
    """The complete geometry of the drawing."""

    lanes: tuple[Lane, ...]
    """In the order in which the message reached them."""
    marks: tuple[Mark, ...]
    """In path order: one per hop and per service without a Received field."""
    gaps: tuple[Gap, ...]
    """One per hop with a known delay."""
    axis: Axis


def timeline(
    path: Iterable[Hop | ServiceWithoutHeader], last_unlinked: int = 0, corrected: Mapping[int, timedelta] = {}
) -> Timeline:
    """The timeline of a path: its hops, and between them the services without a Received field.

    Args:
        path: The path.
        last_unlinked: Number of the last hop that nothing bears out; 0 if there is none.
        corrected: The delays with known clock skew, without it, by hop number.
    """
    events = tuple(path)
    lanes, lane_of = _lanes(events)
    axis = _axis(events, corrected)
    marks = tuple(
        Mark(event, lane, position, isinstance(event, Hop) and event.number <= last_unlinked)
        for event, lane, position in zip(events, lane_of, _positions(events, axis), strict=True)
    )
    return Timeline(lanes, marks, tuple(_gaps(marks, corrected)), axis)


def _gaps(marks: Sequence[Mark], corrected: Mapping[int, timedelta]) -> Iterator[Gap]:
    previous, waited = None, False
    for mark in marks:
        if isinstance(mark.event, ServiceWithoutHeader):
            waited = waited or _queues(mark.event.service)
        elif mark.dated:
            if previous is not None and mark.event.delay is not None:
                yield Gap(previous, mark, _kind(mark.event, waited=waited), corrected.get(mark.event.number))
            previous, waited = mark, False


def _kind(hop: Hop, *, waited: bool) -> Kind:
    """The kind of the gap before a hop; ``waited``: a service with a queue but no Received field lies in it."""
    if hop.delay is not None and hop.delay < timedelta(0):
        return Kind.NEGATIVE
    return Kind.LEGS if hop.hops_covered > 1 or waited else Kind.WAIT


def _queues(service: Service | None) -> bool:
    """Whether messages wait at the service in any generation."""
    return service is not None and any(pipeline.queues(item, service) for item in pipeline.generations())


_Key = tuple[str, str]


def _lanes(events: Sequence[Hop | ServiceWithoutHeader]) -> tuple[tuple[Lane, ...], list[int]]:
    """The lanes and the lane of each event: one per service and server, unless there are too many."""
    separate = _one_server_each(events)
    outside = {str(Service.OTHER_MTA), str(Service.UNKNOWN)}
    shared = [(name, "" if name in outside else server) for name, server in separate]
    by_service = [(name, "") for name, _ in separate]
    keys = next((keys for keys in (separate, shared) if len(set(keys)) <= MOST_LANES), by_service)
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    members: list[list[Hop | ServiceWithoutHeader]] = [[] for _ in numbers]
    lane_of = [numbers[key] for key in keys]
    for event, lane in zip(events, lane_of, strict=True):
        members[lane].append(event)
    return tuple(map(_lane, members)), lane_of


def _one_server_each(events: Iterable[Hop | ServiceWithoutHeader]) -> list[_Key]:
    """Name of the service and of the server; a server's short name counts as the long one where both occur."""
    written = [(_service(event), (_server(event) or "").lower()) for event in events]
    long = {(name, server.partition(".")[0]): server for name, server in reversed(written) if "." in server}
    return [(name, server if "." in server else long.get((name, server), server)) for name, server in written]


def _service(event: Hop | ServiceWithoutHeader) -> str:
    return str(event.label.service) if isinstance(event, Hop) else event.name


def _server(event: Hop | ServiceWithoutHeader) -> str | None:
    """The server as written, or its address if it has no name."""
    if isinstance(event, ServiceWithoutHeader):
        return event.server
    server = event.stamp.by_domain
    return event.written_server or (server.tcp_info.address if server else None)


def _lane(members: Sequence[Hop | ServiceWithoutHeader]) -> Lane:
    first = members[0]
    service = first.label.service if isinstance(first, Hop) else first.service
    different = {server.lower(): server for server in map(_server, reversed(members)) if server}
    long = {item.partition(".")[0] for item in different if "." in item}
    written = tuple(server for name, server in reversed(different.items()) if "." in name or name not in long)
    software = {event.label.software for event in members if isinstance(event, Hop)}
    named = software.pop() if len(software) == 1 and service is Service.OTHER_MTA else None
    return Lane(named or _service(first), service, written)


def _axis(events: Sequence[Hop | ServiceWithoutHeader], corrected: Mapping[int, timedelta]) -> Axis:
    """The scale from the earliest to the latest time, with room at either end for events outside it."""
    hops = [event for event in events if isinstance(event, Hop) and event.time is not None]
    times = sorted({hop.time for hop in hops if hop.time is not None})
    if not times:
        return Axis((), (), _SECOND, timedelta(0), _SECOND)
    low = 0.0 if events[0] is hops[0] else _MARGIN
    high = 1.0 if events[-1] is hops[-1] else 1 - _MARGIN
    spans = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    longest = _longest_wait(hops, corrected) or max(spans, default=0.0)
    lengths = [span if span <= longest else longest * _SKEWED for span in spans]
    least = least_drawn(lengths, _LEAST, high - low)
    drawn = [max(length, least) for length in lengths]
    scale = (high - low) / (fsum(drawn) or 1)
    positions = [min(low + scale * length, high) for length in accumulate(drawn, initial=0.0)]
    points = tuple(zip(times, positions, strict=True))
    breaks = [
        Break(left, right, later - earlier)
        for ((earlier, left), (later, right)), span in zip(pairwise(points), spans, strict=True)
        if span > longest
    ]
    widened = timedelta(seconds=max((span for span in spans if span < least), default=0))
    finest = _STEPS[0] if any(time.microsecond for time in times) else _SECOND
    return Axis(points, tuple(breaks), timedelta(seconds=1 / scale), widened, finest)


def _longest_wait(hops: Sequence[Hop], corrected: Mapping[int, timedelta]) -> float:
    """The longest delay in seconds, without known clock skew. A longer span between two times is clock skew."""
    delays = ((hop.number, hop.time - previous.time) for previous, hop in pairwise(hops) if previous.time and hop.time)
    return max((corrected.get(number, delay).total_seconds() for number, delay in delays if delay > _NONE), default=0.0)


def least_drawn(durations: Sequence[float], least: float, total: float = 1.0) -> float:
    """The duration as which shorter ones are drawn, where durations share a length of ``total`` in proportion.

    Then the shortest has a length of at most ``least``, and the longest keeps ``_KEPT`` of 1, or if its share of
    ``total`` is less, ``_KEPT`` of that.
    """
    ascending = sorted(durations)
    remaining = fsum(ascending)
    if not remaining:
        return 0.0
    share = ascending[-1] / remaining * total
    most = ascending[-1] * total / (_KEPT if share >= _KEPT else _KEPT * share)
    for count, (duration, longer) in enumerate(pairwise(ascending), 1):
        remaining -= duration
        by_least = least * remaining / (total - least * count) if least * count < total else longer
        bound = min(by_least, (most - remaining) / count)
        if bound < longer:
            return max(bound, 0.0)
    return ascending[-1]


def _positions(events: Sequence[Hop | ServiceWithoutHeader], axis: Axis) -> Iterator[float]:
    """The position of each event: at its time, or else evenly spaced between its dated neighbours."""
    positions = [axis.position(event.time) if isinstance(event, Hop) and event.time else None for event in events]
    previous = 0.0
    for position, group in groupby(enumerate(positions), key=lambda pair: pair[1]):
        run = list(group)
        if position is not None:
            previous = position
            yield from [position] * len(run)
            continue
        first, end = run[0][0] == 0, run[-1][0] + 1
        following = positions[end] if end < len(positions) else 1.0
        assert following is not None  # noqa: S101 - a run ends at a hop with a time
        parts = len(run) if first and end < len(positions) else len(run) - 1 if first else len(run) + 1
        yield from (
            previous + (following - previous) * (index + (not first)) / max(parts, 1) for index in range(len(run))
        )
