"""The texts of a drawn topology, and the topology as a diagram of boxes and arrows, for DOT and Mermaid."""

from collections import Counter
from collections.abc import Iterator

from hopscope.model import Stage
from hopscope.renderers.diagram import Arrow, Box, Diagram, Kind, Line, wrapped
from hopscope.renderers.graph.bundles import Bundle, Drawing, Group, Side, drawing
from hopscope.renderers.text import rounded
from hopscope.statistics.summary import OTHERS
from hopscope.statistics.topology import ENOUGH, Edge, Topology, is_uneven

__all__ = [
    "box_details",
    "box_name",
    "counts",
    "diagram",
    "least_and_most",
    "members",
    "p90",
    "p90_range",
    "range_each",
    "shares",
    "times",
    "tls_versions",
]

_MEMBERS = 6
"""Maximum number of servers that a box names."""
_TITLE_MEMBERS = 40
"""Maximum number of servers that a title names."""
_SHARES = 6
"""Maximum number of shares that an arrow names."""


def p90(edge: Edge) -> str:
    """p90 of an edge; if it is corrected for clock skew, with the recorded one: ``1 s (15 s*)``."""
    recorded = rounded.duration(edge.p90)
    return recorded if edge.corrected_p90 is None else f"{rounded.duration(edge.corrected_p90)} ({recorded}*)"


def counts(topology: Topology) -> str:
    """``9 services on 4 Exchange servers, 28 other systems, 119 connections, 2,000 messages``.

    A service counts once on each server. Servers without a name count as one for each service; a system outside counts
    by its domain, a connection once whatever its TLS versions. Grouped servers make a number a minimum.
    """
    services = [node for node in topology.nodes if node.stage is not Stage.OUTSIDE]
    servers = {node.host or node.key for node in services}
    systems = sum(node.members for node in topology.nodes if node.stage is Stage.OUTSIDE)
    connections = {(edge.tail, edge.head) for edge in topology.edges}
    grouped = {node.stage is Stage.OUTSIDE for node in topology.nodes if node.host == OTHERS}
    on_servers = f"{rounded.counted(len(services), 'service')} on {rounded.counted(len(servers), 'Exchange server')}"
    return ", ".join(
        [
            *([_minimum(on_servers, is_minimum=False in grouped)] if services else []),
            *([_minimum(rounded.counted(systems, "other system"), is_minimum=True in grouped)] if systems else []),
            _minimum(rounded.counted(len(connections), "connection"), is_minimum=bool(grouped)),
            rounded.counted(topology.messages, "message"),
        ]
    )


def _minimum(count: str, *, is_minimum: bool) -> str:
    return f"at least {count}" if is_minimum else count


def box_name(group: Group) -> str:
    """``Transport@ex1.corp.example``, ``Transport, 4 servers``."""
    return group.nodes[0].key if len(group.nodes) == 1 else f"{group.service}, {group.name}"


def box_details(group: Group, drawn: Drawing) -> list[str]:
    """The lines of a box below its name: service and number of hops, and the servers of a group."""
    node = group.nodes[0]
    unit = "hop" if group.side is Side.ORGANISATION else "message"
    if len(group.nodes) == 1 and node.host is None:
        return [rounded.counted(group.hops, unit)]
    names = _member_names(group, drawn) if len(group.nodes) > 1 else []
    more = rounded.more(len(names) - _MEMBERS, "servers")
    listed = names[:_MEMBERS] if len(names) > _MEMBERS + 1 else names
    lines = wrapped([", ".join(listed)])
    return [f"{group.service} · {rounded.cell(group.hops)}", *lines, *([more] if len(listed) < len(names) else [])]


def _member_names(group: Group, drawn: Drawing) -> list[str]:
    """The servers of a group; with their shares of its hops, most first, if these are uneven."""
    hops = [node.hops for node in group.nodes]
    if sum(hops) < ENOUGH * len(hops) or not is_uneven(hops):
        return [drawn.names[node.key] for node in group.nodes]
    ranked = sorted(group.nodes, key=lambda node: (-node.hops, node.key))
    return [f"{drawn.names[node.key]} {rounded.share(node.hops, group.hops)}" for node in ranked]


def members(group: Group, drawn: Drawing) -> str:
    """The servers of a group with their hops, as the end of a sentence; empty for one server."""
    if len(group.nodes) == 1:
        return ""
    more = rounded.more(len(group.nodes) - _TITLE_MEMBERS, "servers")
    shown = ", ".join(f"{drawn.names[node.key]} {rounded.count(node.hops)}" for node in group.nodes[:_TITLE_MEMBERS])
    return f": {shown}{f' {more}' if more else ''}"


