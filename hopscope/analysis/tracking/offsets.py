"""Differences between the clocks of servers, from the two events of one transfer.

When a message goes from server A to server B, B logs RECEIVE (or, of a mailbox, DELIVER) when it has the message, and A
logs SEND (or SUBMIT) when it has B's reply. Both events are of one moment, except for the time of the reply, and B's
event is never the later one. So a transfer from A to B bounds how far the clock of B can be behind, and one from B to A
how far it can be ahead: with both, the difference is known within these bounds; with one, within the time of the reply.
A reply may take half a minute, as Exchange 2010 delays it until the next server has the message. Up to that, a SEND
that is later than the event that it caused shows no skew. HAREDIRECT and HARECEIVE of a shadow copy are such a pair,
too.

Before Exchange 2013, SUBMIT was logged when a Hub Transport server had been notified, which fetched the message later.
Such a pair only shows skew if the Hub Transport server had it before.

Sources: Microsoft Docs, "Message tracking" (SEND and SUBMIT have the reply in source-context; RECEIVE: committed), and
"Set-ReceiveConnector" (MaxAcknowledgementDelay).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from hopscope.analysis.tracking.events import SENDS, receiver, recipients
from hopscope.model import TrackingEvent

__all__ = ["LEAST", "ClockOffset", "Pair", "clock_offsets", "pairs"]

LEAST = timedelta(seconds=1)
"""Smaller differences are the time of a reply, or the rounding of an export."""
_SLOWEST_REPLY = timedelta(seconds=30)
"""MaxAcknowledgementDelay, by default."""
_ZERO = timedelta(0)


class Pair(msgspec.Struct, frozen=True):
    """The two events of one transfer."""

    sent: TrackingEvent
    """SEND, SUBMIT, or of a shadow copy HAREDIRECT."""
    received: TrackingEvent
    """RECEIVE, DELIVER or HARECEIVE of the other server or service."""


class ClockOffset(msgspec.Struct, frozen=True, kw_only=True):
    """How far the clock of a server differs from the reference clock."""

    server: str
    reference: str
    """The server whose clock the times of the others are corrected to."""
    offset: timedelta
    """The estimate; positive: ahead of the reference, negative: behind."""
    uncertainty: timedelta | None
    """Half the distance of the bounds; ``None`` with transfers in one direction only, which give the difference within
    the transfer time."""
    pairs: int
    """Number of transfers that it is based on."""

    @property
    def is_skew(self) -> bool:
        """Whether the clocks differ by more than the time of a reply."""
        return abs(self.offset) > LEAST and (self.uncertainty is None or abs(self.offset) > self.uncertainty)


def pairs(events: Sequence[TrackingEvent], names: Mapping[str, str]) -> tuple[Pair, ...]:
    """The transfers of which both ends are logged; a transfer that could be one of several is left out.

    Args:
        events: The events of one message.
        names: One name for each server, by every name.
    """
    sent: dict[_Leg, list[TrackingEvent]] = defaultdict(list)
    received: dict[_Leg, list[TrackingEvent]] = defaultdict(list)
    delivered: dict[tuple[str, str | None], list[TrackingEvent]] = defaultdict(list)
    for event in events:
        server = _name(names, event.logged_by)
        if server is None or event.time is None:
            continue
        is_shadow, message = event.event.startswith("HARE"), event.network_message_id
        if event.event in _SENT and (to := _name(names, receiver(event))):
            sent[server, to, is_shadow, message].append(event)
        elif event.event in {"RECEIVE", "HARECEIVE"} and (sender := _name(names, event.client)):
            received[sender, server, is_shadow, message].append(event)
        elif event.event == "DELIVER":
            delivered[server, message].append(event)
    found = [pair for leg, sends in sent.items() for pair in _matched(sends, received.get(leg, []))]
    paired = {id(pair.sent) for pair in found}
    for (_, to, _, message), sends in sent.items():
        unpaired = [event for event in sends if event.event in SENDS and id(event) not in paired]
        found += _matched(unpaired, delivered.get((to, message), []))
    return tuple(found)


_Leg = tuple[str, str, bool, str | None]
"""Sender, receiver, whether it is of a shadow copy, and the network message id, which all copies share."""
_SENT = SENDS | {"SUBMIT", "HAREDIRECT"}
"""The events of the sender."""


def _name(names: Mapping[str, str], name: str | None) -> str | None:
    return names.get(name.lower()) if name else None


def _matched(sent: Sequence[TrackingEvent], received: Sequence[TrackingEvent]) -> Iterator[Pair]:
    """The pairs with the same recipients, each the only one with them at both ends; or the only event of each end."""
    if len(sent) == len(received) == 1:
        first, second = recipients(sent[0]), recipients(received[0])
        if not first or not second or first & second:
            yield Pair(sent[0], received[0])
        return
    by_recipients: dict[frozenset[str], tuple[list[TrackingEvent], list[TrackingEvent]]] = {}
    for side, events in enumerate((sent, received)):
        for event in events:
            by_recipients.setdefault(recipients(event), ([], []))[side].append(event)
    for senders, receivers in by_recipients.values():
        if len(senders) == len(receivers) == 1:
            yield Pair(senders[0], receivers[0])


class _Bounds(msgspec.Struct):
    """What the transfers between two servers show of the clock of the second one, compared with the first."""

    lows: list[timedelta]
    """It is ahead by at least this much: from transfers to the second server."""
    highs: list[timedelta]
    """It is ahead by at most this much: from transfers to the first server."""
    unbounded: list[timedelta]
    """Differences of pairs that bound nothing."""


def clock_offsets(transfers: Sequence[Pair], names: Mapping[str, str]) -> tuple[str | None, tuple[ClockOffset, ...]]:
    """The reference server, and the offsets of the servers whose transfers connect them to it, sorted by name.

    The reference is the server whose clock most others agree with, so that a single skewed clock is the one corrected.
    """
    legs = _legs(transfers, names)
    neighbours: dict[str, dict[str, _Bounds]] = defaultdict(dict)
    for (first, second), bounds in legs.items():
        if _estimate(bounds) is not None:
            neighbours[first][second] = bounds
            neighbours[second][first] = _reversed(bounds)
    if not neighbours:
        return None, ()
    reference = _reference(neighbours)
    _, *offsets = _reached(reference, neighbours)
    return reference, tuple(sorted(offsets, key=lambda offset: offset.server))


def _legs(transfers: Sequence[Pair], names: Mapping[str, str]) -> dict[tuple[str, str], _Bounds]:
    """The bounds by pair of servers, the names of each pair in order."""
    legs: dict[tuple[str, str], _Bounds] = {}
    for pair in transfers:
        sender, receiver = _name(names, pair.sent.logged_by), _name(names, pair.received.logged_by)
        if sender is None or receiver is None or sender == receiver or _is_rounded(pair):
            continue
        first, second = sorted((sender, receiver))
        bounds = legs.setdefault((first, second), _Bounds([], [], []))
        ahead = _difference(pair.received.time, pair.sent.time)
        if pair.sent.event == "SUBMIT" and pair.received.source == "STOREDRIVER":
            if ahead < _ZERO:
                bounds.unbounded.append(ahead if first == sender else -ahead)
        elif first == sender:
            bounds.lows.append(ahead)
        else:
            bounds.highs.append(-ahead)
    return legs


def _is_rounded(pair: Pair) -> bool:
    """Whether both times are whole minutes, as of a file that a spreadsheet saved: they show nothing of the clocks."""
    return all(time is None or not (time.second or time.microsecond) for time in (pair.sent.time, pair.received.time))


def _difference(later: datetime | None, earlier: datetime | None) -> timedelta:
    assert later is not None and earlier is not None  # noqa: PT018, S101 - events without a time are in no pair
    return later - earlier


def _reversed(bounds: _Bounds) -> _Bounds:
    return _Bounds(*([-value for value in values] for values in (bounds.highs, bounds.lows, bounds.unbounded)))


def _estimate(bounds: _Bounds) -> tuple[timedelta, timedelta | None] | None:
    """The offset of the second server, and half the distance of its bounds, if there are two.

    ``None`` if the time of a reply explains the difference of the events.
    """
    if bounds.lows and bounds.highs:
        low, high = max(bounds.lows), min(bounds.highs)
        return (low + high) / 2, abs(high - low) / 2
    if bounds.lows:
        ahead = max(bounds.lows)
        return None if -_SLOWEST_REPLY <= ahead < -LEAST else (ahead, None)
    if bounds.highs:
        ahead = min(bounds.highs)
        return None if LEAST < ahead <= _SLOWEST_REPLY else (ahead, None)
    return (sorted(bounds.unbounded)[len(bounds.unbounded) // 2], None) if bounds.unbounded else None


def _beyond(known: ClockOffset, server: str, bounds: _Bounds) -> ClockOffset:
    """The offset of a server from that of its neighbour."""
    estimate = _estimate(bounds)
    assert estimate is not None  # noqa: S101 - neighbours have one
    offset, uncertainty = estimate
    count = len(bounds.lows) + len(bounds.highs) + len(bounds.unbounded)
    is_bounded = uncertainty is not None and known.uncertainty is not None
    return ClockOffset(
        server=server,
        reference=known.reference,
        offset=known.offset + offset,
        uncertainty=known.uncertainty + uncertainty if is_bounded else None,  # type: ignore[operator]
        pairs=count,
    )


def _reference(neighbours: Mapping[str, Mapping[str, _Bounds]]) -> str:
    """The server whose clock agrees with most others; of several, that with most neighbours, the first by name."""
    agreeing: dict[str, int] = {}
    for start in sorted(neighbours):
        if start not in agreeing:
            offsets = {offset.server: offset.offset for offset in _reached(start, neighbours)}
            in_order = sorted(offsets.values())
            for server, offset in offsets.items():
                agreeing[server] = bisect_right(in_order, offset + LEAST) - bisect_left(in_order, offset - LEAST)
    return min(sorted(neighbours), key=lambda server: (-agreeing[server], -len(neighbours[server])))


def _reached(start: str, neighbours: Mapping[str, Mapping[str, _Bounds]]) -> Sequence[ClockOffset]:
    """The offsets from one server of all that transfers connect to it, itself first."""
    offsets = {start: ClockOffset(server=start, reference=start, offset=_ZERO, uncertainty=_ZERO, pairs=0)}
    waiting = [start]
    for server in waiting:
        for other, bounds in sorted(neighbours[server].items()):
            if other not in offsets:
                offsets[other] = _beyond(offsets[server], other, bounds)
                waiting.append(other)
    return [offsets[server] for server in waiting]
