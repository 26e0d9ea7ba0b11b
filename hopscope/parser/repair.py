"""Damaged pastes -> clean header text, and the list of repairs made.

Header text that people paste has been through web pages, tickets, quoting and other mail programs.
Each kind of damage has one function ``(text) -> text | None``, where ``None`` says that the damage
is not there, and one row in ``REPAIRS``. The rows are tried in order until the text is well-formed.

The rule over all of them: well-formed header text is never touched (:func:`is_well_formed`).

Longer than 300 lines, because it is one list of small functions that need only this file's patterns.
"""

import re
from collections.abc import Callable

from hopscope.model import Repair

__all__ = ["REPAIRS", "is_well_formed", "repair"]

# field-name *WSP ":" (RFC 5322 sections 2.2 and 4.5.8); an mbox file has a line "From " before it.
_NAME = r"[!-9;-~]++[ \t]*+:"
_FIELD = re.compile(_NAME)
_FIRST_FIELD = re.compile(rf"(?:From (?![ \t]*+:)[^\n]*+\n)?+{_NAME}".encode())
_NOT_A_FIELD = re.compile(rf"\n(?![ \t]|{_NAME})".encode())
_EMPTY_LINE = re.compile(rb"\r*+(?:\n|\Z)")
_LINE_BREAK = re.compile(r"(?<!\r)\r++\n")

