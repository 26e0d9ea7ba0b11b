"""The topology as an SVG image: columns by stage, from left to right, and arrows between them.

External systems that send to the organisation are on the left, those that it sends to on the right. The width of an
arrow shows the number of messages; it is dashed if some of them have no recorded TLS. Boxes and arrows have their
numbers as titles. ``bundles.py`` decides what is one box, ``layers.py`` where it is.
"""

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import log1p

from hopscope.model import Stage
from hopscope.renderers.graph import layers
from hopscope.renderers.graph.bundles import MOST_ARROWS, Bundle, Drawing, Group, Side, drawing
from hopscope.renderers.graph.drawn import (
    box_details,
    box_name,
    counts,
    members,
    range_each,
    shares,
    times,
    tls_versions,
)
from hopscope.renderers.text import rounded
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.layout import COLORS, cut, shortened_apart
from hopscope.statistics.topology import Topology

__all__ = ["CSS", "picture", "render"]

_COLORS = """\
.topology { --t-ink: #1b1f24; --t-soft: #59636e; --t-box: #ffffff; --t-line: #8c959f; --t-edge: #6b7785;
 --t-red: #bf2626; }
@media screen and (prefers-color-scheme: dark) { .topology { --t-ink: #e6edf3; --t-soft: #9da7b3; --t-box: #161b22;
 --t-line: #6e7681; --t-edge: #8b98a5; --t-red: #ff8078; } }
.topology text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: var(--t-ink); }
.topology .t-soft { fill: var(--t-soft); font-size: 11px; }
.topology .t-box { fill: var(--t-box); stroke: var(--t-line); stroke-width: 1.5; }
.topology .t-green { stroke: #2da44e; } .topology .t-cyan { stroke: #1b9aaa; } .topology .t-blue { stroke: #3b82f6; }
.topology .t-yellow { stroke: #c08a00; } .topology .t-magenta { stroke: #bf5af2; }
.topology .t-edge { fill: none; stroke: var(--t-edge); }
.topology .t-head { fill: var(--t-edge); }
.topology g:hover > .t-edge { stroke: var(--t-ink); }
.topology .t-clear { stroke-dasharray: 6 4; }
.topology .t-loop { stroke: var(--t-red); stroke-dasharray: 2 3; }
.topology .t-loop-head, .topology .t-loop-label { fill: var(--t-red); }
"""
CSS = f"""\
.topology {{ display: block; max-width: 100%; height: auto; }}
@media screen and (max-width: 60rem) {{ .topology {{ max-width: none; }} }}
{_COLORS}"""
"""The style sheet of an image that is embedded in a page."""

_TOP, _SIDE, _LEAST_HEIGHT, _LINE_HEIGHT = 44, 12, 40, 14
_TEXT, _DETAIL = 27, 33
"""Maximum characters of the name in a box, and of the smaller lines below it."""
_SPACING, _DENSE_SPACING = 17.0, 6.0
"""Distance of arrows at the side of a box: with labels, and without."""
_HEAD, _HALF_HEAD = 8.0, 4.0
_CHARACTER = 5.8
"""Width of a character of a label."""
_SUBCOLUMNS = 4
"""Maximum number of columns of one stage."""
_WIDEST = 4.0
_HEADINGS = {
    0: "Senders",
    1: "Front end and submission",
    2: "Transport",
    3: "Delivery",
    4: "Receivers",
}
_STAGE_COLUMNS = {Stage.FRONT_END: 1, Stage.SUBMISSION: 1, Stage.TRANSPORT: 2, Stage.DELIVERY: 3}


def render(topology: Topology) -> str:
    """A self-contained SVG document."""
    root = _root(topology)
    style = ET.Element("style")
    style.text = (
        f"svg {{ background: #fff; }} @media (prefers-color-scheme: dark) {{ svg {{ background: #0d1117; }} }} {CSS}"
    )
    root.insert(0, style)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def picture(topology: Topology) -> str:
    """An SVG element for a page with the style sheet ``CSS``; empty without nodes."""
    return ET.tostring(_root(topology), encoding="unicode") if topology.nodes else ""


