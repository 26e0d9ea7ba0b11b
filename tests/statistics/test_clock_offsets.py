"""Clock skew over a dump: known offsets are found within the stated uncertainty, and nothing else is claimed."""

import math
from itertools import pairwise, permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.model import Service
from hopscope.statistics.clock_offsets import RESOLUTION, Skew, corrected, skew
from hopscope.statistics.digest import Digest, HopDigest
from hopscope.statistics.summary import Leg, LegKey, Summary

Clocks = dict[str, float]
Ways = list[tuple[str, str, float]]
EPOCH = 1_700_000_000


def message(*stamps: tuple[str, float], service: Service = Service.TRANSPORT) -> Digest:
    """A message with a hop per server at these seconds by its clock; dates have whole seconds."""
    hops = []
    before: int | None = None
    for host, seconds in stamps:
        time = math.floor(EPOCH + seconds)
        delay = None if before is None else time - before
        hops.append(HopDigest(service, host, "Exchange Server 2016", None, time, delay, 1, None))
        before = time
    return Digest(source="x", message_id=None, hops=tuple(hops))


def dump(offsets: Clocks, ways: Ways) -> Summary:
    """Messages from one server to another with these delays."""
    result = Summary()
    for number, (one, other, took) in enumerate(ways):
        sent = 1000 * number + 0.37
        result.add(message((one, sent + offsets[one]), (other, sent + took + offsets[other])))
    return result


SERVERS = ("ex1", "ex2", "ex3", "ex4")
OFFSETS = st.fixed_dictionaries(dict.fromkeys(SERVERS, st.floats(-7200, 7200)))
WAYS = st.lists(st.tuples(st.sampled_from(SERVERS), st.sampled_from(SERVERS), st.floats(0, 500)), max_size=25)


def connected(ways: Ways) -> dict[str, frozenset[str]]:
    """By server, the servers that messages reached and returned from, over any path."""
    reach = {one: {one} for one in SERVERS}
    for _ in SERVERS:
        for one, other, _took in ways:
            for host in SERVERS:
                if one in reach[host]:
                    reach[host].add(other)
    return {
        one: frozenset(other for other in SERVERS if other in reach[one] and one in reach[other]) for one in SERVERS
    }


@given(OFFSETS, WAYS)
def test_the_true_offset_is_within_the_uncertainty(offsets: Clocks, ways: list[tuple[str, str, float]]) -> None:
    found = skew(dump(offsets, ways))
    for offset in found.offsets:
        true = offsets[offset.host] - offsets[offset.reference]
        assert abs(offset.seconds - true) <= offset.uncertainty + 0.001
    groups = connected(ways)
    used = {host for one, other, _ in ways for host in (one, other)}
    determined = {host for host in used if len(groups[host]) > 1}
    assert {offset.host for offset in found.offsets} == determined
    assert {each.host for each in found.unknown} == used - determined


@given(OFFSETS, WAYS)
def test_corrected_delays_are_those_of_true_clocks(offsets: Clocks, ways: list[tuple[str, str, float]]) -> None:
    summary = dump(offsets, ways)
    for key, told in corrected(summary, skew(summary)).items():
        slowest = max(took for one, other, took in ways if (one, other) == (key.from_host, key.to_host))
        assert told.most is not None
        assert abs(told.most - slowest) <= told.uncertainty + RESOLUTION
        assert min(told.p50 or 0, told.p90 or 0, told.p99 or 0) >= 0


def test_fast_messages_in_both_directions_give_the_offset_to_the_second() -> None:
    summary = dump({"ex1": 0, "ex2": 90}, [("ex1", "ex2", 0.1), ("ex2", "ex1", 0.1)] * 5 + [("ex1", "ex2", 30)])
    (reference, other) = skew(summary).offsets
    assert {reference.reference, other.reference} == {"ex1"}
    assert (reference.seconds, reference.uncertainty) == (0, 0)
    assert other.seconds == pytest.approx(90, abs=1)
    assert other.uncertainty <= 1.5
    leg = next(key for key in summary.legs if key.from_host == "ex1" and key.to_host == "ex2")
    assert summary.legs[leg].delay.most == 120
    assert corrected(summary, skew(summary))[leg].most == pytest.approx(30, abs=1)


