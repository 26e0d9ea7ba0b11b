"""A comparison as plain text."""

import pytest

import hopscope
from hopscope import render
from hopscope.renderers.comparison import wording as comparison_wording

from ..message.test_plain import MESSAGE


@pytest.mark.parametrize("right", ["2013", "2010"])
def test_a_comparison_has_a_line_per_row_and_a_verdict(right: str) -> None:
    compared = hopscope.compare(hopscope.read(MESSAGE, source="odd.eml"), right)
    lines = render.plain(compared).splitlines()
    assert lines[0].split("  ")[0] == "Stage"
    assert "odd.eml" in lines[1]
    assert len(lines) == len(compared.rows) + 5
    assert lines[-1] == comparison_wording.verdict(compared)
