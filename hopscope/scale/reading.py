"""What a source handed over -> a labelled route, or what is wrong with it."""

from msgspec.structs import replace

from hopscope.api import read
from hopscope.errors import SourceError
from hopscope.model import Route
from hopscope.sources import Message

__all__ = ["route_of"]


def route_of(message: Message) -> Route | SourceError:
    """The labelled route of a message; an error where it has no Received field."""
    route = read(message.data, source=message.source)
    if not route.hops:
        reason = "no Received header fields found"
        return SourceError(message.source, reason, "give the whole message or its Internet headers")
    return replace(route, defects=(message.problem, *route.defects)) if message.problem else route
