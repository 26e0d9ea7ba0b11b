"""HTML: a page with the two sides as columns, and the verdict."""

from hopscope.comparison import Comparison, Row, Side, Step
from hopscope.model import Service, Stage
from hopscope.renderers import Style
from hopscope.renderers.comparison import wording
from hopscope.renderers.text import layout
from hopscope.renderers.text.page import Facts, page

__all__ = ["comparison"]


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """A page with the two sides as columns, and the verdict."""
    sides = (comparison.left, comparison.right)
    pieces = page(
        "comparison.html",
        title="Comparison of two paths",
        verdict=wording.verdict(comparison),
        headings=list(zip(*wording.headings(comparison), strict=True)),
        totals=[wording.total(side) for side in sides],
        rows=[_row(comparison, row) for row in comparison.rows],
        changes=comparison.changes,
    )
    return "".join(pieces)


def _row(comparison: Comparison, row: Row) -> Facts:
    services = {step.service if step else None for step in (row.left, row.right)}
    return {
        "stage": str(row.stage),
        "differs": len(services) > 1,
        "steps": [
            _step(comparison.left, row.left, row.left_reason),
            _step(comparison.right, row.right, row.right_reason),
        ],
    }


def _step(side: Side, step: Step | None, reason: str | None) -> Facts:
    if step is None:
        return {"text": wording.absent(reason), "color": "soft", "version": ""}
    return {
        "text": wording.step(step),
        "color": "" if step.stage is Stage.OUTSIDE else layout.COLORS.get(Service(step.service), ""),
        "version": wording.version(side, step),
    }
