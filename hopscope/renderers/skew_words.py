"""The clocks of servers over a dump in words: headings and rows for tables, and a line per server for plain text.

Text comes as it is, with names out of mail: every format takes it through ``printable`` in its own way, but for
:func:`lines`, which has done so.
"""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.clock_legs import ROUNDING, SLIGHT, near
from hopscope.analysis.clocks import near_quarters
from hopscope.analysis.phrases import duration
from hopscope.analysis.skew import FEW, LIMITS, METHOD, Offset, Skew, Unknown, corrected
from hopscope.analysis.summary import LegKey, Summary
from hopscope.renderers.printable import visible

__all__ = ["COLUMNS", "LEG_COLUMNS", "leg_rows", "lines", "offset", "rows", "unknown"]

COLUMNS = ("Server", "Clock", "Against", "± s", "Delays", "Note")
LEG_COLUMNS = ("From", "To", "Delays", "p50", "p90", "max", "p50 corrected", "p90 corrected", "max corrected", "±")
_UNKNOWN = "–"
_LONGEST = 1e10
"""Seconds; longer than any calendar of stamps."""
_SHOWN = 10
"""So many names without a clock are told; the JSON has them all."""


def rows(found: Skew) -> Iterator[tuple[str, ...]]:
    """A row of COLUMNS for each server: those that are off first, by how much; those that cannot be told last."""
    for each in sorted(found.offsets, key=_urgency):
        off = f"{each.uncertainty:g}"
        yield (each.host, offset(each), each.reference, off, str(each.messages), "; ".join(_notes(each)))
    for other in found.unknown:
        yield (
            other.host,
            "unknown",
            ", ".join(other.against[:1]) or _UNKNOWN,
            _UNKNOWN,
            str(other.messages),
            other.reason,
        )


def leg_rows(summary: Summary, found: Skew) -> Iterator[tuple[str, ...]]:
    """A row of LEG_COLUMNS for each leg with a known delay, the busiest first: raw beside corrected.

    A dash where a clock at either end is not known; the corrected delay is then not known either.
    """
    moved = corrected(summary, found)
    for key, leg in sorted(summary.legs.items(), key=lambda item: (-item[1].count, _names(item[0]))):
        if leg.delay.count:
            told = moved.get(key)
            raw = (leg.delay.quantile(0.5), leg.delay.quantile(0.9), leg.delay.most)
            right = (told.p50, told.p90, told.most, told.uncertainty) if told else (None,) * 4
            yield (*_names(key), str(leg.delay.count), *map(_duration, (*raw, *right)))


def lines(found: Skew) -> Iterator[str]:
    """Plain text, a line each: how, what is known, what is not, and what that does not tell. Made printable."""
    yield METHOD
    yield LIMITS
    for each in sorted(found.offsets, key=_urgency):
        notes = "".join(f"; {note}" for note in _notes(each))
        against = "" if each.host == each.reference else f" (against {each.reference}, ± {each.uncertainty:g} s)"
        yield visible(f"{each.host}: {offset(each)}{against}{notes}")
    for other in found.unknown:
        yield visible(unknown(other))
    if found.nameless:
        more = f" and {len(found.nameless) - _SHOWN} more" if len(found.nameless) > _SHOWN else ""
        names = ", ".join(found.nameless[:_SHOWN])
        yield visible(f"Names that stand for many machines and have no clock: {names}{more}")


def offset(found: Offset) -> str:
    """``about 1 min 30 s ahead``, ``40 s to 3 min behind``, ``not known to be off``, ``reference``."""
    if found.host == found.reference:
        return "reference"
    if not found.off:
        return "not known to be off"
    which = "ahead" if found.seconds > 0 else "behind"
    if abs(found.seconds) + found.uncertainty > _LONGEST:
        return f"{abs(found.seconds):g} s {which}, ± {found.uncertainty:g} s"
    middle, half = timedelta(seconds=abs(found.seconds)), timedelta(seconds=found.uncertainty)
    if 2 * half <= near(middle - half):
        zone = "in the wrong zone, " if _zone(found) else ""
        return f"{zone}about {duration(_whole(middle))} {which}"
    return f"{duration(middle - half)} to {duration(middle + half)} {which}"


def unknown(found: Unknown) -> str:
    """A sentence without its full stop."""
    return f"{found.host} {found.reason}"


def _zone(found: Offset) -> bool:
    """Whether the offset is quarters of an hour, as near as a message alone would have to be."""
    return near_quarters(timedelta(seconds=found.seconds), ROUNDING + SLIGHT) is not None


def _notes(found: Offset) -> Iterator[str]:
    if found.wander:
        yield f"clocks of this group wandered by some {found.wander:g} s"
    if found.fewest < FEW and found.host != found.reference:
        yield f"few messages: {found.fewest} in one direction"


def _urgency(found: Offset) -> tuple[float, str]:
    return (-max(abs(found.seconds) - found.uncertainty, 0), found.host)


def _names(key: LegKey) -> tuple[str, str]:
    origin = " ".join(part for part in (key.from_host, key.from_service) if part)
    return origin or _UNKNOWN, " ".join(part for part in (key.to_host, key.to_service) if part)


def _whole(value: timedelta) -> timedelta:
    """In whole seconds: stamps are no finer."""
    return timedelta(seconds=round(value.total_seconds()))


def _duration(seconds: float | None) -> str:
    """Up to tenths of a second; what no calendar holds, in seconds."""
    if seconds is None:
        return _UNKNOWN
    return f"{seconds:g} s" if abs(seconds) > _LONGEST else duration(timedelta(seconds=round(seconds, 1)))
