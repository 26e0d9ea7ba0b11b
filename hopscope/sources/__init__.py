"""Where messages come from: bytes, with the name of their source. What they mean is for the parser.

One file per kind of source, each with the same doors: ``accepts(path)`` and ``read(path, stdin)``.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.sources import eml, folder, paste
from hopscope.sources.message import Message

__all__ = ["SOURCES", "Message", "messages"]

SOURCES: tuple[tuple[Callable[[str], bool], Callable[[str, BinaryIO | None], Iterator[Message | SourceError]]], ...] = (
    (paste.accepts, paste.read),
    (folder.accepts, folder.read),
    (eml.accepts, eml.read),
)
"""The kinds of source; the first one that accepts a path reads it."""


def messages(paths: Iterable[str], stdin: BinaryIO | None) -> Iterator[Message | SourceError]:
    """The messages at ``paths``, in their order.

    Args:
        paths: Files, folders, and ``-`` for standard input.
        stdin: Standard input, or ``None`` where there is none. It is read once.

    Yields:
        A message, or, in its place, a :class:`~hopscope.errors.SourceError` (yielded, not raised, so
        that the others are still read).
    """
    for path in paths:
        read = next(read for accepts, read in SOURCES if accepts(path))
        yield from read(path, stdin)
        if paste.accepts(path):
            stdin = None
