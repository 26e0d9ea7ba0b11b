"""How long each service held the message: from the event that brought it to the one that took it away, by one clock."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from hopscope.analysis.tracking.events import (
    CHANGES_RECIPIENTS,
    ENDS,
    SENDS,
    is_deferral,
    is_resubmitted,
    reason,
    recipients,
)
from hopscope.analysis.tracking.ordering import OrderedEvent
from hopscope.model import Service, TrackingEvent

__all__ = ["Deferrals", "Stay", "deferrals", "stays"]


class Deferrals(msgspec.Struct, frozen=True, kw_only=True):
    """The deferrals of a message at one service."""

    count: int
    reason: str | None
    """That of most of them, such as ``432 4.3.2 mailbox server is offline``; ``None`` if none is logged."""
    last: TrackingEvent


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """The time that a service held the message for one destination. Both times are by the clock of its server."""

    server: str
    service: Service | None
    received: TrackingEvent
    ended: TrackingEvent
    """SEND, SUBMIT, DELIVER, FAIL or DROP."""
    held: timedelta
    deferrals: Deferrals | None
    has_all_ends: bool
    """Whether the log of the service has an end for every recipient; if not, a header may be of a copy that is not in
    it."""

    @property
    def next_server(self) -> str | None:
        """The server that the message was sent to, as logged; ``None`` if it ended here."""
        return self.ended.server if self.ended.event in SENDS | {"SUBMIT"} else None


def stays(events: Sequence[OrderedEvent]) -> tuple[Stay, ...]:
    """The stays that are logged from start to end, in the order of their ends.

    The start is the RECEIVE of the same internal message id, or of the message that TRANSFER names as the original of a
    copy. Without ids, it is the only RECEIVE of one of the recipients that has not ended for them, or the only one at
    all. What Safety Net or shadow redundancy sends again starts with RESUBMIT. An end without a start, or a start
    without an end, says nothing of how long the message was held.
    """
    by_place: dict[tuple[str, Service | None, str | None], list[OrderedEvent]] = defaultdict(list)
    for event in events:
        if event.server is not None and event.event.time is not None:
            by_place[event.server, event.service, event.event.network_message_id].append(event)
    found = [stay for place in by_place.values() for stay in _stays(place)]
    return tuple(sorted(found, key=lambda stay: (_time(stay.ended), _time(stay.received))))


def _time(event: TrackingEvent) -> datetime:
    assert event.time is not None  # noqa: S101 - stays are of events with a time
    return event.time


def _stays(place: Sequence[OrderedEvent]) -> list[Stay]:
    """The stays of one message, by its network message id, at one service of one server."""
    logged = sorted((event.event for event in place), key=_time)
    starts, waiting = _Starts(), set[str]()
    found = []
    for event in logged:
        if event.event == "RECEIVE" or is_resubmitted(event):
            starts.add(event)
            waiting |= recipients(event)
        elif event.event == "TRANSFER":
            starts.copy(event)
        elif event.event in CHANGES_RECIPIENTS:
            waiting.discard((event.related_recipient or "").lower())
            waiting |= recipients(event)
        elif event.event in ENDS:
            waiting -= recipients(event)
            if (start := starts.of(event)) is not None:
                found.append((start, event))
    deferred: dict[str | None, list[TrackingEvent]] = defaultdict(list)
    for event in logged:
        if is_deferral(event):
            deferred[event.internal_message_id].append(event)
    return [_stay(place[0], start, end, deferred, has_all_ends=not waiting) for start, end in found]


class _Starts:
    """The events that brought the message to a service: by internal message id, and by recipient."""

    def __init__(self) -> None:
        self.by_id: dict[str, TrackingEvent] = {}
        self.copies: set[str] = set()
        """The ids of copies."""
        self.open: dict[str, list[TrackingEvent]] = defaultdict(list)
        """By recipient, those that have not ended."""
        self.first: list[TrackingEvent] = []
        """The first two."""

    def add(self, event: TrackingEvent) -> None:
        """A start."""
        if event.internal_message_id:
            self.by_id[event.internal_message_id] = event
        for recipient in recipients(event):
            self.open[recipient].append(event)
        if len(self.first) < 2:  # noqa: PLR2004 - one, or more
            self.first.append(event)

    def copy(self, transfer: TrackingEvent) -> None:
        """A copy that the service made for some of the recipients."""
        original = self.by_id.get(transfer.reference or "")
        if transfer.internal_message_id and original is not None:
            self.by_id.setdefault(transfer.internal_message_id, original)
        elif transfer.internal_message_id:
            self.copies.add(transfer.internal_message_id)

    def of(self, end: TrackingEvent) -> TrackingEvent | None:
        """The start of an end; ``None`` if it is not logged, or could be one of several."""
        of_recipients = [start for recipient in recipients(end) for start in self.open.pop(recipient, ())]
        id_ = end.internal_message_id
        if id_ in self.by_id:
            return self.by_id[id_]
        candidates = of_recipients or self.first
        start = candidates[0] if candidates else None
        if start is None or any(candidate is not start for candidate in candidates):
            return None
        return start if not id_ or not start.internal_message_id or id_ in self.copies else None


def _stay(
    place: OrderedEvent,
    start: TrackingEvent,
    end: TrackingEvent,
    deferred: Mapping[str | None, Sequence[TrackingEvent]],
    *,
    has_all_ends: bool,
) -> Stay:
    assert place.server is not None  # noqa: S101 - stays are of events with a server
    own = deferred.get(end.internal_message_id) or deferred.get(start.internal_message_id) or deferred.get(None, ())
    return Stay(
        server=place.server,
        service=place.service,
        received=start,
        ended=end,
        held=_time(end) - _time(start),
        deferrals=deferrals(own, _time(start), _time(end)),
        has_all_ends=has_all_ends,
    )


_MOST_READ = 100
"""Maximum deferrals whose reasons are counted: retries have few reasons, and there may be thousands."""


def deferrals(deferred: Sequence[TrackingEvent], start: datetime, end: datetime) -> Deferrals | None:
    """The deferrals between two times, of events in the order of their times; ``None`` if there are none."""
    first, last = bisect_left(deferred, start, key=_time), bisect_right(deferred, end, key=_time)
    if first >= last:
        return None
    reasons: dict[str, int] = {}
    for event in deferred[first : min(last, first + _MOST_READ)]:
        if text := reason(event):
            reasons[text] = reasons.get(text, 0) + 1
    return Deferrals(
        count=last - first,
        reason=max(reasons, key=lambda text: reasons[text], default=None),
        last=deferred[last - 1],
    )
