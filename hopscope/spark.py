"""Apache Spark: the summary of the messages in a DataFrame, and their hops as another DataFrame.

    >>> from hopscope import spark
    >>> shards = session.read.parquet("shards/")
    >>> summary = spark.summarize(shards)
    >>> spark.hops(shards).groupBy("service").count().show()

A row has one or more messages in a column of bytes or text (a message, its header block, an mbox file, an archive ...)
and the name of their source in another. hopscope must be installed where the tasks run. Only the methods of DataFrames
are used, so that Spark Connect works as well. Needs ``pip install 'hopscope[spark]'`` and Java 17.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from hopscope.errors import OptionError, SourceError, missing
from hopscope.scale.run import run_here
from hopscope.sources.content import checked_by_content, read_bytes
from hopscope.sources.message import Message
from hopscope.statistics.saved import dumps, loads
from hopscope.statistics.summary import Summary

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from hopscope.config.settings import Organisation

__all__ = ["hops", "summarize"]

_GROUPS = (256, 16)
"""Maximum number of summaries after each round of merging on the executors; the driver merges the last ones."""
_NULL = "no content (null)", "use the bytes of a message"


def summarize(  # noqa: PLR0913 - the defaults suit most callers
    dataframe: "DataFrame",
    *,
    content: str = "content",
    source: str = "source",
    quick: bool = False,
    attached: bool = False,
    organisation: "Organisation | None" = None,
) -> Summary:
    """The summary of the messages in a DataFrame, equal to that of ``hopscope stats`` for the same messages.

    It does not depend on the partitions. Each partition is reduced to a saved summary, these are merged on the
    executors, and at most 16 reach the driver.

    Args:
        dataframe: The messages.
        content: The column with the messages: binary, or a string. A row that cannot be read, or is null, counts as
            unreadable; one that is not mail is skipped if its source has a name such as ``notes.txt``, as in folders.
        source: The column with the names of the sources, a string; ``path`` for files read as ``binaryFile``.
        quick: Whether to omit scenarios and findings, which is faster.
        attached: Whether to include messages attached to messages.
        organisation: Identifies the reader's servers.

    Raises:
        OptionError: pyspark is not installed, or a column is missing or has another type.
    """
    check_packages()
    from pyspark.sql.functions import spark_partition_id

    from hopscope.scale.summarize import summarize as summarize_chunk

    work = partial(summarize_chunk, quick=quick, organisation=organisation)
    rows = _messages(dataframe, content, source)
    saved = rows.mapInArrow(lambda batches: _summarized(work, batches, attached=attached), "summary string")
    for groups in _GROUPS:
        # The number of partitions is unknown without an RDD, which Spark Connect lacks, so each partition chooses its
        # group. The number of tasks is left to Spark: adaptive execution joins small groups in one task, so that a
        # small job does not pay for 256; without it, there are spark.sql.shuffle.partitions tasks, most of them empty.
        saved = saved.repartition(spark_partition_id() % groups).mapInArrow(_merged, "summary string")
    summary = Summary()
    for row in saved.collect():
        summary.merge(loads(row.summary))
    return summary


def hops(
    dataframe: "DataFrame",
    *,
    content: str = "content",
    source: str = "source",
    attached: bool = False,
    organisation: "Organisation | None" = None,
) -> "DataFrame":
    """One row per hop of the messages in a DataFrame, with the columns of ``hopscope export``, evaluated lazily.

    A row that cannot be read has no hops.

    Args:
        dataframe: The messages.
        content: The column with the messages: binary, or a string.
        source: The column with the names of the sources, a string; ``path`` for files read as ``binaryFile``.
        attached: Whether to include messages attached to messages.
        organisation: Identifies the reader's servers.

    Raises:
        OptionError: pyspark is not installed, or a column is missing or has another type.
    """
    check_packages()
    from hopscope.scale.exporting import rows

    work = partial(rows, organisation=organisation)
    messages = _messages(dataframe, content, source)
    return messages.mapInArrow(lambda batches: _exported(work, batches, attached=attached), _hop_columns())


def check_packages() -> None:
    """Check for the packages that Spark needs, some of which it imports only when a job has started.

    Raises:
        OptionError: One is not installed.
    """
    from importlib.util import find_spec

    for package in ("pyspark", "pyarrow", "pandas"):
        if find_spec(package) is None:
            raise OptionError("; ".join(missing("Spark", package, "spark")))


def _messages(dataframe: "DataFrame", content: str, source: str) -> "DataFrame":
    """The bytes and the source of each row.

    Raises:
        OptionError: A column is missing or has another type.
    """
    from pyspark.sql.functions import col

    types = {field.name: field.dataType.simpleString() for field in dataframe.schema}
    columns = []
    for role, name, usual in (("content", content, ("binary", "string")), ("source", source, ("string",))):
        if name not in types:
            raise OptionError(f"no column {name!r}; choose {role} from the columns: {', '.join(types)}")
        if types[name] not in usual:
            raise OptionError(f"column {name!r} is {types[name]}; {role} must be {' or '.join(usual)}")
        quoted = name.replace("`", "``")
        columns.append(col(f"`{quoted}`").cast("binary").alias(role))  # strings of Spark may not be valid UTF-8
    return dataframe.select(*columns)


def _hop_columns() -> "StructType":
    """The columns of :func:`hops`, with their descriptions as comments."""
    from pyspark.sql import types

    from hopscope.renderers.schema.parquet import COLUMNS

    by_name: dict[str, types.DataType] = {
        "bool": types.BooleanType(),
        "float64": types.DoubleType(),
        "int32": types.IntegerType(),
        "list<string>": types.ArrayType(types.StringType()),
        "string": types.StringType(),
        "timestamp[us, tz=UTC]": types.TimestampType(),  # a point in time, whatever the zone of the session
    }
    columns = types.StructType()
    for column in COLUMNS:
        columns.add(column.name, by_name[column.type], metadata={"comment": column.description})
    return columns


def _items(batches: "Iterable[pa.RecordBatch]", *, attached: bool) -> Iterator[Message | SourceError]:
    """The messages in the rows of a partition. Only one row is in memory besides its batch."""
    for batch in batches:
        for content, source in zip(*batch.columns, strict=True):
            name, data = (source.as_py() or b"-").decode("utf-8", "replace"), content.as_py()
            if data is None:
                yield SourceError(name, *_NULL)
            else:
                yield from checked_by_content(read_bytes(name, data, attached=attached), name, name)


def _summarized(work: Any, batches: "Iterable[pa.RecordBatch]", *, attached: bool) -> "Iterator[pa.RecordBatch]":  # noqa: ANN401 - generic
    """The saved summary of a partition, unless it is empty."""
    yield from _saved(tally.summary for tally in run_here(work, _items(batches, attached=attached)))


def _merged(batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """The saved summaries of a partition as one, unless there are none."""
    yield from _saved(loads(saved.as_py()) for batch in batches for saved in batch.column(0))


def _saved(summaries: Iterable[Summary]) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    summary = None
    for part in summaries:
        summary = summary or Summary()
        summary.merge(part)
    if summary:
        yield pa.RecordBatch.from_pydict({"summary": [dumps(summary)]})


def _exported(work: Any, batches: "Iterable[pa.RecordBatch]", *, attached: bool) -> "Iterator[pa.RecordBatch]":  # noqa: ANN401 - generic
    """The hops of a partition."""
    import pyarrow as pa

    for rows in run_here(work, _items(batches, attached=attached)):
        yield from pa.ipc.open_stream(rows.data)
