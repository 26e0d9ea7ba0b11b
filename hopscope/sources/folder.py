"""Folders and Maildirs: the mail files in a folder and its subfolders, sorted by name."""
# ruff: noqa: PTH100, PTH110, PTH112, PTH116, PTH118, PTH123
# os.path instead of pathlib, whose import takes 3 ms at start-up

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.sources import file
from hopscope.sources.content import SUFFIXES, is_mail_file, is_other_data
from hopscope.sources.message import Message, unreadable
from hopscope.sources.meter import Meter

__all__ = ["read"]


def read(
    path: str,
    stdin: BinaryIO | None = None,  # noqa: ARG001 - the common interface of sources
    *,
    attached: bool = False,
    meter: Meter | None = None,
) -> Iterator[Message | SourceError]:
    """The messages in the folder ``path``.

    Links are followed, but no folder is read twice. FIFOs and devices are skipped. A file or folder that
    cannot be read is reported, and the remaining ones are read. A folder that contains ``cur`` and
    ``new`` is a Maildir: all files in these are read, and ``tmp`` is skipped
    (https://cr.yp.to/proto/maildir.html).
    """
    empty = True
    for path_in_folder in _walk(path, meter or Meter(), attached=attached):
        empty = False
        yield path_in_folder
    if empty:
        names = " ".join(SUFFIXES)
        yield SourceError(path, f"no mail file in this folder ({names})", "name the files explicitly")


def _walk(folder: str, meter: Meter, *, attached: bool) -> Iterator[Message | SourceError]:
    visited: set[tuple[int, int]] = set()
    open_: list[tuple[str, Iterator[str], set[str]]] = [("", iter((folder,)), {folder})]
    meter.enter(1)
    while open_:
        directory, names, folders = open_[-1]
        name = next(names, None)
        if name is None:
            open_.pop()
            meter.leave()
            continue
        meter.step()
        path = os.path.join(directory, name)
        if name not in folders:
            if is_other_data(name, partial(_start, path)):
                continue
            yield from file.read(path, attached=attached, meter=meter)
            continue
        try:
            inner, folders_in_it = _entries(path, visited)
        except OSError as error:
            yield unreadable(path, error)
            continue
        open_.append((path, iter(inner), folders_in_it))
        meter.enter(len(inner))


def _entries(folder: str, visited: set[tuple[int, int]]) -> tuple[list[str], set[str]]:
    """The sorted names of the mail files and subfolders of a folder, and the set of the subfolders among them.

    Both are empty for a folder visited before. Only names are kept, since a folder may contain a million files.
    """
    status = os.stat(folder)
    identity = (status.st_dev, status.st_ino)
    if identity in visited:
        return [], set()
    visited.add(identity)
    accepts = _is_delivered if _is_maildir_part(folder) else is_mail_file
    names, folders = [], set()
    with os.scandir(folder) as entries:
        for entry in entries:
            kind = _kind(entry, accepts)
            if kind is not None:
                names.append(entry.name)
            if kind:
                folders.add(entry.name)
    names.sort()
    if folders >= _MAILDIR and "tmp" in folders:
        names.remove("tmp")
    return names, folders


def _start(path: str, size: int) -> bytes:
    """The first bytes of a file; a Received field if it cannot be read, so that this is reported."""
    try:
        with open(path, "rb") as file:
            return file.read(size)
    except OSError:
        return b"Received:"


_MAILDIR = {"cur", "new"}


def _is_maildir_part(folder: str) -> bool:
    parent, name = os.path.split(os.path.abspath(folder))
    return name in _MAILDIR and all(os.path.isdir(os.path.join(parent, part)) for part in _MAILDIR)


def _is_delivered(name: str) -> bool:
    return not name.startswith(".")


def _kind(entry: os.DirEntry[str], accepts: Callable[[str], bool]) -> bool | None:
    """True for a folder, false for a file to read, ``None`` for an entry to skip."""
    looks_like_mail = accepts(entry.name)
    try:
        if entry.is_dir():
            return True
        if looks_like_mail and (entry.is_file() or not os.path.exists(entry.path)):
            return False  # a broken link is read as well, so that it is reported
    except OSError:
        return False if looks_like_mail else None
    return None
