"""Recognises the form of a tracking log or message trace by its first lines."""

import csv
import re
from collections.abc import Mapping
from functools import cache

import msgspec

from hopscope import data
from hopscope.tracking.times import Times

__all__ = [
    "FORMS",
    "HEAD",
    "Form",
    "is_column",
    "is_directive",
    "is_header",
    "lacks_ids",
    "recognised",
    "with_directive",
]

FORMS = ("log", "cmdlet", "extended_trace", "summary_trace", "trace_cmdlet")
"""Columns of ``tracking_columns.tsv`` with the names of one form each; where several fit, the first is used."""
HEAD = 1 << 16
"""Bytes in which the header row is searched."""
_NEEDED = (("time",), ("event", "recipient_status"), ("message_id", "network_message_id"))
"""Fields of which a header row names at least one each."""
_IN_UTC = frozenset({"log", "trace_cmdlet"})
"""Forms whose times are in UTC even where no zone is written, by the documentation."""
_UTC_COLUMN = "utc"
"""How the name of a column of times ends that are in UTC; reports may have the administrator's time zone instead."""
_FIELDS = "#fields:"
_VERSION = "#version:"
_BOM = b"\xef\xbb\xbf"
_SEPARATOR = re.compile(r'"?sep=[,;\t]?"?,*', re.IGNORECASE)
_STARTS = frozenset({b"#", b"s", b"S", b'"', _BOM[:1]})
"""How lines with a directive start."""
_MAX_SEPARATOR_LINE = 64
"""Maximum bytes of the line ``sep=;``, to which Excel adds separators when it saves the file."""
_BEFORE_2013 = re.compile(r"0?(?:[0-9]|1[0-4])\.")
"""How the builds before Exchange 2013 start: ``14.03.0361.001``."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How to read the rows of a file."""

    name: str
    """One of ``FORMS``."""
    separator: str
    columns: tuple[str | None, ...]
    """By column, the field of :class:`~hopscope.model.TrackingEvent`; ``None`` for a column that is not used."""
    id_columns: tuple[int | None, int | None]
    """The columns of Message-ID and network message id."""
    version: str | None = None
    """The build of Exchange in the line ``#Version``."""
    times: Times = Times()
    """How times without a zone are to be read."""
    writer: str | None = None
    """The server that wrote the file, if its rows agree on it."""

    @property
    def may_have_line_breaks(self) -> bool:
        """Whether rows may have several lines; Exchange, which also writes ``#Version``, writes each event on one."""
        return self.name != "log" or self.version is None

    @property
    def is_old(self) -> bool:
        """Whether the log is of Exchange 2010 or earlier: by its version, or since it has no network message id."""
        if self.version:
            return _BEFORE_2013.match(self.version) is not None
        return self.name in {"log", "cmdlet"} and "network_message_id" not in self.columns


def recognised(head: str) -> Form | None:
    """The form of the file that starts with ``head``; ``None`` if it is not a tracking log or message trace."""
    return _recognised(head, _NEEDED)


def lacks_ids(head: str) -> bool:
    """Whether a file is an export of events without any id of the messages."""
    return _recognised(head, _NEEDED) is None and _recognised(head, _NEEDED[:2]) is not None


def _recognised(head: str, needed: tuple[tuple[str, ...], ...]) -> Form | None:
    version = None
    for line in head[:HEAD].splitlines():
        text = line.strip()
        if text.lower().startswith(_VERSION):
            version = text[len(_VERSION) :].strip()
        elif text.lower().startswith(_FIELDS):
            return _of(text[len(_FIELDS) :], version, needed)
        elif text and not _is_directive(text):
            return _of(text, version, needed)
    return None


def is_directive(row: bytes) -> bool:
    """Whether a row is a line such as ``#Fields:``, ``#TYPE``, or ``sep=;``, in which Excel finds the separator."""
    if row[:1] not in _STARTS:  # of nearly all rows
        return False
    row = row.removeprefix(_BOM)
    return row.startswith(b"#") or _is_directive(row[:_MAX_SEPARATOR_LINE].decode("ascii", "replace").strip())


def _is_directive(text: str) -> bool:
    return text.startswith("#") or _SEPARATOR.fullmatch(text) is not None


def with_directive(form: Form, row: bytes) -> Form:
    """The form from a directive on, which may recur in a log that was appended to."""
    text = row.removeprefix(_BOM).decode(errors="replace").strip()
    if text.lower().startswith(_VERSION):
        return msgspec.structs.replace(form, version=text[len(_VERSION) :].strip())
    if text.lower().startswith(_FIELDS):
        return _of(text[len(_FIELDS) :], form.version) or form
    return form


def is_header(cells: Mapping[str, str]) -> bool:
    """Whether the cells of a row are the names of the columns, which files that were joined repeat."""
    return _plain(cells.get("message_id", "")) == _plain("Message-ID")


def names_in(line: str, separator: str) -> list[str]:
    """The names of columns in a line; none if it is damaged."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def is_column(name: str) -> bool:
    """Whether the name of a column is in the table, for any form."""
    return _plain(name) in _names()


@cache
def _names() -> frozenset[str]:
    """The names of all columns, used or not."""
    return frozenset(
        _plain(name) for row in data.table("tracking_columns") for form in FORMS for name in row[form].split()
    )


def _of(line: str, version: str | None, needed: tuple[tuple[str, ...], ...] = _NEEDED) -> Form | None:
    """The form with this header row."""
    for separator in ",;\t":
        names = [_plain(name) for name in names_in(line, separator)]
        for form in FORMS:
            columns = tuple([_fields(form).get(name) for name in names])
            if all(any(field in columns for field in alternatives) for alternatives in needed):
                is_utc = form in _IN_UTC or names[columns.index("time")].endswith(_UTC_COLUMN)
                times = Times(offset_minutes=0) if is_utc else Times()
                ids = _column(columns, "message_id"), _column(columns, "network_message_id")
                columns = _once(columns)
                return Form(
                    name=form, separator=separator, columns=columns, id_columns=ids, version=version, times=times
                )
    return None


def _column(columns: tuple[str | None, ...], field: str) -> int | None:
    return columns.index(field) if field in columns else None


def _once(columns: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """The columns without repetitions: of several columns of the same field, the first is read."""
    first: dict[str | None, int] = {}
    for index, field in enumerate(columns):
        first.setdefault(field, index)
    return tuple([field if first[field] == index else None for index, field in enumerate(columns)])


def _plain(name: str) -> str:
    """``date-time``, ``date_time`` and ``DateTime`` are one name: programs that convert logs rename columns so."""
    return re.sub(r"[-_\s\ufeff]", "", name).lower()


@cache
def _fields(form: str) -> dict[str, str]:
    """The field for each column of a form."""
    rows = data.table("tracking_columns")
    return {_plain(name): row["field"] for row in rows if row["field"] for name in row[form].split()}
