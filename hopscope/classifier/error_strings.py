"""Error text of Exchange -> the service at fault, the meaning and what to check: ``data/error_strings.tsv``."""

import re
from functools import cache
from typing import NamedTuple

from hopscope.data import table

__all__ = ["ErrorString", "error_strings", "find"]

_LONGEST = 20_000
"""Maximum number of characters that are searched; SMTP replies and reports are much shorter."""
_BARE_CODE = r"(?:[245][0-9]{2}[ -])?([245]\.[0-9]{1,3}\.[0-9]{1,3})"


class ErrorString(NamedTuple):
    """A known error."""

    codes: tuple[str, ...]
    """Enhanced status codes (RFC 3463)."""
    pattern: str
    """Regular expression that matches it in a text."""
    example: str
    service: str
    """The component at fault, in words."""
    meaning: str
    check: str
    """What to check next."""
    confidence: str
    """``documented``, ``practitioners`` or ``unknown``."""
    source: str


@cache
def error_strings() -> tuple[ErrorString, ...]:
    """Every known error, in the order of the table."""
    return tuple(
        ErrorString(
            codes=tuple(row["code"].split()),
            pattern=row["pattern"],
            example=row["example"],
            service=row["service"],
            meaning=row["meaning"],
            check=row["check"],
            confidence=row["confidence"],
            source=row["source"],
        )
        for row in table("error_strings")
    )


def find(text: str) -> tuple[tuple[ErrorString, str], ...]:
    """The errors in ``text``, each with the matching words, in the order of the text.

    An error that quotes another, such as ``Primary target IP address responded with: "..."``, comes before the quoted
    one. A text that is only a status code matches every error with that code, shown with its example.
    """
    text = " ".join(text[:_LONGEST].split())
    if code := re.fullmatch(_BARE_CODE, text):
        return tuple((error, error.example) for error in error_strings() if code[1] in error.codes)
    matches = [(match, error) for error in error_strings() if (match := re.search(error.pattern, text, re.IGNORECASE))]
    return tuple((error, match[0]) for match, error in sorted(matches, key=lambda pair: pair[0].start()))
