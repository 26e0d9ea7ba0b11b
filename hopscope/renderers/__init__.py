"""Results -> text. One output per file; pure: they take results and a Style, and never ask the terminal.

Each output has the same doors:

    routes(routes, style)          -> pieces of text, one message after the other
    comparison(comparison, style)  -> text of a comparison

What outputs share: printable (hostile text), words (facts in words), layout (text in columns), documents (JSON, CSV).
explanation is the output of one command and has a door of its own.
"""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

import msgspec

from hopscope.model import Route

if TYPE_CHECKING:
    from hopscope.comparison import Comparison

__all__ = ["RENDERERS", "Renderer", "Style", "renderer"]

RENDERERS = ("table", "plain", "json", "jsonl", "csv", "markdown", "svg", "html")
"""The formats, by the names of their files in this folder."""


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How to show results."""

    width: int = 100
    """Columns of the terminal; only ``table`` folds its lines to it."""
    color: bool = False
    tz: tzinfo | None = None
    """One zone for all times; ``None``: each time in the zone of its stamp."""
    defects: bool = False
    """List what in the input is against its grammar."""
    timeline: bool = False
    """Draw the way on a time axis, too; only ``table`` and ``plain`` ask, ``svg`` and ``html`` always do."""


class Renderer(Protocol):
    """The doors of every file in this folder."""

    def routes(self, routes: Iterable[Route], style: Style) -> Iterator[str]:
        """Text of the messages, in pieces that make up the output when joined."""

    def comparison(self, comparison: "Comparison", style: Style) -> str:
        """Text of a comparison."""


def renderer(name: str) -> Renderer:
    """The renderer called ``name``, one of RENDERERS."""
    return cast("Renderer", import_module(f"{__name__}.message.{name}"))
