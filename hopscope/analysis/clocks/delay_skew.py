"""The part of each delay that is clock skew, or may be: known from identified clocks, possible from the others."""

from datetime import datetime, timedelta
from itertools import pairwise

from hopscope.analysis.clock_differences import SLIGHT, Point
from hopscope.analysis.clocks import Clock
from hopscope.analysis.delays import DelaySkew

__all__ = ["delay_skews", "known_skews"]

_ZERO = timedelta(0)
_REACH = 8
"""Maximum number of times before and after a delay that are examined."""


def delay_skews(points: list[Point], clocks: tuple[Clock, ...]) -> dict[int, DelaySkew]:
    """The clock skew in the delays of a route, by hop number; delays without any are left out.

    The known part is the estimate of the skew, or else the bound nearest to zero. Up to the other bound, but no more
    than the known part again, the rest may be clock skew, or time spent before the skewed server.

    Between two times of one server, its own clock bounds the time really spent, whichever clock is skewed: the part of
    a delay beyond that is known, too, and the rest may be clock skew.

    If no server's clock is identified, a delay may still be clock skew: after a negative delay before which the path
    had reached the time of its end already, or before one after which the path is back at the time of its start. So a
    delay longer than the time between the servers around is not just time in a queue. Next to a negative delay, with
    nothing but other times of the same server between, it may be clock skew in any case. A clock with one bound only
    does not rule that out for a delay longer than the whole path.

    Args:
        points: The times along the path.
        clocks: The clocks that are skewed, or differ.
    """
    known, rest = known_skews(clocks), _rest(clocks)
    path = [point for point in points if point.hop is not None]
    bounded = known_skews(tuple(clock for clock in clocks if clock.min_skew is not None and clock.max_skew is not None))
    corrected, partly_corrected = _moved(path, known), _moved(path, bounded)
    total = path[-1].time - path[0].time if path else _ZERO
    skews = {}
    for at, (point, next_point) in enumerate(pairwise(path)):
        delay, previous, number = next_point.time - point.time, point.hop or 0, next_point.hop or 0
        if delay > _ZERO:
            certain = max(min(known.get(number, _ZERO) - known.get(previous, _ZERO), delay), _ZERO)
            times = corrected if delay <= total else partly_corrected
            excess = delay - _longest_spent(path, at)
            before, after = (_before(path, times, at), _after(path, times, at)) if delay > SLIGHT else (_ZERO, _ZERO)
            bounds = max(rest.get(previous, _ZERO), _ZERO) + max(-rest.get(number, _ZERO), _ZERO)
            if excess > max(certain, SLIGHT):
                certain, bounds = excess, delay
            possible = min(before + after + (bounds if certain else _ZERO), delay - certain)
            if certain or possible:
                skews[number] = DelaySkew(certain, possible, number if after > before else previous)
    return skews


def known_skews(clocks: tuple[Clock, ...]) -> dict[int, timedelta]:
    """The known skew by hop number; positive: ahead, negative: behind."""
    return {hop: skew for clock in clocks if (skew := _least(clock)) for hop in clock.hops}


def _least(clock: Clock) -> timedelta | None:
    if clock.skew is not None:
        return clock.skew
    return clock.min_skew if clock.ahead else clock.max_skew if clock.behind else None


def _rest(clocks: tuple[Clock, ...]) -> dict[int, timedelta]:
    """How much more than known the skew may be, by hop number; positive: behind, negative: ahead."""
    rest = {}
    for clock in clocks:
        least, low, high = _least(clock), clock.min_skew, clock.max_skew
        if least is not None and low is not None and high is not None:
            more = min(least - low, abs(least)) if clock.behind else -min(high - least, abs(least))
            rest.update(dict.fromkeys(clock.hops, more))
    return rest


def _longest_spent(path: list[Point], at: int) -> timedelta:
    """The maximum time really spent between two points: that between two times of one clock around them."""
    following = path[at + 1 : at + 1 + _REACH]
    spans = [
        later.time - point.time
        for point in path[max(at + 1 - _REACH, 0) : at + 1]
        for later in following
        if later.clock == point.clock and later.time >= point.time
    ]
    return min(spans, default=path[at + 1].time - path[at].time)


_Times = list[datetime | None]


def _before(path: list[Point], times: _Times, at: int) -> timedelta:
    """How far the start of a delay is below an earlier time on the path."""
    start, end = times[at], times[at + 1]
    drop, is_adjoining = _ZERO, True
    for index in range(at - 1, max(at - _REACH, 0) - 1, -1):
        time = times[index]
        if time and start and end and (is_adjoining or time - end <= SLIGHT):
            drop = max(drop, time - start)
        is_adjoining = is_adjoining and path[index].clock == path[at].clock
    return drop if drop > SLIGHT else _ZERO


def _after(path: list[Point], times: _Times, at: int) -> timedelta:
    """How far the end of a delay is above a later time on the path."""
    start, end = times[at], times[at + 1]
    drop, is_adjoining = _ZERO, True
    for index in range(at + 2, min(at + 2 + _REACH, len(times))):
        time = times[index]
        if time and start and end and (is_adjoining or start - time <= SLIGHT):
            drop = max(drop, end - time)
        is_adjoining = is_adjoining and path[index].clock == path[at + 1].clock
    return drop if drop > SLIGHT else _ZERO


def _moved(path: list[Point], skews: dict[int, timedelta]) -> _Times:
    """The corrected times; ``None`` outside the years 1 to 9999."""
    times: _Times = []
    for point in path:
        try:
            times.append(point.time - skews.get(point.hop or 0, _ZERO))
        except OverflowError:
            times.append(None)
    return times
