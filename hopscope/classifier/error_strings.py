"""Error text of mail servers -> the service at fault, the meaning and what to check.

:func:`explain` is the public function. Known errors are rows of ``data/error_strings.tsv``, which match in one of three
ways (column ``match``):

- ``text``: the pattern occurs anywhere in the text, with or without a status code;
- ``after``: the pattern occurs after one of the row's status codes, within the same reply;
- ``code``: one of the row's status codes occurs; or the pattern, if there is one.

Of all rows that match one reply, the first of the table is used: specific rows precede general ones. Rows that are
wrappers (column ``wrapper``) are used in addition, as the error they quote may have no code of its own.

A status code that no row explains gets the registered meaning of its class, subject and detail, and a text that is only
an SMTP reply the meaning of its reply code: ``data/status_codes.tsv``.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice, zip_longest
from typing import NamedTuple

from msgspec.structs import replace

from hopscope.classifier.error_rows import (
    Row,
    meanings_of_code,
    registered,
    registered_reply,
    rows,
    rows_of_code,
    sole_meaning,
)
from hopscope.model import Explanation
from hopscope.paste.markup import without_references

__all__ = ["examples", "explain", "explain_reply", "known"]

_LONGEST = 20_000
"""Maximum number of characters that are searched; SMTP replies and reports are much shorter."""
_LONGEST_REPLY = 500
"""Maximum number of characters from a status code to the end of the reply."""
_LONGEST_AFTER = 200
"""Maximum number of characters from a status code to the end of a pattern that must follow it."""
_MOST_CODES = 100
"""Maximum number of status codes that are read in a text; a report about a message has fewer."""
_GAP = 40
"""Maximum number of characters between a status code and the words that are shown with it."""
_LONGEST_SHOWN = 60
"""Maximum number of characters after a match that are shown with it."""
_PHRASE = r"(?: SMTP;)?+(?:\w|[ ,%/=*+@&]|-(?!>)|(?<=\w)['’](?=\w)|[.:](?=\w)|\((?=\w)[^()'\"<>\[\]{}]{0,60}+\))*+"
"""Text up to the end of a sentence or clause, or up to a quotation mark or bracket."""
_END_OF_HEADING = r"(?:[ ,;-]{1,9}https?)?[ ,;:.(-]{0,9}$"
"""What a heading does not end with."""
_CODE = (
    r"(?:\b[45][0-9]{2}[ -](?:[A-Za-z]{1,8}_[A-Za-z]{1,8} )?)?"
    r"(?<![A-Za-z0-9_.])([45]\.[0-7]\.[0-9]{1,3})(?![A-Za-z0-9_]|\.[0-9])"
)
"""An enhanced status code of an error (RFC 3463), with a reply code before it.

