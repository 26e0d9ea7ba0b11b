"""Which server's clock is off, as far as one message can tell.

The method. A message takes time to get from one server to the next, never less than none, so a negative delay says
that two clocks differ by at least that much; it does not say which is wrong. A third clock can:

- The next stamp, of a third clock, is later again by about the same amount: then the servers before and after agree,
  and the one between is off. Its clock is behind by at least the negative delay and by at most the positive one. In
  the same way a clock that is ahead shows as a long delay with a negative one behind it.
- The stamp behind a negative delay is followed by one of a third clock that is earlier than the stamp before it, too:
  then the server before is ahead; and so, the other way round, before a negative delay.

A clock vouches for another only where the two are not of one domain, unless the accused is of that domain, too: the
servers of one organisation, such as Exchange Online, often share one source of time, and may be wrong together.
X-Received, where Google keeps the times of its internal hops, vouches as a stamp does. Network-Message-Id and
OriginalArrivalTime come from the clock of the very server that stamped, so they vouch for no clock; but they are
always written in UTC, so a stamp of that server that differs from them by quarters of an hour has the wrong time
zone. Date and the times of signatures accuse nobody: whose clock they are, and where on the way, is not known; but
where Date is that of the accused stamp, behind the first hop, nothing is told. EndToEndLatency mixes the clocks of
two servers.

The limits. Differences of up to SLIGHT are no matter. The bounds of an offset are what all stamps of the server
allow, each between the clocks before and after it. Nothing is told where two clocks stand alone against each other,
where two groups of clocks do, or where a server would have to be ahead in one place and behind in another. That only
one clock is off is assumed, not known: a coincidence of delays can deceive. Servers behind one name may have several
clocks.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from hopscope.analysis.clock_differences import SLIGHT, Contradictions, Point, near_quarters
from hopscope.analysis.clocks.verdicts import ROUNDING, Verdict, judge, near
from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.reference_times import fitting, reference_times
from hopscope.model import Hop, ReferenceTime

__all__ = ["Clock", "CorrectedTime", "clocks", "errors"]

_FAR = timedelta(minutes=1)
"""Date is often a few seconds before the first stamps; nearer than this it tells nothing."""
_ZERO = timedelta(0)


class CorrectedTime(msgspec.Struct, frozen=True, kw_only=True):
    """The time of a hop by a clock that is right."""

    hop: int
    recorded: datetime
    """As its stamp has it."""
    corrected: datetime


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that is off, or two that differ where the message does not tell which is wrong."""

    server: str | None
    """``None`` where the message does not tell whose clock is off, or the stamp names no server."""
    hops: tuple[int, ...]
    """The hops that it stamped; or both hops, where it is not known whose clock is off."""
    min_skew: timedelta | None = None
    """The lowest offset possible; positive: ahead, negative: behind."""
    max_skew: timedelta | None = None
    """The highest one."""
    skew: timedelta | None = None
    """The estimate, where the bounds are near each other."""
    wrong_time_zone: bool = False
    """The offset is whole quarters of an hour: a wrong time zone or daylight saving time, and no clock that is off."""
    likelihood: str
    """In words: ``very likely``, ``likely`` or ``unknown``."""
    evidence: tuple[str, ...]
    corrected_times: tuple[CorrectedTime, ...] = ()
    """The hops it stamped, where there is an estimate; all other hops keep their times."""

    @property
    def told(self) -> bool:
        """Whether the message tells whose clock is off."""
        return self.min_skew is not None or self.max_skew is not None

    @property
    def ahead(self) -> bool:
        """Whether it is known to be ahead."""
        return self.min_skew is not None and self.min_skew > _ZERO

    @property
    def behind(self) -> bool:
        """Whether it is known to be behind."""
        return self.max_skew is not None and self.max_skew < _ZERO


def clocks(
    index: IndexedRoute, entry_times: tuple[ReferenceTime, ...], contradictory: Contradictions
) -> tuple[Clock, ...]:
    """The clocks that are off or differ, in the order of the path; none where no times contradict each other.

    Args:
        index: A labelled route.
        entry_times: When it came into Exchange, by the fields that the server wrote there.
        contradictory: Where its times contradict each other.
    """
    zones = tuple(_wrong_zones(index.entries, entry_times))
    if not contradictory.negative:
        return zones
    points = contradictory.points
    legs = [judge(points, at) for at in contradictory.negative]
    in_zone = {zone.hops[0] for zone in zones}
    judged = [*zones, *(clock for clock in _by_server(index, points, legs) if in_zone.isdisjoint(clock.hops))]
    return tuple(sorted(judged, key=lambda clock: clock.hops or (0,)))


_DATE = frozenset({"Date"})


def errors(clocks: tuple[Clock, ...]) -> dict[int, timedelta]:
    """By how much stamps are ahead at least (negative: behind), by the numbers of their hops."""
    return {hop: off for clock in clocks if (off := _known_error(clock)) for hop in clock.hops}


def _known_error(clock: Clock) -> timedelta | None:
    if clock.skew is not None:
        return clock.skew
    return clock.min_skew if clock.ahead else clock.max_skew if clock.behind else None


def _wrong_zones(stamps: tuple[Hop, ...], entry_times: tuple[ReferenceTime, ...]) -> Iterator[Clock]:
    """The first Exchange stamp is quarters of an hour from a time of the same clock, and no stamp fits that."""
    utc = next(iter(entry_times), None)
    if stamps and utc and not fitting(utc, stamps) and (stamp := stamps[0].time) and utc.time:
        off = near_quarters(stamp - utc.time, ROUNDING)
        if off is not None:
            yield _zone_of(stamps[0], stamp, utc, off)


