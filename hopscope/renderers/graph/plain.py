"""The topology as text: connections in columns, a row per TLS version, and observations as sentences."""

from hopscope.renderers.graph.drawn import counts
from hopscope.renderers.stats import plain
from hopscope.renderers.stats.tables import COUNT, SECONDS, Column, Table, Value
from hopscope.renderers.text.escape import visible
from hopscope.statistics.topology import Topology

__all__ = ["render"]

_COLUMNS = (
    Column("From", "from"),
    Column("To", "to"),
    Column("Messages", "messages", COUNT),
    Column("TLS", "tls"),
    Column("p50", "p50_seconds", SECONDS),
    Column("p90", "p90_seconds", SECONDS),
    Column("Max", "max_seconds", SECONDS),
    Column("Negative", "negative_delays", COUNT),
)


def render(topology: Topology, *, width: int | None = None) -> str:
    """The edges, those with the most messages first, and the observations."""
    ranked = sorted(topology.edges, key=lambda edge: (-edge.count, edge.tail, edge.head, edge.tls))
    rows: list[tuple[Value, ...]] = [
        (edge.tail, edge.head, edge.count, edge.tls or "not recorded", edge.p50, edge.p90, edge.most, edge.negative)
        for edge in ranked
    ]
    pieces = [f"{counts(topology)}\n"]
    if rows:
        pieces.append(plain.rows(Table("edge", "Connections", _COLUMNS, rows), width))
    if topology.observations:
        pieces.append(
            "".join(f"{observation.kind}: {visible(observation.text)}\n" for observation in topology.observations)
        )
    return "\n".join(pieces)
