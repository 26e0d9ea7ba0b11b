"""Clock skew in one message: what can be determined and what cannot."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.analysis.clock_differences import near_zones
from hopscope.analysis.clocks import Clock
from hopscope.analysis.context import MessageContext
from hopscope.model import Route

from .messages import FE, smtp

NOON = datetime(2024, 3, 30, 12, tzinfo=UTC)
A, B, C, D = "mx.a.example", "mx.b.test", "mx.c.invalid", "mx.d.org"
ONLINE = ("AM9PR07MB7891.eurprd07.prod.outlook.com", "DB5EUR01FT086.mail.protection.outlook.com")
Way = list[tuple[str, int | None]]


def date(seconds: float) -> str:
    return format_datetime(NOON + timedelta(seconds=seconds))


def read(way: Way, headers: str = "Subject: test\n") -> Route:
    """A message with one Received field per server, so many seconds after noon, oldest first."""
    stamps = [f"Received: by {host} with SMTP; {date(s) if s is not None else 'soon'}\n" for host, s in way]
    return hopscope.read("".join(reversed(stamps)) + headers + "\n")


def skews(route: Route) -> tuple[Clock, ...]:
    return MessageContext(route=route).clocks


def seconds(value: timedelta | None) -> float | None:
    return value.total_seconds() if value is not None else None


Told = tuple[str, tuple[int, ...], float | None, float | None, float | None]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        pytest.param(
            [(A, 0), (B, -100), (C, 3)], (B, (2,), -103.0, -100.0, -101.5), id="behind, and the next leg makes it good"
        ),
        pytest.param(
            [(A, 0), (B, -100), (B, -99), (C, 3)], (B, (2, 3), -102.0, -100.0, -101.0), id="behind at two hops"
        ),
        pytest.param(
            [(A, 0), (B, 100), (C, 3)], (B, (2,), 97.0, 100.0, 98.5), id="ahead, and the leg before was too long"
        ),
        pytest.param([(A, 100), (B, 0), (C, 3)], (A, (1,), 100.0, None, None), id="the first is ahead: two say so"),
        pytest.param([(A, 0), (B, 3), (C, -100)], (C, (3,), None, -103.0, None), id="the last is behind: two say so"),
        pytest.param(
            [(D, -1), (A, 0), (B, -100), (C, 500)], (B, (3,), -600.0, -100.0, None), id="behind, and a wait behind it"
        ),
        pytest.param(
            [(A, 0), (B, None), (C, -100), (D, 2)], (C, (3,), -102.0, -100.0, -101.0), id="over a hop without a date"
        ),
        pytest.param(
            [("mx1.a.example", 0), ("mx2.a.example", -100), ("mx3.a.example", 2)],
            ("mx2.a.example", (2,), -102.0, -100.0, -101.0),
            id="all of one domain",
        ),
        pytest.param(
            [(A, 0), (B, 3600), (C, 2)], (B, (2,), 3598.0, 3600.0, 3600.0), id="an hour ahead: daylight saving time"
        ),
        pytest.param(
            [(A, 0), (B, -19800), (C, 2)], (B, (2,), -19802.0, -19800.0, -19800.0), id="five hours and a half behind"
        ),
    ],
)
def test_a_skewed_clock(way: Way, expected: Told) -> None:
    (clock,) = skews(read(way))
    found = clock.server, clock.hops, seconds(clock.min_skew), seconds(clock.max_skew), seconds(clock.skew)
    assert found == expected
    assert clock.is_identified
    assert clock.likelihood == "likely"
    assert clock.ahead is not clock.behind
    assert clock.wrong_time_zone is (abs(expected[4] or 0) >= 900)
    assert [each.hop for each in clock.corrected_times] == (list(clock.hops) if clock.skew is not None else [])


@pytest.mark.parametrize(
    ("way", "hops"),
    [
        pytest.param([(A, 0), (B, -100)], (1, 2), id="two clocks alone"),
        pytest.param([(A, 0), (B, -100), (A, 1)], (1, 2), id="two clocks, one of them twice"),
        pytest.param([(A, 0), (C, 1), (B, -100), (D, -99)], (2, 3), id="two groups of clocks"),
        pytest.param([(A, 0), (B, -100), (C, 500)], (1, 2), id="a wait that is no answer"),
        pytest.param([(A, 0), (B, -100), (C, -99), (D, 1)], (1, 2), id="two groups of clocks, the first one twice"),
        pytest.param([(A, 0), (B, 100), (C, 101), (D, 2)], (3, 4), id="two groups of clocks, the last one twice"),
        pytest.param([(A, 0), (A, -100)], (1, 2), id="one name"),
        pytest.param(
            [("mx1.a.example", 0), ("mx2.a.example", 1), (B, -100)], (2, 3), id="vouched for by its own domain"
        ),
        pytest.param([(A, 100), (ONLINE[0], 0), (ONLINE[1], 1)], (1, 2), id="vouched for by Exchange Online itself"),
        pytest.param([(A, -100), (B, 0), (C, -100), (D, 0)], (2, 3), id="each has its witness"),
        pytest.param([(A, 0), (B, -820), (C, -46), (D, -45)], (1, 2), id="a later clock nearly agrees with the first"),
        pytest.param([(A, 0), (B, 46), (C, 820), (D, 0)], (3, 4), id="an earlier clock nearly agrees with the second"),
        pytest.param([(A, 0), (B, -111), (C, -9)], (1, 2), id="nearly, and two minutes"),
    ],
)
def test_skew_that_cannot_be_determined(way: Way, hops: tuple[int, ...]) -> None:
    (clock,) = skews(read(way))
    assert (clock.server, clock.hops, clock.is_identified, clock.likelihood) == (None, hops, False, "unknown")
    assert clock.skew is None
    assert clock.corrected_times == ()


@pytest.mark.parametrize(
    "way",
    [
        pytest.param([], id="no hops"),
        pytest.param([(A, 0)], id="one hop"),
        pytest.param([(A, 0), (B, 1), (C, 7200)], id="a wait is no clock"),
        pytest.param([(A, 0), (B, -5), (C, 0)], id="slight"),
        pytest.param([(A, None), (B, None)], id="no dates"),
    ],
)
def test_consistent_times_give_no_skew(way: Way) -> None:
    assert skews(read(way)) == ()


def test_a_server_that_would_need_two_opposite_skews() -> None:
    route = read([(A, 0), (B, -100), (C, 2), (B, 300), (D, 4)])
    assert {clock.is_identified for clock in skews(route)} == {False}


def test_a_server_whose_clock_is_right_at_another_hop() -> None:
    (clock,) = skews(read([(A, 0), (B, 100), (C, 3), (D, 4), (B, 5), ("mx.e.net", 6)]))
    assert not clock.is_identified
    assert "no single offset explains all times of that server" in clock.evidence[0]


def test_several_skewed_clocks_are_distinguished() -> None:
    route = read([(A, 0), (B, -100), (C, 2), (D, 3), ("mx.e.net", 60), ("mx.f.net.de", 5)])
    assert [(clock.server, clock.behind) for clock in skews(route)] == [(B, True), ("mx.e.net", False)]


@pytest.mark.parametrize("offset", [-101, -100, 0, 3, 3600])
def test_date_neither_accuses_nor_acquits_a_clock(offset: int) -> None:
    way: Way = [(A, 0), (B, -100), (C, 3)]
    assert skews(read(way, f"Date: {date(offset)}\n")) == skews(read(way))


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        pytest.param([(A, 0), (B, -4010), (C, 224)], (B, -4234, -4010), id="66 min 50 s behind, 3 min 44 s spent"),
        pytest.param([(A, 0), (B, 4234), (C, 224)], (B, 4010, 4234), id="66 min 50 s ahead, 3 min 44 s spent"),
        pytest.param([(A, 0), (B, -700), (B, -695), (C, 60)], (B, -755, -700), id="behind at two hops, a minute spent"),
        pytest.param([(D, -400), (A, 0), (B, -300), (C, 8)], (B, -308, -300), id="after another delay"),
        pytest.param([(A, 0), (B, -70_000), (C, 6000)], (B, -76_000, -70_000), id="hours"),
        pytest.param([(A, 0), (B, -80_000), (C, 7900)], None, id="more than two hours spent"),
        pytest.param([(A, 0), (B, -600), (C, 90)], (B, -690, -600), id="behind, more than a tenth spent"),
        pytest.param([(A, 0), (B, 690), (C, 90)], (B, 600, 690), id="ahead, more than a tenth spent"),
        pytest.param([(A, 0), (B, -3999), (B, -3998), (C, 659)], (B, -4657, -3999), id="11 min spent at two hops"),
        pytest.param([(A, 0), (B, -316), (C, 201)], (B, -517, -316), id="nearly two thirds spent"),
        pytest.param([(A, 0), (B, -117), (C, 201)], None, id="more than the skew spent"),
        pytest.param([(D, -2000), (A, 0), (B, -300), (C, 100)], (B, -400, -300), id="a long delay with either clock"),
        pytest.param([(D, -500), (A, 0), (B, -300), (C, 100)], None, id="about the same delays with either clock"),
        pytest.param([(D, -700), (A, 0), (B, -600), (C, 55)], None, id="either clock, with a minute or two spent"),
        pytest.param([(D, -601), (A, 0), (B, -600), (C, 1)], None, id="either clock, with a second spent"),
    ],
)
def test_a_skew_of_any_amount_is_bounded_by_the_servers_around(way: Way, expected: tuple[str, int, int] | None) -> None:
    (clock,) = skews(read(way))
    bounds = (clock.server, seconds(clock.min_skew), seconds(clock.max_skew)) if clock.is_identified else None
    assert bounds == expected


SENT = f"from o.example (o.example [192.0.2.1]) by {A} with ESMTP; {date(0)}"
LATER = f"from gw.corp.example (gw.corp.example [192.0.2.2]) by {C} with ESMTP; {date(3)}"


@pytest.mark.parametrize(
    ("first", "second", "is_one_machine"),
    [
        pytest.param(
            "gw.corp.example (Postfix)", "from gw.corp.example (unknown [127.0.0.1]) by GW01", True, id="min5"
        ),
        pytest.param(
            "GW01 (Postfix)", "from GW01 (localhost [127.0.0.1]) by gw.corp.example", True, id="long name last"
        ),
        pytest.param(
            "gw.corp.example", "from gw.corp.example ([127.0.0.1]) by localhost (amavisd-new)", True, id="filter"
        ),
        pytest.param(
            "gw.corp.example", "from localhost (localhost [IPv6:::1]) by b.corp.example", True, id="IPv6, domain"
        ),
        pytest.param("gw.corp.example", "from gw.corp.example ([127.0.1.1]) by b.other.test", True, id="HELO names it"),
        pytest.param("gw.corp.example", "from localhost ([127.0.0.1]) by b.other.test", False, id="another domain"),
        pytest.param("gw.corp.example", "from gw.corp.example ([192.0.2.2]) by GW01", False, id="another address"),
        pytest.param("gw.corp.example", "from gw.corp.example by GW01", False, id="no address"),
        pytest.param(
            "gw.corp.example ([10.0.0.7])",
            "from gw.corp.example ([10.0.0.7]) by scan.corp.example ([10.0.0.7])",
            True,
            id="both servers record one address",
        ),
        pytest.param(
            "gw.corp.example (10.0.0.7)",
            "from gw.corp.example (10.0.0.7) by scan.other.test (10.0.0.7)",
            True,
            id="one address, and HELO names it",
        ),
        pytest.param(
            "gw.corp.example ([10.0.0.7])",
            "from gw.corp.example ([10.0.0.1]) by scan.corp.example ([10.0.0.7])",
            False,
            id="one address, but the session came from another",
        ),
        pytest.param(
            "gw.corp.example ([10.0.0.7])",
            "from relay.third.test ([10.0.0.7]) by scan.other.test ([10.0.0.7])",
            False,
            id="one private address in two organisations",
        ),
        pytest.param(
            "gw.corp.example",
            "from gw.corp.example ([10.0.0.7]) by scan.corp.example ([10.0.0.7])",
            False,
            id="an address of one server only",
        ),
        pytest.param(
            "gw.corp.example", "from localhost [127.0.0.1] by GW01 with IMAP (fetchmail-6.4.37)", False, id="IMAP"
        ),
        pytest.param("gw.corp.example", "from localhost [127.0.0.1] by GW01 with POP3 (getmail)", False, id="POP3"),
    ],
)
def test_two_names_of_one_machine_share_a_clock(first: str, second: str, is_one_machine: bool) -> None:  # noqa: FBT001
    with_ = "" if " with " in second else " with ESMTP"
    stamps = [SENT, f"from {A} ({A} [192.0.2.3]) by {first}; {date(-4000)}", f"{second}{with_}; {date(-3999)}", LATER]
    found = skews(hopscope.read("".join(f"Received: {stamp}\n" for stamp in reversed(stamps)) + "\n"))
    assert [clock.hops for clock in found if clock.is_identified] == ([(2, 3)] if is_one_machine else [])


def test_x_received_is_evidence() -> None:
    stamps = (
        f"Received: by {B} with SMTP; {date(-100)}\n",
        f"X-Received: by 2002:a05::1 with SMTP id 7; {date(-101)}\n",
        f"Received: by {A} with SMTP; {date(0)}\n",
        f"X-Received: by 2002:a05::2 with SMTP id 7; {date(-103)}\n",
    )
    (clock,) = skews(hopscope.read("".join(stamps)))
    assert (clock.server, clock.hops, seconds(clock.min_skew), seconds(clock.max_skew)) == (A, (1,), 101.0, 103.0)


def test_x_received_is_never_reported_as_skewed() -> None:
    stamps = (
        f"Received: by {B} with SMTP; {date(1)}\n",
        f"X-Received: by 2002:a05::1 with SMTP id 7; {date(-101)}\n",
        f"Received: by {A} with SMTP; {date(0)}\n",
    )
    assert skews(hopscope.read("".join(stamps))) == ()


@pytest.mark.parametrize(
    ("hours", "zone"), [(1, True), (5.5, True), (0.5, True), (0.25, False), (0.75, False), (0.2, False), (40, False)]
)
def test_first_exchange_hop_compared_with_its_own_utc_time(hours: float, zone: bool) -> None:  # noqa: FBT001
    stamp = f"{smtp('mx.b.test', 'cas.a.example', via=FE)}; {date(3600 * hours)}"
    arrival = "X-MS-Exchange-Organization-OriginalArrivalTime: 30 Mar 2024 12:00:00.4567 (UTC)\n"
    found = skews(hopscope.read(f"Received: {stamp}\n{arrival}\n"))
    assert [(clock.wrong_time_zone, seconds(clock.skew)) for clock in found] == ([(True, 3600 * hours)] if zone else [])


@pytest.mark.parametrize(
    ("difference", "utc_offset", "expected"),
    [
        (0, 0, None),
        (890, 0, None),
        (890, 345, None),
        (1790, 0, 1800),
        (2690, 0, None),
        (2690, 345, 2700),
        (2690, -210, None),
        (-3610, 0, -3600),
        (4500, 525, 4500),
        (1200, 0, None),
        (24 * 3600, 0, None),
        (-24 * 3600 - 20, 0, None),
        (26 * 3600, 0, 26 * 3600),
        (26.5 * 3600, 0, None),
    ],
)
def test_near_zones(difference: float, utc_offset: int, expected: int | None) -> None:
    local = NOON.astimezone(timezone(timedelta(minutes=utc_offset)))
    zones = near_zones(timedelta(seconds=difference), timedelta(minutes=1), NOON, local)
    assert seconds(zones) == expected


HOSTS = st.sampled_from([A, B, C, D, "mx2.a.example", "localhost", "[192.0.2.1]", *ONLINE])
TIMES = st.one_of(st.integers(-10, 10), st.integers(-200, 200), st.integers(-20_000, 20_000), st.none())
WAYS = st.lists(st.tuples(HOSTS, TIMES), max_size=9)


def with_corrections(route: Route, found: tuple[Clock, ...]) -> dict[int, datetime]:
    corrected = {each.hop: each.corrected for clock in found for each in clock.corrected_times}
    return {hop.number: corrected.get(hop.number, hop.time) for hop in route.hops if hop.time}


@given(WAYS)
def test_corrections_change_only_the_listed_hops(way: Way) -> None:
    route = read(way)
    found = skews(route)
    marked = {each.hop for clock in found for each in clock.corrected_times}
    for hop in route.hops:
        if hop.number not in marked and hop.time:
            assert with_corrections(route, found)[hop.number] == hop.time
    for clock in found:
        for each in clock.corrected_times:
            assert each.recorded == route.hops[each.hop - 1].time
            assert clock.skew is not None
            assert each.corrected == each.recorded - clock.skew
            assert abs(clock.skew) > timedelta(seconds=2)


@given(WAYS)
def test_corrections_keep_the_order_of_other_hops_and_leave_fewer_contradictions(way: Way) -> None:
    route = read(way)
    found = skews(route)
    marked = {each.hop for clock in found for each in clock.corrected_times}
    raw = {hop.number: hop.time for hop in route.hops if hop.time}
    times = with_corrections(route, found)

    def order(times: dict[int, datetime]) -> list[int]:
        return sorted((number for number in times if number not in marked), key=lambda number: (times[number], number))

    def contradictions(times: dict[int, datetime]) -> int:
        return sum(
            later - earlier < timedelta(seconds=-8)
            for earlier, later in zip(times.values(), [*times.values()][1:], strict=False)
        )

    assert order(times) == order(raw)
    assert contradictions(times) <= contradictions(raw)


@given(WAYS)
def test_a_corrected_hop_lies_between_its_neighbours(way: Way) -> None:
    route = read(way)
    found = skews(route)
    told = [clock for clock in found if clock.corrected_times]
    if len(told) == 1:
        marked = {each.hop for each in told[0].corrected_times}
        times = list(with_corrections(route, found).items())
        for (before, earlier), (after, later) in pairwise(times):
            if (before in marked) != (after in marked):
                assert later - earlier >= timedelta(seconds=-8)


@given(WAYS)
def test_every_clock_lists_hops_of_the_message_and_its_evidence(way: Way) -> None:
    route = read(way)
    for clock in skews(route):
        assert clock.hops
        assert {*clock.hops} <= {hop.number for hop in route.hops if hop.time}
        assert all(clock.evidence)
        if clock.is_identified and clock.server:
            assert {way[number - 1][0] for number in clock.hops} == {clock.server}


INDEPENDENT = ["a.one.example", "b.two.example", "c.three.example", "d.four.example", "e.five.example"]


@given(
    st.lists(st.integers(0, 2), min_size=5, max_size=5),
    st.integers(0, 4),
    st.one_of(st.integers(30, 80_000), st.integers(-80_000, -30)),
)
def test_one_wrong_clock_of_five_is_identified_and_no_other(legs: list[int], wrong: int, offset: int) -> None:
    true = [sum(legs[: number + 1]) for number in range(5)]
    way: Way = [(host, true[i] + (offset if i == wrong else 0)) for i, host in enumerate(INDEPENDENT)]
    found = skews(read(way))
    if (wrong, offset > 0) in {(0, False), (4, True)}:
        assert found == ()  # it looks like a long leg
        return
    (clock,) = found
    assert clock.server == INDEPENDENT[wrong]
    assert clock.min_skew is None or clock.min_skew.total_seconds() <= offset
    assert clock.max_skew is None or clock.max_skew.total_seconds() >= offset
    assert clock.ahead is (offset > 0)


@given(WAYS)
def test_delays_sum_to_last_minus_first(way: Way) -> None:
    route = read(way)
    delays = [hop.delay for hop in route.hops if hop.delay is not None]
    dated = [hop.time for hop in route.hops if hop.time]
    if dated:
        assert sum(delays, timedelta(0)) == dated[-1] - dated[0]
    assert len(delays) == max(0, len(dated) - 1)


def test_a_skew_so_large_that_the_corrected_time_is_out_of_range() -> None:
    route = hopscope.read(
        "Received: from d.example by e.example with ESMTP; Thu, 22 Jun 2023 11:35:10 +0000\n"
        "Received: from b.example by d.example with ESMTP; Fri, 2 Jun 6071 05:00:00 +0000\n"
        "Received: from c.example by b.example with ESMTP; Thu, 22 Jun 2023 11:34:59 +0000\n"
        "Received: from a.example by d.example with ESMTP; Fri, 2 Jun 2023 05:00:00 +0000\n\n"
    )
    clock = next(clock for clock in hopscope.analyze(route).clocks if clock.server == "d.example")
    assert clock.hops == (1, 3)
    assert [corrected.hop for corrected in clock.corrected_times] == [3]
