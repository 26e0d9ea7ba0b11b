"""Times in header fields other than Received: other clocks to compare the Received times with.

The table ``reference_times`` names the fields, their events and the owners of their clocks; FORMS has a reader for
each form. Nothing here raises, whatever a field contains: values that cannot be parsed, or lie outside the plausible
years, are left out.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache, lru_cache
from itertools import islice

import msgspec

from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.data import table
from hopscope.model import HeaderField, Hop, ReferenceTime
from hopscope.parser import dates, timestamps

__all__ = ["EXCHANGE", "FORMS", "MOST", "date", "entry_names", "fitting", "reference_times"]


MOST = 200
"""Maximum number of reference times per message; a path over a dozen forwarders has about sixty."""


EXCHANGE = "exchange"
"""The clock of the Exchange server that the message entered at, as named in the table."""


class _Reading(msgspec.Struct, frozen=True):
    """The contents of a field."""

    time: datetime | None = None
    duration: timedelta | None = None
    server: str | None = None


def reference_times(index: IndexedRoute, names: frozenset[str] | None = None) -> tuple[ReferenceTime, ...]:
    """The times of a labelled route's other fields, in the order of the fields; at most ``MOST``.

    Args:
        index: A labelled route.
        names: Only the times with these names, such as ``Date``; ``None`` for all.
    """
    few = len(index.route.headers) <= MOST
    times = [
        time
        for name, row in (_rows() if names is None or not few else _rows_of(names)).items()
        if name in index.route.names
        for time in _times(index, name, row)
    ]
    if len(times) > 1:
        times.sort(key=lambda time: time.field.line)
    if few:
        return tuple(times)
    return tuple([time for time in times[:MOST] if names is None or time.name in names])


def _times(index: IndexedRoute, name: str, row: dict[str, str]) -> list[ReferenceTime]:
    """The times of the fields of one name, at most ``MOST``, cached: rules need some names, the output all."""
    times = index.times_by_field.get(name)
    if times is None:
        times = index.times_by_field[name] = list(islice(_read(index, index.route.named(name), row), MOST))
    return times


def _read(index: IndexedRoute, fields: Iterable[HeaderField], row: dict[str, str]) -> Iterator[ReferenceTime]:
    read, is_entry = FORMS[row["form"]], row["clock"] == EXCHANGE
    for field in fields:
        reading = read(index, field)
        if reading is not None and _believable(reading):
            yield ReferenceTime(
                name=row["name"],
                field=field,
                time=reading.time,
                duration=reading.duration,
                event=row["event"],
                clock=row["clock"],
                server=_entered(reading.time, index.entries) if is_entry else reading.server,
                source=row["source"],
            )


def fitting(reference: ReferenceTime, hops: tuple[Hop, ...]) -> list[Hop]:
    """The hops whose time matches a time of an Exchange server's clock."""
    return _fitting(reference.time, hops)


def _fitting(time: datetime | None, hops: tuple[Hop, ...]) -> list[Hop]:
    """The hops within 2 s: a Received time has whole seconds.

    Observed in public mail archives: 98 of 100 are within one second.
    """
    if time is None:
        return []
    return [hop for hop in hops if (recorded := hop.time) is not None and _EARLIEST <= time - recorded <= _LATEST]


_EARLIEST = timedelta(seconds=-2)
_LATEST = timedelta(seconds=3)


def _entered(time: datetime | None, hops: tuple[Hop, ...]) -> str | None:
    """The server of the first hop that matches a time."""
    fit = _fitting(time, hops)
    return fit[0].written_server if fit else None


def _believable(reading: _Reading) -> bool:
    return reading.time is None or reading.time.year in timestamps.YEARS


@cache
def _rows() -> dict[str, dict[str, str]]:
    """The table by the names of fields in lower case."""
    return {row["field"]: row for row in table("reference_times")}


@lru_cache(maxsize=64)
def _rows_of(names: frozenset[str]) -> dict[str, dict[str, str]]:
    return {field: row for field, row in _rows().items() if row["name"] in names}


