"""How long legs take, against an earlier run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.checks.latency import Latency, LegTimes, slower_leg

FIRST = "Received: from x.example by a.example (Postfix) with ESMTP id A1; Wed, 8 Mar 2017 11:00:00 +0100\n"
LEG = "other MTA -> other MTA"


def times(*delays: float) -> LegTimes:
    """The times of a leg that took so many seconds in each of several messages."""
    latency = Latency()
    for seconds in delays:
        minutes, rest = divmod(int(seconds), 60)
        date = f"Wed, 8 Mar 2017 11:{minutes:02}:{rest:02} +0100"
        stamp = f"Received: from a.example by b.example (Postfix) with ESMTP id A2; {date}\n"
        latency.add(hopscope.read(f"{stamp}{FIRST}\n"))
    (found,) = latency.times()
    return found


def leg(count: int, median: float, p95: float, name: str = LEG) -> LegTimes:
    return LegTimes(leg=name, count=count, median_seconds=median, p95_seconds=p95)


def test_times_are_the_median_and_what_95_of_100_do_not_exceed() -> None:
    assert times(*range(1, 101)) == leg(100, 50, 95)
    assert times(7) == leg(1, 7, 7)
    assert times(0, 0, 9) == leg(3, 0, 9)


def test_unknown_and_negative_delays_are_passed_over() -> None:
    latency = Latency()
    undated = "Received: from a.example by b.example (Postfix) with ESMTP id A2\n"
    early = "Received: from a.example by b.example (Postfix) with ESMTP id A2; Wed, 8 Mar 2017 10:00:00 +0100\n"
    for text in (undated, early):
        latency.add(hopscope.read(f"{text}{FIRST}\n"))
    assert latency.times() == ()


@given(st.lists(st.integers(0, 3599), min_size=1, max_size=20))
def test_times_are_of_the_delays_to_three_digits(delays: list[int]) -> None:
    found = times(*delays)
    assert found.count == len(delays)
    assert min(delays) * 0.995 <= found.median_seconds <= found.p95_seconds <= max(delays) * 1.005


@pytest.mark.parametrize(
    ("before", "now", "message"),
    [
        (leg(9, 10, 99), leg(8, 16, 99), f"The leg {LEG} got slower: median 16 s, was 10 s (8 legs, were 9)."),
        (
            leg(20, 10, 20),
            leg(20, 10, 31),
            f"The leg {LEG} got slower: 95 of 100 within 31 s, was 20 s (20 legs, were 20).",
        ),
        (
            leg(20, 0, 20),
            leg(20, 1, 31),
            f"The leg {LEG} got slower: median 1 s, was 0 s; 95 of 100 within 31 s, was 20 s (20 legs, were 20).",
        ),
        (leg(9, 10, 20), leg(8, 15, 20), None),
        (leg(9, 10, 20), leg(8, 5, 20), None),
        (leg(9, 0.5, 20), leg(8, 1, 20), None),
        (leg(4, 10, 20), leg(90, 99, 99), None),
        (leg(90, 10, 20), leg(4, 99, 99), None),
        (leg(19, 10, 20), leg(20, 10, 99), None),
        (leg(20, 10, 20, "other MTA -> Transport"), leg(20, 99, 99), None),
    ],
)
def test_a_leg_is_slower_by_more_than_the_tolerance(before: LegTimes, now: LegTimes, message: str | None) -> None:
    assert [finding.message for finding in slower_leg((before,), (now,), 0.5)] == ([message] if message else [])
