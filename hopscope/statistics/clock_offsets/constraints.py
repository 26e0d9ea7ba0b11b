"""Systems of difference constraints: the tightest bounds of differences, given bounds of some of them.

``(a, b): most`` means ``b - a <= most``. The sum over a path of such pairs bounds the difference of its ends, so the
tightest bounds are the shortest paths (R. Bellman, "On a routing problem", 1958). A cycle with a negative sum is a
contradiction. All numbers are integers, so that sums are exact.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping

__all__ = ["Bounds", "Constraints", "contradictions", "mutual"]

Constraints = Mapping[tuple[str, str], int]
Cycle = tuple[str, ...]


def contradictions(constraints: Constraints) -> list[Cycle]:
    """Disjoint cycles with a negative sum; empty if the constraints are consistent."""
    return _solve(constraints)[1]


def mutual(pairs: Iterable[tuple[str, str]]) -> list[frozenset[str]]:
    """The maximal sets whose members all have mutual bounds: strongly connected components, including single nodes."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(sorted(pairs))
    return [frozenset(group) for group in nx.strongly_connected_components(graph)]


class Bounds:
    """The tightest bounds of consistent constraints."""

    def __init__(self, constraints: Constraints) -> None:
        self._potentials, cycles = _solve(constraints)
        if cycles:
            raise ValueError(f"constraints contradict each other: {cycles[0]}")
        self._successors: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._predecessors: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for (tail, head), most in sorted(constraints.items()):
            length = most + self._potentials[tail] - self._potentials[head]
            self._successors[tail].append((head, length))
            self._predecessors[head].append((tail, length))

    def above(self, start: str) -> dict[str, int]:
        """Upper bound of each node minus ``start``; nodes without a bound are left out."""
        distances = _distances(self._successors, start)
        return {end: distance - self._reweighting(start, end) for end, distance in distances.items()}

    def below(self, start: str) -> dict[str, int]:
        """Upper bound of ``start`` minus each node; nodes without a bound are left out."""
        distances = _distances(self._predecessors, start)
        return {end: distance - self._reweighting(end, start) for end, distance in distances.items()}

    def _reweighting(self, tail: str, head: str) -> int:
        """The length that reweighting added to every path from ``tail`` to ``head`` (D. B. Johnson, 1977)."""
        return self._potentials.get(tail, 0) - self._potentials.get(head, 0)


def _distances(edges: Mapping[str, list[tuple[str, int]]], start: str) -> dict[str, int]:
    """Lengths of the shortest paths from ``start`` (E. W. Dijkstra, 1959). No edge may have a negative length."""
    distances: dict[str, int] = {}
    queue = [(0, start)]
    while queue:
        distance, node = heapq.heappop(queue)
        if node not in distances:
            distances[node] = distance
            for neighbour, length in edges.get(node, ()):
                if neighbour not in distances:
                    heapq.heappush(queue, (distance + length, neighbour))
    return distances


def _solve(constraints: Constraints) -> tuple[dict[str, int], list[Cycle]]:
    """Numbers that satisfy all constraints, or the first negative cycles that occur (Bellman-Ford)."""
    edges = _path_order(constraints)
    value = dict.fromkeys((node for tail, head, _ in edges for node in (tail, head)), 0)
    predecessors: dict[str, str] = {}
    changed = True
    while changed:
        changed = False
        for tail, head, most in edges:
            if value[tail] + most < value[head]:
                value[head] = value[tail] + most
                predecessors[head] = tail
                changed = True
        if changed and (cycles := _cycles(predecessors)):
            return value, cycles
        edges.reverse()
    return value, []


def _path_order(constraints: Constraints) -> list[tuple[str, str, int]]:
    """The constraints in an order that follows most paths, so that one pass relaxes all edges of such a path.

    The pass in reverse order relaxes paths in the opposite direction (J. Y. Yen, 1970).
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(sorted(constraints))
    last_first = [*nx.dfs_postorder_nodes(graph)][::-1]
    return [(tail, head, constraints[tail, head]) for tail in last_first for head in graph.successors(tail)]


def _cycles(predecessors: Mapping[str, str]) -> list[Cycle]:
    """The cycles of the predecessor graph. Each has a negative sum, as relaxation ends on any other cycle."""
    visited_from: dict[str, str] = {}
    cycles = []
    for start in predecessors:
        node = start
        while node in predecessors and node not in visited_from:
            visited_from[node] = start
            node = predecessors[node]
        if visited_from.get(node) == start:
            cycles.append(_cycle(predecessors, node))
    return cycles


def _cycle(predecessors: Mapping[str, str], start: str) -> Cycle:
    cycle = [start]
    while (predecessor := predecessors[cycle[-1]]) != start:
        cycle.append(predecessor)
    return tuple(reversed(cycle))
