r"""Reports on the delivery of a message: their text, and the header block of the message that they return.

A report is a ``multipart/report`` (RFC 6522), the plain text of a mail system, or a paste of what a mail program shows
of either. It is split here without the email package, which parses no fragments: MIME parts by their boundaries, and
other text at the line above the returned message, such as ``Original message headers:``. The module is over 300 lines
because both kinds of splitting share the test for what is a report.
"""

import base64
import binascii
import quopri
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache

import msgspec

from hopscope.data import table
from hopscope.parser.encoding import utf_16
from hopscope.paste.patterns import lazy
from hopscope.paste.report_signs import is_signed
from hopscope.paste.report_text import with_lines, without_markup

__all__ = ["EXCHANGE_ERROR", "ONLINE_ERROR", "QUOTATION_MARKS", "ReportText", "is_worded", "normal", "reports", "split"]


class ReportText(msgspec.Struct, frozen=True):
    """The parts of a report."""

    text: str
    """The decoded text of the report, without the returned message; empty if it is not a report."""
    fields: str
    """The parts of type ``message/delivery-status``; empty without one."""
    failed: tuple[str, ...] = ()
    """The recipients in ``X-Failed-Recipients``, which Exim and Gmail add."""
    date: str | None = None
    """The ``Date`` field of the report; ``None`` if its header block is missing."""
    original: bytes | None = None
    """The returned message or its header block; ``None`` if the report returns neither."""


QUOTATION_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
_TRANSLATED = QUOTATION_MARKS | str.maketrans({"`": "'", "´": "'", "\u00a0": " ", "：": ":"})
_ACCENTS = re.compile("[\u0300-\u036f]")


def normal(text: str) -> str:
    """A text in the form in which the texts of reports are compared: lower case, no accents, single spaces."""
    import unicodedata

    text = text.translate(_TRANSLATED)
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return " ".join(text.lower().split())


@cache
def _headlines() -> tuple[tuple[str, ...], ...]:
    """The pieces, without a ``*``, of the texts by which a report is detected."""
    kinds = {"failed", "delayed", "relayed", "delivered", "expanded", "diagnostics", "reason", "reporting_mta"}
    return tuple(tuple(normal(row["text"]).split(" * ")) for row in table("delivery_reports") if row["kind"] in kinds)


_FIELD_OF_STATUS = lazy(r"^[ \t>|]*+(?:final-recipient|diagnostic-code)[ \t]*+:", re.IGNORECASE | re.MULTILINE)


# The forms in which Exchange writes an error, in any language: #550 5.1.1 ... ##, #< #5.1.1 smtp;550 ...> #SMTP#
EXCHANGE_ERROR = lazy(
    r"#[45][0-9]{2} [45]\.[0-9]{1,3}\.[0-9]{1,3} [^\n]{0,2000}##|#SMTP#|\{LED="
    r"|Server (?:at [^'\n]{1,200} )?returned ['‘]"
)

# The error and the server in a report of Exchange Online, in any language:
# Gemeldeter Fehler: 550 5.1.10 ..., DSN generiert von: AM0PR05MB1234.eurprd05.prod.outlook.com
ONLINE_ERROR = lazy(
    r"^[^\n:：]{3,80}+[:：][ \t]*+[45][0-9]{2} [45]\.[0-9]{1,3}\.[0-9]{1,3} [^\n]*+\n(?:[^\n]*+\n){0,3}?"
    r"[^\n:：]{3,80}+[:：][ \t]*+[A-Z0-9-]{1,20}+\.[a-z0-9]{1,20}+\.prod\.(?:outlook|exchangelabs)\.com[ \t]*+$",
    re.MULTILINE | re.IGNORECASE,
)


def is_worded(text: str) -> bool:
    """Whether a text has the words of a report, or fields of a delivery status (RFC 3464)."""
    if _FIELD_OF_STATUS.search(text) or EXCHANGE_ERROR.search(text) or ONLINE_ERROR.search(text):
        return True
    words = normal(text)
    return any(pieces[0] in words for pieces in _headlines())


