"""HOP651: the leg delays of a run compared with those of an earlier run."""

from collections.abc import Iterator
from datetime import timedelta
from math import floor, log10

from hopscope.analysis.phrases import duration
from hopscope.model import Finding, Severity
from hopscope.statistics.before_after import legs_by_service
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import Summary

__all__ = ["slower_leg"]

_QUANTILES = (("p50", 0.5, 5), ("p95", 0.95, 20))
"""The percentiles that are compared, each with the fewest delays it needs."""
_DIGITS = 3
"""Significant digits of a delay: the sketch is exact to one percent."""
_RESOLUTION = 1.0
"""Seconds: stamps have whole ones, so a smaller difference is none."""


def slower_leg(earlier: Summary, current: Summary, tolerance: float) -> Iterator[Finding]:
    """HOP651: Legs between two services are slower than in the run of --against, by more than the tolerance.

    Compares p50 and p95 of the legs between the same two services. p50 needs 5 legs in both runs, p95 needs 20.
    Delays between clocks that certainly differ are corrected. Differences below a second, the resolution of Received
    fields, are ignored.
    """
    earlier_legs = legs_by_service(earlier)
    for name, leg in sorted(legs_by_service(current).items()):
        earlier_leg = earlier_legs.get(name)
        if earlier_leg is None:
            continue
        growth = list(_growth(earlier_leg.delay, leg.delay, tolerance))
        if growth:
            counts = f"{_timed(leg.delay)} legs, before {_timed(earlier_leg.delay)}"
            skewed = ", corrected for clock skew" if leg.is_corrected or earlier_leg.is_corrected else ""
            message = f"{name} is slower: {'; '.join(growth)} ({counts}{skewed})."
            yield Finding(
                code="HOP651",
                severity=Severity.WARNING,
                message=message,
                cause="Consistent with more load, back pressure or retries at the first service, or another route.",
                checks=("Run hopscope stats --by leg on the messages of both runs: which servers are slower?",),
            )


def _growth(earlier: Sketch, current: Sketch, tolerance: float) -> Iterator[str]:
    """The percentiles that grew, in words."""
    for name, share, fewest in _QUANTILES:
        if min(_timed(earlier), _timed(current)) < fewest:
            continue
        was, is_ = _quantile(earlier, share), _quantile(current, share)
        if is_ > was * (1 + tolerance) and is_ - was >= _RESOLUTION:
            yield f"{name} {duration(timedelta(seconds=is_))}, before {duration(timedelta(seconds=was))}"


def _timed(delays: Sketch) -> int:
    """How many delays count: a negative one is clock skew, not a delay."""
    return delays.count - delays.negative


def _quantile(delays: Sketch, share: float) -> float:
    seconds = delays.nonnegative_quantile(share)
    return round(seconds, _DIGITS - 1 - floor(log10(seconds))) if seconds else 0.0
