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
from hopscope.analysis.timeline import Lane as ServiceLane
from hopscope.renderers import Style
from hopscope.renderers.message import wording
from hopscope.renderers.message.timeline import wording as timeline_wording
from hopscope.renderers.message.timeline.elements import add, arrows, color, disc, legend, set_attributes
from hopscope.renderers.message.timeline.geometry import (
    BORDER,
    BREAK,
    LABELS,
    LEFT,
    LETTER,
    PAD,
    RIGHT,
    WIDTH,
    Bar,
    Lane,
    Scale,
    stacked,
)
from hopscope.renderers.message.timeline.vertical import vertical
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import cause_and_checks
from hopscope.renderers.text.finding import label as finding_label
from hopscope.renderers.text.page import style_sheet

__all__ = ["inline", "message"]

_WIDE = 7.0
"""Mean width of a letter of 11 pixels in text with capitals, such as server names."""
_BROAD = 8.6
"""Mean width of a letter of the heading and of service names."""
_ANSWER = 8.0
"""Mean width of a letter of the line below the heading."""
_MOST_ANSWER = 2
"""Lines of the answer; a longer one is cut."""
_MOST_VERTICAL = 60
"""Maximum number of hops of a vertical timeline; more would be many screens, and many bytes of a report."""
_PER_TICK = 88
_LINE = 16
"""Height of a line of text."""


def message(analysis: Analysis, style: Style, number: int) -> ET.Element:
    """The timeline of a message."""
    return _picture(analysis, timeline_wording.drawn(analysis), style.tz, f"m{number}")


def document(messages: Iterable[ET.Element]) -> Iterator[str]:
    """One document with the timelines of all messages."""
    yield f"{_text(_document(list(messages)))}\n"


def inline(analysis: Analysis, tz: tzinfo | None, *, key: str) -> str:
    """The timeline for an HTML page that includes ``timeline.css``, once more for narrow screens; ``key`` is unique."""
    drawn = timeline_wording.drawn(analysis)
    horizontal = _picture(analysis, drawn, tz, key, heading=False)
    if len(drawn.marks) > _MOST_VERTICAL:
        return _text(horizontal)
    set_attributes(horizontal, class_="timeline horizontal")
    return f"{_text(horizontal)}\n{_text(vertical(analysis, drawn, tz, key))}"


def _text(element: ET.Element) -> str:
    """The element in ASCII, so that a wrong encoding of the output cannot turn a character into markup."""
    ET.indent(element, "")
    return str(ET.tostring(element, encoding="us-ascii", xml_declaration=False), "ascii")


def _document(pictures: Sequence[ET.Element]) -> ET.Element:
    """The timelines one below the other."""
    height = sum(float(picture.get("height", "0")) for picture in pictures)
    root = add(None, "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height:g}")
    set_attributes(root, width=WIDTH, height=height)
    add(root, "style", style_sheet("timeline.css"))
    y = 0.0
    for picture in pictures:
        set_attributes(picture, y=y)
        root.append(picture)
        y += float(picture.get("height", "0"))
    return root


