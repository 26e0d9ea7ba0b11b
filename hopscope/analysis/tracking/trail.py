"""What tracking logs say about one message without its header: its events in order, where it waited, its outcome."""

from collections.abc import Iterable, Sequence

import msgspec

from hopscope.analysis.tracking.events import CHANGES_RECIPIENTS, is_failure, reason
from hopscope.analysis.tracking.ordering import OrderedEvent, OrderedEvents, ordered
from hopscope.analysis.tracking.stays import Stay, stays
from hopscope.model import TrackingEvent

__all__ = ["Outcome", "Trail", "outcomes", "trail"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The last that the logs say about a recipient."""

    recipient: str
    event: OrderedEvent
    """DELIVER, FAIL, SEND to a server whose log shows nothing more, or the last event of another kind."""
    reason: str | None


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """The events of one message, and what follows from them."""

    ordered: OrderedEvents
    stays: tuple[Stay, ...]
    outcomes: tuple[Outcome, ...]
    message_id: str | None
    network_message_ids: tuple[str, ...]
    """In the order of the events; copies of a message share one, but a resubmitted message may have another."""
    subject: str | None
    sender: str | None

    @property
    def servers(self) -> tuple[str, ...]:
        """The servers that logged the events, in their order."""
        return tuple(dict.fromkeys(event.server for event in self.ordered.events if event.server))

    @property
    def longest(self) -> Stay | None:
        """The longest stay; ``None`` if none is logged from start to end."""
        return max(self.stays, key=lambda stay: stay.held, default=None)


def trail(events: Iterable[TrackingEvent]) -> Trail:
    """What the events of one message say; the order in which they are given does not matter."""
    in_order = ordered(events)
    logged = [event.event for event in in_order.events]
    return Trail(
        ordered=in_order,
        stays=stays(in_order.events),
        outcomes=outcomes(in_order.events),
        message_id=next((event.message_id for event in logged if event.message_id), None),
        network_message_ids=tuple(dict.fromkeys(id_ for event in logged if (id_ := event.network_message_id))),
        subject=next((event.subject for event in logged if event.subject), None),
        sender=next((event.sender for event in logged if event.sender), None),
    )


def outcomes(events: Sequence[OrderedEvent]) -> tuple[Outcome, ...]:
    """What became of each recipient, in the order in which the log names them.

    Delivery and failure are final; of other events, the last one counts: a message that waits for a moderator is
    dropped, and received again when it is approved. A distribution group is expanded, and a redirected recipient has no
    later event.
    """
    last: dict[str, tuple[int, OrderedEvent]] = {}
    for event in events:
        rank = _FINAL.get(event.event.event.upper(), 0) if not _is_by_agent(event.event) else 0
        changed = event.event.related_recipient if event.event.event in CHANGES_RECIPIENTS else None
        for recipient in (*event.event.recipients, *([changed] if changed else [])):
            key = recipient.lower()
            if key not in last or rank >= last[key][0]:
                last[key] = rank, event
    return tuple(
        Outcome(recipient=recipient, event=event, reason=reason(event.event) if rank < _DUPLICATE else None)
        for recipient, (rank, event) in last.items()
    )


_DUPLICATE = 3
_FINAL = {
    **dict.fromkeys(("SEND", "SENDEXTERNAL", "DEFER", "DROP", "PENDING", "QUARANTINED"), 1),
    **dict.fromkeys(("FAIL", "BADMAIL", "SUPPRESSED", "FAILED", "FILTEREDASSPAM"), 2),
    "DUPLICATEDELIVER": _DUPLICATE,
    **dict.fromkeys(("DELIVER", "DELIVERED"), _DUPLICATE + 1),
}
"""How final an event is for its recipients."""


def _is_by_agent(event: TrackingEvent) -> bool:
    """Whether a FAIL or DEFER only says that an agent changed the recipients."""
    return event.source == "AGENT" and not is_failure(event)
