"""The timeline for narrow screens: hops in path order from top to bottom, and bars as long as the delays between them.

A page shows it instead of the horizontal one, and refers to the title and the description of that one.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import timedelta, tzinfo
from itertools import accumulate
from math import fsum
from textwrap import wrap

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.timeline import Gap, Kind, Timeline, least_drawn
from hopscope.model import Hop
from hopscope.renderers.message import wording
from hopscope.renderers.message.timeline import wording as timeline_wording
from hopscope.renderers.message.timeline.elements import add, arrows, color, disc, legend, set_attributes
from hopscope.renderers.message.timeline.geometry import LETTER
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible

__all__ = ["vertical"]

_WIDTH = 368
"""As a telephone has; the drawing is scaled to its page."""
_DOTS, _TEXTS, _TIMES = 26, 48, 358
"""Centre of the dots, start of the names and lengths, end of the times."""
_ROW = 54
"""Minimum height from a hop to the next, for its names and the length of its delay."""
_ROOM = 2.5
"""Height in minimum rows, so that a delay that dwarfs all others has 60 % of it."""
_MOST_ROOM = 270
"""Maximum height in addition to the minimum rows."""
_TOP = 44
_BAR = 14
_NAME, _SERVER = 26, 38
"""Maximum letters of a service with the time at its right, and of a server."""


def vertical(analysis: Analysis, drawn: Timeline, tz: tzinfo | None, key: str) -> ET.Element:
    """The timeline from top to bottom; ``key`` is that of the horizontal one."""
    svg = add(None, "svg", class_="timeline vertical", role="img", aria_labelledby=f"{key}-title {key}-desc")
    sheet = add(svg, "rect", class_="sheet", width=_WIDTH)
    delays = list(_delays(drawn))
    heights = _heights(delays)
    ys = list(accumulate(heights, initial=float(_TOP)))[: len(drawn.marks)]
    zone = timeline_wording.ticks_zone(drawn, tz)
    if len(ys) > 1:
        add(svg, "path", class_="handover", d=f"M{_DOTS} {ys[0]:.1f}V{ys[-1]:.1f}")
    number = {mark: index for index, mark in enumerate(drawn.marks)}
    for gap in drawn.gaps:
        if gap.delay:
            first, last = number[gap.start], number[gap.end]
            _bar(svg, drawn, gap, (ys[first], ys[last]), (ys[first] + ys[first + 1]) / 2 + 4)
    _marks(svg, drawn, ys, zone)
    scale = min((height / delay for delay, height in zip(delays, heights, strict=True) if delay), default=0.0)
    widened = max((delay for delay in delays if delay * scale < _ROW - 1), default=0.0)
    y = max(ys, default=_TOP) + 46
    y = legend(svg, timeline_wording.legend(drawn, timedelta(seconds=widened), breaks=False), y, _WIDTH)
    for text in _notes(analysis):
        add(svg, "text", text, class_="soft note", x=_DOTS - 10, y=y)
        y += 16
    set_attributes(sheet, height=y)
    set_attributes(svg, viewBox=f"0 0 {_WIDTH} {y:g}")
    return svg


def _delays(drawn: Timeline) -> Iterator[float]:
    """The seconds from each mark to the next, without known clock skew; those of a gap over several steps are split."""
    number = {mark: index for index, mark in enumerate(drawn.marks)}
    steps = [0.0] * max(len(drawn.marks) - 1, 0)
    for gap in drawn.gaps:
        first, last = number[gap.start], number[gap.end]
        waited = gap.delay if gap.corrected is None else gap.corrected
        steps[first:last] = [max(waited.total_seconds(), 0.0) / (last - first)] * (last - first)
    yield from steps


def _heights(delays: Sequence[float]) -> list[float]:
    """The height of each step: in proportion to its delay, and at least one row."""
    total = min(_ROOM * _ROW * max(len(delays) - 1, 1), _ROW * len(delays) + _MOST_ROOM)
    least = least_drawn(delays, _ROW, total)
    drawn = [max(delay, least) for delay in delays]
    longest = fsum(drawn)  # sum() of Python 3.12 rounds differently from that of 3.11
    return [total * length / longest if least else _ROW for length in drawn]


def _bar(svg: ET.Element, drawn: Timeline, gap: Gap, ends: tuple[float, float], middle: float) -> None:
    """The bar of a delay, with its length right of its middle; a negative delay points back."""
    top, bottom = ends
    group = add(svg, "g", class_=color(drawn, gap.start.lane))
    if gap.kind is Kind.NEGATIVE:
        add(group, "path", class_=gap.kind, d=arrows(top + 6, bottom - 6, _DOTS, down=True))
    else:
        add(group, "rect", class_=gap.kind, x=_DOTS - _BAR / 2, y=top, width=_BAR, height=bottom - top, rx=3)
    kind = f"length in-{gap.kind}" if gap.kind is Kind.NEGATIVE else "length"
    add(group, "text", timeline_wording.length(gap), class_=kind, x=_TEXTS, y=max(middle, top + 33))


def _marks(svg: ET.Element, drawn: Timeline, ys: Sequence[float], zone: tzinfo | None) -> None:
    """The hops with their services, servers and times; the date where it changes."""
    last = ""
    servers = timeline_wording.short_servers(drawn.lanes, _SERVER)
    for mark, y in zip(drawn.marks, ys, strict=True):
        group = add(svg, "g", class_=color(drawn, mark.lane))
        disc(group, mark, _DOTS, y)
        name, server = timeline_wording.lane(drawn.lanes[mark.lane])
        if isinstance(mark.event, Hop) and len(drawn.lanes[mark.lane].servers) > 1:
            server = visible(wording.route_of(mark.event)[1])
        add(group, "text", layout.cut(name, _NAME), class_="name", x=_TEXTS, y=y + 4)
        if server:
            add(group, "text", servers.get(server, layout.cut(server, _SERVER)), class_="soft", x=_TEXTS, y=y + 18)
        date, time = timeline_wording.date_and_time(mark, zone)
        add(group, "text", time, class_="end", x=_TIMES, y=y + 4)
        if date and date != last:
            add(svg, "text", date, class_="soft end", x=_TIMES, y=y - 14)
            last = date


def _notes(analysis: Analysis) -> Iterator[str]:
    """The lines on trust, wrapped."""
    for hop, text in wording.borders(analysis).items():
        shown = visible(f"Hop {hop}: {text}")
        yield from wrap(shown, int((_WIDTH - 32) / LETTER) // max(1, *map(layout.width, shown)), break_on_hyphens=False)
