"""Positions in the image of a timeline, in pixels: the axis, the lanes, the marks and their labels."""

from collections.abc import Container, Iterator
from typing import NamedTuple

from hopscope.analysis.timeline import Gap, Kind, Mark, Timeline
from hopscope.renderers.message.timeline import wording as timeline_wording
from hopscope.renderers.text import layout

__all__ = [
    "BORDER",
    "BREAK",
    "LABELS",
    "LEFT",
    "LETTER",
    "PAD",
    "RADIUS",
    "RIGHT",
    "WIDTH",
    "Bar",
    "Lane",
    "Scale",
    "stacked",
]

WIDTH = 960
PAD = 16
LABELS = 216
"""Width of the lane names."""
LEFT, RIGHT = PAD + LABELS + 16.0, WIDTH - PAD - 32.0
"""Start and end of the axis, with space for half a date outside each."""
_EDGE = WIDTH - PAD / 2
"""Right limit of gap labels."""
_ROW = 28
"""Height of a row of marks; a lane has several rows if marks overlap."""
_LEAST_LANE = 44
"""Minimum height of a lane, for the names of service and server."""
RADIUS = 9
BORDER = 22
"""Height of a line on trust before a lane."""
_MOST_ROWS = 6
"""Maximum rows of a lane; with more marks, all are drawn small on one row."""
LETTER = 6.2
"""Mean width of a letter of 11 pixels, rounded up."""
_STUB = 5
"""Minimum visible length of a gap."""
BREAK = 5
"""Half the width of a break."""


class Bar(NamedTuple):
    """A mark with the gap that follows it, in pixels from the left."""

    mark: Mark
    x: float
    gap: Gap | None
    ends: tuple[float, float]
    label: str
    label_x: float
    label_on_bar: bool
    reach: tuple[float, float]


class Lane(NamedTuple):
    """A lane with its marks, from left to right, and the row of each."""

    bars: tuple[Bar, ...]
    rows: tuple[int, ...]
    crowded: bool
    top: float
    height: float
    first: float
    """Centre of the first row."""

    def y(self, row: int) -> float:
        """Centre of a row."""
        return self.first + row * _ROW


class Scale:
    """Conversion of positions on the axis to pixels from the left.

    The axis is shorter if the label of a gap needs the space after it.
    """

    def __init__(self, drawn: Timeline) -> None:
        self._drawn, self._right = drawn, RIGHT
        reserved = 0
        while (missing := max(map(len, self._missing_labels()), default=0)) > reserved:
            reserved = missing
            label_width = RADIUS + _STUB + 6 + LETTER * reserved
            self._right = max(_EDGE - label_width, (LEFT + RIGHT) / 2)

    def _missing_labels(self) -> Iterator[str]:
        """The lengths of gaps for which the axis leaves no space."""
        for gap in self._drawn.gaps:
            label = timeline_wording.length(gap)
            if label and not _bar(gap.start, gap, self).label:
                yield label

    def at(self, position: float) -> float:
        """The x coordinate of a position from 0 to 1."""
        return LEFT + position * (self._right - LEFT)

    @property
    def break_centers(self) -> list[float]:
        """The x coordinates of the centres of the breaks."""
        return [self.at((break_.left + break_.right) / 2) for break_ in self._drawn.axis.breaks]


def _bar(mark: Mark, gap: Gap | None, scale: Scale) -> Bar:
    """The mark, its gap, and its label inside or after the gap, or without a label if it does not fit."""
    x = scale.at(mark.position)
    ends = _ends(x, gap, scale)
    left, right = min(x - RADIUS, ends[0]), max(x + RADIUS, ends[1])
    label = timeline_wording.length(gap)
    wide = LETTER * len(label)
    free = (x + RADIUS + 2, ends[1] - RADIUS - 2) if ends[1] > x else (ends[0] + 2, x - RADIUS - 2)
    within = layout.within(free, scale.break_centers, wide + 2 * BREAK + 8) if label else None
    if within is not None:
        return Bar(mark, x, gap, ends, label, within + BREAK + 4, label_on_bar=True, reach=(left, right))
    starts = (layout.clear(right + 6, wide, scale.break_centers, BREAK + 4), right + 6)
    start = next((start for start in starts if start + wide <= _EDGE), None) if label else None
    if start is None:
        return Bar(mark, x, gap, ends, "", 0, label_on_bar=False, reach=(left, right))
    return Bar(mark, x, gap, ends, label, start, label_on_bar=False, reach=(left, start + wide))


def _ends(x: float, gap: Gap | None, scale: Scale) -> tuple[float, float]:
    """Start and end of a gap, at least a visible minimum apart; equal if the gap took no time."""
    if gap is None or not gap.delay:
        return x, x
    next_x = scale.at(gap.end.position)
    if gap.kind is Kind.NEGATIVE:
        return min(next_x, x - RADIUS - _STUB), x
    return x, max(next_x, x + RADIUS + _STUB)


def stacked(drawn: Timeline, scale: Scale, top: float, borders: Container[int]) -> list[Lane]:
    """The lanes one below the other, each with the height of its rows, and a space before those in ``borders``."""
    gaps = {gap.start: gap for gap in drawn.gaps}
    members: list[list[Bar]] = [[] for _ in drawn.lanes]
    for mark in drawn.marks:
        members[mark.lane].append(_bar(mark, gaps.get(mark), scale))
    lanes = []
    for index, bars in enumerate(members):
        top += BORDER if index in borders else 0
        bars.sort(key=lambda bar: bar.reach)
        rows = layout.packed([bar.reach for bar in bars], _MOST_ROWS)
        used = rows or [0] * len(bars)
        height = max(_LEAST_LANE, (max(used) + 1) * _ROW + 8)
        first = top + (height - max(used) * _ROW) / 2
        lanes.append(Lane(tuple(bars), tuple(used), rows is None, top, height, first))
        top += height
    return lanes
