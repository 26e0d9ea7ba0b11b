"""JSON Lines: one object per line and message."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from hopscope.model import Route
from hopscope.renderers import Style
from hopscope.renderers.documents import route_document
from hopscope.renderers.printable import json_document

if TYPE_CHECKING:
    from hopscope.analysis.compare import Comparison

__all__ = ["comparison", "routes"]


def routes(routes: Iterable[Route], style: Style) -> Iterator[str]:
    """A line per message, written as it comes."""
    for route in routes:
        yield _line(route_document(route, style.tz))


def comparison(comparison: "Comparison", style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """The comparison as one line."""
    from hopscope.renderers.comparison_documents import comparison_document

    return _line(comparison_document(comparison))


def _line(document: msgspec.Struct) -> str:
    return f"{json_document(msgspec.json.encode(document))}\n"
