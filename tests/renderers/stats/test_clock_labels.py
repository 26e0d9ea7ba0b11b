"""The clock skew of a dump in words: certain bounds and estimates."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.analysis.clocks.verdicts import near
from hopscope.renderers.stats import clock_labels
from hopscope.statistics.clock_offsets import Offset


def an_offset(seconds: float, uncertainty: float) -> Offset:
    return Offset(host="b", seconds=seconds, uncertainty=uncertainty, reference="a", messages=9, fewest=4)


@pytest.mark.parametrize(
    ("seconds", "uncertainty", "told"),
    [
        (0.0, 1.0, "no skew found"),
        (90.0, 90.0, "no skew found"),
        (90.0, 1.0, "about 1 min 30 s ahead"),
        (-90.5, 1.0, "about 1 min 30 s behind"),
        (-90.0, 50.0, "40 s to 2 min 20 s behind"),
        (3600.0, 1.0, "wrong time zone, about 1 h ahead"),
        (-19800.0, 2.0, "wrong time zone, about 5 h 30 min behind"),
        (3650.0, 1.0, "about 1 h 50 s ahead"),
        (1e15, 1.0, "1e+15 s ahead, ± 1 s"),
    ],
)
def test_an_offset_shows_its_certain_bounds(seconds: float, uncertainty: float, told: str) -> None:
    assert clock_labels.offset(an_offset(seconds, uncertainty)) == told


@given(st.floats(-1e6, 1e6), st.floats(0, 1e5))
def test_an_estimate_is_shown_only_if_it_is_close(seconds: float, uncertainty: float) -> None:
    told = clock_labels.offset(an_offset(seconds, uncertainty))
    certain = abs(seconds) - uncertainty
    if "about" in told:
        assert 2 * uncertainty <= near(timedelta(seconds=certain)).total_seconds() + 1e-5
    assert ("no skew found" in told) == (certain <= 0)
