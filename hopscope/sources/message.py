"""The message that every source yields, and the function that reads it.

Only the header block of a message is read, piece by piece until it ends, not the body.
"""

import errno
import os

import msgspec

from hopscope.errors import SourceError
from hopscope.model import Defect, Repair
from hopscope.parser.encoding import utf_16
from hopscope.parser.fields import MAX_BLOCK, header_end, unread_rest
from hopscope.paste.repair import is_well_formed
from hopscope.paste.report_signs import is_signed
from hopscope.sources.entry import PIECE, Readable

__all__ = ["BODY_SAMPLE", "EMPTY", "NOT_TEXT", "Message", "has_certain_end", "message", "unreadable"]

EMPTY, NOT_TEXT = "empty", "not text"
"""Reasons of errors for data that has no message."""
_OVERLAP = 64  # maximum bytes of an empty line that is split between two pieces: line breaks may have several CR


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The unmodified header text of one message, possibly followed by some or all of the body."""

    source: str
    """The path of the caller, or of a file in a folder; ``-`` for standard input.

    The position in a file is appended: ``dump.mbox:17``, ``dump.zip:inbox/17.eml``, ``mail.eml:attached:1``.
    """
    data: bytes
    """At most ``MAX_BLOCK`` bytes."""
    problem: Defect | None = None
    """``limit-block`` if reading stopped at ``MAX_BLOCK`` bytes before the end of the header block; ``mbox-from-line``
    for lines of its text that look like separators of an mbox file."""
    repairs: tuple[Repair, ...] = ()
    """The repairs of a paste with several messages, made before the messages were separated."""


def message(source: str, stream: Readable) -> Message | SourceError:
    """The message at the start of a stream, or an error if the data is empty or binary.

    Binary data contains NULs or many other control characters, and neither a well-formed header nor the
    word ``Received``. Whether text contains header fields is determined by the parser.

    Args:
        source: The name of the source.
        stream: The stream. It is read slightly beyond the end of the header block, or up to
            ``MAX_BLOCK + 1`` bytes.

    Raises:
        OSError: The stream cannot be read.
        ValueError: The stream is closed.
    """
    data, ended = _read(stream)
    if not data.strip():
        return SourceError(source, EMPTY, "use a message or its headers")
    if _is_binary(data):
        return SourceError(source, NOT_TEXT, "save the message as .eml, or use its headers")
    if ended:
        return Message(source=source, data=data)
    return Message(source=source, data=data, problem=unread_rest())


def _read(stream: Readable) -> tuple[bytes, bool]:
    """The start of a stream, and whether it contains the end of the header block.

    The first empty line of a damaged block may not be its end, so more is read in this case; and so it is for a report,
    whose body has the delivery status.
    """
    data = bytearray()
    end = None
    looked = False
    while len(data) < MAX_BLOCK:
        size = min(PIECE, MAX_BLOCK - len(data))
        piece = stream.read(size)
        searched = max(0, len(data) - _OVERLAP)
        data += piece
        if len(piece) < size:  # the end; at a terminal, another read would require a second Ctrl-D
            return bytes(data), True
        end = end or header_end(data, searched)
        if end and not looked and len(data) >= PIECE:
            looked = True
            if is_well_formed(bytes(data)) and not is_signed(bytes(data[: end[0]])):
                return bytes(data), True
    return bytes(data), _has_end(bytes(data)) or not stream.read(1)


def has_certain_end(data: bytes, start: int, end: int, limit: int) -> bool:
    """Whether a header block has Received fields, and there are none between its end and the offset ``limit``.

    Such a block certainly ends at ``end``. Any other block may be damaged and have an empty line between its fields.
    """
    return data.find(b"eceived:", start, end) >= 0 and data.find(b"eceived:", end, limit) < 0


BODY_SAMPLE = 1 << 12
"""Bytes after an empty line that are searched for further Received fields."""


def _has_end(data: bytes) -> bool:
    """Whether there is an empty line, including in UTF-16 text and in text with CR line ends."""
    text = data.replace(b"\0", b"")
    return header_end(text if b"\n" in text else text.replace(b"\r", b"\n")) is not None


_CONTROLS = bytes({*range(9), *range(14, 32)} - {27})  # ESC starts the colour codes of a terminal
_TEXT = 0.95  # minimum share of characters in text that are not control characters


def _is_binary(data: bytes) -> bool:
    if b"eceived" in data or utf_16(data) or is_well_formed(data):
        return False
    return b"\0" in data or len(data.translate(None, _CONTROLS)) < _TEXT * len(data)


def unreadable(source: str, error: OSError | ValueError) -> SourceError:
    """The error for a source that the operating system cannot open or read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError) or _is_impossible_name(error):
        return SourceError(source, "no such file", "check the path")
    if isinstance(error, PermissionError):
        return SourceError(source, "permission denied", "check the permissions")
    if isinstance(error, IsADirectoryError):
        return SourceError(source, "is a folder", "use the path of the folder")
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return SourceError(source, f"cannot be read ({reason})", "check the path and the file")


def _is_impossible_name(error: OSError | ValueError) -> bool:
    """Whether Windows refuses the name of a file, as it does ``*.eml``, with "Invalid argument"."""
    return os.name == "nt" and isinstance(error, OSError) and error.errno == errno.EINVAL
