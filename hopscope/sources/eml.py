"""One message or its header fields, optionally with the messages attached to it."""

from collections.abc import Iterator

from hopscope.errors import SourceError
from hopscope.sources.entry import Entry, Readable
from hopscope.sources.message import Message, message

__all__ = ["read", "single"]


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The message in an entry."""
    return single(entry.source, entry.stream, attached=entry.attached)


def single(source: str, stream: Readable, *, attached: bool) -> Iterator[Message | SourceError]:
    """The message in a stream, or an error; then, with ``attached``, the messages attached to it."""
    result = message(source, stream)
    yield result
    if attached and isinstance(result, Message):
        from hopscope.sources import attachments

        yield from attachments.read(result, stream)
