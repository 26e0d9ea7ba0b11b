r"""Marks before lines: quote marks, numbers, bullets, times.

All functions expect text with ``\n`` line ends.
"""

import re
from itertools import takewhile

from hopscope.paste.patterns import (
    BULLETS,
    FENCES,
    LIKELY_FIELD,
    MENTION,
    MOSTLY,
    RECEIVED_FIELD,
    RECEIVED_LINE,
    STAMP_START,
    USUAL,
    USUAL_NAME,
    lazy,
)

__all__ = [
    "field_marks",
    "generalized",
    "highlights",
    "is_highlighted",
    "is_marked",
    "line_numbers",
    "line_prefix",
    "line_prefixes",
    "quoting",
]

_CONTENT = lazy(rf"[ \t\u00a0]*+(?:{FENCES}|{LIKELY_FIELD.pattern})", re.IGNORECASE)
_DEPTH = 10  # maximum levels of quoting that are removed


def quoting(text: str) -> str | None:
    """Remove quote marks (``>`` or ``|``) before lines, at one or several levels."""
    result = None
    for _ in range(_DEPTH):
        unquoted = _unquoted(text)
        if unquoted is None:
            break
        result = text = unquoted
    if not result or result.startswith((">", "|")):
        return None
    return result if _CONTENT.match(result) or MENTION.search(result) else None


def _unquoted(text: str) -> str | None:
    """The text without one level of quote marks; the text after the last quoted line becomes the body."""
    mark = text[:1]
    if mark not in {">", "|"}:
        return None
    first_line = text.partition("\n")[0]
    if _INNER_QUOTED.search(first_line, len(first_line) - len(first_line.lstrip("> |\t"))):
        return _INNER_MARK.sub("\n", text.lstrip("> |\t"))
    lines = text.split("\n")
    quoted = [number for number, line in enumerate(lines) if line.startswith(mark)]
    head, tail = lines[: quoted[-1] + 1], lines[quoted[-1] + 1 :]
    if len(quoted) < MOSTLY * sum(1 for line in head if line.strip()) or LIKELY_FIELD.match("".join(tail[:1])):
        return None
    unit = mark + " " if text[1:2] == " " else mark
    for number in quoted:
        head[number] = head[number][len(unit) if head[number].startswith(unit) else 1 :]
    return "\n".join([*head, "", *tail] if any(tail[:1]) else head + tail).lstrip("\n")


_INNER_MARK = lazy(r"[ \t](?:[>|]++[ \t]++)++")
_INNER_QUOTED = lazy(rf"(?<![>| \t])[ \t]++(?:[>|]++[ \t]++)++{USUAL}", re.IGNORECASE)
"""Quote marks of lines whose line breaks were lost."""


_NUMBER = lazy(r"[ \t]*+([0-9]{1,6}+)([.:|)]?+[ \t]?+)")


def line_numbers(text: str) -> str | None:
    """Remove consecutive numbers before all lines, as printed by ``cat -n`` and ``grep -n``."""
    lines = [line for line in text.split("\n") if line.strip()] or [""]
    if _are_numbers(lines[::2]) and LIKELY_FIELD.match("".join(lines[1:2])):  # on separate lines
        return "\n".join(lines[1::2]) + "\n"
    first = _NUMBER.match(lines[0])
    certain = len(lines) >= _CERTAIN and MENTION.search(text)
    if not first or len(lines) == 1 or not (certain or LIKELY_FIELD.match(lines[0], first.end())):
        return None
    result = []
    for number, line in enumerate(lines, int(first[1])):
        match = _NUMBER.match(line)
        if not match or int(match[1]) != number:
            return None
        result.append(line[match.end(1) :].removeprefix(first[2]))
    return "\n".join(result) + "\n"


def _are_numbers(lines: list[str]) -> bool:
    """Whether the lines consist only of consecutive numbers."""
    first = lines[0].strip()
    if not first.isdecimal() or len(first) > _MAX_DIGITS:  # int() refuses thousands of digits
        return False
    return [line.strip() for line in lines] == [str(number) for number in range(int(first), int(first) + len(lines))]


_MAX_DIGITS = 6
_CERTAIN = 3  # consecutive numbers; then the text after the first one need not be a field


_MAX_PREFIX = 100  # characters
_FIELD_BEHIND = lazy(rf"(?<![A-Za-z0-9-]){USUAL}", re.IGNORECASE)
_RECEIVED_BEHIND = lazy(r"^[^\n]{1,100}?(?<![A-Za-z0-9-])received:", re.IGNORECASE | re.MULTILINE)
_RUN = lazy(r"[0-9]++|(?<![A-Za-z])[A-Z][a-z]{2}(?![A-Za-z])|[ \t]++|[:-]|.")
_MIN_LINES = 2  # with the prefix
_BLANK = frozenset({"", " ", "\t"})


