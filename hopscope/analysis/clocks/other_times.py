"""Times in a message that no Received field tells: other clocks to hold the stamps against.

The table ``anchors`` names the fields, what their times mark and whose clock they are; FORMS has a reader for each
form. Nothing here raises, whatever a field holds: what cannot be read, or lies outside of the believable years, is
left out.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

import msgspec

from hopscope.analysis.context import copy, fields, marks, once
from hopscope.classifier import servers
from hopscope.data import table
from hopscope.model import HeaderField, Hop, Route
from hopscope.parser import dates, timestamps

__all__ = ["FORMS", "MOST", "Anchor", "anchors", "entries", "fitting"]


MOST = 200
"""Anchors that are read of one message; a way over a dozen forwarders has about sixty."""


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """A time, or a duration, that a field of the message tells."""

    name: str
    """Such as ``Network-Message-Id``."""
    field: HeaderField
    time: datetime | None = None
    """Aware; in UTC where the field has no zone of its own."""
    duration: timedelta | None = None
    """Of EndToEndLatency, and of the wait that a greylist measured."""
    marks: str
    """What happened then, such as ``first entry into transport``."""
    clock: str
    """Whose clock it is, as the table says: ``exchange``, ``signer``, ``host``, ``both`` or ``unknown``."""
    server: str | None = None
    """The server, or for a signature the domain, whose clock it is; ``None`` where the message does not tell."""
    source: str
    """Where the form was published, as keys of SOURCES.md."""


class _Reading(NamedTuple):
    """What a field tells."""

    time: datetime | None = None
    duration: timedelta | None = None
    server: str | None = None


def anchors(route: Route) -> tuple[Anchor, ...]:
    """The times of a labelled route's other fields, in the order of the fields; at most ``MOST``."""
    known, named, stamps = _fields(), fields(route), entries(route)
    told = [(field, known[name]) for name in known.keys() & named.keys() for field in named[name]]
    found: list[Anchor] = []
    for field, row in sorted(told, key=lambda pair: pair[0].line):
        if len(found) == MOST:
            break
        reading = FORMS[row["form"]](field)
        if reading is None or not _believable(reading):
            continue
        anchor = Anchor(
            name=row["name"],
            field=field,
            time=reading.time,
            duration=reading.duration,
            marks=row["marks"],
            clock=row["clock"],
            server=_entered(reading.time, stamps) if row["clock"] == "exchange" else reading.server,
            source=row["source"],
        )
        found.append(anchor)
    return tuple(found)


@once
def entries(route: Route) -> tuple[Hop, ...]:
    """The dated hops that Exchange stamped: at one of them the message came in."""
    stamped = zip(route.hops, marks(route), strict=True)
    return tuple(hop for hop, mark in stamped if mark is not None and hop.time is not None)


def fitting(anchor: Anchor, stamps: tuple[Hop, ...]) -> list[Hop]:
    """The stamps that a time of an Exchange server's clock belongs to."""
    return _fitting(anchor.time, stamps)


def _fitting(time: datetime | None, stamps: tuple[Hop, ...]) -> list[Hop]:
    """Those within 2 s: a stamp has whole seconds.

    Observed in public mail archives: 98 of 100 are within one second.
    """
    if time is None:
        return []
    return [hop for hop in stamps if (stamped := hop.time) is not None and _EARLIEST <= time - stamped <= _LATEST]


_EARLIEST = timedelta(seconds=-2)
_LATEST = timedelta(seconds=3)


def _entered(time: datetime | None, stamps: tuple[Hop, ...]) -> str | None:
    """The server of the first stamp that a time belongs to."""
    fit = _fitting(time, stamps)
    return servers.written_name(fit[0]) if fit else None


def _believable(reading: _Reading) -> bool:
    return reading.time is None or reading.time.year in timestamps.YEARS


@cache
def _fields() -> dict[str, dict[str, str]]:
    return {row["field"]: row for row in table("anchors")}


def _only(read: Callable[[str], datetime | None]) -> Callable[[HeaderField], _Reading | None]:
    """The reader of a field that holds one time and nothing else."""

    def reading(field: HeaderField) -> _Reading | None:
        time = read(field.body)
        return _Reading(time) if time else None

    return reading


_ARRIVAL = (
    r"([0-9]{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-5][0-9])"
    r"\.([0-9]{4,7})\s\(UTC\)"
)


def _arrival(body: str) -> datetime | None:
    """A date as Exchange writes OriginalArrivalTime: ``13 Sep 2016 15:55:25.0123 (UTC)``."""
    match = re.fullmatch(_ARRIVAL, body)
    time = dates.parse(f"{match[1]} +0000").value if match else None
    return time.replace(microsecond=int(match[2].ljust(6, "0")[:6])) if match and time else None


def _timespan(field: HeaderField) -> _Reading | None:
    span = timestamps.timespan(field.body)
    return None if span is None else _Reading(duration=span)


def _signature(field: HeaderField) -> _Reading | None:
    """``t=`` and ``d=`` of a tag-list (RFC 6376 section 3.2)."""
    tags = {name.strip(): value for name, _, value in [tag.partition("=") for tag in field.body.split(";")]}
    time = timestamps.unix(tags.get("t", "").strip())
    return _Reading(time, server=tags["d"].strip() if "d" in tags else None) if time else None


def _received(field: HeaderField) -> _Reading | None:
    parsed = copy(field)
    time = parsed.date_time.value if parsed.date_time else None
    return _Reading(time, server=parsed.by_domain.domain if parsed.by_domain else None) if time else None


_GREYLISTED = r"(?i)delayed\s++([0-9]{1,9})\s++seconds\s++by\s++\S++\s++at\s++([^\s;]++)\s*+;\s*+"
"""postgrey and its likes: ``delayed 9428 seconds by postgrey-1.37 at mx.example; Thu, 24 Mar 2022 06:47:53 PDT``."""


def _greylist(field: HeaderField) -> _Reading | None:
    match = re.match(_GREYLISTED, field.body)
    if match is None:
        return None
    time = dates.parse(field.body[match.end() :]).value
    return _Reading(time, timedelta(seconds=int(match[1])), match[2])


FORMS: dict[str, Callable[[HeaderField], _Reading | None]] = {
    "guid": _only(timestamps.guid),
    "date": _only(lambda body: _arrival(body) or dates.parse(body).value),
    "filetime": _only(timestamps.filetime),
    "thread": _only(timestamps.thread_index),
    "timespan": _timespan,
    "signature": _signature,
    "received": _received,
    "greylist": _greylist,
}
"""A reader for each form that the table names."""