def _root(topology: Topology) -> ET.Element:
    drawn = drawing(topology)
    arrows = [bundle for bundle in drawn.bundles if bundle.tail != bundle.head]
    labels = [_label(bundle) if len(arrows) <= MOST_ARROWS else "" for bundle in arrows]
    columns = _columns(drawn, arrows)
    placed = layers.layout(
        [[group.key for group in column] for _, column in columns],
        {
            group.key: _LEAST_HEIGHT + _LINE_HEIGHT * max(len(box_details(group, drawn)) - 1, 0)
            for group in drawn.groups
        },
        [layers.Arrow(bundle.tail, bundle.head) for bundle in arrows],
        lead=max(_CHARACTER * max(map(len, labels), default=0) + _HEAD + 6, 2 * _HEAD),
        spacing=_SPACING if len(arrows) <= MOST_ARROWS else _DENSE_SPACING,
        top=_TOP,
    )
    notes = list(_notes(drawn, arrows))
    wide = max(placed.width, _CHARACTER * max(map(len, notes))) + 2 * _SIDE
    high = placed.height + 2 * _SIDE + _LINE_HEIGHT * len(notes) + 8
    view = f"{(placed.width - wide) / 2:g} 0 {wide:g} {high:g}"
    attributes = {"class": "topology", "width": f"{wide:g}", "height": f"{high:g}", "viewBox": view}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **attributes})
    ET.SubElement(root, "title").text = f"Topology: {counts(topology)}"
    for heading, x in _headings(columns, placed.columns):
        _text(root, x, 28, heading, soft=True)
    names = {group.key: box_name(group) for group in drawn.groups}
    most = max((bundle.count for bundle in arrows), default=1)
    for bundle, label, line in zip(arrows, labels, placed.lines, strict=True):
        root.append(_arrow(bundle, label, line, names, drawn, most))
    within = {bundle.tail: bundle for bundle in drawn.bundles if bundle.tail == bundle.head}
    shown = shortened_apart({visible(group.name) for group in drawn.groups}, _TEXT)
    for group in drawn.groups:
        root.append(_box(group, placed.boxes[group.key], within.get(group.key), drawn, shown[visible(group.name)]))
    for number, note in enumerate(notes):
        _text(root, placed.width / 2, placed.height + 30 + _LINE_HEIGHT * number, note, soft=True)
    return root


def _notes(drawn: Drawing, arrows: Iterable[Bundle]) -> Iterator[str]:
    if drawn.domain:
        yield f"Servers in {visible(drawn.domain)} have short names."
    yield "Width and number of an arrow: messages. Hover for details."
    if any(bundle.is_clear for bundle in arrows):
        yield "Dashed: some messages without recorded TLS."


def _label(bundle: Bundle) -> str:
    """``1.2k``, ``1.2k uneven``, ``loop 3``."""
    if bundle.loops:
        return f"loop {rounded.cell(bundle.count)}"
    return f"{rounded.cell(bundle.count)}{' uneven' if bundle.is_uneven else ''}"


def _columns(drawn: Drawing, arrows: Iterable[Bundle]) -> list[tuple[int, list[Group]]]:
    """The groups of each column, busiest first, with the number of the column's heading."""
    stages: dict[int, list[Group]] = defaultdict(list)
    for group in drawn.groups:
        stages[_column(group)].append(group)
    columns = []
    for number, groups in sorted(stages.items()):
        keys = {group.key for group in groups}
        depths = _depths(keys, [(each.tail, each.head) for each in arrows if {each.tail, each.head} <= keys])
        for depth in range(max(depths.values()) + 1):
            members_ = [group for group in groups if depths[group.key] == depth]
            members_.sort(key=lambda group: (group.stage is Stage.SUBMISSION, -group.hops, group.key))
            columns.append((number, members_))
    return columns


def _column(group: Group) -> int:
    return {Side.SENDER: 0, Side.RECEIVER: 4}.get(group.side, _STAGE_COLUMNS.get(group.stage, 2))


