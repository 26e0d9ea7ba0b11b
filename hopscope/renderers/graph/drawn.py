"""The topology as a diagram of boxes and arrows, for DOT and Mermaid."""

from collections import defaultdict

from hopscope.model import Stage
from hopscope.renderers.diagram import Arrow, Box, Diagram, Kind, Line
from hopscope.renderers.text import rounded
from hopscope.statistics.topology import Edge, Node, Topology

__all__ = ["counts", "diagram", "duration"]


def duration(edge: Edge, seconds: float | None) -> str:
    """A delay of an edge; if it is corrected for clock skew, with the recorded one: ``1 s (15 s*)``."""
    corrected = edge.corrected(seconds)
    recorded = rounded.duration(seconds)
    return recorded if corrected is None else f"{rounded.duration(corrected)} ({recorded}*)"


def counts(topology: Topology) -> str:
    """``9 services on 4 Exchange servers, 28 other systems, 119 connections, 2,000 messages``.

    A service counts once on each server. Servers without a name count as one for each service; a system outside counts
    by its domain, a connection once whatever its TLS versions.
    """
    services = [node for node in topology.nodes if node.stage is not Stage.OUTSIDE]
    servers = {node.host or node.key for node in services}
    systems = sum(node.members for node in topology.nodes if node.stage is Stage.OUTSIDE)
    connections = {(edge.tail, edge.head) for edge in topology.edges}
    on_servers = f"{rounded.counted(len(services), 'service')} on {rounded.counted(len(servers), 'Exchange server')}"
    return ", ".join(
        [
            *([on_servers] if services else []),
            *([rounded.counted(systems, "other system")] if systems else []),
            rounded.counted(len(connections), "connection"),
            rounded.counted(topology.messages, "message"),
        ]
    )


def diagram(topology: Topology) -> Diagram:
    """A box for each node and an arrow for each connection, dashed if some of its messages have no recorded TLS."""
    legs: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in topology.edges:
        legs[edge.tail, edge.head].append(edge)
    return Diagram(
        title=f"Mail flow of {rounded.counted(topology.messages, 'message')}",
        legend=f"Arrows: messages and p90 delay. Dashed: some messages without recorded TLS.{_raw_note(topology)}",
        boxes=tuple(map(_box, topology.nodes)),
        arrows=tuple(_arrow(tail, head, edges) for (tail, head), edges in legs.items()),
    )


def _raw_note(topology: Topology) -> str:
    is_corrected = any(edge.shift is not None for edge in topology.edges)
    return " *: as recorded, before correction for clock skew." if is_corrected else ""


def _box(node: Node) -> Box:
    lines = (str(node.service), node.host) if node.host else (node.key,)
    kind = (
        Kind.OUTSIDE if node.stage is Stage.OUTSIDE else Kind.QUEUE if node.stage is Stage.TRANSPORT else Kind.SERVICE
    )
    return Box(key=node.key, lines=(*lines, rounded.counted(node.hops, "hop")), kind=kind)


def _arrow(tail: str, head: str, edges: list[Edge]) -> Arrow:
    count, p90 = edges[0].leg_count, edges[0].p90
    label = f"{rounded.count(count)} · p90 {duration(edges[0], p90)}" if p90 is not None else rounded.count(count)
    clear = any(not edge.tls for edge in edges)
    return Arrow(tail=tail, head=head, lines=(label,), line=Line.DASHED if clear else Line.SOLID)
