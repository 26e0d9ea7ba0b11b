"""The clocks of servers over a dump in words.

Names out of mail come as they are: every format takes them through ``printable`` in its own way.
"""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.clock_differences import SLIGHT, near_quarters
from hopscope.analysis.clocks.verdicts import ROUNDING, near
from hopscope.analysis.phrases import duration
from hopscope.statistics.clock_offsets import FEW, Offset

__all__ = ["notes", "offset", "urgency"]

_LONGEST = 1e10
"""Seconds; longer than any calendar of stamps."""


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
    """What to bear in mind of an estimate."""
    if estimate.wander:
        yield f"clocks in this group drifted by about {estimate.wander:g} s"
    if estimate.fewest < FEW and estimate.host != estimate.reference:
        yield f"few messages: {estimate.fewest} in one direction"


def urgency(estimate: Offset) -> tuple[float, str]:
    """Orders estimates: those that are off first, by how much."""
    return (-max(abs(estimate.seconds) - estimate.uncertainty, 0), estimate.host)


def _zone(estimate: Offset) -> bool:
    """Whether the offset is quarters of an hour, as near as a message alone would have to be."""
    return near_quarters(timedelta(seconds=estimate.seconds), ROUNDING + SLIGHT) is not None


def _whole_seconds(value: timedelta) -> timedelta:
    """In whole seconds: stamps are no finer."""
    return timedelta(seconds=round(value.total_seconds()))
