r"""Header fields in JSON, CSV, tables, and the output of shells and programming languages.

All functions expect text with ``\n`` line ends. The module is over 300 lines because it contains all of these forms.
"""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from hopscope.paste.marks import generalized
from hopscope.paste.patterns import (
    MENTION,
    MOSTLY,
    RECEIVED_FIELD,
    RECEIVED_LINE,
    STAMP,
    STAMP_START,
    USUAL,
    USUAL_NAME,
    in_received,
    lazy,
    received_fields,
)

__all__ = [
    "escapes",
    "field",
    "has_all",
    "is_data",
    "literal_tabs",
    "quoted_cells",
    "rows",
    "strings",
    "unescaped",
]

_ESCAPE = lazy(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\n[ \t]*+|.))")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "e": "\x1b", "_": "\u00a0", "N": "\x85"}


def unescaped(text: str) -> str:
    """The value of a string of JSON (RFC 8259 section 7), YAML (1.2.2 section 5.7) or similar, with LF line ends."""
    if "\\" in text:
        text = _ESCAPE.sub(_character, text)
        if "\\u" in text or not text.isascii():  # surrogate pairs
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text.replace("\r\n", "\n")


def _character(match: re.Match[str]) -> str:
    number = match[1] or match[2]
    if number:
        return chr(int(number, 16))
    return "" if match[3][0] == "\n" else _ESCAPES.get(match[3], match[3])


class _String(NamedTuple):
    """A string, and the characters between it and the next one without white space."""

    text: str
    gap: str
    start: int


_FIELD_LINE = lazy(f"^{USUAL}", re.IGNORECASE | re.MULTILINE)  # in a string, line ends are escaped
_STRINGS = {
    '"': lazy(r'"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)', re.DOTALL),
    "'": lazy(r"'((?:[^'\\]++|\\.)*+)(?:'|\\?\Z)", re.DOTALL),
}
_IN_STRING = lazy(
    r"(?P<quote>[\"'])(?:(?:(?<![^\s:,\[][\"'])[ \t>|]++)?+received[ \t]*+:"
    r"|(?:x-|[>|#*_`\u2022 \t-]++)?+received[*_`:]*+[\"'])"
    r"|\\(?:[nt]|\n[ \t]*+)[ \t>|]*+received[ \t]*+:",
    re.IGNORECASE,
)
_STRING_FIRST = lazy(r"\s*+(?:\{|\[)(?P<quote>)")
_QUOTED = lazy(r"\s*+(?P<quote>[\"'])")


_PLAIN_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e", '"'))


def strings(text: str) -> str | None:
    r"""Extract fields from the strings of JSON, YAML or a programming language.

    Supported are header blocks in one string (``"headers": "Received: ...\r\n"``), lists of field lines,
    lists of objects (``{"name": "Received", "value": "..."}``, as in internetMessageHeaders of Microsoft
    Graph), lists of pairs, and objects with field names as keys and one body or a list of bodies as value.
    """
    if "\u201c" in text and '"' not in text:  # the typographic ones of a word processor
        text = text.translate(_PLAIN_QUOTES)
    if '"' not in text and "'" not in text:
        return None
    plain = RECEIVED_LINE.search(text)
    if plain and text.endswith("\\\n", 0, plain.start()):  # a string that continues on the next line
        plain = None
    match = (not plain and _STRING_FIRST.match(text)) or _IN_STRING.search(text) or (not plain and _QUOTED.match(text))
    if not match or (plain and plain.start() < match.start()) or (match.start() == 0 and _FIELD_LINE.search(text)):
        return None
    for quote in [match["quote"]] if match["quote"] else _STRINGS:
        pieces = _strings(text, quote, match)
        fields = "".join(f"{field.rstrip()}\n" for field in _fields(pieces))
        if has_all(fields, text):
            return fields
        if match.re.pattern == _IN_STRING.pattern and not match["quote"]:
            continue
        largest = max((piece.text for piece in pieces), key=_mentions, default="")
        if 2 * _mentions(largest) > _mentions(text) and not _NAME.fullmatch(largest.strip()):
            return largest
    return None


def _mentions(text: str) -> int:
    return len(MENTION.findall(text))


_ANY_STAMP = lazy(rf"received[ \t]*+:[ \t]*+{STAMP_START}", re.IGNORECASE)


def has_all(fields: str, text: str) -> bool:
    """Whether extracted fields include at least one Received field, and all those of the text."""
    return bool(STAMP.search(fields)) and len(_ANY_STAMP.findall(fields)) >= len(_ANY_STAMP.findall(text))


