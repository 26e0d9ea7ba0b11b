"""Differences between clocks, and contradictions between the times along a path.

Few messages have such times; :mod:`hopscope.analysis.clocks` determines which clock is skewed.
"""

from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.reference_times import reference_times
from hopscope.model import Hop, ReferenceTime, Route

__all__ = ["QUARTER", "SLIGHT", "Contradictions", "Point", "contradictions", "near_quarters"]

SLIGHT = timedelta(seconds=5)
"""Differences up to this are ignored: Received times have whole seconds, and server clocks differ slightly."""
_LEAST = -SLIGHT
QUARTER = timedelta(minutes=15)
"""All UTC offsets in use are multiples of this."""
_WIDEST = timedelta(hours=26)
"""From -1200 to +1400, the widest difference of two zones in use."""
_ZERO = timedelta(0)


def near_quarters(offset: timedelta, tolerance: timedelta) -> timedelta | None:
    """The quarters of an hour that an offset is within ``tolerance`` of; ``None`` if no two zones differ by it."""
    quarters = round(offset / QUARTER) * QUARTER
    possible = _ZERO < abs(quarters) <= _WIDEST
    return quarters if possible and abs(offset - quarters) <= tolerance else None


class Point(msgspec.Struct, frozen=True):
    """A time on the path."""

    time: datetime
    clock: str
    """Which clock: the server name, or the position of the field if the name does not identify a machine."""
    label: str
    server: str | None
    hop: int | None
    """``None`` if it is not a hop."""


def contradicts(time: datetime, later: datetime) -> bool:
    """Whether the later point on the path has an earlier time, by more than the ignored difference."""
    return later - time < _LEAST


class Contradictions(msgspec.Struct, frozen=True):
    """The times along the path, and the places where they run backwards."""

    points: list[Point]
    """From Received and X-Received fields; empty if no two of them can contradict each other."""
    negative: list[int]
    """The points whose next point is earlier by more than clocks normally differ."""


def contradictions(index: IndexedRoute) -> Contradictions:
    """The contradictions between the times of a labelled route."""
    points = _points(index)
    return Contradictions(
        points,
        [at for at, (point, next_point) in enumerate(pairwise(points)) if contradicts(point.time, next_point.time)],
    )


_COPY = frozenset({"X-Received"})


def _points(index: IndexedRoute) -> list[Point]:
    """The times along the path; empty if no two of them can contradict each other."""
    copies = [_Dated(copy.time, copy) for copy in reference_times(index, _COPY) if copy.time is not None]
    if not copies and not any(hop.delay is not None and hop.delay < -SLIGHT for hop in index.route.hops):
        return []
    return list(map(_point, _dated(index.route, copies)))


class _Dated(msgspec.Struct, frozen=True):
    """A dated Received or X-Received field."""

    time: datetime
    what: Hop | ReferenceTime


def _dated(route: Route, copies: list[_Dated]) -> list[_Dated]:
    """The dated Received fields in path order, with X-Received fields at their position between them."""
    dated = [_Dated(time, hop) for hop in route.hops if (time := hop.time) is not None]
    if not copies:
        return dated
    lines = sorted(hop.stamp.field.line for hop in route.hops)
    return sorted((*dated, *copies), key=lambda dated: _place(dated.what, lines))


def _place(what: Hop | ReferenceTime, lines: list[int]) -> tuple[int, int, int]:
    """Position among the hops with these lines; between two hops, path order is from bottom to top."""
    if isinstance(what, Hop):
        return what.number, 0, 0
    return len(lines) - bisect_right(lines, what.field.line), 1, -what.field.line


def _point(dated: _Dated) -> Point:
    what = dated.what
    if isinstance(what, Hop):
        label, name, number = f"hop {what.number}", what.written_server, what.number
    else:
        label, name, number = f"X-Received (line {what.field.line})", what.server, None
    return Point(dated.time, _machine(name, label), label, name, number)


def _machine(name: str | None, label: str) -> str:
    """A name without a domain, such as ``localhost``, identifies no machine."""
    is_machine = name is not None and "." in name and not name.lower().startswith("localhost.")
    return name.lower() if name and is_machine else label
