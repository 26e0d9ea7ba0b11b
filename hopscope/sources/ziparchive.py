"""Zip archives: the mail files in the order of the central directory."""

import stat
from collections.abc import Iterator
from typing import IO, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from hopscope.errors import NotMailError, SourceError
from hopscope.sources import content
from hopscope.sources.entry import MAX_MEMBERS, PIECE, Entry, checked, seekable_file
from hopscope.sources.message import Message
from hopscope.sources.meter import Meter

__all__ = ["MAX_DIRECTORY", "read"]

MAX_DIRECTORY = 160 * MAX_MEMBERS
"""Maximum bytes of a central directory, which is loaded into memory."""

_ENTRY = b"PK\x01\x02"  # APPNOTE.TXT section 4.3.12
_ENCRYPTED = 1  # bit 0 of the general purpose bit flag (APPNOTE.TXT section 4.4.4)


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The messages in the archive ``dump.zip``, named ``dump.zip:inbox/17.eml``."""
    file = cast("BinaryIO", _Bounded(entry.source, seekable_file(entry)))
    with checked(entry.source, ZipFile, file) as archive:
        _check_overlap(entry.source, archive)
        members = [info for info in archive.infolist() if _is_wanted(entry, info)]
        meter = entry.meter or Meter()
        empty = True
        with meter.level(sum(info.compress_size for info in members)):
            for info in members:
                meter.step(info.compress_size)
                for item in _member(entry, archive, info, meter):
                    empty = empty and isinstance(item, NotMailError)
                    yield item
    if empty:
        yield content.no_mail_error(entry)


_LOCAL_HEADER = 30  # bytes of a local file header without its name (APPNOTE.TXT section 4.3.7)


def _check_overlap(source: str, archive: ZipFile) -> None:
    """Raise an error if two members share bytes: no program writes such an archive, except to exhaust its reader."""
    spans = sorted((info.header_offset, info.compress_size) for info in archive.infolist())
    starts = [start for start, _ in spans[1:]] + [archive.start_dir]
    if any(start + _LOCAL_HEADER + size > following for (start, size), following in zip(spans, starts, strict=False)):
        reason = "members of this archive overlap, as in a zip bomb"
        raise SourceError(source, reason, "unpack it if you trust it, and use the files")


def _is_wanted(entry: Entry, info: ZipInfo) -> bool:
    """Whether a member is a mail file; links and folders are skipped."""
    entry.budget.member()
    return content.is_mail_member(info.filename) and not info.is_dir() and not stat.S_ISLNK(info.external_attr >> 16)


def _member(entry: Entry, archive: ZipFile, info: ZipInfo, meter: Meter) -> Iterator[Message | SourceError]:
    source = f"{entry.source}:{info.filename}"
    if info.flag_bits & _ENCRYPTED:
        yield SourceError(source, "encrypted", "unpack the archive and use the files")
    elif info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:  # zipfile does not limit memory for other methods
        reason = f"compression method {info.compress_type} is not supported"
        yield SourceError(source, reason, "unpack the archive and use the files")
    else:
        yield from content.member(entry, info.filename, lambda: _opened(archive, info, meter), packed=True, meter=meter)


def _opened(archive: ZipFile, info: ZipInfo, meter: Meter) -> IO[bytes]:
    file = archive.open(info)
    meter.follow(file, info.file_size)
    return file


class _Bounded:
    """A file that rejects reads of more than ``MAX_DIRECTORY`` bytes, since zipfile reads a directory in one call."""

    def __init__(self, source: str, file: BinaryIO) -> None:
        self._source = source
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = MAX_DIRECTORY, /) -> bytes:
        if not 0 <= size <= MAX_DIRECTORY:
            reason = f"directory larger than {MAX_DIRECTORY} bytes"
            raise SourceError(self._source, reason, "unpack it and use the folder")
        data = self._file.read(size)
        if size > PIECE and data.count(_ENTRY) > MAX_MEMBERS:
            raise SourceError(self._source, f"more than {MAX_MEMBERS} members", "unpack it and use the folder")
        return data
