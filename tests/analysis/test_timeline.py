"""The geometry of a timeline: lanes, marks, gaps, breaks, ticks."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope.analysis.timeline import MOST_LANES, Kind, Timeline, timeline
from hopscope.model import DateTime, HeaderField, Hop, Label, Route, Service, ServiceWithoutHeader, Stamp
from hopscope.parser.route import hops as in_order

from .messages import FE, MBX, POSTFIX, mapi, message, smtp

NOON = datetime(2017, 3, 8, 12, tzinfo=UTC)


def dated(*seconds: float | None, service: Service = Service.OTHER_MTA) -> tuple[Hop, ...]:
    """Hops at these seconds after noon, each on a separate server; ``None``: without a time."""
    stamps = []
    for second in seconds:
        value = None if second is None else NOON + timedelta(seconds=second)
        field = HeaderField(name="Received", body="", line=1)
        stamps.append(Stamp(field=field, date_time=DateTime(text="", value=value)))
    return tuple(replace(hop, label=Label(service=service)) for hop in in_order(reversed(stamps)))


def drawn(route: Route) -> Timeline:
    return timeline(route.hops)


def places(*seconds: float | None) -> list[float]:
    return [round(mark.place, 3) for mark in timeline(dated(*seconds)).marks]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param((0, 1, 4), [0, 0.25, 1], id="in proportion"),
        pytest.param((5, 5, 5), [0, 0, 0], id="all at one time"),
        pytest.param((5,), [0], id="one hop"),
        pytest.param((10, 0, 20), [0.5, 0, 1], id="a later hop with an earlier time"),
        pytest.param((0, None, 10), [0, 0.5, 1], id="without a time: between its neighbours"),
        pytest.param((0, None, None, 9, 10), [0, 0.3, 0.6, 0.9, 1], id="two without a time"),
        pytest.param((None, 0, 10), [0, 0.07, 1], id="before the first time: beside the axis"),
        pytest.param((0, 10, None), [0, 0.93, 0.965], id="after the last time: beside the axis"),
        pytest.param((None, None, None), [0, 0.5, 1], id="no time at all: just the order"),
        pytest.param((None,), [0], id="one hop without a time"),
        pytest.param((), [], id="no hop"),
    ],
)
def test_positions(seconds: tuple[float | None, ...], expected: list[float]) -> None:
    assert places(*seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "broken"),
    [
        pytest.param((0, 1, 2), [], id="even"),
        pytest.param((0, 1, 9), [], id="a long one beside which the other is seen"),
        pytest.param((0, 86400), [], id="one span has nothing to be seen beside it"),
        pytest.param((0, 1, 86400), [86399], id="a day beside a second"),
        pytest.param((0, 1, 3601, 1_000_000), [3600, 996399], id="an hour, and days"),
        pytest.param((100_000, 0, 5), [99_995], id="a clock that is wrong by a day"),
        pytest.param((0, 1, 21, 1000, 30_000, 1_000_000), [970_000, 29_000, 979], id="no more than three"),
    ],
)
def test_the_axis_is_broken_at_a_dominant_gap(seconds: tuple[float, ...], broken: list[float]) -> None:
    breaks = timeline(dated(*seconds)).axis.breaks
    assert sorted(each.length.total_seconds() for each in breaks) == sorted(broken)


def test_a_broken_gap_leaves_other_gaps_visible() -> None:
    first, second, third = places(0, 1, 86400)
    assert second - first > 0.5
    assert third - second > 0.3


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        pytest.param((mapi("a"), smtp("a", "a")), [Kind.TRANSIT], id="after a mapi stamp: on the way"),
        pytest.param(
            (smtp("a", "b", via=FE), smtp("b", "c")), [Kind.TRANSIT], id="after Front End Transport, likewise"
        ),
        pytest.param((mapi("a"), smtp("a", "a"), smtp("a", "a", via=MBX)), [Kind.TRANSIT, Kind.QUEUE], id="Transport"),
        pytest.param((POSTFIX, POSTFIX), [Kind.TRANSIT], id="whether another system queues is not told"),
    ],
)
def test_only_queueing_services_are_shown_as_queueing(stamps: tuple[str, ...], expected: list[Kind]) -> None:
    assert [gap.kind for gap in drawn(message(*stamps)).gaps] == expected


def test_a_gap_across_an_undated_hop_is_unattributed() -> None:
    (gap,) = timeline(dated(0, None, 20, service=Service.TRANSPORT)).gaps
    assert (gap.kind, gap.delay) == (Kind.LEGS, timedelta(seconds=20))


@pytest.mark.parametrize(
    ("service", "expected"), [(Service.HUB_TRANSPORT, Kind.LEGS), (Service.FRONT_END, Kind.QUEUE), (None, Kind.QUEUE)]
)
def test_a_gap_across_a_queueing_service_without_header_is_unattributed(
    service: Service | None, expected: Kind
) -> None:
    before, after = dated(0, 10, service=Service.TRANSPORT)
    between = ServiceWithoutHeader(after=1, name="some service", service=service, evidence="it was seen")
    (gap,) = timeline((before, between, after)).gaps
    assert gap.kind is expected


def test_an_earlier_time_is_not_a_delay() -> None:
    (gap,) = timeline(dated(20, None, 0, service=Service.TRANSPORT)).gaps
    assert (gap.kind, gap.places) == (Kind.NEGATIVE, (0.0, 1.0))


def test_lanes_are_services_on_servers_in_path_order() -> None:
    route = message(mapi("mb1.example"), smtp("mb1.example", "MB1.example"), smtp("mb1", "mb2.example"), POSTFIX)
    lanes = drawn(route).lanes
    assert [(lane.name, lane.servers) for lane in lanes] == [
        ("mapi submission", ("mb1.example",)),
        ("Transport", ("MB1.example",)),
        ("Transport", ("mb2.example",)),
        ("Postfix", ("y.example.net",)),
    ]


def test_letter_case_and_short_names_share_a_lane() -> None:
    names = ("MB1", "mb1.example", "MB1.EXAMPLE")
    lanes = drawn(message(*(smtp("x", name, via=FE) for name in names))).lanes
    assert len({lane.servers for lane in lanes}) == 1
    assert lanes[0].servers[0].lower() == "mb1.example"


def test_a_return_to_a_service_uses_the_same_lane() -> None:
    route = message(smtp("a", "b"), smtp("b", "a"), smtp("a", "b"), smtp("b", "a"))
    numbers = [mark.lane for mark in drawn(route).marks]
    assert len(set(numbers)) < len(numbers)


@pytest.mark.parametrize("count", [MOST_LANES, MOST_LANES + 1, 500])
def test_many_servers_of_other_systems_share_a_lane(count: int) -> None:
    stamps = [POSTFIX.replace("y.example.net", f"y{index}.example.net") for index in range(count)]
    lanes = drawn(message(*(f"{each}; Wed, 8 Mar 2017 11:15:00 +0100" for each in stamps))).lanes
    assert len(lanes) == (count if count <= MOST_LANES else 1)
    assert sum(len(lane.servers) for lane in lanes) == count


def test_many_servers_of_one_service_share_a_lane() -> None:
    stamps = [smtp(f"h{index}", f"h{index + 1}", via=FE) for index in range(MOST_LANES + 4)]
    (lane,) = drawn(message(*stamps)).lanes
    assert (lane.name, len(lane.servers)) == ("Front End Transport", MOST_LANES + 4)


def test_a_service_without_header_has_a_separate_lane_between_hops() -> None:
    before, after = dated(0, 10)
    service = ServiceWithoutHeader(after=1, name="outbound pool", evidence="it was seen")
    found = timeline((before, service, after))
    assert [(mark.place, mark.dated) for mark in found.marks] == [(0, True), (0.5, False), (1, True)]
    assert [lane.name for lane in found.lanes][1:] == ["outbound pool"]
    assert len(found.gaps) == 1


@pytest.mark.parametrize(
    ("seconds", "count", "step", "expected"),
    [
        pytest.param((0, 3), 4, 1, [0, 1, 2, 3], id="seconds"),
        pytest.param((1, 61), 4, 15, [15, 30, 45, 60], id="round ones"),
        pytest.param((0, 7200), 4, 1800, [0, 1800, 3600, 5400, 7200], id="half hours"),
        pytest.param((0.25, 0.5), 3, 0.1, [0.3, 0.4, 0.5], id="less than a second"),
        pytest.param((0, 1), 9, 1, [0, 1], id="no closer than the times are exact"),
        pytest.param((5, 5), 4, 1, [5], id="no time at all"),
        pytest.param((0, 3 * 86400), 4, 86400, [43200, 129600, 216000], id="days start at midnight"),
        pytest.param((7, 9, 100_007), 4, 1, [7, 8, 9, 100_007], id="behind a break, where it ends"),
    ],
)
def test_ticks(seconds: tuple[float, ...], count: int, step: float, expected: list[float]) -> None:
    found, ticks = timeline(dated(*seconds)).axis.ticks(count, UTC)
    assert found.total_seconds() == step
    assert [(tick.time - NOON).total_seconds() for tick in ticks] == expected


def test_ticks_are_round_in_the_displayed_time_zone() -> None:
    zone = timezone(timedelta(hours=5, minutes=45))
    _, ticks = timeline(dated(0, 86400)).axis.ticks(4, zone)
    assert {tick.time.tzinfo for tick in ticks} == {zone}
    assert {tick.time.minute for tick in ticks} == {0}


def test_the_first_tick_after_a_break_is_marked() -> None:
    _, ticks = timeline(dated(0, 1, 100_000)).axis.ticks(2, UTC)
    assert [tick.first for tick in ticks].count(True) == 2


seconds_ = st.lists(st.none() | st.integers(-(10**9), 10**9) | st.integers(0, 5), max_size=12)


@given(seconds_)
def test_every_hop_has_one_mark_within_the_axis(seconds: list[int | None]) -> None:
    found = timeline(dated(*seconds))
    assert [mark.hop.number for mark in found.marks if mark.hop] == list(range(1, len(seconds) + 1))
    assert all(0 <= mark.place <= 1 for mark in found.marks)
    assert [mark.dated for mark in found.marks] == [second is not None for second in seconds]


@given(seconds_)
def test_positions_are_in_time_order_and_earlier_times_give_negative_gaps(seconds: list[int | None]) -> None:
    found = timeline(dated(*seconds))
    times = sorted((mark.hop.time, mark.place) for mark in found.marks if mark.hop and mark.hop.time)
    assert [place for _, place in times] == sorted(place for _, place in times)
    for gap in found.gaps:
        assert (gap.kind is Kind.NEGATIVE) == (gap.after.place < gap.before.place)
        assert (gap.delay == timedelta(0)) == (gap.after.place == gap.before.place)
    assert len(found.gaps) == max(sum(second is not None for second in seconds) - 1, 0)


@given(seconds_, st.integers(2, 12))
def test_ticks_are_at_their_times(seconds: list[int | None], count: int) -> None:
    axis = timeline(dated(*seconds)).axis
    _, ticks = axis.ticks(count, UTC)
    assert all(tick.place == pytest.approx(axis.place(tick.time)) for tick in ticks)
    assert bool(ticks) == bool(axis.corners)
    assert len(ticks) <= count + 5
    assert [tick.place for tick in ticks] == sorted(tick.place for tick in ticks)


def test_ten_thousand_hops_are_ten_thousand_marks() -> None:
    hops = dated(*range(10_000))
    found = timeline(hops)
    assert len(found.marks) == 10_000
    assert len(found.axis.corners) == 2


def test_the_timeline_of_a_sample(samples: Path) -> None:
    data = (samples / "inbound-edge-2010-to-2013.eml").read_bytes()
    found = timeline(hopscope.read(data).hops)
    assert [gap.kind for gap in found.gaps] == [Kind.TRANSIT, Kind.TRANSIT, Kind.QUEUE, Kind.TRANSIT, Kind.QUEUE]
