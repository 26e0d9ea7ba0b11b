r"""Reports on the delivery of a message: their text, and the header block of the message that they return.

A report is a ``multipart/report`` (RFC 6522), the plain text of a mail system, or a paste of what a mail program shows
of either. It is split here without the email package, which parses no fragments: MIME parts by their boundaries, and
other text at the line above the returned message, such as ``Original message headers:``.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator

import msgspec

from hopscope.paste.markup import without_references
from hopscope.paste.patterns import lazy
from hopscope.paste.report_signs import is_signed
from hopscope.paste.report_text import decoded, unquoted, with_lines, without_markup
from hopscope.paste.report_words import FIELD_OF_STATUS, first_offset, is_original, is_worded

__all__ = ["FIELD", "RECEIVED", "ReportText", "boundaries", "split"]


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
    text = unquoted(with_lines(decoded(data)))
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


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """The media type and decoded body of each MIME part except multiparts; all of a text without parts."""
    header, body = _header_and_body(text)
    marks = boundaries(header) or set(_FRAGMENT.findall(text)[:1])
    first, *sections = _sections(body if header else text, marks) if marks else (body,)
    kind = _value(header, "content-type") or "text/plain"
    yield "text/plain" if kind.startswith("multipart/") else kind, _body(header, first)
    for section in sections:
        head, _, content = ("", "", section) if section.startswith("\n") else section.partition("\n\n")
        kind = _value(head, "content-type") or "text/plain"
        if not kind.startswith("multipart/"):
            yield kind, _body(head, content)


def _header_and_body(text: str) -> tuple[str, str]:
    """The header block and the body of a message; no header block if a text starts with none, or with a status."""
    blank = _BLANK.search(text) if FIELD.match(text) or text.startswith("From ") else None
    header = text[: blank.start()] if blank else ""
    lines = header.split("\n")[text.startswith("From ") :]
    is_block = all(line[:1] in {" ", "\t"} or FIELD.match(line) for line in lines)
    is_queue = "{LED=" in text and ("{LED=" in header or _value(header, "identity"))
    is_status = FIELD_OF_STATUS.search(header) or _value(header, "reporting-mta") or is_queue
    if blank is None or not is_block or is_status:
        return "", text
    return header, text[blank.end() :]


FIELD = lazy(r"[!-9;-~]++[ \t]*+:")


def _sections(text: str, marks: set[str]) -> Iterator[str]:
    """The text between boundary lines; boundaries of nested parts are added, but not those of attached messages."""
    lines: list[str] = []
    in_header = False
    for line in text.split("\n"):
        mark = line[2:].rstrip() if line.startswith("--") else ""
        if mark and (mark in marks or mark.removesuffix("--") in marks):
            yield "\n".join(lines)
            lines, in_header = [], True
            continue
        if in_header and not line.strip():
            in_header = False
            marks |= boundaries("\n".join(lines))
        lines.append("" if not line.strip() else line)
    yield "\n".join(lines)


def boundaries(header: str) -> set[str]:
    """The boundaries of the MIME parts below a header block."""
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
    page = _HIDDEN.sub("", page)
    if "<pre" not in page.lower():
        page = _FOLDS.sub(" ", page)
    lines = _BREAKS.sub("\n", _CELLS.sub(" ", _NEXT_DIV.sub("<br>", page)))
    return without_references(_ANY_TAG.sub("", lines))


RECEIVED = lazy(r"^[ \t]*+Received[ \t]*+:[ \t]*+(?:\n[ \t]++)?+(?:from|by|\()", re.MULTILINE | re.IGNORECASE)
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
        if line.strip() and is_original(line):
            return text[:offset], text[end:].lstrip("\n")
        offset = end
    start = first_offset(text)
    received = RECEIVED.search(text, start) if start is not None else None
    if received is None:
        return text, None
    above = received.start()
    while above > (start or 0):
        previous = text.rfind("\n", 0, above - 1) + 1
        if not _FIELD_LINE.match(text[previous : above - 1]):
            break
        above = previous
    return text[:above], text[above:]
