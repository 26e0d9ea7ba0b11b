r"""The stamps that nearly all mail has, by one pattern; the lexer reads all others.

    [comments] [from name [comments]] [by name [comments]] [via words] [with words] [tls word] [id word] [via words]
    [for path] ";" date-time

with comments behind any clause. What the pattern matches has one meaning: the clauses are in this order and none comes
twice; names are single words, without quotation marks, backslashes or commas, and perhaps an address literal behind
them; comments are closed and nest once at most; there is one ";" outside comments, and a date of the usual form (RFC
5322 section 3.3) behind it. So its answers are those of :mod:`hopscope.parser.clauses`, in a tenth of the time.

The pattern reads the body of a :class:`~hopscope.model.HeaderField`, which has no line breaks.
"""

import re

__all__ = ["MAX_STAMP", "PROTOCOL", "STAMP", "comments", "one_line"]


MAX_STAMP = 1 << 11
"""Characters. No server writes so much; the parts of a longer stamp would take too much memory to be remembered."""

_S = r"[ \t]"
_END = r"(?=[ \t(;])"


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
_COMMENTS = rf"(?:{_S}*+{_COMMENT})*+"
_DATE = (
    rf"(?:([A-Z][a-z]{{2}}),{_S}++)?+([0-9]{{1,2}}+{_S}++[A-Z][a-z]{{2}}{_S}++[0-9]{{4}}){_S}++"
    rf"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]){_S}++([+-][0-9]{{4}}|[A-Z]{{1,5}}+)({_COMMENTS})"
)


def _clause(keyword: str, words: str, group: str) -> str:
    """A pattern of a clause with its comments; ``group`` opens the groups of both."""
    return rf"{_S}*+{_keyword(keyword)}{_S}++{group}{words}){group}{_COMMENTS})"


def _protocol(group: str) -> str:
    """A pattern of the via, with and tls clauses before the id clause."""
    starttls = rf"{_S}*+{group}with{_S}++STARTTLS){_END}{group}{_COMMENTS})"
    with_ = rf"{_clause('with', _WORDS, group)}(?:{starttls})?+(?:{_clause('tls', _WORD, group)})?+"
    return rf"(?:{_clause('via', _WORDS, group)})?+(?:{with_})?+"


PROTOCOL = _protocol("(")
"""The groups are words and comments of the via clause, of the with clause, of STARTTLS, and of the tls clause."""
VIA = _clause("via", _WORDS, "(")
"""The via clause behind the id clause; the groups are its words and comments."""
STAMP = (
    rf"{_S}*+({_COMMENTS})"
    rf"(?:{_S}*+{_keyword('from')}(?:{_S}++({_WORD}|{_LITERAL})(?:{_S}++({_LITERAL}))?+)?+"
    # Cellopoint and others: from a.example [(192.0.2.1)] by
    rf"((?:{_S}*+{_COMMENT})++|{_S}++\[{_COMMENT}\]{_END}|))?+"
    rf"(?:{_S}*+{_keyword('by')}{_S}++({_PLAIN}(?:{_S}++{_WORD})++|{_WORD})(?:{_S}++({_LITERAL}))?+({_COMMENTS})"
    rf"(?:{_S}++(over{_S}++TLS{_S}++secured{_S}++channel){_END})?+)?+"
    rf"({_protocol('(?:')})"
    rf"(?:{_S}*+{_keyword('id')}(?:{_S}++({_PATH})(?:{_S}++(convert{_S}++rfc822-to-[78]bit){_END})?+)?+({_COMMENTS}))?+"
    rf"({_clause('via', _WORDS, '(?:')})?+"
    rf"(?:{_clause('for', _PATH, '(')})?+"
    rf"{_S}*+;{_S}*+({_DATE})"
)
"""The whole body. Its groups are ``None`` without such a part; comments have their parentheses:

===============================  ===================================================================================
Groups                           What they hold
===============================  ===================================================================================
comments                         those before the first clause
from, literal, comments          of the from clause; its comments are ``None`` without a from clause, and empty where
                                 it has none; so it is with each clause
by, literal, comments            of the by clause
over TLS                         the phrase behind it
protocol                         the via, with and tls clauses before the id clause, with comments
id, remark, comments             of the id clause; a remark is left to the lexer
via                              the via clause behind the id clause, with its comments
for, comments                    of the for clause
date                             all of the date-time
weekday, day                     such as ``Tue`` and ``31 Jul 2012``
hour, minute, second, zone       of the date-time
comments                         those behind the zone
===============================  ===================================================================================
"""

_SPACES = re.compile(r"[ \t\r\n]++")


def one_line(text: str | None) -> str | None:
    """Text whose white space is single spaces; ``None`` where there is no text."""
    if text and ("\t" in text or "  " in text):
        return _SPACES.sub(" ", text)
    return text or None


def comments(text: str | None) -> tuple[str, ...]:
    """The comments of a group, without their outer parentheses; white space is single spaces."""
    if not text:
        return ()
    if "\t" in text or "  " in text:
        text = _SPACES.sub(" ", text)
    if text.count("(") == 1:
        return (text[text.index("(") + 1 : text.index(")")].strip(),)
    return tuple([comment[1:-1].strip() for comment in re.findall(_COMMENT, text)])
