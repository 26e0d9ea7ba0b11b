"""What a source handed over -> a labelled route, or what is wrong with it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hopscope.api import read
from hopscope.errors import SourceError
from hopscope.model import Route
from hopscope.sources.message import Message

if TYPE_CHECKING:
    from hopscope.scale.work import Chunk

__all__ = ["BULK", "route_of", "routes"]

BULK = 32
"""So many messages together take longer to be read one by one than the patterns for many take to compile."""


def routes(chunk: "Chunk") -> Iterator[Route | SourceError]:
    """The labelled routes of a chunk of messages, and in the place of one what is wrong with it."""
    in_bulk = len(chunk) >= BULK
    for message in chunk:
        yield message if isinstance(message, SourceError) else route_of(message, in_bulk=in_bulk)


def route_of(message: Message, *, in_bulk: bool = False) -> Route | SourceError:
    """The labelled route of a message; an error where it has no Received field."""
    route = read(message.data, source=message.source, in_bulk=in_bulk)
    if not route.hops:
        reason = "no Received header fields found"
        return SourceError(message.source, reason, "give the whole message or its Internet headers")
    return replace(route, defects=(message.problem, *route.defects)) if message.problem else route
