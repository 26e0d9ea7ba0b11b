"""The rows of a delimited file, with their offsets and line numbers.

A row is a line, or in an export several, if a line break stands within quotation marks; Exchange writes each event on
one line. A quotation mark that is never closed costs one line: a row has at most ``MAX_LINES`` lines and ``MAX_BYTES``
bytes, and after one that exceeds this, reading resumes at its second line.
"""

from collections.abc import Iterator
from typing import BinaryIO

__all__ = ["MAX_BYTES", "MAX_LINES", "rows"]

MAX_LINES = 1000
"""Maximum lines of a row: a subject or a reply of a server with line breaks has a few."""
MAX_BYTES = 1 << 20
"""Maximum bytes of a row. A row with 10,000 recipients has about half of this."""


def rows(
    file: BinaryIO, offset: int = 0, line: int = 1, *, may_have_line_breaks: bool = True
) -> Iterator[tuple[int, int, bytes]]:
    """Offset, number of the first line, and bytes of each row from ``offset`` on; empty bytes for a damaged row.

    Args:
        file: A seekable file in UTF-8.
        offset: The start of a row.
        line: The number of this line.
        may_have_line_breaks: Whether a row may have several lines.
    """
    file.seek(offset)
    while data := file.readline(MAX_BYTES):
        start, first = offset, line
        offset, line = offset + len(data), line + 1
        if data.count(b'"') % 2:
            data, lines = _joined(file, data) if may_have_line_breaks else (b"", 0)
            if not data:
                file.seek(offset)
            else:
                offset, line = start + len(data), first + lines
        if not data.endswith(b"\n") and len(data) >= MAX_BYTES:
            data = b""
            offset += _skip_line(file)
        yield start, first, data


def _joined(file: BinaryIO, first: bytes) -> tuple[bytes, int]:
    """The row that starts with ``first``, and its number of lines; empty if its quotation mark is not closed."""
    parts, size = [first], len(first)
    while len(parts) < MAX_LINES and size < MAX_BYTES and (data := file.readline(MAX_BYTES - size)):
        parts.append(data)
        size += len(data)
        if data.count(b'"') % 2:
            return b"".join(parts), len(parts)
    return b"", 0


def _skip_line(file: BinaryIO) -> int:
    """Reads to the end of the line; the number of bytes."""
    size = 0
    while data := file.readline(MAX_BYTES):
        size += len(data)
        if data.endswith(b"\n"):
            break
    return size