def _strings(text: str, quote: str, match: re.Match[str]) -> list[_String]:
    """The strings of a text. If the text starts within a string, its first quotation mark is ignored."""
    strings = _all_strings(text, quote, 0)
    if match["quote"] and all(string.start != match.start() for string in strings):
        strings = _all_strings(text, quote, text.find(quote) + 1)
    return strings


def _all_strings(text: str, quote: str, start: int) -> list[_String]:
    matches = list(_STRINGS[quote].finditer(text, start))
    ends = (*(match.start() for match in matches[1:]), len(text))
    return [
        _String(unescaped(match[1]), "".join(text[match.end() : end].split()), match.start())
        for match, end in zip(matches, ends, strict=False)
    ]


_NAME = lazy(rf"[>|#*_`\u2022 \t-]*+{USUAL_NAME}[*_`:]*+")
_FIELD = lazy(USUAL, re.IGNORECASE)
_NAME_KEYS = frozenset({"name", "key", "header", "field"})
_PAIR = 4  # strings of an object: key, name, key, body


def _fields(strings: list[_String]) -> Iterator[str]:
    """The header fields in strings, in order."""
    number = 0
    while number < len(strings):
        text, gap, _ = strings[number]
        pair = _object(strings[number : number + _PAIR])
        if pair:
            yield field(*pair)
            number += _PAIR
            continue
        number += 1
        if gap and _NAME.fullmatch(text):
            bodies = _bodies(strings, number, gap)
            yield from (field(text, body) for body in bodies)
            number += len(bodies)
        elif _FIELD.match(text) or (STAMP.search(text) and text[0] not in ">|"):
            yield text


def _object(strings: list[_String]) -> tuple[str, str] | None:
    """Name and body of a header field, if four strings are an object with these; else ``None``."""
    if [string.gap for string in strings[:3]] != [":", ",", ":"] or len(strings) < _PAIR:
        return None
    first, name_value, second, body_value = (string.text for string in strings)
    if first.lower() in _NAME_KEYS and second.lower() == "value":
        return name_value, body_value
    return (body_value, name_value) if first.lower() == "value" and second.lower() in _NAME_KEYS else None


def _bodies(strings: list[_String], number: int, gap: str) -> list[str]:
    """The bodies after a name: ``"name": "body"``, ``"name": ["body", "body"]`` or ``["name", "body"]``."""
    if gap not in {":", ":[", ","}:
        return []
    end = number + 1
    while gap == ":[" and end < len(strings) and strings[end - 1].gap == ",":
        end += 1
    return [string.text for string in strings[number:end]]


_UNFOLDED = lazy(r"\n(?![ \t])")


_ANY_NAME = lazy(r"[A-Za-z][A-Za-z0-9-]*+")
_MARKED_NAME = lazy(rf"(?P<mark>[^\n]{{0,60}}?[^A-Za-z\n-])??(?P<name>{USUAL_NAME})[:*_` \t]*+\Z", re.IGNORECASE)


def field(name: str, body: str) -> str:
    """A header field; the lines of its body become continuation lines.

    Marks before the name, such as those of a quotation, are also removed before the lines of the body.
    """
    marked = _MARKED_NAME.match(name)
    if marked and (marked["mark"] or "").strip():
        mark = generalized(marked["mark"].strip())
        name, body = marked["name"], re.sub(rf"(?:\A|(?<=\s)){mark}(?=\s|\Z)", "", body)
    plain = name.strip().strip("*_` ").rstrip(": *_`")
    if plain != name.strip().rstrip(":"):  # **Received:** from ...
        body = body.strip().lstrip("*_` ")
    return f"{plain}: " + _UNFOLDED.sub("\n ", body.strip())


# A single "\n " may be part of an account name: DOMAIN\n
_ESCAPED_LINE = lazy(
    rf"\\n(?:\\t|[ \t>|]*+[*_`]*+{USUAL}|[^\\\n]{{1,60}}?(?<![\w-])received:[ \t]++{STAMP_START})"
    r"|\\r\\n[ \t]|\\r\\n(?:[^\\\n]++|\\(?!r))*+\\r\\n"
    r"|\\n[ \t](?:[^\\\n]++|\\(?!n))*+\\n(?:[ \t]|$)",
    re.IGNORECASE | re.MULTILINE,
)


_ANY_ESCAPED = lazy(rf"{_ESCAPED_LINE.pattern}|\\n[ \t]*+$", re.IGNORECASE | re.MULTILINE)
_MARKED_STAMP = lazy(rf"\breceived[*_`]{{0,3}}[ \t]*+:[ \t\n\u00a0*_`]*+{STAMP_START}", re.IGNORECASE)