def _picture(analysis: Analysis, drawn: Timeline, tz: tzinfo | None, key: str, *, heading: bool = True) -> ET.Element:
    """The timeline of a message from left to right, with or without its heading."""
    holders = wording.holders(analysis)
    svg = add(None, "svg", class_="timeline", role="img", aria_labelledby=f"{key}-title {key}-desc")
    route = analysis.route
    title = visible(wording.title(route))
    add(svg, "title", f"Timeline of {title}", id=f"{key}-title")
    description = _description(analysis, drawn) + ("".join(_described_findings(analysis)) if heading else "")
    add(svg, "desc", description, id=f"{key}-desc")
    sheet = add(svg, "rect", class_="sheet", width=WIDTH)
    top = _heading(svg, analysis, title) if heading else 8.0
    zone = timeline_wording.ticks_zone(drawn, tz)
    scale = Scale(drawn)
    borders, notes = timeline_wording.borders(analysis, drawn)
    lanes = stacked(drawn, scale, top + (36 if zone else 4), borders)
    bottom = lanes[-1].top + lanes[-1].height if lanes else top
    for index, lane in enumerate(lanes):
        if index % 2 == 0:
            add(svg, "rect", class_="band", x=0, y=lane.top, width=WIDTH, height=lane.height)
    if zone is not None:
        _axis(svg, drawn, scale, zone, (top, bottom))
    _handovers(svg, drawn, scale, lanes)
    for index, lane in enumerate(lanes):
        _gaps(svg, drawn, index, lane, holders)
    for break_, x in zip(drawn.axis.breaks, scale.break_centers, strict=True):
        _axis_break(svg, x, top + 30, bottom, wording.duration(break_.length))
    servers = timeline_wording.short_servers(drawn.lanes, int(LABELS / _WIDE))
    for index, lane in enumerate(lanes):
        banded = "" if index % 2 else " banded"
        group = add(svg, "g", class_=f"{color(drawn, index)}{banded}".strip())
        _names(group, drawn.lanes[index], lane, servers)
        _marks(group, drawn.lanes[index], lane, tz)
    for index, text in borders.items():
        _border(svg, text, lanes[index].top - BORDER / 2)
    bottom = legend(svg, timeline_wording.legend(drawn, drawn.axis.widened), bottom + 22, WIDTH)
    for text in notes:
        add(svg, "text", layout.cut(text, int((WIDTH - 2 * PAD) / LETTER)), class_="soft", x=PAD, y=bottom + 4)
        bottom += 20
    if heading:
        bottom = _findings(svg, analysis, bottom)
    set_attributes(sheet, height=bottom)
    set_attributes(svg, viewBox=f"0 0 {WIDTH} {bottom:g}", width=WIDTH, height=bottom)
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
    return visible(f"{'; '.join([*parts, *more])}.")


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
    """Subject, the answer, and in one line generations and scenarios; returns the y coordinate below them."""
    width = WIDTH - 2 * PAD
    add(svg, "text", layout.cut(title, int(width / _BROAD)), class_="heading", x=PAD, y=30)
    columns = int(width / _ANSWER)
    answer = layout.cut(visible(wording.answer(analysis)), _MOST_ANSWER * columns)
    details = " · ".join(filter(None, (wording.generations(analysis), wording.scenarios(analysis))))
    lines = [(line, "answer") for line in _wrapped(answer, columns)]
    lines += [(layout.cut(visible(details), int(width / LETTER)), "soft")] if details else []
    for index, (line, kind) in enumerate(lines):
        add(svg, "text", line, class_=kind, x=PAD, y=52 + _LINE * index)
    return 46.0 + _LINE * len(lines)


