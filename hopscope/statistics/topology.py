"""Servers, services and the connections between them as a graph, with counts, delays and TLS.

A node is a service of a server; a system outside the organisation is one node, named by its domain. An edge is the
messages of a leg with the same TLS version. The module is over 300 lines because it also contains the observations on
the graph.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

import msgspec

from hopscope.classifier import pipeline
from hopscope.model import Service, Stage
from hopscope.statistics.clock_offsets import skew
from hopscope.statistics.digest import OUTSIDE, online_names
from hopscope.statistics.legs import TimedLeg, legs, merged
from hopscope.statistics.summary import OTHERS, LegKey, Summary, version_and_cipher

__all__ = ["ENOUGH", "TOP", "Edge", "Node", "Observation", "ObservationKind", "Topology", "is_uneven", "topology"]

TOP = 40
"""Number of external systems with a separate node; the others share one."""
ENOUGH = 20
"""Minimum number of messages for an observation."""
_UNEVEN = 2.0
"""Factor above or below the even share from which a distribution is uneven."""
_NONE = ""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A service of a server."""

    key: str
    """``Transport@ex1.example``."""
    service: Service
    host: str | None
    """``None`` if the Received fields name no server, or if the node has several members."""
    stage: Stage
    hops: int
    """Number of hops."""
    messages_originated: int
    """Number of messages whose first hop is at this node."""
    members: int = 1
    """Number of systems in the node."""


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of a leg with the same TLS version."""

    tail: str
    """Key of the sending node."""
    head: str
    """Key of the receiving node."""
    tls: str
    """Version, such as ``TLS1.2``; ``TLS`` for an unknown version; empty if no TLS is recorded; ``not SMTP``."""
    count: int
    leg_count: int
    """Number of messages of the leg, with any TLS version or none."""
    p50: float | None
    """Seconds, of the entire leg, as ``p90`` and ``most``, as recorded; ``None`` without known delays."""
    p90: float | None
    most: float | None
    """Maximum."""
    corrected_p50: float | None = None
    """Seconds, as ``p50``, corrected for clock skew; ``None`` if no delay of the leg needs a correction."""
    corrected_p90: float | None = None
    corrected_most: float | None = None
    negative: int
    """Number of negative delays of the leg."""
    loops: int = 0
    """Number of hops by which messages return on this leg, of any TLS version, in a loop."""


class ObservationKind(StrEnum):
    """The kind of an observation."""

    LOOP = "loop"
    SINGLE_POINT = "single point"
    ASYMMETRIC = "asymmetric route"
    SHARES = "shares"
    UNEVEN = "uneven shares"


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """A property of the graph, derived from the messages of the dump. It may be intended."""

    kind: ObservationKind
    nodes: tuple[str, ...]
    """Keys of the nodes concerned."""
    text: str
    """The observation in a sentence, with its numbers."""


class Topology(msgspec.Struct, frozen=True, kw_only=True):
    """The graph of a dump."""

    messages: int
    nodes: tuple[Node, ...] = ()
    """Sorted by stage and name."""
    edges: tuple[Edge, ...] = ()
    """Sorted by tail, head and TLS."""
    observations: tuple[Observation, ...] = ()

    @property
    def notable(self) -> tuple[Observation, ...]:
        """The observations for readers: without even shares, which are as intended."""
        return tuple(observation for observation in self.observations if observation.kind is not ObservationKind.SHARES)


def topology(summary: Summary, top: int = TOP) -> Topology:
    """The graph of a dump.

    Args:
        summary: The statistics of the dump.
        top: Number of external systems with a separate node: those with the most messages.
    """
    names = _names(summary, top)
    parts: dict[tuple[str, str], list[TimedLeg]] = defaultdict(list)
    starts: Counter[str] = Counter()
    hops: Counter[str] = Counter()
    for part in legs(summary, skew(summary)):
        key = part.key
        head = names[key.to_service, key.to_host]
        hops[head] += part.leg.count
        if key.from_service is None:
            starts[head] += part.leg.count
        else:
            parts[names[key.from_service, key.from_host], head].append(part)
    nodes = tuple(sorted(_nodes(names, hops, starts), key=lambda node: (_ORDER[node.stage], node.key)))
    edges = tuple(
        edge
        for (tail, head), group in sorted(parts.items(), key=lambda item: item[0])
        for edge in _edges(tail, head, merged(group[0].key, group))
    )
    unobserved = Topology(messages=summary.messages, nodes=nodes, edges=edges)
    return msgspec.structs.replace(unobserved, observations=tuple(_observations(unobserved)))


_ORDER = {
    stage: rank
    for rank, stage in enumerate((Stage.OUTSIDE, *(stage for stage in Stage if stage != "outside Exchange")))
}

_End = tuple[str, str | None]
"""Service and host."""


def _names(summary: Summary, top: int) -> dict[_End, str]:
    """The key of the node for each end of a leg."""
    counts: Counter[_End] = Counter()
    for key, leg in summary.legs.items():
        for end in _ends(key):
            counts[end] += leg.count
    outside = [end for end in counts if end[0] in OUTSIDE and end[1] not in {None, OTHERS}]
    ranked = sorted(outside, key=lambda end: (-counts[end], end))
    grouped = set(ranked[top:]) if len(ranked) > top + 1 else set()
    together = f"{len(grouped):,} other systems"
    return {end: together if end in grouped else _key(*end) for end in counts}


def _ends(key: LegKey) -> Iterator[_End]:
    if key.from_service is not None:
        yield key.from_service, key.from_host
    yield key.to_service, key.to_host


def _key(service: str, host: str | None) -> str:
    if host == OTHERS:
        return f"{service}@(others)"
    return f"{service}@{host}" if host else str(service)


def _nodes(names: dict[_End, str], hops: Counter[str], starts: Counter[str]) -> Iterator[Node]:
    ends: dict[str, list[_End]] = defaultdict(list)
    for end, key in names.items():
        ends[key].append(end)
    for key, members in ends.items():
        service = Service(min(service for service, _ in members))  # other MTAs and unknown systems may share a node
        yield Node(
            key=key,
            service=service,
            host=members[0][1] if len(members) == 1 else None,
            stage=pipeline.stage(service),
            hops=hops[key],
            messages_originated=starts[key],
            members=len(members),
        )


def _edges(tail: str, head: str, timed: TimedLeg) -> Iterator[Edge]:
    """The edges of a leg, one for each TLS version."""
    leg, kinds = timed.leg, Counter[str]()
    corrected = (timed.quantile(0.5), timed.quantile(0.9), timed.most) if timed.correction else (None, None, None)
    corrected_p50, corrected_p90, corrected_most = corrected
    for tls, count in leg.tls.items():
        kinds[version_and_cipher(tls)[0]] += count
    for tls, count in sorted(kinds.items()):
        yield Edge(
            tail=tail,
            head=head,
            tls=tls,
            count=count,
            leg_count=leg.count,
            p50=leg.delay.quantile(0.5),
            p90=leg.delay.quantile(0.9),
            most=leg.delay.most,
            negative=leg.delay.negative,
            corrected_p50=corrected_p50,
            corrected_p90=corrected_p90,
            corrected_most=corrected_most,
            loops=0 if leg.loops is msgspec.UNSET else leg.loops,
        )


def _observations(graph: Topology) -> Iterator[Observation]:
    counts: Counter[tuple[str, str]] = Counter()
    for edge in graph.edges:
        counts[edge.tail, edge.head] += edge.count
    yield from _loops(graph)
    yield from _single_points(graph, counts)
    yield from _asymmetric(graph, counts)
    yield from _shares(graph, counts)


def _loops(graph: Topology) -> Iterator[Observation]:
    """The shortest cycle with each edge on which messages loop."""
    import networkx as nx

    edges = {(edge.tail, edge.head): edge for edge in graph.edges}
    connections: nx.DiGraph[str] | None = None
    for (tail, head), edge in edges.items():
        if not edge.loops:
            continue
        connections = connections or nx.DiGraph(list(edges))
        count = "The message loops: it returns" if graph.messages == 1 else f"{edge.loops:,} {_times(edge.loops)}"
        if nx.has_path(connections, head, tail):
            path = nx.shortest_path(connections, head, tail)
            text = f"{count} to {head}: {' -> '.join((*path, head))}."
        else:  # some legs of the loop are grouped, others are not
            path, text = [head, tail], f"{count} to {head} from {tail}."
        yield Observation(kind=ObservationKind.LOOP, nodes=tuple(sorted(path)), text=text)


def _times(loops: int) -> str:
    return "hop of a message in a loop returns" if loops == 1 else "hops of messages in a loop return"


def _single_points(graph: Topology, counts: Counter[tuple[str, str]]) -> Iterator[Observation]:
    """Services on a single server that receives from, or sends to, several nodes."""
    by_service: dict[Service, list[Node]] = defaultdict(list)
    by_key = {node.key: node for node in graph.nodes}
    for node in graph.nodes:
        if node.service not in OUTSIDE and node.host not in online_names():
            by_service[node.service].append(node)
    for service, nodes in by_service.items():
        legs = {leg for leg in counts if nodes[0].key in leg}
        tails, heads = {tail for tail, _ in legs} - {nodes[0].key}, {head for _, head in legs} - {nodes[0].key}
        if len(nodes) == 1 and nodes[0].host != OTHERS and nodes[0].hops >= ENOUGH and max(len(tails), len(heads)) > 1:
            text = (
                f"All {nodes[0].hops:,} hops of {service} are on one server, {nodes[0].host or 'unnamed'}; "
                f"it receives from {_number(map(by_key.__getitem__, tails))} and sends to "
                f"{_number(map(by_key.__getitem__, heads))}."
            )
            yield Observation(kind=ObservationKind.SINGLE_POINT, nodes=(nodes[0].key,), text=text)


def _number(nodes: Iterable[Node]) -> str:
    """The number of servers and systems in nodes: ``2``, ``at least 5,116`` if some are not named."""
    counted = list(nodes)
    minimum = "at least " if any(node.host == OTHERS for node in counted) else ""
    return f"{minimum}{sum(node.members for node in counted):,}"


def _asymmetric(graph: Topology, counts: Counter[tuple[str, str]]) -> Iterator[Observation]:
    """External systems that send to other servers than they receive from; unknown if some of their legs are grouped."""
    hosts = {node.key: node.host for node in graph.nodes}
    if any(node.host == OTHERS and node.service in OUTSIDE for node in graph.nodes):
        return
    for node in graph.nodes:
        if node.service not in OUTSIDE or node.host is None:
            continue
        into = {head: count for (tail, head), count in counts.items() if tail == node.key and head != tail}
        out = {tail: count for (tail, head), count in counts.items() if head == node.key and head != tail}
        entries, exits = ({hosts[key] for key in keys if hosts[key]} for keys in (into, out))
        many = min(sum(into.values()), sum(out.values())) >= ENOUGH
        if many and entries and exits and entries.isdisjoint(exits):
            text = (
                f"Mail from {node.host} arrives at {_listed(entries)} ({sum(into.values()):,} messages), but mail to "
                f"it leaves from {_listed(exits)} ({sum(out.values()):,})."
            )
            yield Observation(kind=ObservationKind.ASYMMETRIC, nodes=(node.key, *sorted({*into, *out})), text=text)


_LISTED = 5
"""Maximum number of servers that a sentence lists."""


def _listed(names: Iterable[str | None]) -> str:
    known = sorted(name for name in names if name)
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED + 1 else ""
    return f"{', '.join(known[:_LISTED] if more else known)}{more}"


class _Distribution(NamedTuple):
    """The messages of a node by the servers of a service that it sends them to."""

    tail: str
    service: Service
    counts: dict[str, int]

    @property
    def is_uneven(self) -> bool:
        return is_uneven(self.counts.values())


def is_uneven(counts: Collection[int]) -> bool:
    """Whether a count is above or below the even share by more than a factor of 2."""
    fair = sum(counts) / len(counts)
    return max(counts) > _UNEVEN * fair or min(counts) < fair / _UNEVEN


def _shares(graph: Topology, counts: Counter[tuple[str, str]]) -> Iterator[Observation]:
    """The distributions of messages over servers: one observation for each uneven one, and one for even ones."""
    nodes = {node.key: node for node in graph.nodes}
    even: dict[tuple[Service, Service], list[_Distribution]] = defaultdict(list)
    for distribution in _distributions(graph, counts):
        if distribution.is_uneven:
            yield _uneven(distribution)
        else:
            even[nodes[distribution.tail].service, distribution.service].append(distribution)
    for (sender, service), distributions in sorted(even.items()):
        number = _number(nodes[distribution.tail] for distribution in distributions)
        yield _even(sender, number, service, distributions)


def _even(sender: Service, number: str, service: Service, distributions: list[_Distribution]) -> Observation:
    """The even distributions of the servers of a service over those of another."""
    total = sum(sum(distribution.counts.values()) for distribution in distributions)
    tails = [distribution.tail for distribution in distributions]
    heads = sorted({head for distribution in distributions for head in distribution.counts})
    sizes = sorted({len(distribution.counts) for distribution in distributions})
    kind = "other systems" if sender in OUTSIDE else f"{sender} servers"
    subject = tails[0] if len(tails) == 1 else f"{number} {kind}"
    verb = "distribute" if len(tails) > 1 or "@" not in tails[0] else "distributes"
    each = ", each" if sizes[0] < len(heads) else ""
    size = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    text = f"{subject} {verb} {total:,} messages evenly{each} over {size} {service} servers."
    return Observation(kind=ObservationKind.SHARES, nodes=(*tails, *heads), text=text)


def _distributions(graph: Topology, counts: Counter[tuple[str, str]]) -> Iterator[_Distribution]:
    """The distributions with enough messages for a pattern."""
    single = {
        node.key: node.service
        for node in graph.nodes
        if node.members == 1 and node.service not in OUTSIDE and node.host not in online_names()
    }
    groups: dict[tuple[str, Service], dict[str, int]] = defaultdict(dict)
    for (tail, head), count in counts.items():
        if head in single:
            groups[tail, single[head]][head] = count
    unknown = _grouped_distributions(graph)
    for (tail, service), heads in sorted(groups.items()):
        if len(heads) > 1 and sum(heads.values()) >= ENOUGH * len(heads) and (tail, service) not in unknown:
            yield _Distribution(tail, service, heads)


def _grouped_distributions(graph: Topology) -> set[tuple[str, Service]]:
    """The distributions that are incomplete, by node and service: some of their legs may be grouped."""
    nodes = {node.key: node for node in graph.nodes}
    unknown = set()
    for edge in graph.edges:
        tail, head = nodes[edge.tail], nodes[edge.head]
        if head.host == OTHERS:
            unknown.add((tail.key, head.service))
        if tail.host == OTHERS:
            same = (node for node in graph.nodes if node.host != OTHERS and _side(node.service) == _side(tail.service))
            unknown.update((node.key, head.service) for node in same)
    return unknown


def _side(service: Service) -> Service:
    """The service; the same for all systems outside Exchange, which may share a node."""
    return Service.OTHER_MTA if service in OUTSIDE else service


def _uneven(distribution: _Distribution) -> Observation:
    tail, service, heads = distribution
    total = sum(heads.values())
    ranked = sorted(heads.items(), key=lambda item: (-item[1], item[0]))
    parts = ", ".join(f"{key.partition('@')[2] or key} {100 * count / total:.0f} %" for key, count in ranked)
    text = (
        f"{tail} distributes {total:,} messages unevenly over {len(heads)} {service} servers: {parts}; "
        f"an even share is {100 / len(heads):.0f} % each."
    )
    return Observation(kind=ObservationKind.UNEVEN, nodes=(tail, *(key for key, _ in ranked)), text=text)