def test_most_clocks_are_right() -> None:
    offsets = {"ex1": 300.0, "ex2": 0.0, "ex3": 0.0, "ex4": 0.0}
    ways = [(one, other, 0.2) for one in SERVERS for other in SERVERS if one != other]
    found = {each.host: each.seconds for each in skew(dump(offsets, ways)).offsets}
    assert found == {
        "ex1": pytest.approx(300, abs=1),
        "ex2": pytest.approx(0, abs=1),
        "ex3": pytest.approx(0, abs=1),
        "ex4": pytest.approx(0, abs=1),
    }


def test_one_way_traffic_gives_a_bound_and_no_offset() -> None:
    found = skew(dump({"ex1": 60, "ex2": 0}, [("ex1", "ex2", 5)]))
    assert found.offsets == ()
    assert [each.host for each in found.unknown] == ["ex1", "ex2"]
    assert "at least 54 s ahead of ex2" in found.unknown[0].reason
    assert "at least 54 s behind ex1" in found.unknown[1].reason


def test_a_changing_clock_is_reported_and_not_estimated() -> None:
    summary = dump({"ex1": 0, "ex2": 600}, [("ex1", "ex2", 1), ("ex2", "ex1", 1)])
    summary.merge(dump({"ex1": 0, "ex2": -600}, [("ex1", "ex2", 1), ("ex2", "ex1", 1)]))
    found = skew(summary)
    assert found.offsets == ()
    assert {each.host for each in found.unknown} == {"ex1", "ex2"}
    assert all("contradict" in each.reason for each in found.unknown)


def test_names_shared_by_several_machines_have_no_clock() -> None:
    summary = Summary()
    for _ in range(3):
        summary.add(message(("google.com", 0), ("mx.example", 1), ("google.com", 2), service=Service.OTHER_MTA))
        summary.add(message(("localhost", 0), ("ex1", 1), ("localhost", 2), ("outlook.com", 3), ("ex1", 4)))
    assert skew(summary).offsets == ()


def test_an_empty_dump_has_no_clocks() -> None:
    assert skew(Summary()) == skew(dump({}, []))
    assert skew(Summary()).offsets == ()


@given(OFFSETS, WAYS)
def test_bounds_from_one_direction_are_valid(offsets: Clocks, ways: Ways) -> None:
    for each in skew(dump(offsets, ways)).unknown:
        if each.against:
            (other,) = each.against
            true = offsets[each.host] - offsets[other]
            assert (each.at_least is None) != (each.at_most is None)
            low = -math.inf if each.at_least is None else each.at_least
            high = math.inf if each.at_most is None else each.at_most
            assert low - 0.001 <= true <= high + 0.001
        assert not each.changed


@given(OFFSETS, WAYS, st.randoms(use_true_random=False))
def test_the_order_of_the_dump_does_not_change_the_result(offsets: Clocks, ways: Ways, random: Random) -> None:
    parts = [dump(offsets, [way]) for way in ways]
    random.shuffle(parts)
    merged = Summary()
    for part in parts:
        merged.merge(part)
    assert skew(merged) == skew(dump(offsets, ways))
    assert corrected(merged, skew(merged)) == corrected(dump(offsets, ways), skew(dump(offsets, ways)))


def all_directions(*hosts: str, took: float = 0.1) -> Ways:
    return [(one, other, took) for one, other in permutations(hosts, 2)]


def offsets_by_host(found: Skew) -> dict[str, float]:
    return {each.host: each.seconds for each in found.offsets}


