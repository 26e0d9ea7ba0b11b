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
from hopscope.paste.repair import is_well_formed
from hopscope.sources import eml
from hopscope.sources.entry import PIECE, Entry, Readable
from hopscope.sources.message import NEAR, Message, has_only_these

__all__ = ["LOOK_AHEAD", "is_separator", "read"]

LOOK_AHEAD = 1 << 21
"""Bytes of a body that are held to see whether its ``Content-Length`` is right.

It is not believed where a ``From`` line stands farther than that before the end that it tells.
"""

_BLOCK = 1 << 18
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
        header = None if entry.attached else box.header()
        if header is not None:
            yield Message(source=source, data=header)
        else:
            yield from eml.single(source, box, attached=entry.attached)


class _Mailbox:
    """Walks over an mbox file. It is read as a stream that ends with the message at hand.

    Offsets are those in what is held. What was handed over is dropped when more is read.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._ended = False
        self._held = b""
        self._at = 0  # what comes before was handed over
        self._sure = 0  # no gap between messages starts between _at and here
        self._header: tuple[int, int] | None = None  # of the message at hand: its empty line, its body
        self._stop: int | None = 0  # its end, if that is known
        self._declared: int | None = None  # its end by its Content-Length
        self._fill(PIECE)
        self._stop = len(self._held) - len(self._held.lstrip(b"\r\n"))

    def next(self) -> bool:
        """Go to the next message; false where there is none."""
        while self._stop is None:
            self._look()
        self._at = self._sure = self._stop
        self._stop = None
        self._fill(PIECE)
        self._header = header_end(self._held, self._at, first=self._at)
        self._declared = self._end_by_length()
        if self._header is not None:
            self._sure = max(self._at, self._header[0] - 1)
        return len(self._held) > self._at

    def header(self) -> bytes | None:
        """The header block of the message, where it surely ends at its first empty line."""
        if self._header is None:
            return None
        size = self._header[1] - self._at
        if not has_only_these(self._held, self._at, self._at + size, self._at + size + NEAR):
            while self._stop is None and self._sure - self._at < size + NEAR:
                self._look()
            near = self._at + size + NEAR if self._stop is None else min(self._at + size + NEAR, self._stop)
            only = has_only_these(self._held, self._at, self._at + size, near)
            if not only and not is_well_formed(self._held[self._at : near]):
                return None
        return self._held[self._at : self._at + size]

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes of the message; fewer only at its end."""
        while self._stop is None and self._sure - self._at < size:
            self._look()
        end = self._at + size if self._stop is None else min(self._at + size, self._stop)
        data = self._held[self._at : end]
        self._at = end
        self._sure = max(self._sure, end)
        return data

    def _fill(self, size: int) -> None:
        """Hold at least ``size`` bytes that were not handed over, or all there are."""
        missing = size - (len(self._held) - self._at)
        if missing <= 0 or self._ended:
            return
        pieces = [self._held[self._at :]]
        while missing > 0 and not self._ended:
            piece = self._stream.read(_BLOCK)
            self._ended = len(piece) < _BLOCK
            missing -= len(piece)
            pieces.append(piece)
        self._held = b"".join(pieces)
        self._moved(self._at)

    def _moved(self, by: int) -> None:
        """Offsets after bytes at the start were dropped."""
        self._at -= by
        self._sure = max(0, self._sure - by)
        if self._stop is not None:
            self._stop -= by
        if self._declared is not None:
            self._declared -= by
        if self._header is not None:
            self._header = self._header[0] - by, self._header[1] - by

    def _look(self) -> None:
        """Look further for the end of the message: ``_stop`` or ``_sure`` grows."""
        self._fill(self._sure - self._at + _LINE + PIECE)
        limit = len(self._held) if self._ended else len(self._held) - _LINE
        boundary = self._gap(limit)
        if self._declared is not None:
            boundary = self._by_length(self._declared, boundary, limit)
        if boundary is not None or self._ended:
            self._stop = len(self._held) if boundary is None else boundary
        else:
            self._sure = max(self._sure, limit - _LONGEST_GAP)

    def _gap(self, limit: int) -> int | None:
        """Offset of the first line ``From `` after an empty line."""
        for gap in _GAP.finditer(self._held, self._sure, limit):
            start = gap.end() - 5
            if is_separator(self._held, start):
                return start
        return None

    def _by_length(self, declared: int, boundary: int | None, limit: int) -> int | None:
        """Offset where the message ends, given where it ends by its Content-Length and by a ``From`` line."""
        if boundary is None and declared > limit:
            return None  # that is seen when more was read
        self._declared = None
        if boundary is not None and declared - boundary > LOOK_AHEAD:
            return boundary
        moved = self._at
        self._fill(declared - self._at + 2 * _LINE)
        moved -= self._at
        declared, boundary = declared - moved, None if boundary is None else boundary - moved
        following = self._held[declared : declared + _LONGEST_GAP]
        start = declared + len(following) - len(following.lstrip(b"\r\n"))
        right = is_separator(self._held, start) or (self._ended and start == len(self._held))
        return start if right else boundary

    def _end_by_length(self) -> int | None:
        """Where the message ends by its Content-Length, if it has one."""
        if self._header is None or self._held.find(b"\nContent-Length:", self._at, self._header[0]) < 0:
            return None
        length = _LENGTH.search(self._held, self._at, self._header[0])
        return self._header[1] + int(length[1]) if length else None


_LENGTH = re.compile(rb"\nContent-Length:[ \t]*+([0-9]{1,15})[ \t\r]*+\n")
