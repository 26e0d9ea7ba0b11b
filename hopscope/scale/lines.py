"""Messages -> JSON lines."""

from datetime import tzinfo
from typing import TYPE_CHECKING

from hopscope.renderers import Style, rendered
from hopscope.scale.reading import Result, analyzed
from hopscope.scale.work import Chunk

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation

__all__ = ["Lines", "lines"]


class Lines(Result):
    """The JSON lines of a chunk, and its read errors."""

    text: str = ""


def lines(chunk: Chunk, *, tz: tzinfo | None, organisation: "Organisation | None" = None) -> Lines:
    """One JSON line per message of a chunk."""
    result = Lines()
    analyses = (analyzed(route, organisation) for _, route in result.read(chunk))
    result.text = "".join(rendered("jsonl", analyses, Style(tz=tz)))
    return result
