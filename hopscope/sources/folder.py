"""Folders and Maildirs: the mail files in a folder and its subfolders, sorted by name."""
# ruff: noqa: PTH100, PTH110, PTH112, PTH113, PTH116, PTH118, PTH119, PTH123
# os.path instead of pathlib, whose import takes 3 ms at start-up

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from hopscope.errors import NotMailError, SourceError
from hopscope.sources import file
from hopscope.sources.content import SUFFIXES, checked_by_content, is_mail_file, is_other_data, other_data_error
from hopscope.sources.message import Message, unreadable
from hopscope.sources.meter import Meter

__all__ = ["read"]


def read(
    path: str,
    stdin: BinaryIO | None = None,  # noqa: ARG001 - the common interface of sources
    *,
    attached: bool = False,
    meter: Meter | None = None,
    only: str | None = None,  # noqa: ARG001 - the common interface of sources
) -> Iterator[Message | SourceError]:
    """The messages in the folder ``path``.

    Links are followed, but no folder is read twice. FIFOs and devices are skipped. A file or folder that
    cannot be read is reported, and the remaining ones are read. A folder that contains ``cur`` and
    ``new`` is a Maildir: all files in these are read, and ``tmp`` is skipped
    (https://cr.yp.to/proto/maildir.html). Hidden subfolders are skipped, except Maildirs, and so are ``node_modules``
    and virtual environments of Python. A file that is not mail gives a :class:`~hopscope.errors.NotMailError`, and if
    there is no other, an error for the folder.
    """
    empty = True
    for item in _walk(path, meter or Meter(), attached=attached):
        empty = empty and isinstance(item, NotMailError)
        yield item
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
                yield other_data_error(path)
                continue
            yield from checked_by_content(file.read(path, attached=attached, meter=meter), path, name)
            continue
        try:
            inner, folders_in_it = _entries(path, visited, is_named=not directory)
        except OSError as error:
            yield unreadable(path, error)
            continue
        open_.append((path, iter(inner), folders_in_it))
        meter.enter(len(inner))


def _entries(folder: str, visited: set[tuple[int, int]], *, is_named: bool) -> tuple[list[str], set[str]]:
    """The sorted names of the mail files and subfolders of a folder, and the set of the subfolders among them.

    Both are empty for a folder visited before, and, unless it is named by the caller, for one that tools keep their
    files in. Only names are kept, since a folder may contain a million files.
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
    if not is_named and _is_of_tools(folder, folders):
        return [], set()
    names.sort()
    if folders >= _MAILDIR and "tmp" in folders:
        names.remove("tmp")
    return names, folders


def _is_of_tools(path: str, folders: set[str]) -> bool:
    """Whether a folder is hidden and not a Maildir, such as ``.git``, or has the packages of npm or Python."""
    name = os.path.basename(path)
    hidden = name.startswith(".") and not folders >= _MAILDIR
    return hidden or name == "node_modules" or os.path.isfile(os.path.join(path, "pyvenv.cfg"))


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
