"""How far the clocks of servers are apart, over many messages.

A message cannot arrive before it was sent, so of all messages from one server to another the smallest delay is at least
the difference of their clocks. Messages in both directions bound that difference from both sides, and so do
ways around over other servers: these are difference constraints, whose tightest bounds are shortest paths (R. Bellman,
"On a routing problem", 1958). The estimate is the middle between the bounds, and half their distance its uncertainty.

Limits: what is found is relative to one server, whose clock may be wrong itself; where messages go one way only, there
is a bound on one side and no estimate; a clock is taken to be off by the same all the time, and where that cannot be,
its server is named as inconsistent; stamps have whole seconds.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from hopscope.analysis.summary import OTHERS, Leg, LegKey, Summary
from hopscope.model import Service

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["METHOD", "RESOLUTION", "Corrected", "Offset", "Skew", "Unknown", "corrected", "skew"]

METHOD = (
    "Offsets from the smallest delays in both directions, over all ways between two servers; relative to the server "
    "named, for clocks that are off by the same all the time, to the second."
)
RESOLUTION = 1.0
"""Seconds: stamps are cut to whole ones, so that a delay may be so much shorter than it was."""

_NAMELESS = frozenset({None, OTHERS, "localhost", "localhost.localdomain"})
_OUTSIDE = frozenset({Service.OTHER_MTA, Service.UNKNOWN})


class Offset(msgspec.Struct, frozen=True, kw_only=True):
    """How far the clock of a server is ahead."""

    host: str
    seconds: float
    """Against the clock of ``reference``; negative: behind."""
    uncertainty: float
    """Seconds: it is off by at most so much."""
    reference: str
    messages: int
    """How many delays it rests on."""


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """A server whose clock cannot be compared."""

    host: str
    reason: str
    """Why, as the end of a sentence that starts with its name."""
    messages: int


class Skew(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of the servers of a dump."""

    offsets: tuple[Offset, ...] = ()
    """By host; those of a reference are zero."""
    unknown: tuple[Unknown, ...] = ()
    """By host."""

    def ahead(self, host: str | None) -> Offset | None:
        """The offset of a server, where it is known."""
        return next((offset for offset in self.offsets if offset.host == host), None)


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """The delays of a leg without the difference of its clocks, in seconds."""

    shift: float
    """What is added to every delay of the leg."""
    uncertainty: float
    p50: float | None
    p90: float | None
    p99: float | None
    most: float | None


def skew(summary: Summary) -> Skew:
    """The clocks of the servers that messages of a dump went between.

    Only servers with names of their own count: a domain, or a pool, has many clocks.
    """
    import networkx as nx

    graph = _graph(summary)
    offsets: list[Offset] = []
    unknown: list[Unknown] = []
    waiting = [set(group) for group in nx.strongly_connected_components(graph)]
    while waiting:
        group = waiting.pop()
        part = graph.subgraph(group)
        if len(part) == 1:
            unknown.append(_one_sided(graph, next(iter(part))))
            continue
        try:
            offsets += _offsets(part)
        except nx.NetworkXUnbounded:
            circle = set(nx.find_negative_cycle(part.copy(), min(group), weight="bound"))
            unknown += (_inconsistent(graph, host) for host in circle)
            waiting += (set(rest) for rest in nx.strongly_connected_components(graph.subgraph(group - circle)))
    by_host = sorted(offsets, key=lambda each: each.host)
    return Skew(offsets=tuple(by_host), unknown=tuple(sorted(unknown, key=lambda each: each.host)))


def corrected(summary: Summary, found: Skew) -> dict[LegKey, Corrected]:
    """The delays of each leg whose two clocks can be compared, without their difference.

    A delay below zero is then within the uncertainty of it, and counts as zero.
    """
    known = {offset.host: offset for offset in found.offsets}
    result = {}
    for key, leg in summary.legs.items():
        one, other = known.get(key.from_host or ""), known.get(key.to_host or "")
        if leg.delay.count and one and other and one.reference == other.reference:
            result[key] = _corrected(leg, one, other)
    return result


