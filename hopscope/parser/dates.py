"""Date-times of Received and Date fields: the only module that parses dates.

Three parsers run in turn, each on what the previous one rejects: one pattern for the form that nearly
all mail has; hopscope's own parser for RFC 5322 with its obsolete forms, and for other forms found in
mail; and python-dateutil for the rest. dateutil never parses the zone. Since it fills in missing parts of
a date from a default, its result is used only if different defaults and different orders of day, month
and year all give the same result.

Nothing is guessed: a time without a zone, or with an ambiguous zone, has no value.

=======================  ========================================================================
Defect                   Meaning
=======================  ========================================================================
date-unreadable          no date with a time of day, one that does not exist, or a text too long
date-nonstandard         readable, but not a date-time of RFC 5322, obsolete forms included
date-repaired            damage was ignored: quoted-printable leftovers, invisible characters
date-trailing-text       text follows the date-time
date-weekday-wrong       the date falls on a different day of the week; the date is used
date-zone-missing        no zone: no value
date-zone-ambiguous      the zone name has several meanings worldwide: no value
date-zone-unknown        the zone name is in no table: no value
date-zone-impossible     an offset outside -1200 to +1400, or of 60 minutes and more: no value
date-zone-military       a military letter, read as UTC as RFC 5322 section 4.3 requires
date-zone-contradiction  a comment or second zone has another offset; the first zone is used
=======================  ========================================================================
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from hopscope.model import DateTime, Defect
from hopscope.parser import zones
from hopscope.parser.grammar import DAYS, MONTH_NAME
from hopscope.parser.lexer import Kind, tokenize
from hopscope.parser.zones import Zone

if TYPE_CHECKING:
    from hopscope.parser.date_forms import Reading

__all__ = ["LIMIT", "by_parts", "parse"]

LIMIT = 512
"""Maximum length of a text that is parsed; far more than any date with its comments needs."""

_MONTHS = {name: number for number, name in enumerate(MONTH_NAME.split("|"), 1)}

# date-time = [ day-of-week "," ] date time [CFWS] (RFC 5322 section 3.3), as nearly all software writes it
_USUAL = re.compile(
    r"(?:([A-Z][a-z]{2}),\s++)?([0-9]{1,2}\s++[A-Z][a-z]{2}\s++[0-9]{4})"
    r"\s++([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])\s++([+-][0-9]{4}|GMT)((?:\s++\([^()]*+\))?)"
)
_ZONE_COMMENT = re.compile(r"(?:\s++\(([A-Z]{1,5}|[+-][0-9]{2,4})\))?\s*+")


def parse(text: str) -> DateTime:
    """Parse a date-time (RFC 5322 sections 3.3 and 4.3) or one of the other forms found in mail.

    Args:
        text: The text after the last ``;`` of a Received field, or the body of a Date field, unfolded.

    Returns:
        A record with the text without surrounding white space. Its value has the offset as
        written, and is ``None`` if the text does not define an instant. Any text yields a record;
        the positions of its defects are offsets in ``text``.
    """
    return _usual(text.strip()) or _special(text)


def by_parts(  # noqa: PLR0913, PLR0917 - the groups of a pattern, in its order
    text: str, weekday: str | None, day: str, hour: str, minute: str, second: str, zone: str, comments: str
) -> DateTime | None:
    """The date-time of a text in the usual form; ``None`` for any other form.

    Days and zones are cached by their text, as a dump has few of them.

    Args:
        text: The complete date-time.
        weekday: ``Tue``.
        day: ``31 Jul 2012``.
        hour: ``00`` to ``23``.
        minute: ``00`` to ``59``.
        second: The same.
        zone: ``+1000``.
        comments: The comments after it, such as `` (EST)``.
    """
    date, offset = _date(weekday, day), _offset(zone, comments)
    if date is None or offset is None:
        return None
    value = datetime(*date, _SIXTY[hour], _SIXTY[minute], _SIXTY[second], tzinfo=offset)
    return DateTime(text=text, value=value, zone_known=zone != "-0000")


_SIXTY = {f"{number:02}": number for number in range(60)}
"""A lookup takes a third of the time of ``int``."""


@lru_cache(maxsize=4096)
def _date(weekday: str | None, day: str) -> tuple[int, int, int] | None:
    """Year, month and day, if the day exists and has this name."""
    number, month, year = day.split()
    try:
        value = datetime(int(year), _MONTHS[month], int(number))  # noqa: DTZ001 - a day, not an instant
    except (ValueError, KeyError):
        return None
    if not "1900" <= year < "9999" or (weekday and not DAYS[value.weekday()].startswith(weekday)):
        return None
    return value.year, value.month, value.day


@lru_cache(maxsize=4096)
def _offset(zone: str, comments: str) -> timezone | None:
    """The zone, if it is an offset or GMT and any comment after it names the same zone."""
    comment = _ZONE_COMMENT.fullmatch(comments)
    if comment is None or not (zone == "GMT" or zone[0] in "+-"):
        return None
    minutes = zones.read(zone).minutes
    if minutes is None or (comment[1] and zones.contradicts(comment[1], minutes)):
        return None
    return zones.timezone_of(minutes)


def _usual(text: str) -> DateTime | None:
    """Parse the form that nearly all mail has; ``None`` for any other form."""
    match = _USUAL.fullmatch(text)
    return by_parts(text, *match.groups("")) if match else None


def _special(text: str) -> DateTime:
    """Parse a date-time of any form and record its defects."""
    from hopscope.parser.date_forms import by_dateutil, by_form

    stripped = text.strip()
    if len(stripped) > LIMIT:
        return _unreadable(stripped, f"longer than {LIMIT} characters")
    plain, comments = _without_comments(text)
    plain, repairs = _repaired(plain)
    reading = by_form(plain) or by_dateutil(plain) or "no date with a time of day"
    if isinstance(reading, str):
        return _unreadable(stripped, reading)
    zone, defects = _zone_and_defects(plain, comments, reading)
    return _record(stripped, reading, zone, (*repairs, *defects))


def _unreadable(text: str, reason: str) -> DateTime:
    """The record of a text that is not a date-time."""
    return DateTime(text=text, defects=(Defect(code="date-unreadable", message=reason),))


def _record(text: str, reading: "Reading", zone: Zone, defects: tuple[Defect, ...]) -> DateTime:
    """The record of the parsed date-time."""
    value = None
    if zone.minutes is not None:
        value = reading.moment.replace(tzinfo=zones.timezone_of(zone.minutes)) + timedelta(seconds=reading.leap)
    return DateTime(text=text, value=value, zone_known=zone.is_local, defects=defects)


class _Comment(msgspec.Struct, frozen=True):
    """A comment with the positions of its parentheses."""

    start: int
    end: int
    text: str


def _without_comments(text: str) -> tuple[str, list[_Comment]]:
    """The text with comments, including nested ones, replaced by blanks; and the outermost comments."""
    if "(" not in text:
        return text, []
    pieces, comments, start = [], [], 0
    for token in tokenize(text):
        pieces.append(" " * len(token.text) if token.depth else token.text)
        if token.depth == 1 and token.kind is Kind.OPEN:
            start = token.start
        elif token.depth == 1 and token.kind is Kind.CLOSE:
            comments.append(_Comment(start, token.start + 1, text[start + 1 : token.start]))
    return "".join(pieces), comments


# Soft line breaks and encoded blanks of quoted-printable (RFC 2045 section 6.7); invisible Unicode characters
_DAMAGE = r"=(?:20|09|(?=\s|\Z))|[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"  # compiled on first use


def _repaired(plain: str) -> tuple[str, list[Defect]]:
    """The text with damage replaced by blanks, and a defect if there is any."""
    damage = re.search(_DAMAGE, plain)
    if damage is None:
        return plain, []
    message = f"invalid characters {damage.group()!a} ignored"
    defect = Defect(code="date-repaired", message=message, start=damage.start(), end=damage.end())
    return re.sub(_DAMAGE, lambda match: " " * len(match.group()), plain), [defect]


def _zone_and_defects(plain: str, comments: list[_Comment], reading: "Reading") -> tuple[Zone, list[Defect]]:
    """The zone to use, and the defects of the parsed date-time."""
    later = [comment for comment in comments if comment.start >= reading.end]
    zone = reading.zone
    if zone.code == "date-zone-missing":
        zone = next(filter(None, (_zone_of(comment, reading.moment) for comment in later)), zone)
    in_comment = zone is not reading.zone
    zone = zones.on_day(zone, reading.moment)
    return zone, [
        *_form_defects(reading, zone, in_comment=in_comment),
        *_weekday_defects(reading),
        *_zone_defects(zone, [] if in_comment else later),
        *_trailing_defects(plain, reading.end),
    ]


def _zone_of(comment: _Comment, day: date) -> Zone | None:
    """The zone in a comment that contains nothing else."""
    zone = zones.on_day(zones.read(comment.text.strip()), day)
    return zone if zone.is_local and zone.end == len(comment.text.strip()) else None


def _form_defects(reading: "Reading", zone: Zone, *, in_comment: bool) -> Iterator[Defect]:
    """A defect if the date, time or zone violates RFC 5322."""
    if in_comment:
        yield Defect(code="date-nonstandard", message="time zone only in a comment")
    elif not reading.standard or (zone.minutes is not None and not zone.standard):
        yield Defect(code="date-nonstandard", message="not an RFC 5322 date-time", start=0, end=reading.end)


def _weekday_defects(reading: "Reading") -> Iterator[Defect]:
    """A defect if an English day of the week contradicts the date; other languages are not checked."""
    weekday, actual = reading.weekday.title(), DAYS[reading.moment.weekday()]
    written = next((day for day in DAYS if len(weekday) >= len("Mon") and day.startswith(weekday)), actual)
    if written != actual:
        start = reading.weekday_at
        message = f"wrong day of the week: the date is a {actual}"
        yield Defect(code="date-weekday-wrong", message=message, start=start, end=start + len(weekday))


def _zone_defects(zone: Zone, comments: list[_Comment]) -> Iterator[Defect]:
    """The defects of the zone, including contradictions by a second zone or by comments."""
    if zone.code:
        yield Defect(code=zone.code, message=zone.message)
    if zone.minutes is None or not zone.is_local:
        return
    if zone.label and zones.contradicts(zone.label, zone.minutes):
        yield Defect(
            code="date-zone-contradiction", message=f"time zone {zone.label} contradicts the offset; the offset is used"
        )
    for comment in comments:
        if zones.contradicts(comment.text.strip(), zone.minutes):
            message = f"time zone in the comment {comment.text} contradicts the first one; the first is used"
            yield Defect(code="date-zone-contradiction", message=message, start=comment.start, end=comment.end)


# What may follow a zone: Go's monotonic clock, Microsoft's X-OriginalArrivalTime
_SUFFIX = r"\s*+(?:m=[+-][0-9.]++|FILETIME=\[[0-9A-F]{8}:[0-9A-F]{8}\])(?=\s*+\Z)"  # compiled on first use


def _trailing_defects(plain: str, end: int) -> Iterator[Defect]:
    """A defect if text follows the date-time."""
    if suffix := re.compile(_SUFFIX).match(plain, end):
        end = suffix.end()
    trailing = plain[end:]
    if trailing.strip():
        start, end = len(plain) - len(trailing.lstrip()), end + len(trailing.rstrip())
        yield Defect(code="date-trailing-text", message="text after the date-time", start=start, end=end)
