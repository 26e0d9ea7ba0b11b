"""Mbox files of all variants (mboxo, mboxrd, mboxcl, mboxcl2). Memory use does not depend on the file size.

Each message follows a line ``From <sender> <date>`` (RFC 4155, appendix A). Such a line is a separator at
the start of the file, after an empty line, and at the message end given by ``Content-Length`` (mboxcl). If
there is a separator at that end, such lines before it are text of the message. Some programs omit the date or
the empty line; such a line is a separator if header fields follow it. Lines that look like separators, but are
not, are counted in a defect of their message.

A regular expression searches for lines that may be separators; only these are examined, and each byte is examined a
bounded number of times, whatever a body contains. A body that is not read is dropped block by block while the next
separator is searched for. The module is over 300 lines because the rules for separators and the buffer that they search
depend on each other.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from hopscope.errors import SourceError
from hopscope.model import Defect
from hopscope.parser.fields import MAX_BLOCK, header_end
from hopscope.paste.repair import is_well_formed
from hopscope.paste.report_signs import is_signed
from hopscope.sources import eml
from hopscope.sources.entry import PIECE, Entry, Readable
from hopscope.sources.message import BODY_SAMPLE, Message, has_certain_end, message

__all__ = ["LOOK_AHEAD", "is_separator", "read"]

LOOK_AHEAD = 1 << 21
"""Maximum bytes of a body that are buffered to verify its ``Content-Length``.

``Content-Length`` is ignored if a ``From`` line precedes the declared end by more than that.
"""

_BLOCK = 1 << 18
_LINE = 1000  # maximum bytes of a line with its line end (RFC 5322 section 2.1.1)

_LONGEST_GAP = 8
_LOOK_BEHIND = 3  # bytes above a separator that show whether it follows an empty line
_OVERLAP = 64  # maximum bytes of an empty line that is split between two blocks: line breaks may have several CR
_EXAMINED = 1 << 12  # maximum bytes below a line "From " that are searched for header fields

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = rb"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?+"
_ZONES = rb"(?: [+-]?[A-Za-z0-9]{1,6}){0,2}"
# asctime of ISO C, "Tue Jul 31 21:52:42 2012", as RFC 4155 requires; many programs add a zone before the year,
# omit the seconds, or write a date-time of RFC 5322 instead.
_DATE_TIME = (
    rb"%(day)b(?: ++%(month)b ++[0-9]{1,2} ++%(time)b%(zones)b [0-9]{4}|, ++[0-9]{1,2} %(month)b [0-9]{4} %(time)b)\b"
    % {b"day": _DAY, b"month": _MONTH, b"time": _TIME, b"zones": _ZONES}
)
_DATE = re.compile(b" " + _DATE_TIME)

# Lines that may be separators: with a header field below, with a date, or with nothing but a sender. A line of prose
# costs one match. "From :" is a header field (RFC 5322 section 4.5.2, obs-from), so that no such line is among the
# fields below another one, and no line is examined twice.
_NAMED_FIELD = rb"[!-9;-~]++[ \t]*+:"
_BARE = rb"[ \t\r\f\v]*+(?:[^\s@]*+@\S*+|-|MAILER-DAEMON)?+[ \t\r\f\v]*+"
_CANDIDATE = re.compile(
    rb"\nFrom (?![ \t]*+:)(?="
    rb"(?P<field>(?=[^\n@:]*+[@:]|%(bare)b\n)[^\n]{0,1000}+\n%(field)b)"
    rb"|(?P<dated>(?:[^ \n]*+ ){0,1000}?%(date)b)"
    rb"|(?P<bare>%(bare)b\n))" % {b"field": _NAMED_FIELD, b"date": _DATE_TIME, b"bare": _BARE}
)


_LINE_END = re.compile(rb"[^\n]*+\n")
_CLOCK = re.compile(rb"[0-9]:[0-9]{2}")
_SENDERS = frozenset({b"", b"-", b"MAILER-DAEMON"})
_FIELDS = re.compile(rb"(?:%(field)b[^\n]*+\n(?:[ \t][^\n]*+\n)*+)++" % {b"field": _NAMED_FIELD})
_TRACE = re.compile(
    rb"^(?:Received|Return-Path|Delivered-To|Message-ID|MIME-Version|Status|X-[!-9;-~]++|DKIM-Signature)[ \t]*+:",
    re.IGNORECASE | re.MULTILINE,
)
_AUTHOR, _OTHER = re.compile(rb"(?im)^From[ \t]*+:"), re.compile(rb"(?im)^(?:Date|Subject|To)[ \t]*+:")


def is_separator(data: bytes | bytearray, start: int = 0) -> bool:
    """Whether a line ``From <sender> <date>`` at ``start``, after an empty line or at the start of a file, is one.

    The sender may be missing or contain spaces. The date may be missing if header fields follow.
    """
    return is_dated(data, start) or _is_above_header(data, start)


def is_dated(data: bytes | bytearray, start: int = 0) -> bool:
    """Whether there is a line ``From <sender> <date>`` at ``start``."""
    if not data.startswith(b"From ", start):
        return False
    end = data.find(b"\n", start, start + _LINE)
    if end < 0 and len(data) - start > _LINE:
        return False
    return _DATE.search(data, start + 4, end if end >= 0 else len(data)) is not None


def _is_above_header(data: bytes | bytearray, start: int) -> bool:
    """Whether a line that may be a separator is followed by header fields that only a message has."""
    line = _LINE_END.match(data, start, start + _LINE) if data.startswith(b"From ", start) else None
    if line is None:
        return False
    text = line[0]
    if not (_is_bare(text) or b"@" in text or _CLOCK.search(text)) or text[len(b"From ") :].lstrip().startswith(b":"):
        return False
    fields = _FIELDS.match(data, line.end(), line.end() + _EXAMINED)
    if fields is None:
        return False
    is_authored = _AUTHOR.search(fields[0]) and _OTHER.search(fields[0])
    return bool(is_authored or _TRACE.search(fields[0]))


def _is_bare(line: bytes) -> bool:
    """Whether a line has nothing but a sender: ``From ``, ``From - ``, ``From a@b.example``."""
    sender = line[len(b"From ") :].strip()
    return sender in _SENDERS or (b"@" in sender and len(sender.split()) == 1)


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The messages of an mbox file, numbered from 1: ``dump.mbox:17``."""
    box = _Mailbox(entry.stream)
    number = 0
    pending: Message | SourceError | None = None
    while True:
        try:
            more = box.next()
        except (OSError, SourceError):
            if pending:
                yield pending
            raise
        if pending:
            yield _with_defect(pending, box.previous_separator_like)
        if not more:
            return
        number += 1
        source = f"{entry.source}:{number}"
        pending = None if entry.attached else _header_or_message(source, box)
        if entry.attached:  # the body was read, and its lines counted, before the message is yielded
            for position, result in enumerate(eml.single(source, box, attached=True)):
                yield result if position else _with_defect(result, box.separator_like)


