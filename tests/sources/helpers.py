"""Shared by the tests of sources: a message, misbehaving streams, archives, and a short form of results."""

import os
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import BinaryIO

from hopscope.errors import SourceError
from hopscope.sources import Message, messages

__all__ = ["DATE", "FROM", "MAIL", "Broken", "Trickle", "gnu_tar", "mbox", "outcomes", "read", "tar", "zipped"]

MAIL = b"Received: from a by b; Tue, 31 Jul 2012 21:52:42 +1000\r\nSubject: x\r\n\r\nHello\r\n"
DATE = b"Tue Jul 31 21:52:42 2012"
FROM = b"From a@example.com " + DATE + b"\n"


def read(
    *paths: str | Path, stdin: BinaryIO | bytes | None = None, attached: bool = False
) -> list[Message | SourceError]:
    stream = BytesIO(stdin) if isinstance(stdin, bytes) else stdin
    return list(messages([os.fspath(path) for path in paths], stream, attached=attached))


def outcomes(results: Iterable[Message | SourceError]) -> list[str | tuple[str, bytes]]:
    """The text of each error, and source and data of each message."""
    return [str(one) if isinstance(one, SourceError) else (one.source, one.data) for one in results]


class Trickle(RawIOBase):
    """An unbuffered stream, such as a pipe, that returns a few bytes at a time."""

    def __init__(self, data: bytes, at_most: int) -> None:
        super().__init__()
        self.data = data
        self.at_most = at_most
        self.place = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self.data[self.place : self.place + min(len(buffer), self.at_most)]
        buffer[: len(piece)] = piece
        self.place += len(piece)
        return len(piece)


class Broken(RawIOBase):
    """A stream that returns some bytes and then raises."""

    def __init__(self, error: Exception, data: bytes = b"") -> None:
        super().__init__()
        self.error = error
        self.data = data

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self.data:
            raise self.error
        piece, self.data = self.data[: len(buffer)], self.data[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def mbox(*mails: bytes) -> bytes:
    """An mbox file of messages with LF line ends."""
    return b"".join(FROM + mail.replace(b"\r\n", b"\n") + b"\n" for mail in mails)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def tar(files: Mapping[str, bytes | tarfile.TarInfo], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of files, given as bytes, and of other members."""
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in files.items():
            if isinstance(data, tarfile.TarInfo):
                archive.addfile(data)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, BytesIO(data))
    return file.getvalue()


def gnu_tar(files: dict[str, bytes | tarfile.TarInfo]) -> bytes:
    return tar(files, tarfile.GNU_FORMAT)
