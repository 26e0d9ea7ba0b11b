"""Detection of clock skew from a single message: which server's clock is wrong, and by how much.

Method. Transfer from one server to the next never takes less than no time, so a negative delay shows that two clocks
differ by at least that much, but not which one is wrong. A third clock can decide:

- The next time, of a third clock, is later again by about the same amount: then the servers before and after agree,
  and the one between is skewed. Its clock is behind by at least the negative delay and by at most the positive one;
  the difference is the time that the message really took, less than the skew. In the same way a clock that is ahead
  shows as a long delay followed by a negative one.
- The time after a negative delay is followed by one of a third clock that is also earlier than the time before the
  delay: then the server before is ahead. The mirror case before a negative delay is decided in the same way.

A clock confirms another only if the two are not of one domain, unless the suspect is of that domain, too: the servers
of one organisation, such as Exchange Online, often share one time source, and may be wrong together.
X-Received, in which Google records the times of its internal hops, counts like Received. Network-Message-Id and
OriginalArrivalTime come from the clock of the server that added the Received field, so they confirm no clock;
but they are always written in UTC, so a Received time of that server that differs from them as two time zones do has
the wrong time zone. Date and the times of signatures are not evidence for or against skew: their clock and their
position on the path are not known. EndToEndLatency mixes the clocks of two servers.

A machine has one clock, even if it has several names: a session over loopback connects them, or from the address that
both servers record as their own.

Limits. Differences of up to SLIGHT are ignored. The bounds of an offset follow from all times of the server, each
between the clocks before and after it. No verdict is given if just two clocks, or two groups of clocks, contradict
each other, or if a server would have to be ahead at one hop and behind at another. That only one clock is skewed is
an assumption: coinciding delays can mislead. Several servers with one name may have several clocks.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from hopscope.analysis.clock_differences import SLIGHT, Contradictions, Point, near_zones
from hopscope.analysis.clocks.verdicts import ROUNDING, Verdict, near, verdict
from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.reference_times import fitting
from hopscope.model import Hop, ReferenceTime

__all__ = ["Clock", "CorrectedTime", "clocks"]

_ZERO = timedelta(0)


class CorrectedTime(msgspec.Struct, frozen=True, kw_only=True):
    """The time of a hop, corrected for clock skew."""

    hop: int
    recorded: datetime
    """As in the Received field."""
    corrected: datetime


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A skewed clock, or two clocks that differ if the message does not show which is wrong."""

    server: str | None
    """``None`` if the message does not show which clock is wrong, or the field names no server."""
    hops: tuple[int, ...]
    """The hops of the server; or both hops, if it is unknown which clock is wrong."""
    min_skew: timedelta | None = None
    """The lowest possible offset; positive: ahead, negative: behind."""
    max_skew: timedelta | None = None
    """The highest possible offset."""
    skew: timedelta | None = None
    """The estimate; ``None`` unless the bounds are close together."""
    wrong_time_zone: bool = False
    """The offset is the difference of two time zones: a wrong time zone or daylight saving time, not clock skew."""
    likelihood: str
    """In words: ``very likely``, ``likely`` or ``unknown``."""
    evidence: tuple[str, ...]
    corrected_times: tuple[CorrectedTime, ...] = ()
    """The hops of the server, if there is an estimate; all other hops keep their times."""

    @property
    def is_identified(self) -> bool:
        """Whether the message shows which clock is wrong."""
        return self.min_skew is not None or self.max_skew is not None

    @property
    def ahead(self) -> bool:
        """Whether the clock is known to be ahead."""
        return self.min_skew is not None and self.min_skew > _ZERO

    @property
    def behind(self) -> bool:
        """Whether the clock is known to be behind."""
        return self.max_skew is not None and self.max_skew < _ZERO


def clocks(
    index: IndexedRoute, entry_times: tuple[ReferenceTime, ...], contradictory: Contradictions
) -> tuple[Clock, ...]:
    """The clocks that are skewed or differ, in path order; empty if no times contradict each other.

    Args:
        index: A labelled route.
        entry_times: When the message entered Exchange, from the fields that the server added.
        contradictory: The pairs of times that contradict each other.
    """
    zones = tuple(_wrong_zones(index.entries, entry_times))
    if not contradictory.negative:
        return zones
    points = contradictory.points
    legs = [verdict(points, at) for at in contradictory.negative]
    in_zone = {zone.hops[0] for zone in zones}
    detected = [*zones, *(clock for clock in _by_server(points, legs) if in_zone.isdisjoint(clock.hops))]
    return tuple(sorted(detected, key=lambda clock: clock.hops or (0,)))


def _wrong_zones(hops: tuple[Hop, ...], entry_times: tuple[ReferenceTime, ...]) -> Iterator[Clock]:
    """The first Exchange hop differs as two time zones do from a time of the same clock, which matches no hop."""
    utc = next(iter(entry_times), None)
    if hops and utc and not fitting(utc, hops) and (time := hops[0].time) and utc.time:
        offset = near_zones(time - utc.time, ROUNDING, time)
        if offset is not None:
            yield _zone_of(hops[0], time, utc, offset)


