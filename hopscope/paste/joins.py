r"""Missing line breaks between header fields: all fields on one line, or two fields joined.

All functions expect text with ``\n`` line ends.
"""

import re
from itertools import pairwise

from hopscope.parser.lexer import tokenize
from hopscope.paste.patterns import (
    HYPHENATED,
    LIKELY_FIELD,
    PLAIN,
    RECEIVED,
    STAMP_START,
    USUAL,
    lazy,
    received_fields,
)

__all__ = ["glued_fields", "is_joined", "one_line"]

_KNOWN = rf"(?:{PLAIN}|{HYPHENATED})[ \t]*+:"
# Without a space before it, a name must start with a capital. "h=From:Date: ..." is the h tag of a DKIM-Signature.
_GLUED = r"(?:(?<=[^\s:=-])|(?<=[^h]=))(?=[A-Z])"
_FIELD_WITHIN = lazy(rf"(?:\n?+(?<![ \t])[ \t]++(?={_KNOWN}(?:[ \t]|\Z))|{_GLUED}(?={_KNOWN}[ \t]))")
_RECEIVED_WITHIN = lazy(rf"(?:[ \t]|{_GLUED})Received:[ \t]++(?:from|by|\()")


def one_line(text: str) -> str | None:
    """Split a line with all header fields, whose line breaks were lost.

    There may be other lines, such as a greeting or data, but no other Received field: see :func:`glued_fields`.
    """
    header, separator, body = text.partition("\n\n")
    lines = header.split("\n")
    starts = [number for number, line in enumerate(lines) if LIKELY_FIELD.match(line)]
    fields = ["\n".join(lines[start:end]) for start, end in pairwise([*starts, len(lines)])]
    complete = [field for field in fields if _contains_others(field)]
    if len(complete) != 1 or (
        len(fields) > 1 and (any(map(RECEIVED.match, fields)) or not _contains_others(_unglued(complete[0])))
    ):
        return None
    repaired = [_FIELD_WITHIN.sub("\n", field) if field is complete[0] else field for field in fields]
    return "\n".join([*lines[: starts[0]], *repaired]) + separator + body if repaired != fields else None


def _contains_others(field: str) -> bool:
    """Whether a field contains the other fields."""
    return bool(_RECEIVED_WITHIN.search(field) or (RECEIVED.match(field) and _NEXT_FIELD.search(field)))


# time-of-day and zone (RFC 5322 section 3.3), the end of a Received field except for comments
_ZONE = r"(?:[+-][0-9]{4}|[A-Z]{3,4}(?![a-z]))"
_END = (
    rf"(:[0-9]{{2}}(?:[ \t]++[AP]M)?+[ \t\n]++{_ZONE}(?:[ \t\n]*+\([^()]{{1,100}}+\)){{0,2}}+)"
    r"[ \t]*+[:;,.|]?+(?:\n(?=[ \t]))?+[ \t]*+"
)
_NEXT_FIELD = lazy(rf"{_END}(?={_KNOWN})")
_NEXT_STAMP = lazy(rf"(?<=[>;)0-9])(?:[ \t]*+[:|][ \t]*+)?+(?=Received:[ \t]*+{STAMP_START})")
_STRUCTURED_FIELD = lazy(
    r"^(?:received(?:-spf)?|date|return-path|delivered-to|message-id|(?:arc-)?authentication-results)[ \t]*+:"
    rf".*+(?:\n(?!\n|(?:[^\w\s]{{1,8}}+[ \t]?+)?+{USUAL}).++)*+",
    re.IGNORECASE | re.MULTILINE,
)


def glued_fields(text: str) -> str | None:
    """Split lines on which a field follows the end of another field: ``... +0000Received: from``.

    The end of the first field must be recognisable by a date-time or an angle bracket, or the second field be
    Received. Some mail servers write such lines themselves, so they are split only if the text has other damage, or
    if a complete Received field follows the date of the first one (:func:`is_joined`).
    """
    if one_line(text) is not None:
        return None
    repaired = _unglued(text)
    return repaired if repaired != text else None


def _unglued(text: str) -> str:
    return _STRUCTURED_FIELD.sub(_broken, text)


def _broken(field: re.Match[str]) -> str:
    """The fields on separate lines; unchanged if the second repeats the first, as Exchange Online once wrote it."""
    pieces = _NEXT_STAMP.sub("\n", _NEXT_FIELD.sub(r"\1\n", field[0]))
    if not RECEIVED.match(pieces) and _RECEIVED_WITHIN.search(pieces):  # Return-Path and similar fields have one word
        pieces = _FIELD_WITHIN.sub("\n", pieces)
    return field[0] if _has_duplicate(pieces) else pieces


_STAMPS = lazy(r"^received[ \t]*+:", re.IGNORECASE | re.MULTILINE)


def _has_duplicate(fields: str) -> bool:
    stamps = [stamp.split() for stamp in _STAMPS.split(fields)[1:]]
    return any(stamp == below for stamp, below in pairwise(stamps))


_SECOND_STAMP = lazy(rf"{_END}(?=Received:[ \t\n]*+(?:from(?:[^;\s]|\s(?!by\s)){{1,600}}+\sby|by)\s)")
_DATED = lazy(r";(?:(?![0-9]:[0-9]{2})[^;]){0,60}+[0-9]:[0-9]{2}")


def is_joined(header: str) -> bool:
    """Whether all fields, or two Received fields, of a well-formed block are on one line.

    Two Received fields count if a complete one follows the date of the other, outside comments.
    """
    if sum(1 for line in header.split("\n") if LIKELY_FIELD.match(line)) == 1 and one_line(header) is not None:
        within = [match.start() for match in _RECEIVED_WITHIN.finditer(header)]
        return not (within and RECEIVED.match(header)) or _any_outside(within, header)
    return any(map(_is_glued, received_fields(header)))


def _is_glued(received: str) -> bool:
    seconds = [match.end() for match in _SECOND_STAMP.finditer(received) if _DATED.search(received, match.end())]
    return bool(seconds) and _unglued(received) != received and _any_outside(seconds, received)


def _any_outside(offsets: list[int], text: str) -> bool:
    """Whether any of ``offsets``, in ascending order, is outside comments and quoted strings."""
    waiting = iter(offsets)
    at = next(waiting, None)
    for _, token, start, depth in tokenize(text):
        while at is not None and at < start + len(token):
            if depth == 0 and text.find('"', start, at) < 0:
                return True
            at = next(waiting, None)
    return False
