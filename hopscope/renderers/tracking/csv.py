"""The events of tracking logs as CSV: a row per event, or per message."""

from hopscope.analysis.tracking.trail import Trail
from hopscope.renderers import Style
from hopscope.renderers.schema.tracking import event_document, outline_document
from hopscope.renderers.text.csv import lines
from hopscope.renderers.tracking.wording import MessageList

__all__ = ["messages", "trail"]

_EVENT = (
    "time",
    "logged_time",
    "delay_seconds",
    "server",
    "service",
    "source",
    "event",
    "client",
    "client_address",
    "next_server",
    "reason",
    "next_attempt",
    "recipients",
    "message_id",
    "network_message_id",
    "internal_message_id",
    "position",
)
_OUTLINE = (
    "message_id",
    "network_message_id",
    "subject",
    "first_time",
    "last_time",
    "total_seconds",
    "events",
    "last_event",
)


def trail(trail: Trail, style: Style) -> str:
    """A row per event; the recipients are separated by semicolons."""
    documents = (event_document(event, style.tz) for event in trail.ordered.events)
    return lines([_EVENT, *(tuple(_cell(getattr(document, name)) for name in _EVENT) for document in documents)])


def messages(messages: MessageList, style: Style) -> str:
    """A row per message."""
    documents = (outline_document(outline, style.tz) for outline in messages.messages)
    return lines([_OUTLINE, *(tuple(_cell(getattr(document, name)) for name in _OUTLINE) for document in documents)])


def _cell(value: object) -> object:
    return "; ".join(value) if isinstance(value, tuple) else value
