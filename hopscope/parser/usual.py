r"""One pattern for Received fields of the usual form, which nearly all mail has; the lexer parses all others.

    [comments] [from name [comments]] [by name [comments]] [via words] [with words] [tls word] [id word] [via words]
    [for path] ";" date-time

Comments may follow any clause. Every field that the pattern matches is unambiguous:

- The clauses are in this order, and none is repeated.
- Names are single words without quotation marks, backslashes or commas, optionally followed by an address literal.
- Comments are closed and nested at most once.
- There is one ";" outside comments, followed by a date of the usual form (RFC 5322 section 3.3).

So the result is that of :mod:`hopscope.parser.clauses`, in a tenth of the time.

The pattern matches the body of a :class:`~hopscope.model.HeaderField`, which has no line breaks.
"""

import re

__all__ = ["MAX_STAMP", "PROTOCOL", "STAMP", "comments", "one_line"]


MAX_STAMP = 1 << 11
"""Maximum characters. Servers do not write longer fields; caching the parts of longer ones would take much memory."""

_S = r"[ \t]"
_END = r"(?=[ \t(;])"


def _keyword(keyword: str) -> str:
    """A pattern that matches a keyword in any letter case."""
    return "".join(f"[{letter.upper()}{letter}]" for letter in keyword)


_KEYWORDS = "|".join(map(_keyword, ("from", "by", "via", "with", "id", "for", "tls")))
_WORD = rf'(?!(?:{_KEYWORDS}){_END})[^ \t\r\n();"\\<>\[\],]++{_END}'
_WORDS = rf"{_WORD}(?:{_S}++{_WORD})*+"
# A name of several words in the by clause is not a host name: by Forcepoint Email with
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
    """A pattern of a clause with its comments; ``group`` opens the groups for words and comments."""
    return rf"{_S}*+{_keyword(keyword)}{_S}++{group}{words}){group}{_COMMENTS})"


def _protocol(group: str) -> str:
    """A pattern of the via, with and tls clauses before the id clause."""
    starttls = rf"{_S}*+{group}with{_S}++STARTTLS){_END}{group}{_COMMENTS})"
    with_ = rf"{_clause('with', _WORDS, group)}(?:{starttls})?+(?:{_clause('tls', _WORD, group)})?+"
    return rf"(?:{_clause('via', _WORDS, group)})?+(?:{with_})?+"


PROTOCOL = _protocol("(")
"""The groups are words and comments of the via clause, of the with clause, of STARTTLS, and of the tls clause."""
VIA = _clause("via", _WORDS, "(")
"""The via clause after the id clause; the groups are its words and comments."""
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
"""The complete body. A group is ``None`` if the field has no such part; comments include their parentheses:

===============================  ===================================================================================
Groups                           Contents
===============================  ===================================================================================
comments                         the comments before the first clause
from, literal, comments          of the from clause; as for each clause, the comments are ``None`` without the clause,
                                 and empty if the clause has no comments
by, literal, comments            of the by clause
over TLS                         the phrase after the by clause
protocol                         the via, with and tls clauses before the id clause, with their comments
id, remark, comments             of the id clause; a field with a remark is parsed by the lexer
via                              the via clause after the id clause, with its comments
for, comments                    of the for clause
date                             the complete date-time
weekday, day                     such as ``Tue`` and ``31 Jul 2012``
hour, minute, second, zone       of the date-time
comments                         the comments after the zone
===============================  ===================================================================================
"""

_SPACES = re.compile(r"[ \t\r\n]++")


def one_line(text: str | None) -> str | None:
    """The text with each run of white space as a single space; ``None`` if there is no text."""
    if text and ("\t" in text or "  " in text):
        return _SPACES.sub(" ", text)
    return text or None


def comments(text: str | None) -> tuple[str, ...]:
    """The comments of a group, without their outer parentheses, with each run of white space as a single space."""
    if not text:
        return ()
    if "\t" in text or "  " in text:
        text = _SPACES.sub(" ", text)
    if text.count("(") == 1:
        return (text[text.index("(") + 1 : text.index(")")].strip(),)
    return tuple([comment[1:-1].strip() for comment in re.findall(_COMMENT, text)])
