"""Something to read: a file, standard input, or a member of an archive; and how much of it is unpacked at most.

Nothing is unpacked to disk. Data that unpacks to more than the limits below is given up with a
:class:`~hopscope.errors.SourceError`; what was found before it is handed over.
"""

from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO, Protocol, TypeVar

import msgspec

from hopscope.errors import SourceError

__all__ = [
    "MAX_DEPTH",
    "MAX_HELD",
    "MAX_MEMBER",
    "MAX_MEMBERS",
    "MAX_UNPACKED",
    "PIECE",
    "Budget",
    "Counted",
    "Entry",
    "Readable",
    "Stream",
    "checked",
    "damaged",
    "whole",
]

PIECE = 1 << 16
"""Bytes read at a time. So many are always read, as the parts of a damaged header may be far apart."""
MAX_DEPTH = 4
"""Archives and compressed files within each other. A ``.tar.gz`` is two."""
MAX_MEMBERS = 200_000
"""Members of the archives below one path given, the ones passed over included."""
MAX_MEMBER = 1 << 32
"""Bytes read of one member of an archive."""
MAX_UNPACKED = 1 << 34
"""Bytes unpacked below one path given."""
MAX_HELD = 1 << 26
"""Bytes held in memory of what has to be read at any place (``.zip``, ``.msg``) but is no file of its own."""

_T = TypeVar("_T")


class Readable(Protocol):
    """Bytes that are read from the first to the last."""

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes; fewer only at the end."""


class Stream:
    """A stream whose start is known before it is read.

    Once it has handed over fewer bytes than asked for, the stream below is left alone: at a terminal,
    to read on would ask for a second Ctrl-D.
    """

    def __init__(self, below: Readable) -> None:
        self._below = below
        self.head = self._unread = below.read(PIECE)
        """The first ``PIECE`` bytes, or all."""
        self._ended = len(self.head) < PIECE

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes; fewer only at the end."""
        piece, self._unread = self._unread[:size], self._unread[size:]
        missing = size - len(piece)
        if not missing or self._ended:
            return piece
        more = self._below.read(missing)
        self._ended = len(more) < missing
        return piece + more if piece else more


class Budget:
    """What may still be unpacked below one path given."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._members = MAX_MEMBERS
        self._bytes = MAX_UNPACKED

    def member(self) -> None:
        """Count a member of an archive.

        Raises:
            SourceError: It is one too many; the error names the path given.
        """
        self._members -= 1
        if self._members < 0:
            raise SourceError(self._path, f"more than {MAX_MEMBERS} members", "unpack it and use the folder")

    def unpacked(self, size: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            SourceError: They are too many; the error names the path given.
        """
        self._bytes -= size
        if self._bytes < 0:
            reason = f"more than {MAX_UNPACKED >> 30} GiB when unpacked"
            raise SourceError(self._path, reason, "unpack it if you trust it, and use the files")


class Counted:
    """The bytes of a member of an archive, or of a compressed file, which are counted.

    Args:
        source: What to call it.
        data: The bytes.
        limit: How many there may be.
        budget: Where they count as unpacked, if they are.
    """

    def __init__(self, source: str, data: Readable, limit: int, budget: Budget | None) -> None:
        self._source = source
        self._data = data
        self._limit = self._left = limit
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes; fewer only at the end.

        Raises:
            SourceError: They are too many, or damaged.
        """
        data = checked(self._source, self._data.read, size)
        if self._budget is not None:
            self._budget.unpacked(len(data))
        self._left -= len(data)
        if self._left < 0:
            reason = f"more than {self._limit >> 30} GiB when unpacked"
            raise SourceError(self._source, reason, "unpack it if you trust it, and use the files")
        return data


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something to read."""

    source: str
    """What to call it, such as ``dump.zip:inbox/17.eml``."""
    name: str
    """Its own name, for what its first bytes do not tell."""
    stream: Stream
    budget: Budget
    file: BinaryIO | None = None
    """The same bytes as a file that can be read at any place, where it is one."""
    depth: int = 0
    """How many archives and compressed files it is in."""
    attached: bool = False
    """Whether the messages attached to messages are wanted, too."""


def whole(entry: Entry) -> BinaryIO:
    """The bytes of an entry as a file that can be read at any place.

    Raises:
        SourceError: They would have to be held in memory, and are more than ``MAX_HELD``.
    """
    if entry.file is not None:
        return entry.file
    data = entry.stream.read(MAX_HELD + 1)
    if len(data) > MAX_HELD:
        reason = f"more than {MAX_HELD >> 20} MiB, too large for memory"
        raise SourceError(entry.source, reason, "save it as a separate file")
    return BytesIO(data)


def checked(source: str, function: Callable[..., _T], *arguments: object) -> _T:
    """What a function of a decoding library returns.

    Raises:
        SourceError: It raised whatever its authors had at hand for damaged data.
    """
    try:
        return function(*arguments)
    except SourceError:
        raise
    except Exception as error:  # EOFError, zlib.error, struct.error, RecursionError ... there is no common base
        raise damaged(source, str(error) or type(error).__name__) from error


def damaged(source: str, reason: str) -> SourceError:
    """The error for data that violates its format."""
    return SourceError(source, f"damaged ({reason})", "use an intact copy")
