"""The clock skew in delays: what is known, what is possible, and what was surely spent."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.analysis.clock_differences import SLIGHT
from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import Holder, spent

NOON = datetime(2024, 3, 30, 12, tzinfo=UTC)
HOSTS = ["a.one.example", "b.two.test", "c.three.invalid", "d.four.example.net", "e.five.org"]


def context(*seconds: float, hosts: list[str] = HOSTS) -> MessageContext:
    """A message with one Received field per server, so many seconds after noon, oldest first."""
    times = [format_datetime(NOON + timedelta(seconds=second)) for second in seconds]
    fields = [f"Received: by {host} with SMTP; {time}\n" for host, time in zip(hosts, times, strict=False)]
    return MessageContext(route=hopscope.read("".join(reversed(fields)) + "Subject: test\n\n"))


@pytest.mark.parametrize(
    ("seconds", "known", "possible", "suspect"),
    [
        pytest.param((0, -4010, 224), 4010, 224, 2, id="identified, behind"),
        pytest.param((0, -3600, 2), 3600, 2, 2, id="a wrong time zone"),
        pytest.param((0, -40, 3), 41.5, 1.5, 2, id="an estimate"),
        pytest.param((0, -100, 500), 0, 100, 2, id="undecided, behind"),
        pytest.param((0, -100, 20), 100, 20, 2, id="identified, and some time was spent"),
        pytest.param((0, -100, 120), 0, 100, 2, id="undecided, and nearly half of the delay"),
        pytest.param((0, 1, 2), 0, 0, None, id="no contradiction"),
        pytest.param((0, 5, 2000), 0, 0, None, id="a queue"),
    ],
)
def test_the_skew_in_the_last_delay(seconds: tuple[float, ...], known: float, possible: float, suspect: int) -> None:
    wait = context(*seconds).attributed_delays[-1]
    skew = wait.clock_skew.total_seconds(), wait.possible_skew.total_seconds(), wait.suspect
    assert skew == (known, possible, suspect)
    assert wait.surely_waited == wait.delay - timedelta(seconds=known + possible)


@pytest.mark.parametrize(
    ("seconds", "known", "possible", "may_be_skew"),
    [
        pytest.param((0, -2000, 2400), 2000, 2400, True, id="40 min by the clock at both ends"),
        pytest.param((0, 4000, 2400), 1600, 2400, True, id="ahead between them"),
        pytest.param((0, 1000, 2400), 0, 0, False, id="no contradiction"),
        pytest.param((0, -3, 2400), 0, 0, False, id="a slight one"),
    ],
)
def test_the_clock_of_a_server_at_both_ends_bounds_what_was_spent(
    seconds: tuple[float, ...],
    known: float,
    possible: float,
    may_be_skew: bool,  # noqa: FBT001
) -> None:
    waits = context(*seconds, hosts=["mx.b.example", "scan.b.example", "mx.b.example"]).attributed_delays
    wait = max(waits, key=lambda wait: wait.delay)
    skew = wait.clock_skew.total_seconds(), wait.possible_skew.total_seconds(), wait.may_be_skew
    assert skew == (known, possible, may_be_skew)


@pytest.mark.parametrize(
    ("seconds", "may_be_skew"),
    [
        pytest.param((0, -701, 900), True, id="more than two fifths"),
        pytest.param((0, -3999, 7201), True, id="more than the whole path"),
        pytest.param((0, -120, 1200), False, id="less than a tenth"),
        pytest.param((0, -50, 300), False, id="less than a minute"),
        pytest.param((0, 318, 201), True, id="ahead"),
        pytest.param((0, -1200, -200), True, id="the first clock is ahead, but the path is shorter than the delay"),
        pytest.param((0, -1200, 20_000), False, id="the path is longer than the delay"),
    ],
)
def test_a_delay_longer_than_the_path_allows_may_be_skew(seconds: tuple[float, ...], may_be_skew: bool) -> None:  # noqa: FBT001
    waits = context(*seconds).attributed_delays
    assert max(waits, key=lambda wait: wait.delay).may_be_skew is may_be_skew


@pytest.mark.parametrize(
    ("seconds", "possible"),
    [
        pytest.param((0, 1000, 100), 900, id="next to a negative delay"),
        pytest.param((0, 1000, 1001, 400), 600, id="the path is back above the start of the delay"),
    ],
)
def test_the_skew_in_the_first_delay_of_one_domain(seconds: tuple[float, ...], possible: float) -> None:
    hosts = [f"mx{number}.example.com" for number in range(1, 5)]
    if len(seconds) > 3:
        hosts[2] = hosts[1]
    wait = context(*seconds, hosts=hosts).attributed_delays[0]
    assert wait.clock_skew + wait.possible_skew >= timedelta(seconds=possible)


@given(
    st.lists(st.integers(0, 2), min_size=5, max_size=5),
    st.integers(1, 3),
    st.one_of(st.integers(31, 93_600), st.integers(-93_600, -31)),
)
def test_a_skewed_clock_between_two_that_agree_delays_nothing(legs: list[int], skewed: int, offset: int) -> None:
    true = [sum(legs[: number + 1]) for number in range(5)]
    message = context(*(time + (offset if number == skewed else 0) for number, time in enumerate(true)))
    (clock,) = message.clocks
    assert (clock.server, clock.hops) == (HOSTS[skewed], (skewed + 1,))
    assert clock.min_skew is not None
    assert clock.max_skew is not None
    assert clock.min_skew <= timedelta(seconds=offset) <= clock.max_skew
    assert clock.max_skew - clock.min_skew <= timedelta(seconds=4)
    for wait in message.attributed_delays:
        assert (
            wait.holder is Holder.CLOCKS or wait.waited <= 2 * SLIGHT
        )  # the skew may be taken for that of a time zone
    assert sum((share.time for share in spent(message.attributed_delays)), timedelta(0)) <= timedelta(seconds=10)


@given(st.lists(st.integers(0, 100_000), min_size=5, max_size=5))
def test_no_clock_is_accused_and_no_delay_doubted_if_times_rise(legs: list[int]) -> None:
    message = context(*(sum(legs[: number + 1]) for number in range(5)))
    assert message.clocks == ()
    assert all(wait.surely_waited == wait.delay for wait in message.attributed_delays)


@given(st.lists(st.integers(-100_000, 100_000), min_size=2, max_size=5))
def test_skew_is_a_part_of_a_delay(seconds: list[int]) -> None:
    for wait in context(*seconds).attributed_delays:
        assert timedelta(0) <= wait.clock_skew
        assert timedelta(0) <= wait.possible_skew
        if wait.delay > timedelta(0):
            assert wait.clock_skew + wait.possible_skew <= wait.delay
