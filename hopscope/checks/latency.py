"""HOP651: how long the legs of all messages of a run take, against those of an earlier run."""

from collections.abc import Iterator
from datetime import timedelta
from math import floor, log10

from hopscope.analysis.phrases import duration
from hopscope.model import Finding, Severity
from hopscope.statistics.before_after import legs_by_service
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import Summary

__all__ = ["slower_leg"]

_QUANTILES = (("median", 0.5, 5), ("95 of 100 within", 0.95, 20))
"""What is compared, each with how many delays it takes to say anything about it."""
_DIGITS = 3
"""Significant digits of a delay: the sketch is exact to one percent."""
_RESOLUTION = 1.0
"""Seconds: stamps have whole ones, so a smaller difference is none."""


def slower_leg(earlier: Summary, current: Summary, tolerance: float) -> Iterator[Finding]:
    """HOP651: the legs of a kind take longer than in the run that --against names, by more than the tolerance.

    Compares the medians, and what 95 of 100 legs stay below, of legs between the same two kinds of service. Legs that
    either run has fewer than 5 of are passed over, and fewer than 20 for the second number, as are differences of less
    than a second, which is what stamps are exact to.
    """
    earlier_legs = legs_by_service(earlier)
    for name, leg in sorted(legs_by_service(current).items()):
        earlier_leg = earlier_legs.get(name)
        if earlier_leg is None:
            continue
        growth = list(_growth(earlier_leg.delay, leg.delay, tolerance))
        if growth:
            counts = f"{_timed(leg.delay)} legs, were {_timed(earlier_leg.delay)}"
            message = f"The leg {name} got slower: {'; '.join(growth)} ({counts})."
            yield Finding(code="HOP651", severity=Severity.WARNING, message=message)


def _growth(earlier: Sketch, current: Sketch, tolerance: float) -> Iterator[str]:
    """The quantiles that grew, in words."""
    for name, share, fewest in _QUANTILES:
        if min(_timed(earlier), _timed(current)) < fewest:
            continue
        was, is_ = _quantile(earlier, share), _quantile(current, share)
        if is_ > was * (1 + tolerance) and is_ - was >= _RESOLUTION:
            yield f"{name} {duration(timedelta(seconds=is_))}, was {duration(timedelta(seconds=was))}"


def _timed(delays: Sketch) -> int:
    """How many delays count: a negative one is a difference of clocks and says nothing of a leg."""
    return delays.count - delays.negative


def _quantile(delays: Sketch, share: float) -> float:
    seconds = delays.nonnegative_quantile(share)
    return round(seconds, _DIGITS - 1 - floor(log10(seconds))) if seconds else 0.0
