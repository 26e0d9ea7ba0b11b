"""The events of tracking logs at the hops of a message, and what they say of the attributed delays.

A delay between two Received fields is the time that the first server held the message, plus the difference of the two
clocks. The log of that server has both ends by one clock: RECEIVE, at the time of its Received field, and SEND to the
next server. So it says how long the message was really held, and what is left of the delay is clock skew if the message
was sent to the server of the next hop itself; if it went to another server first, that one may have held it, too.

What is left of a delay is only known if the header is surely of the copy in the log: of the recipient that the next hop
names, or if the log has an end for every recipient; and if nothing sent the message again later.

The module is over 300 lines because the verdicts and all conditions under which there is none are in one place.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from hopscope.analysis.clock_differences import LARGEST_SKEW, SLIGHT
from hopscope.analysis.delays import AttributedDelay, Holder
from hopscope.analysis.logged_delay import LoggedDelay, Verdict
from hopscope.analysis.phrases import rounded
from hopscope.analysis.tracking.events import is_resubmitted, recipients
from hopscope.analysis.tracking.ordering import OrderedEvent, OrderedEvents
from hopscope.analysis.tracking.stays import Stay, stays
from hopscope.analysis.tracking.trail import Outcome, outcomes
from hopscope.classifier import servers
from hopscope.model import Hop, Service, TrackingEvent

__all__ = ["PlacedEvent", "TrackedHop", "Tracking", "tracking"]

_ZERO = timedelta(0)
_NEAREST = timedelta(minutes=1)
"""Maximum time from the Received field of a server to its RECEIVE, by one clock: until the message is committed."""
_ROUNDING = timedelta(seconds=1)
"""Received fields and exports have whole seconds."""
_MOST_CHAINED = 8
"""Maximum number of servers between two hops that are followed."""


class TrackedHop(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says at one hop."""

    hop: int
    events: tuple[OrderedEvent, ...]
    """Those of its server and service."""
    logged: LoggedDelay | None
    """Of the delay before it; ``None`` if the log does not cover it."""


class PlacedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event and its position on the path."""

    event: OrderedEvent
    hop: int | None
    """Number of its hop; ``None`` for a server without a hop."""
    after: int
    """Number of the last hop with an event up to this one; 0 before all."""


class Tracking(msgspec.Struct, frozen=True, kw_only=True):
    """What the tracking logs say about a message with hops."""

    ordered: OrderedEvents
    events: tuple[PlacedEvent, ...]
    hops: tuple[TrackedHop, ...]
    """Those with events or a verdict."""
    delays: tuple[AttributedDelay, ...]
    """The attributed delays, as corrected by the log."""
    outcomes: tuple[Outcome, ...]

    def hop(self, number: int) -> TrackedHop | None:
        """What the log says at a hop; ``None`` for nothing."""
        return next((hop for hop in self.hops if hop.hop == number), None)


def tracking(hops: Sequence[Hop], delays: Sequence[AttributedDelay], events: OrderedEvents) -> Tracking:
    """What the tracking logs say about a message.

    Args:
        hops: The hops of the message.
        delays: The delays as the headers suggest them.
        events: The events about the message.
    """
    placed = tuple(_placed(hops, events.events))
    all_stays = stays(events.events)
    resubmitted = any(is_resubmitted(event.event) for event in events.events)
    by_number = {hop.number: hop for hop in hops}
    logged: dict[int, LoggedDelay] = {}
    corrected = []
    for delay in delays:
        found = _logged(delay, by_number[delay.before], by_number[delay.hop], all_stays, resubmitted=resubmitted)
        if found is not None:
            logged[delay.hop] = found
        corrected.append(_corrected(delay, by_number[delay.hop], found) if found else delay)
    at: dict[int, list[OrderedEvent]] = {}
    for event in placed:
        if event.hop is not None:
            at.setdefault(event.hop, []).append(event.event)
    return Tracking(
        ordered=events,
        events=placed,
        hops=tuple(
            TrackedHop(hop=hop.number, events=tuple(at.get(hop.number, ())), logged=logged.get(hop.number))
            for hop in hops
            if hop.number in at or hop.number in logged
        ),
        delays=tuple(corrected),
        outcomes=outcomes(events.events),
    )


_QUEUING = frozenset({Service.TRANSPORT, Service.HUB_TRANSPORT, Service.EDGE_TRANSPORT})
_WITH_LOG: Mapping[Service, frozenset[Service]] = {
    **dict.fromkeys(_QUEUING, frozenset({Service.TRANSPORT, Service.HUB_TRANSPORT})),
    Service.MAPI_SUBMISSION: frozenset({Service.MAPI_SUBMISSION, Service.HUB_TRANSPORT}),
    **dict.fromkeys((Service.MAILBOX_TRANSPORT, Service.ONLINE_DELIVERY), frozenset({Service.MAILBOX_TRANSPORT})),
}
"""The services that log events, by the service that added the Received field. Front End Transport logs none; before
2013, Hub Transport logged what the store driver submitted."""


def _placed(hops: Sequence[Hop], events: Sequence[OrderedEvent]) -> Iterator[PlacedEvent]:
    """The events, each at its hop: of its server and service, the last one dated before it by the same clock."""
    candidates: dict[tuple[str | None, Service | None], list[Hop]] = {}
    after = 0
    for event in events:
        place = event.server, event.service
        if place not in candidates:
            candidates[place] = [hop for hop in hops if _is_at(hop, *place)]
        found = _nearest_before(candidates[place], event.event)
        after = max(after, found.number) if found else after
        service = _known_service(event.service, found)
        placed = event if service is event.service else replace(event, service=service)
        yield PlacedEvent(event=placed, hop=found.number if found else None, after=after)


def _known_service(service: Service | None, hop: Hop | None) -> Service | None:
    """The service with queues as the header has it: exports without network message ids do not show the version."""
    return hop.label.service if hop and service in _QUEUING and hop.label.service in _QUEUING else service


def _is_at(hop: Hop, server: str | None, service: Service | None) -> bool:
    return service in _WITH_LOG.get(hop.label.service, ()) and servers.same(hop.written_server, server)


def _nearest_before(hops: Sequence[Hop], event: TrackingEvent) -> Hop | None:
    time = event.time
    if time is None or len(hops) < 2:  # noqa: PLR2004 - a choice
        return hops[0] if len(hops) == 1 else None
    before = [hop for hop in hops if hop.time is not None and hop.time <= time + _ROUNDING]
    return before[-1] if before else hops[0]


def _tolerance(delay: timedelta) -> timedelta:
    """The difference of a delay and the time in the log up to which they are the same: 5 s, or a twentieth."""
    return max(SLIGHT, abs(delay) / 20)


_UNLOGGED = frozenset({Holder.MAILBOX, Holder.SEVERAL, Holder.SHADOW, Holder.FILTER})
"""Time that was not spent at the server of the hop before, or not by one message."""


def _logged(
    wait: AttributedDelay, previous: Hop, hop: Hop, all_stays: Sequence[Stay], *, resubmitted: bool
) -> LoggedDelay | None:
    """What the log says about a delay; ``None`` if it does not have both ends of the time at the first server."""
    if wait.holder in _UNLOGGED or previous.time is None:
        return None
    chain = _chain(previous, hop, all_stays)
    if not chain:
        return None
    longest = max(chain, key=lambda stay: stay.held)
    held = sum((stay.held for stay in chain), _ZERO)
    rest, tolerance = wait.delay - held, _tolerance(wait.delay)
    is_direct, is_rest = _leads_to(chain[-1], hop), abs(rest) > tolerance
    if is_rest and (resubmitted or not _is_known_copy(chain, hop) or abs(rest) > LARGEST_SKEW):
        return None
    if is_rest and not is_direct and (rest < _ZERO or wait.service is None):
        return None  # the log is of another copy, or adds nothing
    if is_rest and rest < _ZERO and longest.deferrals:
        return None  # an attempt that was not acknowledged may have delivered the message
    skew, unexplained = (rest, _ZERO) if is_direct else (_ZERO, rest)
    skew, unexplained = (skew, unexplained) if is_rest else (_ZERO, _ZERO)
    deferrals = longest.deferrals
    return LoggedDelay(
        verdict=_judged(wait, previous, longest, skew, unexplained),
        server=longest.server,
        service=_known_service(longest.service, previous if longest is chain[0] else None),
        held=longest.held,
        sent_to=longest.next_server,
        deferrals=deferrals.count if deferrals else 0,
        reason=deferrals.reason if deferrals else None,
        clock_skew=skew,
        unexplained=unexplained,
        position=longest.ended.position,
    )


def _judged(wait: AttributedDelay, previous: Hop, longest: Stay, skew: timedelta, unexplained: timedelta) -> Verdict:
    """How what the headers suggest compares with the log."""
    if wait.holder is Holder.CLOCKS:
        return Verdict.CONFIRMED
    tolerance = _tolerance(wait.delay)
    is_same_skew = abs(wait.clock_skew - skew) <= tolerance
    is_open = wait.may_be_skew or "clock skew" in (wait.detail or "") or wait.service is None
    if unexplained > longest.held or (not is_open and not is_same_skew and longest.held <= tolerance):
        return Verdict.CONTRADICTED
    if unexplained:
        return Verdict.CORRECTED
    is_same_server = servers.same(longest.server, previous.written_server)
    return Verdict.CONFIRMED if is_same_server and is_same_skew and not is_open else Verdict.CORRECTED


def _chain(previous: Hop, hop: Hop, all_stays: Sequence[Stay]) -> list[Stay]:
    """The stays from the server of a hop to that of the next one, as far as they are logged."""
    first = _first_stay(previous, hop, all_stays)
    if first is None:
        return []
    chain = [first]
    while not _leads_to(chain[-1], hop) and len(chain) < _MOST_CHAINED:
        last = chain[-1]
        following = [
            stay
            for stay in all_stays
            if stay not in chain
            and servers.same(stay.server, last.next_server)
            and servers.same(stay.received.client, last.server)
        ]
        if len(following) != 1:
            break
        chain += following
    return chain


def _first_stay(previous: Hop, hop: Hop, all_stays: Sequence[Stay]) -> Stay | None:
    """The stay at the server of a hop that started at its time: if there are several, that of the copy of the hop."""
    assert previous.time is not None  # noqa: S101 - checked by the caller
    here = [
        stay
        for stay in all_stays
        if stay.next_server
        and stay.received.event == "RECEIVE"
        and _is_at(previous, stay.server, stay.service)
        and stay.received.time is not None
        and -_ROUNDING <= stay.received.time - previous.time <= _NEAREST
        and _may_be_for(stay.ended, hop)
    ]
    of_recipient = [stay for stay in here if _leads_to(stay, hop)] or here
    if not of_recipient:
        return None
    if hop.time is not None:
        ended = [(abs(stay.ended.time - hop.time), stay) for stay in of_recipient if stay.ended.time is not None]
        nearest = min(ended, key=lambda pair: pair[0])
        spread = max(stay.held for stay in of_recipient) - min(stay.held for stay in of_recipient)
        is_clear = nearest[0] <= SLIGHT or spread <= SLIGHT
        return nearest[1] if is_clear else None
    return of_recipient[0] if len(of_recipient) == 1 else None


def _leads_to(stay: Stay, hop: Hop) -> bool:
    return servers.same(stay.next_server, hop.written_server)


def _recipient(hop: Hop) -> str:
    """The recipient that the Received field names, in lower case; empty if it names none."""
    return (hop.stamp.for_ or "").strip("<>").lower()


def _may_be_for(event: TrackingEvent, hop: Hop) -> bool:
    """Whether an event has the recipient that the hop names, as far as both are known."""
    recipient, of_event = _recipient(hop), recipients(event)
    return not recipient or not of_event or recipient in of_event


def _is_known_copy(chain: Sequence[Stay], hop: Hop) -> bool:
    """Whether the header is surely of the copy in the log."""
    return _recipient(hop) in recipients(chain[-1].ended) or all(stay.has_all_ends for stay in chain)


def _corrected(wait: AttributedDelay, hop: Hop, logged: LoggedDelay) -> AttributedDelay:
    """The attributed delay, with the holder and the duration of the log."""
    if wait.holder is Holder.CLOCKS:
        return replace(wait, logged=logged)
    certain = replace(wait, possible_skew=_ZERO, clock_skew=_ZERO, suspect=None, logged=logged)
    if logged.unexplained and logged.verdict is Verdict.CONTRADICTED:
        return replace(certain, holder=Holder.UNKNOWN, service=None, server=None, detail=None)
    skew = {
        "clock_skew": rounded(logged.clock_skew),
        "possible_skew": rounded(logged.unexplained),
        "suspect": hop.number if logged.clock_skew or logged.unexplained else None,
    }
    if wait.service is not None and servers.same(wait.server, logged.server):
        detail = f"queue for {logged.sent_to}" if logged.unexplained else wait.detail or ""
        return replace(certain, detail=detail.removesuffix(" or clock skew") or None, **skew)
    return replace(
        certain,
        holder=Holder.QUEUE if logged.service in _QUEUING else Holder.SENDER,
        service=logged.service,
        server=logged.server,
        detail=f"queue for {logged.sent_to}" if logged.sent_to else None,
        **skew,
    )
