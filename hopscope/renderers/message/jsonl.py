"""JSON Lines: one object per line and message."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.schema.message import analysis_document
from hopscope.renderers.text.json_values import line

__all__ = ["document", "message"]


def message(analysis: Analysis, style: Style, _number: int = 1) -> str:
    """A line."""
    return line(analysis_document(analysis, style.tz))


def document(messages: Iterable[str]) -> Iterator[str]:
    """A line per message, written while the messages are read."""
    yield from messages
