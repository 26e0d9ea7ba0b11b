"""Where the parts of a timeline stand in a picture, in pixels: the axis, the lanes, the marks and their labels."""

from typing import NamedTuple

from hopscope.analysis.timeline import Gap, Kind, Mark, Timeline
from hopscope.renderers.message.timeline import wording as timeline_wording
from hopscope.renderers.text import layout

__all__ = ["LABELS", "LEFT", "LETTER", "PAD", "RADIUS", "RIGHT", "TEAR", "WIDTH", "Bar", "Lane", "Scale", "stacked"]

WIDTH = 960
PAD = 16
LABELS = 216
"""Room for the names of the lanes."""
LEFT, RIGHT = PAD + LABELS + 16.0, WIDTH - PAD - 32.0
"""Where the axis starts and ends; beside its ends is room for half a date."""
_EDGE = WIDTH - PAD / 2
"""Where the length of a gap must end."""
_ROW = 28
"""Height of a row of marks; a lane has several where they overlap."""
_LEAST_LANE = 44
"""Height of a lane, to hold the name of the service and that of the server."""
RADIUS = 9
_MOST_ROWS = 6
"""A lane whose marks need more rows shows them small, on one row."""
LETTER = 6.2
"""Mean width of a letter of 11 pixels, generously."""
_STUB = 5
"""A gap is seen for at least this much beside its mark."""
TEAR = 5
"""Half the width of a break."""


class Bar(NamedTuple):
    """A mark with the gap that follows it, in pixels from the left."""

    mark: Mark
    x: float
    gap: Gap | None
    ends: tuple[float, float]
    label: str
    label_x: float
    inside: bool
    reach: tuple[float, float]


class Lane(NamedTuple):
    """A lane with its marks, in the order of time, and the row of each."""

    bars: tuple[Bar, ...]
    rows: tuple[int, ...]
    crowded: bool
    top: float
    height: float
    first: float
    """Where the middle of the first row is."""

    def y(self, row: int) -> float:
        """Where the middle of a row is."""
        return self.first + row * _ROW


class Scale:
    """Places on the axis as pixels from the left.

    The axis ends early where the length of a gap needs the room behind it.
    """

    def __init__(self, drawn: Timeline) -> None:
        self._drawn, self._right = drawn, RIGHT
        lengths = [timeline_wording.length(gap) for gap in drawn.gaps]
        if any(
            length and not _bar(gap.before, gap, self).label for length, gap in zip(lengths, drawn.gaps, strict=True)
        ):
            room = RADIUS + _STUB + 6 + LETTER * max(map(len, lengths))
            self._right = max(_EDGE - room, (LEFT + RIGHT) / 2)

    def at(self, position: float) -> float:
        """Where a place is."""
        return LEFT + position * (self._right - LEFT)

    @property
    def tears(self) -> list[float]:
        """Where the middles of the breaks are."""
        return [self.at((break_.left + break_.right) / 2) for break_ in self._drawn.axis.breaks]


def _bar(mark: Mark, gap: Gap | None, scale: Scale) -> Bar:
    """The mark, its gap, and its label within the gap or behind it, or none where there is no room."""
    x = scale.at(mark.place)
    ends = _ends(x, gap, scale)
    left, right = min(x - RADIUS, ends[0]), max(x + RADIUS, ends[1])
    label = timeline_wording.length(gap)
    wide = LETTER * len(label)
    free = (x + RADIUS + 2, ends[1] - RADIUS - 2) if ends[1] > x else (ends[0] + 2, x - RADIUS - 2)
    within = layout.within(free, scale.tears, wide + 2 * TEAR + 8) if label else None
    if within is not None:
        return Bar(mark, x, gap, ends, label, within + TEAR + 4, inside=True, reach=(left, right))
    starts = (layout.clear(right + 6, wide, scale.tears, TEAR + 4), right + 6)
    start = next((start for start in starts if start + wide <= _EDGE), None) if label else None
    if start is None:
        return Bar(mark, x, gap, ends, "", 0, inside=False, reach=(left, right))
    return Bar(mark, x, gap, ends, label, start, inside=False, reach=(left, start + wide))


def _ends(x: float, gap: Gap | None, scale: Scale) -> tuple[float, float]:
    """Where a gap starts and ends, seen beside its mark; the same where it took no time."""
    if gap is None or not gap.delay:
        return x, x
    next_x = scale.at(gap.after.place)
    if gap.kind is Kind.NEGATIVE:
        return min(next_x, x - RADIUS - _STUB), x
    return x, max(next_x, x + RADIUS + _STUB)


def stacked(drawn: Timeline, scale: Scale, top: float) -> list[Lane]:
    """The lanes one below the other, each as high as its rows need."""
    gaps = {gap.before: gap for gap in drawn.gaps}
    members: list[list[Bar]] = [[] for _ in drawn.lanes]
    for mark in drawn.marks:
        members[mark.lane].append(_bar(mark, gaps.get(mark), scale))
    lanes = []
    for bars in members:
        bars.sort(key=lambda bar: bar.reach)
        rows = layout.packed([bar.reach for bar in bars], _MOST_ROWS)
        used = rows or [0] * len(bars)
        height = max(_LEAST_LANE, (max(used) + 1) * _ROW + 8)
        first = top + (height - max(used) * _ROW) / 2
        lanes.append(Lane(tuple(bars), tuple(used), rows is None, top, height, first))
        top += height
    return lanes
