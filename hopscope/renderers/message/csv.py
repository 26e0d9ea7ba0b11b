"""CSV: one row per hop; unknown values are empty cells."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.schema.csv import HopRow, heading, hop_rows
from hopscope.renderers.text.csv import lines

__all__ = ["COLUMNS", "messages"]

COLUMNS = heading(HopRow)


def messages(analyses: Iterable[Analysis], style: Style) -> Iterator[str]:
    """A heading and a row per hop, written while the messages are read."""
    yield lines([COLUMNS])
    for analysis in analyses:
        yield lines(hop_rows(analysis, style.tz))
