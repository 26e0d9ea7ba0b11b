"""Header text -> header fields (RFC 5322 sections 2.1 and 2.2).

The end of the block is located first; then one regular expression matches field after field. A line
that belongs to no field is reported and skipped. It does not end the header, so that the fields below
it are not lost.
"""

import re
from collections.abc import Sequence

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
    "has_repeats",
    "header_end",
    "quoted",
    "split",
    "unread_fields",
    "unread_rest",
]

MAX_BLOCK = 1 << 20
"""Maximum bytes read of one header block; the rest is skipped (``limit-block``)."""
MAX_FIELDS = 10_000
"""Maximum header fields read of one block; the rest is skipped (``limit-fields``)."""
MAX_FIELD = 1 << 16
"""Maximum characters of one field body; a longer body is truncated, but a Received field keeps its date
(``limit-field``)."""
MAX_LINE = 998
"""Maximum characters of a line (RFC 5322 section 2.1.1); a longer line is not truncated (``line-too-long``)."""
MAX_DEFECTS = 100
"""Maximum defects listed for one block; ``limit-defects`` gives the number of further ones."""

_DATE = 200  # characters at the end of a Received field that are searched for its date
_QUOTED = 60  # characters quoted in the message of a defect
_WHITE_SPACE = " \t\r"

# Lines end in CRLF (section 2.1). Files have LF alone; faulty converters write CR CR LF.
_BARE_CR = re.compile(rb"\r(?!\n)")
_LINE_BREAK = rb"(?<!\r)\r++\n"

# "an empty line (i.e., a line with nothing preceding the CRLF)" (section 2.1)
_EMPTY_LINE = re.compile(rb"\n\r*+\n")
_FIRST_LINE_EMPTY = re.compile(rb"\r*+\n")

# field-name = 1*ftext, ftext = %d33-57 / %d59-126    (section 3.6.8)
# field      = field-name *WSP ":" unstructured CRLF  (obs-optional of section 4.5.8)
# A line without a name is matched together with its continuation lines, as a field is.
_FIELD = re.compile(r"(?:([!-9;-~]++)[ \t]*+:|(?!\Z))(.*+(?:\n[ \t].*+)*+)\n?+")


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """The header fields and defects of a header block."""

    fields: tuple[HeaderField, ...] = ()
    """The header fields, top to bottom."""
    defects: tuple[Defect, ...] = ()
    """Syntax violations and exceeded limits, top to bottom."""
    end: int = 0
    """Offset of the body in the input; without a body, the length of the input or ``MAX_BLOCK``."""


def header_end(block: bytes | bytearray, start: int = 0, *, first: int = 0) -> tuple[int, int] | None:
    """Offsets of the empty line that ends a header block.

    Args:
        block: Header text, optionally followed by the body.
        start: Offset to search from.
        first: Offset where the header block starts.

    Returns:
        The offset of the empty line and that of the body, or ``None`` if there is no empty line in the
        first ``MAX_BLOCK`` bytes.
    """
    limit = first + MAX_BLOCK
    if alone := _FIRST_LINE_EMPTY.match(block, first, limit):
        return alone.span()
    empty = _EMPTY_LINE.search(block, start, limit)
    return (empty.start() + 1, empty.end()) if empty else None


def has_repeats(names: Sequence[str]) -> bool:
    """Whether fields that a message has once (RFC 5322 section 3.6) are repeated, so that it may be two messages."""
    return names.count("message-id") > 1 or sum([names.count(name) > 1 for name in ("from", "date", "subject")]) > 1


def unread_fields(count: int, position: str) -> Defect | None:
    """The defect for Received fields that are of no message, if there are any."""
    if count <= 0:
        return None
    fields = "Received field was" if count == 1 else "Received fields were"
    return Defect(code="received-unread", message=f"{count} {fields} not read: {position}")


def unread_rest(line: int | None = None) -> Defect:
    """The defect for a header block that exceeds ``MAX_BLOCK``."""
    message = f"only the first {MAX_BLOCK >> 20} MiB of the header block was read"
    return Defect(code="limit-block", message=message, line=line)


