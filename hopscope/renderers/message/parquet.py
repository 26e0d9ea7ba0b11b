"""Hops as rows of an Apache Arrow table, for Parquet files that DuckDB, pandas or Spark can read."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hopscope.analysis.analyze import Analysis
from hopscope.renderers.schema.parquet import COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["rows", "schema"]


def schema() -> "pa.Schema":
    """The columns, each with its description as metadata."""
    import pyarrow as pa

    fields = [
        pa.field(column.name, _type(column.type), metadata={"description": column.description}) for column in COLUMNS
    ]
    return pa.schema(fields, metadata={"hopscope": "hops/1"})


def _type(name: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa

    if name.startswith("timestamp"):
        return pa.timestamp("us", tz="UTC")
    return pa.list_(pa.string()) if name == "list<string>" else pa.type_for_alias(name)


def rows(analyses: Iterable[Analysis]) -> "pa.RecordBatch":
    """A row per hop of the messages."""
    import pyarrow as pa

    hops = [(analysis, hop) for analysis in analyses for hop in analysis.hops]
    columns = schema()
    arrays = [
        pa.array([column.value(analysis, hop) for analysis, hop in hops], type=field.type)
        for column, field in zip(COLUMNS, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=columns)
