"""The topology as an SVG image: columns by stage, from left to right, and curves between them.

An external system is on the left if it sends more messages than it receives, otherwise on the right. The width of a
curve shows the number of messages; it is dashed if some of them have no recorded TLS. Boxes and curves have their
numbers as titles.
"""

import xml.etree.ElementTree as ET
from collections import defaultdict
from math import log2
from typing import NamedTuple

from hopscope.model import Stage
from hopscope.renderers.graph.drawn import counts, duration
from hopscope.renderers.text import rounded
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.layout import COLORS, cut
from hopscope.statistics.topology import Edge, Node, Topology

__all__ = ["CSS", "picture", "render"]

_COLORS = """\
.topology { --t-ink: #1b1f24; --t-soft: #59636e; --t-box: #ffffff; --t-line: #8c959f; --t-way: #57606a; }
@media screen and (prefers-color-scheme: dark) { .topology { --t-ink: #e6edf3; --t-soft: #9da7b3; --t-box: #161b22;
 --t-line: #6e7681; --t-way: #9da7b3; } }
.topology text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: var(--t-ink); }
.topology .t-soft { fill: var(--t-soft); font-size: 11px; }
.topology .t-box { fill: var(--t-box); stroke: var(--t-line); }
.topology .t-green { stroke: #2da44e; } .topology .t-cyan { stroke: #1b9aaa; } .topology .t-blue { stroke: #3b82f6; }
.topology .t-yellow { stroke: #c08a00; } .topology .t-magenta { stroke: #bf5af2; }
.topology .t-way { fill: none; stroke: var(--t-way); opacity: .45; }
.topology .t-way:hover { opacity: 1; }
.topology .t-clear { stroke-dasharray: 6 4; }
"""
CSS = f".topology {{ width: 100%; min-width: 60rem; max-width: 96rem; height: auto; display: block; }}\n{_COLORS}"
"""The style sheet of an image that is embedded in a page."""

_WIDE, _HIGH, _GAP, _BETWEEN = 216, 40, 12, 104
_TOP, _SIDE = 34, 12
_TEXT = 30
"""Maximum characters of a name in a box."""
_COLUMNS = ("From outside", "Front end and submission", "Transport", "Delivery", "To outside")
_STAGE_COLUMNS = {Stage.FRONT_END: 1, Stage.SUBMISSION: 1, Stage.TRANSPORT: 2, Stage.DELIVERY: 3}


class _Corner(NamedTuple):
    """The upper left corner of a box, and its column."""

    x: float
    y: float
    column: int


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
    positions = _layout(topology)
    columns = sorted({position.column for position in positions.values()})
    wide = 2 * _SIDE + max(len(columns), 1) * _WIDE + max(len(columns) - 1, 0) * _BETWEEN
    high = max((position.y for position in positions.values()), default=0) + _HIGH + 2 * _SIDE + 20
    attributes = {"class": "topology", "width": f"{wide:g}", "height": f"{high:g}", "viewBox": f"0 0 {wide:g} {high:g}"}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **attributes})
    ET.SubElement(root, "title").text = f"Topology: {counts(topology)}"
    for number, column in enumerate(columns):
        x = _SIDE + number * (_WIDE + _BETWEEN) + _WIDE / 2
        _text(root, x, 20, _COLUMNS[column], soft=True)
    legs: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in topology.edges:
        legs[edge.tail, edge.head].append(edge)
    for (tail, head), edges in sorted(legs.items(), key=lambda item: -item[1][0].leg_count):
        root.append(_curve(positions[tail], positions[head], tail, head, edges))
    for node in topology.nodes:
        root.append(_box(node, positions[node.key]))
    note = "Width: messages. Dashed: some messages have no TLS recorded. Hover over a box or curve for its numbers."
    _text(root, wide / 2, high - _SIDE, note, soft=True)
    return root


