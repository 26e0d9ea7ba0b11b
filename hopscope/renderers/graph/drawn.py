"""The topology as a diagram of boxes and arrows, for the languages of diagrams."""

from collections import defaultdict

from hopscope.model import Stage
from hopscope.renderers.diagram import Arrow, Box, Diagram, Kind, Line
from hopscope.renderers.text import rounded
from hopscope.statistics.topology import Edge, Node, Topology

__all__ = ["diagram"]


def diagram(topology: Topology) -> Diagram:
    """A box for each node, an arrow for each leg; dashed where not all of its messages tell of TLS."""
    legs: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in topology.edges:
        legs[edge.tail, edge.head].append(edge)
    return Diagram(
        title=f"Mail flow of {rounded.counted(topology.messages, 'message')}",
        legend="Arrows: messages and p90 delay. Dashed: some messages without recorded TLS.",
        boxes=tuple(map(_box, topology.nodes)),
        arrows=tuple(_arrow(tail, head, edges) for (tail, head), edges in legs.items()),
    )


def _box(node: Node) -> Box:
    lines = (str(node.service), node.host) if node.host else (node.key,)
    kind = (
        Kind.OUTSIDE if node.stage is Stage.OUTSIDE else Kind.QUEUE if node.stage is Stage.TRANSPORT else Kind.SERVICE
    )
    return Box(key=node.key, lines=(*lines, rounded.counted(node.hops, "hop")), kind=kind)


def _arrow(tail: str, head: str, edges: list[Edge]) -> Arrow:
    count, p90 = edges[0].leg_count, edges[0].p90
    label = f"{rounded.count(count)} · p90 {rounded.duration(p90)}" if p90 is not None else rounded.count(count)
    clear = any(not edge.tls for edge in edges)
    return Arrow(tail=tail, head=head, lines=(label,), line=Line.DASHED if clear else Line.SOLID)
