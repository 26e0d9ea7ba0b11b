r"""The kinds of damage that pasted header text has, and how each is undone.

Each kind has one function ``(text) -> text | None``, where ``None`` says that the damage is not
there, and one row in ``REPAIRS``. In the text that they get, lines end in ``\n``. The rows are tried
in order until the text is well-formed. A new kind is a function, a row and its cases in the tests.

Longer than 300 lines, because it is one list of small functions that share their patterns.
"""

import re
from collections.abc import Callable

from hopscope.parser.repair import to_bytes, to_text

__all__ = ["REPAIRS", "is_disguised", "is_spaced"]

# field-name *WSP ":" (RFC 5322 sections 2.2 and 4.5.8)
_NAME = r"[!-9;-~]++[ \t]*+:"
_FIELD = re.compile(_NAME)

# Where damage is known, a field has a name of letters, digits and few signs and a space behind its
# colon, or is one of the usual ones.
_PLAIN = r"(?:Received|From|To|Cc|Date|Subject|Sender|References)"
_HYPHENATED = (
    r"(?i:Return-Path|Delivered-To|Message-ID|MIME-Version|Reply-To|In-Reply-To|Content-[a-z-]++|DKIM-Signature"
    r"|ARC-[a-z-]++|Authentication-Results|Received-SPF|Thread-[a-z]++|Accept-Language|List-[a-z-]++|X-[a-z0-9_-]++)"
)
_USUAL = rf"(?:(?i:{_PLAIN})|{_HYPHENATED})[ \t]*+:"
_LIKELY_FIELD = re.compile(rf"[A-Z][A-Z0-9_.-]*+[ \t]*+:(?=\s|\Z)|{_USUAL}", re.IGNORECASE)
_RECEIVED = re.compile(r"(?:x-)?received[ \t]*+:", re.IGNORECASE)
_RECEIVED_LINE = re.compile(r"^[ \t>|`~\u00a0]*+received[ \t]*+:", re.IGNORECASE | re.MULTILINE)


