"""Difference constraints: how far numbers are apart, given how far some of them are apart at most.

``(a, b): most`` says that ``b`` is at most ``most`` greater than ``a``. A path over several such pairs bounds the
numbers at its ends by its sum, so the tightest bounds are the shortest paths (R. Bellman, "On a routing problem",
1958); a circle whose sum is negative is a contradiction. Whole numbers, so that sums are exact.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping

__all__ = ["Bounds", "Constraints", "contradictions", "mutual"]

Constraints = Mapping[tuple[str, str], int]
Circle = tuple[str, ...]


def contradictions(constraints: Constraints) -> list[Circle]:
    """Circles with a negative sum that have no member in common; empty where the constraints can all hold."""
    return _settle(constraints)[1]


def mutual(pairs: Iterable[tuple[str, str]]) -> list[frozenset[str]]:
    """The largest sets within which each is bounded against each other on both sides; the lone ones, too."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(sorted(pairs))
    return [frozenset(group) for group in nx.strongly_connected_components(graph)]


class Bounds:
    """The tightest bounds that constraints without a contradiction allow."""

    def __init__(self, constraints: Constraints) -> None:
        self._height, circles = _settle(constraints)
        if circles:
            raise ValueError(f"constraints contradict each other: {circles[0]}")
        self._after: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._before: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for (tail, head), most in sorted(constraints.items()):
            length = most + self._height[tail] - self._height[head]
            self._after[tail].append((head, length))
            self._before[head].append((tail, length))

    def above(self, start: str) -> dict[str, int]:
        """How much greater than ``start`` each other one is at most; those without a bound are left out."""
        return {end: far - self._down(start, end) for end, far in _distances(self._after, start).items()}

    def below(self, start: str) -> dict[str, int]:
        """How much smaller than ``start`` each other one is at most; those without a bound are left out."""
        return {end: far - self._down(end, start) for end, far in _distances(self._before, start).items()}

    def _down(self, tail: str, head: str) -> int:
        """What reweighting added to the length of all paths from ``tail`` to ``head`` (D. B. Johnson, 1977)."""
        return self._height.get(tail, 0) - self._height.get(head, 0)


def _distances(edges: Mapping[str, list[tuple[str, int]]], start: str) -> dict[str, int]:
    """The lengths of the shortest paths (E. W. Dijkstra, 1959); lengths are not negative."""
    distances: dict[str, int] = {}
    waiting = [(0, start)]
    while waiting:
        distance, node = heapq.heappop(waiting)
        if node not in distances:
            distances[node] = distance
            for neighbour, length in edges.get(node, ()):
                if neighbour not in distances:
                    heapq.heappush(waiting, (distance + length, neighbour))
    return distances


def _settle(constraints: Constraints) -> tuple[dict[str, int], list[Circle]]:
    """Numbers that obey all constraints; or the circles that make that impossible, as soon as there are any."""
    edges = _along_paths(constraints)
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
        if changed and (circles := _circles(predecessors)):
            return value, circles
        edges.reverse()
    return value, []


def _along_paths(constraints: Constraints) -> list[tuple[str, str, int]]:
    """The constraints in an order that follows most paths, so that one pass settles all on them.

    Paths against that order settle in the reversed pass (J. Y. Yen, 1970).
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(sorted(constraints))
    last_first = [*nx.dfs_postorder_nodes(graph)][::-1]
    return [(tail, head, constraints[tail, head]) for tail in last_first for head in graph.successors(tail)]


def _circles(predecessors: Mapping[str, str]) -> list[Circle]:
    """The circles among the predecessors: each has a negative sum, or its numbers would not go on being lowered."""
    visited_from: dict[str, str] = {}
    circles = []
    for start in predecessors:
        node = start
        while node in predecessors and node not in visited_from:
            visited_from[node] = start
            node = predecessors[node]
        if visited_from.get(node) == start:
            circles.append(_circle(predecessors, node))
    return circles


def _circle(predecessors: Mapping[str, str], start: str) -> Circle:
    circle = [start]
    while (predecessor := predecessors[circle[-1]]) != start:
        circle.append(predecessor)
    return tuple(reversed(circle))
