"""One negative delay, and whose clock is off by the stamps around it: the method of :mod:`hopscope.analysis.clocks`."""

from datetime import datetime, timedelta
from typing import NamedTuple

from hopscope.analysis.phrases import duration
from hopscope.classifier import builds, servers

__all__ = ["ROUNDING", "SLIGHT", "Point", "Verdict", "contradicts", "judge", "near"]

SLIGHT = timedelta(seconds=5)
"""Differences up to this are no matter: stamps have whole seconds, and clocks of servers differ a little."""
ROUNDING = timedelta(seconds=2)
"""What whole seconds and small differences make of equal times."""
_LEAST = -SLIGHT
_NEAREST = timedelta(minutes=1)
"""Legs seldom take longer."""
_REACH = 8
"""So many stamps of one server in a row are looked at; a real way has far fewer."""


class Point(NamedTuple):
    """A time on the way."""

    time: datetime
    clock: str
    """Which clock: the name of the server, or the place of the stamp where the name does not tell a machine."""
    label: str
    server: str | None
    hop: int | None
    """``None`` for what is no hop."""


def contradicts(time: datetime, after: datetime) -> bool:
    """Whether what is later on the way has an earlier time, by more than is no matter."""
    return after - time < _LEAST


class Verdict(NamedTuple):
    """What one negative delay tells."""

    first: Point
    second: Point
    evidence: str
    accused: Point | None = None
    witness: str | None = None
    """The clock of the third stamp that decided."""


class _Around(NamedTuple):
    """A negative delay with the stamps around it."""

    before: Point | None
    """The last one in front of those of the first server."""
    start: Point
    """The first in a row of the first server's stamps."""
    first: Point
    second: Point
    end: Point
    """The last in a row of the second server's stamps."""
    after: Point | None
    """The next one behind those of the second server."""


def judge(points: list[Point], at: int) -> Verdict:
    """Whose clock is off, by the third clocks before and after a negative delay."""
    around = _around(points, at)
    first, second = around.first, around.second
    said = f"{second.label} is {duration(first.time - second.time)} earlier than {first.label}"
    behind, ahead = _second_is_off(around), _first_is_off(around)
    if behind and not ahead:
        return Verdict(first, second, f"{said}; {behind[0]}", second, behind[1])
    if ahead and not behind:
        return Verdict(first, second, f"{said}; {ahead[0]}", first, ahead[1])
    why = "the hops around speak for both" if behind else "no third clock that is independent tells"
    return Verdict(first, second, f"{said}; {why}")


def _around(points: list[Point], at: int) -> _Around:
    first, second = points[at], points[at + 1]
    start = end = 0
    while start < min(at, _REACH) and points[at - start - 1].clock == first.clock:
        start += 1
    while end < min(len(points) - at - 2, _REACH) and points[at + 2 + end].clock == second.clock:
        end += 1
    before, after = at - start - 1, at + 2 + end
    return _Around(
        points[before] if before >= 0 else None,
        points[at - start],
        first,
        second,
        points[at + 1 + end],
        points[after] if after < len(points) else None,
    )


_Reason = tuple[str, str]
"""Why, and the clock that vouches."""


def _second_is_off(around: _Around) -> _Reason | None:
    """Why the second server is behind, if another clock says so and none says that it is right."""
    before, first, second, after = around.before, around.first, around.second, around.after
    if first.clock == second.clock or (after and after.time < first.time - ROUNDING):
        return None
    gap = first.time - second.time
    if after and _vouches(after, first, second) and after.time - first.time <= near(gap):
        return (
            f"{after.label} is {duration(after.time - around.end.time)} later than {around.end.label} again",
            after.clock,
        )
    if before and _vouches(before, first, second) and before.time > second.time + ROUNDING:
        return f"{before.label} is later than {second.label}, too", before.clock
    return None


def _first_is_off(around: _Around) -> _Reason | None:
    """Why the first server is ahead, if another clock says so and none says that it is right."""
    before, first, second, after = around.before, around.first, around.second, around.after
    if first.clock == second.clock or (before and before.time > second.time + ROUNDING):
        return None
    gap = first.time - second.time
    if before and _vouches(before, second, first) and second.time - before.time <= near(gap):
        return (
            f"{around.start.label} is {duration(around.start.time - before.time)} later than {before.label}",
            before.clock,
        )
    if after and _vouches(after, second, first) and after.time < first.time - ROUNDING:
        return f"{after.label} is earlier than {first.label}, too", after.clock
    return None


def _vouches(witness: Point, other: Point, accused: Point) -> bool:
    """Whether a third clock can say that ``other`` is right and ``accused`` is not."""
    if witness.clock in {other.clock, accused.clock}:
        return False
    return not _related(witness, other) or _related(witness, accused)


def _related(one: Point, other: Point) -> bool:
    names = one.server or "", other.server or ""
    return servers.share_domain(*names) or all(map(builds.is_online_host, names))


def near(gap: timedelta) -> timedelta:
    """How near to each other two clocks must be to agree against one that is off by ``gap``."""
    return min(max(SLIGHT, gap / 10), _NEAREST)
