"""Summaries as JSON documents, to be loaded and merged later."""

from datetime import date
from itertools import chain
from typing import Annotated, Any, Final, Literal

import msgspec

from hopscope.errors import OptionError
from hopscope.model import Service
from hopscope.parser.authentication_names import is_registered, methods
from hopscope.statistics import fold
from hopscope.statistics.digest import OTHER_RESULT, WRITERS, escaped
from hopscope.statistics.sketch import Count, Seconds, Sketch
from hopscope.statistics.summary import (
    HOURS,
    OTHER_DAYS,
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

__all__ = ["MOST_BYTES", "SCHEMA", "dumps", "loads"]

SCHEMA: Final = "hopscope-summary/3"
"""Version of the document. It is raised when a key is removed or changes its meaning, not when one is added."""
MOST_BYTES = 1 << 26
"""Maximum size of a document. That of a bounded summary is some megabytes: 30 MB if all limits are reached with names
and delays as in usual mail; hostile mail can exceed it (see docs/limits.md)."""
_MAX_SHOWN = 200
"""Maximum length of an error of msgspec, which may quote the document."""
_EPOCH = date(1970, 1, 1).toordinal()


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


_Day = Annotated[int, msgspec.Meta(ge=OTHER_DAYS, le=date.max.toordinal() - _EPOCH)]
_Hour = Annotated[int, msgspec.Meta(ge=0, lt=HOURS)]


class _Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A complete summary. Dictionaries with keys that are not strings are lists here."""

    schema: Literal["hopscope-summary/3"]
    messages: Count
    unreadable: Count
    analyzed: Count
    hops: Count
    undated: Count
    first: Seconds | None
    last: Seconds | None
    total: Sketch
    services: dict[str, Count]
    products: dict[str, Count]
    servers: list[_Server]
    legs: list[_Leg]
    scenarios: dict[str, Count]
    findings: list[_Finding]
    days: dict[_Day, Period]
    hours: dict[_Hour, Period]
    slowest: list[Slow]
    grouped: list[str]
    fold: str = ""
    """``fold.version`` if the counts of names are exact; empty in summaries of earlier versions."""
    authentication: dict[str, Count] = {}
    statuses: dict[str, Count] = {}


_SAME = tuple(
    name for name in _Saved.__struct_fields__ if name not in {"schema", "servers", "legs", "findings", "fold"}
)
_DECODER = msgspec.json.Decoder(_Saved)
_EARLIER = "this summary was saved by an earlier version of hopscope and can no longer be read"
_OTHERS = {
    "hopscope-stats/1": _EARLIER,
    "hopscope-summary/2": _EARLIER,
    "hopscope-stats/2": "this is the JSON output of `hopscope stats` and not a summary",
}
"""The error for documents of other types and versions, by their ``schema``."""


def dumps(summary: Summary) -> str:
    """The bounded summary as a JSON document on one line, which starts with the schema. The argument does not change.

    Equal summaries give equal text, whatever the order and the grouping in which their messages were added. A file of
    it, in UTF-8, is what ``hopscope stats --save`` writes and what every command reads that takes saved summaries.
    """
    if not isinstance(summary, Summary):
        raise TypeError(f"dumps takes a Summary, not {type(summary).__name__}")
    summary = summary.bounded()
    saved = _Saved(
        schema=SCHEMA,
        servers=[_Server(host=host, counts=summary.servers[host]) for host in sorted(summary.servers, key=name_order)],
        legs=[_Leg(key=key, counts=summary.legs[key]) for key in sorted(summary.legs, key=lambda key: key.order)],
        findings=[_Finding(key=key, counts=summary.findings[key]) for key in sorted(summary.findings)],
        fold="" if summary.lower_bounds else fold.version(),
        **{name: getattr(summary, name) for name in _SAME},
    )
    values = msgspec.to_builtins(saved)
    return msgspec.json.encode({"schema": values.pop("schema"), **_canonical(values)}).decode()


def _canonical(value: Any) -> Any:  # noqa: ANN401 - any JSON
    r"""The value with sorted keys, whole floats as integers, and surrogates escaped as ``\udcff``."""
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {_canonical(key): _canonical(value[key]) for key in sorted(value)}
    return [_canonical(item) for item in value] if isinstance(value, list | tuple) else value


def loads(data: str | bytes) -> Summary:
    """The summary in a document that ``dumps`` or ``hopscope stats --save`` wrote.

    Args:
        data: The JSON text, or its bytes in UTF-8.

    Raises:
        OptionError: The document is not a summary, or is one of another version.
    """
    if (version := _version(data)) in _OTHERS:
        raise OptionError(_OTHERS[version])
    try:
        saved = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise OptionError(f"not a summary saved by hopscope ({str(error)[:_MAX_SHOWN]})") from error
    except RecursionError:
        raise OptionError("not a summary saved by hopscope (nested too deeply)") from None
    summary = Summary(
        servers={server.host: server.counts for server in saved.servers},
        legs={leg.key: leg.counts for leg in saved.legs},
        findings={finding.key: finding.counts for finding in saved.findings},
        lower_bounds=bool(saved.grouped) and saved.fold != fold.version(),
        **{name: getattr(saved, name) for name in _SAME},
    )
    if problem := _implausible(summary, saved):
        raise OptionError(f"not a summary saved by hopscope ({problem})")
    summary.bound()
    return summary


def _implausible(summary: Summary, saved: _Saved) -> str | None:
    """What a summary cannot contain, although it has the right type; ``None`` if there is nothing."""
    servers = chain.from_iterable(server.services for server in summary.servers.values())
    ends = {end for key in summary.legs for end in (key.from_service, key.to_service) if end is not None}
    if unknown := ends.union(summary.services, servers).difference(Service):
        return f"unknown service {min(unknown)[:40]!r}"
    if any(1 - _EPOCH > day != OTHER_DAYS for day in summary.days):
        return "a day before the year 1"
    for name in ("servers", "legs", "findings"):
        if len(getattr(summary, name)) < len(getattr(saved, name)):
            return f"one of the {name} twice"
    if any(not _is_authentication(key) for key in summary.authentication):
        return "an unknown authentication result"
    sketches = [summary.total, *(period.total for period in chain(summary.days.values(), summary.hours.values()))]
    for leg in summary.legs.values():
        sketches += [leg.delay] if leg.corrected is msgspec.UNSET else [leg.delay, leg.corrected]
    return None if all(sketch.consistent for sketch in sketches) else "durations whose numbers do not agree"


def _is_authentication(key: str) -> bool:
    method, _, rest = key.partition("\t")
    result, _, writer = rest.partition("\t")
    known = methods().keys() | {OTHER_RESULT}
    return writer in WRITERS.values() and method in known and (result == OTHER_RESULT or is_registered(method, result))


class _AnyDocument(msgspec.Struct):
    """A document of any version."""

    schema: str = ""


def _version(data: str | bytes) -> str:
    try:
        return msgspec.json.decode(data, type=_AnyDocument).schema
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ""
