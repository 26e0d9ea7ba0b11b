"""The tables of error strings and status codes as records: ``data/error_strings.tsv`` and ``data/status_codes.tsv``."""

import re
from functools import cache
from typing import NamedTuple

from msgspec.structs import replace

from hopscope.data import table
from hopscope.model import Explanation

__all__ = [
    "Row",
    "meanings_of_code",
    "registered",
    "registered_reply",
    "rows",
    "rows_of_code",
    "sole_meaning",
    "with_errors_of_vendor",
]

_IS_ALL = " The code gives no further detail."
_MOST_SERVICES = 6
"""Maximum number of services at fault that are listed for a status code of a vendor."""


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
                text=row["example"],
                codes=tuple(row["code"].split()),
                at_fault=row["service"],
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


def registered(code: str, reply: str = "") -> Explanation:
    """The registered meaning of the class, subject and detail of a status code.

    A mail server acts on the reply code before it, not on the class (RFC 5321 section 4.2): ``550 4.3.2`` is permanent.
    """
    if row := _status_codes().get(code):
        return _of_codes(code, codes=(code,), meaning=f"{row['meaning']}.", sources=(row["source"],))
    category, subject, _ = code.split(".")
    listed = [_status_codes().get(key) for key in (reply[:1] or category, f"x.{subject}", f"x{code[1:]}")]
    severity, area, detail = (row["meaning"] if row else None for row in listed)
    specific = f"Detail: {detail}." if detail else "The detail is not registered."
    return _of_codes(
        code,
        codes=(code,),
        meaning=f"{severity}. Subject: {area}. {specific}" if area else f"{severity}. The subject is not registered.",
        sources=tuple(dict.fromkeys(row["source"] for row in (listed[1:] if area else listed) if row)),
    )


def meanings_of_code(code: str, reply: str = "") -> tuple[Explanation, ...]:
    """The meanings of a status code: the registered one, and those of the table, with the code in their examples."""
    of_table = tuple(_with_code(row.explanation, code, reply) for row in rows_of_code(code))
    if of_table and (f"x{code[1:]}" not in _status_codes() or _has_one_meaning(code)):
        return of_table
    first = registered(code)
    return (replace(first, meaning=first.meaning.removesuffix(_IS_ALL)), *of_table) if of_table else (first,)


def sole_meaning(code: str, reply: str = "") -> Explanation:
    """The meaning of a status code that came without a text.

    The registered meaning, unless the table has one for any text: a registered code is used by many mail systems, and
    the code alone does not show that the error is that of one of them.
    """
    of_table = rows_of_code(code)
    is_one = len(of_table) == 1 and f"x{code[1:]}" not in _status_codes()
    if is_one or _has_one_meaning(code):
        row = next((row for row in of_table if row.match == "code"), of_table[0])
        return _with_code(row.explanation, code, reply)
    return registered(code)


_CODE_OF_EXAMPLE = r"(?:^([245][0-9]{2})[ -]#?|\(#)([245])\.[0-9]{1,3}\.[0-9]{1,3}"
"""``550 5.7.1``, ``(#5.7.1``"""


def _with_code(explanation: Explanation, code: str, reply: str) -> Explanation:
    """The explanation with a status code in its example, which may have another one of the row.

    Without a reply code, that of the example if it fits: not 450 for a permanent error.
    """

    def with_code(match: re.Match[str]) -> str:
        if match[1] is None:
            return f"(#{code}"
        return " ".join(filter(None, (reply or (match[1] if match[2] == code[0] else ""), code)))

    return replace(explanation, text=re.sub(_CODE_OF_EXAMPLE, with_code, explanation.text, count=1))


def with_errors_of_vendor(explanation: Explanation, host: str) -> Explanation:
    """The registered meaning of a status code, with the errors that the vendor of the mail system of ``host`` lists.

    The same explanation if the vendor is not known, or documents no error with this code. Which of the errors it is
    stays unknown, so nothing is at fault.
    """
    name = host.lower().rstrip(".")
    vendor = next((row for row in table("error_vendors") if f".{name}".endswith(f".{row['domain']}")), None)
    documents = vendor["documents"] if vendor else ""
    rows = [row.explanation for row in rows_of_code(*explanation.codes)]
    documented = [row for row in rows if vendor and not row.wrapper and row.sources[0].startswith(documents)]
    if not vendor or not documented:
        return explanation
    return replace(
        explanation,
        meaning=f"{explanation.meaning.removesuffix(_IS_ALL)} The remote server is one of {vendor['vendor']}, which "
        f"{_errors(documented)}",
        checks=(
            "the text of the reply, in the log of the server that sent the message",
            f"hopscope explain {explanation.codes[0]}",
        ),
        sources=tuple(dict.fromkeys((*explanation.sources, *(row.sources[0] for row in documented)))),
    )


def _errors(documented: list[Explanation]) -> str:
    if len(documented) == 1:
        only = documented[0].meaning
        return f"documents one error with this code: {only} Nothing in the report confirms that it is this one."
    services = list(dict.fromkeys(str(row.at_fault) for row in documented))
    others = f"; and {len(services) - _MOST_SERVICES} others" if len(services) > _MOST_SERVICES else ""
    listed = "; ".join(services[:_MOST_SERVICES])
    return f"uses this code for several errors. At fault can be: {listed}{others}. Nothing in the report says which."


def _has_one_meaning(code: str) -> bool:
    """Whether an error of the table has this code with any text."""
    return any(row.match == "code" for row in rows_of_code(code))


def registered_reply(code: str, text: str) -> Explanation:
    """The meaning of an SMTP reply code; only that of its first digit if it is not registered, or if its text differs.

    The text of a reply is more specific than its code, and often differs: ``552 Too many recipients``.
    """
    row = _status_codes().get(code)
    if row and text and re.split("[,:]", row["meaning"])[0] not in text.lower():
        row = None
    severity = _status_codes()[code[0]]
    specific = "This error is not in the table." if text else "The reply code is not registered."
    specific = f"Reply code: {row['meaning']}." if row else specific
    return _of_codes(
        code,
        codes=(),
        meaning=f"{severity['meaning']}. {specific}",
        sources=tuple((row or severity)["source"].split("; ")),
    )


def _of_codes(text: str, codes: tuple[str, ...], meaning: str, sources: tuple[str, ...]) -> Explanation:
    return Explanation(
        text=text,
        codes=codes,
        at_fault=None,
        meaning=meaning + _IS_ALL,
        checks=() if text.startswith("2") else ("the text after the code, and the host that sent it",),
        confidence="registered",
        sources=sources,
    )
