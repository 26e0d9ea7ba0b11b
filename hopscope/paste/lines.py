r"""Damage to lines: indentation, blank lines, and breaks where none belong.

In the text that the functions get, lines end in ``\n``.
"""

import re
from itertools import pairwise

from hopscope.paste.patterns import (
    FIELD,
    LIKELY_FIELD,
    MENTION,
    NAME,
    RECEIVED,
    STAMP_START,
    USUAL,
    USUAL_NAME,
    is_complete,
    lazy,
)

__all__ = [
    "blank_lines",
    "continuation_lines",
    "cut_lines",
    "indentation",
    "is_indented",
    "is_spaced",
    "names_alone",
]


def indentation(text: str) -> str | None:
    """Text with the same white space before all of its lines, before the first line only, or before all but that."""
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    lines = text.split("\n")
    if not indent:
        return _below_first(lines)
    if not MENTION.search(text):
        return None
    if all(line.startswith(indent) or not line.strip() for line in lines):
        return "\n".join(line.removeprefix(indent) for line in lines)
    if not LIKELY_FIELD.match(text, len(indent)):
        return None
    header = lines[: lines.index("")] if "" in lines else lines
    if any(LIKELY_FIELD.match(line) for line in header):
        return text[len(indent) :]
    return "\n".join(line.removeprefix(indent) for line in lines)


_INDENTED_STAMP = lazy(rf"[ \t]++(?=received[ \t]*+:[ \t]*+{STAMP_START})", re.IGNORECASE)


def _below_first(lines: list[str]) -> str | None:
    """Lines that are all indented but for the first one: it was not selected from its beginning."""
    below = [line for line in lines[1:] if line.strip()]
    indent = next((match[0] for line in below if (match := _INDENTED_STAMP.match(line))), None)
    if not indent or not LIKELY_FIELD.match(lines[0]) or not all(line.startswith(indent) for line in below):
        return None
    return "\n".join([lines[0], *(line.removeprefix(indent) for line in lines[1:])])


def is_indented(header: str) -> bool:
    """Whether a well-formed block has Received fields that look like continuation lines of the first field."""
    return indentation(header) is not None


_GAP = lazy(r"\n(\n++)")
_HEADER_LINES = lazy(rf"(?:(?:{NAME}|[ \t]).*+(?:\n|\Z))++")
_LONE = lazy(rf"(?:{USUAL}.*+)?+(?:(?:\n|(?<!.))[ \t].*+)*+\n?+", re.IGNORECASE)
_EVIDENCE = 2  # single fields below blank lines


def blank_lines(text: str) -> str | None:
    """Text with blank lines between its lines, or between its fields.

    A message is a header, an empty line and a body, and the body may hold header fields: of a
    forwarded or returned message. So this damage needs a first block without From or Date, and below
    it single fields or continuation lines, each between blank lines, with a Received field among all.
    """
    stray, _, fields = text.partition("\n")
    if LIKELY_FIELD.match(fields) and not FIELD.match(stray):
        mended = blank_lines(fields)
        return f"{stray}\n{mended}" if mended else None
    pieces = _GAP.split(text)
    blocks, gaps = pieces[::2], pieces[1::2]
    if is_complete(blocks[0]):
        return None
    run = _header_run(blocks, gaps)
    lone = [block for block in blocks[:run] if _LONE.fullmatch(block)]
    below = lone[1:] if lone and lone[0] is blocks[0] else lone
    named = [block for block in below if block[0] not in " \t"]
    joined = "\n".join(blocks[:run]) + ("\n" + "".join(pieces[2 * run - 1 :]) if run < len(blocks) else "")
    if not any(map(RECEIVED.match, lone)):
        return None
    if len(below) < _EVIDENCE or not named:
        certain = _is_one_stamp(blocks[:run]) or _are_all_stamps(blocks)
        return joined if certain else None
    return joined


def _is_one_stamp(blocks: list[str]) -> bool:
    """Whether the continuation lines below a Received field bring it to its end."""
    return bool(RECEIVED.match(blocks[0])) and not _is_ended(blocks[0]) and _is_ended(" ".join(blocks))


def _are_all_stamps(blocks: list[str]) -> bool:
    """Whether there is nothing but Received fields that have come to their end."""
    return all(RECEIVED.match(block) and _LONE.fullmatch(block) and _is_ended(block) for block in blocks if block)


def is_spaced(data: str, header: str) -> bool:
    """Whether the blank line behind ``header`` stands between header fields."""
    return not is_complete(header) and blank_lines(data) is not None


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
        elif not block or not by_line or "\n" in block:
            break
        elif number == run and _is_open(blocks[max(0, run - _MOST_LINES) : run]):
            run += 1
    return run


_MOST_LINES = 50  # of one Received field


