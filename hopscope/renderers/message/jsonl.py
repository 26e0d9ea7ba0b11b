"""JSON Lines: one object per line and message."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.schema.message import analysis_document
from hopscope.renderers.text.escape import json_document

if TYPE_CHECKING:
    from hopscope.comparison import Comparison

__all__ = ["comparison", "messages"]


def messages(analyses: Iterable[Analysis], style: Style) -> Iterator[str]:
    """A line per message, written as it comes."""
    for analysis in analyses:
        yield _line(analysis_document(analysis, style.tz))


def comparison(comparison: "Comparison", style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """The comparison as one line."""
    from hopscope.renderers.schema.comparison import comparison_document

    return _line(comparison_document(comparison))


def _line(document: msgspec.Struct) -> str:
    return f"{json_document(msgspec.json.encode(document))}\n"
