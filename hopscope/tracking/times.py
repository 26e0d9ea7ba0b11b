"""Times of tracking logs: ISO 8601 in UTC, or as a culture of Windows writes local time without a zone.

``06/03/2024 14:02:35`` is the 6th of March or the 3rd of June, in a zone that is not written. The rows of the file
decide both, or they stay unknown: a month is at most 12, and some rows also have the time of their SMTP session in UTC.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

__all__ = ["Evidence", "Times", "read"]

_UTC = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z"
_SESSION = re.compile(rf"[0-9A-F]{{16}};({_UTC})(?:;|$)")
"""``source-context`` of RECEIVE and DELIVER: the id of the SMTP session and its start."""
_ARRIVAL = re.compile(rf"({_UTC})(?:;|$)")
"""``message-info`` of DELIVER and SEND: when the message entered the organisation."""
_LATENCY = re.compile(r"(?:([0-9]{1,4})\.)?([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,7}))?")
"""``MessageLatency``, a TimeSpan of .NET."""
_DATE = re.compile(
    r"([0-9]{1,4})([-./])\s?([0-9]{1,2})\2\s?([0-9]{1,4})\.?[T ]\s?([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2}))?"
    r"(?:[.,]([0-9]{1,9}))?(?:\s?([AaPp])\.?\s?[Mm]\.?)?\s?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_YEAR_DIGITS = 4
_YEARS = (1900, 9998)
"""A time in any other year is not accepted: no log has one, and in another zone it might not be a date."""
_MONTHS = 12
_NOON = 12
_STEP = timedelta(minutes=15)
"""All zones are multiples of it from UTC."""
_MAX_OFFSET = timedelta(hours=14)
_SESSION_TIME = timedelta(minutes=10)
"""Maximum time of an SMTP session: the default of ConnectionTimeout of Transport's Receive connectors."""
_SAME_OFFSET = timedelta(hours=12)
"""Before and after the rows that show the offset, it is taken as the same for so long."""
_ROUNDING = timedelta(seconds=2)
"""Local times have no fractions of a second."""
_ORDERS = ("dmy", "mdy")


