"""JSON Lines: one object per line and message."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.schema.message import analysis_document
from hopscope.renderers.text.json_values import line

__all__ = ["messages"]


def messages(analyses: Iterable[Analysis], style: Style) -> Iterator[str]:
    """A line per message, written while the messages are read."""
    for analysis in analyses:
        yield line(analysis_document(analysis, style.tz))
