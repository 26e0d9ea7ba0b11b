"""Header text to header fields: RFC 5322 sections 2.1 and 2.2.

Strategy: the end of the block is found first, then one regular expression walks over the block,
field by field. A line that belongs to no field is reported and passed over; it ends nothing, so
that the fields below it are not lost.
"""

import re

import msgspec

from hopscope.model import Defect, HeaderField

__all__ = [
    "MAX_BLOCK",
    "MAX_DEFECTS",
    "MAX_FIELD",
    "MAX_FIELDS",
    "MAX_LINE",
    "Fields",
    "capped",
    "header_end",
    "quoted",
    "split",
]

MAX_BLOCK = 1 << 20
"""Bytes of one header block that are read; what follows is left out (``limit-block``)."""
MAX_FIELDS = 10_000
"""Header fields of one block that are read; the rest is left out (``limit-fields``)."""
MAX_FIELD = 1 << 16
"""Characters of one field body that are kept, of a Received field its date among them (``limit-field``)."""
MAX_LINE = 998
"""Characters that a line may have (RFC 5322 section 2.1.1); a longer one is kept (``line-too-long``)."""
MAX_DEFECTS = 100
"""Defects of one block that are listed; ``limit-defects`` then says how many more there are."""

_DATE = 200  # characters at the end of a Received field that its date is looked for in
_QUOTED = 60  # characters of a text that its defect quotes
_WHITE_SPACE = " \t\r"

# Lines end in CRLF (section 2.1). LF alone is what files hold, CR CR LF what bad converters make.
_BARE_CR = re.compile(rb"\r(?!\n)")
_LINE_BREAK = rb"(?<!\r)\r++\n"

# "an empty line (i.e., a line with nothing preceding the CRLF)" (section 2.1)
_EMPTY_LINE = re.compile(rb"\n\r*+\n")
_FIRST_LINE_EMPTY = re.compile(rb"\r*+\n")

# field-name = 1*ftext, ftext = %d33-57 / %d59-126    (section 3.6.8)
# field      = field-name *WSP ":" unstructured CRLF  (obs-optional of section 4.5.8)
# A line without a name is taken together with its continuation lines, as a field is.
_FIELD = re.compile(r"(?:([!-9;-~]++)[ \t]*+:|(?!\Z))(.*+(?:\n[ \t].*+)*+)\n?+")


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """The header fields and defects of a header block."""

    fields: tuple[HeaderField, ...] = ()
    """The header fields, top to bottom."""
    defects: tuple[Defect, ...] = ()
    """What is against the grammar or beyond a limit, top to bottom."""
    end: int = 0
    """Offset of the body in the bytes given; their length, or ``MAX_BLOCK``, where none was reached."""


def header_end(block: bytes | bytearray, start: int = 0, *, first: int = 0) -> tuple[int, int] | None:
    """Offsets of the empty line that ends a header block.

    Args:
        block: Header text, perhaps with the body behind it.
        start: Offset to search from.
        first: Offset where the header block starts.

    Returns:
        The offset of the empty line and that of the body, or ``None`` where the first ``MAX_BLOCK``
        bytes have no empty line.
    """
    limit = first + MAX_BLOCK
    if alone := _FIRST_LINE_EMPTY.match(block, first, limit):
        return alone.span()
    empty = _EMPTY_LINE.search(block, start, limit)
    return (empty.start() + 1, empty.end()) if empty else None


