"""Reads messages as bytes, with the names of their sources, from files, folders, standard input and archives.

The path decides the kind of source. Each kind has one module with the same interface, ``read(path, stdin,
attached=..., meter=...)``, imported on demand. The kind of data is detected by its first bytes: see ``content``.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.sources.message import Message
from hopscope.sources.meter import Meter

__all__ = ["SOURCES", "Message", "Meter", "messages"]


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
        paths: Files, folders, and ``-`` for standard input.
        stdin: Standard input, or ``None`` if it is not available. It is read only once.
        attached: Whether to yield messages attached to a message after it. Bodies are read only in this case.
        meter: Records how much was read.

    Yields:
        A message, or a :class:`~hopscope.errors.SourceError` in its place. The error is yielded, not
        raised, so that the remaining messages are still read.
    """
    all_paths = list(paths)
    meter = meter or Meter()
    meter.enter(len(all_paths))
    for path in all_paths:
        meter.step()
        kind = next(kind for kind, accepts in SOURCES if accepts(path))
        read = import_module(f"hopscope.sources.{kind}").read
        yield from read(path, stdin, attached=attached, meter=meter)
        if _is_standard_input(path):
            stdin = None
