"""The text of an error -> the service at fault, what it means, what to look at, how sure that is."""

import re
from collections.abc import Iterable

from hopscope.classifier.error_strings import ErrorString, error_strings, find
from hopscope.renderers.answers import Answer, Part, facts
from hopscope.renderers.answers.cited import cited

__all__ = ["answer", "names", "refusal"]

_REPLY = r"[245][0-9]{2}(?:[ -]|$)|(?:smtp; ?)?[245]\.[0-9]{1,3}\.[0-9]{1,3}(?:\s|$)"
"""How an answer of a server starts: its reply code, or the enhanced status code alone."""

_SURE = {
    "documented": "documented by Microsoft",
    "practitioners": "reported by practitioners",
    "unknown": "no public source explains it",
}


def answer(what: str) -> Answer | None:
    """Every known error in the text, in the order in which they stand there; ``None`` where there is none."""
    matches = find(what)
    return Answer(kind="error", parts=tuple(_part(*match) for match in matches)) if matches else None


def names() -> Iterable[str]:
    """An example of each error."""
    return (string.example for string in error_strings())


def refusal(what: str) -> str | None:
    """Why a text that reads as an answer of a server is not explained; ``None`` where it does not."""
    if re.match(_REPLY, what, re.IGNORECASE):
        return "looks like an SMTP reply, but this error is not in the table"
    return None


def _part(error: ErrorString, words: str) -> Part:
    listed = facts(
        [
            ("At fault", error.service),
            ("Means", error.meaning),
            ("Check", error.check.split("; ")),
            ("Confidence", _SURE[error.confidence]),
            ("Source", cited(error.source)),
        ]
    )
    codes = ", ".join(code for code in error.codes if code not in words)
    return Part(heading=f"{words} ({codes})" if codes else words, facts=listed)
