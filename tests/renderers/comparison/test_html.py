"""The page of a comparison."""

from hypothesis import given

import hopscope
from hopscope import render
from hopscope.model import Route
from hopscope.renderers.comparison import wording as comparison_wording

from ..message.test_html import check, normalized
from ..strategies import routes


@given(routes, routes)
def test_hostile_text_in_a_comparison_runs_and_loads_nothing(left: Route, right: Route) -> None:
    comparison = hopscope.compare(left, right)
    found = check(render.html(comparison))
    assert len(found.all("tr")) == len(comparison.rows) + 2
    assert normalized(comparison_wording.verdict(comparison)) in found.words
