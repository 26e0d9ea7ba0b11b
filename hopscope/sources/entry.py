"""Entries (files, standard input, members of archives), and limits for unpacking them.

Nothing is unpacked to disk. Reading ends with a :class:`~hopscope.errors.SourceError` at data that exceeds
a limit below; the messages before it have already been yielded.
"""

from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO, Protocol, TypeVar

import msgspec

from hopscope.errors import SourceError
from hopscope.sources.meter import Meter

__all__ = [
    "MAX_DEPTH",
    "MAX_IN_MEMORY",
    "MAX_MEMBERS",
    "MAX_RATIO",
    "MAX_UNPACKED",
    "PIECE",
    "Budget",
    "Counted",
    "Entry",
    "Packed",
    "Readable",
    "Stream",
    "checked",
    "damaged",
    "seekable_file",
]

PIECE = 1 << 16
"""Bytes read at a time, and at least read of each source: the parts of a damaged header may be far apart."""
MAX_DEPTH = 4
"""Maximum nesting depth of archives and compressed files. A ``.tar.gz`` counts as two."""
MAX_MEMBERS = 200_000
"""Maximum members of all archives in one path argument, including skipped members."""
MAX_UNPACKED = 1 << 29
"""Maximum bytes unpacked for one path argument, in addition to ``MAX_RATIO`` times the bytes of the file."""
MAX_RATIO = 100
"""Maximum bytes unpacked for each byte read of a file. Mail is compressed to a fifth or a tenth, zeros to a thousandth:
a dump of any size is read, and the work for a small file is small."""
MAX_IN_MEMORY = 1 << 26
"""Maximum bytes kept in memory of data that needs random access (``.zip``, ``.msg``) but is not a separate file."""

_T = TypeVar("_T")


class Readable(Protocol):
    """Bytes that are read sequentially."""

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes; fewer only at the end."""


class Stream:
    """A stream whose first bytes can be examined before it is read.

    After a short read, the underlying stream is not read again: at a terminal, that would require a
    second Ctrl-D.
    """

    def __init__(self, underlying: Readable) -> None:
        self._underlying = underlying
        self.head = self._unread = underlying.read(PIECE)
        """The first ``PIECE`` bytes, or all bytes of a shorter stream."""
        self._ended = len(self.head) < PIECE
        self._position = 0

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes; fewer only at the end."""
        piece, self._unread = self._unread[:size], self._unread[size:]
        missing = size - len(piece)
        if missing and not self._ended:
            more = self._underlying.read(missing)
            self._ended = len(more) < missing
            piece = piece + more if piece else more
        self._position += len(piece)
        return piece

    def tell(self) -> int:
        """Number of bytes read."""
        return self._position


class Budget:
    """Limits the members and bytes unpacked for one path argument."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._members = MAX_MEMBERS
        self._bytes = MAX_UNPACKED

    def packed(self, size: int) -> None:
        """Count bytes read of the file itself, which may be compressed."""
        self._bytes += MAX_RATIO * size

    def member(self) -> None:
        """Count a member of an archive.

        Raises:
            SourceError: The limit is exceeded; the error names the path argument.
        """
        self._members -= 1
        if self._members < 0:
            raise SourceError(self._path, f"more than {MAX_MEMBERS} members", "unpack it and use the folder")

    def unpacked(self, size: int) -> None:
        """Count unpacked bytes.

        Raises:
            SourceError: The limit is exceeded; the error names the path argument.
        """
        self._bytes -= size
        if self._bytes < 0:
            reason = f"more than {MAX_RATIO} times as large when unpacked"
            raise SourceError(self._path, reason, "unpack it if you trust it, and use the files")


class Packed:
    """A file whose bytes are counted while they are read."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self._file = file
        self._budget = budget

    def __getattr__(self, name: str) -> object:
        """Everything else is that of the file, which may have no more than ``read``."""
        return getattr(self._file, name)

    def read(self, size: int = -1, /) -> bytes:
        """The next ``size`` bytes; fewer only at the end."""
        data = self._file.read(size)
        self._budget.packed(len(data))
        return data


class Counted:
    """Counts the bytes read of a member of an archive, or of a compressed file.

    Args:
        source: The name of the source, for errors.
        data: The bytes.
        budget: Counts the bytes as unpacked; ``None`` if they are not packed.
    """

    def __init__(self, source: str, data: Readable, budget: Budget | None) -> None:
        self._source = source
        self._data = data
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes; fewer only at the end.

        Raises:
            SourceError: A limit is exceeded, or the data is damaged.
        """
        data = checked(self._source, self._data.read, size)
        if self._budget is not None:
            self._budget.unpacked(len(data))
        return data


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A file, standard input, or a member of an archive."""

    source: str
    """The name of the source, such as ``dump.zip:inbox/17.eml``."""
    name: str
    """The file name, used if the first bytes do not identify the kind of data."""
    stream: Stream
    budget: Budget
    file: BinaryIO | None = None
    """The same bytes as a seekable file, if it is one."""
    depth: int = 0
    """Number of archives and compressed files that contain it."""
    meter: Meter | None = None
    """Measures the position in the entry; ``None`` if that is done for an entry that contains it."""
    attached: bool = False
    """Whether to read the messages attached to messages as well."""
    only: str | None = None
    """The address of the messages to read; ``None`` for all."""


def seekable_file(entry: Entry) -> BinaryIO:
    """The bytes of an entry as a seekable file.

    Raises:
        SourceError: The entry is not a seekable file, and has more than ``MAX_IN_MEMORY`` bytes.
    """
    if entry.file is not None:
        return entry.file
    data = entry.stream.read(MAX_IN_MEMORY + 1)
    if len(data) > MAX_IN_MEMORY:
        reason = f"more than {MAX_IN_MEMORY >> 20} MiB, too large for memory"
        raise SourceError(entry.source, reason, "save it as a separate file")
    return BytesIO(data)


def checked(source: str, function: Callable[..., _T], *arguments: object) -> _T:
    """Call a function of a decoding library.

    Raises:
        SourceError: The function raised any exception, since libraries have no common one for damaged data.
    """
    try:
        return function(*arguments)
    except SourceError:
        raise
    except RecursionError as error:
        raise damaged(source, "nested too deeply") from error
    except Exception as error:  # EOFError, zlib.error, struct.error ... have no common base
        raise damaged(source, str(error) or type(error).__name__) from error


def damaged(source: str, reason: str) -> SourceError:
    """The error for data that violates its format."""
    return SourceError(source, f"damaged ({reason})", "use an intact copy")
