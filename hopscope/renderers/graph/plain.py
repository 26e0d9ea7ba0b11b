"""The topology as text: connections in columns, a row per TLS version, and observations as sentences."""

from hopscope.renderers.graph.drawn import counts
from hopscope.renderers.stats import plain
from hopscope.renderers.stats.legs import RAW_NOTE, RAW_P90
from hopscope.renderers.stats.table import COUNT, SECONDS, Column, Table, Value
from hopscope.renderers.text.escape import visible
from hopscope.statistics.topology import Edge, Topology

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
    is_corrected = any(edge.shift is not None for edge in ranked)
    columns = (*_COLUMNS[:6], RAW_P90, *_COLUMNS[6:]) if is_corrected else _COLUMNS
    rows = [_row(edge, is_corrected=is_corrected) for edge in ranked]
    pieces = [f"{counts(topology)}\n"]
    if rows:
        note = f"\n{RAW_NOTE}.\n" if is_corrected else ""
        pieces.append(plain.rows(Table("edge", "Connections", columns, rows), width) + note)
    if topology.observations:
        pieces.append(
            "".join(f"{observation.kind}: {visible(observation.text)}\n" for observation in topology.observations)
        )
    return "\n".join(pieces)


def _row(edge: Edge, *, is_corrected: bool) -> tuple[Value, ...]:
    """The cells of an edge: corrected delays with the recorded p90 next to them, where there are any."""
    shown = [seconds if edge.shift is None else edge.corrected(seconds) for seconds in (edge.p50, edge.p90, edge.most)]
    raw = "" if edge.shift is None else edge.p90
    recorded = (raw,) if is_corrected else ()
    return (
        edge.tail,
        edge.head,
        edge.count,
        edge.tls or "not recorded",
        *shown[:2],
        *recorded,
        shown[2],
        edge.negative,
    )
