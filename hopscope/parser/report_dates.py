"""Dates that mail systems write into reports: in a field of RFC 5322, or in the form of the server's language.

The order of day and month in ``08/01/2020`` depends on the language of the server. It is decided by the time of the
message, which is at most days earlier; without that, and without a zone, the date has no value.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from hopscope.model import DateTime
from hopscope.parser import dates
from hopscope.paste.patterns import lazy

__all__ = ["report_date"]

_NUMBERS = lazy(
    r"([0-9]{1,4})[./-][ ]?+([0-9]{1,2})[./-][ ]?+([0-9]{1,4}),?+[ ]([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2}))?+"
    r"(?:[ ]?+([AaPp])\.?+[ ]?+[Mm]\b\.?+)?+[ ]?+\(?+((?:UTC|GMT)?[+-][0-9]{1,2}:?[0-9]{0,2}|UTC|GMT)?+"
)


def report_date(text: str | None, near: datetime | None) -> DateTime | None:
    """A date of a field, or one that a server wrote in the form of its language; ``None`` without one."""
    if not text:
        return None
    parts = _NUMBERS.match(text)
    if parts is None:
        return dates.parse(text)
    zone = (parts[8] or "").removeprefix("UTC").removeprefix("GMT")
    offset = _offset(zone) if parts[8] else None
    candidates = [day for order in _ORDERS if (day := _moment(parts, order)) is not None]
    days = list(dict.fromkeys(candidates))
    if near is not None and len(days) > 1:
        reference = near.astimezone(offset or UTC).replace(tzinfo=None)
        days = sorted(days, key=lambda day: abs(day - reference))[:1]
    if len(days) != 1 or offset is None:
        return DateTime(text=text)
    return DateTime(text=text, value=days[0].replace(tzinfo=offset), zone_known=True)


_ORDERS = ((0, 1, 2), (2, 1, 0), (2, 0, 1))
"""Positions of year, month and day in the three numbers of a date."""


def _moment(parts: re.Match[str], order: tuple[int, int, int]) -> datetime | None:
    numbers = parts.group(1, 2, 3)
    year, month, day = (numbers[position] for position in order)
    if len(year) != 4:  # noqa: PLR2004 - a year of two digits is ambiguous
        return None
    hour = int(parts[4]) % 12 + 12 * (parts[7] in "Pp") if parts[7] else int(parts[4])
    try:
        return datetime(int(year), int(month), int(day), hour, int(parts[5]), int(parts[6] or 0))  # noqa: DTZ001
    except ValueError:
        return None


def _offset(zone: str) -> timezone | None:
    """The offset of ``+01:00`` or ``+1``; UTC if it is empty."""
    digits = zone[1:].replace(":", "")
    hours, minutes = (digits[:2], digits[2:]) if len(digits) != 3 else (digits[:1], digits[1:])  # noqa: PLR2004
    delta = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return timezone(-delta if zone.startswith("-") else delta) if delta < timedelta(hours=15) else None
