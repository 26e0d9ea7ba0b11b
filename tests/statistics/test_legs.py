"""Time lost on legs, their order, and legs merged over all servers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopscope.statistics.clock_offsets import skew
from hopscope.statistics.legs import SORT_KEYS, TimedLeg, leg_kinds, legs, ranked, time_lost
from hopscope.statistics.sketch import ERROR, Sketch
from hopscope.statistics.summary import Summary
from tests.statistics.organisations import message, stamps_of, summary


def sketch(*delays: float) -> Sketch:
    result = Sketch()
    for delay in delays:
        result.add(delay)
    return result


@pytest.mark.parametrize(
    ("delays", "lost"),
    [
        pytest.param((), 0, id="none"),
        pytest.param((0, 0.5, 1), 0, id="within the resolution"),
        pytest.param((1,) * 1000, 0, id="a busy leg of 1 s a hop loses nothing"),
        pytest.param((1, 1, 306), 305, id="one long wait"),
        pytest.param((61, 61), 120, id="always slow"),
        pytest.param((-14, -14, 2), 1, id="negative delays do not offset others"),
    ],
)
def test_time_lost_is_the_part_of_each_delay_above_a_second(delays: tuple[float, ...], lost: float) -> None:
    assert time_lost(sketch(*delays)) == pytest.approx(lost, rel=2 * ERROR, abs=0.02)


def timed(dump: Summary) -> list[TimedLeg]:
    return legs(dump, skew(dump))


DUMP = summary(
    [
        *(message(*stamps_of("tr:a", "mb:b"), took=1) for _ in range(30)),
        *(message(*stamps_of("tr:a", "mb:c"), took=3) for _ in range(6)),
        *(message(*stamps_of("tr:c", "mb:c"), took=90) for _ in range(4)),
    ]
)


@pytest.mark.parametrize(
    ("by", "hosts"),
    [
        ("lost", ["c c", "a c", "a b"]),
        ("p50", ["a c", "a b", "c c"]),
        ("p90", ["a c", "a b", "c c"]),
        ("p99", ["a c", "a b", "c c"]),
        ("max", ["c c", "a c", "a b"]),
        ("total", ["c c", "a b", "a c"]),
        ("count", ["a b", "a c", "c c"]),
    ],
)
def test_legs_are_sorted_by_each_figure(by: str, hosts: list[str]) -> None:
    ordered = [leg.key for leg in ranked(timed(DUMP), by) if leg.key.from_service]
    assert [f"{key.from_host} {key.to_host}" for key in ordered] == hosts


def test_delays_are_corrected_before_they_are_lost_time() -> None:
    there, back = stamps_of("tr:a", "tr:b"), stamps_of("tr:b", "tr:a")
    dump = summary([*(message(*there, took=63) for _ in range(6)), *(message(*back, took=-57) for _ in range(6))])
    found = {(leg.key.from_host, leg.key.to_host): leg for leg in timed(dump) if leg.key.from_service}
    assert found["a", "b"].lost == pytest.approx(6 * 2, abs=6)
    assert found["a", "b"].leg.delay.most == 63


ENDS = st.tuples(st.sampled_from(["fe", "tr", "mb"]), st.sampled_from("abc")).map(":".join)
MESSAGES = st.builds(
    lambda ends, took: message(*stamps_of(*ends), took=took),
    st.lists(ENDS, max_size=4),
    st.integers(-100, 10_000),
)


@settings(max_examples=30)
@given(st.lists(MESSAGES, max_size=6), st.sampled_from(SORT_KEYS))
def test_merged_legs_have_all_hops_and_delays(messages: list, by: str) -> None:  # type: ignore[type-arg] # digests
    parts = timed(summary(messages))
    kinds = leg_kinds(parts)
    assert sum(kind.pairs for kind in kinds) == len(parts)
    assert sum(kind.leg.count for kind in kinds) == sum(part.leg.count for part in parts)
    assert sum(kind.delay.count for kind in kinds) == sum(part.delay.count for part in parts)
    assert sum(kind.lost for kind in kinds) == pytest.approx(sum(part.lost for part in parts), rel=2 * ERROR, abs=0.01)
    assert ranked(parts, by) == ranked(parts[::-1], by)


@pytest.mark.parametrize(("delay", "shown"), [(62.4, 2.0), (63.6, 4.0)])
def test_corrected_delays_are_in_whole_seconds(delay: float, shown: float) -> None:
    there, back = stamps_of("tr:a", "tr:b"), stamps_of("tr:b", "tr:a")
    dump = summary([*(message(*there, took=delay) for _ in range(6)), *(message(*back, took=-57) for _ in range(6))])
    corrected = next(leg for leg in timed(dump) if (leg.key.from_host, leg.key.to_host) == ("a", "b"))
    assert corrected.correction is not None
    assert corrected.most == round(corrected.correction.most or 0)
    assert corrected.most == pytest.approx(shown, abs=1)
