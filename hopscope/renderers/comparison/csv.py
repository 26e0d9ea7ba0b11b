"""CSV: one line per row of a comparison, and the totals; unknown values are empty cells."""

from hopscope.comparison import Comparison
from hopscope.renderers import Style
from hopscope.renderers.schema.csv import ComparisonRow, comparison_rows, heading
from hopscope.renderers.text.csv import lines

__all__ = ["comparison"]


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same function for every format
    """A heading, a line per row of the comparison, and the totals."""
    return lines([heading(ComparisonRow), *comparison_rows(comparison)])