def _zone_of(hop: Hop, time: datetime, reference: ReferenceTime, off: timedelta) -> Clock:
    reason = f"hop {hop.number} differs by that much from {reference.name}, which is from the same clock and always UTC"
    return Clock(
        server=hop.written_server,
        hops=(hop.number,),
        min_skew=off,
        max_skew=off,
        skew=off,
        wrong_time_zone=True,
        likelihood="very likely",
        evidence=(reason,),
        corrected_times=(CorrectedTime(hop=hop.number, recorded=time, corrected=time - off),),
    )


def _by_server(index: IndexedRoute, points: list[Point], legs: list[Verdict]) -> Iterator[Clock]:
    """A clock for each server accused, with all that accuses it; and one for each negative delay that tells nothing."""
    accused = {leg.accused.clock for leg in legs if leg.accused}
    verdicts_of: dict[str, list[Verdict]] = defaultdict(list)
    for leg in legs:
        if leg.accused is None or leg.accused.hop is None:
            yield from _untold(leg, leg.evidence)
        elif leg.witness in accused or _other(leg).clock in accused:
            yield from _untold(leg, f"{leg.evidence}, but more than one clock seems skewed")
        elif leg.accused.hop > 1 and (date := _date(index)) and _agrees(date, leg.accused, leg):
            yield from _untold(leg, f"{leg.evidence}, but Date agrees with {leg.accused.label}")
        else:
            verdicts_of[leg.accused.clock].append(leg)
    bounds = _bounds(points) if verdicts_of else {}
    for clock, verdicts in verdicts_of.items():
        if clock_off := _told(bounds[clock], verdicts):
            yield clock_off
        else:
            for leg in verdicts:
                yield from _untold(leg, f"{leg.evidence}, but no single offset explains all times of that server")


def _date(index: IndexedRoute) -> datetime | None:
    return next((reference.time for reference in reference_times(index, _DATE)), None)


class _Bounds(msgspec.Struct, frozen=True):
    """All stamps of a clock, and between what its offset must be for each to be in its place on the way."""

    stamped: list[Point]
    lows: list[timedelta]
    highs: list[timedelta]


def _bounds(points: list[Point]) -> dict[str, _Bounds]:
    """Of each clock, by what the clocks before and after its stamps say."""
    bounds: dict[str, _Bounds] = defaultdict(lambda: _Bounds([], [], []))
    for point in points:
        bounds[point.clock].stamped.append(point)
    for point, next_point in pairwise(points):
        if point.clock != next_point.clock:
            bounds[point.clock].lows.append(point.time - next_point.time)
            bounds[next_point.clock].highs.append(next_point.time - point.time)
    return bounds


def _agrees(date: datetime, accused: Point, leg: Verdict) -> bool:
    """Whether Date is that of the accused stamp, and far from the other one."""
    return abs(date - accused.time) <= SLIGHT and abs(date - _other(leg).time) > _FAR


def _other(leg: Verdict) -> Point:
    return leg.first if leg.accused is leg.second else leg.second


def _untold(leg: Verdict, evidence: str) -> Iterator[Clock]:
    """Two clocks that differ; nothing where one of them is no hop's."""
    if leg.first.hop is not None and leg.second.hop is not None:
        hops = (leg.first.hop, leg.second.hop)
        yield Clock(server=None, hops=hops, likelihood="unknown", evidence=(evidence,))


def _told(bounds: _Bounds, verdicts: list[Verdict]) -> Clock | None:
    """The clock of a server; ``None`` where no one offset explains all."""
    low, high = max(bounds.lows, default=None), min(bounds.highs, default=None)
    if low is not None and high is not None and low > high:
        if low - high > ROUNDING:
            return None
        low, high = high, low
    accused = verdicts[0].accused
    offset = _estimate(low, high)
    quarters = near_quarters(offset, ROUNDING + SLIGHT) if offset is not None else None
    return Clock(
        server=accused.server if accused else None,
        hops=tuple(point.hop for point in bounds.stamped if point.hop is not None),
        min_skew=low,
        max_skew=high,
        skew=quarters or offset,
        wrong_time_zone=quarters is not None,
        likelihood="likely",
        evidence=tuple(leg.evidence for leg in verdicts),
        corrected_times=_corrected(bounds.stamped, quarters or offset),
    )


def _estimate(low: timedelta | None, high: timedelta | None) -> timedelta | None:
    """The middle of the bounds, where they are near each other."""
    if low is None or high is None or high - low > near(min(abs(low), abs(high))):
        return None
    return low + (high - low) / 2


def _corrected(stamped: list[Point], offset: timedelta | None) -> tuple[CorrectedTime, ...]:
    if offset is None:
        return ()
    hops = ((point.hop, point.time) for point in stamped)
    corrected = ((hop, time, _moved(time, offset)) for hop, time in hops if hop is not None)
    return tuple(
        CorrectedTime(hop=hop, recorded=recorded, corrected=time)
        for hop, recorded, time in corrected
        if time is not None
    )


def _moved(time: datetime, offset: timedelta) -> datetime | None:
    """The time by a correct clock; ``None`` outside the years 1 to 9999, which a clock with a wrong year can leave."""
    try:
        return time - offset
    except OverflowError:
        return None
