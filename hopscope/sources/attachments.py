"""Messages attached to a message, including those in bounces: ``mail.eml:attached:1``.

MIME parts are located by their delimiter lines (RFC 2046 section 5.1.1) as offsets in the message, since the email
package of the standard library keeps every line of a body as an object; the package only parses the values of
Content-Type. The bytes of parts are used unchanged. This is the only module that reads bodies.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from email.message import Message as MimePart
from io import BytesIO
from typing import NamedTuple

from msgspec.structs import replace

from hopscope.errors import SourceError
from hopscope.parser.fields import MAX_BLOCK, split
from hopscope.parser.message import by_fields, by_report
from hopscope.paste.report_signs import is_signed
from hopscope.sources.entry import Readable, damaged
from hopscope.sources.message import Message, message

__all__ = ["MAX_ATTACHED", "MAX_NESTED", "MAX_PARTS", "MAX_SEARCHED", "read"]

MAX_SEARCHED = 1 << 25
"""Maximum bytes of a message that are searched for attached messages."""
MAX_ATTACHED = 1000
"""Maximum attached messages read of one message."""
MAX_NESTED = 8
"""Maximum nesting depth of MIME parts, and of attached messages."""
MAX_PARTS = 10_000
"""Maximum MIME parts of a message or an attached message."""

_MAX_VALUE = 4096  # characters of a field that are parsed; the package takes quadratic time for parameters

# RFC 2046 section 5.2.1, RFC 6532 section 3.7; RFC 3462 section 2, RFC 6533 section 6
_MESSAGES = frozenset({"message/rfc822", "message/global"})
_HEADERS = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
_CONTENT_FIELD = re.compile(
    rb"^(Content-Type|Content-Transfer-Encoding)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.IGNORECASE | re.MULTILINE
)
_BODY = re.compile(rb"(?:(?<![^\n])|\n)\r*+\n")


def read(outer: Message, remainder: Readable) -> Iterator[Message | SourceError]:
    """The messages attached to a message, in order, each followed by the messages attached to it.

    A report is read as the message that it returns, so the report itself follows instead: ``mail.eml:report``.

    Args:
        outer: The part of the message that was already read.
        remainder: The stream with the rest of the message.

    Raises:
        SourceError: The rest of the stream cannot be read.
    """
    data = outer.data + remainder.read(MAX_SEARCHED + 1 - len(outer.data))
    if b"\n" not in data:  # line ends of classic Mac OS
        data = data.replace(b"\r", b"\n")
        outer = replace(outer, data=outer.data.replace(b"\r", b"\n"))
    returned = _returned(outer)
    if returned is not None:
        yield Message(source=f"{outer.source}:report", data=outer.data[: split(outer.data).end])
    try:
        for number, part in enumerate(_Scan(outer.source).messages(_Part(data, 0, min(len(data), MAX_SEARCHED))), 1):
            if number == 1 and returned is not None and split(part).fields == split(returned).fields:
                continue
            if number > MAX_ATTACHED:
                reason = f"only the first {MAX_ATTACHED} attached messages were read"
                yield SourceError(outer.source, reason, "save the remaining ones as files")
                break
            yield message(f"{outer.source}:attached:{number}", BytesIO(part))
    except SourceError as error:
        yield error
    if len(data) > MAX_SEARCHED:
        reason = f"only the first {MAX_SEARCHED >> 20} MiB were searched for attached messages"
        yield SourceError(outer.source, reason, "save the attached messages as files")


def _returned(outer: Message) -> bytes | None:
    """The message that a report returns, if the report is read as that message."""
    if not is_signed(outer.data[: split(outer.data).end]):
        return None
    from hopscope.paste import report  # few messages are reports

    returned = report.split(outer.data).original
    route = by_report(outer.data, outer.source) if returned else None
    return returned if returned and route and route.headers == by_fields(returned, "").headers else None


class _Part(NamedTuple):
    """The bytes of a message or a MIME part, header block included: offsets in a text that it may share with others."""

    text: bytes
    start: int
    end: int
    default: str = "text/plain"
    """The media type without a field Content-Type."""


class _Scan:
    """Finds the messages attached to one message; limits the number of parts and the bytes that are decoded."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts = MAX_PARTS
        self._decoded = MAX_SEARCHED

    def messages(self, part: _Part, nested: int = 0, depth: int = 0) -> Iterator[bytes]:
        """The first bytes of each message in a part, followed by those attached to it."""
        body = _BODY.search(part.text, part.start, part.end)
        fields = _content_fields(
            part.text[part.start : min(body.start() if body else part.end, part.start + MAX_BLOCK)]
        )
        start = body.end() if body else part.end
        value = fields.get("content-type", part.default)
        kind = _media_type(value)
        if kind in _MESSAGES | _HEADERS:
            if nested == MAX_NESTED:
                advice = "save the inner ones as files"
                raise SourceError(self._source, f"attached messages are nested deeper than {MAX_NESTED}", advice)
            content = self._content(part, start, fields.get("content-transfer-encoding", ""))
            yield content.text[content.start : min(content.end, content.start + MAX_BLOCK + 1)]
            if kind in _MESSAGES:
                yield from self.messages(content, nested + 1)
        elif kind.startswith("multipart/") and depth < MAX_NESTED:
            default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
            for inner_start, inner_end in self._spans(part, start, value):
                inner = _Part(part.text, inner_start, inner_end, default)
                yield from self.messages(inner, nested, depth + 1)

    def _spans(self, part: _Part, start: int, value: str) -> Iterator[tuple[int, int]]:
        """The offsets of the parts of a multipart body."""
        boundary = _parsed(value).get_boundary()
        if not boundary:
            return
        text = re.escape(boundary.encode("utf-8", "surrogateescape"))
        delimiter = re.compile(rb"\n--%b(--)?+[ \t]*+(\r?\n|\r?\Z)" % text)
        begin: int | None = None
        position = max(start - 1, 0)
        while (line := delimiter.search(part.text, position, part.end)) is not None:
            if begin is not None:
                yield begin, _without_line_end(part.text, begin, line.start() + 1)
            begin = None if line[1] else line.end()
            if line[1]:
                return
            self._parts -= 1
            if self._parts < 0:
                raise damaged(self._source, f"more than {MAX_PARTS} MIME parts")
            position = max(line.end() - 1, line.start() + 1)
        if begin is not None:
            is_last = part.end == len(part.text)  # else the line end was removed with an enclosing part
            yield begin, _without_line_end(part.text, begin, part.end) if is_last else part.end

    def _content(self, part: _Part, start: int, encoding: str) -> _Part:
        """The decoded content of a part."""
        encoding = encoding.strip().lower()
        if encoding not in {"base64", "quoted-printable"}:
            return part._replace(start=start, default="text/plain")
        self._decoded -= part.end - start
        if self._decoded < 0:
            reason = f"more than {MAX_SEARCHED >> 20} MiB of encoded attached messages"
            raise SourceError(self._source, reason, "save the attached messages as files")
        data = part.text[start : part.end]
        data = quopri.decodestring(data) if encoding == "quoted-printable" else _from_base64(data)
        return _Part(data, 0, len(data))


