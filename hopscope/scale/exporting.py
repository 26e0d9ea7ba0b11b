"""Messages -> their hops as rows of Apache Arrow."""

from typing import TYPE_CHECKING

import msgspec

from hopscope.errors import SourceError
from hopscope.scale.reading import analyzed, routes
from hopscope.scale.work import Chunk

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation

__all__ = ["Rows", "rows"]


class Rows(msgspec.Struct):
    """The rows of a chunk as an Arrow stream, and its read errors."""

    data: bytes
    errors: list[SourceError]


def rows(chunk: Chunk, *, organisation: "Organisation | None" = None) -> Rows:
    """One row per hop of a chunk of messages."""
    import pyarrow as pa

    from hopscope.renderers.message import parquet

    read = list(routes(chunk))
    batch = parquet.rows(analyzed(route, organisation) for route in read if not isinstance(route, SourceError))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return Rows(sink.getvalue().to_pybytes(), [error for error in read if isinstance(error, SourceError)])