# RFC 5322 section 3.6: "The only required header fields are the origination date field and the
# originator address field(s)". A block that has them is complete.
_DATE = re.compile(r"^date[ \t]*+:", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(r"^from[ \t]*+:", re.IGNORECASE | re.MULTILINE)

_MARKED_FIELD = re.compile(rf"(?:[>|`]++|[0-9]++[:.|)])[ \t]?{_USUAL}".encode(), re.IGNORECASE)

# <ann@contoso.example> and +1000 in the source of a web page; a no-break space before a keyword
_REFERENCES = r"&(?:lt|#60|#x3c);[^\s&]{1,200}+&(?:gt|#62|#x3e);|&#(?:43|x2b);[0-9]{4}"
_WEB_FIELD = re.compile(
    rf"^(?:(?:x-)?received|message-id|return-path)[ \t]*+:(?:(?:(?!{_REFERENCES})[^\n]|\n[ \t])*+(?:{_REFERENCES})"
    rf"|\u00a0(?:from|by)[ \u00a0])",
    re.IGNORECASE | re.MULTILINE,
)


def is_disguised(header: bytes) -> bool:
    """Whether a header block is well-formed only because ftext and text allow nearly all signs.

    Then it has marks before its lines, HTML character references or no-break spaces in fields whose
    grammar has no place for them, or all of its fields on one line.
    """
    if _MARKED_FIELD.match(header):
        return True
    text = to_text(header)
    if _WEB_FIELD.search(text) and (html_references(text) or unicode_spaces(text)):
        return True
    return one_line(text) is not None


def is_spaced(data: bytes, end: int) -> bool:
    """Whether the first blank line of a text, at offset ``end``, stands between header fields."""
    return not _is_complete(to_text(data[:end])) and blank_lines(to_text(data)) is not None


def _is_complete(header: str) -> bool:
    return bool(_FROM.search(header) and _DATE.search(header))


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
    if set(signs.values()).issubset(text):
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


_CONTENT = re.compile(rf"[ \t\u00a0]*+(?:```|~~~|{_LIKELY_FIELD.pattern})", re.IGNORECASE)
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
    return result if result and _CONTENT.match(result) else None


def _unquoted(text: str) -> str | None:
    """Text without one level of quote marks; what follows the last quoted line is the body."""
    mark = text[:1]
    if mark not in {">", "|"}:
        return None
    lines = text.split("\n")
    quoted = [number for number, line in enumerate(lines) if line.startswith(mark)]
    head, tail = lines[: quoted[-1] + 1], lines[quoted[-1] + 1 :]
    if len(quoted) < _MOSTLY * sum(1 for line in head if line.strip()) or _LIKELY_FIELD.match("".join(tail[:1])):
        return None
    unit = mark + " " if text[1:2] == " " else mark
    for number in quoted:
        head[number] = head[number][len(unit) if head[number].startswith(unit) else 1 :]
    return "\n".join([*head, "", *tail] if any(tail[:1]) else head + tail).lstrip("\n")


_FENCE = re.compile(r"^[ \t]*+(```|~~~)[`~]*+[ \t]*+", re.MULTILINE)
_FENCED = re.compile(rf"[ \t\u00a0\n]*+(?:{_LIKELY_FIELD.pattern})", re.IGNORECASE)


def code_fence(text: str) -> str | None:
    """Text in a fenced code block (CommonMark section 4.5), with what follows as the body."""
    received = _RECEIVED_LINE.search(text)
    for fence in _FENCE.finditer(text, 0, received.end()) if received else ():
        start = fence.end()
        if not _LIKELY_FIELD.match(text, start):  # an info string such as ``text``
            start = text.find("\n", start) + 1 or len(text)
        if _FENCED.match(text, start):
            content, _, rest = text[start:].lstrip("\n").partition(fence[1])
            return content + "\n" * bool(rest.strip("`~\n")) + rest.lstrip("`~")
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

    return to_text(a2b_qp(to_bytes(text)))


_FIELD_WITHIN = re.compile(rf"(?<![ \t])[ \t]++(?=(?:{_PLAIN}|{_HYPHENATED})[ \t]*+:(?:[ \t]|\Z))")
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
_LONE = re.compile(rf"(?:{_USUAL}.*+)?+(?:(?:\n|(?<!.))[ \t].*+)*+\n?+", re.IGNORECASE)
_EVIDENCE = 2  # single fields below blank lines


def blank_lines(text: str) -> str | None:
    """Text with blank lines between its lines, or between its fields.

    A message is a header, an empty line and a body, and the body may hold header fields: of a
    forwarded or returned message. So this damage needs a first block without From or Date, and below
    it single fields or continuation lines, each between blank lines, with a Received field among all.
    """
    pieces = _GAP.split(text)
    blocks, gaps = pieces[::2], pieces[1::2]
    if _is_complete(blocks[0]):
        return None
    run = _header_run(blocks, gaps)
    lone = [block for block in blocks[:run] if _LONE.fullmatch(block)]
    below = lone[1:] if lone and lone[0] is blocks[0] else lone
    named = [block for block in below if block[0] not in " \t"]
    if len(below) < _EVIDENCE or not named or not any(map(_RECEIVED.match, lone)):
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
_LONG = 60  # characters of a line that a program may have wrapped
_TAIL = 400  # characters of a field that are enough to see whether it has come to its end


def continuation_lines(text: str) -> str | None:
    """Text whose continuation lines have lost their indentation.

    A line that is no field is joined to a Received field above it that has not come to its end yet;
    to other fields where they are empty so far, or end in a long line, or no line is indented at all.
    """
    header, separator, rest = text.partition("\n\n")
    lines = header.split("\n")
    flat = not any(line.startswith((" ", "\t")) for line in lines)
    mended: list[str] = []
    field = ""  # the end of the field that a line may belong to
    for line in lines:
        folded = not line or line[0] in " \t"
        lost = bool(field) and not folded and _is_lost(line, field, wrapped=flat or len(mended[-1]) > _LONG)
        mended.append(" " + line if lost else line)
        if not (folded or lost):
            field = line if _FIELD.match(line) else ""
        elif field:
            field = _shortened(field + mended[-1])
    return "\n".join(mended) + separator + rest if mended != lines else None


def _shortened(field: str) -> str:
    """A long field without its middle."""
    return field[:_LONG] + field[-_TAIL:] if len(field) > 2 * _TAIL else field


def _is_lost(line: str, field: str, *, wrapped: bool) -> bool:
    """Whether ``line`` continues ``field``."""
    if _LIKELY_FIELD.match(line) or _NO_CONTINUATION.match(line):
        return False
    if _RECEIVED.match(field):
        return not _is_ended(field) or bool(_AFTER_TIME.match(line))
    return wrapped or field.endswith(":")


def _is_ended(received: str) -> bool:
    """Whether a Received field has its date-time, and no comment behind it is open."""
    _, semicolon, date_time = received.rpartition(";")
    dated = _DATED.search(date_time) if semicolon else None
    return dated is not None and date_time.count("(", dated.end()) <= date_time.count(")", dated.end())


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
