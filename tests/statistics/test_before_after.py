"""Comparison of two summaries: added, removed, slower and faster legs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.checks.latency import slower_leg
from hopscope.statistics.before_after import Verdict, before_after
from hopscope.statistics.digest import Digest
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import Summary

from .organisations import EPOCH, hop, message, stamps_of, summary


def verdicts(before: Summary, after: Summary) -> dict[str, Verdict]:
    return {change.name: change.verdict for change in before_after(before, after).legs}


def dump(*names: str, took: float = 1, count: int = 10) -> Summary:
    return summary(message(*stamps_of(*names), took=took) for _ in range(count))


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (dump("fe:a", "tr:a"), dump("fe:b", "tr:c"), Verdict.SAME),
        (dump("fe:a", "tr:a", took=4), dump("fe:a", "tr:a", took=9), Verdict.SLOWER),
        (dump("fe:a", "tr:a", took=9), dump("fe:a", "tr:a", took=4), Verdict.FASTER),
        (dump("fe:a", "tr:a", took=0.1), dump("fe:a", "tr:a", took=0.9), Verdict.SAME),
        (dump("fe:a", "tr:a", took=10), dump("fe:a", "tr:a", took=12), Verdict.SAME),
        (dump("fe:a", "tr:a", took=4), dump("fe:a", "tr:a", took=9, count=4), Verdict.FEW),
        (dump("fe:a", "tr:a"), dump("fe:a", "mb:a"), Verdict.GONE),
        (dump("fe:a", "mb:a"), dump("fe:a", "tr:a"), Verdict.NEW),
    ],
)
def test_a_kind_of_leg_has_one_verdict(before: Summary, after: Summary, verdict: Verdict) -> None:
    assert verdicts(before, after)["Front End Transport -> Transport"] is verdict


def test_a_dump_equals_itself() -> None:
    assert before_after(dump("fe:a", "tr:a"), dump("fe:a", "tr:a")).same
    assert before_after(Summary(), Summary()).same
    assert not before_after(dump("fe:a", "tr:a"), dump("fe:a")).same


def skewed(ahead: float) -> Summary:
    """Ten messages from a server to another one and back, 2 s apart; the clock of the second one is ahead."""
    ends = stamps_of("fe:a.corp.example", "tr:b.corp.example", "mb:a.corp.example")
    times = (EPOCH, EPOCH + 2 + ahead, EPOCH + 4)
    delays = (None, 2 + ahead, 2 - ahead)
    hops = tuple(hop(*end, time, delay) for end, time, delay in zip(ends, times, delays, strict=True))
    return summary(Digest(source="m.eml", message_id=None, hops=hops) for _ in range(10))


def test_delays_are_compared_without_clock_skew() -> None:
    difference = before_after(skewed(0), skewed(60))
    assert difference.same
    changes = {change.name: change for change in difference.legs}
    change = changes["Front End Transport -> Transport"]
    assert change.after_p90 == pytest.approx(2, abs=1)
    assert change.after_raw_p90 == pytest.approx(62, abs=1)
    assert change.before_raw_p90 is None
    assert not list(slower_leg(skewed(0), skewed(60), 0.5))


@given(st.lists(st.integers(-3000, 3000), max_size=20), st.integers(-3000, 3000))
def test_moved_durations_have_the_quantiles_of_a_moved_sketch(durations: list[int], seconds: int) -> None:
    sketch, expected = Sketch(), Sketch()
    for duration in durations:
        sketch.add(duration)
        expected.add(max(duration + seconds, 0))
    moved = sketch.moved(seconds)
    assert (moved.count, moved.negative, moved.least, moved.most) == (expected.count, 0, expected.least, expected.most)
    for share in (0.5, 0.9):
        error = 0.03 * (3000 + abs(seconds))
        assert (moved.quantile(share) or 0) == pytest.approx(expected.quantile(share) or 0, abs=error)
