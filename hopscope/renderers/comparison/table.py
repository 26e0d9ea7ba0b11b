"""The two sides as a table for a terminal, and the verdict."""

from typing import TYPE_CHECKING

from hopscope.comparison import Comparison, Row, Side, Step
from hopscope.model import Service, Stage
from hopscope.renderers import Style
from hopscope.renderers.comparison import wording
from hopscope.renderers.text import layout, terminal

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

__all__ = ["comparison"]

_GAP = 3
"""Blank columns that rich leaves between two columns of the table."""


def comparison(comparison: Comparison, style: Style) -> str:
    """The two sides as columns, and the verdict."""
    left, right = comparison.left, comparison.right
    stages = max((len(row.stage) for row in comparison.rows), default=0)
    room = (style.width - stages - 2 * _GAP) // 2
    table = terminal.table()
    table.add_column("Stage", no_wrap=True)
    for side in (left, right):
        table.add_column(_head(side, room), overflow="fold")
    for row in comparison.rows:
        table.add_row(_stage(row), _step(left, row.left, row.left_reason), _step(right, row.right, row.right_reason))
    table.add_section()
    table.add_row("total", *(wording.total(side) for side in (left, right)))
    verdict = terminal.text(wording.verdict(comparison), "green" if comparison.same else "yellow")
    parts: list[RenderableType] = [table, terminal.text(""), verdict]
    if comparison.changes:
        parts += [terminal.text(""), *map(terminal.note, comparison.changes)]
    return terminal.printed(parts, style)


def _head(side: Side, room: int) -> "Text":
    """The releases, a line for each, and below them the file."""
    lines = [
        *(terminal.text(release) for release in wording.releases(side)),
        *(terminal.text(line, "dim") for line in layout.path_lines(wording.title(side), room)),
    ]
    head = lines[0]
    for line in lines[1:]:
        head.append("\n").append_text(line)
    return head


def _stage(row: Row) -> "Text":
    same = row.left is not None and row.right is not None and row.left.service == row.right.service
    return terminal.text(str(row.stage), "" if same else "bold")


def _step(side: Side, step: Step | None, reason: str | None) -> "Text":
    """A service and, below it, the build."""
    if step is None:
        return terminal.text(wording.absent(reason), "dim")
    text = terminal.text(
        wording.step(step), "" if step.stage is Stage.OUTSIDE else layout.COLORS.get(Service(step.service), "")
    )
    if version := wording.version(side, step):
        text.append("\n").append_text(terminal.text(version, "dim"))
    return text