def split(block: bytes) -> Fields:
    """Take a header block apart into its fields (RFC 5322 section 2.2).

    The block ends at the first empty line. Unfolding removes the line breaks only (section 2.2.3);
    bodies are then stripped of spaces and tabs. Lines may end in CRLF or LF, white space may stand
    before the colon, and a first line ``From `` (mbox) is passed over. A CR that ends no line, NUL
    and other control characters are kept; bytes that are no UTF-8 become surrogate escapes.

    Args:
        block: Header text, perhaps with the body behind it. Any bytes give an answer.

    Returns:
        The fields, with line numbers from 1, and the defects: ``line-not-a-field``,
        ``line-too-long``, ``limit-block``, ``limit-fields``, ``limit-field`` and ``limit-defects``.
    """
    boundary = header_end(block)
    stop, end = boundary or (min(len(block), MAX_BLOCK),) * 2
    header = block[:stop]
    broken = _BARE_CR.search(header)
    header = re.sub(_LINE_BREAK, b"\n", header) if broken else header.replace(b"\r", b"")
    fields, defects = _walk(header.decode("utf-8", "surrogateescape"))
    if not boundary and len(block) > MAX_BLOCK:
        message = f"header block longer than {MAX_BLOCK} bytes; the rest was not read"
        defects.append(Defect(code="limit-block", message=message, line=header.count(b"\n") + 1))
    return Fields(fields=tuple(fields), defects=capped(defects), end=end)


def _walk(text: str) -> tuple[list[HeaderField], list[Defect]]:
    """Fields and defects of header text whose lines end in LF."""
    fields: list[HeaderField] = []
    defects: list[Defect] = []
    line = 1
    start = 0
    for match in _FIELD.finditer(text):
        name, body = match.groups()
        end = match.end()
        if end - start > MAX_LINE:
            defects += _too_long(match, line)
            body = _truncated(name, body.replace("\n", ""))
        if name is None:
            defects += _stray(body, line)
        elif len(fields) < MAX_FIELDS:
            body = body.replace("\n", "").strip(_WHITE_SPACE)
            fields.append(HeaderField(name=name, body=body, line=line))
        else:
            message = f"more than {MAX_FIELDS} header fields; the rest was not read"
            defects.append(Defect(code="limit-fields", message=message, line=line))
            break
        line += text.count("\n", start, end)
        start = end
    return fields, defects


def _truncated(name: str | None, body: str) -> str:
    """A body within its limit; that of a Received field keeps what stands after its last ";", where its date is."""
    if len(body) <= MAX_FIELD or (name or "").lower() != "received":
        return body[:MAX_FIELD]
    semicolon = body.rfind(";", len(body) - _DATE)
    end = body[semicolon:] if semicolon >= 0 else ""
    return body[: MAX_FIELD - len(end)] + end


def _too_long(match: re.Match[str], line: int) -> list[Defect]:
    """The defects of a field with long lines or a body beyond the limit."""
    defects = [
        Defect(code="line-too-long", message=f"line of {len(text)} characters (maximum {MAX_LINE})", line=number)
        for number, text in enumerate(match[0].split("\n"), line)
        if len(text) > MAX_LINE
    ]
    if match[1] is not None and len(match[2]) - match[2].count("\n") > MAX_FIELD:
        message = f"field body longer than {MAX_FIELD} characters; the rest was not read"
        defects.append(Defect(code="limit-field", message=message, line=line))
    return defects


def _stray(text: str, line: int) -> tuple[Defect, ...]:
    """The defect of a line without a field name, unless it is the ``From `` line of an mbox file."""
    if line == 1 and text.startswith("From ") and "\n" not in text:
        return ()
    message = f"not a header field or continuation line: {quoted(text)}"
    return (Defect(code="line-not-a-field", message=message, line=line),)


def quoted(text: str) -> str:
    """Text in quotation marks for the message of a defect: its beginning where it is long."""
    return repr(text[:_QUOTED] + "…" * (len(text) > _QUOTED))


def capped(defects: list[Defect], line: int | None = None) -> tuple[Defect, ...]:
    """At most ``MAX_DEFECTS`` defects, of the field at ``line`` or of a block; limits are always listed."""
    if len(defects) <= MAX_DEFECTS:
        return tuple(defects)
    excess = defects[MAX_DEFECTS:]
    limits = [defect for defect in excess if defect.code.startswith("limit-")]
    message = f"{len(excess) - len(limits)} more defects not listed"
    return (*defects[:MAX_DEFECTS], *limits, Defect(code="limit-defects", message=message, line=line))
