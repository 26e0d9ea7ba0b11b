"""Standard input: a paste, or the output of another program."""

from collections.abc import Iterator
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.sources import content
from hopscope.sources.message import Message, unreadable

__all__ = ["accepts", "read"]


def accepts(path: str) -> bool:
    """Whether ``path`` stands for standard input. A file of that name is ``./-``."""
    return path == "-"


def read(path: str, stdin: BinaryIO | None = None, *, attached: bool = False) -> Iterator[Message | SourceError]:
    """The messages on ``stdin``, which is ``None`` where it is closed or was read before."""
    if stdin is None:
        yield SourceError(path, "standard input is closed or was read before", "give - once, or a file")
        return
    try:
        yield from content.top(path, stdin, attached=attached)
    except (OSError, ValueError) as error:
        yield unreadable(path, error)
