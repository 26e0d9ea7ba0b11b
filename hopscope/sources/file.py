"""A file, whatever its name. FIFOs and devices are files, too."""

from collections.abc import Iterator
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.sources import content
from hopscope.sources.message import Message, unreadable

__all__ = ["accepts", "read"]


def accepts(path: str) -> bool:  # noqa: ARG001 - the doors of all sources are the same
    """Whether ``path`` is such a file. What no other source accepts is taken as one."""
    return True


def read(
    path: str,
    stdin: BinaryIO | None = None,  # noqa: ARG001 - as above
    *,
    attached: bool = False,
) -> Iterator[Message | SourceError]:
    """The messages in the file ``path``."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 3 ms at start-up
            yield from content.top(path, file, attached=attached)
    except (OSError, ValueError) as error:
        yield unreadable(path, error)
