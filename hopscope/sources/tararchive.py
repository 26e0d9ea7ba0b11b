"""Tar archives: the mail files in archive order, read sequentially in one pass.

``tarfile`` is used only to parse headers, since its iteration keeps all members in memory and reads names of
any length. Links, devices and folders are skipped (POSIX.1, pax, "ustar Interchange Format").
"""

import tarfile
from collections.abc import Iterator
from functools import partial
from tarfile import TarInfo

from hopscope.errors import NotMailError, SourceError
from hopscope.sources import content
from hopscope.sources.entry import PIECE, Entry, checked, damaged
from hopscope.sources.message import Message

__all__ = ["MAX_EXTENDED", "read"]

MAX_EXTENDED = 1 << 16
"""Maximum bytes of an extended header (a long name, pax records)."""

_BLOCK = 512
_FILES = {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE}
_WITHOUT_DATA = {
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.DIRTYPE,
    tarfile.FIFOTYPE,
}
_PAX = {tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE}
_ABOUT_OTHERS = {tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK}


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The messages in the archive ``dump.tar``, named ``dump.tar:inbox/17.eml``."""
    empty = True
    for name, data in _files(entry):
        if content.is_mail_member(name):
            for item in content.member(entry, name, partial(_same, data), packed=False):
                empty = empty and isinstance(item, NotMailError)
                yield item
    if empty:
        yield content.no_mail_error(entry)


def _same(data: "_Data") -> "_Data":
    return data


def _files(entry: Entry) -> Iterator[tuple[str, "_Data"]]:
    """The names and contents of the files; contents that the caller does not read are skipped."""
    records: dict[str, str] = {}
    while (info := _header(entry)) is not None:
        size = checked(entry.source, int, records.get("size", info.size))
        data = _Data(entry, 0 if info.type in _WITHOUT_DATA else size)
        if info.type in _PAX:
            records = checked(entry.source, _pax_records, data.all())
        elif info.type == tarfile.GNUTYPE_LONGNAME:
            records = {"path": _text(data.all().split(b"\0")[0])}
        elif info.type not in _ABOUT_OTHERS:
            entry.budget.member()
            if info.type in _FILES:
                yield records.get("path", info.name), data
            records = {}
        data.skip()


def _header(entry: Entry) -> TarInfo | None:
    """The next header, or ``None`` at the end of the archive."""
    block = entry.stream.read(_BLOCK)
    if not block.strip(b"\0"):
        return None
    info = checked(entry.source, TarInfo.frombuf, block, "utf-8", "surrogateescape")
    more = info.type == tarfile.GNUTYPE_SPARSE and block[482]  # the map of a sparse file continues after its header
    while more:
        block = entry.stream.read(_BLOCK)
        more = len(block) == _BLOCK and block[504]
    return info


def _pax_records(data: bytes) -> dict[str, str]:
    r"""Records ``"%d %s=%s\n", <length>, <keyword>, <value>`` of a pax header."""
    records: dict[str, str] = {}
    start = 0
    while start < len(data):
        space = data.index(b" ", start)
        end = start + int(data[start:space])
        keyword, _, value = data[space + 1 : end - 1].partition(b"=")
        records[_text(keyword)] = _text(value)
        if end <= space:
            raise ValueError("record without length")
        start = end
    return records


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


class _Data:
    """The bytes of a member."""

    def __init__(self, archive: Entry, size: int) -> None:
        if size < 0:
            raise damaged(archive.source, "negative member size")
        self._archive = archive
        self._remaining = size
        self._padding = -size % _BLOCK

    def read(self, size: int, /) -> bytes:
        size = min(size, self._remaining)
        data = self._archive.stream.read(size)
        self._remaining -= len(data)
        if len(data) < size:
            raise damaged(self._archive.source, "truncated member")
        return data

    def all(self) -> bytes:
        if self._remaining > MAX_EXTENDED:
            raise damaged(self._archive.source, f"extended header longer than {MAX_EXTENDED} bytes")
        return self.read(self._remaining)

    def skip(self) -> None:
        while self._remaining:
            self.read(PIECE)
        self._archive.stream.read(self._padding)
