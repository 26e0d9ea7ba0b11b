"""The comparison of two summaries, in the formats of statistics."""

from hopscope.renderers.schema.stats import ChangeRow, DifferenceDocument
from hopscope.renderers.stats import csv, markdown, plain
from hopscope.renderers.stats.json import records
from hopscope.renderers.stats.legs import raw_note
from hopscope.renderers.stats.table import NAME, Column, Table, Value, columns
from hopscope.renderers.text import rounded
from hopscope.renderers.text.escape import json as text
from hopscope.renderers.text.escape import markdown as markdown_text
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.json_values import indented
from hopscope.statistics.before_after import FACTOR, LEAST, Change, Difference, Verdict
from hopscope.statistics.legs import ENOUGH

__all__ = ["render"]

_TITLES = (
    "Leg",
    "Hops before",
    "Hops after",
    "p50 before",
    "p50 after",
    "p90 before",
    "p90 after",
    "Verdict",
    "Raw p90 before",
    "Raw p90 after",
)


def render(format_: str, difference: Difference, *, width: int | None = None) -> str:
    """The legs by service, before and after; the arguments are those of ``renderers.stats.render``."""
    rows = [_row(change) for change in (difference.total, *difference.legs)]
    table = Table("leg", "Legs by service", columns(ChangeRow, *_TITLES), rows)
    if format_ == "csv":
        return csv.rows(_with_sources(table, difference))
    if format_ == "json":
        document = DifferenceDocument(
            schema="hopscope-difference/2",
            same=difference.same,
            before_source=text(difference.before_source),
            after_source=text(difference.after_source),
            before_messages=difference.before,
            after_messages=difference.after,
            legs=records(table, ChangeRow),
        )
        return indented(document)
    is_corrected = any(row[-2:] != (None, None) for row in rows)
    totals = tuple(rounded.total(value) if isinstance(value, float) and value < 0 else value for value in rows[0])
    table = table._replace(rows=[totals, *rows[1:]])
    table = _most_important_first(table if is_corrected else _without_raw(table))
    limit = width if format_ == "table" else None
    if limit is not None and plain.is_wider(table, limit):
        table = _leg_on_two_lines(table)
    earlier, later = rounded.counted(difference.before, "message"), rounded.counted(difference.after, "message")
    sides = (f"Before: {difference.before_source}, {earlier}", f"After:  {difference.after_source}, {later}")
    verdict = "No significant difference" if difference.same else "Different"
    rules = (
        f"slower, faster: p90 changed by a factor of more than {FACTOR:g} and by at least {rounded.duration(LEAST)}",
        f"{Verdict.FEW}: fewer than {ENOUGH} before or after",
        *([raw_note()] if is_corrected else ()),
    )
    if format_ == "markdown":
        listed, explained = (
            "".join(f"- {markdown_text(line)}\n" for line in lines) for lines in (map(_one_blank, sides), rules)
        )
        return f"# {verdict}\n\n{listed}\n{markdown.rows(table)}\n{explained}"
    shown = "".join(f"{visible(line)}\n" for line in (*sides, verdict))
    explained = "".join(f"{rule}\n" for rule in rules)
    return f"{shown}\n{plain.rows(table, limit)}\n{explained}"


def _without_raw(table: Table) -> Table:
    """The table without the raw delays, its last two columns."""
    return table._replace(columns=table.columns[:-2], rows=[row[:-2] for row in table.rows])


_ORDER = (
    "leg",
    "verdict",
    "before_p90_seconds",
    "after_p90_seconds",
    "before_raw_p90_seconds",
    "after_raw_p90_seconds",
)
"""The keys of the first columns for readers: a narrow terminal hides the last columns."""


def _most_important_first(table: Table) -> Table:
    """The table with its columns in order of importance; leg and verdict are not truncated."""
    keys = [column.key for column in table.columns]
    order = sorted(
        range(len(keys)), key=lambda index: _ORDER.index(keys[index]) if keys[index] in _ORDER else len(_ORDER)
    )
    ordered = [table.columns[index] for index in order]
    names = [column._replace(kind=NAME) for column in ordered[:2]]
    rows = [tuple(row[index] for index in order) for row in table.rows]
    return table._replace(columns=(*names, *ordered[2:]), rows=rows)


def _leg_on_two_lines(table: Table) -> Table:
    """The table with the second service of each leg on a line of its own."""
    blank = [""] * (len(table.columns) - 1)
    rows: list[tuple[Value, ...]] = []
    for leg, *values in table.rows:
        sender, arrow, receiver = str(leg).partition(" -> ")
        rows.append((sender + arrow.rstrip(), *values))
        if arrow:
            rows.append((f"  {receiver}", *blank))
    return table._replace(rows=rows)


def _one_blank(line: str) -> str:
    """``line`` without the blank that aligns it in a font of fixed width."""
    return line.replace(":  ", ": ", 1)


def _with_sources(table: Table, difference: Difference) -> Table:
    """The table with the file of each side in every row, as CSV has no heading."""
    sources = (difference.before_source, difference.after_source)
    added = (Column("Before", "before_source"), Column("After", "after_source"))
    return table._replace(columns=table.columns + added, rows=[(*row, *sources) for row in table.rows])


def _row(change: Change) -> tuple[Value, ...]:
    return (
        change.name,
        change.before,
        change.after,
        change.before_p50,
        change.after_p50,
        change.before_p90,
        change.after_p90,
        str(change.verdict),
        change.before_raw_p90,
        change.after_raw_p90,
    )
