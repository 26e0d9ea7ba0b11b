"""Verdict on one negative delay from the neighbouring times, by the method of :mod:`hopscope.analysis.clocks`."""

from datetime import timedelta
from itertools import pairwise

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
_LIKELY = 2
"""Odds of a skewed clock must be better than this."""
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

    before: list[Point]
    """The times before those of the first server, the nearest first, as long as they rise along the path."""
    start: Point
    """The first of the first server's consecutive times."""
    first: Point
    second: Point
    end: Point
    """The last of the second server's consecutive times."""
    after: list[Point]
    """The times after those of the second server, the nearest first, as long as they rise."""


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
    begin, stop = at - start, at + 1 + end
    return _Stretch(
        _rising(points[max(begin - _REACH, 0) : begin][::-1], -1),
        points[begin],
        first,
        second,
        points[stop],
        _rising(points[stop + 1 : stop + 1 + _REACH], 1),
    )


def _rising(points: list[Point], direction: int) -> list[Point]:
    """The points up to the first whose time contradicts the one before: there another clock is suspect."""
    for at, (point, next_point) in enumerate(pairwise(points), 1):
        if direction * (next_point.time - point.time) < -SLIGHT:
            return points[:at]
    return points


_Reason = tuple[str, str]
"""The reason, and the clock that confirms it."""


def _why_second_is_behind(stretch: _Stretch) -> _Reason | None:
    """Why the second server is behind, if another clock shows it and none shows that it is right."""
    first, second = stretch.first, stretch.second
    gap = first.time - second.time
    if first.clock == second.clock or any(point.time < first.time - ROUNDING for point in stretch.after[:1]):
        return None
    later = next((point for point in stretch.after if _vouches(point, first, second)), None)
    otherwise = second.time - stretch.before[0].time if stretch.before else None
    if later and _is_likelier(later.time - first.time, gap, otherwise):
        return _later(later, stretch.end, first, later), later.clock
    earlier = [point for point in stretch.before if _vouches(point, first, second)]
    if earlier and earlier[0].time > second.time + ROUNDING:
        back = any(_agree(point, second, gap) for point in earlier)
        return None if back else (f"{earlier[0].label} is later than {second.label}, too", earlier[0].clock)
    return None


def _why_first_is_ahead(stretch: _Stretch) -> _Reason | None:
    """Why the first server is ahead, if another clock shows it and none shows that it is right."""
    first, second = stretch.first, stretch.second
    gap = first.time - second.time
    if first.clock == second.clock or any(point.time > second.time + ROUNDING for point in stretch.before[:1]):
        return None
    earlier = next((point for point in stretch.before if _vouches(point, second, first)), None)
    otherwise = stretch.after[0].time - first.time if stretch.after else None
    if earlier and _is_likelier(second.time - earlier.time, gap, otherwise):
        return _later(stretch.start, earlier, earlier, second), earlier.clock
    later = [point for point in stretch.after if _vouches(point, second, first)]
    if later and later[0].time < first.time - ROUNDING:
        back = any(_agree(first, point, gap) for point in later)
        return None if back else (f"{later[0].label} is earlier than {first.label}, too", later[0].clock)
    return None


def _agree(point: Point, later: Point, skew: timedelta) -> bool:
    """Whether two clocks agree again, so that both servers between them are suspect; short delays are common.

    They agree too if the later one is a little behind, compared with the skew: two slight errors are common.
    """
    return skew > _NEAREST and abs(later.time - point.time) <= _limit(skew)


def _later(point: Point, earlier: Point, start: Point, end: Point) -> str:
    """``hop 3 is 1 h 10 min later than hop 2``, and how long the message took between the servers that agree."""
    text = f"{point.label} is {duration(point.time - earlier.time)} later than {earlier.label}"
    took = end.time - start.time
    return f"{text}; from {start.label} to {end.label} the message took {duration(took)}" if took > SLIGHT else text


def _is_likelier(spent: timedelta, skew: timedelta, otherwise: timedelta | None) -> bool:
    """Whether it is likely that the clock of the suspect is skewed, and not that of the other server.

    Long delays are rare about in proportion to their length; those below a tenth of the skew are taken as equal. If the
    suspect is skewed, the message took ``spent`` from the server before it to the one after it. If the other server is
    skewed, that leg took longer by the skew; but then the message took only ``otherwise`` around the other server, and
    not longer by the skew there.
    """
    if not -ROUNDING <= spent <= _LONGEST:
        return False
    shortest = max(ROUNDING, skew / 10)
    odds = (skew + spent) / (max(spent, shortest) if spent > SLIGHT else shortest)
    if otherwise is not None and otherwise >= -ROUNDING:
        odds *= max(otherwise, shortest) / (skew + max(otherwise, shortest))
    return odds > _LIKELY


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
