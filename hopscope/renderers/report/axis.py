"""The axis of durations that the charts of a report share: logarithmic, for waits range from a second to days."""

from collections.abc import Iterable
from math import log
from typing import NamedTuple

from hopscope.statistics.sketch import Sketch

__all__ = ["Axis", "Tick", "axis"]

_SHORTEST = 0.5
"""Seconds at the start of the axis; less stands there, too: most stamps tell whole seconds."""
_TICKS = (
    (1.0, "1 s"),
    (10.0, "10 s"),
    (60.0, "1 min"),
    (600.0, "10 min"),
    (3600.0, "1 h"),
    (86400.0, "1 d"),
    (864000.0, "10 d"),
    (8640000.0, "100 d"),
    (864000000.0, "10,000 d"),
)


class Tick(NamedTuple):
    """A place on the axis that has a name."""

    x: float
    label: str


class Axis(NamedTuple):
    """Seconds as pixels from the left."""

    longest: float
    width: float

    def at(self, seconds: float) -> float:
        """Where a duration is; one below the shortest at the start, one above the longest at the end."""
        clamped = min(max(seconds, _SHORTEST), self.longest)
        return round(self.width * log(clamped / _SHORTEST) / log(self.longest / _SHORTEST), 1)

    @property
    def ticks(self) -> list[Tick]:
        """Those between its ends."""
        return [Tick(self.at(seconds), label) for seconds, label in _TICKS if seconds < 0.8 * self.longest]


def axis(sketches: Iterable[Sketch], width: float) -> Axis:
    """An axis that the longest of the durations fits on, and at least a minute."""
    most = max((sketch.most or 0.0 for sketch in sketches), default=0.0)
    return Axis(max(most * 1.15, 75.0), width)