def line_prefixes(text: str) -> str | None:
    """Remove a prefix before lines or fields: a time, a file name, a comment character, or several of them.

    The prefix is the same on all lines, except for digits, names of days and months, and ``-`` instead
    of ``:`` as printed by grep.
    """
    if RECEIVED_LINE.search(text):
        return None
    for prefix in (_common_prefix(text), line_prefix(text)):
        result = prefix and _without(prefix, text)
        if result:
            return result
    return None


_TIMED = lazy(r"[0-9]:[0-9]{2}")
_MOSTLY_TIMED = 1 / 3
"""Minimum share of lines with a prefix that has a time of day, since such long lines are often wrapped."""


def _without(prefix: str, text: str) -> str | None:
    stripped = prefix.rstrip(" \t")
    pattern = lazy(generalized(stripped))
    space = prefix[len(stripped) :]
    lines = text.split("\n")
    if len(lines) - lines.count("") == 1:
        pieces = re.split(rf"(?:\A|(?<=[ \t])){pattern.pattern}[ \t]", text)
        return "\n".join(pieces[1:]) if len(pieces) > _CERTAIN and not pieces[0].strip() else None
    matches = [pattern.match(line) for line in lines]
    count = sum(map(bool, matches))
    unmarked = sum(1 for line, match in zip(lines, matches, strict=True) if not match and line[:1] not in _BLANK)
    share = _MOSTLY_TIMED if _TIMED.search(prefix) else MOSTLY
    if count < max(_MIN_LINES, share * (count + unmarked)):
        return None
    result = "\n".join(
        line[match.end() :].removeprefix(space) if match else line for line, match in zip(lines, matches, strict=True)
    )
    is_all = not unmarked and len(MENTION.findall(result)) == len(MENTION.findall(text)) > 0
    return result if RECEIVED_LINE.search(result) or is_all else None


def line_prefix(text: str) -> str | None:
    """The text before a field on the first line, or on that of the first Received field; ``None`` if it is blank."""
    received = _RECEIVED_BEHIND.search(text)
    for line in (text.partition("\n")[0], received[0] if received else ""):
        field = _FIELD_BEHIND.search(line, 0, _MAX_PREFIX)
        if field and line[: field.start()].strip():
            return line[: field.start()].rstrip("*_`")
    return None


def _common_prefix(text: str) -> str | None:
    """The text with which all lines start, up to a space or a mark, if there is more in it than words."""
    lines = [line for line in text.split("\n") if line.strip() and line[0] not in " \t"]
    if len(lines) < _CERTAIN or LIKELY_FIELD.match(text):
        return None
    runs = [match[0] for match in _RUN.finditer(lines[0], 0, _MAX_PREFIX)]
    patterns = [_generalized(run) for run in runs]
    for line in lines[1:]:
        below = [_generalized(match[0]) for match in _RUN.finditer(line, 0, _MAX_PREFIX)]
        patterns = [
            pattern for pattern, _ in takewhile(lambda pair: pair[0] == pair[1], zip(patterns, below, strict=False))
        ]
    ends = [number for number, run in enumerate(runs[: len(patterns)], 1) if run.isspace() or run in ":|)]>"]
    prefix = "".join(runs[: max(ends, default=0)])
    return prefix if any(not (character.isalpha() or character.isspace()) for character in prefix) else None


def generalized(prefix: str) -> str:
    """Pattern of a prefix on any line: of any digits, and of the name of any day or month."""
    return "".join(_generalized(run[0]) for run in _RUN.finditer(prefix))


def _generalized(run: str) -> str:
    """Pattern of the characters that may replace a run of characters in the prefix of other lines."""
    if run.isdigit():
        return "[0-9]++"
    if run.isspace():
        return r"[ \t]++"
    if run in ":-":
        return "[:-]"
    return "[A-Z][a-z]{2}" if len(run) > 1 else re.escape(run)


_MARK = rf"[ \t]*+(?:[{BULLETS}]|o(?=\t)|[0-9]{{1,4}}+[.)]|#{{1,6}}+|\[[ xX]?\])(?=[ \t\u00a0])"
_ANY_MARK = lazy(_MARK)
_MARKED = lazy(
    rf"^{_MARK}[ \t\u00a0]++(?=[*_`]*+(?:{LIKELY_FIELD.pattern}|{USUAL_NAME}[*_`]))", re.IGNORECASE | re.MULTILINE
)
_RECEIVED_MARKED = lazy(rf"^{_MARK}[ \t\u00a0]++[*_`]*+received[ ]?+[:*_`]", re.IGNORECASE | re.MULTILINE)


