"""Plain text: the two sides as aligned columns, and the verdict."""

from hopscope.comparison import Comparison, Step
from hopscope.renderers import Style
from hopscope.renderers.comparison import wording
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible

__all__ = ["comparison"]


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """The two sides as columns, and the verdict."""
    sides = (comparison.left, comparison.right)
    rows = [
        *((stage, *texts) for stage, texts in zip(("Stage", ""), wording.headings(comparison), strict=False)),
        *(
            (str(row.stage), _step(row.left, row.left_reason), _step(row.right, row.right_reason))
            for row in comparison.rows
        ),
        ("total", *(wording.total(side) for side in sides)),
    ]
    changes = [f"- {visible(change)}\n" for change in comparison.changes]
    return "".join(
        [layout.columns(rows), "\n", visible(wording.verdict(comparison)), "\n", *(["\n"] if changes else ()), *changes]
    )


def _step(step: Step | None, reason: str | None) -> str:
    return wording.step(step) if step else wording.absent(reason)
