"""One message or its header fields, optionally with the messages attached to it, or several pasted messages."""

from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from hopscope.errors import SourceError
from hopscope.parser.fields import split, unread_fields
from hopscope.paste.blocks import received_count
from hopscope.paste.messages import messages
from hopscope.paste.repair import is_well_formed
from hopscope.paste.report_signs import is_signed
from hopscope.sources.entry import PIECE, Entry, Readable
from hopscope.sources.message import Message, message

__all__ = ["MAX_PASTE", "read", "single"]


MAX_PASTE = 1 << 24
"""Maximum bytes of a text with several messages."""


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The message in an entry, or the messages pasted there one below the other: ``paste.txt:2``."""
    result = message(entry.source, entry.stream)
    if isinstance(result, Message) and len(list(islice(messages(result.data), 2))) > 1:
        yield from _several(entry, result.data)
        return
    yield from _with_attached(result, entry.stream, attached=entry.attached)


def single(source: str, stream: Readable, *, attached: bool) -> Iterator[Message | SourceError]:
    """The message in a stream, or an error; then, with ``attached``, the messages attached to it."""
    return _with_attached(message(source, stream), stream, attached=attached)


def _with_attached(
    result: Message | SourceError, stream: Readable, *, attached: bool
) -> Iterator[Message | SourceError]:
    if not (attached and isinstance(result, Message)):
        yield result
        return
    from hopscope.sources import attachments

    inner = attachments.read(result, stream)
    first = next(inner, None)
    header = result.data[: split(result.data).end]
    # The text below the header is not read twice, except in a report, whose status is in its body.
    is_only_header = first and is_well_formed(result.data) and not is_signed(header)
    yield replace(result, data=header) if is_only_header else result
    if first:
        yield first
        yield from inner


def _several(entry: Entry, start: bytes) -> Iterator[Message | SourceError]:
    """The messages of a text that begins with ``start``."""
    data = start + (entry.stream.read(MAX_PASTE + 1 - len(start)) if len(start) >= PIECE else b"")
    blocks = list(messages(data[:MAX_PASTE]))
    unread = received_count(data[:MAX_PASTE]) - sum(received_count(block) for block, _ in blocks)
    for number, (block, repairs) in enumerate(blocks, 1):
        problem = unread_fields(unread, "between the messages") if number == len(blocks) else None
        yield Message(source=f"{entry.source}:{number}", data=block, repairs=repairs, problem=problem)
    if len(data) > MAX_PASTE:
        reason = f"only the first {MAX_PASTE >> 20} MiB of this text were read"
        yield SourceError(entry.source, reason, "save the messages as files")
