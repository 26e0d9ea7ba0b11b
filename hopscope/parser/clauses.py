"""Field body -> parts: the clause that each word of a Received field belongs to. Lossless.

    Time-stamp-line = "Received:" FWS Stamp <CRLF>
    Stamp           = From-domain By-domain Opt-info [CFWS] ";" FWS date-time      (RFC 5321 section 4.4)

Every character other than white space is in exactly one part: a keyword, a word of a clause's value, a
comment, the date, a separator, or additional text, which belongs to no clause.

The parser is tolerant:

- Clauses may come in any order, and any may be missing.
- A keyword counts only outside comments and quoted strings. A repeated keyword does not open a second clause
  (Exchange Online writes "with MailboxResubmission by AntispamTT").
- An unclosed comment ends where the next clause starts.
- The date is the text after the last ";" outside comments, up to the next keyword. It is also found if the ";" is
  missing.
- A comma after a word and an unmatched bracket are separators.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from hopscope.parser import auth, peer, tls
from hopscope.parser.grammar import CLAUSES, address, date_starts
from hopscope.parser.lexer import CLOSE, OPEN, SEMICOLON, SPACE, Kind, Token, tokenize

__all__ = [
    "ADDITIONAL",
    "COMMENT",
    "DATE",
    "DATE_WORD",
    "KEYWORD",
    "NONE",
    "RELEASE",
    "SEPARATOR",
    "UNCLOSED",
    "VALUE",
    "Part",
    "Role",
    "split",
    "text_of",
]

DATE = ";"
"""Pseudo-keyword of the date, after the last semicolon."""
NONE = ""
"""Pseudo-keyword of parts outside any clause."""

_FOLD = re.compile(r"[ \t\r\n]++")
_BLANK = " \t\r\n;"
_BRACKETS = frozenset("()[]")
"""Words that remain of unmatched brackets, or of brackets around comments: [(192.0.2.1)]."""
_LISTS = frozenset({"from", "by", "via", "with", "id"})
"""Clauses whose words may be followed by a comma: ``by mail.example, id 1``."""

# Path / Mailbox (RFC 5321 section 4.4, the for clause); an unmatched angle bracket occurs.
_QUOTED = r'"(?:[^"\\]++|\\.)*+"'
_PATH = rf'(?s)<++(?:[^>"\\]++|{_QUOTED}|\\.|["\\])*+>*+|(?:[^,>"\\]++|{_QUOTED}|\\.|["\\])*+>*+'
"""Compiled on first use, as is the next one."""

_DESCRIPTION = r"<[^<>@ ]++ [^<>@ ]++>|multiple recipients|(?i:uid) [0-9]++"
"""A for clause of two words: ``for <multiple recipients>``, and ``for uid 1000`` of nbSMTP."""
RELEASE = r"[0-9]++\.[0-9]++"
"""The only second word that an id may have: Exchange Online writes "id Version 15.20 (Build 1.2)"."""


class Role(Enum):
    """The role of a part of a field."""

    KEYWORD = "keyword"
    VALUE = "value"
    """A word of a clause's value; outside clauses, a phrase about TLS or authentication."""
    COMMENT = "comment"
    """A comment with its parentheses."""
    UNCLOSED = "unclosed"
    """A word of an unclosed comment, or its parenthesis."""
    ADDITIONAL = "additional"
    """Adjacent words that belong to no clause."""
    DATE_WORD = "date"
    """A word of the date."""
    SEPARATOR = "separator"


# Looking up a member of an enum is slow in Python 3.11.
KEYWORD, VALUE, COMMENT, UNCLOSED, ADDITIONAL, DATE_WORD, SEPARATOR = Role


class Part(NamedTuple):
    """A piece of a field body that has one role."""

    role: Role
    clause: str
    """The keyword of the clause that contains it, in lower case, or ``DATE`` or ``NONE``."""
    start: int
    """Offset in the body."""
    end: int


def split(body: str) -> list[Part]:
    """The parts of ``body``, from left to right. Any text is accepted; only white space is in no part."""
    tokens = tokenize(body)
    builder = _PartBuilder()
    date = _date_start(body, tokens)
    for kind, start, end in _pieces(tokens):
        if start == date:
            builder.open(DATE)
        if kind is SEMICOLON:
            builder.semicolon(start, is_last=start == date)
        elif kind is CLOSE:
            builder.comment(start, end)
        else:
            builder.word(body[start:end], start, end)
    return _joined(body, builder.parts)


def text_of(body: str, part: Part) -> str:
    """The text of a part, with each fold as a single space."""
    return _FOLD.sub(" ", body[part.start : part.end])


def _date_start(body: str, tokens: list[Token]) -> int:
    """Offset of the semicolon before the date, or of the date if there is no semicolon; -1 if there is no date."""
    end = len(body.rstrip(_BLANK))
    for token in reversed(tokens):
        if token.kind is SEMICOLON and token.start < end:
            return token.start
    outside = {token.start for token in tokens if not token.depth}
    return max((start for start in date_starts(body) if start in outside), default=-1)