Not a part of an IP address, a version or a longer number. Barracuda writes ``cuda_nsu`` between the two codes.
"""
_HEADER = (
    r"^[ \t>]{0,8}+(?:Received(?:-SPF)?|Authentication-Results|ARC-[a-z-]{1,40}+|DKIM-Signature|X-[a-z0-9-]{1,60}+|"
    r"Subject|From|To|Date|Message-ID):[^\n]*+(?:\n[ \t]++[^\n]*+)*+"
)
"""Fields of the returned message in a report, which may have words of an error, such as a result of SPF."""
_LINE_OF_REPLY = r"\b([45][0-9]{2})([ -])([45]\.[0-7]\.[0-9]{1,3}) "
_BARE_CODE = (
    r"\W{0,9}+(?:(?:smtp|dsn|ndr|error|status|code)\b\W{0,9}+){0,4}+(?:([245][0-9]{2})\b\W{1,3}+)?+"
    r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:-[0-9]{3})?+\W{0,9}+"
)
"""A text that is only a status code, with a reply code or such words before it."""
_REPLY = (
    r"(?:^\W{0,9}+(?:smtp\b\W{0,9}+)?+|"
    r"\b(?:said|replied|response(?: was)?|returned|server|refused to talk to me|after [a-z ]{2,30}|error(?: code)?)"
    r"\b[: ]{1,3}+['\"(]?+)([245][0-9]{2})(?![\w.])"
    r"(?:[ -]([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![\w.]))?+\W{0,9}+(.{0,200}+)"
)
"""The reply code (RFC 5321) and the enhanced status code at the start of a text, or after words that quote a reply, and
the text after them."""
_PYTHON_REPLY = r"\(([245][0-9]{2}),\s{0,9}+[bB]?(?=['\"])"
"""The reply code in an exception of smtplib: ``(550, b'5.1.1 User unknown')``."""
_WRITTEN_LINE_BREAK = r"(?:\\r)?+\\n(?= {0,4}+[245][0-9.]{2})"
"""A line break written as ``\\n`` before a status or reply code, as in the ``repr`` of a string."""
_BETWEEN_EQUAL_CODES = r"[ ;:,#<\"']{0,9}(?:smtp|x-[a-z]{1,20})?[ ;:]{0,4}"
"""The text from a status code to the reply that it repeats, as in ``5.1.1 smtp;550 5.1.1 User unknown``."""


class _Code(NamedTuple):
    """A status code in a text, within the reply that it starts."""

    code: str
    start_of_reply: int
    """Position of the reply code, or of the status code if there is none."""
    start: int
    end: int
    end_of_reply: int

    def in_reply(self, match: "_Match") -> bool:
        """Whether the end of a match is in the reply."""
        return self.start_of_reply < match.end <= self.end_of_reply


class _Match(NamedTuple):
    start: int
    end: int
    row: Row


def explain(text: str) -> tuple[Explanation, ...]:
    """The explanations of an error text: an SMTP reply, a line of a log or of a queue, or a complete NDR.

    They are in the order of the text: an error that quotes another, such as ``Primary target IP address responded with:
    "..."``, comes before the quoted one, and is marked as a ``wrapper``. The last explanation that is not a wrapper is
    the best candidate for the cause. A text that is only a status code gets every meaning of the code: the
    registered one, and those of the table, each with an example that has the code.

    Empty if the text has neither a known error nor a status or reply code. Only the first 20,000 characters are read.
    """
    return _explain(text[:_LONGEST], every_meaning=True)


def explain_reply(text: str) -> tuple[Explanation, ...]:
    """As :func:`explain`, but a text that is only a status code gets one meaning, as it is not known which is right."""
    return _explain(text[:_LONGEST], every_meaning=False)


@lru_cache(maxsize=256)
def _explain(text: str, *, every_meaning: bool) -> tuple[Explanation, ...]:
    text = _joined(" ".join(re.sub(_HEADER, "", _unescaped(text), flags=re.IGNORECASE | re.MULTILINE).split()))
    if bare := re.fullmatch(_BARE_CODE, text, re.IGNORECASE):
        reply, code = bare[1] or "", bare[2]
        return meanings_of_code(code, reply) if every_meaning else (sole_meaning(code, reply),)
    codes = _codes(text)
    matches = _best([*_matches_of_text(text), *_matches_of_codes(text, codes)], codes)
    explanations = [(match.start, _shown(match, text, codes)) for match in matches]
    explanations += [(code.start, _registered(code, text)) for code in _unexplained(codes, matches)]
    if not codes and all(match.row.explanation.wrapper for match in matches):
        explanations += _registered_reply(text)
    unique: dict[str, Explanation] = {}
    for _, explanation in sorted(explanations, key=lambda pair: pair[0]):
        unique.setdefault(explanation.meaning, explanation)
    return tuple(unique.values())


def _unescaped(text: str) -> str:
    """The text without entities of HTML, and without what programs write around a reply in an exception."""
    if "&" in text and ";" in text:
        text = without_references(text)
    return re.sub(_WRITTEN_LINE_BREAK, " ", re.sub(_PYTHON_REPLY, r"\1 ", text))


def known(code: str) -> int:
    """The number of known errors with the status code ``code``."""
    return len(rows_of_code(code))


def examples() -> Iterator[str]:
    """An example of each known error."""
    return (row.explanation.text for row in rows())


def _codes(text: str) -> list[_Code]:
    """The status codes in a text, each with its reply, which ends at the next one.

    In ``sorry, no mailbox here (#5.1.1)``, as qmail writes it, the reply precedes the code.
    """
    matches = list(islice(re.finditer(_CODE, text), _MOST_CODES))
    matches = [match for match, after in zip_longest(matches, matches[1:]) if not _repeated(match, after, text)]
    limits = [*(match.start() for match in matches[1:]), len(text)]
    codes: list[_Code] = []
    for match, limit in zip(matches, limits, strict=False):
        start = match.start()
        if text.endswith("(#", 0, start):
            start = max(codes[-1].end if codes else 0, start - _LONGEST_AFTER)
        codes.append(_Code(match[1], start, match.start(1), match.end(), min(limit, match.end() + _LONGEST_REPLY)))
    return codes


def _repeated(code: re.Match[str], following: re.Match[str] | None, text: str) -> bool:
    """Whether a status code only precedes the reply that has the same code."""
    if following is None or following[1] != code[1] or following.start() == following.start(1):
        return False
    return re.fullmatch(_BETWEEN_EQUAL_CODES, text[code.end() : following.start()], re.IGNORECASE) is not None


def _joined(text: str) -> str:
    """The text without the codes that start the further lines of a reply (RFC 5321 section 4.2.1)."""
    parts = []
    previous, end = "", 0
    for match in re.finditer(_LINE_OF_REPLY, text):
        if match[1] + match[3] == previous:
            parts.append(text[end : match.start()])
            end = match.end()
        previous = match[1] + match[3] if match[2] == "-" else ""
    return "".join((*parts, text[end:]))


def _matches_of_text(text: str) -> Iterator[_Match]:
    for row in rows():
        if row.match != "after" and row.pattern and (match := _compiled(row.pattern).search(text)):
            yield _Match(match.start(), match.end(), row)


def _matches_of_codes(text: str, codes: list[_Code]) -> Iterator[_Match]:
    for code in codes:
        for row in rows_of_code(code.code):
            if row.match == "code":
                yield _Match(code.start, code.end, row)
            elif row.match == "after":
                end = min(code.end_of_reply, code.end + _LONGEST_AFTER)
                match = _compiled(row.pattern).search(text, code.start_of_reply, end)
                if match:
                    yield _Match(min(code.start, match.start()), max(code.end, match.end()), row)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the table; ``re`` itself caches fewer than the table has."""
    return re.compile(pattern, re.IGNORECASE)


def _best(matches: list[_Match], codes: list[_Code]) -> list[_Match]:
    """All wrappers, and of the other matches the best one of each reply; each row once.

    Outside of replies, the best one of overlapping matches.
    """
    best: dict[int, _Match] = {}
    replies = set()
    for match in sorted(matches, key=lambda match: (match.row.rank, match.start)):
        if match.row.rank in best:
            continue
        if not match.row.explanation.wrapper:
            reply = next((code.start for code in codes if code.in_reply(match)), None)
            others = (other for other in best.values() if not other.row.explanation.wrapper)
            if reply in replies or any(match.start < other.end and other.start < match.end for other in others):
                continue
            replies |= {reply} - {None}
        best[match.row.rank] = match
    return list(best.values())


def _shown(match: _Match, text: str, codes: list[_Code]) -> Explanation:
    """The explanation with the matching words, and with the status code shortly before them."""
    code = next((code for code in codes if (code.start, code.end) == (match.start, match.end)), None)
    code = code or next((code for code in codes if 0 <= match.start - code.end <= _GAP), None)
    if code and text.startswith(")", code.end):  # "sorry, no mailbox here (#5.1.1)": the code is of the text before it
        code = None
    return replace(match.row.explanation, text=_heading(text, code or match, match.end))


def _registered(code: _Code, text: str) -> Explanation:
    reply = re.compile("[45][0-9]{2}(?=[ -])").match(text, code.start_of_reply)
    return replace(registered(code.code, reply[0] if reply else ""), text=_heading(text, code, code.end))


def _registered_reply(text: str) -> Iterator[tuple[int, Explanation]]:
    """The meaning of the reply code at the start of the text, or in the reply that it quotes, and its position."""
    if reply := re.search(_REPLY, text, re.IGNORECASE):
        yield reply.start(1), registered(reply[2]) if reply[2] else registered_reply(reply[1], reply[3])


def _heading(text: str, first: "_Code | _Match", end: int) -> str:
    """The text from the start of ``first`` to ``end``, and on to the end of the phrase; no bracket is left open."""
    most = end + _LONGEST_SHOWN
    phrase = re.compile(_PHRASE).match(text, end, most)
    shown = text[first.start : phrase.end() if phrase else end]
    if phrase and phrase.end() == most < len(text):
        shown = shown.rpartition(" ")[0] or shown
    for opening, closing in ("()", "[]"):
        if shown.count(opening) > shown.count(closing) and not shown.startswith(opening):
            is_closed = text[first.start :].startswith(shown + closing)
            shown = shown + closing if is_closed else shown[: shown.rindex(opening)]
    return re.sub(_END_OF_HEADING, "", shown) or text[first.start : end]


def _unexplained(codes: list[_Code], matches: list[_Match]) -> Iterator[_Code]:
    """The codes whose reply has no match, and that no match explains elsewhere; each code once."""
    ranks = {match.row.rank for match in matches}
    explained = {code.code for code in codes if any(row.rank in ranks for row in rows_of_code(code.code))}
    for code in codes:
        if not any(map(code.in_reply, matches)) and code.code not in explained:
            explained.add(code.code)
            yield code
