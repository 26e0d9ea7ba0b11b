"""Which service held a message: each delay between two hops, attributed to the service that held it.

A Received time is the end of reception (RFC 5321 section 4.4), so time in a queue shows between the hop of the
queue's owner and the next hop. Of the Exchange services, only Hub Transport, Edge Transport and Transport have
queues: the time after their hop was spent in a queue of that server. After Front End Transport and the mapi
submission of 2013 and later, which have none, it is a retry by the sender of that leg, or clock skew; before 2013 the
store driver submits to Hub Transport on the same server, which has queues.

The part of a delay that known clock skew explains is attributed to no service.

Source: Microsoft Docs, "Queues and messages in queues" and "Mail flow and the transport pipeline".
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cache

import msgspec

from hopscope.analysis.indexed_route import RESTARTS, IndexedRoute
from hopscope.classifier import pipeline, servers
from hopscope.classifier.dialects import exchange
from hopscope.model import Hop, Route, Service, Stage

__all__ = [
    "LONGEST_IN_QUEUES",
    "AttributedDelay",
    "Holder",
    "Share",
    "Spent",
    "attributed_delays",
    "shares",
    "spent",
]


class Holder(StrEnum):
    """The kind of component that held the message."""

    QUEUE = "queue"
    """A queue of the server of the previous hop."""
    SENDER = "sending server"
    """The sender of the leg, which has no queue: it retried, or the two clocks differ."""
    SYSTEM = "other mail system"
    """A mail system that is not Exchange: in its queue, or in transit."""
    MAILBOX = "mailbox"
    """The message had been delivered; the time until it was forwarded is not a transport delay."""
    SHADOW = "shadow queue"
    """The server that held a shadow copy, until it took over delivery."""
    CLOCKS = "clock skew"
    """No component: the delay is negative, so the two clocks differ."""
    SEVERAL = "several hops"
    """Undated hops lie between, so the delay cannot be split among the legs."""
    UNKNOWN = "unknown"
    """The service of the previous hop is unknown."""


LONGEST_IN_QUEUES = timedelta(days=5)
"""Queues expire messages by then (RFC 5321 section 4.5.4.1: 4 to 5 days; Exchange: 2 days)."""
_NO_TIME = timedelta(0)


class AttributedDelay(msgspec.Struct, frozen=True, kw_only=True):
    """The delay of a hop, and the component that held the message during it."""

    before: int
    """Number of the previous dated hop."""
    hop: int
    """Number of the hop whose delay it is."""
    delay: timedelta
    """May be negative."""
    holder: Holder
    service: Service | None = None
    """The service that held the message; ``None`` if no service did."""
    server: str | None = None
    """The server that held the message, as named in its Received field."""
    detail: str | None = None
    """Location on the server: the queue, or the activity."""
    clock_skew: timedelta = _NO_TIME
    """The part of the delay that is known clock skew."""

    @property
    def waited(self) -> timedelta:
        """The delay corrected for clock skew."""
        return self.delay - self.clock_skew


def attributed_delays(
    index: IndexedRoute, errors: Mapping[int, timedelta] | None = None
) -> tuple[AttributedDelay, ...]:
    """The delays of a labelled route, in path order; hops with an unknown delay are left out.

    Args:
        index: A labelled route.
        errors: Known clock skew, by hop number; positive: ahead, negative: behind.
    """
    by_number = {hop.number: hop for hop in index.route.hops}
    restarts = {number + 1 for number, _ in index.between(RESTARTS)}
    delays = []
    for hop in index.route.hops:
        previous = by_number.get(hop.number - hop.hops_covered)
        if hop.delay is not None and previous is not None:
            error = _error(previous, hop, hop.delay, errors) if errors else _NO_TIME
            delays.append(_wait(previous, hop, hop.delay, error=error, anew=hop.number in restarts))
    return tuple(delays)


def _error(previous: Hop, hop: Hop, delay: timedelta, errors: Mapping[int, timedelta]) -> timedelta:
    """The part of a delay that clock skew adds; never more than the whole delay."""
    added = errors.get(hop.number, _NO_TIME) - errors.get(previous.number, _NO_TIME)
    return max(min(added, delay), _NO_TIME)


def _wait(previous: Hop, hop: Hop, delay: timedelta, *, error: timedelta, anew: bool) -> AttributedDelay:
    holder, detail = _holder(previous, hop, delay, delay - error, anew=anew)
    holding = None
    if holder not in _NO_SERVICE:
        holding = hop if holder is Holder.SHADOW else previous
    return AttributedDelay(
        before=previous.number,
        hop=hop.number,
        delay=delay,
        holder=holder,
        service=_service(holding) if holding else None,
        server=holding.written_server if holding else None,
        detail=detail if holding else None,
        clock_skew=error,
    )


_NO_SERVICE = frozenset({Holder.CLOCKS, Holder.SEVERAL, Holder.UNKNOWN})


def _holder(previous: Hop, hop: Hop, delay: timedelta, waited: timedelta, *, anew: bool) -> tuple[Holder, str | None]:
    """The component that held the message between two hops, with its location, for a delay corrected for skew."""
    if delay < _NO_TIME:
        return Holder.CLOCKS, None
    if hop.hops_covered > 1:
        return Holder.SEVERAL, None
    holder, detail = (Holder.MAILBOX, "in the mailbox") if anew else _holding_component(previous, hop, waited)
    if waited > LONGEST_IN_QUEUES and holder is not Holder.MAILBOX:
        return Holder.UNKNOWN, None
    return holder, detail


def _service(hop: Hop) -> Service:
    """The service that held the message after a hop."""
    return _holding_service(hop.label.service, hop.label.generation)


@cache
def _holding_service(service: Service, generation: str) -> Service:
    """The service itself, or for the store driver of 2007 and 2010, Hub Transport on the same server.

    That Hub Transport queues the message and adds no Received field for the submission.
    """
    to_itself = service is Service.MAPI_SUBMISSION and pipeline.queues(generation, Service.HUB_TRANSPORT)
    return Service.HUB_TRANSPORT if to_itself else service


def _holding_component(previous: Hop, hop: Hop, waited: timedelta) -> tuple[Holder, str | None]:
    """The component that held the message between two hops for this delay, with its location."""
    if hop.stamp.with_ in exchange.TAKE_OVERS:
        return Holder.SHADOW, "shadow copy, primary server unavailable"
    holder, detail = _by_services(previous.label.service, previous.label.generation, hop.label.service)
    if holder is Holder.SYSTEM:
        return holder, previous.label.software
    if holder is Holder.QUEUE:
        return holder, _queue(hop)
    if holder is Holder.SENDER and waited >= _SHORTEST_RETRY:
        return holder, _retry(previous, hop)
    return holder, detail


@cache
def _by_services(sender: Service, generation: str, taker: Service) -> tuple[Holder, str | None]:
    """The component that held the message between two services, with its location if it can be derived from them.

    Messages that no server sent come from the store, except at Front End Transport of Exchange Online, to which
    clients submit.
    """
    if pipeline.stage(sender) is Stage.DELIVERY:
        return Holder.MAILBOX, "in the mailbox"
    if pipeline.stage(taker) is Stage.SUBMISSION and sender not in _BEFORE_SUBMISSION:
        return Holder.MAILBOX, "resubmitted"
    if sender is Service.OTHER_MTA:
        return Holder.SYSTEM, None
    if pipeline.queues(generation, _holding_service(sender, generation)):
        return Holder.QUEUE, None
    if sender is Service.UNKNOWN or taker is Service.OTHER_MTA:
        return Holder.UNKNOWN, None
    return Holder.SENDER, None


_BEFORE_SUBMISSION = frozenset({Service.FRONT_END, Service.MAPI_SUBMISSION, Service.HTTP_SUBMISSION})


def _retry(previous: Hop, hop: Hop) -> str:
    """The kind of a wait at a service without a queue."""
    retry = "client retry" if previous.label.service is Service.FRONT_END else "retry"
    is_same_server = servers.same(previous.written_server, hop.written_server)
    return f"no queue: {retry}" if is_same_server else f"no queue: {retry} or clock skew"


_SHORTEST_RETRY = timedelta(seconds=10)
"""No documented cause without a queue holds a message for less: the back pressure tarpit starts at this delay."""


def _queue(hop: Hop) -> str:
    """The queue in which a message waits, by its next destination."""
    if pipeline.stage(hop.label.service) is Stage.DELIVERY:
        return "mailbox delivery queue"
    server = hop.written_server
    return f"queue for {server}" if server else "delivery queue"


class Spent(msgspec.Struct, frozen=True):
    """Total time that one service on one server held the message."""

    service: Service
    server: str | None
    organisation: str | None
    """The registered domain of the server, if its name has one."""
    time: timedelta


def spent(delays: Iterable[AttributedDelay]) -> tuple[Spent, ...]:
    """The time that each service on each server held the message, longest first.

    Time that cannot be assigned to one server, and clock skew, are not included.
    """
    total: dict[tuple[Service, str | None], timedelta] = {}
    for delay in delays:
        if delay.service is not None:
            key = delay.service, delay.server
            total[key] = total.get(key, _NO_TIME) + delay.waited
    times = (Spent(*key, servers.organisation(key[1] or ""), time) for key, time in total.items())
    return tuple(sorted(times, key=lambda share: share.time, reverse=True))


class Share(msgspec.Struct, frozen=True):
    """A delay as a fraction of the time between the earliest and the latest time on the route."""

    start: float
    """Start, from 0 to 1."""
    length: float
    """Length, from 0 to 1."""
    negative: bool
    """Negative delay: the clocks differ, and the length is not elapsed time."""


def shares(route: Route) -> tuple[Share | None, ...]:
    """A share per hop; ``None`` if the delay is unknown or all times are equal."""
    times = [hop.time for hop in route.hops if hop.time is not None]
    first, window = (min(times), max(times) - min(times)) if times else (None, timedelta(0))
    result: list[Share | None] = []
    for hop in route.hops:
        if hop.delay is None or hop.time is None or first is None or not window:
            result.append(None)
            continue
        begin = min(hop.time, hop.time - hop.delay)
        result.append(Share((begin - first) / window, abs(hop.delay) / window, hop.delay < timedelta(0)))
    return tuple(result)
