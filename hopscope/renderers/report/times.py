"""The messages by hour of the week and by day."""

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
"""Number of shades of a heat map, without the one for zero."""
_WIDE, _HIGH = 920.0, 90.0
_MOST_BARS = 120
_BROADEST = 18.0
_FEW = 0.01
"""Maximum share of outlying messages on either side."""
_STEPS = (1, 7, 28, 91, 364, 3640)
"""Possible numbers of days per bar."""
_DATES = 8
_LISTED = 400
"""Maximum number of days in the table."""


def hours(summary: Summary) -> list[Facts]:
    """The heat maps of the number of messages and of their p90 total delay."""
    if not summary.hours:
        return []
    counts = _grid(summary.hours, lambda period: float(period.messages))
    waits = _grid(summary.hours, lambda period: period.total.quantile(0.9))
    return [
        _map("Messages", "Number of messages in each hour of the week", counts, lambda n: rounded.cell(int(n))),
        _map(
            "p90 end to end",
            "Time from first to last hop in each hour of the week (maximum if fewer than ten messages)",
            waits,
            lambda seconds: "skew" if seconds < 0 else rounded.brief(seconds),
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
    """A heat map; ``log`` shades by the logarithm, for values that differ by orders of magnitude."""
    most = max((value for row in grid for value in row if value is not None), default=0.0)
    position = (lambda value: log1p(value) / log1p(most)) if log else (lambda value: value / most)
    rows = [
        {"day": day, "cells": [_cell(value, shown, position) for value in row]}
        for day, row in zip(_DAYS, grid, strict=True)
    ]
    return {"title": title, "caption": caption, "rows": rows}


def _cell(value: float | None, shown: Callable[[float], str], position: Callable[[float], float]) -> Facts:
    """The text and shade of a cell; no shade for an unknown value, zero, or a negative delay (clock skew)."""
    if value is None:
        return {"text": "", "shade": 0}
    return {"text": shown(value), "shade": max(1, ceil(position(value) * _SHADES)) if value > 0 else 0}


def _dated_days(summary: Summary) -> dict[int, Period]:
    return {day: period for day, period in summary.days.items() if day != OTHER_DAYS}


def usual_days(summary: Summary) -> tuple[int, int]:
    """The first and last day without outliers, so that a wrong clock does not stretch the chart."""
    days = sorted(_dated_days(summary).items())
    few = sum(period.messages for _, period in days) * _FEW
    low, high = _passed(days, few), _passed(days[::-1], few)
    span = high - low + 1
    usual = [day for day, _ in days if low - span <= day <= high + span]
    return usual[0], usual[-1]


def _passed(days: list[tuple[int, Period]], few: float) -> int:
    """The day by which more than ``few`` messages were received."""
    remaining = few
    for day, period in days:
        remaining -= period.messages
        if remaining < 0:
            return day
    return days[-1][0]


class _Bin(NamedTuple):
    first: int
    days: int
    period: Period


def days(summary: Summary) -> Facts | None:
    """Messages and p90 by day; ``None`` if no message has a time or all are on the same day."""
    dated = _dated_days(summary)
    if len(dated) < 2:  # noqa: PLR2004 - a chart needs two bars
        return None
    first, last = usual_days(summary)
    drawn = {day: period for day, period in dated.items() if first <= day <= last}
    left_out = sum(period.messages for period in summary.days.values()) - sum(p.messages for p in drawn.values())
    step = next((step for step in _STEPS if (last - first) // step < _MOST_BARS), (last - first) // _MOST_BARS + 1)
    bins = _bins(drawn, first, step)
    listed = sorted(dated.items())[:_LISTED]
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
        "most": rounded.count(max(bin_.period.messages for bin_ in bins)),
        "rows": [_row(day, period) for day, period in listed],
        "more": rounded.more(len(dated) - _LISTED, "days"),
    }


def _bins(dated: dict[int, Period], first: int, step: int) -> list[_Bin]:
    bins: dict[int, Period] = {}
    for day, period in sorted(dated.items()):
        merged = bins.setdefault((day - first) // step, Period(total=Sketch(buckets={})))
        merged.messages += period.messages
        merged.total.merge(period.total)
    return [_Bin(first + number * step, step, period) for number, period in bins.items()]


def _columns(bins: list[_Bin], span: int) -> list[Facts]:
    most = max(bin_.period.messages for bin_ in bins)
    return [
        {
            **_position(bin_, bins[0].first, span)._asdict(),
            "y": round(_HIGH - bin_.period.messages / most * _HIGH, 1),
            "high": round(bin_.period.messages / most * _HIGH, 1),
            "title": f"{_named(bin_)}: {rounded.counted(bin_.period.messages, 'message')}",
        }
        for bin_ in bins
    ]


def _points(bins: list[_Bin], span: int) -> Facts:
    """p90 of each bin as a dot, on a vertical axis of durations."""
    waits = [(bin_, wait) for bin_ in bins if (wait := bin_.period.total.quantile(0.9)) is not None]
    longest = Sketch(buckets={})
    for _, wait in waits:
        longest.add(wait)
    scale = axis([longest], _HIGH)
    dots = [
        {
            "x": _position(bin_, bins[0].first, span).middle,
            "y": round(_HIGH - scale.at(wait), 1),
            "title": f"{_named(bin_)}: p90 {rounded.total(wait)}",
        }
        for bin_, wait in waits
    ]
    return {"dots": dots, "ticks": [{"y": round(_HIGH - tick.x, 1), "label": tick.label} for tick in scale.ticks]}


class _Position(NamedTuple):
    """The position of a bin on the horizontal axis, in pixels."""

    x: float
    wide: float
    middle: float


def _position(bin_: _Bin, first: int, span: int) -> _Position:
    unit = _WIDE / max(span, bin_.days)
    middle = (bin_.first - first + bin_.days / 2) * unit
    wide = max(min(bin_.days * unit, _BROADEST) - 1, 1.0)
    return _Position(round(middle - wide / 2, 1), round(wide, 1), round(middle, 1))


def _dates(bins: list[_Bin], span: int) -> list[Facts]:
    """The dates of some of the bins, for the axis."""
    every = ceil(len(bins) / _DATES)
    return [
        {"x": _position(bin_, bins[0].first, span).middle, "text": rounded.day(bin_.first)} for bin_ in bins[::every]
    ]


def _named(bin_: _Bin) -> str:
    if bin_.days == 1:
        return rounded.day(bin_.first)
    return f"{rounded.day(bin_.first)} to {rounded.day(bin_.first + bin_.days - 1)}"


def _row(number: int, period: Period) -> Facts:
    total = period.total
    return {
        "day": rounded.day(number),
        "messages": rounded.count(period.messages),
        "p50": rounded.total(total.quantile(0.5)),
        "p90": rounded.total(total.quantile(0.9)),
        "most": rounded.total(total.most if total.count else None),
    }
