"""A comparison on a terminal."""

import pytest
from rich.cells import cell_len  # noqa: TID253 - a test has no start-up time to save

import hopscope
from hopscope import render
from hopscope.comparison import Comparison, Row, Side
from hopscope.model import Stage
from hopscope.renderers.comparison import wording as comparison_wording

from ..message.test_table import SAMPLES, WIDTHS, squeezed

TWO = ("exchange-2010-internal.eml", "exchange-2013-internal.eml")


def test_a_comparison_fits_at_any_width() -> None:
    left, right = (hopscope.read((SAMPLES / name).read_bytes(), source=name) for name in TWO)
    for compared in (hopscope.compare(left, right), hopscope.compare(left, "2013"), hopscope.compare(right, right)):
        for width in WIDTHS:
            shown = render.table(compared, width=width)
            assert max(map(cell_len, shown.splitlines())) <= width
            assert squeezed(comparison_wording.verdict(compared)) in squeezed(shown)
            assert width < 60 or "1 mapi submission" in shown


@pytest.mark.parametrize(
    ("titles", "width"),
    [
        pytest.param(("short", "x" * 50), 60, id="the left side is short"),
        pytest.param(("x" * 50, "short"), 60, id="the right side is short"),
        pytest.param(("x" * 50, "y" * 50), 60, id="both are long"),
    ],
)
def test_a_short_side_gives_its_width_to_a_long_one(titles: tuple[str, str], width: int) -> None:
    left, right = (Side(title=title, steps=()) for title in titles)
    rows = (Row(stage=Stage.DELIVERY, left_reason="a", right_reason="b"),)
    shown = render.table(Comparison(left=left, right=right, rows=rows, same=True), width=width)
    lines = 4 if titles[0][0] == titles[1][0] else 3
    assert shown.index("──") > 0
    assert len(shown.split("──")[0].splitlines()) <= lines + 1
    for title in titles:
        assert squeezed(title)[:20] in shown
