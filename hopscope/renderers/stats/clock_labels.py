"""Text on the clock offsets of a dump. Names from mail are not escaped here, but by each format."""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.clock_differences import SLIGHT, near_zones
from hopscope.analysis.clocks.verdicts import ROUNDING, near
from hopscope.analysis.phrases import duration
from hopscope.statistics.clock_offsets import FEW, Offset

__all__ = ["notes", "offset", "urgency"]

_LONGEST = 1e10
"""Seconds; longer than the difference of any two dates in mail."""


def offset(estimate: Offset) -> str:
    """``about 1 min 30 s ahead``, ``40 s to 3 min behind``, ``no skew found``, ``reference``."""
    if estimate.host == estimate.reference:
        return "reference"
    if not estimate.is_skewed:
        return "no skew found"
    which = "ahead" if estimate.seconds > 0 else "behind"
    if abs(estimate.seconds) + estimate.uncertainty > _LONGEST:
        return f"{abs(estimate.seconds):g} s {which}, ± {estimate.uncertainty:g} s"
    middle, half = timedelta(seconds=abs(estimate.seconds)), timedelta(seconds=estimate.uncertainty)
    if 2 * half <= near(middle - half):
        zone = "wrong time zone, " if _zone(estimate) else ""
        return f"{zone}about {duration(_whole_seconds(middle))} {which}"
    return f"{duration(middle - half)} to {duration(middle + half)} {which}"


def notes(estimate: Offset) -> Iterator[str]:
    """The caveats of an estimate."""
    if estimate.wander:
        yield f"clocks in this group drifted by about {estimate.wander:g} s"
    if estimate.fewest < FEW and estimate.host != estimate.reference:
        yield f"few messages: {estimate.fewest} in one direction"


def urgency(estimate: Offset) -> tuple[float, str]:
    """A sort key: the largest certain skew first."""
    return (-max(abs(estimate.seconds) - estimate.uncertainty, 0), estimate.host)


def _zone(estimate: Offset) -> bool:
    """Whether the offset is the difference of two time zones, with the tolerance that applies to a single message."""
    return near_zones(timedelta(seconds=estimate.seconds), ROUNDING + SLIGHT) is not None


def _whole_seconds(value: timedelta) -> timedelta:
    """The value in whole seconds, the resolution of Received fields."""
    return timedelta(seconds=round(value.total_seconds()))
