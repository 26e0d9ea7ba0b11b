"""Terminal output with rich: escaped text, plain tables, lines without trailing spaces."""

from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from hopscope.model import Finding, Severity
from hopscope.renderers import Style
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import aligned_label
from hopscope.renderers.text.layout import GAP

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table
    from rich.text import Text

__all__ = ["LEAST_WIDTH", "WithLines", "console", "finding", "note", "printed", "row", "table", "text"]

LEAST_WIDTH = 40
"""Minimum columns for wrapping; a narrower terminal wraps the lines itself."""


def console(style: Style) -> "Console":
    """A console that depends neither on the terminal nor on the environment."""
    from rich.console import Console

    return Console(
        file=StringIO(),
        width=max(style.width, LEAST_WIDTH),
        color_system="standard" if style.color else None,
        force_terminal=style.color,
        no_color=False,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )


def printed(parts: Iterable["RenderableType"], style: Style) -> str:
    """The parts one below the other, without trailing spaces."""
    output = console(style)
    with output.capture() as capture:
        for part in parts:
            output.print(part)
    return "".join(f"{line.rstrip(' ')}\n" for line in capture.get().split("\n")[:-1])


def text(text: str, style: str = "") -> "Text":
    """``text`` escaped, and wrapped inside words if necessary."""
    from rich.text import Text

    return Text(visible(text), style=style, overflow="fold")


def table() -> "Table":
    """A table with a line below its heading and no other."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", border_style="dim")


class WithLines:
    """A table with other lines between its own."""

    def __init__(self, table: "Table", between: Mapping[int, "RenderableType"]) -> None:
        """Store the parts; ``between``: by the index of the line of the table that follows, heading included."""
        self._table = table
        self._between = between

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """The lines in order."""
        from rich.segment import Segment

        for index, line in enumerate(console.render_lines(self._table, options, pad=False)):
            if index in self._between:
                yield self._between[index]
            yield from line
            yield Segment.line()


def row(cells: Sequence["Text"], widths: Sequence[int]) -> "Table":
    """The cells in columns of these widths; the last cell takes the remaining width."""
    from rich.table import Table

    line = Table.grid(padding=(0, GAP, 0, 0))
    for index in range(len(cells)):
        right = index in {0, 2}
        line.add_column(width=widths[index] if index < len(widths) else None, justify="right" if right else "left")
    line.add_row(*cells)
    return line


_SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def finding(finding: Finding) -> "Table":
    """Severity and code, and to the right of them the message, the likely cause and a line per check."""
    from rich.console import Group
    from rich.table import Table

    style = _SEVERITY_STYLES[finding.severity]
    line = Table.grid(padding=(0, GAP, 0, 0))
    line.add_column(no_wrap=True)
    line.add_column()
    cause = [text(finding.cause, "dim")] if finding.cause else []
    line.add_row(
        text(aligned_label(finding), style), Group(text(finding.message), *cause, *map(_check, finding.checks))
    )
    return line


def _check(check: str) -> "Table":
    """A list item with a hanging indent, so that a wrapped command is recognisable."""
    from rich.table import Table

    item = Table.grid(padding=(0, 1, 0, 0))
    item.add_column(no_wrap=True)
    item.add_column()
    item.add_row(text("-"), text(check))
    return item


def fact(name: str, value: str) -> "Table":
    """A fact below a headline: its name, and the value with a hanging indent."""
    from rich.table import Table

    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_column(width=_FACT_WIDTH)
    line.add_column()
    line.add_row(text(f"  {name}:", "dim"), text(value))
    return line


_FACT_WIDTH = len("  Remote server:")


def note(note: str) -> "Table":
    """A note with a hanging indent."""
    return row([text("•"), text(note)], [1])
