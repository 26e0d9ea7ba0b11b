"""Compressed files (.gz, .bz2, .xz), unpacked while they are read."""

import bz2
import gzip
import lzma
from collections.abc import Iterator
from io import BufferedReader, RawIOBase
from typing import BinaryIO, cast

from msgspec.structs import replace

from hopscope.errors import SourceError
from hopscope.sources import content
from hopscope.sources.entry import PIECE, Counted, Entry, Readable, Stream
from hopscope.sources.message import Message

__all__ = ["MAX_XZ_MEMORY", "opened", "read"]

MAX_XZ_MEMORY = 1 << 27
"""Maximum bytes of memory for unpacking a .xz file; ``xz -9`` needs 65 MiB."""


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The messages in a compressed file; the names of sources are those of an uncompressed file."""
    if entry.meter:
        entry.meter.follow(entry.stream)  # the size of its contents is unknown
    stream = Stream(Counted(entry.source, opened(entry.stream), entry.budget))
    depth = entry.depth + 1
    return content.read(replace(entry, name=_stem(entry.name), stream=stream, file=None, depth=depth))


def _stem(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return stem if suffix.lower() in {"gz", "bz2", "xz"} else name


_PACKED = 1 << 12
"""Bytes read at a time, so that the position follows what was unpacked of them: up to a thousand times as much."""


class _InPieces:
    """A stream that is read at most ``_PACKED`` bytes at a time."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        return self._stream.read(min(size, _PACKED))


def opened(stream: Stream) -> Readable:
    """The contents of a compressed stream."""
    file = cast("BinaryIO", _InPieces(stream))  # only read() is called
    if stream.head.startswith(b"\x1f"):
        return gzip.GzipFile(fileobj=file)
    return bz2.BZ2File(file) if stream.head.startswith(b"B") else BufferedReader(_Pieces(_unpack_xz(file)), PIECE)


def _unpack_xz(stream: Readable) -> Iterator[bytes]:
    """The contents of an .xz file in pieces, with a memory limit, which ``lzma.LZMAFile`` does not support."""
    data = stream.read(PIECE)
    while data:
        decoder = lzma.LZMADecompressor(memlimit=MAX_XZ_MEMORY)
        while not decoder.eof:
            if decoder.needs_input:
                data = data or stream.read(PIECE)
                if not data:
                    raise EOFError("it ends too early")
            yield decoder.decompress(data, PIECE)
            data = b""
        data = _after_padding(decoder.unused_data, stream)


def _after_padding(data: bytes, stream: Readable) -> bytes:
    """The data after the stream padding, which consists of NULs (the .xz file format, section 2.2)."""
    while not (data := data.lstrip(b"\0")):
        data = stream.read(PIECE)
        if not data:
            break
    return data


class _Pieces(RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._piece = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # the buffer is always one of these
        self._piece = self._piece or next((piece for piece in self._pieces if piece), b"")
        size = min(len(buffer), len(self._piece))
        buffer[:size], self._piece = self._piece[:size], self._piece[size:]
        return size
