"""Where messages come from: bytes, with the name of their source. What they mean is for the parser.

Where they are is told by the path: one file per kind of source, each with the same door, ``read(path, stdin,
attached=..., meter=...)``, loaded when it is asked for. What is there is told by the first bytes: see ``content``.
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
    """A file of that name is ``./-``."""
    return path == "-"


def _is_file(_path: str) -> bool:
    """What is nothing else is taken as a file."""
    return True


SOURCES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("paste", _is_standard_input),
    ("folder", os.path.isdir),
    ("file", _is_file),
)
"""The kinds of source: the module that reads it, and whether a path is of this kind; the first one counts."""


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
        kind = next(kind for kind, accepts in SOURCES if accepts(path))
        read = import_module(f"hopscope.sources.{kind}").read
        yield from read(path, stdin, attached=attached, meter=meter)
        if _is_standard_input(path):
            stdin = None
