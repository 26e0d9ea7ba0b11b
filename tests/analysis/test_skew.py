"""Clocks over a dump: known offsets are found within the uncertainty that is stated, and nothing else is claimed."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopscope.analysis.digest import Digest, HopDigest
from hopscope.analysis.skew import RESOLUTION, corrected, skew
from hopscope.analysis.summary import Summary
from hopscope.model import Service

Clocks = dict[str, float]
Ways = list[tuple[str, str, float]]
EPOCH = 1_700_000_000


def message(*stamps: tuple[str, float], service: Service = Service.TRANSPORT) -> Digest:
    """A message that servers stamped at these seconds, by their clocks; stamps have whole seconds."""
    hops = []
    before: int | None = None
    for host, seconds in stamps:
        time = math.floor(EPOCH + seconds)
        delay = None if before is None else time - before
        hops.append(HopDigest(service, host, "Exchange Server 2016", None, time, delay, 1, None))
        before = time
    return Digest(source="x", message_id=None, hops=tuple(hops))


def dump(offsets: Clocks, ways: Ways) -> Summary:
    """Messages from one server to another that took so long."""
    result = Summary()
    for number, (one, other, took) in enumerate(ways):
        sent = 1000 * number + 0.37
        result.add(message((one, sent + offsets[one]), (other, sent + took + offsets[other])))
    return result


SERVERS = ("ex1", "ex2", "ex3", "ex4")
OFFSETS = st.fixed_dictionaries(dict.fromkeys(SERVERS, st.floats(-7200, 7200)))
WAYS = st.lists(st.tuples(st.sampled_from(SERVERS), st.sampled_from(SERVERS), st.floats(0, 500)), max_size=25)


def connected(ways: Ways) -> dict[str, frozenset[str]]:
    """By server, those that messages went to and came back from, over whatever way."""
    reach = {one: {one} for one in SERVERS}
    for _ in SERVERS:
        for one, other, _took in ways:
            for host in SERVERS:
                if one in reach[host]:
                    reach[host].add(other)
    return {
        one: frozenset(other for other in SERVERS if other in reach[one] and one in reach[other]) for one in SERVERS
    }


@settings(max_examples=300)
@given(OFFSETS, WAYS)
def test_the_true_offset_is_within_the_uncertainty(offsets: Clocks, ways: list[tuple[str, str, float]]) -> None:
    found = skew(dump(offsets, ways))
    for offset in found.offsets:
        true = offsets[offset.host] - offsets[offset.reference]
        assert abs(offset.seconds - true) <= offset.uncertainty + 0.001
    groups = connected(ways)
    used = {host for one, other, _ in ways if one != other for host in (one, other)}
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


def test_quick_messages_both_ways_tell_an_offset_to_the_second() -> None:
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


def test_a_way_without_return_gives_a_bound_and_no_offset() -> None:
    found = skew(dump({"ex1": 60, "ex2": 0}, [("ex1", "ex2", 5)]))
    assert found.offsets == ()
    assert [each.host for each in found.unknown] == ["ex1", "ex2"]
    assert "at least 54 s ahead of that of ex2" in found.unknown[0].reason
    assert "at least 54 s behind that of ex1" in found.unknown[1].reason


def test_a_clock_that_changes_is_told_and_not_estimated() -> None:
    summary = dump({"ex1": 0, "ex2": 600}, [("ex1", "ex2", 1), ("ex2", "ex1", 1)])
    summary.merge(dump({"ex1": 0, "ex2": -600}, [("ex1", "ex2", 1), ("ex2", "ex1", 1)]))
    found = skew(summary)
    assert found.offsets == ()
    assert {each.host for each in found.unknown} == {"ex1", "ex2"}
    assert all("contradict" in each.reason for each in found.unknown)


def test_names_that_stand_for_many_machines_have_no_clock() -> None:
    summary = Summary()
    for _ in range(3):
        summary.add(message(("google.com", 0), ("mx.example", 1), ("google.com", 2), service=Service.OTHER_MTA))
        summary.add(message(("localhost", 0), ("ex1", 1), ("localhost", 2), ("outlook.com", 3), ("ex1", 4)))
    assert skew(summary).offsets == ()


def test_an_empty_dump_has_no_clocks() -> None:
    assert skew(Summary()) == skew(dump({}, []))
    assert skew(Summary()).offsets == ()
