"""What every source hands over, and the one way to read it.

Of a message its header block is read, not its body: piece by piece, until its end is seen.
"""

import msgspec

from hopscope.errors import SourceError
from hopscope.model import Defect
from hopscope.parser.encoding import utf_16
from hopscope.parser.fields import MAX_BLOCK, header_end
from hopscope.paste.repair import is_well_formed
from hopscope.sources.entry import PIECE, Readable

__all__ = ["NEAR", "Message", "has_only_these", "message", "unreadable"]

_OVERLAP = 64  # bytes of an empty line that two pieces may share: a line break has several CR at times


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The header text of one message as it was read, with some or all of the body behind it."""

    source: str
    """The path as the caller gave it, or as it was found below a folder; ``-`` for standard input.

    What stands in a file is named behind it: ``dump.mbox:17``, ``dump.zip:inbox/17.eml``, ``mail.eml:attached:1``.
    """
    data: bytes
    """At most ``MAX_BLOCK`` bytes."""
    problem: Defect | None = None
    """``limit-block``, where reading stopped at ``MAX_BLOCK`` bytes and the header block had not ended."""


def message(source: str, stream: Readable) -> Message | SourceError:
    """The message that a stream starts with, or the reason why it is none.

    It is none where it is empty, or binary: no well-formed header, no word ``Received``, but NULs or
    many other control characters. Whether text holds header fields is seen when it is parsed.

    Args:
        source: What to call it.
        stream: It is read to the end of the header block or a little further, at most ``MAX_BLOCK``
            bytes and one; the rest is left.

    Raises:
        OSError: The stream cannot be read.
        ValueError: The stream is closed.
    """
    data, ended = _read(stream)
    if not data.strip():
        return SourceError(source, "empty", "use a message or its headers")
    if _is_binary(data):
        return SourceError(source, "not text", "save the message as .eml, or use its headers")
    if ended:
        return Message(source=source, data=data)
    problem = f"header block longer than {MAX_BLOCK} bytes; the rest was not read"
    return Message(source=source, data=data, problem=Defect(code="limit-block", message=problem))


def _read(stream: Readable) -> tuple[bytes, bool]:
    """The start of a stream, and whether the header block ends in it.

    Where the block is damaged, its first empty line may not be its end: then reading goes on.
    """
    data = bytearray()
    end = None
    looked = False
    while len(data) < MAX_BLOCK:
        size = min(PIECE, MAX_BLOCK - len(data))
        piece = stream.read(size)
        searched = max(0, len(data) - _OVERLAP)
        data += piece
        if len(piece) < size:  # the end; to read again would ask for a second Ctrl-D at a terminal
            return bytes(data), True
        end = end or header_end(data, searched)
        if end and not looked and len(data) >= PIECE:
            looked = True
            if is_well_formed(bytes(data)):
                return bytes(data), True
    return bytes(data), _has_end(bytes(data)) or not stream.read(1)


def has_only_these(data: bytes, start: int, end: int, near: int) -> bool:
    """Whether there are Received fields in a header block, and none between its end and the offset ``near``.

    Then the block surely ends there. Else it may be damaged, and have an empty line between its fields.
    """
    return data.find(b"eceived:", start, end) >= 0 and data.find(b"eceived:", end, near) < 0


NEAR = 1 << 12
"""Bytes of a body that are looked at to see whether header fields stand behind an empty line."""


def _has_end(data: bytes) -> bool:
    """Whether there is an empty line, also in UTF-16 and where lines end in CR alone."""
    text = data.replace(b"\0", b"")
    return header_end(text if b"\n" in text else text.replace(b"\r", b"\n")) is not None


_CONTROLS = bytes({*range(9), *range(14, 32)} - {27})  # ESC starts the colours of a terminal
_TEXT = 0.95  # share of text that is no control characters


def _is_binary(data: bytes) -> bool:
    if b"eceived" in data or utf_16(data) or is_well_formed(data):
        return False
    return b"\0" in data or len(data.translate(None, _CONTROLS)) < _TEXT * len(data)


def unreadable(source: str, error: OSError | ValueError) -> SourceError:
    """The error for a source that the operating system cannot open or read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SourceError(source, "no such file", "check the path")
    if isinstance(error, PermissionError):
        return SourceError(source, "permission denied", "check the permissions")
    if isinstance(error, IsADirectoryError):
        return SourceError(source, "is a folder", "use the path of the folder")
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return SourceError(source, f"cannot be read ({reason})", "check the path and the file")