def range_each(bundle: Bundle) -> str:
    """``16 connections, 36 to 66 each``; empty for one connection."""
    if len(bundle.legs) == 1:
        return ""
    return f"{rounded.counted(len(bundle.legs), 'connection')}, {least_and_most(bundle)} each"


def least_and_most(bundle: Bundle) -> str:
    """The messages of each connection: ``36 to 66``."""
    most, least = bundle.legs[0][0].leg_count, bundle.legs[-1][0].leg_count
    return f"{rounded.count(least)} to {rounded.count(most)}" if least < most else rounded.count(most)


def shares(bundle: Bundle, drawn: Drawing) -> str:
    """``evenly``, ``unevenly: ex1 70 %, ex2 30 %``; empty for one receiving server or few messages."""
    counted = bundle.shares()
    if counted is None:
        return ""
    if not bundle.is_uneven:
        return "evenly"
    texts = [f"{drawn.names[key]} {rounded.share(count, bundle.count)}" for key, count in counted[:_SHARES]]
    return f"unevenly: {', '.join(texts)}{' ...' if len(counted) > _SHARES else ''}"


def times(bundle: Bundle) -> str:
    """p90 of the only connection, or its range over several; empty if unknown."""
    edges = [leg[0] for leg in bundle.legs if leg[0].p90 is not None]
    if len(bundle.legs) == 1:
        return f"p90 {p90(edges[0])}" if edges else ""
    between = p90_range(bundle)
    return f"p90 {between}" if between else ""


def p90_range(bundle: Bundle) -> str:
    """``2 s``, ``2 s to 7 s``: p90 of each connection, corrected for clock skew; empty if unknown."""
    p90s = [seconds for leg in bundle.legs if (seconds := _shown(leg[0])) is not None]
    if not p90s:
        return ""
    least, most = rounded.duration(min(p90s)), rounded.duration(max(p90s))
    return least if least == most else f"{least} to {most}"


def tls_versions(bundle: Bundle) -> str:
    """``TLS1.2``; ``TLS1.2: 98, TLS not recorded: 2`` if there are several."""
    kinds: Counter[str] = Counter()
    for leg in bundle.legs:
        for edge in leg:
            kinds[edge.tls or "TLS not recorded"] += edge.count
    if len(kinds) == 1:
        return next(iter(kinds)).replace("TLS not", "not")
    return ", ".join(f"{tls}: {rounded.count(count)}" for tls, count in sorted(kinds.items()))


def _shown(edge: Edge) -> float | None:
    return edge.p90 if edge.corrected_p90 is None else edge.corrected_p90


def diagram(topology: Topology) -> Diagram:
    """A box for each group and an arrow for each bundle, dashed if some of its messages have no recorded TLS."""
    drawn = drawing(topology)
    within = {bundle.tail: bundle for bundle in drawn.bundles if bundle.tail == bundle.head}
    return Diagram(
        title=f"Mail flow of {rounded.counted(topology.messages, 'message')}",
        legend=" ".join(_legend(drawn)),
        boxes=tuple(_box(group, within.get(group.key), drawn) for group in drawn.groups),
        arrows=tuple(_arrow(bundle, drawn) for bundle in drawn.bundles if bundle.tail != bundle.head),
    )


def _legend(drawn: Drawing) -> Iterator[str]:
    if drawn.domain:
        yield f"Servers in {drawn.domain}."
    yield "Arrows: messages and p90 delay. Dashed: some messages without recorded TLS."
    if any(len(bundle.legs) == 1 and bundle.legs[0][0].corrected_p90 is not None for bundle in drawn.bundles):
        yield "*: as recorded, before correction for clock skew."


def _box(group: Group, within: Bundle | None, drawn: Drawing) -> Box:
    first, *details = box_details(group, drawn)
    service, _, _ = first.partition(" · ")
    unit = "hop" if group.side is Side.ORGANISATION else "message"
    lines = [str(group.service), group.name, *details] if details or service != first else [group.name]
    inner = [f"{rounded.counted(within.count, 'message')} within"] if within else []
    kind = Kind.QUEUE if group.stage is Stage.TRANSPORT else Kind.SERVICE
    return Box(
        key=group.key,
        lines=(*lines, rounded.counted(group.hops, unit), *inner),
        kind=kind if group.side is Side.ORGANISATION else Kind.OUTSIDE,
    )


def _arrow(bundle: Bundle, drawn: Drawing) -> Arrow:
    number = rounded.count(bundle.count)
    first = " · ".join(filter(None, (f"loop {number}" if bundle.loops else number, times(bundle))))
    details = wrapped(filter(None, (range_each(bundle), shares(bundle, drawn))))
    line = Line.DOTTED if bundle.loops else Line.DASHED if bundle.is_clear else Line.SOLID
    return Arrow(tail=bundle.tail, head=bundle.head, lines=(first, *details), line=line)
