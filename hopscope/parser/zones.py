"""The zone of a date-time: an offset, a name, or a comment with one.

Names of RFC 5322 section 4.3 have the meaning defined there. Other names are accepted if they have only
one meaning worldwide; a name with several meanings, such as ``IST``, is ambiguous and gives no offset.
"""

import re
from datetime import date, timedelta, timezone
from functools import cache, lru_cache

import msgspec
from msgspec.structs import replace

from hopscope.data import table

__all__ = ["Zone", "contradicts", "on_day", "read", "timezone_of"]

# zone = (FWS ( "+" / "-" ) 4DIGIT) / obs-zone (RFC 5322 section 3.3).
# Also found in mail: +02:00, +02, +2 and -700.
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<digits>[0-9]++)(?::(?P<minutes>[0-9]{2}))?(?![\w:])")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_/]*+(?:\s++DST\b)?(?![\w=])")
_SPACE = re.compile(r"\s*+")

_WEST, _EAST = -12 * 60, 14 * 60  # the most extreme offsets in use: Baker Island, Line Islands (tz database)


class Zone(msgspec.Struct, frozen=True):
    """A parsed zone."""

    end: int
    """Offset in the text where it ends."""
    minutes: int | None = None
    """Minutes east of UTC; ``None`` if unknown."""
    is_local: bool = False
    """Whether it is the local zone of the clock; ``-0000`` and military letters leave the local zone unknown."""
    standard: bool = False
    """Whether it is a zone of RFC 5322, including the obsolete forms."""
    code: str = ""
    """Code of its defect, or empty."""
    message: str = ""
    """Message of its defect, or empty."""
    label: str = ""
    """A second zone after the offset, such as ``EST`` in ``-0500 EST``."""
    ambiguous: str = ""
    """The key of a name with several meanings."""


def read(text: str, position: int = 0) -> Zone:
    """The zone that starts at ``position`` of ``text``, after white space.

    Args:
        text: Text without comments.
        position: Offset where the time of day ends.

    Returns:
        The zone. If there is none, a zone with the code ``date-zone-missing`` that ends at ``position``.
    """
    start = _skip(text, position)
    if offset := _OFFSET.match(text, start):
        label = _label(text, offset.end())
        zone = _numeric(offset, label.end() if label else offset.end(), label.group() if label else "")
        return replace(zone, standard=zone.standard and start > position and not label)
    if name := _NAME.match(text, start):
        return _named(text, name) or _missing(position)
    return _missing(position)


def on_day(zone: Zone, day: date) -> Zone:
    """The zone, with the only meaning that its ambiguous name had on a day, such as ``BST`` before 2014-12-28."""
    in_use = [minutes for minutes, since in _meanings().get(zone.ambiguous, {}).items() if since <= day.isoformat()]
    if zone.code != "date-zone-ambiguous" or len(in_use) != 1:
        return zone
    return Zone(zone.end, in_use[0], is_local=True)


@lru_cache(maxsize=1024)
def contradicts(label: str, minutes: int) -> bool:
    """Whether ``label``, such as ``CEST`` or ``-03``, contradicts the offset ``minutes``.

    Text that is not a zone contradicts nothing. ``GMT-8`` does not contradict +0800: the tz database uses
    this abbreviation for its zone Etc/GMT-8, with the sign of POSIX (release 2014j).
    """
    if meanings := _meanings().get(_key(label)):
        return minutes not in meanings
    zone = read(label)
    if not zone.is_local or zone.minutes is None or zone.end < len(label):
        return False
    inverted = -zone.minutes if label[:1].isalpha() else zone.minutes
    return minutes not in (zone.minutes, inverted)


@cache
def timezone_of(minutes: int) -> timezone:
    """The fixed zone ``minutes`` east of UTC."""
    return timezone(timedelta(minutes=minutes))


