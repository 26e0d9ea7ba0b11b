"""Standard input: a paste, or the output of another program."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO

from hopscope.errors import SourceError, internal_error
from hopscope.sources import content
from hopscope.sources.entry import PIECE
from hopscope.sources.message import Message, unreadable
from hopscope.sources.meter import Meter

__all__ = ["read"]


def read(
    path: str,
    stdin: BinaryIO | None = None,
    *,
    attached: bool = False,
    meter: Meter | None = None,
    only: str | None = None,
) -> Iterator[Message | SourceError]:
    """The messages on ``stdin``, which is ``None`` if it is closed or was already read."""
    if stdin is None or stdin.closed:
        yield SourceError(path, "standard input is closed or already read", "use - only once, or a file")
        return
    try:
        if stdin.isatty() and sys.platform != "win32":
            stdin = BytesIO(_typed(stdin.fileno()))
        yield from content.read_stream(path, stdin, attached=attached, meter=meter, only=only)
    except OSError as error:
        yield unreadable(path, error)
    except Exception as error:  # noqa: BLE001 - a defect of hopscope ends only this input
        yield internal_error(path, error)


def _typed(terminal: int) -> bytes:
    """The text typed or pasted at a terminal, up to the first Ctrl-D.

    In canonical mode, a terminal silently truncates lines at 4095 bytes (macOS: 1023), so non-canonical mode is used
    (POSIX.1-2017 section 11.1.6). The terminal then does not process the erase character; :func:`_corrected` does.
    """
    import termios

    attributes = termios.tcgetattr(terminal)
    controls = list(attributes[6])
    end, erase = controls[termios.VEOF], controls[termios.VERASE]
    controls[termios.VMIN], controls[termios.VTIME] = 1, 0
    termios.tcsetattr(
        terminal, termios.TCSADRAIN, [*attributes[:3], attributes[3] & ~termios.ICANON, *attributes[4:6], controls]
    )
    try:
        typed = _until(end, terminal)
        return _corrected(typed, erase) if erase != b"\0" else typed  # NUL: no erase character is defined
    finally:
        with suppress(OSError):
            os.write(terminal, b"\n")  # after the ^D that the terminal shows
        termios.tcsetattr(terminal, termios.TCSADRAIN, attributes)


def _until(end: bytes, terminal: int) -> bytes:
    """The bytes before ``end`` or NUL: Linux returns NUL for an ``end`` typed before the mode was changed."""
    pieces: list[bytes] = []
    matched = b""
    while not matched and (piece := os.read(terminal, PIECE)):
        piece, matched, _ = piece.replace(b"\0", end).partition(end)
        pieces.append(piece)
    return b"".join(pieces)


def _corrected(typed: bytes, erase: bytes) -> bytes:
    """The typed bytes, with erase characters applied within their line."""
    first, *corrections = typed.split(erase)
    line = bytearray(first)
    for piece in corrections:
        if line and line[-1] not in b"\n":
            del line[-1]
        line += piece
    return bytes(line)
