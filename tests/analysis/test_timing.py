"""Where the time went: the place of each delay between the earliest and the latest time."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.analysis.timing import Share, shares
from hopscope.model import Route


def read(*seconds: int | None) -> Route:
    """A message with a hop per entry, oldest first, stamped that many seconds after noon; ``None``: without a date."""
    noon = datetime(2017, 3, 8, 12, tzinfo=UTC)
    dates = ["" if s is None else f"; {format_datetime(noon + timedelta(seconds=s))}" for s in seconds]
    stamps = [f"Received: by a.example{date}\n" for date in dates]
    return hopscope.read("".join(reversed(stamps)) + "Subject: test\n\n")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param((), [], id="no hops"),
        pytest.param((5,), [None], id="one hop"),
        pytest.param(
            (0, 1, 4), [None, Share(0.0, 0.25, negative=False), Share(0.25, 0.75, negative=False)], id="two legs"
        ),
        pytest.param(
            (0, 0, 4),
            [None, Share(0.0, 0.0, negative=False), Share(0.0, 1.0, negative=False)],
            id="a leg without delay",
        ),
        pytest.param((7, 7, 7), [None, None, None], id="all times are the same"),
        pytest.param((0, None, 4), [None, None, Share(0.0, 1.0, negative=False)], id="a delay over two legs"),
        pytest.param((None, 0, 4), [None, None, Share(0.0, 1.0, negative=False)], id="the first hop has no date"),
        pytest.param((None, None), [None, None], id="no dates"),
        pytest.param(
            (2, 0, 8),
            [None, Share(0.0, 0.25, negative=True), Share(0.0, 1.0, negative=False)],
            id="a clock that is slow",
        ),
    ],
)
def test_shares(seconds: tuple[int | None, ...], expected: list[Share | None]) -> None:
    assert list(shares(read(*seconds))) == expected


@given(st.lists(st.none() | st.integers(0, 20_000), max_size=8))
def test_shares_stay_within_the_whole(seconds: list[int | None]) -> None:
    route = read(*seconds)
    result = shares(route)
    assert len(result) == len(route.hops)
    for hop, share in zip(route.hops, result, strict=True):
        if share is not None:
            assert hop.delay is not None
            assert share.negative == (hop.delay.total_seconds() < 0)
            assert 0 <= share.start <= 1
            assert 0 <= share.length <= 1
            assert share.start + share.length <= 1 + 1e-9
