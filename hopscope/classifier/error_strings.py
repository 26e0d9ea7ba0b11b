"""Error text of mail servers -> the service at fault, the meaning and what to check.

:func:`explain` is the public function. Known errors are rows of ``data/error_strings.tsv``, which match in one of three
ways (column ``match``):

- ``text``: the pattern occurs anywhere in the text, with or without a status code;
- ``after``: the pattern occurs after one of the row's status codes, within the same reply;
- ``code``: one of the row's status codes occurs, and no other row explains it.

A status code that no row explains gets the registered meaning of its class, subject and detail, and a text that is only
an SMTP reply the meaning of its reply code: ``data/status_codes.tsv``.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from hopscope.data import table

__all__ = ["Explanation", "examples", "explain", "known"]

_LONGEST = 20_000
"""Maximum number of characters that are searched; SMTP replies and reports are much shorter."""
_LONGEST_REPLY = 200
"""Maximum number of characters from a status code to the end of the text that belongs to it."""
_CODE = r"(?<![A-Za-z0-9_.])[45]\.[0-7]\.[0-9]{1,3}(?![A-Za-z0-9_]|\.[0-9])"
"""An enhanced status code of an error (RFC 3463), and no part of an IP address, a version or a longer number."""
_BARE_CODE = (
    r"\W{0,9}+(?:(?:smtp|dsn|ndr|error|status|code)\b\W{0,9}+){0,4}+(?:[245][0-9]{2}\b\W{1,3}+)?+"
    r"([245]\.[0-7]\.[0-9]{1,3})\W{0,9}+"
)
"""A text that is only a status code, with a reply code or such words before it."""
_REPLY = r"\W{0,9}+(?:smtp\b\W{0,9}+)?+([45][0-9]{2})(?![\w.])"
"""The reply code (RFC 5321) that a text starts with."""


class Explanation(NamedTuple):
    """What an error means."""

    words: str
    """The words of the text that it explains; the example of the error if the text is only a status code."""
    codes: tuple[str, ...]
    """Enhanced status codes (RFC 3463) that come with the error; ranges as ``5.7.606-649``. May be empty."""
    service: str | None
    """The service or system at fault; ``None`` if it is unknown."""
    meaning: str
    checks: tuple[str, ...]
    """What to check next, most useful first: a sentence or a cmdlet each. May be empty."""
    confidence: str
    """``documented`` (by the vendor or in an RFC), ``practitioners`` (they reported it), ``registered`` (only the
    registered meaning of the code is known) or ``unknown`` (no public source explains it)."""
    sources: tuple[str, ...]
    """Keys of ``data/SOURCES.md``."""


class _Row(NamedTuple):
    match: str
    pattern: str
    example: str
    explanation: Explanation


class _Found(NamedTuple):
    start: int
    end: int
    explanation: Explanation


class _Code(NamedTuple):
    """A status code in a text, and the end of the reply that it starts."""

    code: str
    start: int
    end: int
    end_of_reply: int


def explain(text: str) -> tuple[Explanation, ...]:
    """The explanations of an error text: an SMTP reply, a line of a log or of a queue, or a whole NDR.

    They are in the order of the text: an error that quotes another, such as ``Primary target IP address responded with:
    "..."``, comes before the quoted one, which is the cause. If several rows match the same words, the most specific
    one is returned. A text that is only a status code gets every meaning of the code, each with an example.

    Empty if the text has neither a known error nor a status or reply code. Only the first 20,000 characters are read.
    """
    return _explain(text[:_LONGEST])


@lru_cache(maxsize=256)
def _explain(text: str) -> tuple[Explanation, ...]:
    text = " ".join(text.split())
    if bare := re.fullmatch(_BARE_CODE, text, re.IGNORECASE):
        return _meanings(bare[1]) or (_registered(bare[1], bare[1]),)
    codes = tuple(_codes(text))
    found = _without_contained([*_found_by_text(text), *_found_after_codes(text, codes)])
    found += _found_by_code(codes, found)
    if not found and (reply := re.match(_REPLY, text, re.IGNORECASE)):
        return tuple(filter(None, [_reply_code(reply[1])]))
    return tuple(
        found.explanation._replace(words=text[found.start : found.end])
        for found in sorted(found, key=lambda found: found.start)
    )


def known(code: str) -> int:
    """The number of known errors with the status code ``code``."""
    return len(_meanings(code))


def examples() -> Iterator[str]:
    """An example of each known error."""
    return (row.example for row in _rows())


@cache
def _rows() -> tuple[_Row, ...]:
    return tuple(
        _Row(
            match=row["match"],
            pattern=row["pattern"],
            example=row["example"],
            explanation=Explanation(
                words=row["example"],
                codes=tuple(row["code"].split()),
                service=row["service"] or None,
                meaning=row["meaning"],
                checks=tuple(filter(None, row["check"].split("; "))),
                confidence=row["confidence"],
                sources=tuple(row["source"].split("; ")),
            ),
        )
        for row in table("error_strings")
    )


@cache
def _rows_of_codes() -> dict[str, tuple[_Row, ...]]:
    """The rows of each status code; those of exactly this code before those of a range."""
    exact: dict[str, list[_Row]] = {}
    ranges: dict[str, list[_Row]] = {}
    for row in _rows():
        for code in row.explanation.codes:
            first, _, last = code.partition("-")
            if not last:
                exact.setdefault(code, []).append(row)
                continue
            subject, _, start = first.rpartition(".")
            for detail in range(int(start), int(last) + 1):
                ranges.setdefault(f"{subject}.{detail}", []).append(row)
    return {code: (*exact.get(code, ()), *ranges.get(code, ())) for code in exact | ranges}


def _meanings(code: str) -> tuple[Explanation, ...]:
    """Every known error with the status code ``code``."""
    return tuple(row.explanation for row in _rows_of_codes().get(code, ()))


def _codes(text: str) -> Iterator[_Code]:
    matches = list(re.finditer(_CODE, text))
    next_starts = [*(match.start() for match in matches[1:]), len(text)]
    for match, limit in zip(matches, next_starts, strict=False):
        yield _Code(match[0], match.start(), match.end(), min(limit, match.end() + _LONGEST_REPLY))


def _found_by_text(text: str) -> Iterator[_Found]:
    for row in _rows():
        if row.match == "text" and (match := _compiled(row.pattern).search(text)):
            yield _Found(match.start(), match.end(), row.explanation)


def _found_after_codes(text: str, codes: tuple[_Code, ...]) -> Iterator[_Found]:
    for code in codes:
        for row in _rows_of_codes().get(code.code, ()):
            if row.match != "after":
                continue
            if match := _compiled(row.pattern).search(text, code.end, code.end_of_reply):
                yield _Found(code.start, match.end(), row.explanation)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the table; ``re`` itself caches fewer than the table has."""
    return re.compile(pattern, re.IGNORECASE)


