"""A folder: the mail files in it and in the folders below, in the order of their names."""
# ruff: noqa: PTH110, PTH112, PTH116
# os.path instead of pathlib, which costs 3 ms at start-up

import os
from collections.abc import Iterator
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.sources import eml
from hopscope.sources.message import Message, unreadable

__all__ = ["SUFFIXES", "accepts", "read"]

SUFFIXES = (".eml", ".hdr", ".headers", ".txt")
"""Ends of the names, in any case, of files in folders that are read. Others are passed over."""


def accepts(path: str) -> bool:
    """Whether ``path`` is a folder."""
    return os.path.isdir(path)


def read(path: str, stdin: BinaryIO | None = None) -> Iterator[Message | SourceError]:  # noqa: ARG001 - one door for all
    """The messages in the folder ``path``.

    Links are followed, but no folder is read twice. FIFOs and devices are passed over. A file or
    folder that cannot be read is told, and the others are read.
    """
    empty = True
    for found in _walk(path):
        empty = False
        yield found
    if empty:
        names = " ".join(SUFFIXES)
        yield SourceError(path, f"no mail file in this folder ({names})", "name the files themselves")


def _walk(folder: str) -> Iterator[Message | SourceError]:
    seen: set[tuple[int, int]] = set()
    waiting = [(folder, True)]
    while waiting:
        path, is_folder = waiting.pop()
        if not is_folder:
            yield from eml.read(path)
            continue
        try:
            waiting += reversed(_entries(path, seen))
        except OSError as error:
            yield unreadable(path, error)


def _entries(folder: str, seen: set[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Paths of the files to read and of the folders in a folder, unless it was seen before."""
    status = os.stat(folder)
    identity = (status.st_dev, status.st_ino)
    if identity in seen:
        return []
    seen.add(identity)
    with os.scandir(folder) as entries:
        wanted = sorted((entry.name, entry.path, kind) for entry in entries if (kind := _kind(entry)) is not None)
    return [(path, kind) for _, path, kind in wanted]


def _kind(entry: os.DirEntry[str]) -> bool | None:
    """True for a folder, false for a file to read, ``None`` for what is passed over."""
    looks_like_mail = entry.name.lower().endswith(SUFFIXES)
    try:
        if entry.is_dir():
            return True
        if looks_like_mail and (entry.is_file() or not os.path.exists(entry.path)):
            return False  # a link to nothing is read as well, so that it is told
    except OSError:
        return False if looks_like_mail else None
    return None
