"""Recognises the form of a tracking log or message trace by its first lines."""

import csv
import re
from functools import cache

import msgspec

from hopscope import data

__all__ = ["FORMS", "Form", "columns_of", "recognised"]

FORMS = ("log", "cmdlet", "extended_trace", "summary_trace", "trace_cmdlet")
"""Columns of ``tracking_columns.tsv`` with the names of one form each; where several fit, the first is used."""
_NEEDED = (("time",), ("event", "recipient_status"), ("message_id", "network_message_id"))
"""Fields of which a header row names at least one each."""
_HEAD = 1 << 16
"""Bytes in which the header row is searched."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How to read the rows of a file."""

    name: str
    """One of ``FORMS``."""
    separator: str
    columns: tuple[str | None, ...]
    """By column, the field of :class:`~hopscope.model.TrackingEvent`; ``None`` for a column that is not used."""


def recognised(head: str) -> Form | None:
    """The form of the file that starts with ``head``; ``None`` if it is not a tracking log or message trace."""
    for line in head[:_HEAD].splitlines():
        text = line.strip()
        if text.lower().startswith("#fields:"):
            return columns_of(text[len("#Fields:") :])
        if text and not text.startswith("#"):
            return columns_of(text)
    return None


def columns_of(line: str) -> Form | None:
    """The form with this header row."""
    for separator in ",;\t":
        names = [_plain(name) for name in next(csv.reader([line], delimiter=separator), [])]
        for form in FORMS:
            fields = tuple(_fields(form).get(name) for name in names)
            if all(any(field in fields for field in needed) for needed in _NEEDED):
                return Form(name=form, separator=separator, columns=fields)
    return None


def _plain(name: str) -> str:
    """``date-time``, ``date_time`` and ``DateTime`` are one name: programs that convert logs rename columns so."""
    return re.sub(r"[-_\s]", "", name).lower()


@cache
def _fields(form: str) -> dict[str, str]:
    """The field for each column of a form."""
    rows = data.table("tracking_columns")
    return {_plain(row[form]): row["field"] for row in rows if row[form] and row["field"]}
