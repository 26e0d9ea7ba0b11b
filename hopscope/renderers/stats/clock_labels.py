"""The clocks of servers over a dump in words.

Names out of mail come as they are: every format takes them through ``printable`` in its own way.
"""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.clocks import near_quarters
from hopscope.analysis.clocks.verdicts import ROUNDING, SLIGHT, near
from hopscope.analysis.phrases import duration
from hopscope.statistics.clock_offsets import FEW, Offset

__all__ = ["notes", "offset", "urgency"]

_LONGEST = 1e10
"""Seconds; longer than any calendar of stamps."""


def offset(found: Offset) -> str:
    """``about 1 min 30 s ahead``, ``40 s to 3 min behind``, ``not known to be off``, ``reference``."""
    if found.host == found.reference:
        return "reference"
    if not found.off:
        return "not known to be off"
    which = "ahead" if found.seconds > 0 else "behind"
    if abs(found.seconds) + found.uncertainty > _LONGEST:
        return f"{abs(found.seconds):g} s {which}, ± {found.uncertainty:g} s"
    middle, half = timedelta(seconds=abs(found.seconds)), timedelta(seconds=found.uncertainty)
    if 2 * half <= near(middle - half):
        zone = "in the wrong zone, " if _zone(found) else ""
        return f"{zone}about {duration(_whole(middle))} {which}"
    return f"{duration(middle - half)} to {duration(middle + half)} {which}"


def notes(found: Offset) -> Iterator[str]:
    """What to bear in mind of an estimate."""
    if found.wander:
        yield f"clocks of this group wandered by some {found.wander:g} s"
    if found.fewest < FEW and found.host != found.reference:
        yield f"few messages: {found.fewest} in one direction"


def urgency(found: Offset) -> tuple[float, str]:
    """Orders estimates: those that are off first, by how much."""
    return (-max(abs(found.seconds) - found.uncertainty, 0), found.host)


def _zone(found: Offset) -> bool:
    """Whether the offset is quarters of an hour, as near as a message alone would have to be."""
    return near_quarters(timedelta(seconds=found.seconds), ROUNDING + SLIGHT) is not None


def _whole(value: timedelta) -> timedelta:
    """In whole seconds: stamps are no finer."""
    return timedelta(seconds=round(value.total_seconds()))
