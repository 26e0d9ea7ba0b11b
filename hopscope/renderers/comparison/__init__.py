"""A comparison as text: one format per file, each with the function ``comparison(comparison, style)``."""

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from hopscope.errors import OptionError
from hopscope.renderers import Style

if TYPE_CHECKING:
    from hopscope.comparison import Comparison

__all__ = ["FORMATS", "ComparisonRenderer", "renderer"]

FORMATS = ("table", "plain", "json", "jsonl", "csv", "markdown", "html")
"""The formats: the modules in this folder. There is no SVG, as medians and documented mail flow have no times."""


class ComparisonRenderer(Protocol):
    """The interface of every format of a comparison."""

    def comparison(self, comparison: "Comparison", style: Style) -> str:
        """Text of a comparison."""


def renderer(name: str) -> ComparisonRenderer:
    """The renderer of a format, one of FORMATS.

    Raises:
        OptionError: The format is not available for comparisons.
    """
    if name not in FORMATS:
        raise OptionError(f"{name} is not available for comparisons; use another format, such as html")
    return cast("ComparisonRenderer", import_module(f"{__name__}.{name}"))
