"""CSV: one row per hop; unknown values are empty cells."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.schema.csv import HopRow, heading, hop_rows
from hopscope.renderers.text.csv import lines

__all__ = ["COLUMNS", "document", "message"]

COLUMNS = heading(HopRow)


def message(analysis: Analysis, style: Style, _number: int) -> str:
    """A row per hop."""
    return lines(hop_rows(analysis, style.tz))


def document(messages: Iterable[str]) -> Iterator[str]:
    """A heading and the rows, written while the messages are read."""
    yield lines([COLUMNS])
    yield from messages
