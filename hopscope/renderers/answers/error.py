"""An error text -> the service at fault, its meaning, what to check, and the confidence."""

import re
from collections.abc import Iterable

from hopscope.classifier.error_strings import ErrorString, error_strings, find
from hopscope.renderers.answers import Answer, Part, facts
from hopscope.renderers.answers.cited import cited

__all__ = ["answer", "names", "refusal"]

_REPLY = r"[245][0-9]{2}(?:[ -]|$)|(?:smtp; ?)?[245]\.[0-9]{1,3}\.[0-9]{1,3}(?:\s|$)"
"""The start of an SMTP reply: its reply code, or only the enhanced status code."""

_CONFIDENCE = {
    "documented": "documented by Microsoft",
    "practitioners": "reported by practitioners",
    "unknown": "no public source explains it",
}


def answer(what: str) -> Answer | None:
    """Every known error in the text, in order of appearance; ``None`` if there is none."""
    matches = find(what)
    return Answer(kind="error", parts=tuple(_part(*match) for match in matches)) if matches else None


def names() -> Iterable[str]:
    """An example of each error."""
    return (string.example for string in error_strings())


def refusal(what: str) -> str | None:
    """Why an SMTP reply is not explained; ``None`` if the text is not one."""
    if re.match(_REPLY, what, re.IGNORECASE):
        return "looks like an SMTP reply, but this error is not in the table"
    return None


def _part(error: ErrorString, words: str) -> Part:
    listed = facts(
        [
            ("At fault", error.service),
            ("Means", error.meaning),
            ("Check", error.check.split("; ")),
            ("Confidence", _CONFIDENCE[error.confidence]),
            ("Source", cited(error.source)),
        ]
    )
    codes = ", ".join(code for code in error.codes if code not in words)
    return Part(heading=f"{words} ({codes})" if codes else words, facts=listed)
