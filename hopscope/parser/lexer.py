r"""Field body -> tokens with comment depth and position.

Lossless: the texts of the tokens, joined, are the input. Every step consumes at least one character
and no pattern can backtrack (possessive quantifiers, disjoint alternatives), so time is linear.

RFC 5322 section 3.2:

    comment       =  "(" *([FWS] ccontent) [FWS] ")"       ; nests
    quoted-string =  [CFWS] DQUOTE *([FWS] qcontent) [FWS] DQUOTE [CFWS]
    quoted-pair   =  "\" (VCHAR / WSP)

Deviations, each required by fields found in mail: an unmatched parenthesis or quotation mark is an
ordinary word, so that it does not swallow the rest of the field; and only space, tab, CR and LF are
white space, since other Unicode spaces occur inside names.
"""

import re
from enum import Enum
from typing import NamedTuple

__all__ = ["CLOSE", "OPEN", "SEMICOLON", "SPACE", "WORD", "Kind", "Token", "tokenize"]


class Kind(Enum):
    """The kind of a token."""

    SPACE = "space"
    WORD = "word"
    """Text without white space except in a quoted string: ``id``, ``<a@b.example>``, ``"a b"@c.example``."""
    OPEN = "("
    CLOSE = ")"
    SEMICOLON = ";"


# Looking up a member of an enum is slow in Python 3.11, and these are compared for every token.
SPACE, WORD, OPEN, CLOSE, SEMICOLON = Kind


class Token(NamedTuple):
    """A piece of a field body."""

    kind: Kind
    text: str
    start: int
    """Offset in the body."""
    depth: int
    """Number of comments that contain it; the parentheses of a comment are part of it."""


_SPACE = r"(?P<SPACE>[ \t\r\n]++)"
_MARKS = r"(?P<OPEN>\()|(?P<CLOSE>\))"
# A word may contain a quoted string, a domain literal or an address in angle brackets; ";" in these is text.
_QUOTED = r'"(?:[^"\\]++|\\.)*+"'
_LITERAL = r'<[^<>()"\s]*+>|\[[^\[\]()"\s]*+\]'
_WORD = rf'(?P<WORD>(?:[^ \t\r\n();"\\<\[]++|{_QUOTED}|{_LITERAL}|\\.|[<\[\\])++|")'
_OUTSIDE = re.compile(rf"{_SPACE}|{_MARKS}|(?P<SEMICOLON>;)|{_WORD}", re.DOTALL)
# In a comment, quotation marks and semicolons are ordinary text.
_INSIDE = re.compile(rf"{_SPACE}|{_MARKS}|(?P<WORD>(?:[^ \t\r\n()\\]++|\\.|\\)++)", re.DOTALL)
_KINDS: dict[str | None, Kind] = {kind.name: kind for kind in Kind}


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text``; joined, their texts are ``text``."""
    tokens, unclosed = _scan(text, frozenset())
    if unclosed:
        tokens, _ = _scan(text, frozenset(unclosed))
    return tokens


def _scan(text: str, plain: frozenset[int]) -> tuple[list[Token], list[int]]:
    """The tokens of ``text``, and the offsets of each unclosed "("; a "(" at an offset in ``plain`` is a word."""
    tokens: list[Token] = []
    opened: list[int] = []
    position, end = 0, len(text)
    while position < end:
        match = (_INSIDE if opened else _OUTSIDE).match(text, position)
        assert match is not None, "the alternatives cover every character"  # noqa: S101 - internal invariant
        kind, depth = _KINDS[match.lastgroup], len(opened)
        if kind is OPEN and position not in plain:
            opened.append(position)
            depth += 1
        elif kind is CLOSE and opened:
            opened.pop()
        elif kind is OPEN or kind is CLOSE:
            kind = WORD
        tokens.append(Token(kind, match[0], position, depth))
        position = match.end()
    return tokens, opened
