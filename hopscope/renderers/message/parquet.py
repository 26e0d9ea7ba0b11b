"""Hops or header blocks as rows of an Apache Arrow table, for Parquet files that DuckDB, pandas or Spark can read."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hopscope.analysis.analyze import Analysis
from hopscope.renderers.schema.parquet import COLUMNS, HEADER_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["header_rows", "header_schema", "rows", "schema"]


def schema() -> "pa.Schema":
    """The columns, each with its description as metadata."""
    return _schema([(column.name, column.type, column.description) for column in COLUMNS], "hops/1")


def header_schema() -> "pa.Schema":
    """The columns of rows of header blocks."""
    return _schema(HEADER_COLUMNS, "headers/1")


def _schema(columns: Iterable[tuple[str, str, str]], version: str) -> "pa.Schema":
    import pyarrow as pa

    fields = [
        pa.field(name, _type(type_), metadata={"description": description}) for name, type_, description in columns
    ]
    return pa.schema(fields, metadata={"hopscope": version})


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


def header_rows(blocks: Iterable[tuple[str, bytes]]) -> "pa.RecordBatch":
    """A row per message.

    Args:
        blocks: The source of each message and its header block.
    """
    import pyarrow as pa

    sources, contents = [], []
    for source, content in blocks:
        sources.append(source.encode("utf-8", "backslashreplace").decode())  # as in saved summaries
        contents.append(content)
    columns = header_schema()
    arrays = [pa.array(values, type=field.type) for values, field in zip((sources, contents), columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=columns)
