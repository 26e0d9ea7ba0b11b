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


def before_after(before: Summary, after: Summary) -> Difference:
    """What differs between two summaries."""
    earlier, later = legs_by_service(before), legs_by_service(after)
    legs = [_change(name, earlier, later) for name in sorted({*earlier, *later})]
    totals = ({"first stamp to last": ServiceLeg(summary.messages, summary.total)} for summary in (before, after))
    return Difference(
        before=before.messages,
        after=after.messages,
        total=_change("first stamp to last", *totals),
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


def _change(name: str, before: Mapping[str, ServiceLeg], after: Mapping[str, ServiceLeg]) -> Change:
    one, other = before.get(name, ServiceLeg()), after.get(name, ServiceLeg())
    return Change(
        name=name,
        before=one.count,
        after=other.count,
        before_p50=one.delay.quantile(0.5),
        after_p50=other.delay.quantile(0.5),
        before_p90=one.delay.quantile(0.9),
        after_p90=other.delay.quantile(0.9),
        verdict=next(_verdicts(one, other)),
    )


def _verdicts(one: ServiceLeg, other: ServiceLeg) -> Iterator[Verdict]:
    """What holds; the first counts."""
    if one.count and not other.count:
        yield Verdict.GONE
    if other.count and not one.count:
        yield Verdict.NEW
    if min(one.delay.count, other.delay.count) < ENOUGH:
        yield Verdict.FEW if max(one.delay.count, other.delay.count) else Verdict.SAME
    was, is_ = one.delay.quantile(0.9) or 0.0, other.delay.quantile(0.9) or 0.0
    if is_ > was * FACTOR and is_ - was >= LEAST:
        yield Verdict.SLOWER
    if was > is_ * FACTOR and was - is_ >= LEAST:
        yield Verdict.FASTER
    yield Verdict.SAME