def _pieces(tokens: list[Token]) -> Iterator[tuple[Kind, int, int]]:
    """Words and semicolons outside comments, and each outermost comment with the kind of its last token."""
    opened = 0
    for kind, text, start, depth in tokens:
        if depth == 0:
            if kind is not SPACE:
                yield kind, start, start + len(text)
        elif depth == 1 and kind is OPEN:
            opened = start
        elif depth == 1 and kind is CLOSE:
            yield kind, opened, start + 1


class _PartBuilder:
    """Assigns a role to each piece of a field, from left to right."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.opened: set[str] = set()
        self.open(NONE)

    def open(self, clause: str) -> None:
        """Start ``clause``: the pieces that follow belong to it."""
        self.clause = clause
        self.opened.add(clause)
        self.unclosed = False
        self.first = ""
        """The first word of the clause."""
        self.count = 0
        """Number of words in the clause so far."""
        self.after_comment = False
        """Whether a comment has followed the first words."""

    def add(self, role: Role, start: int, end: int) -> None:
        """Add a part to the current clause."""
        self.parts.append(Part(role, self.clause, start, end))

    def semicolon(self, start: int, *, is_last: bool) -> None:
        """A semicolon ends a clause; the last one starts the date."""
        if not is_last:
            self.open(NONE)
        self.add(SEPARATOR, start, start + 1)

    def comment(self, start: int, end: int) -> None:
        """A comment belongs to the clause before it."""
        self.after_comment = bool(self.first)
        self.add(COMMENT, start, end)

    def word(self, text: str, start: int, end: int) -> None:
        """A word opens a clause, continues the current one, or is additional text."""
        keyword = text.lower()
        if keyword in CLAUSES and self._opens(keyword):
            self.open(keyword)
            self.add(KEYWORD, start, end)
        elif text == "(":
            self.unclosed = True
            self.add(UNCLOSED, start, end)
        elif self.clause == DATE:
            self.add(UNCLOSED if self.unclosed else DATE_WORD, start, end)
        elif text in _BRACKETS or not text.strip(","):
            self.add(SEPARATOR, start, end)
        elif self.unclosed:
            self.add(UNCLOSED, start, end)
        else:
            if keyword == self.clause:  # a repeated keyword is a remark
                self.open(NONE)
            self._value(text, start, end)

    def _opens(self, keyword: str) -> bool:
        """Whether a keyword opens its clause: only the first time, and "tls" only after the with clause."""
        return keyword not in self.opened and (keyword != "tls" or ("with" in self.opened and not self.unclosed))

    def _value(self, text: str, start: int, end: int) -> None:
        """Add a word of the value. A comma after it, or text after the path of a for clause, is a separate part."""
        inner = end
        if self.clause in _LISTS and text.endswith(","):
            inner = start + len(text.rstrip(","))
        elif self.clause == "for" and not self.first and (path := re.match(_PATH, text)):
            inner = start + (path.end() or len(text))
        role = VALUE if self._belongs(text[: inner - start]) else ADDITIONAL
        self.first = self.first or text
        self.count += 1
        self.add(role, start, inner)
        suffix = text[inner - start :].lstrip(",")
        if inner < end - len(suffix):
            self.add(SEPARATOR, inner, end - len(suffix))
        if suffix:
            self.add(ADDITIONAL, end - len(suffix), end)

    def _belongs(self, text: str) -> bool:
        """Whether a word is part of the value of the current clause."""
        clause, first = self.clause, self.first
        if clause == NONE or not first:
            return clause != NONE
        if clause in {"from", "by"}:
            is_complete = self.after_comment or (clause == "by" and _is_host(first))
            return not is_complete or bool(address(text))
        if clause == "id":
            return self.count == 1 and not self.after_comment and bool(re.fullmatch(RELEASE, text))
        return clause != "for" or (self.count == 1 and bool(re.fullmatch(_DESCRIPTION, f"{first} {text}")))


def _is_host(name: str) -> bool:
    """Whether the name in the by clause is a host name, which is one word; other names may have several."""
    return "." in name or ":" in name or name.lower() == "localhost"


def _joined(body: str, parts: list[Part]) -> list[Part]:
    """The parts with adjacent additional words merged; phrases about TLS or authentication become values."""
    joined: list[Part] = []
    for part in parts:
        if part.role is ADDITIONAL and joined and joined[-1].role is ADDITIONAL:
            joined[-1] = joined[-1]._replace(end=part.end)
        else:
            joined.append(part)
    for index, part in enumerate(joined):
        if part.role is ADDITIONAL and _is_understood(text_of(body, part)):
            joined[index] = part._replace(role=VALUE, clause=NONE)
    return joined


def _is_understood(text: str) -> bool:
    return tls.is_phrase(text) or auth.is_phrase(text) or peer.claimed(text) is not None