def _axis(svg: ET.Element, drawn: Timeline, scale: Scale, zone: tzinfo, ends: tuple[float, float]) -> None:
    """Dates, times of day, and a vertical line through all lanes at each labelled tick."""
    top, bottom = ends
    step, ticks = drawn.axis.ticks(int((RIGHT - LEFT) // _PER_TICK), zone)
    add(svg, "text", f"Time {timeline_wording.offset(ticks[0].time)}", class_="soft", x=PAD, y=top + 26)
    labels = list(timeline_wording.tick_labels(step, ticks, scale.at, WIDTH - PAD, LETTER))
    lines = (f"M{label.column:.1f} {top + 32:g}V{bottom:g}" for label in labels)
    add(svg, "path", class_="grid", d="".join(lines))
    for label in labels:
        for text, start, y in ((label.date, label.date_start, top + 12), (label.time, label.time_start, top + 26)):
            if text:
                kind = "date" if text == label.date else "time"
                add(svg, "text", text, class_=kind, x=start + LETTER * len(text) / 2, y=y)


def _handovers(svg: ET.Element, drawn: Timeline, scale: Scale, lanes: Sequence[Lane]) -> None:
    """Vertical lines where the message passes from one service to the next."""
    heights = {bar.mark: lane.y(row) for lane in lanes for bar, row in zip(lane.bars, lane.rows, strict=True)}
    ends = ((scale.at(gap.end.position), heights[gap.start], heights[gap.end]) for gap in drawn.gaps)
    lines = "".join(f"M{x:.1f} {start:g}V{end:g}" for x, start, end in ends if start != end)
    if lines:
        add(svg, "path", class_="handover", d=lines)


def _gaps(svg: ET.Element, drawn: Timeline, index: int, lane: Lane, holders: Mapping[int, str]) -> None:
    """The bars of a lane, drawn before its marks."""
    group = add(svg, "g", class_=color(drawn, index))
    for bar, row in zip(lane.bars, lane.rows, strict=True):
        if bar.gap and bar.gap.delay:
            shape = _shape(group, bar, bar.gap.kind, lane.y(row))
            add(shape, "title", visible(timeline_wording.gap(bar.gap, holders)))
    if not len(group):
        svg.remove(group)


def _shape(parent: ET.Element, bar: Bar, kind: Kind, y: float) -> ET.Element:
    """A gap in the shape of its kind; a negative one consists of arrowheads that point back, with its label."""
    left, right = bar.ends
    if kind is not Kind.NEGATIVE:
        high = 18 if kind is Kind.WAIT else 14
        return add(parent, "rect", class_=kind, x=left, y=y - high / 2, width=right - left, height=high, rx=3)
    end = bar.label_x + LETTER * len(bar.label) + 5
    parts = ((left, bar.label_x - 5), (end, right)) if bar.label_on_bar else (bar.ends,)
    return add(parent, "path", class_=kind, d="".join(arrows(*part, y) for part in parts))


def _axis_break(svg: ET.Element, x: float, top: float, bottom: float, length: str) -> None:
    """An axis break through all lanes."""
    steps = range(int((bottom - top) // 6) + 1)
    down = [(x - BREAK + (step % 2) * 4, top + step * 6) for step in steps]
    points = down + [(left + BREAK + 1, y) for left, y in reversed(down)]
    group = add(svg, "g")
    add(group, "title", f"Axis break: {length} shortened")
    add(group, "polygon", class_="break", points=" ".join(f"{left:.1f},{y:.1f}" for left, y in points))


def _border(svg: ET.Element, text: str, y: float) -> None:
    """A line on trust between two lanes, interrupted by its text."""
    shown = layout.cut(text, int((WIDTH - 4 * PAD) / LETTER))
    group = add(svg, "g")
    add(group, "title", text)
    add(group, "line", class_="border", x1=0, x2=WIDTH, y1=y, y2=y)
    add(group, "text", shown, class_="on-border", x=2 * PAD, y=y + 4)


def _marks(group: ET.Element, where: ServiceLane, lane: Lane, tz: tzinfo | None) -> None:
    """The marks of a lane, and the lengths of its gaps."""
    for bar, row in zip(lane.bars, lane.rows, strict=True):
        y = lane.y(row)
        if bar.gap and bar.label and (bar.label_on_bar or not lane.crowded):
            kind = f"length in-{bar.gap.kind}" if bar.label_on_bar or bar.gap.kind is Kind.NEGATIVE else "length"
            add(group, "text", bar.label, class_=kind, x=bar.label_x, y=y + 4)
        marked = add(group, "g")
        add(marked, "title", timeline_wording.mark(bar.mark, where, tz))
        disc(marked, bar.mark, bar.x, y, crowded=lane.crowded)


def _names(group: ET.Element, where: ServiceLane, lane: Lane, servers: Mapping[str, str]) -> None:
    """Service and server of a lane, with the texts for the servers; a tooltip has what is cut."""
    name, server = timeline_wording.lane(where)
    middle = lane.top + lane.height / 2
    count = f" ({len(lane.bars)})" if lane.crowded else ""
    names = (
        (f"{layout.cut(name, int(LABELS / _BROAD) - len(count))}{count}", "name", middle - 2 if server else middle + 4),
        (servers.get(server, server), "soft", middle + 13),
    )
    is_cut = names[0][0] != name or [names[1][0]] != [server] or len(where.servers) > 1
    parent = add(group, "g") if is_cut else group
    if is_cut:
        add(parent, "title", ", ".join([name, *map(visible, where.servers)]))
    for text, kind, y in names:
        if text:
            add(parent, "text", text, class_=kind, x=PAD, y=y)


_FINDING = 116
"""Width of the column with severity and code."""


def _findings(svg: ET.Element, analysis: Analysis, y: float) -> float:
    """The findings, each with its cause and checks below its message; returns the bottom of the last line."""
    findings, hidden = wording.worst_findings(analysis, with_defects=False)
    columns = int((WIDTH - 2 * PAD - _FINDING) / LETTER)
    if not findings:
        return y
    group = add(svg, "g")
    for finding in findings:
        y += 6
        add(group, "text", finding_label(finding), class_=f"label {finding.severity}", x=PAD, y=y + 12)
        for index, text in enumerate((finding.message, *cause_and_checks(finding))):
            for line in _wrapped(visible(text), columns):
                y += _LINE
                kind = {"class_": "soft"} if index else {}
                add(group, "text", line, x=PAD + _FINDING, y=y - 4, **kind)
    if hidden:
        y += _LINE + 6
        add(group, "text", hidden, class_="soft", x=PAD, y=y - 4)
    return y + 12


def _wrapped(text: str, columns: int) -> list[str]:
    """The text, wrapped; characters of double width count twice."""
    return wrap(text, columns if layout.width(text) <= len(text) else columns // 2, break_on_hyphens=False) or [""]
