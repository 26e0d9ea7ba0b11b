"""The tables of error strings and status codes as records: ``data/error_strings.tsv`` and ``data/status_codes.tsv``."""

from functools import cache
from typing import NamedTuple

from hopscope.data import table

__all__ = ["Explanation", "Row", "registered", "registered_reply", "rows", "rows_of_code"]


class Explanation(NamedTuple):
    """What an error means."""

    words: str
    """The words of the text that it explains; the example of the error if the text is only a status code."""
    codes: tuple[str, ...]
    """Enhanced status codes (RFC 3463) that come with the error; ranges as ``5.7.606-649``. May be empty."""
    service: str | None
    """The service or system at fault; ``None`` if it is unknown."""
    meaning: str
    wrapper: bool
    """Whether the error only quotes another one, which is the cause."""
    checks: tuple[str, ...]
    """What to check next, most useful first: a sentence or a cmdlet each. May be empty."""
    confidence: str
    """``documented`` (by the vendor or in an RFC), ``practitioners`` (they reported it), ``registered`` (only the
    registered meaning of the code is known) or ``unknown`` (no public source explains it)."""
    sources: tuple[str, ...]
    """Keys of ``data/SOURCES.md``."""


class Row(NamedTuple):
    """A known error, and how it is found in a text."""

    rank: int
    """Position in the table."""
    match: str
    """``text``, ``after`` or ``code``."""
    pattern: str
    explanation: Explanation


@cache
def rows() -> tuple[Row, ...]:
    """Every known error, in the order of the table."""
    return tuple(
        Row(
            rank=rank,
            match=row["match"],
            pattern=row["pattern"],
            explanation=Explanation(
                words=row["example"],
                codes=tuple(row["code"].split()),
                service=row["service"],
                meaning=row["meaning"],
                wrapper=row["wrapper"] == "yes",
                checks=tuple(row["check"].split("; ")),
                confidence=row["confidence"],
                sources=tuple(row["source"].split("; ")),
            ),
        )
        for rank, row in enumerate(table("error_strings"))
    )


@cache
def _rows_of_codes() -> dict[str, tuple[Row, ...]]:
    exact: dict[str, list[Row]] = {}
    ranges: dict[str, list[Row]] = {}
    for row in rows():
        for code in row.explanation.codes:
            first, _, last = code.partition("-")
            if not last:
                exact.setdefault(code, []).append(row)
                continue
            subject, _, start = first.rpartition(".")
            for detail in range(int(start), int(last) + 1):
                ranges.setdefault(f"{subject}.{detail}", []).append(row)
    return {code: (*exact.get(code, ()), *ranges.get(code, ())) for code in exact | ranges}


def rows_of_code(code: str) -> tuple[Row, ...]:
    """The rows of a status code; those of exactly this code before those of a range."""
    return _rows_of_codes().get(code, ())


@cache
def _status_codes() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in table("status_codes")}


def registered(code: str) -> Explanation:
    """The registered meaning of the class, subject and detail of a status code."""
    category, subject, _ = code.split(".")
    listed = [_status_codes().get(key) for key in (category, f"x.{subject}", f"x{code[1:]}")]
    severity, area, detail = (row["meaning"] if row else None for row in listed)
    specific = f"Detail: {detail}." if detail else "The detail is not registered."
    return Explanation(
        words=code,
        codes=(code,),
        service=None,
        wrapper=False,
        meaning=f"{severity}. Subject: {area}. {specific} This is all that is known from the code.",
        checks=("the text after the code, and the host that sent it",),
        confidence="registered",
        sources=tuple(dict.fromkeys(row["source"] for row in listed[1:] if row)),
    )


def registered_reply(code: str) -> Explanation | None:
    """The meaning of an SMTP reply code, ``None`` if it is not registered."""
    row = _status_codes().get(code)
    if row is None:
        return None
    severity = _status_codes()[code[0]]["meaning"]
    return Explanation(
        words=code,
        codes=(),
        service=None,
        wrapper=False,
        meaning=f"{severity}. Reply code: {row['meaning']}. This is all that is known from the code.",
        checks=("the text after the code, and the host that sent it",),
        confidence="registered",
        sources=tuple(row["source"].split("; ")),
    )
