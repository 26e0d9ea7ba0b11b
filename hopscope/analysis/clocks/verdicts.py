"""Verdict on one negative delay from the neighbouring times, by the method of :mod:`hopscope.analysis.clocks`."""

from datetime import timedelta

import msgspec

from hopscope.analysis.clock_differences import SLIGHT, Point
from hopscope.analysis.phrases import duration
from hopscope.classifier import builds, servers

__all__ = ["ROUNDING", "Verdict", "near", "verdict"]

ROUNDING = timedelta(seconds=2)
"""Tolerance for equal times, due to whole seconds and small differences."""
_NEAREST = timedelta(minutes=1)
"""Upper limit of the width of an estimate: longer delays are rare."""
_LONGEST = timedelta(hours=2)
"""Upper limit of the time really spent around a skewed clock: a longer time says little about clocks."""
_REACH = 8
"""Maximum number of consecutive times of one server that are examined; real paths have far fewer."""


class Verdict(msgspec.Struct, frozen=True):
    """The verdict on one negative delay."""

    first: Point
    second: Point
    evidence: str
    accused: Point | None = None
    witness: str | None = None
    """The third clock, which decided."""


class _Stretch(msgspec.Struct, frozen=True):
    """A negative delay and the times before and after it."""

    previous: Point | None
    """The last time before those of the first server."""
    start: Point
    """The first of the first server's consecutive times."""
    first: Point
    second: Point
    end: Point
    """The last of the second server's consecutive times."""
    following: Point | None
    """The next time after those of the second server."""
    earlier: list[Point]
    """The times before ``previous``, the nearest ones."""
    later: list[Point]
    """The times after ``following``, the nearest ones."""


def verdict(points: list[Point], at: int) -> Verdict:
    """The wrong clock, according to third clocks before and after a negative delay."""
    stretch = _stretch(points, at)
    first, second = stretch.first, stretch.second
    contradiction = f"{second.label} is {duration(first.time - second.time)} earlier than {first.label}"
    second_behind, first_ahead = _why_second_is_behind(stretch), _why_first_is_ahead(stretch)
    if second_behind and not first_ahead:
        return Verdict(first, second, f"{contradiction}; {second_behind[0]}", second, second_behind[1])
    if first_ahead and not second_behind:
        return Verdict(first, second, f"{contradiction}; {first_ahead[0]}", first, first_ahead[1])
    why = (
        "neighbouring hops agree with both" if second_behind else "no independent third clock identifies the skewed one"
    )
    return Verdict(first, second, f"{contradiction}; {why}")


def _stretch(points: list[Point], at: int) -> _Stretch:
    first, second = points[at], points[at + 1]
    start = end = 0
    while start < min(at, _REACH) and points[at - start - 1].clock == first.clock:
        start += 1
    while end < min(len(points) - at - 2, _REACH) and points[at + 2 + end].clock == second.clock:
        end += 1
    previous, following = at - start - 1, at + 2 + end
    return _Stretch(
        points[previous] if previous >= 0 else None,
        points[at - start],
        first,
        second,
        points[at + 1 + end],
        points[following] if following < len(points) else None,
        points[max(previous - _REACH, 0) : max(previous, 0)],
        points[following + 1 : following + 1 + _REACH],
    )


_Reason = tuple[str, str]
"""The reason, and the clock that confirms it."""


def _why_second_is_behind(stretch: _Stretch) -> _Reason | None:
    """Why the second server is behind, if another clock shows it and none shows that it is right."""
    previous, first, second, following = stretch.previous, stretch.first, stretch.second, stretch.following
    gap = first.time - second.time
    if first.clock == second.clock or (following and following.time < first.time - ROUNDING):
        return None
    if following and _vouches(following, first, second):
        otherwise = second.time - previous.time if previous else None
        if _is_short(following.time - first.time, gap, otherwise):
            return _later(following, stretch.end, first, following), following.clock
    if previous and _vouches(previous, first, second) and previous.time > second.time + ROUNDING:
        back = any(_agree(point, second, gap) and _vouches(point, second, first) for point in stretch.earlier)
        return None if back else (f"{previous.label} is later than {second.label}, too", previous.clock)
    return None


def _why_first_is_ahead(stretch: _Stretch) -> _Reason | None:
    """Why the first server is ahead, if another clock shows it and none shows that it is right."""
    previous, first, second, following = stretch.previous, stretch.first, stretch.second, stretch.following
    gap = first.time - second.time
    if first.clock == second.clock or (previous and previous.time > second.time + ROUNDING):
        return None
    if previous and _vouches(previous, second, first):
        otherwise = following.time - first.time if following else None
        if _is_short(second.time - previous.time, gap, otherwise):
            return _later(stretch.start, previous, previous, second), previous.clock
    if following and _vouches(following, second, first) and following.time < first.time - ROUNDING:
        back = any(_agree(first, point, gap) and _vouches(point, first, second) for point in stretch.later)
        return None if back else (f"{following.label} is earlier than {first.label}, too", following.clock)
    return None


def _agree(point: Point, later: Point, skew: timedelta) -> bool:
    """Whether two clocks agree again, so that both servers between them are suspect; short delays are common."""
    return skew > _NEAREST and -ROUNDING <= later.time - point.time <= _limit(skew)


def _later(point: Point, earlier: Point, start: Point, end: Point) -> str:
    """``hop 3 is 1 h 10 min later than hop 2``, and how long the message took between the servers that agree."""
    text = f"{point.label} is {duration(point.time - earlier.time)} later than {earlier.label}"
    took = end.time - start.time
    return f"{text}; from {start.label} to {end.label} the message took {duration(took)}" if took > SLIGHT else text


def _is_short(spent: timedelta, skew: timedelta, otherwise: timedelta | None) -> bool:
    """Whether the time between the servers before and after a suspect is much shorter than its skew: they agree.

    Long delays are rare about in proportion to their length. If the suspect's clock were right, one delay would be
    longer than the skew; so a tenth of the skew over both legs makes skew about ten times as likely. The same applies
    to ``otherwise``, the time spent if the clock of the other server were wrong, unless it is just as short.
    """
    limit = _limit(skew)
    return spent <= (limit if otherwise is None or otherwise <= limit else min(limit, _limit(otherwise)))


def _limit(gap: timedelta) -> timedelta:
    return min(max(SLIGHT, gap / 10), _LONGEST)


def _vouches(witness: Point, right: Point, accused: Point) -> bool:
    """Whether a third clock can show that ``right`` is right and ``accused`` is wrong."""
    if witness.clock in {right.clock, accused.clock}:
        return False
    return not _related(witness, right) or _related(witness, accused)


def _related(first: Point, second: Point) -> bool:
    names = first.server or "", second.server or ""
    return servers.share_domain(*names) or all(map(builds.is_online_host, names))


def near(gap: timedelta) -> timedelta:
    """The maximum width of the bounds of an estimate of this skew."""
    return min(max(SLIGHT, gap / 10), _NEAREST)
