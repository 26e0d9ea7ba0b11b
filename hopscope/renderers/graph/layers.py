"""The geometry of a drawn graph: boxes in columns, and connections that pass no box.

A connection between neighbouring columns is a curve in the space between them, which has no boxes. One that passes a
column has a separate row of it, like a box without content, and is straight there. Next to a box each connection has a
straight end of its own, apart from the next one, which has room for a label. Connections within a column
are arcs on its right; those to an earlier column leave on the left and arrive on the right.

Rows are sorted by the mean position of their neighbours (K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual
understanding of hierarchical system structures", 1981), then moved as near to them as the others permit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

__all__ = ["WIDTH", "Arrow", "Box", "Layout", "Line", "layout"]

WIDTH = 208.0
"""Width of a box."""
_GAP = 14.0
"""Minimum vertical space between two boxes."""
_MARGIN = 8.0
"""Space between the corner of a box and its first connection."""
_CURVE = 84.0
"""Minimum width of the space for curves."""
_CURVE_PER_LINE = 1.5
_CURVE_MOST = 190.0
_SWEEPS = 8
_PULL = 0.9
"""Factor towards the middle of the drawing, so that columns do not drift apart like stairs."""


class Box(NamedTuple):
    """The upper left corner and the size of a box."""

    x: float
    y: float
    width: float
    height: float


class Arrow(NamedTuple):
    """A connection to be drawn, between the keys of two boxes."""

    tail: str
    head: str


class Line(NamedTuple):
    """A drawn connection: straight parts and curves with horizontal ends, in turn."""

    points: tuple[tuple[float, float], ...]
    """The ends of the straight parts, from the box at the tail to that at the head: two for each part."""
    reach: float
    """For a connection within a column, how far right the control points of its arc are; otherwise 0."""

    @property
    def is_forward(self) -> bool:
        """Whether it leads to a later column."""
        return not self.reach and self.points[0][0] < self.points[-1][0]


class Layout(NamedTuple):
    """The positions of everything in a drawing."""

    boxes: dict[str, Box]
    lines: list[Line]
    """In the order of the arrows."""
    columns: list[float]
    """The left side of each column."""
    width: float
    height: float


class _Row(NamedTuple):
    """A box, or a connection that passes a column: number of the arrow and column."""

    key: str | tuple[int, int]


class _Placed(NamedTuple):
    """What is placed before the connections."""

    boxes: dict[str, Box]
    levels: dict[_Row, float]
    """The vertical middle of each row."""
    lefts: list[float]
    column_of: Mapping[str, int]
    lead: float


def layout(  # noqa: PLR0913 - the graph and its measures
    columns: Sequence[Sequence[str]],
    heights: Mapping[str, float],
    arrows: Sequence[Arrow],
    *,
    lead: float,
    spacing: float,
    top: float,
) -> Layout:
    """The positions of boxes and connections.

    Args:
        columns: The keys of the boxes in each column, from left to right, each in its preferred order.
        heights: The minimum height of each box.
        arrows: The connections between different boxes.
        lead: Length of the straight ends of connections, at least that of an arrowhead.
        spacing: Minimum distance of connections at the side of a box.
        top: Space above the columns.
    """
    column_of = {key: number for number, keys in enumerate(columns) for key in keys}
    paths = [_path(number, arrow, column_of) for number, arrow in enumerate(arrows)]
    sides = _sides(arrows, column_of)
    sizes: dict[_Row, float] = defaultdict(lambda: spacing)
    for key, height in heights.items():
        most = max(len(sides.get((key, right), ())) for right in (False, True))
        sizes[_Row(key)] = max(height, most * spacing + _MARGIN)
    rows = _ordered(columns, paths)
    middles = _middles(rows, sizes, paths)
    lefts, width = _lefts(len(columns), arrows, column_of, lead)
    highest = min((middle - sizes[row] / 2 for row, middle in middles.items()), default=0.0)
    boxes = {
        key: Box(lefts[column], middles[_Row(key)] - sizes[_Row(key)] / 2 - highest + top, WIDTH, sizes[_Row(key)])
        for key, column in column_of.items()
    }
    levels = {row: middle - highest + top for row, middle in middles.items()}
    ports = _ports(sides, boxes, paths, levels)
    placed = _Placed(boxes, levels, lefts, column_of, lead)
    lines = [_line(path, ports[number, False], ports[number, True], placed) for number, path in enumerate(paths)]
    bottom = max((levels[row] + sizes[row] / 2 for row in levels), default=top)
    return Layout(boxes, lines, lefts, width, bottom)


def _path(number: int, arrow: Arrow, column_of: Mapping[str, int]) -> list[_Row]:
    """The rows that a connection passes, from tail to head."""
    tail, head = column_of[arrow.tail], column_of[arrow.head]
    step = 1 if head > tail else -1
    return [_Row(arrow.tail), *(_Row((number, column)) for column in range(tail + step, head, step)), _Row(arrow.head)]


def _sides(arrows: Sequence[Arrow], column_of: Mapping[str, int]) -> dict[tuple[str, bool], list[tuple[int, bool]]]:
    """The arrows at the left (``False``) and right side of each box, and whether their head is there."""
    sides: dict[tuple[str, bool], list[tuple[int, bool]]] = defaultdict(list)
    for number, (tail, head) in enumerate(arrows):
        sides[tail, column_of[head] >= column_of[tail]].append((number, False))
        sides[head, column_of[head] <= column_of[tail]].append((number, True))
    return sides


def _ordered(columns: Sequence[Sequence[str]], paths: Sequence[list[_Row]]) -> list[list[_Row]]:
    """The rows of each column, sorted by the mean position of their neighbours."""
    rows = [[_Row(key) for key in keys] for keys in columns]
    neighbours = _neighbours(paths)
    for path in paths:
        for row in path[1:-1]:
            rows[row.key[1]].append(row)  # type: ignore[index]
    for sweep in range(_SWEEPS):
        for column in rows if sweep % 2 == 0 else rows[::-1]:
            places = {row: number / len(other) for other in rows for number, row in enumerate(other)}
            column.sort(key=lambda row: fmean([places[each] for each in neighbours[row]] or [places[row]]))
    return rows


def _neighbours(paths: Iterable[list[_Row]]) -> dict[_Row, list[_Row]]:
    neighbours: dict[_Row, list[_Row]] = defaultdict(list)
    for path in paths:
        for row, next_row in pairwise(path):
            neighbours[row].append(next_row)
            neighbours[next_row].append(row)
    return neighbours


def _middles(rows: Sequence[list[_Row]], sizes: Mapping[_Row, float], paths: Sequence[list[_Row]]) -> dict[_Row, float]:
    """The vertical middle of each row: near its neighbours, and without overlaps."""
    neighbours = _neighbours(paths)
    middles: dict[_Row, float] = {}
    for column in rows:
        middles |= dict(zip(column, _spread([0.0] * len(column), column, sizes), strict=True))
    for sweep in range(_SWEEPS):
        for column in rows if sweep % 2 == 0 else rows[::-1]:
            preferred = [_PULL * fmean([middles[each] for each in neighbours[row]] or [middles[row]]) for row in column]
            middles |= dict(zip(column, _spread(preferred, column, sizes), strict=True))
    return middles


def _spread(preferred: Sequence[float], rows: Sequence[_Row], sizes: Mapping[_Row, float]) -> list[float]:
    """The middles nearest to the preferred ones, in this order and without overlaps.

    Least squares by pooling adjacent rows that would overlap, each block around its mean.
    """
    offsets, offset = [], 0.0
    for number, row in enumerate(rows):
        if number:
            previous = rows[number - 1]
            is_between_lines = not isinstance(row.key, str) and not isinstance(previous.key, str)
            offset += (sizes[previous] + sizes[row]) / 2 + (0.0 if is_between_lines else _GAP)
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []
    for middle, offset in zip(preferred, offsets, strict=True):
        mean, size = middle - offset, 1
        while blocks and blocks[-1][0] >= mean:
            earlier_mean, earlier_size = blocks.pop()
            mean = (mean * size + earlier_mean * earlier_size) / (size + earlier_size)
            size += earlier_size
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _lefts(count: int, arrows: Sequence[Arrow], column_of: Mapping[str, int], lead: float) -> tuple[list[float], float]:
    """The left side of each column, and the total width; spaces with many curves are wider."""
    curves = [0] * count
    for tail, head in arrows:
        first, last = sorted((column_of[tail], column_of[head]))
        for column in range(first, max(last, first + 1)):
            curves[column] += 1
    lefts, x = [], 0.0
    for number in range(count):
        lefts.append(x)
        x += WIDTH
        if curves[number] or number < count - 1:
            x += 2 * lead + min(_CURVE + _CURVE_PER_LINE * curves[number], _CURVE_MOST)
    return lefts, x


def _ports(
    sides: Mapping[tuple[str, bool], list[tuple[int, bool]]],
    boxes: Mapping[str, Box],
    paths: Sequence[list[_Row]],
    levels: Mapping[_Row, float],
) -> dict[tuple[int, bool], float]:
    """The height of each end of each arrow, sorted by where the arrow comes from or leads to."""
    ports = {}
    for (key, _), ends in sides.items():
        box = boxes[key]
        ends.sort(key=lambda end: (levels[paths[end[0]][-2 if end[1] else 1]], end))
        step = (box.height - _MARGIN) / len(ends)
        for number, end in enumerate(ends):
            ports[end] = box.y + _MARGIN / 2 + step * (number + 0.5)
    return ports


def _line(path: Sequence[_Row], start: float, end: float, placed: _Placed) -> Line:
    """The straight parts of a connection that leaves and arrives at these heights."""
    tail, head = str(path[0].key), str(path[-1].key)
    left, lead = placed.boxes[tail].x, placed.lead
    right = left + WIDTH
    step = placed.column_of[head] - placed.column_of[tail]
    if not step:
        reach = min(_CURVE * 1.2, 24.0 + abs(end - start) / 3)
        return Line(((right, start), (right + lead, start), (right + lead, end), (right, end)), reach)
    forward = step > 0
    points = [(right, start), (right + lead, start)] if forward else [(left, start), (left - lead, start)]
    for row in path[1:-1]:
        x, y = placed.lefts[row.key[1]], placed.levels[row]  # type: ignore[index]
        part = [(x - lead, y), (x + WIDTH + lead, y)]
        points += part if forward else part[::-1]
    x = placed.boxes[head].x
    points += [(x - lead, end), (x, end)] if forward else [(x + WIDTH + lead, end), (x + WIDTH, end)]
    return Line(tuple(points), 0.0)
