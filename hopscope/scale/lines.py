"""Messages -> JSON lines."""

from datetime import tzinfo
from typing import TYPE_CHECKING

from hopscope.renderers import Style, rendered
from hopscope.scale.reading import Result
from hopscope.scale.work import Chunk

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter
    from hopscope.scale.supplements import Supplements

__all__ = ["Lines", "lines"]


class Lines(Result):
    """The JSON lines of a chunk, and its read errors."""

    text: str = ""


def lines(
    chunk: Chunk,
    *,
    tz: tzinfo | None,
    organisation: "Organisation | None" = None,
    filter_: "MessageFilter | None" = None,
    supplements: "Supplements | None" = None,
) -> Lines:
    """One JSON line per selected message of a chunk."""
    result = Lines()
    analyses = (analysis for _, analysis in result.analyses(chunk, organisation, filter_, supplements))
    result.text = "".join(rendered("jsonl", analyses, Style(tz=tz)))
    return result
