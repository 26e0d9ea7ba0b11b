"""The statistics as one JSON object."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec.structs import asdict, replace

from hopscope.renderers.schema.stats import ROWS, Stats
from hopscope.renderers.stats.content import NOT_QUICK, OVERVIEW, Content, iso, shown
from hopscope.renderers.stats.table import Column, Table, Value
from hopscope.renderers.stats.tables import TABLES
from hopscope.renderers.text.json_values import indented
from hopscope.statistics.sketch import ERROR

__all__ = ["records", "render"]

_Row = TypeVar("_Row")
_DAY = 86400
_PLURALS = {
    "leg-kind": "leg_kinds",
    "tls": "tls",
    "status": "statuses",
    "authentication": "authentication",
    "negative": "negative_legs",
    "slowest": "slowest",
    "corrected": "corrected_legs",
}


def render(content: Content) -> str:
    """Counts, times in seconds, and a list of objects for each table, in the requested order."""
    summary, total = content.summary, content.summary.total
    numbers = Stats(
        schema="hopscope-stats/2",
        filters=list(content.filters),
        messages=summary.messages,
        unreadable=summary.unreadable,
        analyzed=summary.analyzed,
        hops=summary.hops,
        undated_hops=summary.undated,
        first=iso(summary.first),
        last=iso(summary.last),
        total_p50_seconds=total.quantile(0.5),
        total_p90_seconds=total.quantile(0.9),
        total_p99_seconds=total.quantile(0.99),
        total_max_seconds=total.most,
        quantile_error=ERROR,
        grouped=summary.grouped,
    )
    by = content.by or tuple(dict.fromkeys((*OVERVIEW, *TABLES)))
    tables = shown(replace(content, by=by))
    return indented(asdict(numbers) | dict(_table(table, analyzed=bool(summary.analyzed)) for table, _ in tables))


def _table(table: Table, *, analyzed: bool) -> tuple[str, list[msgspec.Struct] | None]:
    key = _PLURALS.get(table.name, f"{table.name}s")
    if table.name in NOT_QUICK and not analyzed:
        return key, None
    return key, records(table, ROWS[key])


def records(table: Table, record: Callable[..., _Row]) -> list[_Row]:
    """The rows of a table as records, whose fields are in the order of the columns."""
    return [record(*map(_value, table.columns, row)) for row in table.rows]


def _value(column: Column, value: Value) -> Value:
    if column.kind.name == "date" and isinstance(value, int):
        return (iso(value * _DAY) or "")[:10] or None
    return value