def split(block: bytes) -> Fields:
    """Split a header block into its fields (RFC 5322 section 2.2).

    The block ends at the first empty line. Unfolding removes only the line breaks (section 2.2.3);
    then leading and trailing spaces and tabs are stripped from the bodies. Lines may end in CRLF or
    LF, white space is allowed before the colon, and a first line ``From `` (mbox) is skipped. Bare
    CR, NUL and other control characters are kept; bytes that are not UTF-8 become surrogate escapes.

    Args:
        block: Header text, optionally followed by the body. Any bytes are accepted.

    Returns:
        The fields, with line numbers from 1, and the defects: ``line-not-a-field``,
        ``line-too-long``, ``limit-block``, ``limit-fields``, ``limit-field`` and ``limit-defects``.
    """
    boundary = header_end(block)
    stop, end = boundary or (min(len(block), MAX_BLOCK),) * 2
    header = block[:stop]
    if header.endswith(b"\r") and (lines := header.rstrip(b"\r")).endswith(b"\n"):
        header = lines  # the CR of an empty line whose LF is missing
    broken = _BARE_CR.search(header)
    header = re.sub(_LINE_BREAK, b"\n", header) if broken else header.replace(b"\r", b"")
    fields, defects = _walk(header.decode("utf-8", "surrogateescape"))
    if not boundary and len(block) > MAX_BLOCK:
        defects.append(unread_rest(header.count(b"\n") + 1))
    return Fields(fields=tuple(fields), defects=capped(defects), end=end)


def _walk(text: str) -> tuple[list[HeaderField], list[Defect]]:
    """The fields and defects of header text with LF line ends."""
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
            defects += _not_a_field(body, line)
        elif len(fields) < MAX_FIELDS:
            body = body.replace("\n", "").strip(_WHITE_SPACE)
            fields.append(HeaderField(name=name, body=body, line=line))
        else:
            message = f"only the first {MAX_FIELDS:,} header fields were read"
            defects.append(Defect(code="limit-fields", message=message, line=line))
            break
        line += text.count("\n", start, end)
        start = end
    return fields, defects


def _truncated(name: str | None, body: str) -> str:
    """The body, truncated to ``MAX_FIELD``; a Received field keeps the date after its last ";"."""
    if len(body) <= MAX_FIELD or (name or "").lower() != "received":
        return body[:MAX_FIELD]
    semicolon = body.rfind(";", len(body) - _DATE)
    end = body[semicolon:] if semicolon >= 0 else ""
    return body[: MAX_FIELD - len(end)] + end


def _too_long(match: re.Match[str], line: int) -> list[Defect]:
    """The defects of a field with long lines or a body that exceeds the limit."""
    defects = [
        Defect(code="line-too-long", message=f"line of {len(text)} characters (maximum {MAX_LINE})", line=number)
        for number, text in enumerate(match[0].split("\n"), line)
        if len(text) > MAX_LINE
    ]
    if match[1] is not None and len(match[2]) - match[2].count("\n") > MAX_FIELD:
        message = f"field body longer than {MAX_FIELD} characters; the rest was not read"
        defects.append(Defect(code="limit-field", message=message, line=line))
    return defects


def _not_a_field(text: str, line: int) -> tuple[Defect, ...]:
    """The defect for a line without a field name, unless it is the ``From `` line of an mbox file."""
    if line == 1 and text.startswith("From ") and "\n" not in text:
        return ()
    message = f"not a header field or continuation line: {quoted(text)}"
    return (Defect(code="line-not-a-field", message=message, line=line),)


def quoted(text: str) -> str:
    """The text in quotation marks for the message of a defect, truncated if it is long."""
    return repr(text[:_QUOTED] + "…" * (len(text) > _QUOTED))


def capped(defects: list[Defect], line: int | None = None) -> tuple[Defect, ...]:
    """At most ``MAX_DEFECTS`` defects of the field at ``line``, or of a block; exceeded limits are always listed."""
    if len(defects) <= MAX_DEFECTS:
        return tuple(defects)
    excess = defects[MAX_DEFECTS:]
    limits = [defect for defect in excess if defect.code.startswith("limit-")]
    message = f"{len(excess) - len(limits)} more defects not listed"
    return (*defects[:MAX_DEFECTS], *limits, Defect(code="limit-defects", message=message, line=line))
