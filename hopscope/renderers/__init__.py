"""Records -> text. Pure: renderers take what was analysed and a Style; they never analyse, and never ask the terminal.

A folder per thing that is shown, in it one format per file, each with the same function:

    message/     messages(analyses, style)      -> pieces of text, one message after the other
    comparison/  comparison(comparison, style)  -> text of a comparison

``schema`` holds every record that is written as JSON, CSV or Parquet; ``text`` what all formats share: escaping,
columns, the terminal. ``message/explanation.py`` is the output of one command and has functions of its own.
"""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

import msgspec

if TYPE_CHECKING:
    from hopscope.analysis.analyze import Analysis

__all__ = ["RENDERERS", "Renderer", "Style", "renderer"]

RENDERERS = ("table", "plain", "json", "jsonl", "csv", "markdown", "svg", "html")
"""The formats of a message, by the names of their files in ``message``."""


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
    """What every format of a message has."""

    def messages(self, analyses: Iterable["Analysis"], style: Style) -> Iterator[str]:
        """Text of the messages, in pieces that make up the output when joined."""


def renderer(name: str) -> Renderer:
    """The renderer of messages called ``name``, one of RENDERERS."""
    return cast("Renderer", import_module(f"{__name__}.message.{name}"))
