"""Difference constraints: how far numbers are apart, given how far some of them are apart at most.

``(a, b): most`` says that ``b`` is at most ``most`` greater than ``a``. A way over several such pairs bounds the
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
        for (one, other), most in sorted(constraints.items()):
            length = most + self._height[one] - self._height[other]
            self._after[one].append((other, length))
            self._before[other].append((one, length))

    def above(self, start: str) -> dict[str, int]:
        """How much greater than ``start`` each other one is at most; those without a bound are left out."""
        return {end: far - self._down(start, end) for end, far in _distances(self._after, start).items()}

    def below(self, start: str) -> dict[str, int]:
        """How much smaller than ``start`` each other one is at most; those without a bound are left out."""
        return {end: far - self._down(end, start) for end, far in _distances(self._before, start).items()}

    def _down(self, one: str, other: str) -> int:
        """What all ways from one to the other gained in length (D. B. Johnson, 1977)."""
        return self._height.get(one, 0) - self._height.get(other, 0)


def _distances(edges: Mapping[str, list[tuple[str, int]]], start: str) -> dict[str, int]:
    """The lengths of the shortest ways (E. W. Dijkstra, 1959); lengths are not negative."""
    found: dict[str, int] = {}
    waiting = [(0, start)]
    while waiting:
        far, here = heapq.heappop(waiting)
        if here not in found:
            found[here] = far
            for there, length in edges.get(here, ()):
                if there not in found:
                    heapq.heappush(waiting, (far + length, there))
    return found


def _settle(constraints: Constraints) -> tuple[dict[str, int], list[Circle]]:
    """Numbers that obey all constraints; or the circles that make that impossible, as soon as there are any."""
    edges = _onwards(constraints)
    value = dict.fromkeys((each for one, other, _ in edges for each in (one, other)), 0)
    came: dict[str, str] = {}
    changed = True
    while changed:
        changed = False
        for one, other, most in edges:
            if value[one] + most < value[other]:
                value[other] = value[one] + most
                came[other] = one
                changed = True
        if changed and (circles := _circles(came)):
            return value, circles
        edges.reverse()
    return value, []


def _onwards(constraints: Constraints) -> list[tuple[str, str, int]]:
    """The constraints in an order in which most ways lead onwards: all that is on them settles in one go.

    Ways that lead back settle in the opposite order (J. Y. Yen, 1970).
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(sorted(constraints))
    last_first = [*nx.dfs_postorder_nodes(graph)][::-1]
    return [(one, other, constraints[one, other]) for one in last_first for other in graph.successors(one)]


def _circles(came: Mapping[str, str]) -> list[Circle]:
    """The circles among the ways that numbers came by: each is a negative one, or none would go on being lowered."""
    seen: dict[str, str] = {}
    circles = []
    for start in came:
        here = start
        while here in came and here not in seen:
            seen[here] = start
            here = came[here]
        if seen.get(here) == start:
            circles.append(_circle(came, here))
    return circles


def _circle(came: Mapping[str, str], start: str) -> Circle:
    circle = [start]
    while (before := came[circle[-1]]) != start:
        circle.append(before)
    return tuple(reversed(circle))