def _decoded(data: bytes) -> str:
    codec = utf_16(data)
    text = data.decode(codec, "replace") if codec else data.decode("utf-8", "surrogateescape")
    return text.replace("\r\n", "\n").replace("\r", "\n")


_LINE_MARKS = lazy(r"^[ \t]*+(?:[>|][ \t]?+)++", re.MULTILINE)
_BLANK = lazy(r"\n[ \t]*+\n")
_BOUNDARY = lazy(r"boundary[ \t]*+=[ \t]*+(?:\"([^\"\n]{1,200})\"|([^\s;\"]{1,200}+))", re.IGNORECASE)
_FRAGMENT = lazy(r"^--(\S[^\n]{0,200})\n(?=content-[a-z-]++:)", re.IGNORECASE | re.MULTILINE)
_MESSAGES = frozenset({"message/rfc822", "message/global"})
_STATUSES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_HEADERS = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})


def split(data: bytes) -> ReportText:
    """Split a report into its text and the message that it returns.

    Args:
        data: A message, or a paste of a report.
    """
    text = with_lines(_decoded(data))
    if _is_quoted(text):
        text = _LINE_MARKS.sub("", text)
    texts: list[str] = []
    statuses: list[str] = []
    pages: list[str] = []
    original = None
    for kind, body in _parts(text):
        if kind in _MESSAGES or kind in _HEADERS:
            original = original or body
        elif kind == "text/html":
            pages.append(body)
        elif kind in _STATUSES:
            statuses.append(body)
        elif kind.startswith("text/"):
            texts.append(body)
    joined = "\n\n".join(texts if "".join(texts).strip() else map(_page_text, pages))
    if _has_tags(joined):
        joined = _page_text(joined)
    joined = without_markup(joined)
    fields = "\n\n".join(statuses)
    header, _ = _header_and_body(text)
    failed = _failed_recipients(header)
    if not (failed or is_worded(joined) or "-recipient" in fields.lower()):
        return ReportText("", "")
    joined, below = _above_original(joined)
    fields, below_fields = _above_original(fields)
    chosen = original or below or below_fields
    return ReportText(
        joined,
        fields,
        failed=failed,
        date=_date(header),
        original=chosen.encode("utf-8", "surrogateescape") if chosen else None,
    )


_DATE = lazy(r"^Date[ \t]*+:[ \t]*+(.*+)", re.IGNORECASE | re.MULTILINE)


def _date(header: str) -> str | None:
    """The date of a report; ``None`` if its header block may be of a message that quotes one."""
    date = _DATE.search(header) if is_signed(header.encode("utf-8", "replace")) else None
    return date[1].strip() if date else None


_FAILED = lazy(r"^X-Failed-Recipients[ \t]*+:((?:.*+\n[ \t])*+.*+)", re.IGNORECASE | re.MULTILINE)


def _failed_recipients(header: str) -> tuple[str, ...]:
    """The recipients that the header block of a report lists."""
    fields = _FAILED.findall(header)
    return tuple(dict.fromkeys(name for field in fields for name in field.replace(",", " ").split() if "@" in name))


def _is_quoted(text: str) -> bool:
    """Whether most lines have the mark of a quotation."""
    lines = [line for line in text.split("\n") if line.strip()]
    return sum(line.lstrip(" \t")[:1] in {">", "|"} for line in lines) > len(lines) / 2


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """The media type and decoded body of each MIME part except multiparts; all of a text without parts."""
    header, body = _header_and_body(text)
    boundaries = _boundaries(header) or set(_FRAGMENT.findall(text)[:1])
    first, *sections = _sections(body if header else text, boundaries) if boundaries else (body,)
    kind = _value(header, "content-type") or "text/plain"
    yield "text/plain" if kind.startswith("multipart/") else kind, _body(header, first)
    for section in sections:
        head, _, content = ("", "", section) if section.startswith("\n") else section.partition("\n\n")
        kind = _value(head, "content-type") or "text/plain"
        if not kind.startswith("multipart/"):
            yield kind, _body(head, content)


