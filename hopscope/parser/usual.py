r"""The stamps that nearly all mail has, by one pattern; the lexer reads all others.

    [comments] [from name [comments]] [by name [comments]] [via words] [with words] [tls word] [id word] [via words]
    [for path] ";" date-time

with comments behind any clause. What the pattern matches has one meaning: the clauses are in this order and none comes
twice; names are single words, without quotation marks, backslashes or commas, and perhaps an address literal behind
them; comments are closed and nest once at most; there is one ";" outside comments, and a date of the usual form (RFC
5322 section 3.3) behind it. So its answers are those of :mod:`hopscope.parser.clauses`, in a tenth of the time.

The pattern reads a body as it stands in its header block (:mod:`hopscope.parser.scan`), with the line breaks of folds.
"""

import re
from typing import NamedTuple

__all__ = ["FOLD", "MAX_STAMP", "STAMP", "Groups", "comments"]


MAX_STAMP = 1 << 11
"""Characters. No server writes so much; the parts of a longer stamp would take too much memory to be remembered."""


class Groups(NamedTuple):
    """The texts of the groups of the pattern, as they stand in the header block; ``None`` without such a part."""

    comments: str
    """Comments before the first clause; of all comments, with their parentheses."""
    from_: str | None
    from_literal: str | None
    from_comments: str | None
    """``None`` without a from clause, empty where it has no comment; the same for each clause."""
    by: str | None
    by_literal: str | None
    by_comments: str | None
    over_tls: str | None
    via: str | None
    via_comments: str | None
    with_: str | None
    with_comments: str | None
    starttls: str | None
    starttls_comments: str | None
    tls: str | None
    tls_comments: str | None
    id: str | None
    remark: str | None
    id_comments: str | None
    via_after_id: str | None
    via_after_id_comments: str | None
    for_: str | None
    for_comments: str | None
    date: str
    weekday: str | None
    day: str
    """Day, month and year."""
    clock: str
    zone: str
    date_comments: str


_S = r"[ \t\n]"
_END = rf"(?={_S}|[(;])"


def _keyword(keyword: str) -> str:
    """A pattern of a keyword in any case."""
    return "".join(f"[{letter.upper()}{letter}]" for letter in keyword)


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
"""The groups of :class:`Groups`; the end of the body has to follow."""

FOLD = re.compile(r"[ \t\r\n]++")


def comments(text: str | None) -> tuple[str, ...]:
    """The comments of a group, without their outer parentheses; folds are single spaces."""
    if not text:
        return ()
    if "\n" in text or "\t" in text or "  " in text or "\r" in text:
        text = FOLD.sub(" ", text)
    if text.count("(") == 1:
        return (text[text.index("(") + 1 : text.index(")")].strip(),)
    return tuple([comment[1:-1].strip() for comment in re.findall(_COMMENT, text)])
