"""The antispam and organization headers of Exchange and Exchange Online -> values with their documented meaning.

    X-Forefront-Antispam-Report: CIP:203.0.113.5;CTRY:NL;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mx.shop.example;
     PTR:mx.shop.example;CAT:SPOOF;SFS:(13230040);DIR:INB;
    X-Microsoft-Antispam: BCL:7;ARA:13230040
    X-MS-Exchange-Organization-SCL: 5

``antispam_fields.tsv`` lists the fields and ``antispam_values.tsv`` the values; all others are kept as written, without
a meaning: Microsoft uses them for diagnostics and does not document them.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice

import msgspec

from hopscope.data import table
from hopscope.model import AntispamValue, HeaderField, Route

__all__ = ["KEYS_OF_A_REPORT", "Kind", "antispam_values", "described", "has_verdicts", "kind_of", "lookup", "rows_of"]

_MOST_FIELDS = 100
"""Maximum number of fields decoded of one message."""
_MOST_VALUES = 100
"""Maximum number of values decoded of one field; reports have about twenty."""
_RANGE = r"(-?[0-9]{1,3})-([0-9]{1,3})"
_NUMBER = r"-?[0-9]{1,3}"
_PREFIXES = ("phishinglevel ", "senderidstatus ")
"""What the report of Exchange Server writes before a verdict (Microsoft Docs: Antispam stamps)."""
KEYS_OF_A_REPORT = ("SFV", "CAT", "SCL", "BCL", "PCL", "IPV", "SRV", "SFTY", "DIR")
"""Keys by which a message is judged, those that a reader knows best first."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of field: a row of ``antispam_fields.tsv``."""

    name: str
    """In lower case; a final ``*`` matches any ending."""
    key: str
    """What the body is a value of; empty if the body has its own keys."""
    form: str
    """``pairs``, ``list``, ``server`` or ``value``."""
    writer: str
    """``organisation``, ``online``, ``tenant``, ``hybrid``, ``other`` or ``any``: see the table."""
    rank: int
    """Position in the table: of fields that disagree, the one with the lowest rank counts."""


def antispam_values(route: Route) -> tuple[AntispamValue, ...]:
    """The values of all antispam and organization headers of a message, top to bottom."""
    names = _names(route)
    if not names:
        return ()
    fields = sorted((field for name in names for field in route.named(name)), key=lambda field: field.line)
    return tuple(value for field in fields[:_MOST_FIELDS] for value in islice(_values(field), _MOST_VALUES))


def has_verdicts(route: Route) -> bool:
    """Whether a message has a documented value in a field that only Exchange writes, so that it is worth reading."""
    values = antispam_values(route)
    return any(
        value.meaning and (kind := kind_of(value.field.name.lower())) and kind.writer != "any" for value in values
    )


def kind_of(name: str) -> Kind | None:
    """The kind of a field by its name in lower case; ``None`` for other fields."""
    if kind := _kinds().get(name):
        return kind
    return next((kind for prefix, kind in _families() if name.startswith(prefix)), None)


def lookup(key: str, value: str) -> Mapping[str, str] | None:
    """The row about a value: its own, that of its range, or that of the key if every value of it means the same."""
    rows, text = rows_of(key), value.strip().lower()
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    found = next((row for row in rows if row["value"] and _matches(row["value"].lower(), text)), None)
    return rows[0] if found is None and len(rows) == 1 else found


def rows_of(key: str) -> tuple[Mapping[str, str], ...]:
    """The rows about a key, in any case, the one about the key itself first; empty if it is not documented."""
    return _rows().get(key.lower(), ())


def _names(route: Route) -> list[str]:
    """The names of the antispam and organization headers of a message."""
    names = [*_kinds().keys() & route.names]
    prefixes = tuple(prefix for prefix, _ in _families())
    return names + [name for name in route.names if name.startswith(prefixes)]


@cache
def _kinds() -> dict[str, Kind]:
    return {kind.name: kind for kind in _table() if not kind.name.endswith("*")}


@cache
def _families() -> tuple[tuple[str, Kind], ...]:
    return tuple((kind.name[:-1], kind) for kind in _table() if kind.name.endswith("*"))


@cache
def _table() -> tuple[Kind, ...]:
    return tuple(
        Kind(name=row["name"], key=row["key"], form=row["form"], writer=row["writer"], rank=rank)
        for rank, row in enumerate(table("antispam_fields"))
    )


@cache
def _rows() -> dict[str, tuple[Mapping[str, str], ...]]:
    rows: dict[str, list[Mapping[str, str]]] = {}
    for row in table("antispam_values"):
        rows.setdefault(row["key"].lower(), []).append(row)
    return {key: tuple(listed) for key, listed in rows.items()}


def _values(field: HeaderField) -> Iterator[AntispamValue]:
    kind = kind_of(field.name.lower())
    if kind is None:
        return
    if kind.form == "pairs":
        for pair in field.body.split(";"):
            key, _, value = pair.partition(":")
            if key.strip() and (value.strip() or ":" not in pair):  # an empty value records nothing
                yield described(field, key.strip(), value.strip())
    elif kind.form == "list":
        yield from (described(field, kind.key, value.strip()) for value in field.body.split(",") if value.strip())
    else:
        ending = field.name[len(kind.name) - 1 :] if kind.name.endswith("*") else ""
        yield described(field, kind.key, field.body.strip(), ending)


def described(field: HeaderField, key: str, value: str, ending: str = "") -> AntispamValue:
    """A value of a field with its meaning; ``ending`` is that of the name of a field in a family."""
    row, rows = lookup(key, value), rows_of(key)
    name = rows[0]["key"] if rows else key
    return AntispamValue(
        field=field,
        key=f"{name}-{ending}" if ending else name,
        value=value,
        label=(row["label"] or None) if row and row["value"] else None,
        meaning=row["meaning"] if row else None,
        sources=tuple(row["source"].split("; ")) if row else (),
    )


def _matches(documented: str, value: str) -> bool:
    """Whether a value is the documented one, in its range (``5-6``), or of its hundred (``1xx``)."""
    if documented == value:
        return True
    if span := re.fullmatch(_RANGE, documented):
        return re.fullmatch(_NUMBER, value) is not None and int(span[1]) <= int(value) <= int(span[2])
    hundred = documented.removesuffix("xx")
    return hundred != documented and re.fullmatch("[0-9]{3}", value) is not None and value.startswith(hundred)
