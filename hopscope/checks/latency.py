"""HOP651: how long the legs of all messages of a run take, against those of an earlier run."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from math import ceil, floor, log10

import msgspec

from hopscope.analysis.phrases import duration
from hopscope.model import Finding, Route, Severity

__all__ = ["Latency", "LegTimes", "slower_leg"]

_FEWEST = 5
"""Fewer delays of a leg say nothing about its median."""
_FEWEST_OF_TAIL = 20
"""Fewer say nothing about what 95 of 100 stay below."""
_DIGITS = 3
"""Significant digits of a delay that are kept: so the delays of any number of messages fit into memory."""
_RESOLUTION = 1.0
"""Seconds: stamps have whole ones, so a smaller difference is none."""


class LegTimes(msgspec.Struct, frozen=True, kw_only=True):
    """How long the legs between two kinds of service take."""

    leg: str
    """``Front End Transport -> Transport``."""
    count: int
    median_seconds: float
    p95_seconds: float
    """What 95 of 100 do not exceed."""


class Latency:
    """Gathers the delays of the legs, message by message."""

    def __init__(self) -> None:
        self._legs: dict[str, Counter[float]] = {}

    def add(self, route: Route) -> None:
        """Count the legs of a message whose delay is known and no mere difference of clocks."""
        for before, hop in zip(route.hops, route.hops[1:], strict=False):
            if hop.delay is not None and hop.spans == 1 and hop.delay >= timedelta(0):
                kind = f"{before.label.service} -> {hop.label.service}"
                self._legs.setdefault(kind, Counter())[_rounded(hop.delay.total_seconds())] += 1

    def times(self) -> tuple[LegTimes, ...]:
        """What they add up to, in the order of the names."""
        return tuple(
            LegTimes(
                leg=leg,
                count=counts.total(),
                median_seconds=_quantile(counts, 0.5),
                p95_seconds=_quantile(counts, 0.95),
            )
            for leg, counts in sorted(self._legs.items())
        )


def slower_leg(before: tuple[LegTimes, ...], now: tuple[LegTimes, ...], tolerance: float) -> Iterator[Finding]:
    """HOP651: the legs of a kind take longer than in the run that --against names, by more than the tolerance.

    Compares the medians, and what 95 of 100 legs stay below, of legs between the same two kinds of service. Legs that
    either run has fewer than 5 of are passed over, and fewer than 20 for the second number, as are differences of less
    than a second, which is what stamps are exact to.
    """
    earlier = {each.leg: each for each in before}
    for each in now:
        known = earlier.get(each.leg)
        if known is None:
            continue
        told = [
            f"{name} {duration(timedelta(seconds=is_))}, was {duration(timedelta(seconds=was))}"
            for name, fewest, is_, was in (
                ("median", _FEWEST, each.median_seconds, known.median_seconds),
                ("95 of 100 within", _FEWEST_OF_TAIL, each.p95_seconds, known.p95_seconds),
            )
            if min(each.count, known.count) >= fewest and is_ > was * (1 + tolerance) and is_ - was >= _RESOLUTION
        ]
        if told:
            message = f"The leg {each.leg} got slower: {'; '.join(told)} ({each.count} legs, were {known.count})."
            yield Finding(code="HOP651", severity=Severity.WARNING, message=message)


def _rounded(seconds: float) -> float:
    return round(seconds, _DIGITS - 1 - floor(log10(seconds))) if seconds else 0.0


def _quantile(counts: Counter[float], share: float) -> float:
    """The smallest delay that this share of the delays does not exceed."""
    left = ceil(share * counts.total())
    for seconds, count in sorted(counts.items()):
        left -= count
        if left <= 0:
            return seconds
    return 0.0
