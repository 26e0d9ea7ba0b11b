"""Records -> text. Renderers are pure functions of a result and a Style: they do not analyse or query the terminal.

Each kind of result has a folder with one file per format, and all formats have the same function:

    message/     message(analysis, style, number) -> a part of the output
                 document(parts)                -> pieces of text, message by message
    comparison/  comparison(comparison, style)  -> text of a comparison

``schema`` contains all records that are written as JSON, CSV or Parquet. ``text`` contains what all formats share:
escaping, columns, the terminal. ``message/explanation.py`` is the output of ``hopscope explain`` and has its own
functions.
"""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

if TYPE_CHECKING:
    from hopscope.analysis.analyze import Analysis

__all__ = ["RENDERERS", "Renderer", "Style", "rendered", "renderer"]

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

    def message(self, analysis: "Analysis", style: Style, number: int) -> Any:  # noqa: ANN401 - as ``document`` takes it
        """The part of the output for a message, the ``number``-th from 1, with everything that is computed for it."""

    def document(self, messages: Iterable[Any]) -> Iterator[str]:
        """The output from the parts of its messages, in pieces of text that make it up when joined."""


def renderer(name: str) -> Renderer:
    """The renderer of a format, one of RENDERERS."""
    return cast("Renderer", import_module(f"{__name__}.message.{name}"))


def rendered(name: str, analyses: Iterable["Analysis"], style: Style) -> Iterator[str]:
    """Messages in a format, one of RENDERERS, in pieces of text that make up the output when joined."""
    format_ = renderer(name)
    return format_.document(format_.message(analysis, style, number) for number, analysis in enumerate(analyses, 1))
