"""A comparison as text: one format per file, each with the function ``comparison(comparison, style)``."""

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from hopscope.errors import OptionError
from hopscope.renderers import Style

if TYPE_CHECKING:
    from hopscope.comparison import Comparison

__all__ = ["FORMATS", "ComparisonRenderer", "renderer"]

FORMATS = ("table", "plain", "json", "jsonl", "csv", "markdown", "html")
"""The formats, by the names of their files in this folder; svg is none, as medians and models have no times to draw."""


class ComparisonRenderer(Protocol):
    """What every format of a comparison has."""

    def comparison(self, comparison: "Comparison", style: Style) -> str:
        """Text of a comparison."""


def renderer(name: str) -> ComparisonRenderer:
    """The renderer called ``name``, one of FORMATS.

    Raises:
        OptionError: Comparisons are not shown in this format.
    """
    if name not in FORMATS:
        raise OptionError(f"{name} is not available for comparisons; use another format, such as html")
    return cast("ComparisonRenderer", import_module(f"{__name__}.{name}"))
