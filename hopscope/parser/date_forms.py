"""Parsers for date-times of RFC 5322 and of the other forms found in mail.

Only :mod:`hopscope.parser.dates` uses this module, for the few dates that do not have the usual form.
"""

import re
from datetime import datetime
from functools import cache
from typing import NamedTuple

from msgspec.structs import replace

from hopscope.data import table
from hopscope.parser import zones
from hopscope.parser.grammar import DAY_NAME, MONTH_NAME
from hopscope.parser.zones import Zone

__all__ = ["Reading", "by_dateutil", "by_form"]

# date-time = [ day-of-week "," ] date time [CFWS]; here without the zone. The obsolete forms allow CFWS between
# the parts, and years of two and three digits (RFC 5322 section 4.3). Comments have been replaced by blanks.
_STANDARD = re.compile(
    rf"""
    \s*+ (?: (?P<weekday>{DAY_NAME}) \s*+ , \s*+ )?
    (?P<day>[0-9]{{1,2}}) \s*+ (?P<month>{MONTH_NAME}) \s*+ (?P<year>[0-9]{{2,}}+) \s++
    (?P<hour>[0-9]{{2}}) \s*+ : \s*+ (?P<minute>[0-9]{{2}}) (?: \s*+ : \s*+ (?P<second>[0-9]{{2}}) )?+
    (?! [0-9.,:] | \s*+ [ap]\.?m\b )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)

_LETTERS = r"(?:[^\W\d_]|[\u0300-\u036f])++"  # a word of any language, decomposed accents included
# A weekday in any language: any single word, or the text before a comma, which often cannot be decoded.
_WEEKDAY = rf"\s*+ (?: (?P<weekday>{_LETTERS} (?: -{_LETTERS} )?+ ) \.?+ [\s,]++ | [^,0-9]{{1,24}}+ , \s*+ )?"
_DAY = r"(?P<day>[0-9]{1,2})"
_MONTH = rf"(?P<month>{_LETTERS})"
_YEAR = r"(?P<year>[0-9]{4})"
_MM = r"(?P<month>[0-9]{2})"
_DD = r"(?P<day>[0-9]{2})"
_MINUTE = r"(?P<minute>[0-9]{2})"
_SECOND = r"(?P<second>[0-9]{2})"
_FRACTION = r"(?: [.,] (?P<fraction>[0-9]++) )?+"
_TIME = rf"""
    (?P<hour>[0-9]{{1,2}}) (?P<colon>[:.]) {_MINUTE} (?: (?P=colon) {_SECOND} {_FRACTION} )?+
    (?: \s*+ (?P<half>[AP]) \.?+ M \b \.?+ )?+ (?! [0-9:] )
"""
_ZONE_BEFORE_YEAR = r"(?P<zone> \s++ (?: [A-Z]++ (?: \s++ DST )? )? (?: [+-] [0-9:]++ )? )?"

_OTHERS = tuple(
    re.compile(form, re.VERBOSE | re.IGNORECASE)
    for form in (
        # 31 Jul 2012 21:52; Tuesday, 31-Jul-12 21:52:42 (RFC 850); Di, 31. Juli 2012 21.52.42; 31/Jul/2012:21:52:42
        rf"{_WEEKDAY} {_DAY} \.?+ [\s/.,-]*+ {_MONTH} \.?+ [\s/.,-]*+ (?P<year>[0-9]{{2,4}}) (?:[\s,]++|:|T) {_TIME}",
        # Jul, 22 2002 11:16:51 PM; Tue Jul 31 2012 21:52:42 GMT+1000 (ECMAScript's Date)
        rf"{_WEEKDAY} {_MONTH} [.,]?+ \s*+ {_DAY} [\s,]++ {_YEAR} [\s,]++ {_TIME}",
        # Tue Jul 31 21:52:42 2012 (C's asctime), Tue Jul 31 21:52:42 CEST 2012 (POSIX date)
        rf"{_WEEKDAY} {_MONTH} [.,]?+ \s*+ {_DAY} [\s,]++ {_TIME} {_ZONE_BEFORE_YEAR} \s++ {_YEAR} (?! [0-9] )",
        # 2012-07-31T21:52:42 (ISO 8601), 2012-07-31 21:52:42.123456789 (Go), 2012/07/31 21:52
        rf"{_WEEKDAY} {_YEAR} (?P<dash>[-/.]?+) {_MM} (?P=dash) {_DD} [T\s]++ {_TIME}",
        # 20120731T215242 (ISO 8601), 20120731215242 (GeneralizedTime of ASN.1)
        rf"\s*+ {_YEAR} {_MM} {_DD} [T\s]?+ (?P<hour>[0-9]{{2}}) {_MINUTE} {_SECOND} {_FRACTION} (?! [0-9] )",
    )
)


class Reading(NamedTuple):
    """A date-time as one parser read it."""

    moment: datetime
    """Date and time of day, without zone; a leap second is stored as second 59."""
    zone: Zone
    end: int
    """Offset in the text where it ends."""
    leap: bool = False
    standard: bool = False
    """Whether it has the form of RFC 5322, including the obsolete forms."""
    weekday: str = ""
    weekday_at: int = 0


def by_form(plain: str) -> Reading | str | None:
    """Parse a text that starts with a date-time of a known form.

    Args:
        plain: Text with comments replaced by blanks.

    Returns:
        The date-time; the reason as text if a form matches but the date does not exist; ``None`` if no form matches.
    """
    for form in (_STANDARD, *_OTHERS):
        match = form.match(plain)
        if match and (month := _month(match["month"])) is not None:
            return _reading(plain, match, month, standard=form is _STANDARD)
    return None


def by_dateutil(plain: str) -> Reading | None:
    """Parse a text with python-dateutil, except for the zone; ``None`` if that fails.

    Only short ASCII text with exactly one time of day is tried: dateutil takes quadratic time, and
    of several times it would use any one.

    Args:
        plain: Text with comments replaced by blanks.
    """
    clocks = list(_CLOCK.finditer(plain))
    if len(clocks) != 1 or len(plain) > _DATEUTIL_LIMIT or not plain.isascii():
        return None
    clock = clocks[0]
    zone = zones.read(plain, clock.end())
    moment = _unambiguous(f"{plain[: clock.end()]} {plain[zone.end :]}")
    if moment is None or (moment.hour % 12, moment.minute) != (int(clock[1]) % 12, int(clock[2])):
        return None
    first_word = _FIRST_WORD.match(plain)
    weekday, weekday_at = (first_word[1], first_word.start(1)) if first_word else ("", 0)
    return Reading(moment, zone, len(plain), weekday=weekday, weekday_at=weekday_at)


def _reading(plain: str, match: re.Match[str], month: int, *, standard: bool) -> Reading | str:
    """The date-time that a form matched, or the reason if it does not exist."""
    parts = match.groupdict()
    moment = _moment(parts, month, milliseconds="FILETIME=" in plain)
    if moment is None:
        return f"{match.group().strip()!a} does not exist"
    zone = zones.read(plain, match.end())
    if parts.get("zone"):
        zone = replace(zones.read(plain, match.start("zone")), end=match.end())
    weekday = parts.get("weekday") or ""
    weekday_at = match.start("weekday") if weekday else 0
    return Reading(moment, zone, zone.end, parts["second"] == "60", standard, weekday, weekday_at)


def _month(name: str) -> int | None:
    """Number of a month given as a number or as a name in any language of the table; ``None`` if unknown."""
    if name.isascii() and name.isdigit():
        return int(name)
    return _months().get(_without_accents(name))


@cache
def _months() -> dict[str, int]:
    """Month numbers by name in lower case without accents."""
    return {_without_accents(row["name"]): int(row["month"]) for row in table("months")}


def _without_accents(name: str) -> str:
    """A name in lower case without accents."""
    import unicodedata

    letters = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _moment(parts: dict[str, str | None], month: int, *, milliseconds: bool) -> datetime | None:
    """Date and time of day, without zone; ``None`` if it does not exist."""
    second = int(parts["second"] or 0)
    try:
        return datetime(  # noqa: DTZ001 - the zone is parsed separately
            _year(parts["year"] or ""),
            month,
            int(parts["day"] or ""),
            _hour(int(parts["hour"] or ""), parts.get("half")),
            int(parts["minute"] or ""),
            59 if second == 60 else second,  # noqa: PLR2004 - 60 is a leap second (RFC 5322 section 3.3)
            _microsecond(parts.get("fraction") or "", milliseconds=milliseconds),
        )
    except ValueError:
        return None


def _year(digits: str) -> int:
    """A year; two and three digits are interpreted as RFC 5322 section 4.3 requires.

    Raises:
        ValueError: The year is outside ``_YEARS``.
    """
    year = int(digits)
    if len(digits) == 2:  # noqa: PLR2004 - two digits
        year += 2000 if year < 50 else 1900  # noqa: PLR2004 - RFC 5322 section 4.3
    elif len(digits) == 3:  # noqa: PLR2004 - three digits
        year += 1900
    if year not in _YEARS:
        raise ValueError(digits)
    return year


_YEARS = range(1900, 9999)  # "any numeric year 1900 or later" (RFC 5322 section 3.3) that is before 10000 in UTC too


def _hour(hour: int, half: str | None) -> int:
    """Hour of the day; ``half`` is the first letter of AM or PM.

    Raises:
        ValueError: An hour above 12 with AM.
    """
    if half is None:
        return hour
    if hour > 12:  # noqa: PLR2004 - noon; "21:52 PM" is unambiguous
        if half in "Aa":
            raise ValueError(half)
        return hour
    return hour % 12 + (0 if half in "Aa" else 12)


def _microsecond(digits: str, *, milliseconds: bool) -> int:
    """Microseconds of a fraction; X-OriginalArrivalTime pads its milliseconds to four digits with a zero."""
    if milliseconds and len(digits) == 4:  # noqa: PLR2004 - see above
        digits = digits[1:]
    return int(digits[:6].ljust(6, "0"))


_DATEUTIL_LIMIT = 128
_CLOCK = re.compile(
    r"(?<![0-9:])([0-9]{1,2}):([0-9]{1,2})(?::[0-9]{1,2})?(?:[.,][0-9]++)?+(?:\s*+[AaPp]\.?+[Mm]\b\.?+)?+(?![0-9:])"
)
_FIRST_WORD = re.compile(r"\s*+([A-Za-z]++)")


def _unambiguous(text: str) -> datetime | None:
    """The result of dateutil if it is the same for different defaults and number orders, else ``None``.

    dateutil fills in missing parts from a default, and the century of a two-digit year from the current date.
    """
    from dateutil import parser

    first_default, second_default = datetime(2001, 2, 3, 4, 5), datetime(2010, 11, 12, 13, 14)  # noqa: DTZ001 - as the readings
    readings = set()
    for default, day_first, year_first in (
        (first_default, False, False),
        (second_default, True, False),
        (first_default, False, True),
        (second_default, True, True),
    ):
        try:
            moment = parser.parse(text, default=default, dayfirst=day_first, yearfirst=year_first, ignoretz=True)
        except Exception:  # noqa: BLE001 - it documents two exceptions, but raises others, such as decimal.InvalidOperation
            return None
        readings.add(moment)
    moment = readings.pop()
    if readings or moment.year not in _YEARS or str(moment.year) not in text:
        return None
    return moment