def _is_open(blocks: list[str]) -> bool:
    """Whether the last field, a Received field, has not come to its end in these blocks."""
    for number, block in enumerate(reversed(blocks), 1):
        if LIKELY_FIELD.match(block):
            return bool(RECEIVED.match(block)) and not _is_ended(" ".join(blocks[-number:]))
    return False


_RECEIVED_ALONE = lazy(rf"^[ \t]*+received[ \t]*+\n\s*+{STAMP_START}", re.IGNORECASE | re.MULTILINE)
_NAME_ALONE = lazy(rf"^[ \t]*+({USUAL_NAME})[ \t]*+:?+[ \t]*+\n\s*+(?=\S)", re.IGNORECASE | re.MULTILINE)


def names_alone(text: str) -> str | None:
    """Text with the names of the fields on lines of their own, without a colon, above the bodies."""
    return _NAME_ALONE.sub(r"\1: ", text) if _RECEIVED_ALONE.search(text) else None


_NARROW = 40  # columns of a terminal; where lines are shorter, each wrapped word is a line
_ENOUGH = 3  # lines cut at one column that are no accident
_TERMINALS = frozenset({80, 100, 120, 132, 160, 200})


def cut_lines(text: str) -> str | None:
    """Text cut at the last column of a terminal, within words as well.

    Then all lines but the last ones of the fields have the same width, or one less where the last
    sign was a space. Lines that are broken between words come in all widths.
    """
    header, separator, body = text.rstrip("\n").partition("\n\n")
    lines = [line.rstrip(" ") for line in header.split("\n")]
    width = max(map(len, lines))
    cuts = [len(line) for line, below in pairwise(lines) if not LIKELY_FIELD.match(below)]
    full = cuts.count(width)
    enough = len(cuts) >= _ENOUGH or (full == len(cuts) and width in _TERMINALS)
    if width < _NARROW or full < _EVIDENCE or not enough or min(cuts) < width - 1:
        return None
    mended = lines[:1]
    for above, line in pairwise(lines):
        if LIKELY_FIELD.match(line):
            mended.append(line)
        else:
            mended[-1] += " " * (width - len(above)) + line
    return "\n".join(mended) + separator + body


_DATED = lazy(r"[0-9]:[0-9]{2}(?::[0-9]{2})?+[ \t]++(?:[+-][0-9]{4}|[A-Z]{1,5})\b")
_AFTER_TIME = lazy(r"[+-][0-9]{4}\b|\(|(?:UTC?|GMT|[ECMP][SD]T)\b")
_NO_CONTINUATION = lazy(r">*+From |--|[^A-Za-z0-9]*+\Z")
_LONG = 60  # characters of a line that a program may have wrapped
_TAIL = 400  # characters of a field that are enough to see whether it has come to its end


def continuation_lines(text: str) -> str | None:
    """Text whose continuation lines have lost their indentation.

    A line that is no field is joined to a Received field above it that has not come to its end yet;
    to other fields where they are empty so far, or end in a long line, or no line is indented at all.
    """
    header, separator, body = text.partition("\n\n")
    lines = header.split("\n")
    flat = not any(line.startswith((" ", "\t")) for line in lines)
    mended: list[str] = []
    field = ""  # the end of the field that a line may belong to
    for line in lines:
        folded = not line or line[0] in " \t"
        lost = bool(field) and not folded and _is_lost(line, field, wrapped=flat or len(mended[-1]) > _LONG)
        mended.append(" " + line if lost else line)
        if not (folded or lost):
            field = line if FIELD.match(line) else ""
        elif field:
            field = _shortened(field + mended[-1])
    return "\n".join(mended) + separator + body if mended != lines else None


def _shortened(field: str) -> str:
    """A long field without its middle."""
    return field[:_LONG] + field[-_TAIL:] if len(field) > 2 * _TAIL else field


def _is_lost(line: str, field: str, *, wrapped: bool) -> bool:
    """Whether ``line`` continues ``field``."""
    if LIKELY_FIELD.match(line):  # (Authenticated sender: ann)
        return line[0].islower() and field.startswith("Received") and field.count("(") > field.count(")")
    if field.endswith(":"):
        return True
    if _NO_CONTINUATION.match(line):
        return False
    if RECEIVED.match(field):
        return not _is_ended(field) or bool(_AFTER_TIME.match(line))
    return wrapped


_KEYWORD_LAST = lazy(r"[ \t](?:from|by|with|via|id|for)[ \t]*+\Z")


def _is_ended(received: str) -> bool:
    """Whether a Received field has its date-time, and no comment or clause behind it is open."""
    _, semicolon, date_time = received.rpartition(";")
    dated = _DATED.search(date_time) if semicolon else None
    if dated is None or _KEYWORD_LAST.search(date_time):
        return False
    return date_time.count("(", dated.end()) <= date_time.count(")", dated.end())
