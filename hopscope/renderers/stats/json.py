"""The numbers of a summary as one JSON object."""

import msgspec

from hopscope.renderers.stats.content import OVERVIEW, Content, iso, shown
from hopscope.renderers.stats.tables import TABLES, Column, Table, Value
from hopscope.renderers.text.escape import json as text
from hopscope.renderers.text.escape import json_document
from hopscope.statistics.sketch import ERROR

__all__ = ["SCHEMA", "encoded", "items", "render", "table_key"]

SCHEMA = "hopscope-numbers/1"
"""Version of the object: raised when a key changes its meaning or goes away, not when one is added."""
_DAY = 86400
_PLURALS = {"tls": "tls", "negative": "negative_legs", "slowest": "slowest", "corrected": "corrected_legs"}


def render(content: Content) -> str:
    """Counts, times in seconds, and a list of objects for each table."""
    summary, total = content.summary, content.summary.total
    by = content.by or tuple(dict.fromkeys((*OVERVIEW, *TABLES)))
    tables = shown(Content(summary=summary, by=by, top=content.top))
    document: dict[str, object] = {
        "schema": SCHEMA,
        "filters": [text(each) for each in content.filters],
        "messages": summary.messages,
        "unread": summary.unread,
        "judged": summary.judged,
        "hops": summary.hops,
        "undated_hops": summary.undated,
        "first": iso(summary.first),
        "last": iso(summary.last),
        "total_p50_seconds": total.quantile(0.5),
        "total_p90_seconds": total.quantile(0.9),
        "total_p99_seconds": total.quantile(0.99),
        "total_max_seconds": total.most,
        "quantile_error": ERROR,
        "folded": summary.folded,
    }
    for table, _ in tables:
        missing = table.name in {"scenario", "finding"} and not summary.judged
        rows = [dict(items(table.columns, row)) for row in table.rows]
        document[table_key(table)] = None if missing else rows
    return encoded(document)


def table_key(table: Table) -> str:
    """The key of a table in the object."""
    return _PLURALS.get(table.name, f"{table.name}s")


def encoded(document: dict[str, object]) -> str:
    """An object as indented JSON."""
    return f"{json_document(msgspec.json.format(msgspec.json.encode(document), indent=2))}\n"


def items(columns: tuple[Column, ...], row: tuple[Value, ...]) -> list[tuple[str, Value]]:
    """Keys and values of a row."""
    return [(column.key, _value(column, value)) for column, value in zip(columns, row, strict=True)]


def _value(column: Column, value: Value) -> Value:
    if isinstance(value, list):
        return [text(each) for each in value]
    if isinstance(value, str):
        return text(value)
    if column.kind.name == "date" and value is not None:
        return (iso(value * _DAY) or "")[:10] or None
    return value
