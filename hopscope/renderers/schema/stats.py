"""The JSON Schema of the numbers, made from the tables that they are printed of."""

from typing import Any

from hopscope.renderers.stats.json import SCHEMA, table_key
from hopscope.renderers.stats.tables import TABLES, Column, Table
from hopscope.statistics.summary import Summary

__all__ = ["schema"]

_COUNT = {"type": "integer", "minimum": 0}
_SECONDS = {"type": ["number", "null"]}
_TEXT = {"type": ["string", "null"]}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_DATE_TIME = {"type": ["string", "null"], "format": "date-time"}
_BY_KIND: dict[str, dict[str, Any]] = {
    "count": _COUNT,
    "seconds": _SECONDS,
    "share": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    "date": {"type": ["string", "null"], "format": "date"},
    "texts": _TEXTS,
    "text": _TEXT,
}
_FACTS: dict[str, dict[str, Any]] = {
    "schema": {"const": SCHEMA},
    "filters": {**_TEXTS, "description": "What was chosen, in words."},
    "messages": _COUNT,
    "unread": {**_COUNT, "description": "What could not be read, or held no Received field."},
    "judged": {**_COUNT, "description": "Messages whose scenario and findings were asked for."},
    "hops": _COUNT,
    "undated_hops": _COUNT,
    "first": {**_DATE_TIME, "description": "Earliest last stamp of a message."},
    "last": {**_DATE_TIME, "description": "Latest last stamp of a message."},
    "total_p50_seconds": {**_SECONDS, "description": "First dated hop to last dated hop of a message."},
    "total_p90_seconds": _SECONDS,
    "total_p99_seconds": _SECONDS,
    "total_max_seconds": _SECONDS,
    "quantile_error": {"type": "number", "description": "How far off a quantile may be, as a share of itself."},
    "folded": {**_TEXTS, "description": "Of what there were too many names, so that the rarest are put together."},
}


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of what ``stats --format json`` prints.

    All keys but those of tables are required: ``--by`` chooses tables. Further keys are not forbidden, as in the schema
    of messages.
    """
    tables = [table(Summary()) for table in TABLES.values()]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hopscope numbers, version 1",
        "description": "Many messages in numbers. Unknown is null, as is a table that was not asked for.",
        "type": "object",
        "properties": {**_FACTS, **{table_key(table): _rows(table) for table in tables}},
        "required": list(_FACTS),
    }


def _rows(table: Table) -> dict[str, Any]:
    """A list of objects with a key for each column."""
    keys = {column.key: _of(column) for column in table.columns}
    row = {"type": "object", "properties": keys, "required": list(keys)}
    return {"type": ["array", "null"], "description": f"{table.title}.", "items": row}


def _of(column: Column) -> dict[str, Any]:
    return {**_BY_KIND[column.kind.name], "title": column.title}
