"""The delays of legs, corrected for clock skew, and the time lost on each leg.

Time lost is the part of each delay that exceeds ``RESOLUTION``, summed over the hops of a leg: Received fields record
whole seconds, so a delay of a second may be none, and a busy leg whose hops all take a second is not a slow one.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from hopscope.statistics.clock_offsets import RESOLUTION, Corrected, Skew, by_message, certainly_corrected
from hopscope.statistics.sketch import ERROR, Sketch
from hopscope.statistics.summary import Leg, LegKey, Summary

__all__ = ["ENOUGH", "SORT_KEYS", "TimedLeg", "leg_kinds", "legs", "merged", "ranked", "time_lost"]

ENOUGH = 5
"""Minimum number of delays for a meaningful quantile."""


class TimedLeg(msgspec.Struct, frozen=True, kw_only=True):
    """A leg with its delays, or all legs between two services."""

    key: LegKey
    """Without hosts if the legs of all servers are merged."""
    leg: Leg
    """Delays as recorded."""
    correction: Corrected | None
    """``None`` if no delay needs a correction for clock skew."""
    delay: Sketch
    """Corrected for clock skew."""
    lost: float
    """Time lost, in seconds."""
    pairs: int = 1
    """Number of merged legs."""

    def quantile(self, share: float) -> float | None:
        """A quantile of the corrected delays, p50, p90 or p99; ``None`` without delays."""
        if self.correction is None:
            return self.leg.delay.quantile(share)
        known = {0.5: self.correction.p50, 0.9: self.correction.p90, 0.99: self.correction.p99}
        return self._resolved(known[share])

    @property
    def most(self) -> float | None:
        """The maximum of the corrected delays; ``None`` without delays."""
        return self._resolved(self.correction.most) if self.correction else self.leg.delay.most

    def _resolved(self, seconds: float | None) -> float | None:
        """A corrected delay, in whole seconds if the correction is not more accurate."""
        uncertain = self.correction is not None and self.correction.uncertainty >= RESOLUTION / 2
        return float(round(seconds)) if uncertain and seconds is not None else seconds

    @property
    def total(self) -> float | None:
        """The sum of the corrected delays; ``None`` without delays."""
        total = self.correction.total if self.correction else self.leg.delay.total
        return total if self.delay.count else None


def time_lost(delay: Sketch) -> float:
    """The sum of the parts of delays that exceed ``RESOLUTION``, in seconds; accurate to the error of the sketch."""
    lost = total = 0.0
    for seconds, count in delay.spread():
        total += seconds * count
        if seconds > _RESOLVED:
            lost += (seconds - RESOLUTION) * count
    # The sum of a sketch is exact, so it corrects the error of the buckets unless delays became zero when moved.
    scale = delay.total / total if total > 0 and not delay.negative else 1.0
    return round(lost * min(max(scale, 1 - ERROR), 1 + ERROR), 3)


_RESOLVED = RESOLUTION * (1 + ERROR)
"""Seconds; a sketch may show a delay of exactly ``RESOLUTION`` as up to this long."""


def legs(summary: Summary, estimate: Skew) -> list[TimedLeg]:
    """The legs of a summary, with delays between clocks that certainly differ corrected for the clock skew."""
    corrections = certainly_corrected(summary, estimate)
    return [_timed(key, leg, corrections) for key, leg in summary.legs.items()]


def _timed(key: LegKey, leg: Leg, corrections: Mapping[LegKey, Corrected]) -> TimedLeg:
    correction = corrections.get(key)
    delay = correction.delay(leg) if correction else leg.delay
    return TimedLeg(key=key, leg=leg, correction=correction, delay=delay, lost=time_lost(delay))


def leg_kinds(parts: list[TimedLeg]) -> list[TimedLeg]:
    """The legs between the same two services, merged over all servers."""
    groups: dict[LegKey, list[TimedLeg]] = {}
    for part in parts:
        groups.setdefault(LegKey(part.key.from_service, None, part.key.to_service, None), []).append(part)
    return [merged(key, group) for key, group in groups.items()]


def merged(key: LegKey, parts: list[TimedLeg]) -> TimedLeg:
    """Several legs as one, with this key."""
    if len(parts) == 1:
        return replace(parts[0], key=key)
    leg, delay = Leg(), Sketch()
    for part in parts:
        leg.merge(part.leg)
        delay.merge(part.delay)
    uncertainties = [part.correction.uncertainty for part in parts if part.correction]
    return TimedLeg(
        key=key,
        leg=leg,
        correction=replace(by_message(delay), uncertainty=max(uncertainties)) if uncertainties else None,
        delay=delay,
        lost=time_lost(delay),
        pairs=len(parts),
    )


_QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_FIGURES: dict[str, Callable[[TimedLeg], float | None]] = {
    "lost": lambda leg: leg.lost if leg.delay.count else None,
    "max": lambda leg: leg.most,
    "total": lambda leg: leg.total,
    "count": lambda leg: leg.leg.count,
}
SORT_KEYS = ("lost", *_QUANTILES, "max", "total", "count")
"""What legs are sorted by: the keys of ``ranked``, the default first."""


def ranked(parts: list[TimedLeg], by: str = "lost") -> list[TimedLeg]:
    """The legs, largest figure first: corrected delays and their total, time lost, or the number of hops.

    Sorted by a quantile, legs with fewer than ``ENOUGH`` delays come last, as their quantiles mean little.
    """

    def order(part: TimedLeg) -> tuple[bool, float, int, tuple[tuple[bool, str], ...]]:
        few = by in _QUANTILES and part.delay.count < ENOUGH
        figure = part.quantile(_QUANTILES[by]) if by in _QUANTILES else _FIGURES[by](part)
        return few, float("inf") if figure is None else -figure, -part.leg.count, part.key.order

    return sorted(parts, key=order)
