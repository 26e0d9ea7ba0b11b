"""Reads messages as bytes, with the names of their sources, from files, folders, standard input and archives.

The path decides the kind of source. Each kind has one module with the same interface, ``read(path, stdin,
attached=..., meter=..., only=...)``, imported on demand. The kind of data is detected by its first bytes: see
``content``. The source of a message is also a path, which selects this message: see ``address``.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.sources.address import container, selected
from hopscope.sources.message import Message
from hopscope.sources.meter import Meter

__all__ = ["SOURCES", "Message", "Meter", "container", "messages"]


def _is_standard_input(path: str) -> bool:
    """Whether the path is ``-``; a file of that name is ``./-``."""
    return path == "-"


def _is_file(_path: str) -> bool:
    """Every other path is treated as a file."""
    return True


SOURCES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("paste", _is_standard_input),
    ("folder", os.path.isdir),
    ("file", _is_file),
)
"""The kinds of source: module, and predicate for paths of this kind. The first match is used."""


def messages(
    paths: Iterable[str], stdin: BinaryIO | None, *, attached: bool = False, meter: Meter | None = None
) -> Iterator[Message | SourceError]:
    """The messages at ``paths``, in order.

    Args:
        paths: Files, folders, ``-`` for standard input, and addresses of messages in these.
        stdin: Standard input, or ``None`` if it is not available. It is read only once,
            except that several addresses may select messages of a redirected file.
        attached: Whether to yield messages attached to a message after it. Bodies are read only in this case.
        meter: Records how much was read.

    Yields:
        A message, or a :class:`~hopscope.errors.SourceError` in its place. The error is yielded, not
        raised, so that the remaining messages are still read.
    """
    all_paths = list(paths)
    start = stdin.tell() if stdin is not None and not stdin.closed and stdin.seekable() else None
    meter = meter or Meter()
    meter.enter(len(all_paths))
    for path in all_paths:
        meter.step()
        file = container(path)
        kind = next(kind for kind, accepts in SOURCES if accepts(file))
        read = partial(import_module(f"hopscope.sources.{kind}").read, file, stdin, meter=meter)
        if file == path:
            yield from read(attached=attached)
        else:
            yield from selected(path, file, read, attached=attached)
        if _is_standard_input(file):
            if stdin is not None and start is not None and file != path:
                stdin.seek(start)
            else:
                stdin = None
