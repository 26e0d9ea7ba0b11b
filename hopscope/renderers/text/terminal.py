"""Terminal output with rich: escaped text, plain tables, lines without trailing spaces."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from hopscope.model import Finding, Severity
from hopscope.renderers import Style
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import aligned_label
from hopscope.renderers.text.layout import GAP, shortened, wrapped

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = [
    "LEAST_WIDTH",
    "console",
    "finding",
    "line",
    "note",
    "paragraph",
    "printed",
    "row",
    "table",
    "text",
    "unbroken",
]

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


def unbroken(line: "Text") -> "Text":
    """A line that is not wrapped."""
    line.no_wrap, line.overflow = True, "ignore"
    return line


def line(cells: Sequence["Text"], widths: Sequence[int], right: Collection[int] = ()) -> "Text":
    """The cells in columns of these widths, which they must fit; those in ``right`` are aligned to the right."""
    aligned = text("")
    for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        blanks = " " * (width - cell.cell_len)
        aligned.append(" " * GAP if index else "").append(blanks if index in right else "")
        aligned.append_text(cell).append("" if index in right else blanks)
    return unbroken(aligned)


def paragraph(first: "Text", body: str, columns: int, style: str = "", *, shorten: bool = False) -> Iterator["Text"]:
    """Lines of at most ``columns``, broken at blanks, with ``first`` before the first one and indented by its width.

    Args:
        first: The label of the paragraph.
        body: Text of a message, not yet escaped.
        columns: The width of the lines, label included.
        style: The style of the body.
        shorten: Whether a word that is wider than a line gets an ellipsis in its middle; otherwise it is folded.
    """
    from rich.cells import cell_len, chop_cells

    available = max(columns - first.cell_len, 2)
    label, indent = first, text(" " * first.cell_len)
    for words in wrapped(visible(body), available, cell_len):
        for piece in [shortened(words, available, cell_len)] if shorten else chop_cells(words, available) or [""]:
            yield unbroken(text("").append_text(label).append(piece, style))
            label = indent


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


_NARROW = 80
"""Below this width, the text of a finding is below its label."""


def finding(finding: Finding, columns: int) -> Iterator["Text"]:
    """Severity and code, the message, the likely cause, and a list item per check; commands break at blanks only."""
    label = text(f"{aligned_label(finding)}{' ' * GAP}", _SEVERITY_STYLES[finding.severity])
    indent = text(" " * (GAP if columns < _NARROW else label.cell_len))
    if columns < _NARROW:
        yield label
    yield from paragraph(indent if columns < _NARROW else label, finding.message, columns)
    if finding.cause:
        yield from paragraph(indent, finding.cause, columns, "dim")
    for check in finding.checks:
        yield from paragraph(indent.copy().append("- "), check, columns)


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
