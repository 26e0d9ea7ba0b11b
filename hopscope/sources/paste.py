"""Standard input: a paste, or the output of another program."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.sources import content
from hopscope.sources.entry import PIECE
from hopscope.sources.message import Message, unreadable
from hopscope.sources.meter import Meter

__all__ = ["read"]


def read(
    path: str, stdin: BinaryIO | None = None, *, attached: bool = False, meter: Meter | None = None
) -> Iterator[Message | SourceError]:
    """The messages on ``stdin``, which is ``None`` where it is closed or was read before."""
    if stdin is None:
        yield SourceError(path, "standard input is closed or already read", "use - only once, or a file")
        return
    try:
        if stdin.isatty() and sys.platform != "win32":
            stdin = BytesIO(_typed(stdin.fileno()))
        if meter:
            meter.open(stdin)
        yield from content.top(path, stdin, attached=attached)
    except (OSError, ValueError) as error:
        yield unreadable(path, error)


def _typed(terminal: int) -> bytes:
    """What is typed or pasted at a terminal, up to the first Ctrl-D.

    A terminal that hands over whole lines drops what is beyond 4095 bytes of one (on macOS 1023) without a
    word, so it is told to hand over what it has (POSIX.1-2017 section 11.1.6). Then it does not correct, either.
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
        return _corrected(typed, erase) if erase != b"\0" else typed  # NUL: there is no such key
    finally:
        with suppress(OSError):
            os.write(terminal, b"\n")  # behind the ^D that it shows
        termios.tcsetattr(terminal, termios.TCSADRAIN, attributes)


def _until(end: bytes, terminal: int) -> bytes:
    """What is typed before ``end``, or before NUL: Linux makes one of an ``end`` that came before it was told."""
    pieces: list[bytes] = []
    matched = b""
    while not matched and (piece := os.read(terminal, PIECE)):
        piece, matched, _ = piece.replace(b"\0", end).partition(end)
        pieces.append(piece)
    return b"".join(pieces)


def _corrected(typed: bytes, erase: bytes) -> bytes:
    """What was typed, without what was erased in its line."""
    first, *corrections = typed.split(erase)
    line = bytearray(first)
    for piece in corrections:
        if line and line[-1] not in b"\n":
            del line[-1]
        line += piece
    return bytes(line)