@cache
def entry_names() -> frozenset[str]:
    """The names of the times that the Exchange server at the entry records."""
    return frozenset(row["name"] for row in table("reference_times") if row["clock"] == EXCHANGE)


def _only(read: Callable[[str], datetime | None]) -> Callable[[IndexedRoute, HeaderField], _Reading | None]:
    """The reader of a field that contains only a time."""

    def reading(_: IndexedRoute, field: HeaderField) -> _Reading | None:
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


def date(body: str) -> datetime | None:
    """The time of a date-time, if its year is plausible."""
    time = _arrival(body) if body.endswith("(UTC)") else None
    time = time or dates.parse(body).value
    return time if time is not None and time.year in timestamps.YEARS else None


def _timespan(_: IndexedRoute, field: HeaderField) -> _Reading | None:
    span = timestamps.timespan(field.body)
    return None if span is None else _Reading(duration=span)


def _signature(_: IndexedRoute, field: HeaderField) -> _Reading | None:
    """``t=`` and ``d=`` of a tag-list (RFC 6376 section 3.2)."""
    tags = {name.strip(): value for name, _, value in [tag.partition("=") for tag in field.body.split(";")]}
    time = timestamps.unix(tags.get("t", "").strip())
    return _Reading(time, server=tags["d"].strip() if "d" in tags else None) if time else None


def _received(index: IndexedRoute, field: HeaderField) -> _Reading | None:
    parsed = index.copy(field)
    time = parsed.date_time.value if parsed.date_time else None
    return _Reading(time, server=parsed.by_domain.domain if parsed.by_domain else None) if time else None


_GREYLISTED = (
    r"(?i)(?:[a-z]++:?\s++){0,2}(?:delayed|greylisted)\s++(?:for\s++)?+"
    r"(?:(?:(?P<days>[0-9]{1,4})\s++days?,?\s++)?+(?P<hours>[0-9]{1,5}):(?P<minutes>[0-5][0-9]):(?P<seconds>[0-5][0-9])"
    r"|(?P<count>[0-9]{1,9})\s*+(?P<unit>s|secs?|seconds?|min|minutes?|h|hours?|days?)\b)"
    r"(?:\s++by\s++\S++(?:\s++at\s++(?P<at>[^\s;]++)|\s++\((?P<host>[^\s()\[\]]++)(?:\s++\[[^\]]*+\])?\))?+)?+"
)
"""postgrey and bley: ``delayed 9428 seconds by postgrey-1.37 at mx.example; Thu, 24 Mar 2022 06:47:53 PDT``; SQLgrey:
``delayed 00:05:59 by SQLgrey-1.7.6``; milter-greylist: ``Delayed for 02:20:00 by milter-greylist-4.4.3 (mx.example
[192.0.2.1]); Tue, 31 Mar 2020 05:24:07 +0200 (CEST)``. It also writes ``not delayed by``, which does not match."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _greylist(_: IndexedRoute, field: HeaderField) -> _Reading | None:
    match = re.match(_GREYLISTED, field.body)
    if match is None:
        return None
    if match["count"]:
        span = timedelta(seconds=int(match["count"]) * _UNITS[match["unit"][0].lower()])
    else:
        parts = {unit: int(match[unit] or 0) for unit in ("days", "hours", "minutes", "seconds")}
        span = timedelta(**parts)
    date_text = field.body[match.end() :].partition(";")[2]
    return _Reading(dates.parse(date_text).value if date_text else None, span, match["at"] or match["host"])


FORMS: dict[str, Callable[[IndexedRoute, HeaderField], _Reading | None]] = {
    "guid": _only(timestamps.guid),
    "date": _only(date),
    "filetime": _only(timestamps.filetime),
    "thread": _only(timestamps.thread_index),
    "timespan": _timespan,
    "signature": _signature,
    "received": _received,
    "greylist": _greylist,
}
"""A reader for each form that the table names."""