class Written(msgspec.Struct, frozen=True):
    """A date as written."""

    first: int
    second: int
    third: int
    separator: str
    time: timedelta
    """Since midnight."""
    offset: timedelta | None
    """From UTC; ``None`` if no zone is written."""
    has_seconds: bool

    def at(self, order: str) -> datetime | None:
        """The date and time without a zone, with days and months in this order; ``None`` if there is no such day."""
        year, month, day = self.third, self.second, self.first
        if self.is_year_first:
            year, month, day = self.first, self.second, self.third
        elif order == "mdy":
            month, day = day, month
        if not _YEARS[0] <= year <= _YEARS[1]:
            return None
        try:
            return datetime(year, month, day) + self.time  # noqa: DTZ001 - the zone is not written
        except (ValueError, OverflowError):
            return None

    @property
    def is_year_first(self) -> bool:
        """Whether the first number is the year."""
        return self.first >= 1000  # noqa: PLR2004 - four digits


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How the times of a file without a zone are to be read."""

    order: str | None = None
    """``dmy`` or ``mdy`` for dates with slashes; ``None`` if nothing in the file decides it."""
    offset_minutes: int | None = None
    """Of local time from UTC; ``None`` if unknown."""
    since: datetime | None = None
    """The local time from which on the offset is known to hold; ``None`` for always."""
    until: datetime | None = None

    def of(self, cells: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
        """The time of a row in UTC, and if that is unknown, its local time."""
        written = read(cells.get("time", ""))
        order = (_order(written) or self.order) if written else None
        local = written.at(order) if written and order else None
        if written is None or local is None:
            return None, None
        offset = written.offset
        if offset is None:
            offset = _offset(local, cells)
        if offset is None and self.offset_minutes is not None and self._is_known_at(local):
            offset = timedelta(minutes=self.offset_minutes)
        try:
            return (None, local) if offset is None else ((local - offset).replace(tzinfo=UTC), None)
        except OverflowError:
            return None, None

    def _is_known_at(self, local: datetime) -> bool:
        """Whether the offset holds: before and after, daylight saving time may have begun or ended."""
        if self.since is None or self.until is None:
            return True
        return self.since - local <= _SAME_OFFSET and local - self.until <= _SAME_OFFSET


class Evidence:
    """What the rows of a file show of the order of days and months, and of the zone."""

    def __init__(self) -> None:
        self._possible = set(_ORDERS)
        self._rising = dict.fromkeys(_ORDERS, True)
        self._falling = dict.fromkeys(_ORDERS, True)
        self._last: dict[str, datetime] = {}
        self._offsets: dict[str, set[timedelta]] = {order: set() for order in _ORDERS}
        self._shown: dict[str, tuple[datetime, datetime]] = {}
        self.is_ambiguous = False
        """Whether a row has a date that shows no order of day and month."""
        self.without_zone = False
        """Whether a row has a time without a zone."""
        self.without_seconds = False
        """Whether a row has a time of hours and minutes only."""
        self.has_other_forms = False
        """Whether a row has a time in no known form, such as one with the Korean word for afternoon."""

    def add(self, cells: Mapping[str, str]) -> None:
        """Notes what a row shows."""
        written = read(cells.get("time", ""))
        self.has_other_forms |= written is None and bool(cells.get("time"))
        self.without_seconds |= written is not None and not written.has_seconds
        if written is None or written.offset is not None:
            return
        self.without_zone = True
        known = _order(written)
        self.is_ambiguous |= known is None
        if known and written.separator == "/" and not written.is_year_first:
            self._possible &= {known}
        facts = _facts(cells)
        for order in _ORDERS:
            local = written.at(known or order)
            if local is None or any(abs(local - fact) > _MAX_OFFSET + _SESSION_TIME for fact, _ in facts):
                if known is None:
                    self._possible.discard(order)
                continue
            last = self._last.get(order, local)
            self._rising[order] &= local >= last
            self._falling[order] &= local <= last
            self._last[order] = local
            offset = _offset(local, cells)
            if offset is not None and len(self._offsets[order]) <= 1:
                self._offsets[order].add(offset)
                first, last = self._shown.get(order, (local, local))
                self._shown[order] = min(first, local), max(last, local)

    def times(self) -> Times:
        """How the times of the file are to be read."""
        possible = self._possible
        if len(possible) > 1:  # a file sorted by time, in either direction, is so in one order only
            possible = {order for order in possible if self._rising[order] or self._falling[order]}
        order = next(iter(possible)) if len(possible) == 1 else None
        if self.is_ambiguous and order is None:
            return Times()
        offsets = self._offsets[order or "dmy"]
        if len(offsets) != 1:
            return Times(order=order)
        since, until = self._shown[order or "dmy"]
        minutes = next(iter(offsets)) // timedelta(minutes=1)
        return Times(order=order, offset_minutes=minutes, since=since, until=until)


def read(text: str) -> Written | None:
    """The date and time in a text; ``None`` if it is in no known form."""
    match = _DATE.fullmatch(text.strip().replace("\u202f", " "))
    if match is None or _YEAR_DIGITS not in {len(match[1]), len(match[4])}:
        return None
    hours, half = int(match[5]), (match[9] or "").lower()
    if half and not 1 <= hours <= _NOON:
        return None
    hours = hours % _NOON + (_NOON if half == "p" else 0) if half else hours
    minutes, seconds = int(match[6]), int(match[7] or 0)
    if hours > 23 or minutes > 59 or seconds > 60:  # noqa: PLR2004 - of a clock
        return None
    time = timedelta(
        hours=hours, minutes=minutes, seconds=seconds, microseconds=int((match[8] or "0").ljust(6, "0")[:6])
    )
    return Written(int(match[1]), int(match[3]), int(match[4]), match[2], time, _zone(match[10]), match[7] is not None)


def _zone(text: str | None) -> timedelta | None:
    if not text:
        return None
    if text == "Z":
        return timedelta(0)
    size = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return -size if text.startswith("-") else size


def _order(written: Written) -> str | None:
    """The order of days and months, if the date itself shows it; any order if the year is first.

    No culture of Windows writes the month before the day with full stops or hyphens.
    """
    if written.is_year_first or written.separator != "/" or written.first > _MONTHS:
        return "dmy"
    return "mdy" if written.second > _MONTHS else None


def _facts(cells: Mapping[str, str]) -> list[tuple[datetime, timedelta]]:
    """Times in UTC near that of the row, and how long after each the row may have been written."""
    facts = []
    if session := _SESSION.match(cells.get("source_context", "")):
        facts.append((_utc(session[1]), _SESSION_TIME))
    latency = _LATENCY.fullmatch(cells.get("message_latency", ""))
    if latency and (arrival := _ARRIVAL.match(cells.get("message_info", ""))):
        days, hours, minutes, seconds = (int(part or 0) for part in latency.groups()[:4])
        time = _utc(arrival[1])
        if time:
            delay = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
            facts.append((time + delay, _ROUNDING))
    return [(time, span) for time, span in facts if time]


def _offset(local: datetime, cells: Mapping[str, str]) -> timedelta | None:
    """The offset of local time from UTC that the other times of a row show; ``None`` if they show none."""
    offsets = set()
    for fact, span in _facts(cells):
        steps, rest = divmod(local - fact + _ROUNDING, _STEP)
        if rest <= span + 2 * _ROUNDING and abs(steps * _STEP) <= _MAX_OFFSET:
            offsets.add(steps * _STEP)
    return offsets.pop() if len(offsets) == 1 else None


def _utc(text: str) -> datetime | None:
    written = read(text)
    return written.at("dmy") if written else None
