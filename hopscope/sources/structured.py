"""JSON, JSON Lines and CSV with messages, such as an export of Microsoft Graph: ``export.json:3``.

Text that is not well-formed, or has no messages, is read as a paste: see ``eml``.
"""

from collections.abc import Iterator
from io import BytesIO

from msgspec.structs import replace

from hopscope.errors import SourceError
from hopscope.parser.encoding import to_bytes, to_text, utf_16
from hopscope.parser.fields import unread_fields
from hopscope.paste import records
from hopscope.sources import eml
from hopscope.sources.entry import MAX_IN_MEMORY, Entry, Readable, Stream
from hopscope.sources.message import Message

__all__ = ["read"]


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The messages of a file, numbered from 1 if there are several."""
    data = entry.stream.read(MAX_IN_MEMORY + 1)
    if len(data) > MAX_IN_MEMORY:
        yield from _large(entry, data)
        return
    codec = utf_16(data)
    all_records = records.in_text(data.decode(codec, "replace") if codec else to_text(data))
    if not all_records:
        yield from eml.read(replace(entry, stream=Stream(BytesIO(data)), file=None))
        return
    for number, record in enumerate(all_records, 1):
        yield _message(f"{entry.source}:{number}" if len(all_records) > 1 else entry.source, record)


def _large(entry: Entry, start: bytes) -> Iterator[Message | SourceError]:
    """The messages of a large text that begins with ``start``, line by line or row by row."""
    number = 0
    try:
        for number, record in enumerate(records.by_line(_lines(start, entry.stream)), 1):
            yield _message(f"{entry.source}:{number}", record)
    except ValueError as error:
        reason = f"more than {MAX_IN_MEMORY >> 20} MiB, and not JSON Lines or CSV ({error})"
        yield SourceError(
            f"{entry.source}:{number + 1}" if number else entry.source, reason, "split it into smaller files"
        )


def _lines(start: bytes, stream: Readable) -> Iterator[str]:
    """The lines of a text, with their line ends; a line longer than ``MAX_IN_MEMORY`` is cut."""
    incomplete = b""
    piece = start
    while piece:
        *lines, incomplete = (incomplete + piece).split(b"\n")
        for line in lines:
            yield to_text(line + b"\n")
        if len(incomplete) > MAX_IN_MEMORY:
            break
        piece = stream.read(_PIECE)
    if incomplete:
        yield to_text(incomplete)


_PIECE = 1 << 20


def _message(source: str, record: records.Record) -> Message | SourceError:
    if not record.text:
        return SourceError(source, "no header fields in this message", "export it with its Internet headers")
    problem = unread_fields(record.unread, "in another value of this message")
    return Message(source=source, data=to_bytes(record.text), problem=problem)
