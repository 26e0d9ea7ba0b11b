"""Servers and services as a graph: who handed messages to whom, how many, how fast, how secured.

A node is a service of a server; systems outside the organisation are one node each, by their domain. An edge stands for
the messages of one leg that were secured in one way. The module is over 300 lines because the observations on
the graph are kept together with it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from hopscope.classifier import pipeline
from hopscope.model import Service, Stage
from hopscope.statistics.summary import OTHERS, Leg, LegKey, Summary

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["ENOUGH", "TOP", "Edge", "Node", "Observation", "ObservationKind", "Topology", "topology"]

TOP = 40
"""How many systems outside are nodes of their own; the others are one together."""
ENOUGH = 20
"""Fewer messages show no habit."""
_UNEVEN = 2.0
"""So many times its fair share, or so small a part of it, is uneven."""
_NONE = ""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A service of a server."""

    key: str
    """``Transport@ex1.example``."""
    service: Service
    host: str | None
    """``None`` where the stamps have no name, or for several systems together."""
    stage: Stage
    hops: int
    """How many stamps."""
    messages_originated: int
    """How many of them were the first of their message."""
    members: int = 1
    """How many systems it stands for."""


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of a leg that were secured in one way."""

    tail: str
    """Key of the node that they came from."""
    head: str
    tls: str
    """Version, such as ``TLS1.2``; ``TLS`` where none is told; empty where no TLS is told of."""
    count: int
    leg_count: int
    """All messages of the leg."""
    p50: float | None
    """Seconds, of the whole leg, as the others; ``None`` where no delay is known."""
    p90: float | None
    most: float | None
    negative: int
    """How many delays of the leg are below zero."""


class ObservationKind(StrEnum):
    """The kind of an observation."""

    LOOP = "loop"
    SINGLE_POINT = "single point"
    ASYMMETRIC = "asymmetric route"
    SHARES = "shares"
    UNEVEN = "uneven shares"


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be seen in the graph; it describes the messages of the dump, and may have good reasons."""

    kind: ObservationKind
    nodes: tuple[str, ...]
    """Keys of the nodes that it is about."""
    text: str
    """The observation with its numbers, in a sentence."""


class Topology(msgspec.Struct, frozen=True, kw_only=True):
    """The graph of a dump."""

    messages: int
    nodes: tuple[Node, ...] = ()
    """By stage and name."""
    edges: tuple[Edge, ...] = ()
    """By tail, head and TLS."""
    observations: tuple[Observation, ...] = ()


def topology(summary: Summary, top: int = TOP) -> Topology:
    """The graph of a dump.

    Args:
        summary: The dump.
        top: How many systems outside are nodes of their own, the most frequent ones.
    """
    names = _names(summary, top)
    legs: dict[tuple[str, str], Leg] = defaultdict(Leg)
    starts: Counter[str] = Counter()
    hops: Counter[str] = Counter()
    for key, leg in summary.legs.items():
        head = names[key.to_service, key.to_host]
        hops[head] += leg.count
        if key.from_service is None:
            starts[head] += leg.count
        else:
            legs[names[key.from_service, key.from_host], head].merge(leg)
    nodes = tuple(sorted(_nodes(names, hops, starts), key=lambda node: (_ORDER[node.stage], node.key)))
    edges = tuple(edge for (tail, head), leg in sorted(legs.items()) for edge in _edges(tail, head, leg))
    unobserved = Topology(messages=summary.messages, nodes=nodes, edges=edges)
    return msgspec.structs.replace(unobserved, observations=tuple(_observations(unobserved)))


_ORDER = {
    stage: rank
    for rank, stage in enumerate((Stage.OUTSIDE, *(stage for stage in Stage if stage != "outside Exchange")))
}

_End = tuple[str, str | None]
"""Service and host."""


def _names(summary: Summary, top: int) -> dict[_End, str]:
    """The key of the node that each end of a leg belongs to."""
    counts: Counter[_End] = Counter()
    for key, leg in summary.legs.items():
        for end in _ends(key):
            counts[end] += leg.count
    outside = [end for end in counts if end[0] in _OUTSIDE and end[1] is not None]
    ranked = sorted(outside, key=lambda end: (-counts[end], end))
    grouped = set(ranked[top:]) if len(ranked) > top + 1 else set()
    together = f"{len(grouped)} other systems"
    return {end: together if end in grouped else _key(*end) for end in counts}


_OUTSIDE = frozenset({Service.OTHER_MTA, Service.UNKNOWN})


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
        service = Service(min(service for service, _ in members))  # several systems may be of both kinds
        yield Node(
            key=key,
            service=service,
            host=members[0][1] if len(members) == 1 else None,
            stage=pipeline.stage(service),
            hops=hops[key],
            messages_originated=starts[key],
            members=len(members),
        )


