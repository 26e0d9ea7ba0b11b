"""Formats that are not available for comparisons."""

import pytest

import hopscope
from hopscope.errors import OptionError
from hopscope.renderers import Style
from hopscope.renderers.comparison import renderer as comparison_renderer

from ..mail import QUEUED


def test_a_comparison_is_refused_on_one_line() -> None:
    with pytest.raises(OptionError, match="use another format") as raised:
        comparison_renderer("svg").comparison(hopscope.compare(QUEUED, "2016"), Style())
    assert "\n" not in str(raised.value)