@pytest.mark.parametrize("off", [600.0, -600.0])
def test_a_hub_does_not_outvote_consistent_clocks(off: float) -> None:
    ways = [way for each in SERVERS[1:] for way in all_directions("ex1", each)]
    found = skew(dump({"ex1": off, "ex2": 0, "ex3": 0, "ex4": 0}, ways))
    assert offsets_by_host(found) == {"ex1": off, "ex2": 0, "ex3": 0, "ex4": 0}


def test_one_clock_that_contradicts_several_has_changed() -> None:
    clocks = dict.fromkeys(SERVERS, 0.0)
    summary = dump(clocks, all_directions(*SERVERS))
    summary.merge(dump({**clocks, "ex3": 700}, all_directions(*SERVERS)))
    found = skew(summary)
    assert offsets_by_host(found) == {"ex1": 0, "ex2": 0, "ex4": 0}
    ((host, against, changed),) = ((each.host, each.against, each.changed) for each in found.unknown)
    assert (host, against, changed) == ("ex3", ("ex1", "ex2", "ex4"), True)


def test_a_change_seen_only_in_a_longer_cycle_is_reported_for_all_its_servers() -> None:
    ring = [("ex1", "ex2", 1.0), ("ex2", "ex3", 1.0), ("ex3", "ex1", 1.0)]
    clocks = dict.fromkeys(SERVERS, 0.0)
    summary = dump(clocks, [*ring, ("ex3", "ex4", 1.0)])
    for host in ("ex1", "ex2"):
        summary.merge(dump({**clocks, host: 500.0}, ring[:1]))
    summary.merge(dump({**clocks, "ex1": 500.0}, ring[:1]))
    found = skew(summary)
    assert {each.host for each in found.unknown if each.changed} == {"ex1", "ex2", "ex3"}
    assert "only with servers whose clocks were changed" in next(
        each.reason for each in found.unknown if each.host == "ex4"
    )


@pytest.mark.parametrize("step", [2.0, 2.5, 4.0, 6.0, 8.0])
def test_drifting_clocks_widen_the_bounds(step: float) -> None:
    clocks = dict.fromkeys(SERVERS[:3], 0.0)
    ways = all_directions(*SERVERS[:3], took=0.0)
    summary = dump(clocks, ways)
    summary.merge(dump({**clocks, "ex2": step}, ways))
    found = skew(summary)
    assert not found.unknown
    offset = found.ahead("ex2")
    assert offset is not None
    assert offset.reference == "ex1"
    assert offset.wander > 0
    assert offset.seconds - offset.uncertainty <= 0
    assert offset.seconds + offset.uncertainty >= step


def test_estimates_are_not_exact_with_whole_second_clocks() -> None:
    summary = dump({"ex1": 0, "ex2": 0}, all_directions("ex1", "ex2"))
    summary.merge(dump({"ex1": 0, "ex2": 2}, all_directions("ex1", "ex2")))
    assert all(each.uncertainty > 0 for each in skew(summary).offsets if each.host != each.reference)


def test_unconnected_groups_have_one_reference_each() -> None:
    found = skew(
        dump(
            {"ex1": 0, "ex2": 90, "ex3": 10_000, "ex4": 9_000},
            all_directions("ex1", "ex2") + all_directions("ex3", "ex4"),
        )
    )
    assert {each.host: each.reference for each in found.offsets} == {
        "ex1": "ex1",
        "ex2": "ex1",
        "ex3": "ex3",
        "ex4": "ex3",
    }
    assert offsets_by_host(found) == {"ex1": 0, "ex2": 90, "ex3": 0, "ex4": -1000}


@given(OFFSETS)
def test_corrected_delays_of_instant_messages_are_zero(offsets: Clocks) -> None:
    whole = {host: float(round(off)) for host, off in offsets.items()}
    summary = dump(whole, all_directions(*SERVERS, took=0.0))
    found = skew(summary)
    assert len(found.offsets) == len(SERVERS)
    for key, each in corrected(summary, found).items():
        assert key.from_host
        assert (each.p50, each.most) == (0, 0)


