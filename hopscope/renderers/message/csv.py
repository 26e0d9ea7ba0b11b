"""CSV: one row per hop; unknown is an empty cell."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.schema.csv import HopRow, heading, hop_rows
from hopscope.renderers.text.csv import lines

__all__ = ["COLUMNS", "messages"]

COLUMNS = heading(HopRow)


def messages(analyses: Iterable[Analysis], style: Style) -> Iterator[str]:
    """A heading, then a row per hop, written as they come."""
    yield lines([COLUMNS])
    for analysis in analyses:
        yield lines(hop_rows(analysis, style.tz))
