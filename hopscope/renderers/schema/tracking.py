"""The JSON records of tracking logs.

The module is over 300 lines because it describes every key for the JSON Schema.
"""

# Annotations are not evaluated, as only the JSON Schema needs the descriptions of the keys.
from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from hopscope.analysis.logged_delay import Verdict
from hopscope.model import Service
from hopscope.renderers.text.json_values import iso, seconds

if TYPE_CHECKING:
    from hopscope.analysis.tracking.offsets import ClockOffset
    from hopscope.analysis.tracking.ordering import OrderedEvent, OrderedEvents
    from hopscope.analysis.tracking.stays import Stay
    from hopscope.analysis.tracking.trail import Outcome, Trail
    from hopscope.analysis.tracking.verdicts import TrackedHop, Tracking
    from hopscope.renderers.tracking.wording import MessageList, Outline

__all__ = [
    "ClockOffsetDocument",
    "HopTrackingDocument",
    "MessageTrackingDocument",
    "OutcomeDocument",
    "TrackDocument",
    "TrackedMessagesDocument",
    "TrackingEventDocument",
    "event_document",
    "hop_tracking_document",
    "message_tracking_document",
    "messages_document",
    "offset_documents",
    "outcome_document",
    "outline_document",
    "trail_document",
]

SCHEMA: Final = "hopscope/2"
Version = Annotated[Literal["hopscope/2"], Meta(description="Version of this schema.")]
Time = Annotated[str | None, Meta(description="With the UTC offset.", extra_json_schema={"format": "date-time"})]


class TrackingEventDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event of a tracking log or message trace."""

    time: Annotated[Time, Meta(description="By the reference clock, if clocks are corrected.")]
    logged_time: Annotated[Time, Meta(description="By the clock of the server that logged it.")]
    delay_seconds: Annotated[float | None, Meta(description="Since the latest event before; never negative.")]
    server: Annotated[str | None, Meta(description="The server that logged it.")]
    service: Annotated[Service | None, Meta(description="The service that logged it, if the event shows it.")]
    source: Annotated[str | None, Meta(description="Component of Exchange, such as SMTP or STOREDRIVER.")]
    event: Annotated[str, Meta(description="Such as RECEIVE, DEFER, SEND; of a message trace, the status.")]
    client: Annotated[str | None, Meta(description="client-hostname.")]
    client_address: Annotated[str | None, Meta(description="client-ip.")]
    next_server: Annotated[str | None, Meta(description="Of SEND and SUBMIT: the server it was sent to.")]
    reason: Annotated[str | None, Meta(description="The reply or error, or other context.")]
    next_attempt: Annotated[
        Time, Meta(description="Of a deferral: when the next attempt was planned, inferred from message-info.")
    ]
    recipients: tuple[str, ...]
    message_id: str | None
    network_message_id: str | None
    internal_message_id: str | None
    position: Annotated[str, Meta(description="File and line of the row.")]


class ClockOffsetDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How far the clock of a server differs from the reference clock, from transfers that both servers logged."""

    server: str
    reference: str
    offset_seconds: Annotated[float, Meta(description="Positive: ahead of the reference.")]
    uncertainty_seconds: Annotated[
        float | None, Meta(description="Null with transfers in one direction only: within the transfer time.")
    ]
    transfers: Annotated[int, Meta(ge=1)]
    is_corrected: Annotated[bool, Meta(description="Whether the times of its events are corrected.")]


class OutcomeDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The last that the logs say about a recipient."""

    recipient: str
    event: Annotated[str, Meta(description="Such as DELIVER, FAIL, SEND.")]
    outcome: Annotated[
        str | None,
        Meta(
            description="What the event says of the recipient: delivered, failed, sent; of a FAIL by an agent removed."
        ),
    ]
    server: str | None
    time: Time
    reason: str | None


class StayDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How long a service held the message, by the clock of its server."""

    server: str
    service: Service | None
    seconds: float
    next_server: str | None
    deferrals: Annotated[int, Meta(ge=0)]
    reason: Annotated[str | None, Meta(description="Of most deferrals.")]


class HopTrackingDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the tracking logs say at one hop; all but events is null if they do not have both ends of its delay."""

    events: Annotated[int, Meta(ge=0, description="Number of its events; `tracking.events` of the message has them.")]
    verdict: Annotated[Verdict | None, Meta(description="Compared with what the Received fields suggest.")]
    text: str | None
    server: Annotated[str | None, Meta(description="The server that held the message longest.")]
    service: Service | None
    held_seconds: Annotated[float | None, Meta(description="By the clock of that server.")]
    sent_to: str | None
    deferrals: int | None
    reason: Annotated[str | None, Meta(description="Of most deferrals.")]
    clock_skew_seconds: Annotated[
        float | None, Meta(description="Part of the delay that is the difference of two clocks.")
    ]
    unexplained_seconds: Annotated[
        float | None, Meta(description="Part of the delay after the message was sent to a server without a log.")
    ]
    position: Annotated[str | None, Meta(description="File and line of the event that ended the time.")]


class PlacedEventDocument(TrackingEventDocument, frozen=True, kw_only=True, gc=False):
    """An event of a tracking log or message trace, with its position on the path."""

    hop: Annotated[int | None, Meta(description="Number of its hop; null for a server without a hop.")]
    after_hop: Annotated[int, Meta(ge=0, description="Number of the last hop with an event up to this one.")]


class MessageTrackingDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the tracking logs say about the message."""

    events: Annotated[tuple[PlacedEventDocument, ...], Meta(description="In order; those without a time come last.")]
    outcomes: Annotated[tuple[OutcomeDocument, ...], Meta(description="By recipient.")]
    clock_offsets: tuple[ClockOffsetDocument, ...]
    unconnected_servers: Annotated[
        tuple[str, ...], Meta(description="Servers whose clocks cannot be compared: their times are as logged.")
    ]


class TrackDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The events of one message."""

    schema: Version
    message_id: str | None
    network_message_ids: tuple[str, ...]
    subject: str | None
    sender: str | None
    total_seconds: Annotated[float | None, Meta(description="From the first to the last event.")]
    servers: Annotated[tuple[str, ...], Meta(description="Those that logged events, in their order.")]
    events: tuple[TrackingEventDocument, ...]
    stays: Annotated[tuple[StayDocument, ...], Meta(description="Those that are logged from start to end.")]
    outcomes: Annotated[tuple[OutcomeDocument, ...], Meta(description="By recipient.")]
    clock_offsets: tuple[ClockOffsetDocument, ...]
    unconnected_servers: Annotated[
        tuple[str, ...], Meta(description="Servers whose clocks cannot be compared: their times are as logged.")
    ]


class OutlineDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message among several."""

    message_id: str | None
    network_message_id: str | None
    subject: str | None
    first_time: Time
    last_time: Time
    total_seconds: Annotated[float | None, Meta(description="From the first to the last event, as logged.")]
    events: Annotated[int, Meta(ge=1)]
    last_event: str


class TrackedMessagesDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Several messages, the slowest first."""

    schema: Version
    total: Annotated[int, Meta(ge=0, description="Number of messages in the logs.")]
    messages: tuple[OutlineDocument, ...]


def event_document(event: OrderedEvent, tz: tzinfo | None) -> TrackingEventDocument:
    """The record of an event."""
    return TrackingEventDocument(**_event(event, tz))


def _event(event: OrderedEvent, tz: tzinfo | None) -> dict[str, Any]:
    from hopscope.analysis.tracking.events import SENDS, reason  # few messages come with a log

    logged = event.event
    return {
        "time": iso(event.time, tz),
        "logged_time": iso(logged.time, tz),
        "delay_seconds": seconds(event.delay),
        "server": event.server,
        "service": event.service,
        "source": logged.source,
        "event": logged.event,
        "client": logged.client,
        "client_address": logged.client_ip,
        "next_server": logged.server if logged.event in SENDS | {"SUBMIT"} else None,
        "reason": reason(logged),
        "next_attempt": iso(event.next_attempt, tz),
        "recipients": logged.recipients,
        "message_id": logged.message_id,
        "network_message_id": logged.network_message_id,
        "internal_message_id": logged.internal_message_id,
        "position": logged.position,
    }


def offset_documents(ordered: OrderedEvents) -> tuple[ClockOffsetDocument, ...]:
    """The records of the differences of clocks."""
    return tuple(map(_offset, ordered.offsets))


def _offset(offset: ClockOffset) -> ClockOffsetDocument:
    return ClockOffsetDocument(
        server=offset.server,
        reference=offset.reference,
        offset_seconds=offset.offset.total_seconds(),
        uncertainty_seconds=seconds(offset.uncertainty),
        transfers=offset.pairs,
        is_corrected=offset.is_skew,
    )


def outcome_document(outcome: Outcome, tz: tzinfo | None) -> OutcomeDocument:
    """The record of what became of a recipient."""
    from hopscope.analysis.tracking.events import outcome as outcome_of

    return OutcomeDocument(
        recipient=outcome.recipient,
        event=outcome.event.event.event,
        outcome=outcome_of(outcome.event.event),
        server=outcome.event.server,
        time=iso(outcome.event.time, tz),
        reason=outcome.reason,
    )


def hop_tracking_document(hop: TrackedHop) -> HopTrackingDocument:
    """The record of what the logs say at a hop."""
    from hopscope.analysis import phrases

    logged = hop.logged
    return HopTrackingDocument(
        events=len(hop.events),
        verdict=logged.verdict if logged else None,
        text=phrases.logged(logged) if logged else None,
        server=logged.server if logged else None,
        service=logged.service if logged else None,
        held_seconds=seconds(logged.held) if logged else None,
        sent_to=logged.sent_to if logged else None,
        deferrals=logged.deferrals if logged else None,
        reason=logged.reason if logged else None,
        clock_skew_seconds=seconds(logged.clock_skew) if logged else None,
        unexplained_seconds=seconds(logged.unexplained) if logged else None,
        position=logged.position if logged else None,
    )


def message_tracking_document(tracking: Tracking, tz: tzinfo | None) -> MessageTrackingDocument:
    """The record of what the logs say about a message."""
    return MessageTrackingDocument(
        events=tuple(
            PlacedEventDocument(**_event(place.event, tz), hop=place.hop, after_hop=place.after)
            for place in tracking.events
        ),
        outcomes=tuple(outcome_document(outcome, tz) for outcome in tracking.outcomes),
        clock_offsets=offset_documents(tracking.ordered),
        unconnected_servers=tracking.ordered.unconnected,
    )


def trail_document(trail: Trail, tz: tzinfo | None) -> TrackDocument:
    """The record of the events of one message."""
    return TrackDocument(
        schema=SCHEMA,
        message_id=trail.message_id,
        network_message_ids=trail.network_message_ids,
        subject=trail.subject,
        sender=trail.sender,
        total_seconds=seconds(trail.ordered.total),
        servers=trail.servers,
        events=tuple(event_document(event, tz) for event in trail.ordered.events),
        stays=tuple(map(_stay, trail.stays)),
        outcomes=tuple(outcome_document(outcome, tz) for outcome in trail.outcomes),
        clock_offsets=offset_documents(trail.ordered),
        unconnected_servers=trail.ordered.unconnected,
    )


def _stay(stay: Stay) -> StayDocument:
    return StayDocument(
        server=stay.server,
        service=stay.service,
        seconds=stay.held.total_seconds(),
        next_server=stay.next_server,
        deferrals=stay.deferrals.count if stay.deferrals else 0,
        reason=stay.deferrals.reason if stay.deferrals else None,
    )


def outline_document(outline: Outline, tz: tzinfo | None) -> OutlineDocument:
    """The record of a message among several."""
    return OutlineDocument(
        message_id=outline.message_id,
        network_message_id=outline.network_message_id,
        subject=outline.subject,
        first_time=iso(outline.first_time, tz),
        last_time=iso(outline.last_time, tz),
        total_seconds=seconds(outline.total),
        events=outline.events,
        last_event=outline.last_event,
    )


def messages_document(messages: MessageList, tz: tzinfo | None) -> TrackedMessagesDocument:
    """The record of several messages."""
    return TrackedMessagesDocument(
        schema=SCHEMA,
        total=messages.total,
        messages=tuple(outline_document(outline, tz) for outline in messages.messages),
    )
