"""The texts by which a report on the delivery of a message is recognised, in a form in which they are compared."""

import re
from functools import cache

from hopscope.data import table
from hopscope.paste.patterns import lazy

__all__ = [
    "EXCHANGE_ERROR",
    "FIELD_OF_STATUS",
    "QUOTATION_MARKS",
    "first_line",
    "first_offset",
    "is_last_line",
    "is_original",
    "is_original_of_exchange",
    "is_worded",
    "normal",
]

QUOTATION_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
_TRANSLATED = QUOTATION_MARKS | str.maketrans({"`": "'", "´": "'", "\u00a0": " ", "：": ":"})
_ACCENTS = re.compile("[\u0300-\u036f]")


def normal(text: str) -> str:
    """A text in the form in which the texts of reports are compared: lower case, no accents, single spaces."""
    import unicodedata

    text = text.translate(_TRANSLATED)
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return " ".join(text.lower().split())


@cache
def _headlines() -> tuple[tuple[str, ...], ...]:
    """The pieces, without a ``*``, of the texts by which a report is detected."""
    kinds = {"failed", "delayed", "relayed", "delivered", "expanded", "diagnostics", "reason", "reporting_mta"}
    return tuple(tuple(normal(row["text"]).split(" * ")) for row in table("delivery_reports") if row["kind"] in kinds)


FIELD_OF_STATUS = lazy(r"^[ \t>|]*+(?:final-recipient|diagnostic-code)[ \t]*+:", re.IGNORECASE | re.MULTILINE)


# The forms in which Exchange writes an error, in any language: #550 5.1.1 ... ##, #< #5.1.1 smtp;550 ...> #SMTP#
EXCHANGE_ERROR = lazy(
    r"#[45][0-9]{2} [45]\.[0-9]{1,3}\.[0-9]{1,3} [^\n]{0,2000}##|#SMTP#|\{LED="
    r"|Server (?:at [^'\n]{1,200} )?returned ['‘]"
)

# The error and the server in a report of Exchange Online, in any language:
# Gemeldeter Fehler: 550 5.1.10 ..., DSN generiert von: AM0PR05MB1234.eurprd05.prod.outlook.com
ONLINE_ERROR = lazy(
    r"^[^\n:：]{3,80}+[:：][ \t]*+[45][0-9]{2} [45]\.[0-9]{1,3}\.[0-9]{1,3} [^\n]*+\n(?:[^\n]*+\n){0,3}?"
    r"[^\n:：]{3,80}+[:：][ \t]*+[A-Z0-9-]{1,20}+\.[a-z0-9]{1,20}+\.prod\.(?:outlook|exchangelabs)\.com[ \t]*+$",
    re.MULTILINE | re.IGNORECASE,
)


def is_worded(text: str) -> bool:
    """Whether a text has the words of a report, or fields of a delivery status (RFC 3464)."""
    if FIELD_OF_STATUS.search(text) or EXCHANGE_ERROR.search(text) or ONLINE_ERROR.search(text):
        return True
    words = normal(text)
    return any(pieces[0] in words for pieces in _headlines())


@cache
def _original_lines() -> tuple[str, ...]:
    return tuple(normal(row["text"]) for row in table("delivery_reports") if row["kind"] == "original")


_LONGEST_LINE = 120
"""Maximum characters of a line that is compared."""


def is_original(line: str) -> bool:
    """Whether a line stands above the returned message."""
    return len(line) <= _LONGEST_LINE and normal(line).lstrip("*# ").startswith(_original_lines())


_MARKS = " \t>|*#-=_"


@cache
def _first_lines() -> tuple[str, ...]:
    kinds = {"failed", "delayed", "relayed", "delivered", "expanded", "reporter"}
    return tuple(normal(row["text"]).partition(" * ")[0] for row in table("delivery_reports") if row["kind"] in kinds)


def first_line(line: str) -> str | None:
    """The text of a mail system with which a line starts, if it is one that begins a report."""
    words = _words(line)
    return next(filter(words.startswith, _first_lines())) if words.startswith(_first_lines()) else None


@cache
def _last_lines() -> tuple[str, ...]:
    kinds = {"diagnostics", "original"}
    return tuple(normal(row["text"]).strip(_MARKS) for row in table("delivery_reports") if row["kind"] in kinds)


def is_last_line(line: str) -> bool:
    """Whether a line is above the returned message, or above the part for administrators."""
    return _words(line).startswith(_last_lines())


def is_original_of_exchange(line: str) -> bool:
    """Whether a line above a returned message is by Exchange, which returns no body in a text."""
    rows = (row for row in table("delivery_reports") if row["kind"] == "original" and row["system"] == "Exchange")
    return _words(line).startswith(tuple(normal(row["text"]) for row in rows))


def _words(line: str) -> str:
    return normal(line).strip(_MARKS) if len(line) <= _LONGEST_LINE else ""


def first_offset(text: str) -> int | None:
    """Offset of the first line with words of a report; ``None`` if there is none."""
    offset = 0
    firsts = tuple(pieces[0] for pieces in _headlines())
    for line in text.split("\n"):
        if line.strip() and any(first in words for words in [normal(line)] for first in firsts):
            return offset
        offset += len(line) + 1
    error = EXCHANGE_ERROR.search(text) or ONLINE_ERROR.search(text)
    return error.start() if error else None
