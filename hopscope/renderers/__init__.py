"""Records -> text. Renderers are pure functions of a result and a Style: they do not analyse or query the terminal.

Each kind of result has a folder with one file per format, and all formats have the same function:

    message/     messages(analyses, style)      -> pieces of text, message by message
    comparison/  comparison(comparison, style)  -> text of a comparison

``schema`` contains all records that are written as JSON, CSV or Parquet. ``text`` contains what all formats share:
escaping, columns, the terminal. ``message/explanation.py`` is the output of ``hopscope explain`` and has its own
functions.
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
"""The formats of a message: the modules in ``message``."""


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the output."""

    width: int = 100
    """Columns of the terminal; only ``table`` wraps its lines to them."""
    color: bool = False
    tz: tzinfo | None = None
    """Zone of all times; ``None``: each time in the zone of its Received field."""
    defects: bool = False
    """Whether to list syntax violations in the header fields."""
    timeline: bool = False
    """Whether ``table`` and ``plain`` also draw the timeline; ``svg`` and ``html`` always do."""


class Renderer(Protocol):
    """The interface of every format of a message."""

    def messages(self, analyses: Iterable["Analysis"], style: Style) -> Iterator[str]:
        """Text of the messages, in pieces that make up the output when joined."""


def renderer(name: str) -> Renderer:
    """The renderer of a format, one of RENDERERS."""
    return cast("Renderer", import_module(f"{__name__}.message.{name}"))
