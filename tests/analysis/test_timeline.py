"""The geometry of a timeline: lanes, marks, gaps, breaks, ticks."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope.analysis.timeline import MOST_LANES, Kind, Timeline, least_drawn, timeline
from hopscope.model import DateTime, HeaderField, Hop, Label, Route, Service, ServiceWithoutHeader, Stamp
from hopscope.parser.route import hops as in_order

from .messages import FE, POSTFIX, mapi, message, smtp

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


def positions(*seconds: float | None) -> list[float]:
    return [round(mark.position, 3) for mark in timeline(dated(*seconds)).marks]


def widths(*delays: float) -> list[float]:
    """The length on the axis of each of these delays."""
    found = timeline(dated(*accumulate(delays, initial=0)))
    return [gap.end.position - gap.start.position for gap in found.gaps]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param((0, 1, 4), [0, 0.25, 1], id="in proportion"),
        pytest.param((5, 5, 5), [0, 0, 0], id="all at one time"),
        pytest.param((5,), [0], id="one hop"),
        pytest.param((10, 0, 20), [0.5, 0, 1], id="a later hop with an earlier time"),
        pytest.param((0, None, 10), [0, 0.5, 1], id="without a time: between its neighbours"),
        pytest.param((0, None, None, 9, 10), [0, 0.3, 0.6, 0.9, 1], id="two without a time"),
        pytest.param((None, 0, 10), [0, 0.07, 1], id="before the first time: outside the axis"),
        pytest.param((0, 10, None), [0, 0.93, 0.965], id="after the last time: outside the axis"),
        pytest.param((None, None, None), [0, 0.5, 1], id="no time at all: just the order"),
        pytest.param((None,), [0], id="one hop without a time"),
        pytest.param((), [], id="no hop"),
    ],
)
def test_positions(seconds: tuple[float | None, ...], expected: list[float]) -> None:
    assert positions(*seconds) == expected


HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("delays", "expected"),
    [
        pytest.param((2 * HOUR, 3 * HOUR), [0.4, 0.6], id="two long waits"),
        pytest.param((2, 76 * 60 + 2), [0.03, 0.97], id="an hour and two seconds"),
        pytest.param((1, 2, 7 * DAY), [0.03, 0.03, 0.94], id="a week and seconds"),
        pytest.param((1, 7 * DAY, 60, 3), [0.03, 0.91, 0.03, 0.03], id="a week between others"),
        pytest.param((1, 1, HOUR, HOUR), [0.03, 0.03, 0.47, 0.47], id="two equal ones keep the rest"),
        pytest.param((*[1] * 20, DAY), [*[0.02] * 20, 0.6], id="many short ones take 40 % at most"),
        pytest.param((0, 5, 0, 5), [0, 0.5, 0, 0.5], id="no time has no length"),
    ],
)
def test_delays_are_in_proportion_with_a_minimum(delays: tuple[float, ...], expected: list[float]) -> None:
    assert widths(*delays) == pytest.approx(expected, abs=0.0005)


@given(st.lists(st.integers(1, 10) | st.integers(1, 10**7), min_size=1, max_size=30))
def test_a_longer_delay_is_never_drawn_shorter_and_the_longest_keeps_its_width(delays: list[int]) -> None:
    drawn = widths(*delays)
    assert sum(drawn) == pytest.approx(1)
    in_order = [width for _, width in sorted(zip(delays, drawn, strict=True))]
    assert all(width <= longer + 1e-9 for width, longer in pairwise(in_order))
    share = max(delays) / sum(delays)
    assert max(drawn) >= min(0.6, 1 if share >= 0.6 else 0.6 * share) - 1e-9
    assert not timeline(dated(*accumulate(delays, initial=0))).axis.breaks
    to_scale = [(delay, width) for delay, width in zip(delays, drawn, strict=True) if width > min(drawn) + 1e-9]
    scales = [width / delay for delay, width in to_scale]
    assert scales == pytest.approx([min(scales, default=0)] * len(scales))


# Times have a resolution of a microsecond.
SECONDS = st.just(0.0) | st.floats(1e-6, 10**7)


@given(st.lists(SECONDS, min_size=1, max_size=30), st.floats(0.001, 0.5), st.floats(0.5, 1))
def test_the_shortest_is_widened_to_the_minimum_at_most(durations: list[float], least: float, total: float) -> None:
    limit = least_drawn(durations, least, total)
    drawn = [max(duration, limit) for duration in durations]
    scale = total / (sum(drawn) or 1)
    assert 0 <= limit <= max(durations)
    assert limit * scale <= max(least, total / len(durations)) + 1e-9


@pytest.mark.parametrize(
    ("delays", "expected"),
    [((1, 2, 3), 0), ((1, 2, 76 * 60), 2), ((60, 7 * DAY, 5), 60), ((), 0), ((5,), 0), ((0, 5), 0)],
)
def test_delays_that_are_not_to_scale_are_named(delays: tuple[float, ...], expected: float) -> None:
    assert timeline(dated(*accumulate(delays, initial=0))).axis.widened.total_seconds() == expected


@pytest.mark.parametrize(
    ("seconds", "corrected", "broken"),
    [
        pytest.param((0, 1, 7 * DAY), {}, [], id="a wait is never broken"),
        pytest.param((100_000, 0, 5), {}, [99_995], id="a clock that is a day ahead"),
        pytest.param((100, 0, 5, HOUR), {}, [], id="slight skew within a wait"),
        pytest.param((HOUR + 2, 0, HOUR), {}, [], id="skew that a wait covers, but for two seconds"),
        pytest.param((0, 50 * HOUR, 10, 12), {2: 9}, [10, 50 * HOUR - 12], id="longer than the corrected delay"),
        pytest.param((0, 50 * HOUR, 10, 12), {2: 11}, [50 * HOUR - 12], id="not longer than the corrected delay"),
        pytest.param((5, 0), {}, [], id="a negative delay alone"),
        pytest.param((9, 9), {}, [], id="no time at all"),
    ],
)
def test_the_axis_is_broken_only_at_clock_skew(
    seconds: tuple[float, ...], corrected: dict[int, float], broken: list[float]
) -> None:
    known = {hop: timedelta(seconds=delay) for hop, delay in corrected.items()}
    breaks = timeline(dated(*seconds), corrected=known).axis.breaks
    assert [each.length.total_seconds() for each in breaks] == broken


def test_a_wait_is_drawn_longer_than_the_skew_of_a_clock() -> None:
    """A clock of 1970: its skew would make each wait invisible."""
    found = timeline(dated(0, -(10**9), 10, 3610), corrected={3: timedelta(seconds=10)})
    first, wrong, second, third = (mark.position for mark in found.marks)
    assert wrong == 0
    assert third - second > 0.6 > second - first


def test_a_gap_across_an_undated_hop_is_unattributed() -> None:
    (gap,) = timeline(dated(0, None, 20, service=Service.TRANSPORT)).gaps
    assert (gap.kind, gap.delay) == (Kind.LEGS, timedelta(seconds=20))


@pytest.mark.parametrize(
    ("service", "expected"), [(Service.HUB_TRANSPORT, Kind.LEGS), (Service.FRONT_END, Kind.WAIT), (None, Kind.WAIT)]
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
    assert (gap.kind, gap.start.position, gap.end.position) == (Kind.NEGATIVE, 1, 0)


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
    assert [(mark.position, mark.dated) for mark in found.marks] == [(0, True), (0.5, False), (1, True)]
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
        pytest.param((100_007, 7, 9), 4, 1, [7, 8, 9, 100_007], id="after a break, where it ends"),
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
    _, ticks = timeline(dated(100_000, 0, 1)).axis.ticks(2, UTC)
    assert [tick.first for tick in ticks].count(True) == 2


seconds_ = st.lists(st.none() | st.integers(-(10**9), 10**9) | st.integers(0, 5), max_size=12)


@given(seconds_)
def test_every_hop_has_one_mark_within_the_axis(seconds: list[int | None]) -> None:
    found = timeline(dated(*seconds))
    assert [mark.hop.number for mark in found.marks if mark.hop] == list(range(1, len(seconds) + 1))
    assert all(0 <= mark.position <= 1 for mark in found.marks)
    assert [mark.dated for mark in found.marks] == [second is not None for second in seconds]


@given(seconds_)
def test_positions_are_in_time_order_and_earlier_times_give_negative_gaps(seconds: list[int | None]) -> None:
    found = timeline(dated(*seconds))
    times = sorted((mark.hop.time, mark.position) for mark in found.marks if mark.hop and mark.hop.time)
    assert [position for _, position in times] == sorted(position for _, position in times)
    for gap in found.gaps:
        assert (gap.kind is Kind.NEGATIVE) == (gap.end.position < gap.start.position)
        assert (gap.delay == timedelta(0)) == (gap.end.position == gap.start.position)
    assert len(found.gaps) == max(sum(second is not None for second in seconds) - 1, 0)


@given(seconds_, st.integers(2, 12))
def test_ticks_are_at_their_times(seconds: list[int | None], count: int) -> None:
    axis = timeline(dated(*seconds)).axis
    _, ticks = axis.ticks(count, UTC)
    assert all(tick.position == pytest.approx(axis.position(tick.time)) for tick in ticks)
    assert bool(ticks) == bool(axis.points)
    assert len(ticks) <= count + 5
    assert [tick.position for tick in ticks] == sorted(tick.position for tick in ticks)


def test_ten_thousand_hops_are_ten_thousand_marks() -> None:
    hops = dated(*range(10_000))
    found = timeline(hops)
    assert len(found.marks) == 10_000
    assert len(found.axis.points) == 10_000


def test_the_timeline_of_a_sample(samples: Path) -> None:
    data = (samples / "inbound-edge-2010-to-2013.eml").read_bytes()
    found = timeline(hopscope.read(data).hops)
    assert [(gap.kind, gap.delay.total_seconds()) for gap in found.gaps] == [
        (Kind.WAIT, seconds) for seconds in (0, 1, 3, 0, 1)
    ]
