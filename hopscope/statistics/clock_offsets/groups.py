"""Servers whose clocks can be compared with each other, and which of them the others are compared with.

A part of :mod:`hopscope.statistics.clock_offsets`, where the method is told.
"""

from collections import Counter
from collections.abc import Mapping

from hopscope.statistics.clock_offsets.constraints import Bounds, contradictions
from hopscope.statistics.clock_offsets.observations import (
    RESOLUTION,
    WANDER,
    DirectPaths,
    constraints,
    messages,
    strict,
)

__all__ = ["Group"]


class Group:
    """Servers that can be compared with each other."""

    def __init__(self, paths: DirectPaths, hosts: frozenset[str]) -> None:
        self.hosts = sorted(hosts)
        self.paths = {pair: path for pair, path in paths.items() if hosts.issuperset(pair)}
        self.messages = messages(self.paths)
        slack = next(step for step in range(WANDER + 1) if not contradictions(strict(self.paths, step)))
        self.wander = slack + RESOLUTION if slack else 0.0
        """Seconds, by which its clocks seem to have changed."""
        self.bounds = Bounds(constraints(self.paths, slack))
        self.reference = self._reference()
        """The server that its offsets are relative to."""
        self.above, self.below = self.bounds.above(self.reference), self.bounds.below(self.reference)
        """How far each clock is ahead of that, and behind it, at most; in microseconds."""

    def fewest(self) -> dict[str, int]:
        """How many messages each has in the direction that has fewer."""
        sent, received = Counter[str](), Counter[str]()
        for (tail, head), path in self.paths.items():
            sent[tail] += path.messages
            received[head] += path.messages
        return {host: min(sent[host], received[host]) for host in self.hosts}

    def _reference(self) -> str:
        """The server with the narrowest bounds of those that may agree with the time that most may agree with."""
        busiest = min(self.hosts, key=lambda host: (-self.messages[host], host))
        above, below = self.bounds.above(busiest), self.bounds.below(busiest)
        time = self._agreed(above, below)
        agreed = (host for host in self.hosts if -below[host] <= time <= above[host])
        return min(agreed, key=lambda host: (above[host] + below[host], -self.messages[host], host))

    def _agreed(self, above: Mapping[str, int], below: Mapping[str, int]) -> int:
        """The time that most servers may agree with; of several that which the busier ones do, or the busiest."""
        starts = sorted((-below[host], 0, host) for host in self.hosts)
        ends = sorted((above[host], 1, host) for host in self.hosts)
        votes = messages = 0
        best, time = (0, 0, False), 0
        for at, ends_here, host in sorted((*starts, *ends)):
            votes += -1 if ends_here else 1
            messages += self.messages[host] * (-1 if ends_here else 1)
            if not ends_here and (votes, messages, at == 0) > best:
                best, time = (votes, messages, at == 0), at
        return time
