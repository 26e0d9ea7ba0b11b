"""Groups of servers whose clocks can be compared, and the reference of each group.

The method is described in :mod:`hopscope.statistics.clock_offsets`.
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
    """Servers whose clocks can be compared with each other."""

    def __init__(self, paths: DirectPaths, hosts: frozenset[str]) -> None:
        self.hosts = sorted(hosts)
        self.paths = {pair: path for pair, path in paths.items() if hosts.issuperset(pair)}
        self.messages = messages(self.paths)
        slack = next(step for step in range(WANDER + 1) if not contradictions(strict(self.paths, step)))
        self.wander = slack + RESOLUTION if slack else 0.0
        """Apparent drift of the clocks, in seconds."""
        self.bounds = Bounds(constraints(self.paths, slack))
        self.reference = self._reference()
        """The server that the offsets are relative to."""
        self.above, self.below = self.bounds.above(self.reference), self.bounds.below(self.reference)
        """Maximum microseconds that each clock is ahead of the reference, and behind it."""

    def fewest(self) -> dict[str, int]:
        """Number of messages of each server in the direction that has fewer."""
        sent, received = Counter[str](), Counter[str]()
        for (tail, head), path in self.paths.items():
            sent[tail] += path.messages
            received[head] += path.messages
        return {host: min(sent[host], received[host]) for host in self.hosts}

    def _reference(self) -> str:
        """The server with the narrowest bounds of those that are consistent with the majority time."""
        busiest = min(self.hosts, key=lambda host: (-self.messages[host], host))
        above, below = self.bounds.above(busiest), self.bounds.below(busiest)
        time = self._majority_time(above, below)
        consistent = (host for host in self.hosts if -below[host] <= time <= above[host])
        return min(consistent, key=lambda host: (above[host] + below[host], -self.messages[host], host))

    def _majority_time(self, above: Mapping[str, int], below: Mapping[str, int]) -> int:
        """The time that most servers are consistent with; ties go to the busier servers, then to the busiest one."""
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
