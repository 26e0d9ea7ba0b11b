"""A value of an antispam or organization header, such as ``SFV:SKN`` -> its documented meaning."""

import re
from collections.abc import Iterable

from hopscope.classifier.antispam import KEYS_OF_A_REPORT, antispam_values, described, kind_of, rows_of
from hopscope.data import table
from hopscope.model import AntispamValue, HeaderField, Route
from hopscope.renderers.answers import Answer, Part, facts
from hopscope.renderers.answers.cited import cited

__all__ = ["answer", "names", "values"]

_LONGEST = 10_000
"""Maximum characters of a question."""
_FIELD = r"([Xx]-[\w-]++)[ \t]*+:(.++)"
_ONE = r"([A-Za-z][\w-]*+)(?:\s*+[:=]\s*+|\s++)([^:=;]{1,80}+)"
_SEVERAL = r"([A-Za-z][\w-]*+)[:=]([^;\s]++)"
_UNKNOWN = "not documented: Microsoft uses such values for diagnostics"


def answer(what: str) -> Answer | None:
    """The meaning of each value in the text; of a key alone, all its values. ``None`` if no key is a documented one."""
    found = values(what)
    parts = tuple(map(_part, found)) or _of_key(what)
    return Answer(kind="verdict", parts=parts) if parts else None


def names() -> Iterable[str]:
    """The values of the table, as in ``SFV:SKN``."""
    return (f"{row['key']}:{row['value']}" for row in table("antispam_values") if row["value"])


def values(what: str) -> tuple[AntispamValue, ...]:
    """The values in a text: ``SFV:SKN``, ``SCL 5``, ``compauth=fail reason=601``, or a whole field; empty if none."""
    if len(what) > _LONGEST:
        return ()
    field = re.fullmatch(_FIELD, what, re.DOTALL)
    if field and kind_of(field[1].lower()):
        header = HeaderField(name=field[1], body=field[2].replace("\n", "").strip(), line=1)
        return antispam_values(Route(headers=(header,)))
    one = re.fullmatch(_ONE, what)
    pairs = [(one[1], one[2].strip())] if one else re.findall(_SEVERAL, what)
    found = [described(_NO_FIELD, *pair) for pair in map(_of_reason, pairs) if len(rows_of(pair[0])) > 1]
    is_evident = any(value.key in _EVIDENT for value in found)
    return tuple(found) if is_evident or (one and all(value.meaning for value in found)) else ()


_NO_FIELD = HeaderField(name="", body="", line=1)
_EVIDENT = frozenset({*KEYS_OF_A_REPORT, "compauth"})
"""Keys that no other text has, unlike ``reason`` and ``action``: those of error texts have other values."""


def _of_reason(pair: tuple[str, str]) -> tuple[str, str]:
    """``compauth 601`` is about the reason."""
    is_reason = pair[0].lower() == "compauth" and re.fullmatch("[0-9]{3}", pair[1])
    return ("reason", pair[1]) if is_reason else pair


def _part(value: AntispamValue) -> Part:
    rows = rows_of(value.key)
    title = f": {value.label}" if value.label else ""
    key = f"{value.key}, {rows[0]['label']}" if rows else value.key
    listed = facts(
        [
            ("Means", value.meaning or _UNKNOWN),
            ("Key", f"{key}: {rows[0]['meaning']}" if len(rows) > 1 else None),
            ("Source", cited("; ".join(value.sources)) if value.sources else None),
        ]
    )
    return Part(heading=f"{value.key} {value.value}{title}".rstrip(), facts=listed)


def _of_key(what: str) -> tuple[Part, ...]:
    """All values of a key; empty if the text is not a key with several values."""
    rows = rows_of(what.strip(": ="))
    if len(rows) <= 1:
        return ()
    first, *others = rows
    listed = facts(
        [
            ("Means", first["meaning"]),
            ("Values", [f"{row['value']}: {row['label']}" for row in others]),
            ("Source", cited(first["source"])),
        ]
    )
    return (Part(heading=f"{first['key']}: {first['label']}", facts=listed),)
