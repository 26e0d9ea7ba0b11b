"""The axis of durations in the charts of a report; logarithmic, as delays range from a second to days."""

from collections.abc import Iterable
from math import log
from typing import NamedTuple

from hopscope.statistics.sketch import Sketch

__all__ = ["Axis", "Tick", "axis"]

_SHORTEST = 0.5
"""Seconds at the start of the axis; shorter durations are drawn there, too, as most times are whole seconds."""
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
    """A labelled position on the axis."""

    x: float
    label: str


class Axis(NamedTuple):
    """Conversion of seconds to pixels from the left."""

    longest: float
    width: float

    def at(self, seconds: float) -> float:
        """The position of a duration, clamped to the ends of the axis."""
        clamped = min(max(seconds, _SHORTEST), self.longest)
        return round(self.width * log(clamped / _SHORTEST) / log(self.longest / _SHORTEST), 1)

    @property
    def ticks(self) -> list[Tick]:
        """The ticks between the ends."""
        return [Tick(self.at(seconds), label) for seconds, label in _TICKS if seconds < 0.8 * self.longest]


def axis(sketches: Iterable[Sketch], width: float) -> Axis:
    """An axis that extends to the longest duration, and to at least a minute."""
    most = max((sketch.most or 0.0 for sketch in sketches), default=0.0)
    return Axis(max(most * 1.15, 75.0), width)