def _skip(text: str, position: int) -> int:
    """The position after white space."""
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _missing(position: int) -> Zone:
    """The result of :func:`read` if there is no zone."""
    return Zone(position, code="date-zone-missing", message="no time zone, so the UTC time is unknown")


def _label(text: str, position: int) -> re.Match[str] | None:
    """The second zone after an offset, as in ``-0500 EST``, or in ``-0300 -03`` of Go."""
    start = _skip(text, position)
    name = _NAME.match(text, start)
    if name and _key(name.group()) in _meanings():
        return name
    return _OFFSET.match(text, start)


def _numeric(offset: re.Match[str], end: int, label: str) -> Zone:
    """The zone of an offset; it is invalid outside ``_WEST`` to ``_EAST`` or with more than 59 minutes."""
    sign, digits, minutes = offset.groups()
    if minutes is None and len(digits) in {3, 4}:
        digits, minutes = digits[:-2], digits[-2:]
    minutes = minutes or "00"
    total = (int(digits) * 60 + int(minutes)) * (-1 if sign == "-" else 1)
    if len(digits) > 2 or minutes > "59" or not _WEST <= total <= _EAST:  # noqa: PLR2004 - two digits
        message = f"{offset.group()} is not a valid offset, so the UTC time is unknown"
        return Zone(end, code="date-zone-impossible", message=message)
    is_local = offset.group() != "-0000"
    return Zone(end, total, is_local, standard=len(offset.group()) == len("+hhmm"), label=label)


def _named(text: str, name: re.Match[str]) -> Zone | None:
    """The zone of a name, or of a name and an offset (``GMT+2``); ``None`` for a word that is not a zone."""
    key = _key(name.group())
    meanings = _meanings().get(key, {})
    if not (meanings or name.group().isupper() or "/" in key or len(key) == 1):
        return None
    offset = _OFFSET.match(text, _skip(text, name.end()))
    if offset and "/" not in key:
        label = "" if 0 in meanings else name.group()
        return replace(_numeric(offset, offset.end(), label), standard=False)
    return _meaning(name.group(), key, name.end())


def _meaning(name: str, key: str, end: int) -> Zone:
    """The zone of a name without an offset."""
    meanings = tuple(_meanings().get(key, {}))
    if len(key) == 1 and key != "J":
        return _military(key, end)
    if not meanings:
        message = f"unknown time zone {name}, so the UTC time is unknown"
        return Zone(end, code="date-zone-unknown", message=message)
    if len(meanings) > 1 and key not in _standard():
        message = f"ambiguous time zone {name} ({len(meanings)} offsets in use), so the UTC time is unknown"
        return Zone(end, code="date-zone-ambiguous", message=message, ambiguous=key)
    return Zone(end, meanings[0], is_local=True, standard=key in _standard())


def _military(key: str, end: int) -> Zone:
    """A military letter is read as -0000, because RFC 822 gave the letters the wrong signs (RFC 5322 section 4.3)."""
    if key == "Z":  # always meant UTC
        return Zone(end, 0, standard=True)
    message = f"military time zone {key} is read as UTC (RFC 5322 section 4.3)"
    return Zone(end, 0, standard=True, code="date-zone-military", message=message)


def _key(name: str) -> str:
    """A name in the form of the table: ``METDST`` for ``MET DST``."""
    return "".join(name.upper().split())


@cache
def _meanings() -> dict[str, dict[int, str]]:
    """All offsets in minutes that each name is used for, each with its first day; that of RFC 5322 first."""
    meanings: dict[str, dict[int, str]] = {}
    for row in table("zones"):
        minutes = int(row["offset"][1:3]) * 60 + int(row["offset"][3:])
        signed = -minutes if row["offset"].startswith("-") else minutes
        meanings.setdefault(row["name"], {})[signed] = row["since"]
    return meanings


@cache
def _standard() -> frozenset[str]:
    """The names that RFC 5322 defines."""
    return frozenset(row["name"] for row in table("zones") if row["source"].startswith("RFC 5322"))
