"""Messages -> JSON lines."""

from datetime import tzinfo
from typing import TYPE_CHECKING

import msgspec

from hopscope.errors import SourceError
from hopscope.renderers import Style, rendered
from hopscope.scale.reading import analyzed, routes
from hopscope.scale.work import Chunk

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation

__all__ = ["Lines", "lines"]


class Lines(msgspec.Struct):
    """The JSON lines of a chunk, and its read errors."""

    text: str
    errors: list[SourceError]


def lines(chunk: Chunk, *, tz: tzinfo | None, organisation: "Organisation | None" = None) -> Lines:
    """One JSON line per message of a chunk."""
    read = list(routes(chunk))
    analyses = (analyzed(route, organisation) for route in read if not isinstance(route, SourceError))
    text = "".join(rendered("jsonl", analyses, Style(tz=tz)))
    return Lines(text, [error for error in read if isinstance(error, SourceError)])
