"""SVG: the timeline and the findings of each message as a self-contained image, several one below the other.

``timeline/geometry.py`` computes the positions; this draws the parts: heading, axis, lanes, gaps, marks, breaks, legend
and findings. It is over 300 lines because it draws the complete image.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from textwrap import wrap

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.timeline import Kind, Timeline
from hopscope.renderers import Style
from hopscope.renderers.message import wording
from hopscope.renderers.message.timeline import wording as timeline_wording
from hopscope.renderers.message.timeline.geometry import (
    BORDER,
    LABELS,
    LEFT,
    LETTER,
    PAD,
    RADIUS,
    RIGHT,
    TEAR,
    WIDTH,
    Bar,
    Lane,
    Scale,
    stacked,
)
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import cause_and_checks
from hopscope.renderers.text.finding import label as finding_label
from hopscope.renderers.text.page import style_sheet

__all__ = ["inline", "message"]

_SMALL = 4
"""Radius of the marks on a crowded lane."""
_WIDE = 7.0
"""Mean width of a letter of 11 pixels in text with capitals, such as server names."""
_BROAD = 8.6
"""Mean width of a letter of the heading and of service names."""
_ANSWER = 7.4
"""Mean width of a letter of the line below the heading."""
_PER_TICK = 88
_LINE = 16
"""Height of a line of text."""
_ARROW = 8
"""Distance of the arrowheads of a negative gap."""


def message(analysis: Analysis, style: Style, number: int) -> ET.Element:
    """The timeline of a message."""
    return _picture(analysis, style.tz, f"m{number}")


def document(messages: Iterable[ET.Element]) -> Iterator[str]:
    """One document with the timelines of all messages."""
    yield f"{_text(_document(list(messages)))}\n"


def inline(analysis: Analysis, tz: tzinfo | None, *, key: str) -> str:
    """The timeline as an element for an HTML page that includes ``timeline.css``; ``key`` is unique in the page."""
    return _text(_picture(analysis, tz, key, heading=False))


def _text(element: ET.Element) -> str:
    """The element in ASCII, so that a wrong encoding of the output cannot turn a character into markup."""
    ET.indent(element, "")
    return str(ET.tostring(element, encoding="us-ascii", xml_declaration=False), "ascii")


def _document(pictures: Sequence[ET.Element]) -> ET.Element:
    """The timelines one below the other."""
    height = sum(float(picture.get("height", "0")) for picture in pictures)
    root = _add(None, "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height:g}")
    _set(root, width=WIDTH, height=height)
    _add(root, "style", style_sheet("timeline.css"))
    y = 0.0
    for picture in pictures:
        _set(picture, y=y)
        root.append(picture)
        y += float(picture.get("height", "0"))
    return root


def _add(parent: ET.Element | None, tag: str, text: str | None = None, /, **attributes: float | str) -> ET.Element:
    """A new element, appended to ``parent``. In attribute names, ``class_`` is class and ``font_size`` font-size."""
    element = ET.Element(tag) if parent is None else ET.SubElement(parent, tag)
    element.text = text
    _set(element, **attributes)
    return element


def _set(element: ET.Element, **attributes: float | str) -> None:
    for name, value in attributes.items():
        shown = value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
        element.set(name.rstrip("_").replace("_", "-") if name != "viewBox" else name, shown)


def _picture(analysis: Analysis, tz: tzinfo | None, key: str, *, heading: bool = True) -> ET.Element:
    """The timeline of a message, with or without its heading."""
    drawn, holders = timeline_wording.drawn(analysis), wording.holders(analysis)
    svg = _add(None, "svg", class_="timeline", role="img", aria_labelledby=f"{key}-title {key}-desc")
    route = analysis.route
    title = visible(wording.title(route))
    _add(svg, "title", f"Timeline of {title}", id=f"{key}-title")
    description = _description(analysis, drawn) + ("".join(_described_findings(analysis)) if heading else "")
    _add(svg, "desc", description, id=f"{key}-desc")
    sheet = _add(svg, "rect", class_="sheet", width=WIDTH)
    top = _heading(svg, analysis, title) if heading else 8.0
    zone = timeline_wording.ticks_zone(drawn, tz)
    scale = Scale(drawn)
    borders, inside = timeline_wording.borders(analysis, drawn)
    lanes = stacked(drawn, scale, top + (36 if zone else 4), borders)
    bottom = lanes[-1].top + lanes[-1].height if lanes else top
    for index, lane in enumerate(lanes):
        if index % 2 == 0:
            _add(svg, "rect", class_="band", x=0, y=lane.top, width=WIDTH, height=lane.height)
    if zone is not None:
        _axis(svg, drawn, scale, zone, (top, bottom))
    _hands(svg, drawn, scale, lanes)
    for index, lane in enumerate(lanes):
        _gaps(svg, drawn, index, lane, holders)
    for break_, x in zip(drawn.axis.breaks, scale.tears, strict=True):
        _tear(svg, x, top + 30, bottom, wording.duration(break_.length))
    for index, lane in enumerate(lanes):
        _marks(svg, drawn, index, lane, tz)
    for index, text in borders.items():
        _border(svg, text, lanes[index].top - BORDER / 2)
    bottom = _legend(svg, drawn, bottom + 22)
    for text in inside:
        _add(svg, "text", layout.cut(text, int((WIDTH - 2 * PAD) / LETTER)), class_="soft", x=PAD, y=bottom + 4)
        bottom += 20
    if heading:
        bottom = _findings(svg, analysis, bottom)
    _set(sheet, height=bottom)
    _set(svg, viewBox=f"0 0 {WIDTH} {bottom:g}", width=WIDTH, height=bottom)
    return svg


_MOST_DESCRIBED = 40
"""Maximum number of gaps in the description of a timeline."""


def _description(analysis: Analysis, drawn: Timeline) -> str:
    """The timeline in words, for screen readers."""
    holders = wording.holders(analysis)
    gaps = [timeline_wording.gap(gap, holders) for gap in drawn.gaps if gap.delay]
    scenarios = wording.scenarios(analysis)
    scenario = [f"scenario: {scenarios}"] if scenarios else []
    parts = [wording.heading(analysis), *scenario, *wording.borders(analysis).values(), *gaps[:_MOST_DESCRIBED]]
    more = [f"{len(gaps) - _MOST_DESCRIBED} more gaps"] if len(gaps) > _MOST_DESCRIBED else []
    return visible(f"{'; '.join([*parts, *more])}. {timeline_wording.breaks(drawn)}".rstrip())


def _described_findings(analysis: Analysis) -> Iterator[str]:
    """The findings for screen readers, as ``role="img"`` hides all text of the image except its description."""
    findings, hidden = wording.worst_findings(analysis, with_defects=False, with_delivery=False)
    for finding in findings:
        checks = "; ".join(finding.checks)
        parts = (finding.message, finding.cause, f"Checks: {checks}" if checks else None)
        yield visible(f" {finding_label(finding)}: {' '.join(part for part in parts if part)}")
    if hidden:
        yield f" {hidden}"


def _heading(svg: ET.Element, analysis: Analysis, title: str) -> float:
    width = WIDTH - 2 * PAD
    _add(svg, "text", layout.cut(title, int(width / _BROAD)), class_="heading", x=PAD, y=30)
    scenarios = wording.scenarios(analysis)
    columns = int(width / _ANSWER)
    parts = [visible(text) for text in (wording.heading(analysis), scenarios) if text]
    subtitle = " · ".join(parts)
    lines = [subtitle] if layout.width(subtitle) <= columns else parts
    for index, line in enumerate(lines):
        _add(svg, "text", layout.cut(line, columns), class_="soft" if index else "answer", x=PAD, y=52 + _LINE * index)
    return 46.0 + _LINE * len(lines)


def _axis(svg: ET.Element, drawn: Timeline, scale: Scale, zone: tzinfo, ends: tuple[float, float]) -> None:
    """Dates, times of day, and a vertical line through all lanes at each labelled tick."""
    top, bottom = ends
    step, ticks = drawn.axis.ticks(int((RIGHT - LEFT) // _PER_TICK), zone)
    axis = _add(svg, "g")
    _add(axis, "text", f"Time, {ticks[0].time:%z}", class_="soft", x=PAD, y=top + 26)
    for label in timeline_wording.tick_labels(step, ticks, scale.at, WIDTH - PAD, LETTER):
        _add(axis, "line", class_="grid", x1=label.column, x2=label.column, y1=top + 32, y2=bottom)
        for text, start, y in ((label.date, label.date_start, top + 12), (label.time, label.time_start, top + 26)):
            if text:
                middle = start + LETTER * len(text) / 2
                _add(
                    axis,
                    "text",
                    text,
                    class_="soft" if text == label.date else "time",
                    x=middle,
                    y=y,
                    text_anchor="middle",
                )


def _hands(svg: ET.Element, drawn: Timeline, scale: Scale, lanes: Sequence[Lane]) -> None:
    """Vertical lines where the message passes from one service to the next."""
    heights = {bar.mark: lane.y(row) for lane in lanes for bar, row in zip(lane.bars, lane.rows, strict=True)}
    group = _add(svg, "g")
    for gap in drawn.gaps:
        x, start, end = scale.at(gap.end.position), heights[gap.start], heights[gap.end]
        if start != end:
            _add(group, "line", class_="hand", x1=x, x2=x, y1=start, y2=end)


def _color(drawn: Timeline, lane: int) -> str:
    service = drawn.lanes[lane].service
    return layout.COLORS.get(service, "") if service else ""


def _gaps(svg: ET.Element, drawn: Timeline, index: int, lane: Lane, holders: Mapping[int, str]) -> None:
    """The bars of a lane, drawn before its marks."""
    group = _add(svg, "g", class_=_color(drawn, index))
    for bar, row in zip(lane.bars, lane.rows, strict=True):
        if bar.gap and bar.gap.delay:
            drawn_gap = _add(group, "g")
            _add(drawn_gap, "title", visible(timeline_wording.gap(bar.gap, holders)))
            for ends in _parts(bar):
                _shape(drawn_gap, bar.gap.kind, ends, lane.y(row))


def _parts(bar: Bar) -> Iterator[tuple[float, float]]:
    """The parts of a gap that are drawn: a label inside arrowheads interrupts them."""
    if bar.gap and bar.gap.kind is Kind.NEGATIVE and bar.inside:
        yield bar.ends[0], bar.label_x - 5
        yield bar.label_x + LETTER * len(bar.label) + 5, bar.ends[1]
    else:
        yield bar.ends


def _shape(parent: ET.Element, kind: Kind, ends: tuple[float, float], y: float) -> None:
    """A gap in the shape of its kind; a negative one consists of arrowheads that point back."""
    left, right = ends
    if kind is Kind.NEGATIVE:
        count = max(1, int((right - left) // _ARROW))
        heads = (f"M{left + index * _ARROW + 5:.1f} {y - 4:.1f}l-4 4 4 4" for index in range(count))
        _add(parent, "path", class_=kind, d="".join(heads))
    else:
        high = 18 if kind is Kind.WAIT else 14
        _add(parent, "rect", class_=kind, x=left, y=y - high / 2, width=right - left, height=high, rx=3)


def _tear(svg: ET.Element, x: float, top: float, bottom: float, length: str) -> None:
    """An axis break through all lanes."""
    steps = range(int((bottom - top) // 6) + 1)
    down = [(x - TEAR + (step % 2) * 4, top + step * 6) for step in steps]
    points = down + [(left + TEAR + 1, y) for left, y in reversed(down)]
    group = _add(svg, "g")
    _add(group, "title", f"Axis break: {length} shortened")
    _add(group, "polygon", class_="tear", points=" ".join(f"{left:.1f},{y:.1f}" for left, y in points))


def _border(svg: ET.Element, text: str, y: float) -> None:
    """A line on trust between two lanes, interrupted by its text."""
    shown = layout.cut(text, int((WIDTH - 4 * PAD) / LETTER))
    group = _add(svg, "g")
    _add(group, "title", text)
    _add(group, "line", class_="border", x1=0, x2=WIDTH, y1=y, y2=y)
    _add(group, "text", shown, class_="on-border", x=2 * PAD, y=y + 4)


def _marks(svg: ET.Element, drawn: Timeline, index: int, lane: Lane, tz: tzinfo | None) -> None:
    """The names of a lane, its marks, and the lengths of its gaps."""
    banded = "" if index % 2 else " banded"
    group = _add(svg, "g", class_=f"{_color(drawn, index)}{banded}".strip())
    where = drawn.lanes[index]
    name, server = timeline_wording.lane(where)
    middle = lane.top + lane.height / 2
    names = _add(group, "g")
    _add(names, "title", ", ".join([name, *map(visible, where.servers)]))
    count = f" ({len(lane.bars)})" if lane.crowded else ""
    shown = f"{layout.cut(name, int(LABELS / _BROAD) - len(count))}{count}"
    _add(names, "text", shown, class_="name", x=PAD, y=middle - 2 if server else middle + 4)
    _add(names, "text", layout.cut(server, int(LABELS / _WIDE)), class_="soft", x=PAD, y=middle + 13)
    for bar, row in zip(lane.bars, lane.rows, strict=True):
        y = lane.y(row)
        if bar.gap and bar.label and not lane.crowded:
            kind = f"length in-{bar.gap.kind}" if bar.inside or bar.gap.kind is Kind.NEGATIVE else "length"
            _add(group, "text", bar.label, class_=kind, x=bar.label_x, y=y + 4)
        marked = _add(group, "g")
        _add(marked, "title", timeline_wording.mark(bar.mark, where, tz))
        _mark(marked, bar, y, crowded=lane.crowded)


def _mark(parent: ET.Element, bar: Bar, y: float, *, crowded: bool) -> None:
    """A disc with the number of the hop; hollow if it is unlinked, or its time unknown."""
    hop = bar.mark.hop
    kind = (
        "no-header" if hop is None else "undated" if not bar.mark.dated else "unlinked" if bar.mark.unlinked else "hop"
    )
    radius = _SMALL if crowded else RADIUS - 3 if hop is None else RADIUS
    number = f"{hop.number}{'' if bar.mark.dated else '?'}" if hop and not crowded else ""
    if len(number) > 2:  # noqa: PLR2004 - more digits than a disc holds
        wide = LETTER * len(number) + 6
        _add(parent, "rect", class_=kind, x=bar.x - wide / 2, y=y - radius, width=wide, height=2 * radius, rx=radius)
    else:
        _add(parent, "circle", class_=kind, cx=bar.x, cy=y, r=radius)
    if number:
        _add(parent, "text", number, class_=f"number in-{kind}", x=bar.x, y=y + 3.5)


def _legend(svg: ET.Element, drawn: Timeline, y: float) -> float:
    """The meaning of the symbols in use; returns the y coordinate below the legend."""
    x, group = float(PAD), _add(svg, "g", class_="legend")
    kinds = ((str(kind), timeline_wording.KINDS[kind]) for kind in timeline_wording.kinds(drawn))
    entries = [*kinds, *timeline_wording.special_marks(drawn)]
    if breaks := timeline_wording.breaks(drawn):
        entries.append(("tear", breaks))
    if raw := timeline_wording.raw_mark(drawn):
        entries.append(("", raw))
    if widened := timeline_wording.widened(drawn):
        entries.append(("", widened))
    if drawn.marks and not drawn.axis.points:
        entries.append(("", timeline_wording.NO_TIME))
    for kind, text in entries:
        indent = 30 if kind else 0
        wide = indent + 2 + LETTER * len(text)
        if x > PAD and x + wide > WIDTH - PAD:
            x, y = PAD, y + 20
        _sample(group, kind, x, y)
        _add(group, "text", text, class_="soft", x=x + indent, y=y + 4)
        x += wide + 18
    return y + 20


_FINDING = 116
"""Width of the column with severity and code."""


def _findings(svg: ET.Element, analysis: Analysis, y: float) -> float:
    """The findings, each with its cause and checks below its message; returns the bottom of the last line."""
    findings, hidden = wording.worst_findings(analysis, with_defects=False)
    if not findings:
        return y
    group = _add(svg, "g")
    for finding in findings:
        y += 6
        _add(group, "text", finding_label(finding), class_=f"label {finding.severity}", x=PAD, y=y + 12)
        for index, text in enumerate((finding.message, *cause_and_checks(finding))):
            for line in _wrapped(visible(text)):
                y += _LINE
                kind = {"class_": "soft"} if index else {}
                _add(group, "text", line, x=PAD + _FINDING, y=y - 4, **kind)
    if hidden:
        y += _LINE + 6
        _add(group, "text", hidden, class_="soft", x=PAD, y=y - 4)
    return y + 12


def _wrapped(text: str) -> list[str]:
    """The text, wrapped to the width right of the labels; characters of double width count twice."""
    columns = int((WIDTH - 2 * PAD - _FINDING) / LETTER)
    return wrap(text, columns if layout.width(text) <= len(text) else columns // 2, break_on_hyphens=False) or [""]


def _sample(group: ET.Element, kind: str, x: float, y: float) -> None:
    if kind in set(Kind):
        _shape(group, Kind(kind), (x, x + 24), y)
    elif kind == "tear":
        points = (f"{x + 12 + side},{y + dy}" for side, dy in ((-5, -8), (-1, -3), (-5, 2), (-1, 7)))
        back = (f"{x + 12 + side},{y + dy}" for side, dy in ((5, 7), (1, 2), (5, -3), (1, -8)))
        _add(group, "polygon", class_=kind, points=" ".join([*points, *back]))
    elif kind:
        _add(group, "circle", class_=kind, cx=x + 12, cy=y, r=RADIUS - 3)
