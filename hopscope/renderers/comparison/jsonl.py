"""JSON Lines: the comparison as one line."""

from hopscope.comparison import Comparison
from hopscope.renderers import Style
from hopscope.renderers.schema.comparison import comparison_document
from hopscope.renderers.text.json_values import line

__all__ = ["comparison"]


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same function for every format
    """The comparison as one line."""
    return line(comparison_document(comparison))
