"""An mbox file, of any variant: mboxo, mboxrd, mboxcl, mboxcl2. Memory does not grow with the file.

Each message follows a line ``From <sender> <date>`` (RFC 4155, appendix A). Such a line counts at the
start, after an empty line, and at the end that ``Content-Length`` tells (mboxcl). Where the next message
starts at that end, as it should, such lines before it are text.

Strategy: a regular expression looks for empty lines with ``From`` behind them; at those few places the
line is looked at. The blocks read are thrown away as soon as no such place can start in them.
"""

import re
from collections.abc import Iterator

from hopscope.errors import SourceError
from hopscope.parser.fields import header_end
from hopscope.parser.repair import is_well_formed
from hopscope.sources import eml
from hopscope.sources.entry import PIECE, Entry, Readable
from hopscope.sources.message import Message

__all__ = ["LOOK_AHEAD", "is_separator", "read"]

LOOK_AHEAD = 1 << 21
"""Bytes of a body that are held to see whether its ``Content-Length`` is right.

It is not believed where a ``From`` line stands farther than that before the end that it tells.
"""

_BLOCK = PIECE
_START = 1 << 14  # bytes of a message that nearly always hold its header block
_LINE = 1000  # bytes of a line with its end (RFC 5322 section 2.1.1)

_GAP = re.compile(rb"\n\r?+\nFrom ")
_LONGEST_GAP = 8

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = rb"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?+"
_ZONES = rb"(?: [+-]?[A-Za-z0-9]{1,6}){0,2}"
# asctime of ISO C, "Tue Jul 31 21:52:42 2012", as RFC 4155 wants it; many write a zone before the year,
# leave out the seconds, or write a date-time of RFC 5322 instead.
_DATE = re.compile(
    rb" %(day)b(?: ++%(month)b ++[0-9]{1,2} ++%(time)b%(zones)b [0-9]{4}|, ++[0-9]{1,2} %(month)b [0-9]{4} %(time)b)\b"
    % {b"day": _DAY, b"month": _MONTH, b"time": _TIME, b"zones": _ZONES}
)


def is_separator(data: bytes | bytearray, start: int = 0) -> bool:
    """Whether a line ``From <sender> <date>`` is at ``start``. The sender may be missing, or hold spaces."""
    if not data.startswith(b"From ", start):
        return False
    end = data.find(b"\n", start, start + _LINE)
    if end < 0 and len(data) - start > _LINE:
        return False
    return _DATE.search(data, start + 4, end if end >= 0 else len(data)) is not None


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The messages of an mbox file, numbered from 1: ``dump.mbox:17``."""
    box = _Mailbox(entry.stream)
    number = 0
    while box.next():
        number += 1
        source = f"{entry.source}:{number}"
        start = box.peek(_START)
        end = None if entry.attached else header_end(start)
        if end and _ends_at(start, end[1]):
            yield Message(source=source, data=start[: end[1]])
        else:
            yield from eml.single(source, box, attached=entry.attached)


def _ends_at(start: bytes, end: int) -> bool:
    """Whether the header block of a message surely ends at its first empty line. Cheap tests first."""
    return start.find(b"eceived:", end) < 0 <= start.find(b"eceived:", 0, end) or is_well_formed(start)


class _Mailbox:
    """Walks over an mbox file. It is read as a stream that ends with the message at hand."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._ended = False
        self._held = bytearray()  # what was read and not yet handed over
        self._sure = 0  # offset in it before which no gap between messages starts
        self._fill(_BLOCK)
        start = len(self._held) - len(self._held.lstrip(b"\r\n"))
        self._stop: int | None = start  # offset where the message at hand ends, if that is known
        self._declared: int | None = None  # offset where it ends by its Content-Length

    def next(self) -> bool:
        """Go to the next message; false where there is none."""
        while self._stop is None:
            self._drop(self._sure)
            self._look()
        self._drop(self._stop)
        self._fill(_BLOCK)
        self._sure = 0
        self._stop = None
        self._declared = _declared_end(self._held)
        return bool(self._held)

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes of the message; fewer only at its end."""
        while self._stop is None and self._sure < size:
            self._look()
        end = size if self._stop is None else min(size, self._stop)
        return bytes(self._held[:end])

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes of the message; fewer only at its end."""
        data = self.peek(size)
        self._drop(len(data))
        return data

    def _fill(self, size: int) -> None:
        """Hold at least ``size`` bytes, or all there are."""
        while len(self._held) < size and not self._ended:
            piece = self._stream.read(_BLOCK)
            self._ended = len(piece) < _BLOCK
            self._held += piece

    def _drop(self, size: int) -> None:
        """Throw away bytes at the start."""
        del self._held[:size]
        self._sure = max(0, self._sure - size)
        if self._stop is not None:
            self._stop -= size
        if self._declared is not None:
            self._declared -= size

    def _look(self) -> None:
        """Look further for the end of the message: ``_stop`` or ``_sure`` grows."""
        self._fill(self._sure + _LINE + _BLOCK)
        limit = len(self._held) if self._ended else len(self._held) - _LINE
        found = self._gap(limit)
        if self._declared is not None:
            found = self._by_length(self._declared, found, limit)
        if found is not None or self._ended:
            self._stop = len(self._held) if found is None else found
        else:
            self._sure = max(self._sure, limit - _LONGEST_GAP)

    def _gap(self, limit: int) -> int | None:
        """Offset of the first line ``From `` after an empty line."""
        for gap in _GAP.finditer(self._held, self._sure, limit):
            start = gap.end() - 5
            if is_separator(self._held, start):
                return start
        return None

    def _by_length(self, declared: int, found: int | None, limit: int) -> int | None:
        """Offset where the message ends, given where it ends by its Content-Length and by a ``From`` line."""
        if found is None and declared > limit:
            return None  # that is seen when more was read
        self._declared = None
        if found is not None and declared - found > LOOK_AHEAD:
            return found
        self._fill(declared + 2 * _LINE)
        after = self._held[declared : declared + _LONGEST_GAP]
        start = declared + len(after) - len(after.lstrip(b"\r\n"))
        right = is_separator(self._held, start) or (self._ended and start == len(self._held))
        return start if right else found


_LENGTH = re.compile(rb"\nContent-Length:[ \t]*+([0-9]{1,15})[ \t\r]*+\n")


def _declared_end(held: bytearray) -> int | None:
    """Where a message ends by its Content-Length, if it has one."""
    end = header_end(held)
    if end is None or held.find(b"\nContent-Length:", 0, end[0]) < 0:
        return None
    length = _LENGTH.search(held, 0, end[0])
    return end[1] + int(length[1]) if length else None
