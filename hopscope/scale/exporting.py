"""Messages -> their hops as rows of Apache Arrow."""

from typing import TYPE_CHECKING

from hopscope.scale.reading import Result
from hopscope.scale.work import Chunk

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter

__all__ = ["Rows", "rows"]


class Rows(Result):
    """The rows of a chunk as an Arrow stream, and its read errors."""

    data: bytes = b""


def rows(chunk: Chunk, *, organisation: "Organisation | None" = None, filter_: "MessageFilter | None" = None) -> Rows:
    """One row per hop of a chunk of messages."""
    import pyarrow as pa

    from hopscope.renderers.message import parquet

    result = Rows()
    batch = parquet.rows(analysis for _, analysis in result.analyses(chunk, organisation, filter_))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    result.data = sink.getvalue().to_pybytes()
    return result
