"""A table of values, which each format prints."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from hopscope.renderers.schema.stats import (
    CorrectedSeconds,
    Count,
    Date,
    ExactSeconds,
    HeldSeconds,
    LegCount,
    LostSeconds,
    NoTlsCount,
    NotSmtpCount,
    RawSeconds,
    Seconds,
    ServerCount,
    Share,
    Texts,
    TotalSeconds,
)

__all__ = [
    "ADDRESS",
    "COUNT",
    "EXACT",
    "HOST",
    "NAME",
    "RAW",
    "SECONDS",
    "TEXT",
    "TEXTS",
    "TOTAL",
    "Column",
    "Kind",
    "Table",
    "Value",
    "columns",
]

Value = str | int | float | None | list[str]


class Kind(NamedTuple):
    """The kind of values in a column, which determines how they are printed."""

    name: str


TEXT, COUNT, SECONDS, EXACT, SHARE, DATE, TEXTS, RAW, TOTAL = map(
    Kind, ("text", "count", "seconds", "exact seconds", "share", "date", "texts", "raw seconds", "total seconds")
)
NAME = Kind("name")
"""A text that a narrow terminal does not shorten."""
HOST = Kind("host")
"""A host, path or holder, which a narrow terminal shortens in the middle, as its start and end identify it."""

ADDRESS = Kind("address")
"""The address of a message, which other commands take: shortened only if it is wider than half a narrow terminal."""


class Column(NamedTuple):
    """A column of a table."""

    title: str
    key: str
    """The name of the column in machine-readable formats, with the unit."""
    kind: Kind = TEXT


class Table(NamedTuple):
    """A table of values."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]
    printed: "Table | None" = None
    """The table for readers if it differs from the one for programs; the rows are in the same order."""
    notes: tuple[str, ...] = ()
    """Sentences on how to read the table."""
    hidden_first: tuple[str, ...] = ()
    """Keys of the columns that a narrow terminal hides before it shortens texts, in this order."""


_KINDS = (
    (Count, COUNT),
    (ServerCount, COUNT),
    (Seconds, SECONDS),
    (CorrectedSeconds, SECONDS),
    (ExactSeconds, EXACT),
    (HeldSeconds, EXACT),
    (LostSeconds, SECONDS),
    (NoTlsCount, COUNT),
    (NotSmtpCount, COUNT),
    (LegCount, COUNT),
    (RawSeconds, RAW),
    (TotalSeconds, TOTAL),
    (Share, SHARE),
    (Date, DATE),
    (Texts, TEXTS),
)


def columns(record: type[msgspec.Struct], *titles: str) -> tuple[Column, ...]:
    """The columns of a table whose rows are records: keys and kinds are those of the record's fields."""
    fields = zip(titles, msgspec.structs.fields(record), strict=True)
    return tuple(Column(title, field.encode_name, _kind(field.type)) for title, field in fields)


def _kind(type_: object) -> Kind:
    return next((kind for annotation, kind in _KINDS if annotation == type_), TEXT)
