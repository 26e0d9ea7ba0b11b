"""From which server to which messages went, what that says of their clocks, and whose clocks changed meanwhile.

The groundwork of :mod:`hopscope.statistics.clock_offsets`, where the method is told.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from math import ceil
from typing import NamedTuple

from hopscope.data import table
from hopscope.model import Service
from hopscope.statistics.clock_offsets.constraints import Constraints, contradictions
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
"""Seconds: stamps are cut to whole ones, so that a delay may be so much shorter than it was."""
WANDER = 5
"""Seconds: contradictions of up to so much a leg are clocks that wander, as they do, and not clocks that were set."""
MICROSECONDS = 1_000_000
"""In a second."""

_NAMELESS = frozenset({None, OTHERS, "localhost"})
_OUTSIDE = frozenset({Service.OTHER_MTA, Service.UNKNOWN})


class DirectPath(NamedTuple):
    """All messages from one server to another, whatever their services."""

    least: int
    """The smallest delay and the resolution, in microseconds: the clock of the other is ahead by less than that."""
    messages: int
    """How many of them have a known delay."""


DirectPaths = Mapping[tuple[str, str], DirectPath]
"""By where from and where to."""


def machines(legs: Iterable[LegKey]) -> frozenset[str]:
    """The names that stand for one server, of those that stamped."""
    services: dict[str | None, set[str]] = defaultdict(set)
    for key in legs:
        services[key.to_host].add(key.to_service)
    return frozenset(host for host, kinds in services.items() if host is not None and _is_machine(host, kinds))


def _is_machine(host: str, services: Collection[str]) -> bool:
    """Whether a name is that of a server: an Exchange server on premises, or another system by a name of its own."""
    from hopscope.classifier import builds, servers

    if host in _NAMELESS or host.startswith("localhost.") or builds.is_online_host(host) or host in _online():
        return False
    if not _OUTSIDE.isdisjoint(services):
        return servers.organisation(host) not in {None, host}
    return True


@cache
def _online() -> frozenset[str | None]:
    """What hosts of Exchange Online are called by in a summary, where their domain is longer than that."""
    from hopscope.classifier import servers

    return frozenset(servers.organisation(row["domain"]) for row in table("online_hosts"))


def direct_paths(legs: Mapping[LegKey, Leg], hosts: Collection[str]) -> DirectPaths:
    """The direct paths between two of ``hosts`` for which a delay is known."""
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
    """How many delays each server has a part in."""
    counts: Counter[str] = Counter()
    for pair, path in paths.items():
        for host in pair:
            counts[host] += path.messages
    return counts


def constraints(paths: DirectPaths, wander: int) -> Constraints:
    """By how many microseconds the clock of the second is ahead at most, where both wander by so many seconds."""
    return {pair: path.least + wander * MICROSECONDS for pair, path in paths.items()}


def strict(paths: DirectPaths, wander: int) -> Constraints:
    """The same without equality: cutting to whole seconds takes less than one, so a sum of zero contradicts, too."""
    return {pair: most - 1 for pair, most in constraints(paths, wander).items()}


def changed(paths: DirectPaths) -> dict[str, frozenset[str]]:
    """The servers whose clocks must have changed by more than WANDER, each with those that contradict it.

    Of a circle that contradicts itself only as a whole, these are its neighbours.
    """
    remaining = dict(strict(paths, WANDER))
    contradicted: dict[str, frozenset[str]] = {}

    def leave_out(odd: Mapping[str, frozenset[str]]) -> None:
        contradicted.update(odd)
        for pair in [pair for pair in remaining if not odd.keys().isdisjoint(pair)]:
            del remaining[pair]

    while odd := _most_at_odds(remaining):
        leave_out(odd)
    while circles := contradictions(remaining):
        leave_out({host: neighbours for circle in circles for host, neighbours in _neighbours(circle)})
    return contradicted


def _neighbours(circle: tuple[str, ...]) -> Iterator[tuple[str, frozenset[str]]]:
    """Each server of a circle with those before and behind it."""
    for at, host in enumerate(circle):
        yield host, frozenset({circle[at - 1], circle[(at + 1) % len(circle)]})


def _most_at_odds(bounds: Constraints) -> dict[str, frozenset[str]]:
    """Servers that contradict others directly: each that does so with no fewer than any of those others does."""
    odds: dict[str, set[str]] = defaultdict(set)
    for (tail, head), most in bounds.items():
        if most + bounds.get((head, tail), -most) < 0:
            odds[tail].add(head)
            odds[head].add(tail)
    return {
        host: frozenset(opponents)
        for host, opponents in odds.items()
        if all(len(opponents) >= len(odds[opponent]) for opponent in opponents)
    }