def _header_and_body(text: str) -> tuple[str, str]:
    """The header block and the body of a message; no header block if a text starts with none, or with a status."""
    blank = _BLANK.search(text) if _FIELD.match(text) or text.startswith("From ") else None
    header = text[: blank.start()] if blank else ""
    lines = header.split("\n")[text.startswith("From ") :]
    is_block = all(line[:1] in {" ", "\t"} or _FIELD.match(line) for line in lines)
    is_queue = "{LED=" in text and ("{LED=" in header or _value(header, "identity"))
    is_status = _FIELD_OF_STATUS.search(header) or _value(header, "reporting-mta") or is_queue
    if blank is None or not is_block or is_status:
        return "", text
    return header, text[blank.end() :]


_FIELD = lazy(r"[!-9;-~]++[ \t]*+:")


def _sections(text: str, boundaries: set[str]) -> Iterator[str]:
    """The text between boundary lines; boundaries of nested parts are added, but not those of attached messages."""
    lines: list[str] = []
    in_header = False
    for line in text.split("\n"):
        mark = line[2:].rstrip() if line.startswith("--") else ""
        if mark and (mark in boundaries or mark.removesuffix("--") in boundaries):
            yield "\n".join(lines)
            lines, in_header = [], True
            continue
        if in_header and not line.strip():
            in_header = False
            boundaries |= _boundaries("\n".join(lines))
        lines.append("" if not line.strip() else line)
    yield "\n".join(lines)


def _boundaries(header: str) -> set[str]:
    if not _value(header, "content-type").startswith("multipart/"):
        return set()
    return {match[1] or match[2] for match in _BOUNDARY.finditer(header)}


def _value(header: str, name: str) -> str:
    """The value of a MIME field in lower case, without its parameters."""
    match = re.search(rf"^{name}[ \t]*+:\s*+([^\s;(]*+)", header, re.IGNORECASE | re.MULTILINE)
    return match[1].lower() if match else ""


