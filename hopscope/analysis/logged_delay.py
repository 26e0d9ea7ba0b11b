"""What the tracking log of a server says about a delay that the headers attribute to it, or to another one."""

from datetime import timedelta
from enum import StrEnum

import msgspec

from hopscope.model import Service

__all__ = ["LoggedDelay", "Verdict"]


class Verdict(StrEnum):
    """What the log says about the holder that the headers suggest."""

    CONFIRMED = "confirmed"
    """The log shows that service of that server holding the message for that time."""
    CORRECTED = "corrected"
    """The log shows another holder or duration, or that a part of the delay is clock skew."""
    CONTRADICTED = "contradicted"
    """The log shows that the server sent the message on at once, or to another server."""


class LoggedDelay(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The logged time of the message at the server that held it, within one delay."""

    verdict: Verdict
    server: str
    service: Service | None
    held: timedelta
    """By the clock of that server."""
    sent_to: str | None
    """The server that it sent the message to."""
    deferrals: int
    """How often it deferred the message."""
    reason: str | None
    """Why, most of the times; ``None`` without a deferral, or if no reason is logged."""
    clock_skew: timedelta
    """The part of the delay that is the difference of two clocks; zero if that is within the tolerance."""
    unexplained: timedelta
    """The part of the delay after the message was sent to a server without a log; zero if within the tolerance."""
    position: str
    """The file and line of the event that ended the time."""