def _without_contained(found: list[_Found]) -> list[_Found]:
    """Each row once, and no match within the words of another, which is more specific; the first of equal matches."""
    by_length = sorted(found, key=lambda match: match.start - match.end)
    kept: list[_Found] = []
    for match in by_length:
        if not any(
            match.explanation is other.explanation or (other.start <= match.start and match.end <= other.end)
            for other in kept
        ):
            kept.append(match)
    return kept


def _found_by_code(codes: tuple[_Code, ...], found: list[_Found]) -> list[_Found]:
    """The explanations of the codes that ``found`` leaves without one, each code once."""
    explained = {code for match in found for code in match.explanation.codes}
    explained |= {code.code for code in codes if any(code.start <= match.start < code.end_of_reply for match in found)}
    by_code = {}
    for code in codes:
        if code.code not in explained and code.code not in by_code:
            rows = (row for row in _rows_of_codes().get(code.code, ()) if row.match == "code")
            row = next(rows, None)
            explanation = row.explanation if row else _registered(code.code, code.code)
            by_code[code.code] = _Found(code.start, code.end, explanation)
    return list(by_code.values())


@cache
def _status_codes() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in table("status_codes")}


def _registered(code: str, words: str) -> Explanation:
    """The registered meaning of the class, subject and detail of a status code."""
    category, subject, _ = code.split(".")
    rows = [_status_codes().get(key) for key in (category, f"x.{subject}", f"x{code[1:]}")]
    severity, area, detail = (row["meaning"] if row else None for row in rows)
    specific = f"Detail: {detail}." if detail else "The detail is not registered."
    return Explanation(
        words=words,
        codes=(code,),
        service=None,
        meaning=f"{severity}. Subject: {area}. {specific} This is all that is known from the code.",
        checks=("the text after the code, and the host that sent it",),
        confidence="registered",
        sources=tuple(dict.fromkeys(row["source"] for row in rows[1:] if row)),
    )


def _reply_code(code: str) -> Explanation | None:
    """The meaning of an SMTP reply code, ``None`` if it is not registered."""
    row = _status_codes().get(code)
    if row is None:
        return None
    severity = _status_codes()[code[0]]["meaning"]
    return Explanation(
        words=code,
        codes=(),
        service=None,
        meaning=f"{severity}. Reply code: {row['meaning']}. This is all that is known from the code.",
        checks=("the text after the code, and the host that sent it",),
        confidence="registered",
        sources=tuple(row["source"].split("; ")),
    )
