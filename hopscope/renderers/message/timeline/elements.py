"""The elements that both drawings of a timeline share: hops, symbols and the legend."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from hopscope.analysis.timeline import Kind, Mark, Timeline
from hopscope.renderers.message.timeline.geometry import LETTER, PAD, RADIUS
from hopscope.renderers.text import layout

__all__ = ["add", "arrows", "color", "disc", "legend", "set_attributes"]

_ARROW = 8
"""Distance of the arrowheads of a negative delay."""
_SMALL = 4
"""Radius of the marks on a crowded lane."""
_LEGEND_ROW = 20


def add(parent: ET.Element | None, tag: str, text: str | None = None, /, **attributes: float | str) -> ET.Element:
    """A new element, appended to ``parent``. In attribute names, ``class_`` is class and ``font_size`` font-size."""
    element = ET.Element(tag) if parent is None else ET.SubElement(parent, tag)
    element.text = text
    set_attributes(element, **attributes)
    return element


def set_attributes(element: ET.Element, **attributes: float | str) -> None:
    """Set attributes, numbers with one decimal; an empty text sets none."""
    for name, value in attributes.items():
        shown = value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
        if shown:
            element.set(name.rstrip("_").replace("_", "-") if name != "viewBox" else name, shown)


def color(drawn: Timeline, lane: int) -> str:
    """The class of a lane's colour; empty for services other than those of Exchange."""
    service = drawn.lanes[lane].service
    return layout.COLORS.get(service, "") if service else ""


def disc(parent: ET.Element, mark: Mark, x: float, y: float, *, crowded: bool = False) -> None:
    """A disc with the number of the hop; hollow if it is unlinked, or its time unknown."""
    hop = mark.hop
    kind = "no-header" if hop is None else "undated" if not mark.dated else "unlinked" if mark.unlinked else "hop"
    radius = _SMALL if crowded else RADIUS - 3 if hop is None else RADIUS
    number = f"{hop.number}{'' if mark.dated else '?'}" if hop and not crowded else ""
    if len(number) > 2:  # noqa: PLR2004 - more digits than a disc holds
        wide = LETTER * len(number) + 6
        add(parent, "rect", class_=kind, x=x - wide / 2, y=y - radius, width=wide, height=2 * radius, rx=radius)
    else:
        add(parent, "circle", class_=kind, cx=x, cy=y, r=radius)
    if number:
        add(parent, "text", number, class_="number" if kind == "hop" else f"number in-{kind}", x=x, y=y + 3.5)


def arrows(start: float, end: float, across: float, *, down: bool = False) -> str:
    """The path of arrowheads from ``end`` back to ``start``, at ``across`` on the other axis."""
    heads = range(max(1, int((end - start) // _ARROW)))
    positions = (start + index * _ARROW + 5 for index in heads)
    if down:
        return "".join(f"M{across - 4:.1f} {position:.1f}l4-4 4 4" for position in positions)
    return "".join(f"M{position:.1f} {across - 4:.1f}l-4 4 4 4" for position in positions)


def legend(svg: ET.Element, entries: Iterable[tuple[str, str]], y: float, width: float) -> float:
    """Symbols and their meaning; returns the y coordinate below the legend."""
    x, group = float(PAD), add(svg, "g", class_="legend")
    for kind, text in entries:
        indent = 30 if kind else 0
        wide = indent + 2 + LETTER * len(text)
        if x > PAD and x + wide > width - PAD:
            x, y = PAD, y + _LEGEND_ROW
        _symbol(group, kind, x, y)
        add(group, "text", text, class_="soft", x=x + indent, y=y + 4)
        x += wide + 18
    return y + _LEGEND_ROW


def _symbol(group: ET.Element, kind: str, x: float, y: float) -> None:
    if kind == Kind.NEGATIVE:
        add(group, "path", class_=kind, d=arrows(x, x + 24, y))
    elif kind in set(Kind):
        add(group, "rect", class_=kind, x=x, y=y - 7, width=24, height=14, rx=3)
    elif kind == "break":
        points = (f"{x + 12 + side},{y + dy}" for side, dy in ((-5, -8), (-1, -3), (-5, 2), (-1, 7)))
        back = (f"{x + 12 + side},{y + dy}" for side, dy in ((5, 7), (1, 2), (5, -3), (1, -8)))
        add(group, "polygon", class_=kind, points=" ".join([*points, *back]))
    elif kind:
        add(group, "circle", class_=kind, cx=x + 12, cy=y, r=RADIUS - 3)
