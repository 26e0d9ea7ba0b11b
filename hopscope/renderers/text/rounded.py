"""Numbers for readers: counts, shares, and durations with the accuracy of a sketch.

Durations have two units, as for a single message: ``5 min 6 s``. ``scaled``, for the columns of a table, and
``brief``, for the narrow cells of a heat map, have one unit.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hopscope.statistics.sketch import ERROR

__all__ = ["brief", "cell", "count", "counted", "day", "duration", "minute", "more", "scaled", "share", "total"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_CLOSE = 9.95
"""Below this number of units, one decimal is shown."""
_TOLERANCE = 1.001 * ERROR
"""Maximum relative difference of equal values; above the error of a sketch, as floating-point numbers are inexact."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s"))
_BRIEF = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m"), (1, "s"))


def count(value: int) -> str:
    """``109,603``."""
    return f"{value:,}"


def share(part: int, total: int) -> str:
    """``12 %``, ``0.3 %``, ``under 0.1 %``; 100 % and 0 % only if exact."""
    if not total or not part:
        return "0 %"
    percent = 100 * part / total
    if percent < 0.1:  # noqa: PLR2004 - the smallest share that is shown
        return "under 0.1 %"
    if part < total and percent >= 99.95:  # noqa: PLR2004 - what would be rounded to 100
        return "over 99.9 %"
    return f"{percent:.1f} %" if percent < _CLOSE or (percent > 100 - _CLOSE and part < total) else f"{percent:.0f} %"


def total(seconds: float | None) -> str:
    """The total delay of a message or a quantile of such delays; a negative one shows clock skew."""
    return "clock skew" if seconds is not None and seconds < 0 else duration(seconds)


def duration(seconds: float | None) -> str:
    """``0 s``, ``0.25 s``, ``3.2 s``, ``41 s``, ``5 min 6 s``, ``3 h``, ``1 d 2 h``; a dash where unknown.

    In the two largest units, or in one where the duration is a multiple of it but for the error of a sketch.
    """
    if seconds is None:
        return "–"
    sign, size = "-" if seconds < 0 else "", abs(seconds)
    for (scale, unit), (smaller_scale, smaller_unit) in pairwise(_UNITS):
        if size >= (1 - ERROR) * scale:
            nearest = round(size / scale)
            if abs(size - nearest * scale) <= _TOLERANCE * nearest * scale:
                return f"{sign}{count(nearest)} {unit}"
            first, second = divmod(round(size / smaller_scale), scale // smaller_scale)
            return f"{sign}{count(first)} {unit}{f' {second} {smaller_unit}' if second else ''}"
    return f"{sign}{_digits(size)} s"


def _digits(value: float) -> str:
    """A value with two digits, or as an integer if it differs from it by no more than the error of a sketch."""
    nearest = round(value)
    if value >= _CLOSE or abs(value - nearest) <= _TOLERANCE * nearest:
        return f"{nearest:,}"
    return f"{value:.1f}".removesuffix(".0") if value >= 1 else f"{value:.2g}"


def scaled(seconds: float | None) -> str:
    """In two digits of one unit for a table column: ``3 s``, ``41 s``, ``5.1 min``, ``3 h``; a dash where unknown."""
    if seconds is None:
        return "–"
    size = abs(seconds)
    scale, unit = next((scaled for scaled in _UNITS if size >= (1 - ERROR) * scaled[0]), _UNITS[-1])
    return f"{'-' if seconds < 0 else ''}{_digits(size / scale)} {unit}"


def brief(seconds: float | None) -> str:
    """In two digits of one unit for a narrow cell: ``3s``, ``41s``, ``5.1m``, ``3h``, ``12d``; empty where unknown."""
    if seconds is None:
        return ""
    size = abs(seconds)
    scale, unit = next((scaled for scaled in _BRIEF if size >= (1 - ERROR) * scaled[0]), _BRIEF[-1])
    return f"{'-' if seconds < 0 else ''}{_digits(size / scale)}{unit}"


def cell(value: int) -> str:
    """A count for a cell: ``12``, ``999``, ``1.2k``, ``12k``, ``3M``."""
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= size:
            return (
                f"{value / size:.1f}".removesuffix(".0") + letter
                if value < _CLOSE * size
                else f"{value // size:,}{letter}"
            )
    return str(value)


def minute(seconds: float | None) -> str:
    """``2024-06-04 08:00`` in UTC; a dash if unknown or outside the years that ``datetime`` supports."""
    time = _time(seconds)
    return f"{time:%Y-%m-%d %H:%M}" if time else "–"


def day(number: int) -> str:
    """``2024-06-04``, from the number of the day since 1970."""
    time = _time(number * _DAY)
    return f"{time:%Y-%m-%d}" if time else "–"


def _time(seconds: float | None) -> datetime | None:
    if seconds is None:
        return None
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def counted(value: int, what: str) -> str:
    """``1 message``, ``1,204 messages``."""
    return f"{count(value)} {what}" if value == 1 else f"{count(value)} {what}s"


def more(remaining: int, what: str) -> str:
    """``and 1,204 more legs``, ``and 1 more leg``; empty if none remain."""
    return f"and {count(remaining)} more {what if remaining > 1 else what.removesuffix('s')}" if remaining > 0 else ""
