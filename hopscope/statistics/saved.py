"""Summaries as JSON documents, to be loaded and merged later."""

from typing import Final, Literal

import msgspec

from hopscope.errors import OptionError
from hopscope.model import Service
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import (
    HOURS,
    FindingCount,
    FindingKey,
    Leg,
    LegKey,
    Period,
    Server,
    Slow,
    Summary,
    name_order,
)

__all__ = ["SCHEMA", "document", "load"]

SCHEMA: Final = "hopscope-summary/3"
"""Version of the document. It is raised when a key is removed or changes its meaning, not when one is added."""


class _Server(msgspec.Struct, frozen=True, kw_only=True):
    """The services and builds of a server name."""

    host: str | None
    counts: Server = msgspec.field(name="seen")


class _Leg(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of one leg."""

    key: LegKey
    counts: Leg = msgspec.field(name="seen")


class _Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of one code and severity."""

    key: FindingKey
    counts: FindingCount = msgspec.field(name="seen")


class _Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A complete summary. Dictionaries with keys that are not strings are lists here."""

    schema: Literal["hopscope-summary/3"]
    messages: int
    unreadable: int
    analyzed: int
    hops: int
    undated: int
    first: float | None
    last: float | None
    total: Sketch
    services: dict[str, int]
    products: dict[str, int]
    servers: list[_Server]
    legs: list[_Leg]
    scenarios: dict[str, int]
    findings: list[_Finding]
    days: dict[int, Period]
    hours: dict[int, Period]
    slowest: list[Slow]
    grouped: list[str]
    statuses: dict[str, int] = {}


_SAME = tuple(name for name in _Saved.__struct_fields__ if name not in {"schema", "servers", "legs", "findings"})
_DECODER = msgspec.json.Decoder(_Saved)
_EARLIER = "this summary was saved by an earlier version of hopscope and can no longer be read"
_OTHERS = {
    "hopscope-stats/1": _EARLIER,
    "hopscope-summary/2": _EARLIER,
    "hopscope-stats/2": "this is the JSON output of `hopscope stats` and not a summary",
}
"""The error for documents of other types and versions, by their ``schema``."""


def document(summary: Summary) -> bytes:
    """The summary as JSON. Equal summaries give equal bytes."""
    saved = _Saved(
        schema=SCHEMA,
        servers=[_Server(host=host, counts=summary.servers[host]) for host in sorted(summary.servers, key=name_order)],
        legs=[_Leg(key=key, counts=summary.legs[key]) for key in sorted(summary.legs, key=lambda key: key.order)],
        findings=[_Finding(key=key, counts=summary.findings[key]) for key in sorted(summary.findings)],
        **{name: getattr(summary, name) for name in _SAME},
    )
    return msgspec.json.encode(_canonical(msgspec.to_builtins(saved)))


def _canonical(value: object) -> object:
    r"""The value with sorted keys, whole floats as integers, and surrogates escaped as ``\udcff``."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {_canonical(key): _canonical(value[key]) for key in sorted(value)}
    return [_canonical(item) for item in value] if isinstance(value, list | tuple) else value


def load(data: bytes) -> Summary:
    """The summary in a document.

    Raises:
        OptionError: The document is not a summary, or is one of another version.
    """
    if (version := _version(data)) in _OTHERS:
        raise OptionError(_OTHERS[version])
    try:
        saved = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise OptionError(f"not a summary saved by hopscope ({error})") from error
    if problem := _implausible(saved):
        raise OptionError(f"not a summary saved by hopscope ({problem})")
    return Summary(
        servers={server.host: server.counts for server in saved.servers},
        legs={leg.key: leg.counts for leg in saved.legs},
        findings={finding.key: finding.counts for finding in saved.findings},
        **{name: getattr(saved, name) for name in _SAME},
    )


_LARGEST = 1 << 62
"""Maximum of every number: as microseconds, 146,000 years."""
_LAST_BUCKET = 4_000
"""Maximum number of a bucket: 10 ** 24 years."""


def _implausible(saved: _Saved) -> str | None:
    """What a summary cannot contain, although it has the right type; ``None`` if there is nothing."""
    ends = {end for leg in saved.legs for end in (leg.key.from_service, leg.key.to_service) if end is not None}
    if unknown := ends.difference(Service):
        return f"unknown service {min(unknown)[:40]!r}"
    if any(not 0 <= hour < HOURS for hour in saved.hours):
        return "an hour outside the week"
    sketches = [saved.total, *(period.total for period in (*saved.days.values(), *saved.hours.values()))]
    for leg in saved.legs:
        corrected = leg.counts.corrected
        sketches += [leg.counts.delay] if corrected is msgspec.UNSET else [leg.counts.delay, corrected]
    if any(abs(bucket) > _LAST_BUCKET for sketch in sketches for bucket in sketch.buckets):
        return "a duration out of range"
    return None if _in_range(msgspec.to_builtins(saved)) else "a number out of range"


def _in_range(value: object) -> bool:
    """Whether every number in a value is within ``_LARGEST``."""
    if isinstance(value, int | float):
        return -_LARGEST <= value <= _LARGEST
    if isinstance(value, dict):
        return all(map(_in_range, value)) and all(map(_in_range, value.values()))
    return all(map(_in_range, value)) if isinstance(value, list | tuple) else True


class _AnyDocument(msgspec.Struct):
    """A document of any version."""

    schema: str = ""


def _version(data: bytes) -> str:
    try:
        return msgspec.json.decode(data, type=_AnyDocument).schema
    except (msgspec.DecodeError, UnicodeError):
        return ""
