"""The statistics as aligned text; for a terminal, truncated to its width."""

from textwrap import fill

from hopscope.renderers.stats.content import Content, cell, facts, notes, nothing, shown
from hopscope.renderers.stats.tables import Table
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible

__all__ = ["is_wider", "render", "rows"]

_RIGHT = frozenset({"count", "seconds", "raw seconds", "share"})
_TRUNCATED = frozenset({"text", "texts", "date"})
"""The kinds of columns that may be truncated."""
_NARROWEST = 12
"""Minimum width of a text column if the table is too wide."""


def render(content: Content, *, width: int | None = None) -> str:
    """The overview, or the requested tables.

    Args:
        content: The summary and the tables to print.
        width: Maximum columns; ``None`` does not truncate.
    """
    pieces = [] if content.by else [layout.columns(facts(content.summary))]
    tables = list(shown(content))
    for table, hidden in tables:
        more = f"{hidden:,} more: --by {table.name} --top 0\n" if hidden else ""
        body = f"\n{rows(table, width)}{more}" if table.rows else f": {nothing(content, table)}\n"
        pieces.append(f"{table.title}{body}")
    pieces.append(
        "".join(
            f"{fill(visible(note), width) if width else visible(note)}\n"
            for note in notes(content, [table for table, _ in tables])
        )
    )
    return "\n".join(filter(None, pieces))


def is_wider(table: Table, width: int) -> bool:
    """Whether a table with all its columns and texts is wider than ``width``."""
    widths = [
        max(map(layout.width, (column.title, *(visible(cell(column, row[index])) for row in table.rows))))
        for index, column in enumerate(table.columns)
    ]
    return _line_width(widths) > width


def rows(table: Table, width: int | None) -> str:
    """A table with its headings; if it is too wide, the last columns are only named."""
    table = table.printed or table
    lines = [[column.title for column in table.columns]]
    lines += [[cell(column, value) for column, value in zip(table.columns, row, strict=True)] for row in table.rows]
    missing = ""
    if width is not None:
        lines = _fitted(table, [[visible(text) for text in row] for row in lines], width)
        if names := ", ".join(column.title for column in table.columns[len(lines[0]) :]):
            missing = f"{fill(f'Hidden columns: {names} (use -f csv or a wider terminal)', width)}\n"
    right = frozenset(index for index, column in enumerate(table.columns) if column.kind.name in _RIGHT)
    return layout.columns(lines, right) + missing


def _fitted(table: Table, rows: list[list[str]], width: int) -> list[list[str]]:
    """The rows with the widest texts truncated and, if that is not enough, without the last columns."""
    widths = [max(map(layout.width, column)) for column in zip(*rows, strict=True)]
    texts = [index for index, column in enumerate(table.columns) if column.kind.name in _TRUNCATED]
    least = [min(wide, _NARROWEST) if index in texts else wide for index, wide in enumerate(widths)]
    while len(least) > 1 and _line_width(least) > width:
        least.pop()
    del widths[len(least) :]
    while _line_width(widths) > width:
        widest = max((index for index in texts if index < len(widths)), key=lambda index: widths[index], default=0)
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return [[layout.cut(text, wide) for text, wide in zip(row, widths, strict=False)] for row in rows]


def _line_width(widths: list[int]) -> int:
    """The width of a line with columns of these widths, gaps included."""
    return sum(widths) + layout.GAP * (len(widths) - 1)
