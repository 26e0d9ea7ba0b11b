"""Routes: the order of hops, the delays between them, and what is unknown."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.model import DateTime, HeaderField, Hop, Stamp
from hopscope.parser import parse, route

START = datetime(2012, 7, 31, 11, 52, 42, tzinfo=UTC)


def stamp(second: int | None, name: str = "") -> Stamp:
    """A stamp dated so many seconds after the start, or undated."""
    date_time = None if second is None else DateTime(text="", value=START + timedelta(seconds=second), zone_known=True)
    return Stamp(field=HeaderField(name="Received", body=name, line=1), date_time=date_time)


def hops(*seconds: int | None) -> tuple[Hop, ...]:
    """Hops of stamps in path order."""
    return route.hops([stamp(second) for second in reversed(seconds)])


def test_without_stamps_there_are_no_hops() -> None:
    assert route.hops([]) == ()


def test_the_stamp_at_the_bottom_is_the_first_hop() -> None:
    found = route.hops(stamp(0, name) for name in ("newest", "middle", "oldest"))
    assert [(hop.number, hop.stamp.field.body) for hop in found] == [(1, "oldest"), (2, "middle"), (3, "newest")]


@pytest.mark.parametrize(
    ("seconds", "delays", "spans"),
    [
        pytest.param([0], [None], [1], id="the origin has no delay"),
        pytest.param([0, 1, 3], [None, 1, 2], [1, 1, 1], id="since the hop before"),
        pytest.param([0, 0], [None, 0], [1, 1], id="zero is known"),
        pytest.param([5, 2], [None, -3], [1, 1], id="clocks differ"),
        pytest.param([0, None, 7], [None, None, 7], [1, 1, 2], id="over one hop without a date"),
        pytest.param([0, None, None, 7, 8], [None, None, None, 7, 1], [1, 1, 1, 3, 1], id="over two, then on"),
        pytest.param([None, 4, 5], [None, None, 1], [1, 1, 1], id="nothing dated before"),
        pytest.param([0, None], [None, None], [1, 1], id="no date at the end"),
        pytest.param([None, None], [None, None], [1, 1], id="no date at all"),
    ],
)
def test_delays(seconds: list[int | None], delays: list[int | None], spans: list[int]) -> None:
    found = hops(*seconds)
    assert [None if hop.delay is None else hop.delay.total_seconds() for hop in found] == delays
    assert [hop.hops_covered for hop in found] == spans


def test_an_unreadable_date_is_unknown() -> None:
    unread = Stamp(field=HeaderField(name="Received", body="", line=1), date_time=DateTime(text="yesterday"))
    found = route.hops([stamp(3), unread, stamp(0)])
    assert [(hop.delay, hop.hops_covered) for hop in found] == [(None, 1), (None, 1), (timedelta(seconds=3), 2)]


def test_delays_do_not_depend_on_zones() -> None:
    lines = ["from b by c; Tue, 31 Jul 2012 21:52:45 +1000", "from a by b; Tue, 31 Jul 2012 06:52:42 -0500"]
    last = parse("".join(f"Received: {line}\r\n" for line in lines)).hops[-1]
    assert last.delay == timedelta(seconds=3)


SECONDS = st.lists(st.none() | st.integers(-(10**6), 10**6), max_size=8)


@given(SECONDS)
def test_delays_sum_to_the_last_date_minus_the_first(seconds: list[int | None]) -> None:
    known = [second for second in seconds if second is not None]
    delays = [hop.delay for hop in hops(*seconds) if hop.delay is not None]
    assert len(delays) == max(0, len(known) - 1)
    assert sum(delays, timedelta()) == (timedelta(seconds=known[-1] - known[0]) if known else timedelta())


@given(SECONDS)
def test_spans_cover_every_leg_between_the_first_and_the_last_dated_hop(seconds: list[int | None]) -> None:
    dated = [number for number, second in enumerate(seconds) if second is not None]
    spans = sum(hop.hops_covered for hop in hops(*seconds) if hop.delay is not None)
    assert spans == (dated[-1] - dated[0] if dated else 0)


@given(st.lists(st.sampled_from(["from a by b", "", "(", "x; Tue, 31 Jul 2012 21:52:42 +1000"]), max_size=8))
def test_every_received_field_is_a_hop(bodies: list[str]) -> None:
    block = "Subject: x\r\n" + "".join(f"Received: {body}\r\nX-Other: y\r\n" for body in bodies)
    found = parse(block).hops
    assert [hop.stamp.field.body for hop in found] == bodies[::-1]
    assert [hop.number for hop in found] == list(range(1, len(bodies) + 1))
