"""Full meshes: the servers of two services of which each has a connection to every server of the other service."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from hopscope.model import Service

__all__ = ["meshes"]

_PAIR = 2
"""Minimum number of servers on either side of a mesh."""


def meshes(services: Mapping[str, Service], pairs: Sequence[tuple[str, str]]) -> Iterator[set[str]]:
    """The nodes of each full mesh between the servers of two services."""
    import networkx as nx

    by_services: dict[tuple[Service, Service], list[tuple[str, str]]] = defaultdict(list)
    for tail, head in pairs:
        if tail in services and head in services and services[tail] is not services[head]:
            by_services[services[tail], services[head]].append((tail, head))
    for (tail_service, _), parts in sorted(by_services.items()):
        graph: nx.Graph[str] = nx.Graph(parts)
        for component in sorted(nx.connected_components(graph), key=min):
            tails = {key for key in component if services[key] is tail_service}
            mesh = _mesh({key: set(graph[key]) for key in component}, tails)
            if mesh:
                yield mesh


def _mesh(neighbours: dict[str, set[str]], tails: set[str]) -> set[str]:
    """The full mesh that remains without the nodes with the fewest connections; empty if it has under half of them."""
    sides = tails & neighbours.keys(), neighbours.keys() - tails
    least = [max(_PAIR, (len(side) + 1) // 2) for side in sides]
    while all(len(side) >= limit for side, limit in zip(sides, least, strict=True)):
        missing = {
            key: len(other) - len(neighbours[key]) for side, other in (sides, sides[::-1]) for key in sorted(side)
        }
        worst = max(missing, key=lambda key: missing[key] / len(sides[key in sides[0]]))
        if not missing[worst]:
            return set(neighbours)
        for side in sides:
            side.discard(worst)
        for key in neighbours.pop(worst):
            neighbours[key].discard(worst)
    return set()
