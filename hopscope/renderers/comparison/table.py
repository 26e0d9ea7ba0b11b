"""The two sides as a table for a terminal, and the verdict."""

from typing import TYPE_CHECKING

from hopscope.comparison import Comparison, Row, Step
from hopscope.model import Service, Stage
from hopscope.renderers import Style
from hopscope.renderers.comparison import wording
from hopscope.renderers.message import wording as message_wording
from hopscope.renderers.text import layout, terminal

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

__all__ = ["comparison"]


def comparison(comparison: Comparison, style: Style) -> str:
    """The two sides as columns, and the verdict."""
    table = terminal.table()
    table.add_column("Stage", no_wrap=True)
    for heading, *sources in zip(*wording.headings(comparison), strict=True):
        head = terminal.text(heading)
        for source in sources:
            head.append("\n").append_text(terminal.text(source, "dim"))
        table.add_column(head, overflow="fold")
    for row in comparison.rows:
        table.add_row(_stage(row), _step(row.left, row.left_reason), _step(row.right, row.right_reason))
    table.add_section()
    table.add_row("total", *(message_wording.total(side.total_delay) for side in (comparison.left, comparison.right)))
    verdict = terminal.text(wording.verdict(comparison), "green" if comparison.same else "yellow")
    parts: list[RenderableType] = [table, terminal.text(""), verdict]
    if comparison.changes:
        parts += [terminal.text(""), *map(terminal.note, comparison.changes)]
    return terminal.printed(parts, style)


def _stage(row: Row) -> "Text":
    same = row.left is not None and row.right is not None and row.left.service == row.right.service
    return terminal.text(str(row.stage), "" if same else "bold")


def _step(step: Step | None, reason: str | None) -> "Text":
    """A service and, below it, the product."""
    if step is None:
        return terminal.text(wording.absent(reason), "dim")
    text = terminal.text(
        wording.step(step), "" if step.stage is Stage.OUTSIDE else layout.COLORS.get(Service(step.service), "")
    )
    product = message_wording.product(step.hop.label) if step.hop else message_wording.UNKNOWN
    if product != message_wording.UNKNOWN:
        text.append("\n").append_text(terminal.text(product, "dim"))
    return text
