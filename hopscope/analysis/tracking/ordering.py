"""The events of several servers' logs in one order, with their times corrected to one clock.

Events of one server are in the order of its clock. A SEND stands directly before the RECEIVE of the next server, which
is logged first: the sender logs its event when it has the reply. Times that are equal, as in exports with whole
seconds, are ordered by the path that the transfers show, then by the order of work in a service.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from hopscope.analysis.tracking.copies import without_copies
from hopscope.analysis.tracking.events import by_status, position_key, servers_by_name, service_of
from hopscope.analysis.tracking.offsets import ClockOffset, Pair, clock_offsets, pairs
from hopscope.model import Service, TrackingEvent

__all__ = ["OrderedEvent", "OrderedEvents", "ordered", "with_delays"]

_ZERO = timedelta(0)
_REPLY = timedelta(seconds=2)
"""A SEND is moved before the event of the other server by at most this."""
_RANKS = {"NOTIFYMAPI": 0, "CLIENTSUBMISSION": 0, "HAREDIRECT": 1, "HARECEIVE": 1, "RECEIVE": 2, "DEFER": 4}
_LAST = dict.fromkeys(("SEND", "SENDEXTERNAL", "SUBMIT", "DELIVER", "FAIL", "DROP", "HADISCARD"), 5)
_OTHER_RANK = 3
"""The order of the events of a service at the same time."""


class OrderedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event, and its time by the reference clock."""

    event: TrackingEvent
    server: str | None
    """The server that logged it, by one name for each server; ``None`` if unknown."""
    service: Service | None
    """The service that logged it; ``None`` if the event does not show it."""
    time: datetime | None
    """By the reference clock; as logged, if the offset of the server is unknown; ``None`` if the row has no time."""
    delay: timedelta | None
    """Since the latest event before, never negative; ``None`` for the first event, and without a time."""

    @property
    def next_attempt(self) -> datetime | None:
        """When the server that deferred the message planned to try again, by the same clock as ``time``."""
        logged = self.event.time
        skew = logged - self.time if logged is not None and self.time is not None else _ZERO
        return _moved(self.event.next_retry, skew)


class OrderedEvents(msgspec.Struct, frozen=True, kw_only=True):
    """The events of one message, in order."""

    events: tuple[OrderedEvent, ...]
    """Those without a time come last."""
    transfers: tuple[Pair, ...]
    reference: str | None
    """The server whose clock the times are of; ``None`` if no transfer connects two servers."""
    offsets: tuple[ClockOffset, ...]
    """The other servers that transfers connect to the reference."""
    unconnected: tuple[str, ...]
    """The servers whose offset is unknown, so that their times are as logged; empty with one server."""

    @property
    def total(self) -> timedelta | None:
        """From the first to the last event; ``None`` with fewer than two that have a time."""
        times = [event.time for event in self.events if event.time is not None]
        return max(times) - times[0] if len(times) > 1 else None

    def offset(self, server: str | None) -> ClockOffset | None:
        """The offset of a server that is not the reference; ``None`` if unknown."""
        return next((offset for offset in self.offsets if offset.server == server), None)


def ordered(events: Iterable[TrackingEvent]) -> OrderedEvents:
    """The events of one message merged in causal order; the order in which they are given does not matter."""
    logged = without_copies(sorted({part for event in events for part in by_status(event)}, key=_identity))
    names = servers_by_name(logged)
    transfers = pairs(logged, names)
    reference, offsets = clock_offsets(transfers, names)
    skews = {offset.server: offset.offset for offset in offsets if offset.is_skew}
    servers = [names.get(event.logged_by.lower()) if event.logged_by else None for event in logged]
    times = [_moved(event.time, skews.get(server or "", _ZERO)) for event, server in zip(logged, servers, strict=True)]
    keys = _keys(logged, servers, times, transfers)
    order = sorted(range(len(logged)), key=lambda index: (keys[index], index))
    in_order = [
        OrderedEvent(
            event=logged[index],
            server=servers[index],
            service=service_of(logged[index]),
            time=times[index],
            delay=None,
        )
        for index in order
    ]
    connected = {reference, *(offset.server for offset in offsets)}
    all_servers = sorted({server for server in servers if server})
    return OrderedEvents(
        events=tuple(with_delays(in_order)),
        transfers=transfers,
        reference=reference,
        offsets=offsets,
        unconnected=tuple(server for server in all_servers if server not in connected) if len(all_servers) > 1 else (),
    )


def _identity(event: TrackingEvent) -> tuple[str, int, str]:
    return *position_key(event), repr(event)


def _moved(time: datetime | None, skew: timedelta) -> datetime | None:
    """The corrected time; as logged outside the years 1 to 9999."""
    try:
        return time - skew if time is not None else None
    except OverflowError:
        return time


def _keys(
    events: Sequence[TrackingEvent],
    servers: Sequence[str | None],
    times: Sequence[datetime | None],
    transfers: Sequence[Pair],
) -> list[tuple[bool, datetime, int, int]]:
    """By event: whether it has no time; the time that it is sorted by, its depth on the path, and its rank."""
    index_of = {id(event): index for index, event in enumerate(events)}
    shown = list(times)
    for pair in transfers:
        index = index_of[id(pair.sent)]
        sent, received = shown[index], times[index_of[id(pair.received)]]
        if sent is not None and received is not None and _ZERO < sent - received <= _REPLY:
            shown[index] = received
    places = [(server, service_of(event)) for event, server in zip(events, servers, strict=True)]
    moves = [pair for pair in transfers if pair.sent.event != "HAREDIRECT"]
    depths = _depths([(places[index_of[id(pair.sent)]], places[index_of[id(pair.received)]]) for pair in moves])
    of_server: dict[str | None, int] = {}
    for (server, _), depth in depths.items():
        of_server[server] = max(depth, of_server.get(server, 0))
    first = min((time for time in times if time is not None), default=datetime.min)  # noqa: DTZ901 - compared with none
    return [
        (
            time is None,
            time or first,
            depths.get(place, of_server.get(place[0], 0)),
            (_RANKS | _LAST).get(event.event, _OTHER_RANK),
        )
        for event, time, place in zip(events, shown, places, strict=True)
    ]


_Place = tuple[str | None, Service | None]


def _depths(legs: Sequence[tuple[_Place, _Place]]) -> Mapping[_Place, int]:
    """How many transfers a service is from where the message started; in a loop, by the first path to it."""
    following: dict[_Place, list[_Place]] = defaultdict(list)
    for sender, receiver in legs:
        if sender != receiver:
            following[sender].append(receiver)
    receivers = {receiver for sender, receiver in legs if sender != receiver}
    waiting = [place for place in following if place not in receivers]
    depths = dict.fromkeys(waiting, 0)
    for place in waiting:
        for receiver in following.get(place, ()):
            if receiver not in depths:
                depths[receiver] = depths[place] + 1
                waiting.append(receiver)
    return depths


def with_delays(events: Iterable[OrderedEvent]) -> list[OrderedEvent]:
    """The events, each with the time since the latest one before."""
    latest: datetime | None = None
    found = []
    for event in events:
        delay = max(event.time - latest, _ZERO) if event.time is not None and latest is not None else None
        found.append(replace(event, delay=delay))
        if event.time is not None:
            latest = event.time if latest is None else max(latest, event.time)
    return found
