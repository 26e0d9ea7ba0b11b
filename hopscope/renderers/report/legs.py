"""The distribution of the delays of each leg, and of total delays."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hopscope.model import Service
from hopscope.renderers.report.axis import Axis, axis
from hopscope.renderers.text import layout, rounded
from hopscope.renderers.text.page import Facts
from hopscope.statistics.legs import TimedLeg, ranked
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import OTHERS

__all__ = ["facts", "histogram", "name"]

_DRAWN = 15
"""Number of legs whose distribution is drawn."""
_LISTED = 200
"""Number of legs that are listed below them."""
_WIDTH = 260.0
_WIDE = 920.0
_HIGH = 120.0
_BINS = 92
_GAP = 1.0
"""Pixels between two bars."""


class Bar(NamedTuple):
    """A bar of a histogram, in pixels, and its title."""

    x: float
    y: float
    wide: float
    high: float
    title: str
    kind: str


class Mark(NamedTuple):
    """A line with its label, in pixels."""

    text: str
    x: float
    start: float
    row: int
    y: int = 0


def facts(legs: Iterable[TimedLeg]) -> Facts:
    """The template variables of the legs, those with most time lost first."""
    timed = ranked([leg for leg in legs if leg.delay.count])
    drawn, remaining = timed[:_DRAWN], timed[_DRAWN:]
    scale = axis((leg.leg.delay for leg in drawn), _WIDTH)
    return {
        "drawn": [{**_row(leg), **_box(leg.delay, scale)} for leg in drawn],
        "rest": [_row(leg) for leg in remaining[:_LISTED]],
        "is_corrected": any(leg.correction for leg in timed),
        "more": rounded.more(len(remaining) - _LISTED, "legs"),
        "count": rounded.counted(len(remaining), "other leg"),
        "width": _WIDTH,
        "ticks": scale.ticks,
    }


def name(service: str | None, host: str | None) -> Facts:
    """A service with its colour and server, a dash if unknown; ``(start)`` before the first hop."""
    if service is None and host is None:
        return {"service": "(start)", "color": "soft", "host": ""}
    known_service = service if service in set(Service) else None
    return {
        "service": service or "–",
        "color": layout.COLORS.get(Service(known_service), "") if known_service else "",
        "host": "(others)" if host == OTHERS else host or "–",
    }


def _row(leg: TimedLeg) -> Facts:
    key, delay = leg.key, leg.leg.delay
    raw = _durations(delay.quantile(0.5), delay.quantile(0.9), delay.quantile(0.99), delay.most)
    return {
        "origin": name(key.from_service, key.from_host),
        "target": name(key.to_service, key.to_host),
        "count": rounded.count(delay.count),
        **_durations(leg.quantile(0.5), leg.quantile(0.9), leg.quantile(0.99), leg.most),
        "lost": rounded.duration(leg.lost),
        "raw": raw if leg.correction else None,
        "negative": rounded.count(delay.negative) if delay.negative else "",
    }


def _durations(*seconds: float | None) -> Facts:
    return dict(zip(("p50", "p90", "p99", "most"), map(rounded.duration, seconds), strict=True))


def _box(delay: Sketch, scale: Axis) -> Facts:
    """A line from minimum to maximum, with a thick part from p50 to p90 and a thinner one to p99."""
    quantiles = {
        label: delay.quantile(share) or 0.0 for label, share in (("half", 0.5), ("ninety", 0.9), ("rare", 0.99))
    }
    values = quantiles | {"least": delay.least or 0.0, "most": delay.most or 0.0}
    return {"box": {label: scale.at(seconds) for label, seconds in values.items()}}


def histogram(total: Sketch) -> Facts | None:
    """The histogram of total delays; ``None`` if none is known."""
    if not total.count:
        return None
    scale = axis([total], _WIDE)
    marks = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))
    durations = [(label, total.quantile(share) or 0.0) for label, share in marks] + [("max", total.most or 0.0)]
    labels = [(f"{label} {rounded.total(seconds)}", scale.at(seconds)) for label, seconds in durations]
    marked = _label_rows(labels)
    return {
        "bars": list(_bars(total, scale)),
        "width": _WIDE,
        "high": _HIGH,
        "top": _LINE * len({mark.row for mark in marked}) + 8,
        "ticks": scale.ticks,
        "marks": marked,
        "description": ", ".join(text for text, _ in labels),
        "negative": rounded.count(total.negative) if total.negative else "",
        "count": rounded.counted(total.count, "message"),
    }


_LETTER = 6.6
_LINE = 15


def _label_rows(labels: list[tuple[str, float]]) -> list[Mark]:
    """Labels next to their lines, each on the first row where it does not overlap the labels that precede it."""
    ends = [-_WIDE] * len(labels)
    marks = []
    for text, x in labels:
        wide = _LETTER * len(text) + 10
        start = x if x + wide <= _WIDE else x - wide
        row = next((row for row, end in enumerate(ends) if start > end), len(ends) - 1)
        ends[row] = start + wide
        marks.append(Mark(text, x, start + 4, row))
    rows = max(mark.row for mark in marks) + 1
    return [mark._replace(y=_LINE * (mark.row - rows) + 4) for mark in marks]


def _bars(total: Sketch, scale: Axis) -> Iterator[Bar]:
    """The counts of the sketch in bins of the axis; negative delays have a separate bin before its start."""
    step = _WIDE / _BINS
    bins: dict[int, tuple[int, float, float]] = {}
    for seconds, count in total.spread():
        number = -2 if seconds < 0 else min(int(scale.at(seconds) / step), _BINS - 1)
        previous_count, low, _ = bins.get(number, (0, seconds, seconds))
        bins[number] = previous_count + count, low, seconds
    highest = max(count for count, _, _ in bins.values())
    for number, (count, low, high) in bins.items():
        tall = max(count / highest * _HIGH, 1.0)
        between = rounded.total(low) + (f" to {rounded.duration(high)}" if high > low >= 0 else "")
        title, kind = f"{between}: {rounded.count(count)}", "bar below" if number < 0 else "bar"
        yield Bar(round(number * step, 1), round(_HIGH - tall, 1), step - _GAP, round(tall, 1), title, kind)
