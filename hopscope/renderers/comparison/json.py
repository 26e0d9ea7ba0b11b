"""JSON: the comparison as one object."""

from hopscope.comparison import Comparison
from hopscope.renderers import Style
from hopscope.renderers.schema.comparison import comparison_document
from hopscope.renderers.text.json_values import indented

__all__ = ["comparison"]


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same function for every format
    """The comparison as one object."""
    return indented(comparison_document(comparison))