def field_marks(text: str) -> str | None:
    """Remove a bullet or number before each field, or before all lines."""
    first = _MARKED.match(text) if _ANY_MARK.match(text) else None
    if not first or not _RECEIVED_MARKED.search(text) or RECEIVED_LINE.search(text):
        return None
    space = first[0][len(first[0].rstrip(" \t\u00a0")) :]
    lines = text.split("\n")
    marks = [_ANY_MARK.match(line) for line in lines]
    if sum(map(bool, marks)) < MOSTLY * sum(1 for line in lines if line.strip()):
        return _MARKED.sub("", text)
    pairs = zip(lines, marks, strict=True)
    return "\n".join(line[mark.end() :].removeprefix(space) if mark else line for line, mark in pairs)


_QUOTES = "\u00ab\u00bb\u2018\u2019\u201c\u201d\u201e"
_ARROWS = "\u00b7\u2022\u2192\u21d2"
_OPENING = (
    rf"(?:[*_~=`'\"+!|>#\f{_QUOTES}{_ARROWS}-]{{1,6}}+|<(?:(?=[Rr])|[A-Za-z][^<>\n]{{0,80}}+>)|\[[^\[\]\n]{{1,30}}+\]"
    r"|\{[a-z:#]{1,20}+\}|\(?[0-9]{1,4}+[.):]|[0-9]{1,4}+(?=[ \t]))[ \t\u00a0]*+"
)
_CLOSING = (
    rf"(?:[*_~=`'\"{_QUOTES}]{{1,6}}+|</[A-Za-z]{{1,10}}+>|\[/[A-Za-z]{{1,10}}+\]|\{{[a-z]{{1,20}}+\}}"
    r"|<{3}|<-[^\n]*+)"
)
_HIGHLIGHTED = lazy(
    rf"^(?:{_OPENING}){{1,4}}+({USUAL_NAME})[ \t]*+"
    rf"((?:{_CLOSING}){{0,3}}+[ \t]*+:[ \t]*+(?:(?:{_CLOSING}){{1,3}}+[ \t]++)?+)"
    r"([^\n]*+(?:\n(?:[>|](?:[ \t](?=[ \t]))?+)?+[ \t][^\n]*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)
_BODY_START = lazy(STAMP_START, re.IGNORECASE)
_CLOSED = lazy(rf"(?:[ \t]*+{_CLOSING})++[ \t]*+\Z")
_CLOSED_FROM = 60
"""Characters at the end of a field that are searched for the marks."""


def highlights(text: str) -> str | None:
    """Remove marks around some of the fields: people point at a hop by bold text or by an arrow."""
    first = next(filter(_is_received, _HIGHLIGHTED.finditer(text)), None)
    if first is None:
        return None
    start = text.rfind("\n\n", 0, first.start()) + 1  # there may be other text above the header block
    end = text.find("\n\n", first.start())
    end = end if end >= 0 else len(text)
    header = text[start:end]
    if not is_highlighted(header) or (start and RECEIVED_LINE.search(text, 0, start)):
        return None
    return text[:start] + _HIGHLIGHTED.sub(_plain, header) + text[end:]


def _is_received(field: re.Match[str]) -> bool:
    return field[1].lower() == "received" and _BODY_START.match(field[3]) is not None


def _plain(field: re.Match[str]) -> str:
    name, _, body = field.groups()
    end = max(0, len(body) - _CLOSED_FROM)
    return f"{name}: {_LINE_MARKS.sub('', body[:end] + _CLOSED.sub('', body[end:]))}"


_LINE_MARKS = lazy(
    r"(?<=\n)[>|](?:[ \t](?=[ \t])|(?=[ \t]))"
    r"|(?<=\n )(?:[*_~=`!|+]{1,3}+|'{2,3}+|-)(?=[a-z(\[])|(?:[*_~=`!|]{1,3}+|'{2,3}+)(?=[ \t]{0,3}+\n)",
    re.IGNORECASE,
)
"""Marks at the start and end of each line of a field."""


def is_highlighted(header: str) -> bool:
    """Whether a block has Received fields with marks before them and other fields without, or marks around names."""
    fields = list(filter(_is_received, _HIGHLIGHTED.finditer(header)))
    around_names = any(field[2].strip() != ":" for field in fields)
    return around_names or (bool(fields) and _UNMARKED.search(header) is not None)


_UNMARKED = lazy(rf"^{USUAL}", re.IGNORECASE | re.MULTILINE)


def is_marked(header: str) -> bool:
    """Whether all Received fields of a well-formed block have marks before them."""
    if RECEIVED_FIELD.search(header):
        return False
    results = (undo(header) for undo in (quoting, line_numbers, line_prefixes, field_marks))
    return any(result and MENTION.search(result) and _CLAUSE.search(result) for result in results)


_CLAUSE = lazy(r"\b(?:from|by|with|id)\s", re.IGNORECASE)
