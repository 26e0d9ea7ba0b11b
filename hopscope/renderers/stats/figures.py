"""What the tables of statistics are made from: a summary, and what is derived from it once for all tables."""

from functools import cached_property

from hopscope.renderers.stats.names import Names, names
from hopscope.statistics.clock_offsets import Skew, skew
from hopscope.statistics.legs import TimedLeg, leg_kinds, legs, ranked
from hopscope.statistics.summary import Summary

__all__ = ["Figures"]


class Figures:
    """A summary, with the clock skew, the legs and the short names of its servers."""

    def __init__(self, summary: Summary, dump: Summary | None = None, sort: str = "lost") -> None:
        """Store the parts.

        Args:
            summary: The statistics to print.
            dump: The summary before legs and servers were selected, to estimate clock skew from; by default
                ``summary``.
            sort: The order of legs, one of ``statistics.legs.SORT_KEYS``.
        """
        self.summary = summary
        self.sort = sort
        self._dump = dump or summary

    @cached_property
    def estimate(self) -> Skew:
        """The clock skew of all servers."""
        return skew(self._dump)

    @cached_property
    def legs(self) -> list[TimedLeg]:
        """The legs in order."""
        return ranked(legs(self.summary, self.estimate), self.sort)

    @cached_property
    def leg_kinds(self) -> list[TimedLeg]:
        """The legs merged over all servers, in order."""
        return ranked(leg_kinds(self.legs), self.sort)

    @cached_property
    def names(self) -> Names:
        """The short names of the servers."""
        return names(self.summary)
