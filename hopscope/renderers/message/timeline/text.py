"""The timeline as text: a lane per service, a mark per hop at its time, and bars for the delays between them.

The formats ``table`` and ``plain`` show it below the heading of a message. Lines are pieces of text with the names of
their styles, so that both can print them. The module is over 300 lines because lanes, border, bars and
legend share one grid of characters.
"""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from itertools import groupby, product
from textwrap import wrap
from typing import NamedTuple

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.timeline import Gap, Kind, Mark, Timeline
from hopscope.renderers.message import wording
from hopscope.renderers.message.timeline import wording as timeline_wording
from hopscope.renderers.text import layout
from hopscope.renderers.text.terminal import LEAST_WIDTH

__all__ = ["ASCII", "UNICODE", "Glyphs", "Line", "lines"]

Line = list[tuple[str, str]]
"""Pieces of escaped text, each with the name of its style."""

_MOST_ROWS = 4
"""Maximum rows of a lane; with more marks, all are on one row, without their numbers."""
_LEAST_CHART = 40
"""Minimum columns of the chart to the right of the lane names; with fewer, each name is above its lane."""
_MOST_LABEL = 0.4
"""Maximum share of the width for the lane names."""
_PER_TICK = 11
"""Columns per tick."""


class Glyphs(NamedTuple):
    """The characters of a timeline, each one column wide."""

    hop: str
    unlinked: str
    undated: str
    no_header: str
    gaps: dict[str, str]
    axis_break: str
    axis: str
    tick: str


UNICODE = Glyphs(
    hop="●",
    unlinked="◌",
    undated="?",
    no_header="○",
    gaps={Kind.WAIT: "█", Kind.LEGS: "░", Kind.NEGATIVE: "◂"},
    axis_break="╱",
    axis="─",
    tick="┬",
)
ASCII = Glyphs(
    hop="*",
    unlinked="x",
    undated="?",
    no_header="o",
    gaps={Kind.WAIT: "#", Kind.LEGS: "~", Kind.NEGATIVE: "<"},
    axis_break="/",
    axis="-",
    tick="+",
)

_GAP_STYLES = {Kind.NEGATIVE: "red"}


def lines(
    analysis: Analysis, glyphs: Glyphs, *, width: int, tz: tzinfo | None, names: wording.Names = str
) -> Iterator[Line]:
    """The axis, the lanes and a legend. No line is wider than ``width``, which is at least 40."""
    width = max(width, LEAST_WIDTH)
    drawn = timeline_wording.drawn(analysis)
    lane_names = _names(drawn, int(width * _MOST_LABEL), names)
    label_width = max(map(layout.width, lane_names), default=0) + layout.GAP
    if width - label_width < _LEAST_CHART:
        label_width = layout.GAP
    chart = _Chart(drawn, glyphs, width - label_width)
    if (zone := timeline_wording.ticks_zone(drawn, tz)) is not None:
        yield from _axis(chart, zone, label_width)
    borders, notes = timeline_wording.borders(analysis, drawn)
    for lane, name in enumerate(lane_names):
        if lane in borders:
            yield from ([(line, "dim")] for line in _border(borders[lane], glyphs.axis, width))
        yield from _lane(chart, lane, name, label_width, width)
    yield from ([(line, "dim")] for line in _legend(chart, width))
    yield from ([(line, "dim")] for text in notes for line in _wrapped(text, width))


def _border(text: str, axis: str, width: int) -> Iterator[str]:
    """A line on trust, drawn over the width of the timeline; a longer one is wrapped."""
    *first, last = _wrapped(f"{axis * 2} {text}", width - 1)
    yield from first
    yield f"{last} {axis * (width - layout.width(last) - 1)}"