def escapes(text: str) -> str | None:
    r"""Replace line ends written as ``\n`` or ``\r\n`` in text without quotation marks around it."""
    lines = text.split("\n") if "\\n" in text else []
    if (repaired := _without_doubled_ends(lines)) is not None:
        return repaired if MENTION.search(repaired) else None
    lines = _rejoined(lines)
    for number, line in enumerate(lines):
        if _ESCAPED_LINE.search(line):
            repaired = unescaped(line)
            start = _start(repaired)
            lines[number] = repaired[start:]
            return (
                "\n".join(lines[number:] if start else lines)
                if MENTION.search(repaired) or _MARKED_STAMP.search(repaired)
                else None
            )
    return None


def _rejoined(lines: list[str]) -> list[str]:
    """The lines of a text, the first of which has all header fields if it was wrapped by a program."""
    header = list(takewhile(str.strip, lines))
    if sum("\\n" in line for line in header) <= 1 or any(map(_FIELD.match, header[1:])):
        return lines
    is_cut = len({len(line) for line in header[:-1]}) == 1
    return [("" if is_cut else " ").join(header), *lines[len(header) :]]


_LITERAL_END = lazy(r"(?:\\r)?+\\n[ \t]*+\Z")
_LITERAL_START = lazy(r"\A(?:\\r)?+\\n")


def _without_doubled_ends(lines: list[str]) -> str | None:
    r"""The text without ``\n`` at the end or start of its header lines, one line of which is one string literal."""
    if lines.count("\\n") > 1:
        return "\n".join(line for line in lines if line != "\\n")
    header = list(takewhile(str.strip, lines))
    for pattern in (_LITERAL_END, _LITERAL_START):
        literals = sum(1 for line in header if pattern.search(line))
        if literals > 1 and literals >= len(header) - 1:  # one may be the end of an account name: DOMAIN\n
            return "\n".join(pattern.sub("", line, 1) for line in lines)
    return None


_TAB = r"(?:\\t|\\u0009|\\x09|&#9;|&Tab;)"
_TAB_AT_START = lazy(rf"^(?:[ \t]*+{_TAB})++[ \t]*+", re.MULTILINE)
_TAB_WITHIN = lazy(rf"{_TAB}++(?=(?:from|by|via|with|id|for)[ \t]|\(|;)", re.IGNORECASE)


def literal_tabs(text: str) -> str | None:
    r"""Replace tabs written as ``\t`` at folds, whose line breaks may be lost."""
    if "\\" not in text and "&" not in text:
        return None
    last = max((stamp.start() for stamp in STAMP.finditer(text)), default=0)
    end = text.find("\n\n", last)  # there may be blank lines between the fields
    header, separator, body = (text[:end], "\n\n", text[end + 2 :]) if end >= 0 else (text, "", "")
    repaired = _TAB_AT_START.sub("\t", header)
    repaired = RECEIVED_FIELD.sub(_with_tabs, repaired)
    return repaired + separator + body if repaired != header else None


def _with_tabs(field: re.Match[str]) -> str:
    return _TAB_WITHIN.sub("\t", field[0]) if STAMP.match(field[0]) else field[0]


_FIELD_WITHIN = lazy(rf"(?:^[ \t]*+|(?<=[\t,;|:>])[ ]?+)(?=[*_`]*+{USUAL})", re.IGNORECASE | re.MULTILINE)


def _start(line: str) -> int:
    """Offset of the first field, which other cells may precede."""
    match = _FIELD_WITHIN.search(line)
    prefix = line[: match.end()].strip() if match else ""
    if prefix and len(re.findall(rf"\n[ \t]*+{generalized(prefix)}", line)) >= MOSTLY * line.count("\n"):
        return 0  # it is before each line
    is_other_text = match and line[: match.end()].strip(" \t>|") and not _MARKED_STAMP.search(line, 0, match.start())
    return match.end() if match and is_other_text else 0


_CELL = lazy(r'(?:^|(?<=[,;\t]))"((?:[^"]++|""|"(?![,;\t\n]|\s*+\Z))*+)(?:"|\Z)', re.MULTILINE)


def quoted_cells(text: str) -> str | None:
    """Extract header fields from CSV cells (RFC 4180), with all lines of a block in one cell or in several."""
    if '"' not in text:
        return None
    cells = [
        (match.start(), match[1].replace('""', '"'))
        for match in _CELL.finditer(text)
        if _FIELD.match(match[1]) or RECEIVED_LINE.match(match[1])
    ]
    if not cells or "\\n" in cells[0][1] or RECEIVED_LINE.search(text, 0, cells[0][0]):
        return None
    fields = "".join(f"{cell.rstrip()}\n" for _, cell in cells)
    outside = _CELL.sub("", text)  # a field may contain a quotation mark and a comma: ("a b", from userid 1)
    return fields if has_all(fields, text) and not _FIELD_LINE.search(outside) else None


