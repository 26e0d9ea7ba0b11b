"""The files of tracking logs, as seekable files in UTF-8 with lines that end with LF.

Others are unpacked or converted into a temporary folder.
"""

import codecs
import errno
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from hopscope.errors import SourceError, reason_of
from hopscope.parser.encoding import utf_16
from hopscope.sources import compressed
from hopscope.sources.entry import PIECE, Budget, Counted, Packed, Readable, Stream, checked

__all__ = ["expanded", "head", "name_of_copy", "readable"]

_LOGS = "msgtrk"
"""How the names of the logs in a folder start."""
_SUFFIXES = (".log", ".log.gz")
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")
"""How files of gzip, bzip2 and xz start."""


def expanded(paths: Sequence[str]) -> Iterator[str | SourceError]:
    """The paths, each once, with a folder replaced by the logs in it and its subfolders."""
    seen: set[str] = set()
    for path in paths:
        files = [path]
        if path != "-" and os.path.isdir(path):  # noqa: PTH112 - false for a path with a NUL
            files = sorted(str(file) for file in Path(path).rglob("*") if _is_log(file.name))
            if not files:
                yield SourceError(path, "no MSGTRK*.LOG in this folder", "name the files explicitly")
        for file in files:
            name = os.path.realpath(file) if file != "-" and "\0" not in file else file
            if name not in seen:
                seen.add(name)
                yield file


def head(path: str) -> bytes:
    """The first bytes of a file; of its contents, if gzip, bzip2 or xz compressed it.

    Raises:
        OSError: The file cannot be read.
        SourceError: It is damaged.
    """
    with Path(path).open("rb") as file:
        stream = Stream(file)
        if not stream.head.startswith(_PACKED):
            return stream.head
        return checked(path, lambda: Stream(compressed.opened(stream)).head)


def name_of_copy(path: str, number: int) -> str:
    """``MSGTRKMD0002.log``: the name of a log says which service wrote it, and how it is found in a folder."""
    name = Path(path).name.lower()
    for suffix in (".gz", ".bz2", ".xz"):
        name = name.removesuffix(suffix)
    kind = re.match("msgtrk[a-z]{0,2}(?=[0-9])", name)
    return f"{kind[0].upper() if kind else ''}{number:04}{Path(name).suffix}"


def readable(path: str, stdin: BinaryIO | None, folder: str) -> Iterator[tuple[str, str] | SourceError]:
    """Name and path of the seekable file in UTF-8 with the contents of ``path``; of each member, if it is a .zip file.

    Args:
        path: The file, or ``-`` for ``stdin``.
        stdin: Standard input, or ``None`` if it is not available.
        folder: Where temporary files are written.
    """
    try:
        if path == "-":
            if stdin is None:
                yield SourceError(path, "standard input is not available", "name a file")
            else:
                yield from _of_stdin(stdin, folder)
            return
        with Path(path).open("rb") as file:
            yield from _of_file(path, file, folder)
    except OSError as error:
        is_full = error.errno == errno.ENOSPC
        advice = "free space, or name another folder in TMPDIR" if is_full else "check the path"
        yield SourceError(path, reason_of(error), advice)
    except ValueError as error:  # a path with a NUL
        yield SourceError(path, f"cannot be read ({error})", "check the path")
    except SourceError as error:
        yield error


def _of_stdin(stdin: BinaryIO, folder: str) -> Iterator[tuple[str, str]]:
    budget = Budget("-")
    stream = Stream(Packed(stdin, budget))
    is_packed = stream.head.startswith(_PACKED)
    yield "-", _spooled(folder, Stream(Counted("-", compressed.opened(stream), budget)) if is_packed else stream)


def _of_file(path: str, file: BinaryIO, folder: str) -> Iterator[tuple[str, str]]:
    budget = Budget(path)
    stream = Stream(Packed(file, budget))
    if stream.head.startswith(_PACKED):
        yield path, _spooled(folder, Stream(Counted(path, compressed.opened(stream), budget)))
    elif stream.head.startswith(b"PK\x03\x04"):
        budget.packed(Path(path).stat().st_size)
        archive = checked(path, zipfile.ZipFile, file)
        for member in archive.infolist():
            if not member.is_dir():
                budget.member()
                name = f"{path}:{member.filename}"
                data = checked(name, archive.open, member)
                yield name, _spooled(folder, Stream(Counted(name, data, budget)))
    elif utf_16(stream.head) or _has_returns_only(stream.head) or not file.seekable():
        yield path, _spooled(folder, stream)
    else:
        yield path, path


def _spooled(folder: str, stream: Stream) -> str:
    """A new file in ``folder`` with the contents of a stream, in UTF-8."""
    codec = utf_16(stream.head)
    decoder = codecs.getincrementaldecoder(codec)("replace") if codec else None
    path = Path(folder) / f"{len(list(Path(folder).iterdir()))}.log"
    has_returns_only: bool | None = None
    with path.open("wb") as file:
        for data in _pieces(stream):
            text = decoder.decode(data).encode("utf-8", "replace") if decoder else data
            if has_returns_only is None:
                has_returns_only = _has_returns_only(text)
            file.write(text.replace(b"\r", b"\n") if has_returns_only else text)
    return str(path)


def _has_returns_only(head: bytes) -> bool:
    """Whether lines end with a carriage return only, as those of classic Mac OS."""
    return b"\r" in head and b"\n" not in head


def _pieces(stream: Readable) -> Iterator[bytes]:
    while data := stream.read(PIECE):
        yield data


def _is_log(name: str) -> bool:
    lowered = name.lower()
    return lowered.startswith(_LOGS) and lowered.endswith(_SUFFIXES)
