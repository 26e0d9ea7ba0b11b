"""When: the messages by hour of the week, and by day."""

from collections.abc import Callable
from math import ceil, log1p
from typing import NamedTuple

from hopscope.renderers.report.axis import axis
from hopscope.renderers.text import rounded
from hopscope.renderers.text.page import Facts
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import OTHER_DAYS, Period, Summary

__all__ = ["days", "hours", "usual_days"]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHADES = 6
"""Shades of a heat map, but for the one of nothing."""
_WIDE, _HIGH = 920.0, 90.0
_MOST_BARS = 120
_BROADEST = 18.0
_FEW = 0.01
"""Share of the messages that may lie far from the others on either side."""
_STEPS = (1, 7, 28, 91, 364, 3640)
"""Days of a bar."""
_DATES = 8
_LISTED = 400
"""Days of the table."""


def hours(summary: Summary) -> list[Facts]:
    """The heat maps: how many messages, and how long nine in ten of them took at most."""
    if not summary.hours:
        return []
    counts = _grid(summary.hours, lambda period: float(period.messages))
    waits = _grid(summary.hours, lambda period: period.total.quantile(0.9))
    return [
        _map("Messages", "How many messages arrived in each hour of the week", counts, lambda n: rounded.cell(int(n))),
        _map(
            "p90 end to end",
            "The time that nine in ten messages of the hour did not exceed; of fewer than ten, the longest",
            waits,
            rounded.brief,
            log=True,
        ),
    ]


def _grid(periods: dict[int, Period], value: Callable[[Period], float | None]) -> list[list[float | None]]:
    return [
        [value(periods[24 * day + hour]) if 24 * day + hour in periods else None for hour in range(24)]
        for day in range(7)
    ]


def _map(
    title: str, caption: str, grid: list[list[float | None]], shown: Callable[[float], str], *, log: bool = False
) -> Facts:
    """``log``: shade by the logarithm, as the values differ by orders of magnitude."""
    most = max((each for row in grid for each in row if each is not None), default=0.0)
    place = (lambda value: log1p(value) / log1p(most)) if log else (lambda value: value / most)
    rows = [
        {"day": day, "cells": [_cell(each, shown, place) for each in row]} for day, row in zip(_DAYS, grid, strict=True)
    ]
    return {"title": title, "caption": caption, "rows": rows}


def _cell(value: float | None, shown: Callable[[float], str], place: Callable[[float], float]) -> Facts:
    """Its text and its shade; none for nothing, and for what clocks that differ make negative."""
    if value is None:
        return {"text": "", "shade": 0}
    return {"text": shown(value), "shade": max(1, ceil(place(value) * _SHADES)) if value > 0 else 0}


def _known(summary: Summary) -> dict[int, Period]:
    return {day: period for day, period in summary.days.items() if day != OTHER_DAYS}


def usual_days(summary: Summary) -> tuple[int, int]:
    """The first and the last day but for those that lie far from nearly all: a wrong clock must not stretch a chart."""
    days = sorted(_known(summary).items())
    few = sum(period.messages for _, period in days) * _FEW
    low, high = _passed(days, few), _passed(days[::-1], few)
    around = high - low + 1
    inside = [day for day, _ in days if low - around <= day <= high + around]
    return inside[0], inside[-1]


def _passed(days: list[tuple[int, Period]], few: float) -> int:
    """The day on which more than a few messages have come."""
    left = few
    for day, period in days:
        left -= period.messages
        if left < 0:
            return day
    return days[-1][0]


class _Bin(NamedTuple):
    first: int
    days: int
    period: Period


def days(summary: Summary) -> Facts | None:
    """Messages and p90 over the days; ``None`` where no message has a time, or all are of one day."""
    found = _known(summary)
    if len(found) < 2:  # noqa: PLR2004 - one bar is no chart
        return None
    first, last = usual_days(summary)
    drawn = {day: period for day, period in found.items() if first <= day <= last}
    left_out = sum(period.messages for period in summary.days.values()) - sum(p.messages for p in drawn.values())
    step = next((step for step in _STEPS if (last - first) // step < _MOST_BARS), (last - first) // _MOST_BARS + 1)
    bins = _bins(drawn, first, step)
    listed = sorted(found.items())[:_LISTED]
    return {
        "step": step,
        "left_out": rounded.counted(left_out, "message") if left_out else "",
        "counts": _columns(bins, last - first + 1),
        "waits": _points(bins, last - first + 1),
        "dates": _dates(bins, last - first + 1),
        "first": rounded.day(first),
        "last": rounded.day(last),
        "width": _WIDE,
        "high": _HIGH,
        "most": rounded.count(max(each.period.messages for each in bins)),
        "rows": [_row(day, period) for day, period in listed],
        "more": rounded.more(len(found) - _LISTED, "days"),
    }


def _bins(found: dict[int, Period], first: int, step: int) -> list[_Bin]:
    bins: dict[int, Period] = {}
    for day, period in sorted(found.items()):
        own = bins.setdefault((day - first) // step, Period(total=Sketch(buckets={})))
        own.messages += period.messages
        own.total.merge(period.total)
    return [_Bin(first + number * step, step, period) for number, period in bins.items()]


def _columns(bins: list[_Bin], span: int) -> list[Facts]:
    most = max(each.period.messages for each in bins)
    return [
        {
            **_place(each, bins[0].first, span)._asdict(),
            "y": round(_HIGH - each.period.messages / most * _HIGH, 1),
            "high": round(each.period.messages / most * _HIGH, 1),
            "title": f"{_named(each)}: {rounded.count(each.period.messages)} messages",
        }
        for each in bins
    ]


def _points(bins: list[_Bin], span: int) -> Facts:
    """p90 of each bin as a dot, on an axis of durations that stands upright."""
    waits = [(each, wait) for each in bins if (wait := each.period.total.quantile(0.9)) is not None]
    longest = Sketch(buckets={})
    for _, wait in waits:
        longest.add(wait)
    scale = axis([longest], _HIGH)
    dots = [
        {
            "x": _place(each, bins[0].first, span).middle,
            "y": round(_HIGH - scale.at(wait), 1),
            "title": f"{_named(each)}: p90 {rounded.duration(wait)}",
        }
        for each, wait in waits
    ]
    return {"dots": dots, "ticks": [{"y": round(_HIGH - tick.x, 1), "label": tick.label} for tick in scale.ticks]}


class _Place(NamedTuple):
    """Where a bin is drawn, in pixels."""

    x: float
    wide: float
    middle: float


def _place(each: _Bin, first: int, span: int) -> _Place:
    unit = _WIDE / max(span, each.days)
    middle = (each.first - first + each.days / 2) * unit
    wide = max(min(each.days * unit, _BROADEST) - 1, 1.0)
    return _Place(round(middle - wide / 2, 1), round(wide, 1), round(middle, 1))


def _dates(bins: list[_Bin], span: int) -> list[Facts]:
    """The dates of some of the bins, for the axis."""
    every = ceil(len(bins) / _DATES)
    return [{"x": _place(each, bins[0].first, span).middle, "text": rounded.day(each.first)} for each in bins[::every]]


def _named(each: _Bin) -> str:
    if each.days == 1:
        return rounded.day(each.first)
    return f"{rounded.day(each.first)} to {rounded.day(each.first + each.days - 1)}"


def _row(number: int, period: Period) -> Facts:
    total = period.total
    return {
        "day": rounded.day(number),
        "messages": rounded.count(period.messages),
        "p50": rounded.duration(total.quantile(0.5)),
        "p90": rounded.duration(total.quantile(0.9)),
        "most": rounded.duration(total.most if total.count else None),
    }