def _wrapped(text: str, width: int) -> list[str]:
    """Lines with at most ``width`` columns; in text with characters of double width, all count twice."""
    return wrap(text, width // max(1, *map(layout.width, text)), break_on_hyphens=False)


class _Row:
    """A line of cells."""

    def __init__(self, columns: int) -> None:
        self._cells = [(" ", "")] * columns

    def put(self, column: int, text: str, style: str) -> None:
        """Overwrite the cells from ``column``."""
        self._cells[column : column + len(text)] = [(character, style) for character in text]

    def put_break(self, column: int, glyph: str) -> None:
        """Draw an axis break in the style of the cell that it replaces."""
        character, style = self._cells[column]
        self._cells[column] = (glyph, "dim" if character == " " else style)

    def line(self) -> Line:
        """The cells, grouped into pieces of the same style."""
        groups = groupby(self._cells, key=lambda cell: cell[1])
        return [("".join(character for character, _ in cells), style) for style, cells in groups]


class _Bar(NamedTuple):
    """A mark with the gap that follows it, as columns of a row."""

    mark: Mark
    column: int
    gap: Gap | None
    ends: tuple[int, int]
    """First column of the gap, and the column after its last; equal without a gap."""
    label: str
    label_column: int
    reach: tuple[int, int]
    """First and last column of mark, gap and label."""


class _Chart:
    """The columns of a timeline."""

    def __init__(self, drawn: Timeline, glyphs: Glyphs, columns: int) -> None:
        self.drawn, self.glyphs, self.columns = drawn, glyphs, columns
        numbers = [str(mark.hop.number) for mark in drawn.marks if mark.hop]
        self._indent = max(map(len, numbers), default=0)
        self.crowded = False
        """Whether a lane has more marks than can be drawn separately."""
        self.gap_of = {gap.start: gap for gap in drawn.gaps}
        self._last = columns - 1
        reserved = 0
        while (missing := max(map(len, self._missing_labels()), default=0)) > reserved:
            reserved = missing
            self._last = max(columns - 3 - reserved, columns // 2)

    def _missing_labels(self) -> Iterator[str]:
        """The lengths of gaps for which the axis leaves no space."""
        for gap in self.drawn.gaps:
            label = timeline_wording.length(gap)
            if label and not self.bar(gap.start).label:
                yield label

    @property
    def break_columns(self) -> list[int]:
        """The columns of the breaks."""
        return [self.column((break_.left + break_.right) / 2) for break_ in self.drawn.axis.breaks]

    def column(self, position: float) -> int:
        """The column of a position from 0 to 1.

        The number of a hop fits to the left of the first column, and a gap label, if needed, to the right of the last.
        """
        return self._indent + round(position * (self._last - self._indent))

    def glyph(self, mark: Mark) -> str:
        """The character of a mark."""
        if mark.hop is None:
            return self.glyphs.no_header
        if not mark.dated:
            return self.glyphs.undated
        return self.glyphs.unlinked if mark.unlinked else self.glyphs.hop

    def bar(self, mark: Mark) -> _Bar:
        """The mark with its number, its gap, and the length of the gap inside or after it, if it fits."""
        column, gap = self.column(mark.position), self.gap_of.get(mark)
        first = column - (len(str(mark.hop.number)) if mark.hop else 0)
        ends = self._ends(gap, first, column) if gap else (column, column)
        first, last = min(first, ends[0]), max(column, ends[1] - 1)
        label = timeline_wording.length(gap)
        parts = (layout.within(ends, cuts, len(label) + 5) for cuts in (self.break_columns, ()))
        within = next((start for start in parts if start is not None), None) if label else None
        if not label or within is not None:
            return _Bar(mark, column, gap, ends, label, int(within or 0) + 3, (first, last))
        label_start = last + 2
        if label_start + len(label) > self.columns:
            return _Bar(mark, column, gap, ends, "", 0, (first, last))
        return _Bar(mark, column, gap, ends, label, label_start, (first, label_start + len(label) - 1))

    def _ends(self, gap: Gap, first: int, column: int) -> tuple[int, int]:
        """The columns of a gap: at least one, unless the gap took no time."""
        next_column = self.column(gap.end.position)
        if gap.kind is Kind.NEGATIVE:
            return min(next_column, max(first - 1, 0)), first
        if not gap.delay:
            return column, column
        start = min(column + 1, self.columns - 1)
        return start, max(next_column, start + 1)


def _lane(chart: _Chart, lane: int, name: str, label_width: int, width: int) -> Iterator[Line]:
    """The rows of a lane, with its name to the left of the first one, or above it."""
    color = _color(chart, lane)
    rows = _rows(chart, [mark for mark in chart.drawn.marks if mark.lane == lane], color)
    if label_width == layout.GAP:
        yield [(layout.cut(name, width), color)]
        name = ""
    for row in rows:
        yield [(layout.pad(layout.cut(name, label_width - layout.GAP), label_width), color), *row.line()]
        name = ""


def _rows(chart: _Chart, marks: Sequence[Mark], color: str) -> list[_Row]:
    """The marks with their gaps on as few rows as possible; too many marks are on one row, with few labels."""
    bars = sorted(map(chart.bar, marks), key=lambda bar: bar.reach)
    row_numbers = layout.packed([bar.reach for bar in bars], _MOST_ROWS)
    crowded = row_numbers is None
    chart.crowded |= crowded
    row_numbers = row_numbers or [0] * len(bars)
    rows = [_Row(chart.columns) for _ in range(max(row_numbers) + 1)]
    assigned = [(bar, rows[row_number]) for bar, row_number in zip(bars, row_numbers, strict=True)]
    for bar, row in assigned:
        _draw_gap(row, bar, chart.glyphs, color)
    for row, column in product(rows, chart.break_columns):
        row.put_break(column, chart.glyphs.axis_break)
    for bar, row in assigned:
        _draw_mark(row, bar, chart, color, labelled=not crowded)
    first = {id(row): bar.mark.position for bar, row in reversed(assigned)}
    return rows if crowded else sorted(rows, key=lambda row: first[id(row)])


def _color(chart: _Chart, lane: int) -> str:
    service = chart.drawn.lanes[lane].service
    return layout.COLORS.get(service, "") if service else ""


def _draw_gap(row: _Row, bar: _Bar, glyphs: Glyphs, color: str) -> None:
    if bar.gap is not None:
        first, end = bar.ends
        row.put(first, glyphs.gaps[bar.gap.kind] * (end - first), _GAP_STYLES.get(bar.gap.kind, color))


def _draw_mark(row: _Row, bar: _Bar, chart: _Chart, color: str, *, labelled: bool) -> None:
    """The mark, and if ``labelled`` its number and the length of its gap; a length within its gap is always drawn."""
    hop = bar.mark.hop
    within = bar.ends[0] < bar.label_column < bar.ends[1]
    if bar.gap and bar.label and (labelled or within):
        padded = f" {bar.label} " if within else bar.label
        row.put(bar.label_column - within, padded, "bold red" if bar.gap.kind is Kind.NEGATIVE else "bold")
    if hop and labelled:
        row.put(bar.column - len(str(hop.number)), str(hop.number), "bold")
    row.put(bar.column, chart.glyph(bar.mark), color)


def _names(drawn: Timeline, most: int, names: wording.Names) -> list[str]:
    """The names of the lanes. If they are too wide, servers have short names, unless these are ambiguous."""
    full = timeline_wording.lanes(drawn.lanes, names)
    if max(map(layout.width, full), default=0) <= most:
        return full
    short = timeline_wording.lanes(drawn.lanes, timeline_wording.first_label)
    return [short_name if short.count(short_name) == 1 else name for short_name, name in zip(short, full, strict=True)]


def _axis(chart: _Chart, tz: tzinfo, label_width: int) -> Iterator[Line]:
    """Dates, times of day, and the axis with its labelled ticks."""
    step, ticks = chart.drawn.axis.ticks(max(chart.columns // _PER_TICK, 2), tz)
    dates, times, line = (_Row(chart.columns) for _ in range(3))
    line.put(0, chart.glyphs.axis * chart.columns, "dim")
    labels = list(timeline_wording.tick_labels(step, ticks, chart.column, chart.columns))
    for label in labels:
        dates.put(int(label.date_start), label.date, "dim")
        times.put(int(label.time_start), label.time, "")
        line.put(int(label.column), chart.glyphs.tick, "dim")
    for column in chart.break_columns:
        line.put_break(column, chart.glyphs.axis_break)
    zone = timeline_wording.offset(ticks[0].time)
    if layout.width(zone) + layout.GAP > label_width:  # names are above their lanes, or shorter than an offset
        yield [(f"  Times in {zone}", "dim")]
        zone = ""
    rows = [dates, times] if any(label.time for label in labels) else [dates]
    for row in rows:
        yield [(layout.pad(zone if row is rows[-1] else "", label_width), "dim"), *row.line()]
    yield [(" " * label_width, ""), *line.line()]


def _legend(chart: _Chart, width: int) -> Iterator[str]:
    """The meaning of the symbols in use."""
    glyphs = chart.glyphs
    symbols = {
        **glyphs.gaps,
        "unlinked": glyphs.unlinked,
        "undated": glyphs.undated,
        "no-header": glyphs.no_header,
        "break": glyphs.axis_break,
    }
    legend = timeline_wording.legend(chart.drawn, chart.drawn.axis.widened)
    entries = [f"{symbols[kind]} {text}" if kind else text for kind, text in legend]
    if chart.crowded:
        entries.append(f"{glyphs.hop * 2} {timeline_wording.CROWDED}")
    line = ""
    for entry in entries:
        if line and len(line) + layout.GAP + len(entry) > width:
            yield from wrap(line, width, subsequent_indent="  ")
            line = ""
        line = f"{line}{' ' * layout.GAP}{entry}" if line else entry
    yield from wrap(line, width, subsequent_indent="  ")
