r"""The stamps that nearly all mail has, by one pattern; every other one is for the lexer.

    [comments] [from name [comments]] [by name [comments]] [via words] [with words] [tls word] [id word] [via words]
    [for path] ";" date-time

with comments behind any clause. What the pattern matches has one meaning: the clauses are in this order and none comes
twice; names are single words, without quotation marks, backslashes or commas, and perhaps an address literal behind
them; comments are closed and nest once at most; there is one ";" outside comments, and a date of the usual form (RFC
5322 section 3.3) behind it. So its answers are those of :mod:`hopscope.parser.clauses`, in a tenth of the time.

The same pattern reads a body within its header block (:mod:`hopscope.parser.scan`), where line breaks are those of
folds.
"""

import re
from enum import IntEnum
from functools import cache
from typing import Protocol

__all__ = ["FOLD", "STAMP", "Group", "Match", "comments", "match", "split_comments", "words"]


class Group(IntEnum):
    """The groups of the pattern."""

    BODY = 1
    """The field body, in whose pattern the others stand."""
    COMMENTS = 2
    FROM = 3
    FROM_LITERAL = 4
    FROM_COMMENTS = 5
    BY = 6
    BY_LITERAL = 7
    BY_COMMENTS = 8
    OVER_TLS = 9
    VIA = 10
    VIA_COMMENTS = 11
    WITH = 12
    WITH_COMMENTS = 13
    STARTTLS = 14
    STARTTLS_COMMENTS = 15
    TLS = 16
    TLS_COMMENTS = 17
    ID = 18
    REMARK = 19
    ID_COMMENTS = 20
    VIA_BEHIND = 21
    VIA_BEHIND_COMMENTS = 22
    FOR = 23
    FOR_COMMENTS = 24
    DATE = 25
    WEEKDAY = 26
    DAY = 27
    CLOCK = 28
    ZONE = 29
    DATE_COMMENTS = 30


_S = r"[ \t\n]"
_END = rf"(?={_S}|[(;])"


def _keyword(word: str) -> str:
    """A pattern of a keyword in any case."""
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)


_KEYWORDS = "|".join(map(_keyword, ("from", "by", "via", "with", "id", "for", "tls")))
_WORD = rf'(?!(?:{_KEYWORDS}){_END})[^ \t\r\n();"\\<>\[\],]++{_END}'
_WORDS = rf"{_WORD}(?:{_S}++{_WORD})*+"
# by a name of several words, which is no host name: by Forcepoint Email with
_PLAIN = rf'(?!(?:{_KEYWORDS}|{_keyword("localhost")}){_END})[^ \t\r\n();"\\<>\[\],.:]++'
_LITERAL = rf'\[[^\[\]()"\\<>;,\s]++\]{_END}'
_PATH = rf'<[^<>()"\\;,\s]++>{_END}|{_WORD}'
# comment = "(" *([FWS] ccontent) [FWS] ")" (RFC 5322 section 3.2.2), without quoted pairs, in two levels
_COMMENT = r"\((?:[^()\\]++|\([^()\\]*+\))*+\)"
_COMMENTS = rf"((?:{_S}*+{_COMMENT})*+)"
_DATE = (
    rf"(?:([A-Z][a-z]{{2}}),{_S}++)?+([0-9]{{1,2}}+{_S}++[A-Z][a-z]{{2}}{_S}++[0-9]{{4}}){_S}++"
    rf"([0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}){_S}++([+-][0-9]{{4}}|[A-Z]{{1,5}}+){_COMMENTS}"
)
STAMP = (
    rf"{_S}*+{_COMMENTS}"
    rf"(?:{_S}*+{_keyword('from')}(?:{_S}++({_WORD}|{_LITERAL})(?:{_S}++({_LITERAL}))?+)?+"
    # Cellopoint and others: from a.example [(192.0.2.1)] by
    rf"((?:{_S}*+{_COMMENT})++|{_S}++\[{_COMMENT}\]{_END}|))?+"
    rf"(?:{_S}*+{_keyword('by')}{_S}++({_PLAIN}(?:{_S}++{_WORD})++|{_WORD})(?:{_S}++({_LITERAL}))?+{_COMMENTS}"
    rf"(?:{_S}++(over{_S}++TLS{_S}++secured{_S}++channel){_END})?+)?+"
    rf"(?:{_S}*+{_keyword('via')}{_S}++({_WORDS}){_COMMENTS})?+"
    rf"(?:{_S}*+{_keyword('with')}{_S}++({_WORDS}){_COMMENTS}"
    rf"(?:{_S}*+(with{_S}++STARTTLS){_END}{_COMMENTS})?+"
    rf"(?:{_S}*+{_keyword('tls')}{_S}++({_WORD}){_COMMENTS})?+)?+"
    rf"(?:{_S}*+{_keyword('id')}(?:{_S}++({_PATH})(?:{_S}++(convert{_S}++rfc822-to-[78]bit){_END})?+)?+{_COMMENTS})?+"
    rf"(?:{_S}*+{_keyword('via')}{_S}++({_WORDS}){_COMMENTS})?+"
    rf"(?:{_S}*+{_keyword('for')}{_S}++({_PATH}){_COMMENTS})?+"
    rf"{_S}*+;{_S}*+({_DATE})"
)
"""The groups but the first, which has to stand before it, and without what comes after a field body."""


@cache
def _body() -> re.Pattern[str]:
    """The pattern of a field body; compiled when first needed, as that takes longer than to read a message."""
    return re.compile(rf"(?s:(?=(.*+))){STAMP}{_S}*+\Z")


class Match(Protocol):
    """The groups of a stamp; the methods are those of ``re.Match``."""

    def group(self, group: int, /) -> str | None:
        """The text of a group; ``None`` where the stamp has no such part."""

    def start(self, group: int, /) -> int:
        """Where it starts; -1 where the stamp has no such part."""

    def end(self, group: int, /) -> int:
        """Where it ends."""

    def groups(self) -> tuple[str | None, ...]:
        """The texts of all groups."""


def match(body: str) -> Match | None:
    """The groups of an unfolded field body; ``None`` where it is not usual, and the lexer has to read it."""
    return _body().match(body)


FOLD = re.compile(r"[ \t\r\n]++")
_EACH_COMMENT = _COMMENT  # compiled when first needed


def comments(found: Match, group: int) -> tuple[str, ...]:
    """The comments of a group, without their outer parentheses; folds are single spaces."""
    text = found.group(group)
    return split_comments(text) if text else ()


def split_comments(text: str) -> tuple[str, ...]:
    """The same of the text of a group."""
    if "\n" in text or "\t" in text or "  " in text or "\r" in text:
        text = FOLD.sub(" ", text)
    if text.count("(") == 1:
        return (text[text.index("(") + 1 : text.index(")")].strip(),)
    return tuple([comment[1:-1].strip() for comment in re.findall(_EACH_COMMENT, text)])


def words(found: Match, group: int) -> str | None:
    """The words of a group, joined by one space; ``None`` where it has none."""
    text = found.group(group)
    return FOLD.sub(" ", text) if text else None