def _corrected(leg: Leg, one: Offset, other: Offset) -> Corrected:
    same = one.host == other.host
    shift = 0.0 if same else one.seconds - other.seconds

    def moved(seconds: float | None) -> float | None:
        return None if seconds is None else max(seconds + shift, 0.0)

    return Corrected(
        shift=shift,
        uncertainty=0.0 if same else one.uncertainty + other.uncertainty,
        p50=moved(leg.delay.quantile(0.5)),
        p90=moved(leg.delay.quantile(0.9)),
        p99=moved(leg.delay.quantile(0.99)),
        most=moved(leg.delay.most),
    )


def _graph(summary: Summary) -> "nx.DiGraph[str]":
    """The servers; an edge is bounded by the smallest delay, and tells how many delays there were."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    own = _own_servers(summary.legs)
    for key, leg in summary.legs.items():
        one, other, least = key.from_host, key.to_host, leg.delay.least
        if one == other or least is None or one not in own or other not in own:
            continue
        before = graph.get_edge_data(one, other, {"bound": float("inf"), "count": 0})
        bound = min(before["bound"], least + RESOLUTION)
        graph.add_edge(one, other, bound=bound, count=before["count"] + leg.delay.count)
    return graph


def _own_servers(legs: Mapping[LegKey, Leg]) -> frozenset[str]:
    """The names that stand for one server: those that stamped as Exchange on premises."""
    found = set()
    for key in legs:
        if key.to_service not in _OUTSIDE and key.to_host is not None and not _is_domain_of_microsoft(key.to_host):
            found.add(key.to_host)
    return frozenset(host for host in found if host not in _NAMELESS)


def _is_domain_of_microsoft(host: str) -> bool:
    """Whether a name is what all hosts of Exchange Online are called by."""
    from hopscope.classifier import builds

    return builds.is_online_host(host)


def _offsets(part: "nx.DiGraph[str]") -> list[Offset]:
    """The offsets within a group of servers that are connected both ways.

    Raises:
        NetworkXUnbounded: Its delays contradict each other.
    """
    import networkx as nx

    messages = {host: _messages(part, host) for host in part}
    first = min(part, key=lambda host: (-messages[host], host))
    above = nx.single_source_bellman_ford_path_length(part, first, weight="bound")
    below = nx.single_source_bellman_ford_path_length(part.reverse(copy=False), first, weight="bound")
    middle = {host: (above[host] - below[host]) / 2 for host in part}
    reference = _usual(middle, messages)
    half = {host: (above[host] + below[host]) / 2 for host in part}
    return [
        Offset(
            host=host,
            seconds=round(middle[host] - middle[reference], 3),
            uncertainty=0.0 if host == reference else round(half[host] + half[reference], 3),
            reference=reference,
            messages=messages[host],
        )
        for host in part
    ]


def _usual(middle: Mapping[str, float], messages: Mapping[str, int]) -> str:
    """The server in the middle of all clocks, by messages: so one wrong clock does not make all others wrong."""
    ranked = sorted(middle, key=lambda host: (middle[host], host))
    left = sum(messages.values()) / 2
    for host in ranked:
        left -= messages[host]
        if left <= 0:
            return host
    return ranked[-1]


def _messages(graph: "nx.DiGraph[str]", host: str) -> int:
    """How many delays a server has a part in."""
    edges = (*graph.in_edges(host, data=True), *graph.out_edges(host, data=True))
    return sum(edge["count"] for _, _, edge in edges)


def _inconsistent(graph: "nx.DiGraph[str]", host: str) -> Unknown:
    reason = "is in a circle of servers whose delays contradict each other: a clock changed, or a zone is wrong"
    return Unknown(host=host, reason=reason, messages=_messages(graph, host))


def _one_sided(graph: "nx.DiGraph[str]", host: str) -> Unknown:
    """A server that messages went to, or came from, but not both."""
    late = [(edge["bound"], other) for other, _, edge in graph.in_edges(host, data=True) if edge["bound"] < 0]
    early = [(edge["bound"], other) for _, other, edge in graph.out_edges(host, data=True) if edge["bound"] < 0]
    if late:
        bound, other = min(late)
        reason = f"has a clock at least {-bound:g} s behind that of {other}; no message came back to tell how much"
    elif early:
        bound, other = min(early)
        reason = f"has a clock at least {-bound:g} s ahead of that of {other}; no message came back to tell how much"
    else:
        reason = "has messages in one direction only, so its clock cannot be told from the way"
    return Unknown(host=host, reason=reason, messages=_messages(graph, host))