# RFC 5322 section 3.6: "The only required header fields are the origination date field and the
# originator address field(s)". A block that has them is complete.
_DATE = re.compile(r"^date[ \t]*+:", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(r"^from[ \t]*+:", re.IGNORECASE | re.MULTILINE)

# ftext allows so much that "21:31:58 +0000" and "(2001:db8::1)" start like fields. Where damage is
# known, a field starts with a letter and has a space behind its colon, or is one of the usual ones.
_USUAL = (
    r"(?:Received|Return-Path|Delivered-To|From|To|Cc|Date|Subject|Message-ID|MIME-Version|Reply-To|Sender"
    r"|In-Reply-To|References|Content-[A-Za-z-]++|DKIM-Signature|ARC-[A-Za-z-]++|Authentication-Results"
    r"|Received-SPF|Thread-[A-Za-z]++|Accept-Language|List-[A-Za-z-]++|X-[A-Za-z0-9_-]++)[ \t]*+:"
)
_USUAL_FIELD = re.compile(_USUAL, re.IGNORECASE)
_LIKELY_FIELD = re.compile(rf"[A-Z][A-Z0-9_.-]*+[ \t]*+:(?=\s|\Z)|{_USUAL}", re.IGNORECASE)
_RECEIVED = re.compile(r"(?:x-)?received[ \t]*+:", re.IGNORECASE)
_RECEIVED_LINE = re.compile(r"^[ \t>|`~\u00a0]*+received[ \t]*+:", re.IGNORECASE | re.MULTILINE)


def is_well_formed(data: bytes) -> bool:
    """Whether header text needs no repair.

    It needs none where it starts with a header field and every line down to the first empty line is
    a field or a continuation (RFC 5322 section 2.2), unless the damage made it look like that: all
    line ends are CR; blank lines stand between the fields; quote marks, line numbers or HTML
    character references stand where the grammar of Received (RFC 5321 section 4.4) has no place for
    them; or several fields stand on the only line.
    """
    if not _FIRST_FIELD.match(data):
        return False
    other = _NOT_A_FIELD.search(data)
    end = other.end() if other else len(data)
    if not _EMPTY_LINE.match(data, end):
        return False
    return not (_is_disguised(data, end) or _is_spaced(data, end))


_MARKED_FIELD = re.compile(rf"(?:[>|`]++|[0-9]++[:.|)])[ \t]?{_USUAL}".encode(), re.IGNORECASE)
_ODD_FIELD = re.compile(
    rb"^(?:x-received|received|message-id)[ \t]*+:(?:\xc2\xa0|(?:(?!&(?:lt|gt|#))[^\n]|\n[ \t])*+&(?:lt|gt|#))",
    re.IGNORECASE | re.MULTILINE,
)


def _is_disguised(data: bytes, end: int) -> bool:
    """Whether what stands before ``end`` is well-formed only because ftext and text allow nearly all."""
    if b"\n" not in data and b"\r" in data:
        return True
    if _MARKED_FIELD.match(data):
        return True
    if data.find(b"&", 0, end) >= 0 or data.find(b"\xc2\xa0", 0, end) >= 0:
        text = _text(data[:end])
        return bool(_ODD_FIELD.search(data, 0, end)) and any(
            damage(text) is not None for damage in (html_references, unicode_spaces)
        )
    return data.find(b" Received: ", 0, end) >= 0 and one_line(_text(data[:end])) is not None


def _is_spaced(data: bytes, end: int) -> bool:
    """Whether the blank line at ``end`` stands between header fields, and not before a body."""
    below = data[end : end + 80].lstrip(b"\r\n")
    if not below or (below[:1] not in b" \t" and data.find(b"eceived:", end) < 0):
        return False
    return not _is_complete(_text(data[:end])) and blank_lines(_text(data)) is not None


def _is_complete(header: str) -> bool:
    return bool(_FROM.search(header) and _DATE.search(header))


def repair(data: bytes | str) -> tuple[bytes, tuple[Repair, ...]]:
    """Undo ordinary damage of pasted header text.

    Args:
        data: A message, its header block, or a paste of some of its header fields.

    Returns:
        The text in UTF-8, and the repairs made, in their order. Well-formed text, and text in which
        no known kind of damage is found, is handed back untouched (the same bytes object).
    """
    given = _bytes(data) if isinstance(data, str) else data
    if is_well_formed(given):
        return given, ()
    text, repairs = _decoded(given)
    for code, message, mend in REPAIRS:
        if repairs and is_well_formed(_bytes(text)):
            break
        mended = mend(text)
        if mended is not None:
            text = mended
            repairs.append(Repair(code=code, message=message))
    return (_bytes(text), tuple(repairs)) if repairs else (given, ())


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # lone surrogates that stand for no byte
        return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    r"""Text with line ends ``\n``, as the functions below expect it."""
    text = data.decode("utf-8", "surrogateescape")
    return _LINE_BREAK.sub("\n", text) if "\r" in text else text


_SAMPLE = 4096  # bytes that are enough to see UTF-16
_MANY, _FEW = 0.7, 0.1  # shares of NUL in the upper and the lower bytes of UTF-16 that holds mostly ASCII


def _decoded(data: bytes) -> tuple[str, list[Repair]]:
    """Text of damaged bytes, and the repair where they were UTF-16 (Windows programs call it Unicode)."""
    codec = _utf_16(data)
    if codec is None:
        return _text(data), []
    text = data.decode(codec, "replace").replace("\r\n", "\n")
    return text, [Repair(code="utf-16", message="decoded UTF-16")]


def _utf_16(data: bytes) -> str | None:
    """Codec of UTF-16 text: by its byte order mark, else by the NULs that ASCII has in every other byte."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    sample = data[:_SAMPLE]
    half = len(sample) / 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > _MANY * half and even < _FEW * half:
        return "utf-16-le"
    return "utf-16-be" if even > _MANY * half and odd < _FEW * half else None


def byte_order_mark(text: str) -> str | None:
    """Text without a byte order mark; also one that was read as Latin-1."""
    for mark in ("\ufeff", "\u00ef\u00bb\u00bf"):
        if text.startswith(mark):
            return text.removeprefix(mark)
    return None


def line_ends(text: str) -> str | None:
    """Text whose lines end in CR alone, as on old Macintosh systems."""
    return text.replace("\r", "\n") if "\r" in text and "\n" not in text else None


_BLANK_LINES = re.compile(r"(?:[ \t\u00a0]*+\n)++")


def empty_start(text: str) -> str | None:
    """Text with blank lines before the first field."""
    blank = _BLANK_LINES.match(text)
    return text[blank.end() :] if blank and blank.end() < len(text) else None


_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|nbsp|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")


def html_references(text: str) -> str | None:
    """Text from the source of a web page, where ``&lt;`` stands for ``<``.

    Only where a reference stands for a sign that is nowhere written itself.
    """
    references = set(_REFERENCE.findall(text))
    if not references or "eceived" not in text:
        return None
    from html import unescape

    signs = {reference: unescape(reference) for reference in references}
    if all(sign in text for sign in signs.values()):
        return None
    return _REFERENCE.sub(lambda match: signs[match[0]], text)


_START = re.compile(rf"(?P<marks>[ \t>|\u00a0]*+(?:```|~~~)?+)(?:(?<=```)|(?<=~~~)|{_USUAL})", re.IGNORECASE)


def leading_text(text: str) -> str | None:
    """Text that starts with a letter: ``Hello, here are the headers:``, a blank line, the headers.

    A stray line directly above the fields is no damage of this kind.
    """
    if text.startswith("From "):
        return None
    offset = 0
    blank = False
    for line in text.split("\n"):
        start = _START.match(line)
        if start:
            found = offset and (blank or start["marks"]) and _RECEIVED_LINE.search(text, offset)
            return text[offset:] if found else None
        if _LIKELY_FIELD.match(line):
            return None
        blank = blank or not line.strip()
        offset += len(line) + 1
    return None


_DEPTH = 10  # levels of quoting that are taken off
_MOSTLY = 2 / 3  # share of the lines that is quoted; programs that wrap lines leave some without a mark


def quoting(text: str) -> str | None:
    """Text quoted with ``>`` or ``|`` before its lines, once or several times."""
    result = None
    for _ in range(_DEPTH):
        unquoted = _unquoted(text)
        if unquoted is None:
            break
        result = text = unquoted
    return result


def _unquoted(text: str) -> str | None:
    """Text without one level of quote marks; what follows the last quoted line is the body."""
    mark = text[:1]
    if mark not in {">", "|"}:
        return None
    lines = text.split("\n")
    quoted = [number for number, line in enumerate(lines) if line.startswith(mark)]
    end = quoted[-1] + 1
    if len(quoted) < _MOSTLY * sum(1 for line in lines[:end] if line.strip()):
        return None
    unit = mark + " " if text[1:2] == " " else mark
    head = [
        line[len(unit) if line.startswith(unit) else 1 :] if line.startswith(mark) else line for line in lines[:end]
    ]
    tail = lines[end:] if not any(lines[end : end + 1]) else ["", *lines[end:]]
    return "\n".join(head + tail).lstrip("\n")


_FENCE = re.compile(r"^[ \t]*+(```|~~~)[`~]*+[ \t]*+", re.MULTILINE)


def code_fence(text: str) -> str | None:
    """Text in a fenced code block (CommonMark section 4.5): what stands in the block."""
    for fence in _FENCE.finditer(text):
        start = fence.end()
        if not _LIKELY_FIELD.match(text, start):  # an info string such as ``text``
            start = text.find("\n", start) + 1 or len(text)
        content = text[start : start + 80].lstrip()
        if _LIKELY_FIELD.match(content):
            end = text.find(fence[1], start)
            return text[start : end if end >= 0 else len(text)].lstrip("\n")
    return None


_NUMBER = re.compile(r"[ \t]*+([0-9]{1,6}+)([.:|)]?+[ \t]?+)")


def line_numbers(text: str) -> str | None:
    """Text with consecutive numbers before all of its lines, as ``cat -n`` and ``grep -n`` print them."""
    lines = text.rstrip("\n").split("\n")
    first = _NUMBER.match(lines[0])
    if not first or not _LIKELY_FIELD.match(lines[0], first.end()):
        return None
    result = []
    for number, line in enumerate(lines, int(first[1])):
        match = _NUMBER.match(line)
        if not match or int(match[1]) != number:
            return None
        result.append(line[match.end(1) :].removeprefix(first[2]))
    return "\n".join(result) + "\n"


_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_INVISIBLE = "\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_LINE_START = re.compile(
    rf"^(received[ \t]*+:)?+([ \t]*+[{_SPACES}{_INVISIBLE}][ \t{_SPACES}{_INVISIBLE}]*+)",
    re.IGNORECASE | re.MULTILINE,
)
_INVISIBLE_SIGN = re.compile(f"[{_INVISIBLE}]")


def unicode_spaces(text: str) -> str | None:
    """Text whose folding white space is no-break or other Unicode space, or hides behind invisible signs.

    Where it is, no-break spaces elsewhere stand for spaces too: web pages make them of runs of spaces.
    """
    mended, count = _LINE_START.subn(_plain_start, text)
    return mended.replace("\u00a0", " ") if count else None


def _plain_start(match: re.Match[str]) -> str:
    return (match[1] or "") + " " * len(_INVISIBLE_SIGN.sub("", match[2]))


def indentation(text: str) -> str | None:
    """Text with the same white space before all of its lines, or with some before the first line only."""
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    if not indent or not _LIKELY_FIELD.match(text, len(indent)):
        return None
    lines = text.split("\n")
    header = lines[: lines.index("")] if "" in lines else lines
    if any(_LIKELY_FIELD.match(line) for line in header):
        return text[len(indent) :]
    return "\n".join(line.removeprefix(indent) for line in lines)


_SOFT_BREAK = re.compile(rf"=[ \t]*+\n(?!{_USUAL})", re.IGNORECASE)
_UNENCODED = re.compile(r"=(?![0-9A-F]{2}|[ \t]*+\n)")


def quoted_printable(text: str) -> str | None:
    """Text that is the source of a quoted-printable body (RFC 2045 section 6.7).

    There each equals sign starts a pair of hexadecimal digits or ends its line.
    """
    header = text.partition("\n\n")[0]
    if _UNENCODED.search(header) or not _SOFT_BREAK.search(header):
        return None
    from binascii import a2b_qp

    return _text(a2b_qp(_bytes(text)))


_FIELD_WITHIN = re.compile(rf"(?<![ \t])[ \t]++(?={_USUAL.replace('X-', '[Xx]-')}[ \t])")
_RECEIVED_WITHIN = re.compile(r"[ \t]Received:[ \t]++(?:from|by|\()")


def one_line(text: str) -> str | None:
    """Text whose line breaks are lost, so that the fields stand one behind the other."""
    header, separator, rest = text.partition("\n\n")
    lines = header.split("\n")
    fields = sum(1 for line in lines if _LIKELY_FIELD.match(line))
    if fields != 1 or not _LIKELY_FIELD.match(header) or not _RECEIVED_WITHIN.search(header):
        return None
    return _FIELD_WITHIN.sub("\n", header) + separator + rest


_GAP = re.compile(r"\n(\n++)")
_HEADER_LINES = re.compile(rf"(?:(?:{_NAME}|[ \t]).*+(?:\n|\Z))++")
_LONE = re.compile(rf"(?:{_USUAL}.*+)?+(?:(?:\n|(?<!.))[ \t].*+)*+", re.IGNORECASE)
_EVIDENCE = 2  # single fields below blank lines


def blank_lines(text: str) -> str | None:
    """Text with blank lines between its lines, or between its fields.

    A message is a header, an empty line and a body, and the body may hold header fields: of a
    forwarded or returned message. So this damage needs a first block without From or Date, and below
    it single fields or continuation lines, each between blank lines; a Received field among them.
    """
    pieces = _GAP.split(text)
    blocks, gaps = pieces[::2], pieces[1::2]
    if _is_complete(blocks[0]):
        return None
    run = _header_run(blocks, gaps)
    lone = [block for block in blocks[1:run] if _LONE.fullmatch(block)]
    if len(lone) < _EVIDENCE or not any(block[0] in " \t" or _RECEIVED.match(block) for block in lone):
        return None
    return "\n".join(blocks[:run]) + ("\n" + "".join(pieces[2 * run - 1 :]) if run < len(blocks) else "")


def _header_run(blocks: list[str], gaps: list[str]) -> int:
    """How many blocks make up the header.

    It ends at a wider gap, and before a block that is no header lines; but where each line is a
    block of its own, continuation lines that have lost their indentation are among them.
    """
    by_line = "\n" not in blocks[0]
    run = 0
    for number, block in enumerate(blocks):
        if number and len(gaps[number - 1]) > len(gaps[0]):
            break
        if _HEADER_LINES.fullmatch(block):
            run = number + 1
        elif not by_line or "\n" in block:
            break
    return run


# time-of-day and zone (RFC 5322 section 3.3), which end a Received field but for a comment.
_DATED = re.compile(r"[0-9]:[0-9]{2}(?::[0-9]{2})?+[ \t]++(?:[+-][0-9]{4}|[A-Z]{1,5})\b")
_AFTER_TIME = re.compile(r"[+-][0-9]{4}\b|\(|(?:UTC?|GMT|[ECMP][SD]T)\b")
_NO_CONTINUATION = re.compile(r">*+From |--|[^A-Za-z0-9]*+\Z")
_TAIL = 400  # characters of a field that are enough to see whether it has come to its end


def continuation_lines(text: str) -> str | None:
    """Text whose continuation lines have lost their indentation.

    A line that is no field is joined to an empty field above it and to a Received field that has not
    come to its end yet; to other fields only where no line of the block is indented.
    """
    header, separator, rest = text.partition("\n\n")
    lines = header.split("\n")
    flat = not any(line.startswith((" ", "\t")) for line in lines)
    mended = []
    field = ""  # the end of the field that a line may belong to
    for line in lines:
        folded = not line or line[0] in " \t"
        lost = bool(field) and not folded and _is_lost(line, field, flat=flat)
        mended.append(" " + line if lost else line)
        if folded or lost:
            field = field and _shortened(field + mended[-1])
        else:
            field = line if _FIELD.match(line) else ""
    return "\n".join(mended) + separator + rest if mended != lines else None


def _shortened(field: str) -> str:
    """The name and the end of a long field."""
    return field[: field.index(":") + 1] + field[-_TAIL:] if len(field) > 2 * _TAIL else field


def _is_lost(line: str, field: str, *, flat: bool) -> bool:
    """Whether ``line`` continues ``field``."""
    if _LIKELY_FIELD.match(line) or _NO_CONTINUATION.match(line):
        return False
    if _RECEIVED.match(field):
        return not _is_ended(field) or bool(_AFTER_TIME.match(line))
    return flat or field.endswith(":")


def _is_ended(received: str) -> bool:
    """Whether a Received field has its date-time, and no comment behind it is open."""
    dated = _DATED.search(received)
    return bool(dated) and received.count("(", dated.end()) <= received.count(")", dated.end())


REPAIRS: tuple[tuple[str, str, Callable[[str], str | None]], ...] = (
    ("byte-order-mark", "removed the byte order mark", byte_order_mark),
    ("line-ends", "read CR as the end of a line", line_ends),
    ("empty-start", "removed blank lines before the first header field", empty_start),
    ("html-references", "replaced HTML character references", html_references),
    ("leading-text", "removed text before the header fields", leading_text),
    ("quoting", "removed quote marks before the lines", quoting),
    ("code-fence", "took the header fields out of a code block", code_fence),
    ("line-numbers", "removed line numbers", line_numbers),
    ("unicode-spaces", "replaced no-break and other Unicode spaces", unicode_spaces),
    ("indentation", "removed the indentation of all lines", indentation),
    ("quoted-printable", "decoded quoted-printable", quoted_printable),
    ("one-line", "broke one line into header fields", one_line),
    ("blank-lines", "removed blank lines between header lines", blank_lines),
    ("continuation-lines", "joined lines that had lost their indentation", continuation_lines),
)
"""Code, message and function of each repair, in the order in which they are tried."""