_CHARSET = lazy(r"charset[ \t]*+=[ \t]*+\"?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


def _body(header: str, body: str) -> str:
    """The body of a part without its transfer encoding and in Unicode."""
    encoding = _value(header, "content-transfer-encoding")
    raw = body.encode("utf-8", "surrogateescape")
    if encoding == "base64":
        try:
            raw = base64.b64decode(b"".join(raw.split()) + b"==")
        except binascii.Error:
            return body
    elif encoding == "quoted-printable":
        raw = quopri.decodestring(raw)
    elif raw.isascii() and b"\x1b" not in raw:
        return body
    charset = _CHARSET.search(header)
    if _value(header, "content-type") in _MESSAGES | _HEADERS or charset is None:
        return raw.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    for codec in (charset[1], "utf-8"):
        try:
            return raw.decode(codec).replace("\r\n", "\n")
        except (LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace").replace("\r\n", "\n")


_TAGS = lazy(r"<(?:html|body|p|div|span|br|table|td|tr|font|pre)(?:[ \t\n/][^<>]*+)?+>", re.IGNORECASE)
_HIDDEN = lazy(
    r"<(style|script|head)\b(?:(?!</?\1\b).)*+</\1[^<>]*+>|<!--(?:(?!-->|<!--).)*+-->", re.IGNORECASE | re.DOTALL
)
_BREAKS = lazy(r"<(?:br|/?(?:p|div|tr|li|ul|ol|h[1-6]|table|pre|blockquote))(?:[ \t\n/][^<>]*+)?+>", re.IGNORECASE)
_NEXT_DIV = lazy(r"</div>[ \n]*+<div(?:[ \t\n/][^<>]*+)?+>", re.IGNORECASE)
_CELLS = lazy(r"</t[dh](?:[ \t\n/][^<>]*+)?+>", re.IGNORECASE)
_ANY_TAG = lazy(
    r"</?(?:a|b|body|center|code|em|font|head|hr|html|i|img|meta|o:p|p|small|span|strong|style|table|tbody|td|th|thead|tr|u|wbr)"
    r"(?:[ \t\n/][^<>]*+)?+>|<!doctype[^<>]*+>",
    re.IGNORECASE,
)
_FOLDS = lazy(r"[ \t]*+\n[ \t\n]*+")


def _has_tags(text: str) -> bool:
    return "<" in text and _TAGS.search(text) is not None


def _page_text(page: str) -> str:
    """The text of a page in HTML: a line per block and per row of a table."""
    from html import unescape

    page = _HIDDEN.sub("", page)
    if "<pre" not in page.lower():
        page = _FOLDS.sub(" ", page)
    lines = _BREAKS.sub("\n", _CELLS.sub(" ", _NEXT_DIV.sub("<br>", page)))
    return unescape(_ANY_TAG.sub("", lines))


_RECEIVED = lazy(r"^[ \t]*+Received[ \t]*+:[ \t]*+(?:\n[ \t]++)?+(?:from|by|\()", re.MULTILINE | re.IGNORECASE)
_EMBEDDED = lazy(
    r"^Content-Type[ \t]*+:[ \t]*+(?:message/(?:rfc822|global)(?:-headers)?+|text/rfc822-headers)\b.*+"
    r"(?:\n[ \t].*+|\nContent-.*+)*+\n",
    re.MULTILINE | re.IGNORECASE,
)
_FIELD_LINE = lazy(r"[A-Za-z][!-9;-~]*+:[ \t]|[ \t]++\S")


def _above_original(text: str) -> tuple[str, str | None]:
    """The text above the returned message, and that message; ``None`` if the text has none."""
    if embedded := _EMBEDDED.search(text):
        return text[: embedded.start()], text[embedded.end() :]
    offset = 0
    for line in text.split("\n"):
        end = offset + len(line) + 1
        if line.strip() and _is_original(line):
            return text[:offset], text[end:].lstrip("\n")
        offset = end
    start = _first_report_line(text)
    received = _RECEIVED.search(text, start) if start is not None else None
    if received is None:
        return text, None
    above = received.start()
    while above > (start or 0):
        previous = text.rfind("\n", 0, above - 1) + 1
        if not _FIELD_LINE.match(text[previous : above - 1]):
            break
        above = previous
    return text[:above], text[above:]


@cache
def _original_lines() -> tuple[str, ...]:
    return tuple(normal(row["text"]) for row in table("delivery_reports") if row["kind"] == "original")


_LONGEST_LINE = 120


def _is_original(line: str) -> bool:
    """Whether a line stands above the returned message."""
    return len(line) <= _LONGEST_LINE and normal(line).lstrip("*# ").startswith(_original_lines())


_MARKS = " \t>|*#-=_"


def reports(data: bytes, maximum: int) -> list[bytes]:
    """The texts of several reports pasted one below the other; at most one if there are not several.

    A report ends where the line above its returned message, or the part for administrators, is followed by the first
    line of a report, where the first line repeats, or where another header block starts. If the first
    report has its complete header block, a first line that repeats, or that is in the body of a returned message, is a
    quotation.

    Args:
        data: The paste.
        maximum: Maximum number of reports that are separated; the last one has the rest.
    """
    text = _decoded(data)
    if _is_quoted(text):
        text = _LINE_MARKS.sub("", text)
    starts: list[int] = []
    firsts: set[str] = set()
    has_ended = is_returned = is_author_returned = is_copied = is_complete = False
    header: int | None = None
    for start, block, end in _blocks(text):
        if _is_header(block):
            is_own = not is_returned and _AUTHOR.search(block) and is_signed(block.encode("utf-8", "replace"))
            has_author = _AUTHOR.search(block) is not None
            # Below a complete returned header block, another one is of another message.
            is_other = is_author_returned and has_author and not (is_returned or is_copied) and _RECEIVED.search(block)
            is_author_returned = has_author and is_returned
            if (is_own and (not starts or has_ended or firsts)) or (is_other and has_ended):
                is_complete = is_complete or (not starts and _TRACE_OR_MIME.search(block) is not None)
                starts.append(start)
                firsts, has_ended, is_copied = set(), end > start + len(block), False
            header = start if is_own or not (is_returned or _RECEIVED.search(block)) else None
            is_returned = _ATTACHED.search(block) is not None
            has_ended = has_ended or is_returned
            continue
        offset, line = start, ""
        for line in block.split("\n"):
            words = normal(line).strip(_MARKS) if len(line) <= _LONGEST_LINE else ""
            is_first = words.startswith(_first_lines())
            first = next(filter(words.startswith, _first_lines())) if is_first else None
            is_repeated = first in firsts and not is_complete
            if first and (not starts or (has_ended and not is_copied) or is_repeated):
                starts.append(offset if header is None else header)
                firsts, has_ended = set(), False
            firsts |= {first} if first else set()
            header = None
            has_ended = has_ended or words.startswith(_last_lines())
            is_copied = is_copied or (is_complete and _is_original(line) and not _is_of_exchange(words))
            offset += len(line) + 1
        is_returned = _is_original(line)
    starts = starts[:maximum]
    pieces = (text[start:end] for start, end in zip([0, *starts[1:]], [*starts[1:], None], strict=True))
    return [piece.encode("utf-8", "surrogateescape") for piece in pieces] if starts else []


_BLOCK = lazy(r"(?:[ \t]*+\S.*+\n?+)++")
_BOUNDARY_LINE = lazy(r"--\S.*+\n")
_AUTHOR = lazy(r"^From[ \t]*+:", re.IGNORECASE | re.MULTILINE)
_CLOSING = lazy(r"^--(\S.*)--[ \t]*+$", re.MULTILINE)
_OF_MESSAGE = lazy(r"^(?:From|Von|De|Da|Van|Return-Path|Received|Date|Subject)[ \t]*+:", re.IGNORECASE | re.MULTILINE)
_TRACE_OR_MIME = lazy(r"^(?:Received|MIME-Version|Content-Type)[ \t]*+:", re.IGNORECASE | re.MULTILINE)
_ATTACHED = lazy(
    r"^Content-Type[ \t]*+:\s*+(?:message/rfc822|message/global|text/rfc822)", re.IGNORECASE | re.MULTILINE
)


def _blocks(text: str) -> Iterator[tuple[int, str, int]]:
    """The blocks between blank lines, each with its offset and end, which includes the MIME parts below it."""
    ends: dict[str, list[int]] = {}
    for closing in _CLOSING.finditer(text):
        ends.setdefault(closing[1], []).append(closing.end())
    position = 0
    while match := _BLOCK.search(text, position):
        block = match[0].rstrip("\n")
        position = match.start() + len(block)
        for boundary in _boundaries(block) if ends and _is_header(block) else ():
            below = ends.get(boundary, ())
            number = bisect_right(below, position)
            position = below[number] if number < len(below) else position
        yield match.start(), block, position


def _is_header(block: str) -> bool:
    """Whether a block is a header block of a message or of a MIME part."""
    if boundary := _BOUNDARY_LINE.match(block):
        block = block[boundary.end() :]
        return all(line[:1] in {" ", "\t"} or _FIELD.match(line) for line in block.split("\n"))
    is_block = all(line[:1] in {" ", "\t"} or _FIELD.match(line) for line in block.split("\n"))
    return is_block and _OF_MESSAGE.search(block) is not None


@cache
def _first_lines() -> tuple[str, ...]:
    kinds = {"failed", "delayed", "relayed", "delivered", "expanded", "reporter"}
    return tuple(normal(row["text"]).partition(" * ")[0] for row in table("delivery_reports") if row["kind"] in kinds)


def _is_of_exchange(words: str) -> bool:
    """Whether a line above a returned message is by Exchange, which returns no body in a text."""
    rows = (row for row in table("delivery_reports") if row["kind"] == "original" and row["system"] == "Exchange")
    return words.startswith(tuple(normal(row["text"]) for row in rows))


@cache
def _last_lines() -> tuple[str, ...]:
    kinds = {"diagnostics", "original"}
    return tuple(normal(row["text"]).strip(_MARKS) for row in table("delivery_reports") if row["kind"] in kinds)


def _first_report_line(text: str) -> int | None:
    """Offset of the first line with words of a report; ``None`` if there is none."""
    offset = 0
    firsts = tuple(pieces[0] for pieces in _headlines())
    for line in text.split("\n"):
        if line.strip() and any(first in words for words in [normal(line)] for first in firsts):
            return offset
        offset += len(line) + 1
    error = EXCHANGE_ERROR.search(text) or ONLINE_ERROR.search(text)
    return error.start() if error else None