def _layout(topology: Topology) -> dict[str, _Corner]:
    """The position of each box; the busiest one of a column is on top."""
    into: dict[str, int] = defaultdict(int)
    out: dict[str, int] = defaultdict(int)
    for edge in topology.edges:
        out[edge.tail] += edge.count
        into[edge.head] += edge.count
    columns: dict[int, list[Node]] = defaultdict(list)
    for node in topology.nodes:
        receives = into[node.key] > out[node.key]
        columns[_STAGE_COLUMNS.get(node.stage, len(_COLUMNS) - 1 if receives else 0)].append(node)
    tallest = max(map(len, columns.values()), default=0)
    positions = {}
    for number, column in enumerate(sorted(columns)):
        ranked = sorted(columns[column], key=lambda node: (node.stage is Stage.SUBMISSION, -node.hops, node.key))
        start = _TOP + (tallest - len(ranked)) * (_HIGH + _GAP) / 2
        for row, node in enumerate(ranked):
            positions[node.key] = _Corner(_SIDE + number * (_WIDE + _BETWEEN), start + row * (_HIGH + _GAP), column)
    return positions


def _box(node: Node, position: _Corner) -> ET.Element:
    group = ET.Element("g")
    name = visible(node.key)
    first = rounded.counted(node.messages_originated, "message")
    ET.SubElement(group, "title").text = f"{name}: {rounded.counted(node.hops, 'hop')}, first hop of {first}"
    color = f" t-{COLORS[node.service]}" if node.service in COLORS else ""
    corners = {"x": f"{position.x:g}", "y": f"{position.y:g}", "width": str(_WIDE), "height": str(_HIGH), "rx": "5"}
    ET.SubElement(group, "rect", {"class": f"t-box{color}", **corners})
    host = visible(node.host) if node.host else name
    _text(group, position.x + _WIDE / 2, position.y + 17, cut(host, _TEXT))
    caption = f"{node.service} · {rounded.cell(node.hops)}" if node.host else rounded.counted(node.hops, "hop")
    _text(group, position.x + _WIDE / 2, position.y + 33, caption, soft=True)
    return group


def _curve(tail: _Corner, head: _Corner, tail_name: str, head_name: str, edges: list[Edge]) -> ET.Element:
    clear = any(not edge.tls for edge in edges)
    wide = 1 + log2(1 + edges[0].leg_count) / 2
    path = ET.Element("path", {"class": f"t-way{' t-clear' if clear else ''}", "stroke-width": f"{wide:.1f}"})
    path.set("d", _path_data(tail, head))
    kinds = ", ".join(f"{visible(edge.tls) or 'TLS not recorded'}: {rounded.count(edge.count)}" for edge in edges)
    recorded = "" if edges[0].shift is None else " (* as recorded)"
    times = f"p50 {duration(edges[0], edges[0].p50)}, p90 {duration(edges[0], edges[0].p90)}{recorded}"
    messages = rounded.counted(edges[0].leg_count, "message")
    title = f"{visible(tail_name)} to {visible(head_name)}: {messages}, {times}; {kinds}"
    ET.SubElement(path, "title").text = title
    return path


def _path_data(tail: _Corner, head: _Corner) -> str:
    """A curve from the right side of a box to the left side of another; an arc within a column or backwards."""
    x1, y1, x2, y2 = tail.x + _WIDE, tail.y + _HIGH / 2, head.x, head.y + _HIGH / 2
    if head.x > tail.x:
        half = (x2 - x1) / 2
        return f"M{x1:g} {y1:g} C{x1 + half:g} {y1:g} {x2 - half:g} {y2:g} {x2:g} {y2:g}"
    reach = _BETWEEN * 0.6
    if head.x == tail.x:
        return f"M{x1:g} {y1:g} C{x1 + reach:g} {y1:g} {x1 + reach:g} {y2:g} {x1:g} {y2:g}"
    return f"M{tail.x:g} {y1:g} C{tail.x - reach:g} {y1:g} {head.x + _WIDE + reach:g} {y2:g} {head.x + _WIDE:g} {y2:g}"


def _text(parent: ET.Element, x: float, y: float, text: str, *, soft: bool = False) -> None:
    attributes = {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": "middle", **({"class": "t-soft"} if soft else {})}
    ET.SubElement(parent, "text", attributes).text = visible(text)
