"""The topology as it is drawn: groups of nodes, and bundles of the connections between them.

Three rules keep a picture readable; GraphML and JSON have every node and connection.

Senders and receivers: an external system that sends mail to the organisation and receives mail from it is two groups.

Full meshes: if every server of one service has a connection to every server of another service, with at least two on
either side, the servers of each are one group, and their connections one bundle. A few servers without some of these
connections stay separate. Servers of a service that belong to different meshes are in different groups.

Many servers: if there are more than ``MOST_ARROWS`` bundles, the least busy servers of each service are one group, as
many as needed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from hopscope.model import Service, Stage
from hopscope.renderers.graph.meshes import meshes
from hopscope.renderers.stats.names import common_domain
from hopscope.statistics.summary import OTHERS
from hopscope.statistics.topology import ENOUGH, Edge, Node, Topology, is_uneven

__all__ = ["MOST_ARROWS", "Bundle", "Drawing", "Group", "Side", "drawing"]

MOST_ARROWS = 100
"""Maximum number of bundles, if fewer groups can achieve that."""
_ROWS = (16, 8, 4, 2, 1)
"""Numbers of groups per service, tried in turn."""


class Side(StrEnum):
    """The part of the mail flow that a group belongs to."""

    SENDER = "sender"
    """An external system on the path into the organisation."""
    ORGANISATION = "organisation"
    RECEIVER = "receiver"
    """An external system on the path out of it."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One node, or several that are drawn as one."""

    key: str
    name: str
    """``ex1``, without the common domain; ``4 servers``."""
    side: Side
    nodes: tuple[Node, ...]
    """Sorted by name."""
    hops: int
    """Hops at a service of the organisation; messages from or to an external system."""

    @property
    def service(self) -> Service:
        """The service of all nodes."""
        return self.nodes[0].service

    @property
    def stage(self) -> Stage:
        """The stage of all nodes."""
        return self.nodes[0].stage


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The connections from one group to another, or within a group."""

    tail: str
    head: str
    legs: tuple[tuple[Edge, ...], ...]
    """The edges of each connection, one for each TLS version; the connection with the most messages first."""
    heads: int
    """Number of nodes in the group at the head."""

    @property
    def count(self) -> int:
        """Number of messages."""
        return sum(leg[0].leg_count for leg in self.legs)

    @property
    def is_clear(self) -> bool:
        """Whether some messages have no recorded TLS."""
        return any(not edge.tls for leg in self.legs for edge in leg)

    @property
    def loops(self) -> int:
        """Number of hops by which messages return in a loop."""
        return sum(leg[0].loops for leg in self.legs)

    def shares(self) -> list[tuple[str, int]] | None:
        """Messages by key of the receiving node, most first; ``None`` for one receiver or too few messages."""
        counts: Counter[str] = Counter()
        for leg in self.legs:
            counts[leg[0].head] += leg[0].leg_count
        if len(counts) < max(2, self.heads) or self.count < ENOUGH * len(counts):
            return None
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    @property
    def is_uneven(self) -> bool:
        """Whether the messages are distributed unevenly over the receiving nodes."""
        shares = self.shares()
        return shares is not None and is_uneven([count for _, count in shares])


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """Groups with unique keys, and bundles between them."""

    domain: str
    """The domain of all servers of the organisation, which their names leave out; empty if they have none in common."""
    groups: tuple[Group, ...]
    bundles: tuple[Bundle, ...]
    """Those with the most messages first."""
    names: dict[str, str]
    """The shown name of each node, by its key."""


def drawing(topology: Topology) -> Drawing:
    """The groups and bundles of a topology."""
    legs: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in topology.edges:
        legs[edge.tail, edge.head].append(edge)
    nodes = {node.key: node for node in topology.nodes}
    hosts = {node.host for node in topology.nodes if node.host}
    domain = common_domain({node.host for node in topology.nodes if node.host and node.stage is not Stage.OUTSIDE})
    names = {node.key: _name(node, domain, hosts) for node in topology.nodes}
    pairs = list(legs)
    groups = _mesh_groups(nodes, pairs)
    rows = iter(_ROWS)
    ends, bundled = _bundled(nodes, legs, _limited(groups, next(rows)))
    while len(bundled) > MOST_ARROWS and (fewer := next(rows, None)):
        ends, bundled = _bundled(nodes, legs, _limited(groups, fewer))
    for key in nodes.keys() - {key for pair in pairs for key in pair}:
        ends.single(key)
    sizes = {key: len(members) for (key, _), members in ends.members.items()}
    bundles = [
        Bundle(tail=tail, head=head, legs=tuple(sorted(parts, key=_most_first)), heads=sizes[head])
        for (tail, head), parts in bundled.items()
    ]
    return Drawing(
        domain=domain,
        groups=tuple(_groups(ends, nodes, bundled, names)),
        bundles=tuple(sorted(bundles, key=lambda bundle: (-bundle.count, bundle.tail, bundle.head))),
        names=names,
    )


def _most_first(leg: tuple[Edge, ...]) -> tuple[int, str, str]:
    return -leg[0].leg_count, leg[0].tail, leg[0].head


_Legs = Mapping[tuple[str, str], list[Edge]]
_Bundled = dict[tuple[str, str], list[tuple[Edge, ...]]]


def _bundled(nodes: Mapping[str, Node], legs: _Legs, groups: Mapping[str, str]) -> tuple["_Ends", _Bundled]:
    """The connections between each two groups, from the key of the group of each node that is not alone."""
    ends, bundled = _Ends(nodes, list(legs), groups), defaultdict(list)
    for (tail, head), edges in legs.items():
        bundled[ends.of(tail, head)].append(tuple(edges))
    return ends, bundled


class _Ends:
    """The group of each end of a connection, and the nodes of each group."""

    def __init__(self, nodes: Mapping[str, Node], pairs: Sequence[tuple[str, str]], groups: Mapping[str, str]) -> None:
        self._groups = groups
        self._outside = {key for key, node in nodes.items() if node.stage is Stage.OUTSIDE}
        outer = [pair for pair in pairs if self._outside.issuperset(pair)]
        self._senders = {tail for tail, head in pairs if tail in self._outside and head not in self._outside}
        self._receivers = {head for tail, head in pairs if head in self._outside and tail not in self._outside}
        _reach(self._senders, [(head, tail) for tail, head in outer])
        _reach(self._receivers, [pair for pair in outer if pair[1] not in self._senders])
        self.members: dict[tuple[str, Side], list[str]] = defaultdict(list)

    def of(self, tail: str, head: str) -> tuple[str, str]:
        """The groups of the two ends of a connection."""
        if tail in self._outside and head in self._outside:
            is_outbound = head not in self._senders and tail in self._receivers
            side = Side.RECEIVER if is_outbound else Side.SENDER
            return self._group(tail, side), self._group(head, side)
        return self._group(tail, Side.SENDER), self._group(head, Side.RECEIVER)

    def single(self, key: str) -> None:
        """Add a node without connections."""
        self._group(key, Side.SENDER)

    def _group(self, key: str, side: Side) -> str:
        side = side if key in self._outside else Side.ORGANISATION
        group = self._groups.get(key, f"{side} {key}" if key in self._outside else key)
        members = self.members[group, side]
        if key not in members:
            members.append(key)
        return group


def _reach(nodes: set[str], pairs: list[tuple[str, str]]) -> None:
    """Add the nodes that can be reached over the pairs."""
    following: dict[str, list[str]] = defaultdict(list)
    for tail, head in pairs:
        following[tail].append(head)
    queue = list(nodes)
    while queue:
        for head in following[queue.pop()]:
            if head not in nodes:
                nodes.add(head)
                queue.append(head)


def _groups(ends: _Ends, nodes: Mapping[str, Node], bundled: _Bundled, names: Mapping[str, str]) -> Iterator[Group]:
    messages: Counter[str] = Counter()
    for pair, parts in bundled.items():
        for group in set(pair):
            messages[group] += sum(leg[0].leg_count for leg in parts)
    for (key, side), members in ends.members.items():
        ranked = sorted((nodes[member] for member in members), key=lambda node: node.key)
        hops = sum(node.hops for node in ranked)
        yield Group(
            key=key,
            name=names[ranked[0].key] if len(ranked) == 1 else f"{len(ranked)} servers",
            side=side,
            nodes=tuple(ranked),
            hops=hops if side is Side.ORGANISATION else messages[key] or hops,
        )


def _name(node: Node, domain: str, hosts: set[str]) -> str:
    """The name of a node without the common domain of the organisation, unless that is the name of another host."""
    if node.host is None:
        return node.key
    if node.host == OTHERS:
        return "(others)"
    short = node.host.removesuffix(f".{domain}") if domain else node.host
    return node.host if short in hosts else short


def _mesh_groups(nodes: Mapping[str, Node], pairs: Sequence[tuple[str, str]]) -> dict[Service, list[list[str]]]:
    """The servers of each service, those of the same meshes together; the busiest first."""
    services = {key: node.service for key, node in nodes.items() if node.stage is not Stage.OUTSIDE}
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, mesh in enumerate(meshes(services, pairs)):
        for key in mesh:
            numbers[key].append(number)
    together: dict[tuple[Service, object], list[str]] = defaultdict(list)
    for key, service in services.items():
        together[service, tuple(numbers[key]) or key].append(key)
    groups: dict[Service, list[list[str]]] = defaultdict(list)
    for (service, _), keys in together.items():
        groups[service].append(keys)
    for parts in groups.values():
        parts.sort(key=lambda keys: (-sum(nodes[key].hops for key in keys), keys))
    return groups


def _limited(groups: Mapping[Service, list[list[str]]], rows: int) -> dict[str, str]:
    """The key of the group of each node that is in a group with others; the least busy nodes share one."""
    keys: dict[str, str] = {}
    for service, parts in groups.items():
        least_busy = [key for part in parts[rows - 1 :] for key in part] if len(parts) > rows else []
        for number, part in enumerate([*parts[: rows - 1], least_busy] if least_busy else parts):
            if len(part) > 1:
                keys |= dict.fromkeys(part, f"{service} {number}")
    return keys
