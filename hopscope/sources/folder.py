"""A folder or a Maildir: the mail files in it and in the folders below, in the order of their names."""
# ruff: noqa: PTH100, PTH110, PTH112, PTH116, PTH118
# os.path instead of pathlib, which costs 3 ms at start-up

import os
from collections.abc import Callable, Iterator
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.sources import file
from hopscope.sources.content import SUFFIXES, has_mail
from hopscope.sources.message import Message, unreadable
from hopscope.sources.meter import Meter

__all__ = ["read"]


def read(
    path: str,
    stdin: BinaryIO | None = None,  # noqa: ARG001 - one door for all
    *,
    attached: bool = False,
    meter: Meter | None = None,
) -> Iterator[Message | SourceError]:
    """The messages in the folder ``path``.

    Links are followed, but no folder is read twice. FIFOs and devices are passed over. A file or
    folder that cannot be read is told, and the others are read. Where ``cur`` and ``new`` stand side
    by side, they are those of a Maildir: all files in them are read, and ``tmp`` is passed over
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
    """Names of the files to read and of the folders in a folder, unless it was seen before; which are folders.

    A folder may hold a million files, so no more than their names is kept.
    """
    status = os.stat(folder)
    identity = (status.st_dev, status.st_ino)
    if identity in visited:
        return [], set()
    visited.add(identity)
    accepts = _is_delivered if _is_maildir_part(folder) else has_mail
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


_MAILDIR = {"cur", "new"}


def _is_maildir_part(folder: str) -> bool:
    parent, name = os.path.split(os.path.abspath(folder))
    return name in _MAILDIR and all(os.path.isdir(os.path.join(parent, part)) for part in _MAILDIR)


def _is_delivered(name: str) -> bool:
    return not name.startswith(".")


def _kind(entry: os.DirEntry[str], accepts: Callable[[str], bool]) -> bool | None:
    """True for a folder, false for a file to read, ``None`` for what is passed over."""
    looks_like_mail = accepts(entry.name)
    try:
        if entry.is_dir():
            return True
        if looks_like_mail and (entry.is_file() or not os.path.exists(entry.path)):
            return False  # a link to nothing is read as well, so that it is told
    except OSError:
        return False if looks_like_mail else None
    return None
