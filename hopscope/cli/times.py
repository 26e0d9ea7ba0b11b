"""Points in time as people write them: ``7d``, ``yesterday``, ``monday 08:00``, ``2024-06-03T14:00+02:00``."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

__all__ = ["point_in_time"]

_UNIT = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "seconds"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "weeks"),
    **dict.fromkeys(("mo", "month", "months"), "months"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "years"),
}
_AMOUNT = re.compile(r"([0-9]{1,6}+(?:\.[0-9]{1,3}+)?+|an?+(?= )) *+([a-z]++) *+")
_DAYS_AGO = {"today": 0, "yesterday": 1, "tomorrow": -1}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAST_ABBREVIATION = 3
_CLOCK = re.compile(r"(?:at )?([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_NUMERIC_DATE = re.compile(r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})\b(.*)", re.DOTALL)
_YEAR = re.compile(r"[12][0-9]{3}(?:-[01][0-9])?")
"""A year, or a year and a month."""
_YEAR_DIGITS = 4
_MONTHS = 12
_LONGEST = 60
_EXAMPLES = "examples: 7d, yesterday, monday 08:00, 2024-06-04, 2024-06-04T08:00+02:00"


def point_in_time(text: str, now: datetime, zone: tzinfo = UTC) -> datetime:
    """The point in time that a text names, relative to ``now`` where it is relative.

    A day without a time starts at 00:00; a weekday is the latest one that has begun. A date without a year is the
    latest such date that is not after ``now``.

    Args:
        text: An age (``7d``, ``3 months ago``), a day (``yesterday``, ``monday 08:00``), ISO 8601, or what
            ``dateutil.parser`` reads (``3 June 2024 14:00``).
        now: The current time, aware.
        zone: The time zone where the text has none.

    Raises:
        ValueError: The text is not a point in time, or is ambiguous; the message has the reason and the correct form.
    """
    try:
        time = _read(text.strip(), now, zone)
        aware = time if time.tzinfo else time.replace(tzinfo=zone)
        aware.astimezone(UTC)
    except AmbiguousDateError:
        raise
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a date or time; {_EXAMPLES}") from None
    return aware


def _read(text: str, now: datetime, zone: tzinfo) -> datetime:
    if not text or len(text) > _LONGEST:
        raise ValueError(text)
    words, local_now = " ".join(text.lower().split()), now.astimezone(zone)
    return _age(words, now) or _day(words, local_now) or _iso(text) or _written(text, words, local_now)


class AmbiguousDateError(ValueError):
    """A date whose numbers have several readings."""


def _age(words: str, now: datetime) -> datetime | None:
    """``7d``, ``1 week 2 days ago``, ``last week``, ``now``."""
    amounts = words.removesuffix(" ago")
    if amounts in {"last week", "last month", "last year"}:
        amounts = amounts.replace("last", "a")
    if amounts == "now":
        return now
    parts = _AMOUNT.findall(amounts)
    if not parts or _AMOUNT.sub("", amounts) or any(unit not in _UNIT for _, unit in parts):
        return None
    from dateutil.relativedelta import relativedelta

    ages = [relativedelta(**{_UNIT[unit]: _number(amount)}) for amount, unit in parts]  # type: ignore[arg-type]
    return now - sum(ages, relativedelta())


def _number(amount: str) -> float:
    return float(amount) if "." in amount else int(amount) if amount.isdecimal() else 1


def _day(words: str, now: datetime) -> datetime | None:
    """``yesterday``, ``monday``, ``last tue 14:00``; ``14:00`` is today."""
    is_last = words.startswith("last ")
    name, _, clock = words.removeprefix("last ").partition(" ")
    if _CLOCK.fullmatch(words):
        name, clock = "today", words
    weekday = next(
        (number for number, day in enumerate(_WEEKDAYS) if len(name) >= _LEAST_ABBREVIATION and day.startswith(name)),
        None,
    )
    if weekday is None and (name not in _DAYS_AGO or is_last):
        return None
    match = _CLOCK.fullmatch(clock)
    if clock and not match:
        return None
    days = _DAYS_AGO[name] if weekday is None else (now.weekday() - weekday - is_last) % len(_WEEKDAYS) + is_last
    hour, minute, second = (int(number or 0) for number in match.groups()) if match else (0, 0, 0)
    date = (now - timedelta(days=days)).date()
    return datetime(date.year, date.month, date.day, hour, minute, second, tzinfo=now.tzinfo)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _written(text: str, words: str, now: datetime) -> datetime:
    """What dateutil reads, if it has only one reading."""
    from dateutil import parser

    if match := _NUMERIC_DATE.match(text):
        text = _ordered(text, match)
    elif not re.search("[a-z]", words) and not _YEAR.fullmatch(words):
        raise ValueError(text)
    first, second = (parser.parse(text, default=default, tzinfos=_zone) for default in _DEFAULTS)
    has_year, has_month, has_day = (
        first.year == second.year,
        first.month == second.month,
        first.day == second.day,
    )
    if not has_month and (has_day or not has_year):
        raise ValueError(text)
    time = first.replace(month=first.month if has_month else 1, day=first.day if has_day else 1)
    if has_year:
        return time
    recent = time.replace(year=now.year, tzinfo=time.tzinfo or now.tzinfo)
    return recent if recent <= now else recent.replace(year=now.year - 1)


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """The zone of a text, by its offset in seconds or its name; an unknown or ambiguous name is not a zone."""
    from hopscope.parser import zones

    if offset is not None:
        return timezone(timedelta(seconds=offset))
    minutes = zones.read(name).minutes if name else None
    if name and minutes is None:
        raise ValueError(name)
    return None if minutes is None else zones.timezone_of(minutes)


_DEFAULTS = (datetime(2000, 1, 1), datetime(2004, 2, 2))  # noqa: DTZ001 - what differs in the results was not in the text
"""Leap years, so that both have a 29 February."""


def _ordered(text: str, match: re.Match[str]) -> str:
    """The text with its numeric date in ISO 8601, unless the order of its numbers is ambiguous."""
    first, _, second, last, clock = match.groups()
    if len(first) == _YEAR_DIGITS:
        return f"{first}-{second:0>2}-{last:0>2}{clock}"
    if len(last) != _YEAR_DIGITS:
        raise AmbiguousDateError(f"{text!r} has no year of four digits; use a form such as 2024-06-03")
    day_first, month_first = f"{last}-{second:0>2}-{first:0>2}", f"{last}-{first:0>2}-{second:0>2}"
    if int(first) <= _MONTHS and int(second) <= _MONTHS and first.lstrip("0") != second.lstrip("0"):
        raise AmbiguousDateError(f"{text!r} is ambiguous; use {day_first} or {month_first}")
    return (day_first if int(first) > _MONTHS else month_first) + clock
