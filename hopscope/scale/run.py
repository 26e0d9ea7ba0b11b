"""Messages in chunks, each given to the same function; the results come in the order of the messages."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import BinaryIO, TypeVar

from hopscope.errors import SourceError
from hopscope.sources import Message, messages

__all__ = ["CHUNK", "Found", "Work", "run"]

CHUNK = 256
"""Messages of one chunk, whatever the number of processes: so the result is the same for any."""

R = TypeVar("R")
Found = list[Message | SourceError]
"""Messages, and in the place of one what is wrong with it."""
Work = Callable[[Found], R]
"""What is done with a chunk. It and its result are sent between processes, so both can be pickled."""


def run(work: Work[R], paths: Iterable[str], stdin: BinaryIO | None, *, attached: bool = False) -> Iterator[R]:
    """The results of ``work`` for the messages at ``paths``, chunk by chunk, in the order of the messages.

    Args:
        work: What is done with a chunk.
        paths: Files, folders, and ``-`` for standard input.
        stdin: Standard input, or ``None`` where there is none.
        attached: Whether the messages attached to messages follow them.
    """
    found = messages(paths, stdin, attached=attached)
    while chunk := list(islice(found, CHUNK)):
        yield work(chunk)
