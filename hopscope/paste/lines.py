r"""Damage to lines: indentation, blank lines, and misplaced line breaks.

All functions expect text with ``\n`` line ends.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from hopscope.paste.blocks import is_continued
from hopscope.paste.marks import generalized, line_prefix
from hopscope.paste.patterns import (
    FENCES,
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
    """Remove white space before all lines, before the first line only, or before all lines except the first."""
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
    """Remove the indentation of all lines except the first, whose indentation was not selected when copying."""
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
_VERDICTS = lazy(
    r"(?:ARC-)?Authentication-Results:|Received-SPF:|X-(?:Forefront|Microsoft)-Antispam|X-MS-Exchange-Organization-",
    re.IGNORECASE,
)
"""Fields that are pasted without any Received field."""
_EVIDENCE = 2  # minimum number of single fields below blank lines


def blank_lines(text: str) -> str | None:
    """Remove blank lines between lines or between fields.

    A body may contain header fields too: of a forwarded or returned message. So this damage is assumed
    only if the first block has no From or Date, and is followed by single fields or continuation lines
    between blank lines, with a Received field or results among them.
    """
    stray, _, fields = text.partition("\n")
    if LIKELY_FIELD.match(fields) and not FIELD.match(stray):
        repaired = blank_lines(fields)
        return f"{stray}\n{repaired}" if repaired else None
    pieces = _GAP.split(text)
    blocks, gaps = pieces[::2], pieces[1::2]
    if is_complete(blocks[0]) or not any(blocks[1:]):
        return None
    run = _header_run(blocks, gaps)
    blocks[:run] = [_indented(block) for block in blocks[:run]]
    lone = [block for block in blocks[:run] if _LONE.fullmatch(block)]
    below = lone[1:] if lone and lone[0] is blocks[0] else lone
    named = [block for block in below if block[0] not in " \t"]
    joined = "\n".join(blocks[:run]) + ("\n" + "".join(pieces[2 * run - 1 :]) if run < len(blocks) else "")
    spaced = any(RECEIVED.match(block) or _VERDICTS.match(block) for block in lone) and (
        (len(below) >= _EVIDENCE and named) or _is_one_stamp(blocks[:run]) or _are_all_stamps(blocks)
    )
    return joined if spaced else _joined_parts(pieces)


def _joined_parts(pieces: list[str]) -> str | None:
    """The text without the blank lines between header blocks that belong to one message: see ``blocks``."""
    above = _indented(pieces[0])
    end = 1
    while end < len(pieces) and LIKELY_FIELD.match(pieces[end + 1]):
        below = _indented(pieces[end + 1])
        lines = _HEADER_LINES.match(below)
        fence = below[lines.end() :] if lines else ""
        if not lines or (fence and not _FENCE.fullmatch(fence)) or not is_continued(above, lines[0]):
            break
        above += f"\n{lines[0]}"
        end += 2
        if fence:
            above += f"\n{fence}"  # the end of a code block: text below it is not of this message
            break
    return "".join([above, *pieces[end:]]) if end > 1 else None


_FENCE = lazy(rf"(?:{FENCES})[ \t]*+\n?+")


def _is_one_stamp(blocks: list[str]) -> bool:
    """Whether the blocks are one Received field, which the continuation lines complete."""
    return bool(RECEIVED.match(blocks[0])) and not _is_ended(blocks[0]) and _is_ended(" ".join(blocks))


def _are_all_stamps(blocks: list[str]) -> bool:
    """Whether all blocks are complete Received fields."""
    return all(RECEIVED.match(block) and _LONE.fullmatch(block) and _is_ended(block) for block in blocks if block)


def is_spaced(data: str, header: str) -> bool:
    """Whether the blank line after ``header`` is between header fields."""
    return not is_complete(header) and blank_lines(data) is not None


def _header_run(blocks: list[str], gaps: list[str]) -> int:
    """Number of blocks that form the header.

    It ends at a wider gap, and before a block that does not consist of header lines. If each line is a
    separate block, continuation lines without indentation also belong to the header.
    """
    by_line = "\n" not in blocks[0]
    run = 0
    for number, block in enumerate(blocks):
        if number and len(gaps[number - 1]) > len(gaps[0]):
            break
        if _HEADER_LINES.fullmatch(_indented(block)):
            run = number + 1
        elif not block or not by_line or "\n" in block:
            break
        elif number == run and _is_open(blocks[max(0, run - _MAX_LINES) : run]):
            run += 1
    return run


def _indented(block: str) -> str:
    """The block with its continuation lines indented, if they have lost that; only one with a Received field."""
    has_stamp = RECEIVED.match(block) or (LIKELY_FIELD.match(block) and _RECEIVED_LINE.search(block))
    return (continuation_lines(block) if has_stamp and "\n" in block else None) or block


_RECEIVED_LINE = lazy(rf"^received[ \t]*+:[ \t]*+{STAMP_START}", re.IGNORECASE | re.MULTILINE)


_MAX_LINES = 50  # of one Received field


def _is_open(blocks: list[str]) -> bool:
    """Whether the last field in the blocks is an incomplete Received field."""
    for number, block in enumerate(reversed(blocks), 1):
        if LIKELY_FIELD.match(block):
            return bool(RECEIVED.match(block)) and not _is_ended(" ".join(blocks[-number:]))
    return False


_RECEIVED_ALONE = lazy(rf"^[ \t]*+received[ \t]*+\n\s*+{STAMP_START}", re.IGNORECASE | re.MULTILINE)
_NAME_ALONE = lazy(rf"^[ \t]*+({USUAL_NAME})[ \t]*+:?+[ \t]*+\n\s*+(?=\S)", re.IGNORECASE | re.MULTILINE)


def names_alone(text: str) -> str | None:
    """Join field names on separate lines, without a colon, with the bodies below them."""
    return _NAME_ALONE.sub(r"\1: ", text) if _RECEIVED_ALONE.search(text) else None


_NARROW = 40  # minimum columns of a terminal; in narrower text, each wrapped word is a line
_MIN_CUTS = 3  # lines cut at the same column; fewer may be a coincidence
_TERMINALS = frozenset({80, 100, 120, 132, 160, 200})


_BLANK_LINE = lazy(r"\n[ \t]*+\n")


def cut_lines(text: str) -> str | None:
    """Join lines that were cut at the last column of a terminal, possibly within words.

    In such text, all lines except the last of each field have the same width, or one less if the last
    character was a space. Lines that are wrapped between words vary in width.
    """
    end = _BLANK_LINE.search(text)
    header, body = (text[: end.start()], text[end.start() :]) if end else (text.rstrip("\n"), "")
    repaired = _uncut(header)
    if repaired is not None or not body:
        return repaired and repaired + body
    return _uncut(text)


def _uncut(text: str) -> str | None:
    lines = [line.rstrip(" ") for line in text.split("\n")]
    width = max(map(len, lines))
    is_line = len(lines) > _MIN_CUTS and all(len(line) >= width - 1 for line in lines[:-1])
    starts = (lambda _: False) if is_line else _starts(text)
    cuts = [len(line) for line, below in pairwise(lines) if not starts(below)]
    full = cuts.count(width)
    enough = len(cuts) >= _MIN_CUTS or (full == len(cuts) and width in _TERMINALS)
    if width < _NARROW or full < _EVIDENCE or not enough or min(cuts) < width - 1:
        return None
    repaired = lines[:1]
    for above, line in pairwise(lines):
        if starts(line):
            repaired.append(line)
        else:
            repaired[-1] += " " * (width - len(above)) + line
    return "\n".join(repaired)


def _starts(text: str) -> Callable[[str], bool]:
    """Whether a line is the first of a field, or of a line with a prefix if the lines of a text have one."""
    prefix = "" if FIELD.match(text) else line_prefix(text) or ""
    pattern = lazy(generalized(prefix.rstrip(" \t"))) if prefix else None
    return lambda line: not line or bool(LIKELY_FIELD.match(line) or (pattern and pattern.match(line)))


_DATED = lazy(r"[0-9]:[0-9]{2}(?::[0-9]{2})?+[ \t]++(?:[+-][0-9]{4}|[A-Z]{1,5})\b")
_AFTER_TIME = lazy(r"[+-][0-9]{4}\b|\(|(?:UTC?|GMT|[ECMP][SD]T)\b")
_NO_CONTINUATION = lazy(r">*+From |--|[^A-Za-z0-9]*+\Z")
_LONG = 60  # minimum characters of a line that a program may have wrapped
_TAIL = 400  # characters of a field that are sufficient to detect its end


def continuation_lines(text: str) -> str | None:
    """Indent continuation lines that have lost their indentation.

    A line that is not a field continues an incomplete Received field above it. It continues any other
    field if that is empty so far or ends in a long line, or if no line at all is indented.
    """
    header, separator, body = text.partition("\n\n")
    lines = header.split("\n")
    flat = not any(line.startswith((" ", "\t")) for line in lines)
    repaired: list[str] = []
    field = ""  # the start and end of the field that a line may continue
    for line in lines:
        folded = not line or line[0] in " \t"
        lost = bool(field) and not folded and _is_lost(line, field, wrapped=flat or len(repaired[-1]) > _LONG)
        repaired.append(" " + line if lost else line)
        if not (folded or lost):
            field = line if FIELD.match(line) else ""
        elif field:
            field = _shortened(field + repaired[-1])
    return "\n".join(repaired) + separator + body if repaired != lines else None


def _shortened(field: str) -> str:
    """A long field without its middle part."""
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
    """Whether a Received field has its date-time and no unclosed comment or clause keyword after it."""
    _, semicolon, date_time = received.rpartition(";")
    dated = _DATED.search(date_time) if semicolon else None
    if dated is None or _KEYWORD_LAST.search(date_time):
        return False
    return date_time.count("(", dated.end()) <= date_time.count(")", dated.end())
