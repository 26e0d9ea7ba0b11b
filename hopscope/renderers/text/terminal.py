"""What is drawn with rich for a terminal: harmless text, plain tables, lines without the blanks that fill them."""

from collections.abc import Iterable
from io import StringIO
from typing import TYPE_CHECKING

from hopscope.renderers import Style
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = ["LEAST_WIDTH", "console", "printed", "table", "text"]

LEAST_WIDTH = 40
"""Lines are folded to no less; a terminal that is narrower folds them itself."""


def console(style: Style, *, record: bool = False) -> "Console":
    """A console that asks neither the terminal nor the environment."""
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
        record=record,
        _environ={},
    )


def printed(parts: Iterable["RenderableType"], style: Style) -> str:
    """The parts one below the other, without the blanks that fill their lines."""
    output = console(style)
    with output.capture() as capture:
        for part in parts:
            output.print(part)
    return "".join(f"{line.rstrip(' ')}\n" for line in capture.get().split("\n")[:-1])


def text(text: str, style: str = "") -> "Text":
    """``text`` made harmless, folded where it must be."""
    from rich.text import Text

    return Text(visible(text), style=style, overflow="fold")


def table() -> "Table":
    """A table with a line below its heading and no other."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", border_style="dim")
