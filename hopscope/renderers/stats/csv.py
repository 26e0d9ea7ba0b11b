"""Tables of the statistics as CSV (RFC 4180, but with LF line ends): exact values, with the unit in the heading."""

import csv
import io

from msgspec.structs import replace

from hopscope.renderers.stats.content import Content, iso, shown
from hopscope.renderers.stats.table import Column, Table, Value
from hopscope.renderers.text.escape import csv as printable

__all__ = ["render", "rows"]

_DAY = 86400


def render(content: Content) -> str:
    """The requested tables, separated by empty lines; without any, the legs."""
    chosen = content if content.by else replace(content, by=("leg",))
    return "\n".join(rows(table) for table, _ in shown(chosen))


def rows(table: Table) -> str:
    """The rows of a table below its headings."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.key for column in table.columns)
    for row in table.rows:
        writer.writerow(_cell(column, value) for column, value in zip(table.columns, row, strict=True))
    return text.getvalue()


def _cell(column: Column, value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, list):
        return printable("; ".join(value))
    if isinstance(value, str):
        return printable(value)
    return (iso(value * _DAY) or "")[:10] if column.kind.name == "date" else value
