"""Difference constraints, compared with a plain all-pairs shortest path."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.statistics.clock_offsets.constraints import Bounds, contradictions, mutual

NAMES = "abcde"
PAIRS = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1])
CONSTRAINTS = st.dictionaries(PAIRS, st.integers(-3, 12), max_size=12)


def closed(constraints: dict[tuple[str, str], int]) -> dict[tuple[str, str], float]:
    """The shortest path between each pair (R. W. Floyd, 1962)."""
    far = {pair: 0 if pair[0] == pair[1] else constraints.get(pair, float("inf")) for pair in product(NAMES, NAMES)}
    for over, one, other in product(NAMES, NAMES, NAMES):
        far[one, other] = min(far[one, other], far[one, over] + far[over, other])
    return far


@given(CONSTRAINTS)
def test_bounds_are_shortest_paths_and_contradictions_negative_cycles(
    constraints: dict[tuple[str, str], int],
) -> None:
    far = closed(constraints)
    circles = contradictions(constraints)
    assert bool(circles) == any(far[each, each] < 0 for each in NAMES)
    for circle in circles:
        assert sum(constraints[pair] for pair in zip(circle, (*circle[1:], circle[0]), strict=True)) < 0
    assert len({each for circle in circles for each in circle}) == sum(map(len, circles))
    if circles:
        with pytest.raises(ValueError, match="contradict"):
            Bounds(constraints)
        return
    bounds = Bounds(constraints)
    for each in NAMES:
        assert bounds.above(each) == {end: far[each, end] for end in NAMES if far[each, end] < float("inf")}
        assert bounds.below(each) == {end: far[end, each] for end in NAMES if far[end, each] < float("inf")}


@given(CONSTRAINTS)
def test_mutual_sets_are_strongly_connected_components(constraints: dict[tuple[str, str], int]) -> None:
    far = closed(dict.fromkeys(constraints, 1))
    for group in mutual(constraints):
        for one in group:
            assert {other for other in NAMES if far[one, other] + far[other, one] < float("inf")} == group