def _depths(keys: set[str], pairs: list[tuple[str, str]]) -> dict[str, int]:
    """The column of each group within its stage: after those that send to it, unless that takes too many columns.

    Groups that send to each other, directly or not, are in one column.
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph(pairs)
    graph.add_nodes_from(sorted(keys))
    condensed = nx.condensation(graph)
    depths: dict[str, int] = {}
    for depth, parts in enumerate(nx.topological_generations(condensed)):
        if depth >= _SUBCOLUMNS:
            return dict.fromkeys(keys, 0)
        for part in parts:
            depths |= dict.fromkeys(condensed.nodes[part]["members"], depth)
    return depths


def _headings(columns: list[tuple[int, list[Group]]], lefts: list[float]) -> Iterable[tuple[str, float]]:
    """The headings, each over the middle of its columns."""
    positions: dict[int, list[float]] = defaultdict(list)
    for (number, _), left in zip(columns, lefts, strict=True):
        positions[number].append(left)
    is_outside_only = positions.keys() == {0}
    for number, starts in positions.items():
        heading = "Other systems" if is_outside_only else _HEADINGS[number]
        yield heading, (starts[0] + starts[-1] + layers.WIDTH) / 2


def _box(group: Group, box: layers.Box, within: Bundle | None, drawn: Drawing, name: str) -> ET.Element:
    element = ET.Element("g")
    ET.SubElement(element, "title").text = visible(_box_title(group, within, drawn))
    color = f" t-{COLORS[group.service]}" if group.service in COLORS else ""
    corners = {"x": f"{box.x:g}", "y": f"{box.y:.1f}", "width": f"{box.width:g}", "height": f"{box.height:.1f}"}
    ET.SubElement(element, "rect", {"class": f"t-box{color}", **corners, "rx": "5"})
    details = box_details(group, drawn)
    y = box.y + (box.height - _LINE_HEIGHT * (len(details) + 1)) / 2 + 10
    _text(element, box.x + box.width / 2, y, name)
    for number, line in enumerate(details, 1):
        _text(element, box.x + box.width / 2, y + number * _LINE_HEIGHT, cut(visible(line), _DETAIL), soft=True)
    return element


def _box_title(group: Group, within: Bundle | None, drawn: Drawing) -> str:
    hops = sum(node.hops for node in group.nodes)
    originated = sum(node.messages_originated for node in group.nodes)
    first = f", first hop of {rounded.counted(originated, 'message')}" if originated else ""
    title = f"{box_name(group)}: {rounded.counted(hops, 'hop')}{first}"
    inner = f"; {rounded.counted(within.count, 'message')} within" if within else ""
    return f"{title}{inner}{members(group, drawn)}"


def _arrow(  # noqa: PLR0913, PLR0917 - what is drawn, and what it is compared with
    bundle: Bundle, label: str, line: layers.Line, names: Mapping[str, str], drawn: Drawing, most: int
) -> ET.Element:
    element = ET.Element("g")
    delays = times(bundle)
    delays += " (* as recorded)" if "*" in delays else ""
    messages = rounded.counted(bundle.count, "message")
    details = "; ".join(filter(None, (messages, range_each(bundle), delays, shares(bundle, drawn))))
    loop = f"loop: {rounded.counted(bundle.loops, 'hop')}; " if bundle.loops else ""
    title = f"{names[bundle.tail]} to {names[bundle.head]}: {loop}{details}; {tls_versions(bundle)}"
    ET.SubElement(element, "title").text = visible(title)
    wide = 1 + (_WIDEST - 1) * log1p(bundle.count) / log1p(most)
    kind = " t-loop" if bundle.loops else " t-clear" if bundle.is_clear else ""
    path = {"class": f"t-edge{kind}", "stroke-width": f"{wide:.1f}", "d": _path_data(line)}
    ET.SubElement(element, "path", path)
    (x, y), back = line.points[-1], _HEAD if line.is_forward else -_HEAD
    corners = f"{x:g},{y:.1f} {x - back:g},{y - _HALF_HEAD:.1f} {x - back:g},{y + _HALF_HEAD:.1f}"
    ET.SubElement(element, "polygon", {"class": "t-loop-head" if bundle.loops else "t-head", "points": corners})
    if label:
        (x, y), (other, _) = line.points[:2]
        class_ = "t-soft t-loop-label" if bundle.loops else "t-soft"
        _text(element, x + 4 if other > x else other + 2, y - wide / 2 - 3, label, class_=class_, anchor="start")
    return element


def _path_data(line: layers.Line) -> str:
    """The line up to the middle of its arrowhead."""
    points = list(line.points)
    x, y = points[-1]
    points[-1] = x - (_HEAD if line.is_forward else -_HEAD) / 2, y
    data = f"M{points[0][0]:g} {points[0][1]:.1f}"
    for number, (x, y) in enumerate(points[1:], 1):
        if number % 2:
            data += f" H{x:g}"
        else:
            before_x, before_y = points[number - 1]
            first, second = (before_x + line.reach, x + line.reach) if line.reach else [(before_x + x) / 2] * 2
            data += f" C{first:g} {before_y:.1f} {second:g} {y:.1f} {x:g} {y:.1f}"
    return data


def _text(  # noqa: PLR0913 - position and style
    parent: ET.Element, x: float, y: float, text: str, *, soft: bool = False, class_: str = "", anchor: str = "middle"
) -> None:
    class_ = class_ or ("t-soft" if soft else "")
    attributes = {"x": f"{x:g}", "y": f"{y:.1f}", "text-anchor": anchor, **({"class": class_} if class_ else {})}
    ET.SubElement(parent, "text", attributes).text = visible(text)