def _zone_of(hop: Hop, time: datetime, reference: ReferenceTime, offset: timedelta) -> Clock:
    reason = f"hop {hop.number} differs by that much from {reference.name}, which is from the same clock and always UTC"
    return Clock(
        server=hop.written_server,
        hops=(hop.number,),
        min_skew=offset,
        max_skew=offset,
        skew=offset,
        wrong_time_zone=True,
        likelihood="very likely",
        evidence=(reason,),
        corrected_times=(CorrectedTime(hop=hop.number, recorded=time, corrected=time - offset),),
    )


def _by_server(points: list[Point], legs: list[Verdict]) -> Iterator[Clock]:
    """A clock for each suspect server, with all evidence; and one for each negative delay without a verdict."""
    accused = {leg.accused.clock for leg in legs if leg.accused}
    verdicts_of: dict[str, list[Verdict]] = defaultdict(list)
    for leg in legs:
        if leg.accused is None or leg.accused.hop is None:
            yield from _either_clock(leg, leg.evidence)
        elif leg.witness in accused or _other(leg).clock in accused:
            yield from _either_clock(leg, f"{leg.evidence}, but more than one clock seems skewed")
        else:
            verdicts_of[leg.accused.clock].append(leg)
    bounds = _bounds(points) if verdicts_of else {}
    for clock, verdicts in verdicts_of.items():
        if skewed := _skewed_clock(bounds[clock], verdicts):
            yield skewed
        else:
            for leg in verdicts:
                yield from _either_clock(leg, f"{leg.evidence}, but no single offset explains all times of that server")


class _Bounds(msgspec.Struct, frozen=True):
    """All times of a clock, and the bounds of its offset that put each in its position on the path."""

    points: list[Point]
    lows: list[timedelta]
    highs: list[timedelta]


def _bounds(points: list[Point]) -> dict[str, _Bounds]:
    """The bounds for each clock, from the clocks before and after its times."""
    bounds: dict[str, _Bounds] = defaultdict(lambda: _Bounds([], [], []))
    for point in points:
        bounds[point.clock].points.append(point)
    for point, next_point in pairwise(points):
        if point.clock != next_point.clock:
            bounds[point.clock].lows.append(point.time - next_point.time)
            bounds[next_point.clock].highs.append(next_point.time - point.time)
    return bounds


def _other(leg: Verdict) -> Point:
    return leg.first if leg.accused is leg.second else leg.second


def _either_clock(leg: Verdict, evidence: str) -> Iterator[Clock]:
    """Two clocks that differ; nothing if one of them belongs to no hop."""
    if leg.first.hop is not None and leg.second.hop is not None:
        hops = (leg.first.hop, leg.second.hop)
        yield Clock(server=None, hops=hops, likelihood="unknown", evidence=(evidence,))


def _skewed_clock(bounds: _Bounds, verdicts: list[Verdict]) -> Clock | None:
    """The clock of a server; ``None`` if no single offset explains all its times."""
    low, high = max(bounds.lows, default=None), min(bounds.highs, default=None)
    if low is not None and high is not None and low > high:
        if low - high > ROUNDING:
            return None
        low, high = high, low
    accused = verdicts[0].accused
    offset = _estimate(low, high)
    times = [point.time for point in bounds.points]
    zones = near_zones(offset, ROUNDING + SLIGHT, *times) if offset is not None else None
    return Clock(
        server=accused.server if accused else None,
        hops=tuple(point.hop for point in bounds.points if point.hop is not None),
        min_skew=low,
        max_skew=high,
        skew=zones or offset,
        wrong_time_zone=zones is not None,
        likelihood="likely",
        evidence=tuple(leg.evidence for leg in verdicts),
        corrected_times=_corrected(bounds.points, zones or offset),
    )


def _estimate(low: timedelta | None, high: timedelta | None) -> timedelta | None:
    """The middle of the bounds; ``None`` unless they are close together."""
    if low is None or high is None or high - low > near(min(abs(low), abs(high))):
        return None
    return low + (high - low) / 2


def _corrected(points: list[Point], offset: timedelta | None) -> tuple[CorrectedTime, ...]:
    if offset is None:
        return ()
    hops = ((point.hop, point.time) for point in points)
    corrected = ((hop, time, _moved(time, offset)) for hop, time in hops if hop is not None)
    return tuple(
        CorrectedTime(hop=hop, recorded=recorded, corrected=time)
        for hop, recorded, time in corrected
        if time is not None
    )


def _moved(time: datetime, offset: timedelta) -> datetime | None:
    """The corrected time; ``None`` outside the years 1 to 9999, which a wrong year can exceed."""
    try:
        return time - offset
    except OverflowError:
        return None
