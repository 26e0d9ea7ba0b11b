"""Messages of Apple Mail (.emlx): a line with the size of the message, the message, and a property list."""

from collections.abc import Iterator
from io import BytesIO

from msgspec.structs import replace

from hopscope.errors import SourceError
from hopscope.sources import eml
from hopscope.sources.entry import MAX_IN_MEMORY, Entry, Stream
from hopscope.sources.message import Message

__all__ = ["read"]

_MAX_DIGITS = 12


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The message, without the property list below it."""
    size, _, _ = entry.stream.head.partition(b"\n")
    entry.stream.read(len(size) + 1)
    limit = min(int(size[:_MAX_DIGITS]), MAX_IN_MEMORY)
    yield from eml.read(replace(entry, stream=Stream(BytesIO(entry.stream.read(limit))), file=None))