def _without_line_end(text: bytes, start: int, end: int) -> int:
    """The end of a part without its last line end, which belongs to the delimiter line."""
    if not text.endswith(b"\n", start, end):
        return max(start, min(end, len(text)))
    return end - 2 if text.endswith(b"\r\n", start, end) else end - 1


def _from_base64(data: bytes) -> bytes:
    """The decoded data; damaged data is cut after its last complete group of four characters."""
    data = data.translate(None, _NOT_BASE64)
    return binascii.a2b_base64(data[: len(data) & -4] if len(data) % 4 == 1 else data + b"=" * (-len(data) % 4))


_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def _content_fields(header: bytes) -> dict[str, str]:
    """The values of Content-Type and Content-Transfer-Encoding in a header block, by name in lower case."""
    fields: dict[str, str] = {}
    for name, value in _CONTENT_FIELD.findall(header):
        text = value[:_MAX_VALUE].decode("utf-8", "surrogateescape").replace("\r", "")
        fields.setdefault(name.decode().lower(), text)
    return fields


def _parsed(value: str) -> MimePart:
    part = MimePart()
    part["Content-Type"] = value.replace("\n", "")
    return part


def _media_type(value: str) -> str:
    kind = value.partition(";")[0].strip().lower()
    return kind if kind.count("/") == 1 else "text/plain"