def _edges(tail: str, head: str, leg: Leg) -> Iterator[Edge]:
    kinds: Counter[str] = Counter()
    for tls, count in leg.tls.items():
        kinds[tls.partition(" ")[0]] += count
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
        )


def _observations(graph: Topology) -> Iterator[Observation]:
    counts: Counter[tuple[str, str]] = Counter()
    for edge in graph.edges:
        counts[edge.tail, edge.head] += edge.count
    yield from _loops(counts)
    yield from _single_points(graph, counts)
    yield from _asymmetric(graph, counts)
    yield from _shares(graph, counts)


def _loops(counts: Counter[tuple[str, str]]) -> Iterator[Observation]:
    """Circles, one of each group of nodes that can all reach each other: the shortest."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph(list(counts))
    for group in sorted(nx.strongly_connected_components(graph), key=min):
        part = graph.subgraph(group)
        if len(group) > 1:
            circle = min(_circles(part), key=lambda nodes: (len(nodes), nodes))
            legs = list(zip(circle, (*circle[1:], circle[0]), strict=True))
            least = min(counts[leg] for leg in legs)
            path = " -> ".join((*circle, circle[0]))
            text = (
                f"The connections form a loop, up to {least:,} messages on each leg: {path}. Different messages may "
                "use different legs; a loop of a single message is HOP402."
            )
            yield Observation(kind=ObservationKind.LOOP, nodes=tuple(sorted(group)), text=text)


def _circles(part: "nx.DiGraph[str]") -> Iterator[tuple[str, ...]]:
    """For each node, the shortest cycle through it."""
    import networkx as nx

    for node in sorted(part):
        cycles = [
            nx.shortest_path(part, successor, node) for successor in sorted(part.successors(node)) if successor != node
        ]
        if cycles:
            shortest = min(cycles, key=len)
            yield (node, *shortest[:-1])


def _single_points(graph: Topology, counts: Counter[tuple[str, str]]) -> Iterator[Observation]:
    """Services that one server has alone, with several servers before or behind it."""
    by_service: dict[Service, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.service not in _OUTSIDE:
            by_service[node.service].append(node)
    for service, nodes in by_service.items():
        beside = {leg for leg in counts if nodes[0].key in leg}
        tails, heads = {tail for tail, _ in beside} - {nodes[0].key}, {head for _, head in beside} - {nodes[0].key}
        if len(nodes) == 1 and nodes[0].hops >= ENOUGH and max(len(tails), len(heads)) > 1:
            text = (
                f"All {nodes[0].hops:,} hops of {service} are on one server, {nodes[0].host or 'unnamed'}; "
                f"it receives from {len(tails)} and sends to {len(heads)}."
            )
            yield Observation(kind=ObservationKind.SINGLE_POINT, nodes=(nodes[0].key,), text=text)


def _asymmetric(graph: Topology, counts: Counter[tuple[str, str]]) -> Iterator[Observation]:
    """Systems outside whose mail comes in at other servers than those by which mail goes to them."""
    hosts = {node.key: node.host for node in graph.nodes}
    for node in graph.nodes:
        if node.service not in _OUTSIDE or node.host is None:
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


def _listed(names: Iterable[str | None]) -> str:
    return ", ".join(sorted(name for name in names if name))


def _shares(graph: Topology, counts: Counter[tuple[str, str]]) -> Iterator[Observation]:
    """How a node divides its messages among the servers of the same service."""
    services = {node.key: node.service for node in graph.nodes}
    single = {node.key for node in graph.nodes if node.members == 1 and node.service not in _OUTSIDE}
    groups: dict[tuple[str, Service], dict[str, int]] = defaultdict(dict)
    for (tail, head), count in counts.items():
        if head in single:
            groups[tail, services[head]][head] = count
    for (tail, service), heads in sorted(groups.items()):
        total = sum(heads.values())
        if len(heads) < 2 or total < ENOUGH * len(heads):  # noqa: PLR2004 - one has nothing to divide
            continue
        fair = total / len(heads)
        uneven = max(heads.values()) > _UNEVEN * fair or min(heads.values()) < fair / _UNEVEN
        ranked = sorted(heads.items(), key=lambda item: (-item[1], item[0]))
        parts = ", ".join(f"{key.partition('@')[2] or key} {count / total:.0%}" for key, count in ranked)
        comparison = f"; an even share is {1 / len(heads):.0%} each" if uneven else ""
        text = f"{tail} distributes {total:,} messages over {len(heads)} {service} servers: {parts}{comparison}."
        kind = ObservationKind.UNEVEN if uneven else ObservationKind.SHARES
        yield Observation(kind=kind, nodes=(tail, *(key for key, _ in ranked)), text=text)
