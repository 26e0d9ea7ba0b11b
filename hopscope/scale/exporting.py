"""Messages -> their hops, or their header blocks, as rows of Apache Arrow."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hopscope.errors import NotMailError, SourceError
from hopscope.scale.reading import Result
from hopscope.scale.work import Chunk
from hopscope.sources.message import Message

if TYPE_CHECKING:
    import pyarrow as pa

    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter

__all__ = ["Rows", "header_rows", "rows"]


class Rows(Result):
    """The rows of a chunk as an Arrow stream, and its read errors."""

    data: bytes = b""


def rows(chunk: Chunk, *, organisation: "Organisation | None" = None, filter_: "MessageFilter | None" = None) -> Rows:
    """One row per hop of a chunk of messages."""
    from hopscope.renderers.message import parquet

    result = Rows()
    result.data = _stream(parquet.rows(analysis for _, analysis in result.analyses(chunk, organisation, filter_)))
    return result


def header_rows(
    chunk: Chunk, *, organisation: "Organisation | None" = None, filter_: "MessageFilter | None" = None
) -> Rows:
    """One row per message of a chunk, with its header block. Messages are parsed only if there is a filter."""
    from hopscope.renderers.message import parquet
    from hopscope.scale.header_blocks import header_block

    result = Rows()
    messages: Iterator[Message]
    if filter_:
        messages = (message for message, _ in result.analyses(chunk, organisation, filter_))
    else:
        messages = _unparsed(chunk, result)
    result.data = _stream(parquet.header_rows((message.source, header_block(message)) for message in messages))
    return result


def _unparsed(chunk: Chunk, result: Rows) -> Iterator[Message]:
    """The messages of a chunk, whose read errors are recorded."""
    for item in chunk:
        if isinstance(item, SourceError):
            (result.skipped if isinstance(item, NotMailError) else result.errors).append(item)
        else:
            yield item


def _stream(batch: "pa.RecordBatch") -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data
