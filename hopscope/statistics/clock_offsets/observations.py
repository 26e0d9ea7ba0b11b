"""The traffic between servers, the clock constraints that follow from it, and the servers whose clocks changed.

The method is described in :mod:`hopscope.statistics.clock_offsets`.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from math import ceil
from typing import NamedTuple

from hopscope.statistics.clock_offsets.constraints import Constraints, contradictions
from hopscope.statistics.digest import OUTSIDE, online_names
from hopscope.statistics.summary import OTHERS, Leg, LegKey

__all__ = [
    "MICROSECONDS",
    "RESOLUTION",
    "WANDER",
    "DirectPath",
    "DirectPaths",
    "changed",
    "constraints",
    "direct_paths",
    "machines",
    "messages",
    "strict",
]

RESOLUTION = 1.0
"""Seconds that a delay may be too short, as Received fields truncate times to whole seconds."""
WANDER = 5
"""Maximum contradiction per leg, in seconds, that is explained by drift and not by a clock that was set."""
MICROSECONDS = 1_000_000
"""Microseconds per second."""

_NAMELESS = frozenset({None, OTHERS, "localhost"})


class DirectPath(NamedTuple):
    """All messages from one server to another, of any service."""

    least: int
    """The smallest delay plus the resolution, in microseconds: the receiver's clock is ahead by less than that."""
    messages: int
    """Number of messages with a known delay."""


DirectPaths = Mapping[tuple[str, str], DirectPath]
"""By sending and receiving server."""


def machines(legs: Iterable[LegKey]) -> frozenset[str]:
    """The names of receiving servers that denote a single machine."""
    services: dict[str | None, set[str]] = defaultdict(set)
    for key in legs:
        services[key.to_host].add(key.to_service)
    return frozenset(host for host, kinds in services.items() if host is not None and _is_machine(host, kinds))


def _is_machine(host: str, services: Collection[str]) -> bool:
    """Whether a name denotes a single server: an on-premises Exchange server, or another system with a host name."""
    from hopscope.classifier import builds, servers

    if host in _NAMELESS or host.startswith("localhost.") or builds.is_online_host(host) or host in online_names():
        return False
    if not OUTSIDE.isdisjoint(services):
        return "/" not in host and servers.registered_domain(host) not in {None, host}
    return True


def direct_paths(legs: Mapping[LegKey, Leg], hosts: Collection[str]) -> DirectPaths:
    """The direct paths with a known delay between two of ``hosts``."""
    paths: dict[tuple[str, str], DirectPath] = {}
    for key, leg in legs.items():
        tail, head, least = key.from_host, key.to_host, leg.delay.least
        if least is None or tail is None or head is None or tail == head or tail not in hosts or head not in hosts:
            continue
        path = DirectPath(ceil((least + RESOLUTION) * MICROSECONDS), leg.delay.count)
        previous = paths.get((tail, head))
        paths[tail, head] = (
            DirectPath(min(path.least, previous.least), path.messages + previous.messages) if previous else path
        )
    return paths


def messages(paths: DirectPaths) -> Counter[str]:
    """Number of known delays of each server, as sender or receiver."""
    counts: Counter[str] = Counter()
    for pair, path in paths.items():
        for host in pair:
            counts[host] += path.messages
    return counts


def constraints(paths: DirectPaths, wander: int) -> Constraints:
    """Maximum microseconds that the receiver's clock is ahead of the sender's, with ``wander`` seconds of drift."""
    return {pair: path.least + wander * MICROSECONDS for pair, path in paths.items()}


def strict(paths: DirectPaths, wander: int) -> Constraints:
    """The constraints as strict inequalities: truncation loses less than a second, so a sum of zero contradicts."""
    return {pair: most - 1 for pair, most in constraints(paths, wander).items()}


def changed(paths: DirectPaths) -> dict[str, frozenset[str]]:
    """The servers whose clocks must have changed by more than WANDER, each with the servers that contradict it.

    In a cycle without a contradicting pair, these are the neighbours.
    """
    remaining = dict(strict(paths, WANDER))
    excluded: dict[str, frozenset[str]] = {}

    def exclude(contradicted: Mapping[str, frozenset[str]]) -> None:
        excluded.update(contradicted)
        for pair in [pair for pair in remaining if not contradicted.keys().isdisjoint(pair)]:
            del remaining[pair]

    while contradicted := _most_contradicted(remaining):
        exclude(contradicted)
    while cycles := contradictions(remaining):
        exclude({host: neighbours for cycle in cycles for host, neighbours in _neighbours(cycle)})
    return excluded


def _neighbours(cycle: tuple[str, ...]) -> Iterator[tuple[str, frozenset[str]]]:
    """Each server of a cycle with its predecessor and successor."""
    for index, host in enumerate(cycle):
        yield host, frozenset({cycle[index - 1], cycle[(index + 1) % len(cycle)]})


def _most_contradicted(bounds: Constraints) -> dict[str, frozenset[str]]:
    """Servers in a direct contradiction that contradict at least as many servers as each of their opponents does."""
    opponents: dict[str, set[str]] = defaultdict(set)
    for (tail, head), most in bounds.items():
        if most + bounds.get((head, tail), -most) < 0:
            opponents[tail].add(head)
            opponents[head].add(tail)
    return {
        host: frozenset(against)
        for host, against in opponents.items()
        if all(len(against) >= len(opponents[opponent]) for opponent in against)
    }
