"""How long each service held the message: from the event that brought it to the one that took it away, by one clock."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from hopscope.analysis.tracking.events import ENDS, SENDS, is_deferral, reason
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

    @property
    def next_server(self) -> str | None:
        """The server that the message was sent to, as logged; ``None`` if it ended here."""
        return self.ended.server if self.ended.event in SENDS | {"SUBMIT"} else None


def stays(events: Sequence[OrderedEvent]) -> tuple[Stay, ...]:
    """The stays that are logged from start to end, in the order of their ends.

    The start is the latest RECEIVE before the end: of the same internal message id if one has it, as copies have ids of
    their own. An end without a RECEIVE, or a RECEIVE without an end, says nothing of how long the message was held.
    """
    by_place: dict[tuple[str, Service | None], list[OrderedEvent]] = defaultdict(list)
    for event in events:
        if event.server is not None and event.event.time is not None:
            by_place[event.server, event.service].append(event)
    found = [stay for place in by_place.values() for stay in _stays(place)]
    return tuple(sorted(found, key=lambda stay: (_time(stay.ended), _time(stay.received))))


def _time(event: TrackingEvent) -> datetime:
    assert event.time is not None  # noqa: S101 - stays are of events with a time
    return event.time


def _stays(place: Sequence[OrderedEvent]) -> list[Stay]:
    """The stays at one service of one server."""
    logged = sorted((event.event for event in place), key=_time)
    deferred = [event for event in logged if is_deferral(event)]
    latest: TrackingEvent | None = None
    by_id: dict[str, TrackingEvent] = {}
    found = []
    for event in logged:
        if event.event == "RECEIVE":
            latest = event
            if event.internal_message_id:
                by_id[event.internal_message_id] = event
        elif event.event in ENDS:
            start = by_id.get(event.internal_message_id or "") or latest
            if start is not None:
                found.append(_stay(place[0], start, event, deferred))
    return found


def _stay(place: OrderedEvent, start: TrackingEvent, end: TrackingEvent, deferred: Sequence[TrackingEvent]) -> Stay:
    assert place.server is not None  # noqa: S101 - stays are of events with a server
    return Stay(
        server=place.server,
        service=place.service,
        received=start,
        ended=end,
        held=_time(end) - _time(start),
        deferrals=deferrals(deferred, _time(start), _time(end)),
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
