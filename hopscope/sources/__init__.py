"""Where messages come from: bytes, with the name of their source. What they mean is for the parser.

Where they are is told by the path: one file per kind of place, each with the same doors, ``accepts(path)``
and ``read(path, stdin, attached=..., meter=...)``. What is there is told by the first bytes: see ``content``.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Protocol

from hopscope.errors import SourceError
from hopscope.sources import file, folder, paste
from hopscope.sources.message import Message
from hopscope.sources.meter import Meter

__all__ = ["SOURCES", "Message", "Meter", "messages"]


class _Read(Protocol):
    def __call__(
        self, path: str, stdin: BinaryIO | None = None, *, attached: bool = False, meter: Meter | None = None
    ) -> Iterator[Message | SourceError]: ...


SOURCES: tuple[tuple[Callable[[str], bool], _Read], ...] = (
    (paste.accepts, paste.read),
    (folder.accepts, folder.read),
    (file.accepts, file.read),
)
"""The kinds of place; the first one that accepts a path reads it."""


def messages(
    paths: Iterable[str], stdin: BinaryIO | None, *, attached: bool = False, meter: Meter | None = None
) -> Iterator[Message | SourceError]:
    """The messages at ``paths``, in their order.

    Args:
        paths: Files, folders, and ``-`` for standard input.
        stdin: Standard input, or ``None`` where there is none. It is read once.
        attached: Whether the messages attached to messages follow them. Only then are bodies read.
        meter: Is told how much was read.

    Yields:
        A message, or, in its place, a :class:`~hopscope.errors.SourceError` (yielded, not raised, so
        that the others are still read).
    """
    all_paths = list(paths)
    meter = meter or Meter()
    meter.enter(len(all_paths))
    for path in all_paths:
        meter.step()
        read = next(read for accepts, read in SOURCES if accepts(path))
        yield from read(path, stdin, attached=attached, meter=meter)
        if paste.accepts(path):
            stdin = None
