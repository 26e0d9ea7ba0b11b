"""Messages -> their hops as rows of Apache Arrow."""

import msgspec

from hopscope.analysis.analyze import analyze
from hopscope.errors import SourceError
from hopscope.scale.reading import routes
from hopscope.scale.work import Chunk

__all__ = ["Rows", "rows"]


class Rows(msgspec.Struct):
    """The rows of a chunk as an Arrow stream, and its read errors."""

    data: bytes
    errors: list[SourceError]


def rows(chunk: Chunk) -> Rows:
    """One row per hop of a chunk of messages."""
    import pyarrow as pa

    from hopscope.renderers.message import parquet

    read = list(routes(chunk))
    batch = parquet.rows(analyze(route) for route in read if not isinstance(route, SourceError))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return Rows(sink.getvalue().to_pybytes(), [error for error in read if isinstance(error, SourceError)])
