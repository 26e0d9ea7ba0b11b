"""The topology as text: connections in columns, the servers of each group, and observations as sentences."""

from collections.abc import Iterable, Iterator

from hopscope.renderers.graph.bundles import Bundle, Drawing, Group, drawing
from hopscope.renderers.graph.drawn import counts, least_and_most, p90_range, tls_versions
from hopscope.renderers.stats import plain
from hopscope.renderers.stats.legs import RAW_P90, raw_note
from hopscope.renderers.stats.names import CODES, aligned, codes_used
from hopscope.renderers.stats.table import COUNT, HOST, NAME, SECONDS, TEXTS, Column, Table, Value
from hopscope.renderers.text import rounded
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.layout import wrapped
from hopscope.statistics.topology import Topology

__all__ = ["render"]

_COLUMNS = (
    Column("From", "from", HOST),
    Column("To", "to", HOST),
    Column("Messages", "messages", COUNT),
    Column("Legs", "legs", COUNT),
    Column("Each", "each"),
    Column("p90", "p90", NAME),
    RAW_P90,
    Column("Max", "max_seconds", SECONDS),
    Column("TLS", "tls", TEXTS),
    Column("Negative", "negative_delays", COUNT),
)
_HIDDEN_FIRST = ("negative_delays", "max_seconds", RAW_P90.key, "each", "legs")
_OPTIONAL = ("legs", "each", RAW_P90.key)
"""Columns that are left out if no connection has a value."""


def render(topology: Topology, *, width: int | None = None) -> str:
    """The connections, those with the most messages first, and the observations."""
    drawn = drawing(topology)
    names = {group.key: _name(group, drawn) for group in drawn.groups}
    pieces = [f"{counts(topology)}\n"]
    if drawn.bundles:
        pieces.append("".join(_connections(drawn, names, width)))
    if topology.notable:
        texts = (f"{observation.kind}: {visible(observation.text)}" for observation in topology.notable)
        pieces.append("".join(_lines(texts, width)))
    return "\n".join(pieces)


def _connections(drawn: Drawing, names: dict[str, str], width: int | None) -> Iterator[str]:
    rows = [_row(bundle, names) for bundle in drawn.bundles]
    for column in (0, 1):
        ends = aligned([str(row[column]) for row in rows])
        rows = [(*row[:column], end, *row[column + 1 :]) for row, end in zip(rows, ends, strict=True)]
    used = [
        number
        for number, column in enumerate(_COLUMNS)
        if column.key not in _OPTIONAL or any(row[number] != "" for row in rows)
    ]
    columns = tuple(_COLUMNS[number] for number in used)
    shown = [tuple(row[number] for number in used) for row in rows]
    if drawn.domain:
        yield from _lines([f"Connections (servers in {visible(drawn.domain)})"], width)
    yield plain.rows(Table("edge", "Connections", columns, shown, hidden_first=_HIDDEN_FIRST), width, complete="json")
    if RAW_P90 in columns:
        yield from _lines([raw_note()], width)
    groups = [group for group in drawn.groups if len(group.nodes) > 1]
    yield from _lines((f"{names[group.key]}: {visible(_members(group, drawn))}" for group in groups), width)
    yield from _lines(filter(None, [codes_used(names.values())]), width)


def _lines(texts: Iterable[str], width: int | None) -> Iterator[str]:
    for text in texts:
        yield from (f"{line}\n" for line in (wrapped(text, width) if width else [text]))


def _name(group: Group, drawn: Drawing) -> str:
    """``T ex1``; ``T ex1 +3`` for a group, as no other group has its first server."""
    node = group.nodes[0]
    if node.host is None:
        return node.key if node.members > 1 else CODES[group.service]
    more = f" +{len(group.nodes) - 1}" if len(group.nodes) > 1 else ""
    return f"{CODES[group.service]} {drawn.names[node.key]}{more}"


def _members(group: Group, drawn: Drawing) -> str:
    more = rounded.more(len(group.nodes) - _MEMBERS, "servers")
    shown = ", ".join(drawn.names[node.key] for node in group.nodes[:_MEMBERS])
    return f"{shown} {more}".rstrip()


_MEMBERS = 40
"""Maximum number of servers of a group that are listed."""


def _row(bundle: Bundle, names: dict[str, str]) -> tuple[Value, ...]:
    """The cells of a connection: corrected delays, and the recorded p90 of a single leg if it is corrected."""
    edges = [leg[0] for leg in bundle.legs]
    corrected = [edge.most if edge.corrected_most is None else edge.corrected_most for edge in edges]
    longest = max((seconds for seconds in corrected if seconds is not None), default=None)
    is_one = len(edges) == 1
    return (
        names[bundle.tail],
        names[bundle.head],
        bundle.count,
        "" if is_one else len(edges),
        "" if is_one else least_and_most(bundle),
        p90_range(bundle) or "–",
        edges[0].p90 if is_one and edges[0].corrected_p90 is not None else "",
        longest,
        tls_versions(bundle).split(", "),
        sum(edge.negative for edge in edges),
    )
