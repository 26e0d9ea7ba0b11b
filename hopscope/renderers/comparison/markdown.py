"""Markdown: the two sides as a table, and the verdict."""

from hopscope.comparison import Comparison, Step
from hopscope.renderers import Style
from hopscope.renderers.comparison import wording
from hopscope.renderers.text.escape import markdown as text
from hopscope.renderers.text.markdown import table

__all__ = ["comparison"]


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """The two sides as a table, and the verdict."""
    sides = (comparison.left, comparison.right)
    heading, *sources = wording.headings(comparison)
    rows = [
        *(("", *source) for source in sources),
        *(
            (str(row.stage), _step(row.left, row.left_reason), _step(row.right, row.right_reason))
            for row in comparison.rows
        ),
    ]
    totals = ("total", *(wording.total(side) for side in sides))
    compared = table(("Stage", *heading), [*rows, totals])
    changes = "".join(f"- {text(change)}\n" for change in comparison.changes)
    return "\n".join([compared, f"{text(wording.verdict(comparison))}\n", *([changes] if changes else ())])


def _step(step: Step | None, reason: str | None) -> str:
    return wording.step(step) if step else wording.absent(reason)
