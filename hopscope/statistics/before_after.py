"""Two summaries, such as of before and after a migration: what came, what went, what got slower or faster."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import Summary

__all__ = [
    "ENOUGH",
    "FACTOR",
    "LEAST",
    "Change",
    "Difference",
    "ServiceLeg",
    "Verdict",
    "before_after",
    "legs_by_service",
]

ENOUGH = 5
"""Fewer delays on either side tell of no change."""
FACTOR = 1.5
"""So many times as long, or as short, is a change of what 9 of 10 delays stay below."""
LEAST = 1.0
"""Seconds: stamps have whole ones, so a smaller difference is none."""


class Verdict(StrEnum):
    """What became of a kind of leg."""

    NEW = "new"
    GONE = "gone"
    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"
    FEW = "too few to tell"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of leg, from service to service, before and after: hosts may have changed."""

    name: str
    before: int
    """How many hops; 0: none."""
    after: int
    before_p50: float | None
    """Seconds, as the others."""
    after_p50: float | None
    before_p90: float | None
    after_p90: float | None
    verdict: Verdict


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Two summaries side by side."""

    before_source: str
    """Where the summary was read, such as the name of its file."""
    after_source: str
    before: int
    """Messages."""
    after: int
    total: Change
    """First stamp to last."""
    legs: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether nothing came, went, or got slower or faster."""
        return all(change.verdict in {Verdict.SAME, Verdict.FEW} for change in (self.total, *self.legs))


def before_after(
    earlier_summary: Summary, later_summary: Summary, sources: tuple[str, str] = ("before", "after")
) -> Difference:
    """What differs between two summaries.

    Args:
        earlier_summary: The one before a change.
        later_summary: The one after it.
        sources: Where the two were read.
    """
    earlier, later = legs_by_service(earlier_summary), legs_by_service(later_summary)
    legs = [_change(name, earlier, later) for name in sorted({*earlier, *later})]
    totals = (
        {"first to last hop": ServiceLeg(summary.messages, summary.total)}
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


def legs_by_service(summary: Summary) -> dict[str, ServiceLeg]:
    """All legs between the same two services, whatever their hosts, by ``Front End Transport -> Transport``."""
    kinds: dict[str, ServiceLeg] = {}
    for key, leg in summary.legs.items():
        kind = kinds.setdefault(f"{key.from_service or '(start)'} -> {key.to_service}", ServiceLeg())
        kind.count += leg.count
        kind.delay.merge(leg.delay)
    return kinds


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
        verdict=next(_verdicts(earlier_leg, later_leg)),
    )


def _verdicts(earlier: ServiceLeg, later: ServiceLeg) -> Iterator[Verdict]:
    """What holds; the first counts."""
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
