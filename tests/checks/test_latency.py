"""Delays of legs compared with an earlier run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.checks.latency import slower_leg
from hopscope.model import Service
from hopscope.statistics.sketch import ERROR, Sketch
from hopscope.statistics.summary import Leg, LegKey, Summary

LEG = "other MTA -> other MTA"


def legs(*delays: float, to: Service = Service.OTHER_MTA) -> Summary:
    """A summary with one leg that took so many seconds in each of several messages."""
    leg = Leg(count=len(delays), delay=Sketch(buckets={}), tls={})
    for seconds in delays:
        leg.delay.add(seconds)
    return Summary(legs={LegKey(Service.OTHER_MTA, "a.example", to, "b.example"): leg})


def slow_tail(count: int, seconds: float) -> Summary:
    """Legs of 10 s, a tenth of which take longer."""
    return legs(*[10.0] * (count - count // 10), *[seconds] * (count // 10))


@pytest.mark.parametrize(
    ("earlier", "current", "message"),
    [
        (legs(*[10.0] * 9), legs(*[16.0] * 8), f"{LEG} is slower: p50 16 s, before 10 s (8 legs, before 9)."),
        (
            slow_tail(20, 20.0),
            slow_tail(20, 31.0),
            f"{LEG} is slower: p95 31 s, before 20 s (20 legs, before 20).",
        ),
        (
            legs(*[0.0] * 20),
            legs(*[1.0] * 20),
            f"{LEG} is slower: p50 1 s, before 0 s; p95 1 s, before 0 s (20 legs, before 20).",
        ),
        pytest.param(legs(*[10.0] * 9), legs(*[15.0] * 9), None, id="by the tolerance"),
        pytest.param(legs(*[10.0] * 9), legs(*[5.0] * 9), None, id="faster"),
        pytest.param(legs(*[0.5] * 9), legs(*[1.0] * 9), None, id="by less than a second"),
        pytest.param(legs(*[10.0] * 4), legs(*[99.0] * 90), None, id="too few before"),
        pytest.param(legs(*[10.0] * 90), legs(*[99.0] * 4), None, id="too few now"),
        pytest.param(slow_tail(19, 10.0), slow_tail(19, 99.0), None, id="too few for the tail"),
        pytest.param(legs(*[9.0] * 9, to=Service.TRANSPORT), legs(*[99.0] * 9), None, id="another kind of leg"),
        pytest.param(legs(*[10.0] * 4, -1.0), legs(*[99.0] * 9), None, id="negative delays do not count"),
        pytest.param(Summary(), legs(*[99.0] * 9), None, id="a new leg"),
    ],
)
def test_a_leg_is_slower_by_more_than_the_tolerance(earlier: Summary, current: Summary, message: str | None) -> None:
    assert [finding.message for finding in slower_leg(earlier, current, 0.5)] == ([message] if message else [])


@given(st.lists(st.integers(-50, 3599), min_size=1, max_size=40), st.floats(0, 1))
def test_negative_delays_are_excluded_from_quantiles(delays: list[int], share: float) -> None:
    every, positive = Sketch(buckets={}), Sketch(buckets={})
    for seconds in delays:
        every.add(seconds)
        if seconds >= 0:
            positive.add(seconds)
    expected, quantile = positive.quantile(share), every.nonnegative_quantile(share)
    if expected is None:
        assert quantile is None
    else:
        assert quantile == pytest.approx(expected, rel=2 * ERROR)
