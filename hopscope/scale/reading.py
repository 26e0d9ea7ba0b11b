"""Message or read error of a source -> labelled route or error."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hopscope.analysis.analyze import Analysis
from hopscope.api import read
from hopscope.errors import SourceError
from hopscope.model import Route
from hopscope.sources.message import Message

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.work import Chunk

__all__ = ["BULK", "analyzed", "route_of", "routes"]

BULK = 32
"""Minimum messages of a chunk for which compiling the patterns of the one-pass parser is worthwhile."""


def routes(chunk: "Chunk") -> Iterator[Route | SourceError]:
    """The labelled routes of a chunk of messages, or an error in place of a route."""
    in_bulk = len(chunk) >= BULK
    return (route_of(message, in_bulk=in_bulk) for message in chunk)


def route_of(message: Message | SourceError, *, in_bulk: bool = False) -> Route | SourceError:
    """The labelled route of a message; an error if it has no Received field and is not a report, or was not read."""
    if isinstance(message, SourceError):
        return message
    route = read(message.data, source=message.source, in_bulk=in_bulk)
    if not route.hops and not route.delivery_status:
        unread = next((defect.message for defect in route.defects if defect.code == "received-unread"), None)
        reason = "no Received header fields found" + (f" ({unread})" if unread else "")
        return SourceError(message.source, reason, "give the whole message or its Internet headers")
    if message.repairs:
        route = replace(route, repairs=(*message.repairs, *route.repairs))
    return replace(route, defects=(message.problem, *route.defects)) if message.problem else route


def analyzed(route: Route, organisation: "Organisation | None") -> Analysis:
    """The analysis of a labelled route, with the trust of the reader's servers if settings identify these."""
    if not organisation:
        return Analysis(route=route)
    from hopscope.checks.own import attested, peers_in_networks

    own, in_networks = attested(route.hops, organisation), peers_in_networks(route.hops, organisation)
    return Analysis(route=route, attested=own, in_networks=in_networks)