def _header_or_message(source: str, box: "_Mailbox") -> Message | SourceError:
    header = box.header()
    return message(source, box) if header is None else Message(source=source, data=header)


def _with_defect(result: Message | SourceError, count: int) -> Message | SourceError:
    """A message, with a defect if ``count`` lines of its text look like separators."""
    if not count or isinstance(result, SourceError) or result.problem is not None:
        return result
    lines = "line that looks" if count == 1 else "lines that look"
    text = f"{count} {lines} like an mbox separator (From ...) read as text: no header fields follow"
    return replace(result, problem=Defect(code="mbox-from-line", message=text))


class _Mailbox:
    """Iterates over the messages of an mbox file; it reads as a stream that ends with the current message.

    Offsets are relative to the buffer. Bytes that were returned are dropped from it on the next read.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._ended = False
        self._buffer = b""
        self._position = 0  # the bytes before this offset were returned, or are not needed
        self._searched = 0  # no gap between messages starts between _position and this offset
        self._header: tuple[int, int] | None = None  # offsets of the empty line and the body of the current message
        self._message_end: int | None = 0  # end of the current message, if known
        self._declared_end: int | None = None  # end of the current message by its Content-Length
        self._no_empty_line = 0  # no empty line starts between _position and this offset
        self.separator_like = 0
        """Lines of the current message, as far as it was searched, that look like separators."""
        self.previous_separator_like = 0
        """Lines of the previous message that look like separators."""
        self._fill(PIECE)
        self._message_end = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))

    def next(self) -> bool:
        """Go to the next message; false if there is none."""
        while self._message_end is None:
            self._position = max(self._position, self._searched - _LOOK_BEHIND)
            self._search()
        self._position = self._searched = self._message_end
        self._message_end = None
        self.previous_separator_like, self.separator_like = self.separator_like, 0
        self._fill(PIECE)
        self._header = header_end(self._buffer, max(self._position, self._no_empty_line), first=self._position)
        if self._header is None:
            self._no_empty_line = min(len(self._buffer), self._position + MAX_BLOCK) - _OVERLAP
        self._declared_end = self._end_by_length()
        if self._header is not None:
            self._searched = max(self._position, self._header[0] - 1)
        return len(self._buffer) > self._position

    def header(self) -> bytes | None:
        """The header block of the message; ``None`` unless it certainly ends at its first empty line; of no report."""
        if self._header is None or is_signed(self._buffer[self._position : self._header[1]]):
            return None
        size = self._header[1] - self._position
        if not has_certain_end(
            self._buffer, self._position, self._position + size, self._position + size + BODY_SAMPLE
        ):
            while self._message_end is None and self._searched - self._position < size + BODY_SAMPLE:
                self._search()
            near = (
                self._position + size + BODY_SAMPLE
                if self._message_end is None
                else min(self._position + size + BODY_SAMPLE, self._message_end)
            )
            only = has_certain_end(self._buffer, self._position, self._position + size, near)
            if not only and not is_well_formed(self._buffer[self._position : near]):
                return None
        return self._buffer[self._position : self._position + size]

    def read(self, size: int, /) -> bytes:
        """The next ``size`` bytes of the message; fewer only at its end."""
        pieces = []
        while size > 0 and (piece := self._piece(min(size, _BLOCK))):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _piece(self, size: int) -> bytes:
        """The next ``size`` bytes of the message; fewer only at its end. The buffer grows by ``size``."""
        while self._message_end is None and self._searched - self._position < size:
            self._search()
        end = self._position + size if self._message_end is None else min(self._position + size, self._message_end)
        data = self._buffer[self._position : end]
        self._position = end
        self._searched = max(self._searched, end)
        return data

    def _fill(self, size: int) -> None:
        """Read until the buffer has ``size`` bytes that were not returned, or the file ends."""
        missing = size - (len(self._buffer) - self._position)
        if missing <= 0 or self._ended:
            return
        pieces = [self._buffer[self._position :]]
        while missing > 0 and not self._ended:
            piece = self._stream.read(_BLOCK)
            self._ended = len(piece) < _BLOCK
            missing -= len(piece)
            pieces.append(piece)
        self._buffer = b"".join(pieces)
        self._shift(self._position)

    def _shift(self, by: int) -> None:
        """Adjust the offsets after ``by`` bytes were dropped from the start of the buffer."""
        self._position -= by
        self._searched = max(0, self._searched - by)
        self._no_empty_line = max(0, self._no_empty_line - by)
        if self._message_end is not None:
            self._message_end -= by
        if self._declared_end is not None:
            self._declared_end -= by
        if self._header is not None:
            self._header = self._header[0] - by, self._header[1] - by

    def _search(self) -> None:
        """Continue the search for the end of the message: set ``_message_end`` or advance ``_searched``."""
        self._fill(self._searched - self._position + _LINE + _EXAMINED + PIECE)
        limit = len(self._buffer) if self._ended else len(self._buffer) - _LINE - _EXAMINED
        boundary = self._gap(limit)
        if self._declared_end is not None:
            boundary = self._by_length(self._declared_end, boundary, limit)
        if boundary is not None or self._ended:
            self._message_end = len(self._buffer) if boundary is None else boundary
        else:
            self._searched = max(self._searched, limit - len(b"From "))

    def _gap(self, limit: int) -> int | None:
        """Offset of the first separator; ``None`` if there is none before ``limit``."""
        for line in _CANDIDATE.finditer(self._buffer, self._searched):
            start = line.start() + 1
            if line.end() > limit:
                break
            if line.lastgroup == "bare":
                self.separator_like += 1
                continue
            dated = is_dated(self._buffer, start)
            after_empty_line = self._buffer[max(start - _LOOK_BEHIND, 0) : start - 1].endswith((b"\n", b"\n\r"))
            if (after_empty_line and dated) or _is_above_header(self._buffer, start):
                return start
            text = _LINE_END.match(self._buffer, start, start + _LINE)
            self.separator_like += dated or (text is not None and _is_bare(text[0]))
        return None

    def _by_length(self, declared: int, boundary: int | None, limit: int) -> int | None:
        """End of the message: the end declared by Content-Length if verified, else ``boundary``, the next separator."""
        if boundary is None and declared > limit:
            return None  # cannot be verified until more is read
        self._declared_end = None
        if boundary is not None and declared - boundary > LOOK_AHEAD:
            return boundary
        moved = self._position
        self._fill(declared - self._position + 2 * _LINE)
        moved -= self._position
        declared, boundary = declared - moved, None if boundary is None else boundary - moved
        following = self._buffer[declared : declared + _LONGEST_GAP]
        start = declared + len(following) - len(following.lstrip(b"\r\n"))
        right = is_separator(self._buffer, start) or (self._ended and start == len(self._buffer))
        if right:
            self.separator_like = 0  # the length shows that they are text
        return start if right else boundary

    def _end_by_length(self) -> int | None:
        """End of the message by its Content-Length; ``None`` without one."""
        if self._header is None or self._buffer.find(b"\nContent-Length:", self._position, self._header[0]) < 0:
            return None
        length = _LENGTH.search(self._buffer, self._position, self._header[0])
        return self._header[1] + int(length[1]) if length else None


_LENGTH = re.compile(rb"\nContent-Length:[ \t]*+([0-9]{1,15})[ \t\r]*+\n")
