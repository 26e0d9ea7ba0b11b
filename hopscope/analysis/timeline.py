"""The path of a message on a time axis, as geometry without text: lanes, marks and gaps, positions from 0 to 1.

The axis is linear. If one span of time dwarfs all others, the axis is broken: that span gets a fixed part of the axis,
and the drawing must show the break. Events without a time are placed between their neighbours; those before the first
or after the last dated hop are placed outside the axis. The module is over 300 lines because its records document
every field.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import groupby, pairwise
from typing import NamedTuple

from hopscope.classifier import pipeline
from hopscope.model import Hop, Service, ServiceWithoutHeader

__all__ = ["MOST_LANES", "Axis", "Break", "Gap", "Kind", "Lane", "Mark", "Tick", "Timeline", "timeline"]

MOST_LANES = 16
"""With more servers than this, some share a lane."""
_MARGIN = 0.07
"""Part of the axis for events before the first time, or after the last."""
_DWARFS = 9 / 10
"""A span of time dwarfs the others if it exceeds this fraction of the total."""
_BREAK_ROOM = (0.0, 0.34, 0.24, 0.18)
"""Part of the axis for each break, by the number of breaks; the last one is for the maximum number of breaks."""


class Kind(StrEnum):
    """The kind of a gap between two times."""

    QUEUE = "queue"
    """It follows the hop of a service that queues: the message waited there, or was in transit from there."""
    TRANSIT = "transit"
    """It follows another hop: the message was in transit, or its sender retried."""
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
    place: float
    unlinked: bool
    """Whether it is a hop that nothing bears out."""

    @property
    def hop(self) -> Hop | None:
        """The hop; ``None`` for a service without a Received field."""
        return self.event if isinstance(self.event, Hop) else None

    @property
    def dated(self) -> bool:
        """Whether the position is a time, not just a point between the neighbours."""
        return isinstance(self.event, Hop) and self.event.time is not None


class Gap(NamedTuple):
    """The time from one dated hop to the next, on the lane of the earlier one."""

    before: Mark
    after: Mark
    kind: Kind
    corrected: timedelta | None = None
    """The delay without known clock skew; ``None`` without any."""

    @property
    def delay(self) -> timedelta:
        """Duration; negative if the clocks differ."""
        assert self.after.hop  # noqa: S101 - gaps lie between hops
        return self.after.hop.delay or timedelta(0)

    @property
    def places(self) -> tuple[float, float]:
        """Both ends, the left one first."""
        left, right = sorted((self.before.place, self.after.place))
        return left, right


class Break(NamedTuple):
    """A span of time that is drawn shorter than it is."""

    left: float
    right: float
    length: timedelta


class Tick(NamedTuple):
    """A time on the axis."""

    time: datetime
    place: float
    first: bool
    """The first tick of the axis, or the first after a break."""


class Axis(NamedTuple):
    """The scale: corners between which time runs evenly."""

    corners: tuple[tuple[datetime, float], ...]
    """Times and their positions, in order; empty if no hop has a time."""
    breaks: tuple[Break, ...]
    finest: timedelta
    """The precision of the times, and the minimum distance of ticks."""

    def place(self, time: datetime) -> float:
        """The position of a time within the corners."""
        index = bisect_right(self.corners, time, key=lambda corner: corner[0])
        (left, low), (right, high) = self.corners[index - 1], self.corners[min(index, len(self.corners) - 1)]
        return low + (high - low) * ((time - left) / (right - left)) if right > left else low

    def ticks(self, count: int, tz: tzinfo) -> tuple[timedelta, tuple[Tick, ...]]:
        """About ``count`` round times, round in ``tz``, and the step between them.

        Every stretch of the axis between two breaks has at least one tick, if necessary at its start.
        """
        stretches = [
            (corner, next_corner) for corner, next_corner in pairwise(self.corners) if not self._is_broken(corner[1])
        ]
        alone = [(corner, corner) for corner in self.corners if not any(corner in pair for pair in stretches)]
        span = sum((end[0] - start[0] for start, end in stretches), timedelta(0))
        step = next((step for step in _STEPS if step >= self.finest and span <= step * count), _STEPS[-1])
        parts = (self._within(start[0], end[0], step, tz) for start, end in sorted([*stretches, *alone]))
        return step, tuple(tick for ticks in parts for tick in ticks)

    def _is_broken(self, position: float) -> bool:
        return any(item.left == position for item in self.breaks)

    def _within(self, start: datetime, end: datetime, step: timedelta, tz: tzinfo) -> Iterator[Tick]:
        """The multiples of the step since midnight from ``left`` to ``right``."""
        local = start.astimezone(tz).replace(tzinfo=None)
        since_midnight = local - datetime(local.year, local.month, local.day)  # noqa: DTZ001 - wall-clock time
        missing = -since_midnight % step
        times = [start + missing + step * index for index in range((end - start - missing) // step + 1)]
        for index, time in enumerate(times or [start]):
            yield Tick(time.astimezone(tz), self.place(time), index == 0)


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
    times = [event.time for event in events if isinstance(event, Hop) and event.time is not None]
    axis = _axis(events, times)
    positions = _places(events, axis)
    marks = tuple(
        Mark(event, lane, position, isinstance(event, Hop) and event.number <= last_unlinked)
        for event, lane, position in zip(events, lane_of, positions, strict=True)
    )
    return Timeline(lanes, marks, tuple(_gaps(marks, corrected)), axis)


def _gaps(marks: Sequence[Mark], corrected: Mapping[int, timedelta]) -> Iterator[Gap]:
    previous, waited = None, False
    for mark in marks:
        if isinstance(mark.event, ServiceWithoutHeader):
            waited = waited or _queues(mark.event.service, "")
        elif mark.dated:
            if previous is not None and previous.hop and mark.event.delay is not None:
                kind = _kind(previous.hop, mark.event, waited=waited)
                yield Gap(previous, mark, kind, corrected.get(mark.event.number))
            previous, waited = mark, False


def _kind(previous: Hop, following: Hop, *, waited: bool) -> Kind:
    """The kind of the gap between two hops; ``waited``: a service with a queue but no hop lies between them."""
    if following.delay is not None and following.delay < timedelta(0):
        return Kind.NEGATIVE
    if following.hops_covered > 1 or waited:
        return Kind.LEGS
    return Kind.QUEUE if _queues(previous.label.service, previous.label.generation) else Kind.TRANSIT


def _queues(service: Service | None, generation: str) -> bool:
    """Whether messages wait at the service; if the generation is unknown, whether they do in any that has it."""
    generations = (generation,) if generation else pipeline.generations()
    return service is not None and any(pipeline.queues(item, service) for item in generations)


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


def _axis(events: Sequence[Hop | ServiceWithoutHeader], times: Sequence[datetime]) -> Axis:
    """The scale from the earliest to the latest time, with room at either end for events outside it."""
    if not times:
        return Axis((), (), _SECOND)
    dated = [isinstance(event, Hop) and event.time is not None for event in events]
    low, high = 0.0 if dated[0] else _MARGIN, 1.0 if dated[-1] else 1 - _MARGIN
    distinct = sorted(set(times))
    spans = [later - earlier for earlier, later in pairwise(distinct)]
    broken = _dwarfing(spans)
    room = _BREAK_ROOM[len(broken)] * (high - low)
    even = sum((span for index, span in enumerate(spans) if index not in broken), timedelta(0))
    scale = high - low - room * len(broken)
    corners, breaks, position = [(distinct[0], low)], [], low
    for index, span in enumerate(spans):
        start, position = position, position + (room if index in broken else scale * (span / even))
        corners.append((distinct[index + 1], min(position, 1.0)))
        if index in broken:
            breaks.append(Break(start, corners[-1][1], span))
    finest = _STEPS[0] if any(time.microsecond for time in times) else _SECOND
    return Axis(_corners_at(corners, breaks), tuple(breaks), finest)


def _corners_at(
    points: Sequence[tuple[datetime, float]], breaks: Sequence[Break]
) -> tuple[tuple[datetime, float], ...]:
    """The points at which the scale changes: the ends, and both sides of each break."""
    bends = {points[0][1], points[-1][1], *(side for item in breaks for side in (item.left, item.right))}
    return tuple(point for point in points if point[1] in bends)


def _dwarfing(spans: Sequence[timedelta]) -> set[int]:
    """The spans that would make the others invisible; at least one span remains drawn to scale."""
    remaining = sum(spans, timedelta(0))
    broken: set[int] = set()
    for index in sorted(range(len(spans)), key=lambda index: spans[index], reverse=True)[: len(_BREAK_ROOM) - 1]:
        if spans[index] <= remaining * _DWARFS or len(broken) + 1 == len(spans):
            break
        broken.add(index)
        remaining -= spans[index]
    return broken


def _places(events: Sequence[Hop | ServiceWithoutHeader], axis: Axis) -> Iterator[float]:
    """The position of each event: at its time, or else evenly spaced between its dated neighbours."""
    positions = [axis.place(event.time) if isinstance(event, Hop) and event.time else None for event in events]
    previous = 0.0
    for position, group in groupby(enumerate(positions), key=lambda pair: pair[1]):
        run = list(group)
        if position is not None:
            previous = position
            yield from [position] * len(run)
            continue
        first, end = run[0][0] == 0, run[-1][0] + 1
        following = positions[end] if end < len(positions) else 1.0
        assert following is not None  # noqa: S101 - a run ends where a place is known
        parts = len(run) if first and end < len(positions) else len(run) - 1 if first else len(run) + 1
        yield from (
            previous + (following - previous) * (index + (not first)) / max(parts, 1) for index in range(len(run))
        )
