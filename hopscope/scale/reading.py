"""Message or read error of a source -> labelled route or error."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.lifecycle import is_newer
from hopscope.classifier import builds, label
from hopscope.classifier.antispam import has_verdicts
from hopscope.errors import NotMailError, SourceError
from hopscope.model import Route
from hopscope.parser import parse
from hopscope.parser.authentication import authentication_results, signatures
from hopscope.sources.message import Message

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter, Selected
    from hopscope.scale.supplements import Supplements
    from hopscope.scale.work import Chunk

__all__ = ["BULK", "Result", "analyzed", "has_newer_build", "is_readable", "labelled", "route_of"]

BULK = 32
"""Minimum messages of a chunk for which compiling the patterns of the one-pass parser is worthwhile."""


_OWN_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*+\{\s*+"schema"\s*+:\s*+"hopscope(-[a-z]++)?+/')
"""The start of JSON that hopscope itself wrote."""
_OWN_ERRORS = (
    ("JSON output of hopscope, not a message", "give the messages that it was made from"),
    ("a saved summary, not a message", "use hopscope stats, graph or compare"),
)


_LOG = re.compile(rb"(?:\xef\xbb\xbf)?#(?:Software: Microsoft Exchange|Fields: date-time,)")
"""The start of a log of Exchange Server."""


_UNREAD = frozenset({"received-unread", "limit-block", "limit-fields"})
"""Codes of defects by which a message may have Received fields that were not read."""


class Result(msgspec.Struct, kw_only=True):
    """What the results of the work on a chunk have in common."""

    errors: list[SourceError] = []
    """The read errors of the chunk."""
    skipped: list[SourceError] = []
    """Files that are not mail, in folders and archives."""
    selected: "Selected | None" = None
    """What a filter selected from the chunk; ``None`` without one."""
    newer_build: bool = False
    """Whether the table of builds is outdated and a message has a build that is newer."""
    tracked: bool | None = None
    """Whether a message has an event in the tracking logs; ``None`` without logs or messages."""
    is_limited: bool = False
    """Whether a message has more events than were read."""

    def read(self, chunk: "Chunk") -> Iterator[tuple[Message, Route]]:
        """The messages of a chunk and their labelled routes; errors and newer builds are recorded."""
        in_bulk, outdated = len(chunk) >= BULK, builds.is_outdated()
        for message in chunk:
            route = route_of(message, in_bulk=in_bulk)
            if isinstance(route, SourceError):
                (self.skipped if isinstance(route, NotMailError) else self.errors).append(route)
                continue
            assert isinstance(message, Message)  # noqa: S101 - an error has no route
            self.newer_build = self.newer_build or (outdated and has_newer_build(route))
            yield message, route

    def analyses(
        self,
        chunk: "Chunk",
        organisation: "Organisation | None",
        filter_: "MessageFilter | None",
        supplements: "Supplements | None" = None,
    ) -> Iterator[tuple[Message, Analysis]]:
        """The messages of a chunk that a filter selects, and their analyses; all messages without a filter."""

        def analysis(route: Route) -> Analysis:
            analysis = analyzed(route, organisation, supplements)
            if supplements and supplements.tracking:
                self.tracked = self.tracked or bool(analysis.tracking_events)
                self.is_limited |= supplements.tracking.is_limited
            return analysis

        messages = ((message, analysis(route)) for message, route in self.read(chunk))
        if not filter_:
            return messages
        from hopscope.scale.filters import Selected

        self.selected = Selected()
        return self.selected.chosen(messages, filter_)


def has_newer_build(route: Route) -> bool:
    """Whether a message has a build that is newer than the table of builds."""
    return any(hop.label.build is not None and is_newer(hop.label.build, hop.label.product) for hop in route.hops)


def is_readable(route: Route) -> bool:
    """Whether a message has a Received field, or anything else to analyze.

    That is the delivery status of another message, results of authentication, a signature, or what Exchange found.
    """
    return bool(
        route.hops
        or route.delivery_status
        or authentication_results(route)
        or any(signature.domain for signature in signatures(route))
        or has_verdicts(route)
    )


def route_of(message: Message | SourceError, *, in_bulk: bool = False) -> Route | SourceError:
    """The labelled route of a message; an error if it is not readable, or was not read."""
    if isinstance(message, SourceError):
        return message
    route = labelled(message, in_bulk=in_bulk)
    if not is_readable(route):
        if own := _OWN_JSON.match(message.data):
            return SourceError(message.source, *_OWN_ERRORS[own[1] == b"-summary"])
        if _LOG.match(message.data):
            advice = "give each tracking log with --tracking-log, or use hopscope track"
            return SourceError(message.source, "a log of Exchange, not a message", advice)
        unread = "; ".join(dict.fromkeys(defect.message for defect in route.defects if defect.code in _UNREAD))
        reason = "no Received header fields found" + (f" ({unread})" if unread else "")
        return SourceError(message.source, reason, "give the whole message or its Internet headers")
    return route


def labelled(message: Message, *, in_bulk: bool = False) -> Route:
    """The labelled route of a message, without hops if it has no Received field."""
    route = label(parse(message.data, source=message.source, in_bulk=in_bulk))
    if message.repairs:
        route = replace(route, repairs=(*message.repairs, *route.repairs))
    return replace(route, defects=(message.problem, *route.defects)) if message.problem else route


def analyzed(route: Route, organisation: "Organisation | None", supplements: "Supplements | None" = None) -> Analysis:
    """The analysis of a labelled route.

    Args:
        route: The route.
        organisation: Identifies the reader's servers, and so the trust of their hops.
        supplements: The user's files, with the events of the message and the locations of its addresses.
    """
    facts: dict[str, Any] = {}
    if organisation:
        from hopscope.checks.own import attested, peers_in_networks

        facts["attested"] = attested(route.hops, organisation)
        facts["in_networks"] = peers_in_networks(route.hops, organisation)
    if supplements:
        facts |= {"tracking_events": supplements.events(route), "locations": supplements.locations_of(route)}
    return Analysis(route=route, **facts)
