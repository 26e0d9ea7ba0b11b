"""The events of tracking logs as JSON, as the schema describes it."""

from hopscope.analysis.tracking.trail import Trail
from hopscope.renderers import Style
from hopscope.renderers.schema.tracking import messages_document, trail_document
from hopscope.renderers.text.json_values import indented
from hopscope.renderers.tracking.wording import MessageList

__all__ = ["messages", "trail"]


def trail(trail: Trail, style: Style) -> str:
    """One object."""
    return indented(trail_document(trail, style.tz))


def messages(messages: MessageList, style: Style) -> str:
    """One object with a list of messages."""
    return indented(messages_document(messages, style.tz))