# The separator is the same in all rows: "Tue, 17 Dec" below a row with tabs is not a row.
_ROW = (
    r'^"?+(?P<name>[^\t\n,;|"]++)"?+[ ]*+:?+[*_`]*+[ ]*+%s[ \t]*+'
    r'(?:"(?P<cell>(?:[^"]++|"")*+)"(?=[ ]*+(?:[,;\t]|$)).*+|(?P<plain>.*+))'
)
# "| Received | from ... |", optionally with a number in the first column and emphasis around the name
_CELLS_BEFORE = r"[ \t]*+(?:\|(?:[ \t0-9.#]*+\|)?+)?+[ \t]*+"
_TABLE_ROW = lazy(rf"^{_CELLS_BEFORE}(?P<name>[^|\t\n]++)\|(?P<plain>.*+)", re.MULTILINE)
_RULER = lazy(r"^[ \t]*+(?:\||:?-++:?[ \t]*+\|)[ \t:|+-]*+(?:\n|\Z)", re.MULTILINE)
_MARK_BEFORE = lazy(r"(?:[^\t\n|]{0,60}?[ >#*_`:.)])??")
_RECEIVED_ROW = lazy(
    rf'^(?:"?+received"?+[ ]*+:?+[ ]*+(?P<separator>[,;\t])|{_MARK_BEFORE.pattern}received[*_`: ]*+(?P<tab>\t)'
    rf'|{_CELLS_BEFORE}{_MARK_BEFORE.pattern}received[*_`: ]*+[ \t]*+\|)["`*_ \t]*+{STAMP_START}',
    re.IGNORECASE | re.MULTILINE,
)


_RESULT_ROW = lazy(
    r"^(?:authentication-results|received-spf|x-forefront-antispam-report|x-microsoft-antispam"
    r"|x-ms-exchange-organization-[a-z-]++)[ ]*+:?+(?P<separator>\t)",
    re.IGNORECASE | re.MULTILINE,
)
"""As the Message Header Analyzer of Microsoft shows other headers."""


def rows(text: str) -> str | None:
    """Convert a table (Markdown, CSV or tabs) with names in one column and bodies in the next."""
    match = _RECEIVED_ROW.search(text) or (None if MENTION.search(text) else _RESULT_ROW.search(text))
    if not match or RECEIVED_LINE.search(text, 0, match.start()):
        return None
    separator = match["separator"] or match.groupdict().get("tab")
    if separator is None:
        return _TABLE_ROW.sub(_table_row, _RULER.sub("", text)).lstrip("\n")
    return re.sub(_ROW % separator, _row, text, flags=re.MULTILINE).lstrip("\n")


def _row(match: re.Match[str]) -> str:
    """The header field of a row; empty for the row with the column headings, and unchanged if it is not a row."""
    name = match["name"].strip(" \t*_`:")
    if name.lower() in _NAME_KEYS:
        return ""
    if not (_ANY_NAME.fullmatch(name) or _MARKED_NAME.match(match["name"])):
        return match[0]
    cell = match["cell"]
    return field(match["name"], match["plain"] if cell is None else cell.replace('""', '"'))


_WEB_BREAK = lazy(r"[ ]?+<br[ ]?+/?>[ ]?+", re.IGNORECASE)


def _table_row(match: re.Match[str]) -> str:
    name = match["name"].strip(" \t*_`:")
    if name.lower() in _NAME_KEYS:
        return ""
    if not (_ANY_NAME.fullmatch(name) or _MARKED_NAME.match(match["name"])):
        return match[0]
    body = match["plain"].rstrip(" \t").removesuffix("|").strip(" \t`")
    return field(match["name"], _WEB_BREAK.sub("\n ", body.replace("\\|", "|")))


def is_data(header: str) -> bool:
    """Whether a well-formed block is JSON, CSV or a table whose lines look like header fields."""
    if RECEIVED_LINE.search(header) and not header.startswith(('"', "'")):
        escaped = in_received(_ANY_ESCAPED, header) and escapes(header) is not None
        return escaped or any(
            STAMP.match(field) and (_TAB_AT_START.search(field) or _TAB_WITHIN.search(field))
            for field in received_fields(header)
        )
    return any(undo(header) is not None for undo in (strings, escapes, quoted_cells, rows))