def test_a_leg_with_an_unknown_end_is_not_corrected() -> None:
    summary = dump(dict.fromkeys(SERVERS, 0.0), [*all_directions("ex1", "ex2"), ("ex2", "ex3", 5.0)])
    assert {(key.from_host, key.to_host) for key in corrected(summary, skew(summary))} == {
        ("ex1", "ex2"),
        ("ex2", "ex1"),
    }


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg")),
        st.integers(-40, 40) | st.floats(-1e15, 1e15),
        max_size=30,
    )
)
def test_every_server_is_reported_once_despite_contradictions(least: dict[tuple[str, str], float]) -> None:
    summary = Summary()
    for (one, other), seconds in least.items():
        leg = summary.legs[LegKey(Service.TRANSPORT, one, Service.TRANSPORT, other)] = Leg(count=1)
        leg.delay.add(seconds)
    stamped = {other for _, other in least}
    found = skew(summary)
    hosts = [*(each.host for each in found.offsets), *(each.host for each in found.unknown)]
    assert sorted(hosts) == sorted(stamped)
    assert all(each.uncertainty > 0 or each.host == each.reference for each in found.offsets)
    assert len(corrected(summary, found)) <= len(summary.legs)


def test_two_thousand_servers_of_which_some_change() -> None:
    hosts = [f"ex{number}" for number in range(2000)]
    clocks = {host: number * 7919 % 7200 - 3600.0 for number, host in enumerate(hosts)}
    there = [(one, other, number * 37 % 9 + 0.5) for number, (one, other) in enumerate(pairwise([*hosts, hosts[0]]))]
    ways = [*there, *((other, one, took) for one, other, took in there)]
    summary = dump(clocks, ways)
    jumped = set(hosts[5::100])
    summary.merge(dump({host: off + 900 * (host in jumped) for host, off in clocks.items()}, ways))
    found = skew(summary)
    assert {each.host for each in found.unknown} == jumped
    for each in found.offsets:
        assert abs(each.seconds - clocks[each.host] + clocks[each.reference]) <= each.uncertainty + 0.001


@pytest.mark.parametrize(
    ("host", "service", "known"),
    [
        ("mx1.contoso.com", Service.OTHER_MTA, True),
        ("contoso.com", Service.OTHER_MTA, False),
        ("contoso.com", Service.TRANSPORT, True),
        ("contoso.co.uk", Service.UNKNOWN, False),
        ("192.0.2.1", Service.OTHER_MTA, False),
        ("192.168.0.0/16", Service.OTHER_MTA, False),
        ("mail", Service.OTHER_MTA, False),
        ("outlook.com", Service.TRANSPORT, False),
        ("exchangelabs.com", Service.TRANSPORT, False),
        ("localhost.localdomain", Service.TRANSPORT, False),
    ],
)
def test_only_names_of_one_machine_have_a_clock(host: str, service: Service, known: bool) -> None:  # noqa: FBT001 - a case
    summary = Summary()
    for way in ((host, "ex1.contoso.com"), ("ex1.contoso.com", host)):
        kinds = {host: service, "ex1.contoso.com": Service.TRANSPORT}
        first, second = (HopDigest(kinds[each], each, None, None, 0.0, 0.0, 1, None) for each in way)
        summary.add(Digest(source="x", message_id=None, hops=(first, second)))
    found = skew(summary)
    assert (found.ahead(host) is not None) == known
    assert (host in found.nameless) != known


def test_a_server_with_one_way_traffic_is_compared_with_a_right_clock_if_possible() -> None:
    clocks = {"ex1": 0.0, "ex2": 0.0, "ex3": 3600.0, "ex4": 0.0}
    found = skew(dump(clocks, [*all_directions("ex1", "ex2", "ex3"), ("ex3", "ex4", 5.0)]))
    (bound,) = found.unknown
    assert (bound.host, bound.against, bound.at_least) == ("ex4", ("ex1",), None)
    assert bound.at_most == pytest.approx(6, abs=2)
    assert "at most" in bound.reason
