"""Comparison of two summaries, such as before and after a migration: legs that are new, gone, slower or faster."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from hopscope.statistics.clock_offsets import skew
from hopscope.statistics.legs import ENOUGH, TimedLeg, leg_kinds, legs
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import Summary

__all__ = [
    "FACTOR",
    "LEAST",
    "Change",
    "Difference",
    "ServiceLeg",
    "Verdict",
    "before_after",
    "legs_by_service",
]

FACTOR = 1.5
"""Minimum ratio of the p90 delays to call a leg slower or faster."""
LEAST = 1.0
"""Minimum difference of the p90 delays in seconds, as Received fields record whole seconds."""


class Verdict(StrEnum):
    """How the delays of a leg changed."""

    NEW = "new"
    GONE = "gone"
    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"
    FEW = "too few delays"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """All legs between two services, before and after; the hosts may differ.

    Delays between two clocks that certainly differ are corrected for the clock skew.
    """

    name: str
    before: int
    """Number of hops."""
    after: int
    before_p50: float | None
    """Seconds, as the other quantiles; ``None`` without known delays."""
    after_p50: float | None
    before_p90: float | None
    after_p90: float | None
    before_raw_p90: float | None
    """The p90 as recorded; ``None`` if no delay was corrected."""
    after_raw_p90: float | None
    verdict: Verdict


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison of two summaries."""

    before_source: str
    """The source of the summary, such as its file name."""
    after_source: str
    before: int
    """Number of messages."""
    after: int
    total: Change
    """Total delay of a message, from the first to the last hop."""
    legs: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether no leg is new, gone, slower or faster."""
        return all(change.verdict in {Verdict.SAME, Verdict.FEW} for change in (self.total, *self.legs))


def before_after(
    earlier_summary: Summary, later_summary: Summary, sources: tuple[str, str] = ("before", "after")
) -> Difference:
    """Compare two summaries.

    Args:
        earlier_summary: The summary before a change.
        later_summary: The summary after the change.
        sources: The sources of both, such as their file names.
    """
    earlier, later = legs_by_service(earlier_summary), legs_by_service(later_summary)
    legs = [_change(name, earlier, later) for name in sorted({*earlier, *later})]
    totals = (
        {"first to last hop": ServiceLeg(summary.messages, summary.total, summary.total)}
        for summary in (earlier_summary, later_summary)
    )
    return Difference(
        before_source=sources[0],
        after_source=sources[1],
        before=earlier_summary.messages,
        after=later_summary.messages,
        total=_change("first to last hop", *totals),
        legs=tuple(sorted(legs, key=lambda change: -max(change.before, change.after))),
    )


class ServiceLeg(msgspec.Struct):
    """All legs between two services."""

    count: int = 0
    delay: Sketch = msgspec.field(default_factory=Sketch)
    """Corrected for clock skew."""
    recorded: Sketch = msgspec.field(default_factory=Sketch)
    is_corrected: bool = False
    """Whether some delays are corrected."""


def legs_by_service(summary: Summary) -> dict[str, ServiceLeg]:
    """The legs between the same two services, merged over all hosts, by ``Front End Transport -> Transport``.

    Delays between two clocks that certainly differ are corrected for the clock skew.
    """
    kinds = leg_kinds(legs(summary, skew(summary)))
    return {f"{kind.key.from_service or '(start)'} -> {kind.key.to_service}": _service_leg(kind) for kind in kinds}


def _service_leg(kind: TimedLeg) -> ServiceLeg:
    return ServiceLeg(kind.leg.count, kind.delay, kind.leg.delay, kind.correction is not None)


def _change(name: str, earlier: Mapping[str, ServiceLeg], later: Mapping[str, ServiceLeg]) -> Change:
    earlier_leg, later_leg = earlier.get(name, ServiceLeg()), later.get(name, ServiceLeg())
    return Change(
        name=name,
        before=earlier_leg.count,
        after=later_leg.count,
        before_p50=earlier_leg.delay.quantile(0.5),
        after_p50=later_leg.delay.quantile(0.5),
        before_p90=earlier_leg.delay.quantile(0.9),
        after_p90=later_leg.delay.quantile(0.9),
        before_raw_p90=earlier_leg.recorded.quantile(0.9) if earlier_leg.is_corrected else None,
        after_raw_p90=later_leg.recorded.quantile(0.9) if later_leg.is_corrected else None,
        verdict=next(_verdicts(earlier_leg, later_leg)),
    )


def _verdicts(earlier: ServiceLeg, later: ServiceLeg) -> Iterator[Verdict]:
    """All verdicts that apply; the first one counts."""
    if earlier.count and not later.count:
        yield Verdict.GONE
    if later.count and not earlier.count:
        yield Verdict.NEW
    if min(earlier.delay.count, later.delay.count) < ENOUGH:
        yield Verdict.FEW if max(earlier.delay.count, later.delay.count) else Verdict.SAME
    earlier_p90, later_p90 = earlier.delay.quantile(0.9) or 0.0, later.delay.quantile(0.9) or 0.0
    if later_p90 > earlier_p90 * FACTOR and later_p90 - earlier_p90 >= LEAST:
        yield Verdict.SLOWER
    if earlier_p90 > later_p90 * FACTOR and earlier_p90 - later_p90 >= LEAST:
        yield Verdict.FASTER
    yield Verdict.SAME
