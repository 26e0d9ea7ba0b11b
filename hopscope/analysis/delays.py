"""Which service held a message: each delay between two hops, attributed to the service that held it.

A Received time is the end of reception (RFC 5321 section 4.4), so time in a queue shows between the hop of the
queue's owner and the next hop. Of the Exchange services, only Hub Transport, Edge Transport and Transport have
queues: the time after their hop was spent in a queue of that server. After Front End Transport and the mapi
submission of 2013 and later, which have none, it is a retry by the sender of that leg, or clock skew; before 2013 the
store driver submits to Hub Transport on the same server, which has queues.

What the next hop shows comes first: a program that fetched the message took it out of a mailbox, and software that sent
it back to the same server had it in between, whatever the server before is.

The part of a delay that known clock skew explains is attributed to no service.

Source: Microsoft Docs, "Queues and messages in queues" and "Mail flow and the transport pipeline".

The module is over 300 lines because every kind of holder is described and decided here, in one order.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cache

import msgspec
from msgspec.structs import replace

from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.logged_delay import LoggedDelay
from hopscope.analysis.mailboxes import Mailbox, in_mailbox, resent_hops
from hopscope.analysis.reinjection import came_from_unrecorded_software, is_unnamed, reinjecting_host
from hopscope.analysis.services_without_header import pool_hosts
from hopscope.classifier import pipeline, servers
from hopscope.classifier.dialects import exchange
from hopscope.model import Hop, Route, Service, Stage

__all__ = [
    "LONGEST_IN_QUEUES",
    "MAILBOX_QUEUE",
    "AttributedDelay",
    "DelaySkew",
    "Holder",
    "Share",
    "Spent",
    "attributed_delays",
    "logged_skew",
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
    FILTER = "content filter or list manager"
    """Software without a Received field of its own, which sent the message back to the server that already had it."""
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
MAILBOX_QUEUE = "mailbox delivery queue"
"""The queue of Transport for mailboxes on one server."""
_NO_TIME = timedelta(0)
_MINUTE = timedelta(minutes=1)


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
    possible_skew: timedelta = _NO_TIME
    """The part of the remaining delay that may be clock skew, too."""
    suspect: int | None = None
    """Number of the hop whose clock the skew is of, or may be of; ``None`` without any."""
    logged: LoggedDelay | None = None
    """What a tracking log says about it, which the other fields follow; ``None`` without such a log."""

    @property
    def waited(self) -> timedelta:
        """The delay corrected for known clock skew."""
        return self.delay - self.clock_skew

    @property
    def surely_waited(self) -> timedelta:
        """The delay corrected for all clock skew that is possible."""
        return self.waited - self.possible_skew

    @property
    def may_be_skew(self) -> bool:
        """Whether half of the remaining delay may be clock skew, or a tenth if that is a minute or more."""
        skew = self.possible_skew
        return bool(skew) and (skew >= self.surely_waited or (skew >= _MINUTE and skew >= self.waited / 10))


class DelaySkew(msgspec.Struct, frozen=True):
    """The clock skew in a delay."""

    known: timedelta
    possible: timedelta
    """The part of the rest that may be clock skew, too."""
    suspect: int
    """Number of the hop whose clock it is."""


_NO_SKEW = DelaySkew(_NO_TIME, _NO_TIME, 0)


def attributed_delays(index: IndexedRoute, skews: Mapping[int, DelaySkew] | None = None) -> tuple[AttributedDelay, ...]:
    """The delays of a labelled route, in path order; hops with an unknown delay are left out.

    Args:
        index: A labelled route.
        skews: The clock skew in the delays, by hop number.
    """
    by_number = {hop.number: hop for hop in index.route.hops}
    resent = resent_hops(index)
    delays = []
    server: str | None = None  # the last one named: of qmail's fields, only the lowest has a name
    for hop in index.route.hops:
        previous = by_number.get(hop.number - hop.hops_covered)
        if hop.delay is not None and previous is not None:
            skew = skews.get(hop.number, _NO_SKEW) if skews else _NO_SKEW
            held = _holder(previous, hop, hop.delay, hop.delay - skew.known, resent.get(hop.number))
            if held.server is None and held.holder is Holder.FILTER and is_unnamed(hop) and server:
                held = replace(held, server=server)
            delays.append(_wait(previous, hop, hop.delay, skew, held))
        if not is_unnamed(hop):
            server = hop.written_server if hop.written_server and _names_host(hop.written_server) else None
    return tuple(delays)


def _wait(previous: Hop, hop: Hop, delay: timedelta, skew: DelaySkew, held: "_Held") -> AttributedDelay:
    return AttributedDelay(
        before=previous.number,
        hop=hop.number,
        delay=delay,
        holder=held.holder,
        service=held.service,
        server=held.server,
        detail=held.detail,
        clock_skew=skew.known,
        possible_skew=skew.possible,
        suspect=skew.suspect or None,
    )


class _Held(msgspec.Struct, frozen=True):
    """The component that held the message."""

    holder: Holder
    service: Service | None = None
    server: str | None = None
    detail: str | None = None


def _holder(previous: Hop, hop: Hop, delay: timedelta, waited: timedelta, resent: Mailbox | None) -> _Held:
    """The component that held the message between two hops, for a delay corrected for skew."""
    if delay < _NO_TIME:
        return _Held(Holder.CLOCKS)
    if hop.hops_covered > 1:
        return _Held(Holder.SEVERAL)
    if mailbox := in_mailbox(previous, hop) or resent:
        until, server = mailbox
        delivered = pipeline.stage(previous.label.service) is Stage.DELIVERY or previous.mark is None
        return _Held(Holder.MAILBOX, previous.label.service if delivered else Service.UNKNOWN, server, until)
    if (host := reinjecting_host(previous, hop)) is not None:
        return _Held(Holder.FILTER, Service.OTHER_MTA, host if host and _names_host(host) else None)
    held = _holding_component(previous, hop, waited)
    return _Held(Holder.UNKNOWN) if waited > LONGEST_IN_QUEUES else held


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


def _holding_component(previous: Hop, hop: Hop, waited: timedelta) -> _Held:
    """The service that held the message between two hops for this delay."""
    if hop.stamp.with_ in exchange.TAKE_OVERS:
        return _Held(Holder.SHADOW, _service(hop), hop.written_server, "shadow copy, primary server unavailable")
    holder = _by_services(previous.label.service, previous.label.generation, hop.label.service)
    if holder in {Holder.UNKNOWN, Holder.SENDER} and (pool := next(pool_hosts(previous, hop), None)):
        host = hop.written_peer if pool.host == hop.peer else pool.host
        return _Held(Holder.QUEUE, Service.TRANSPORT, host, _queue(hop))
    if holder is Holder.UNKNOWN:
        return _Held(holder)
    if holder in {Holder.SYSTEM, Holder.QUEUE} and came_from_unrecorded_software(previous, hop):
        return _Held(Holder.UNKNOWN)
    if holder is Holder.SYSTEM:
        return _Held(holder, _service(previous), _named_server(previous, hop), previous.label.software)
    detail = _queue(hop) if holder is Holder.QUEUE else _retry(previous, hop) if waited >= _SHORTEST_RETRY else None
    return _Held(holder, _service(previous), previous.written_server, detail)


def _named_server(previous: Hop, hop: Hop) -> str | None:
    """The server of a hop; where its field names no host, the name or address that the next hop recorded of its peer.

    Content filters call themselves localhost, qmail writes no name, and some products write their own name.
    """
    if servers.is_loopback(hop):
        names = [previous.written_server, hop.written_server]
    else:
        peer = hop.stamp.from_domain
        names = [previous.written_server, *((peer.domain, peer.tcp_info.domain, peer.tcp_info.address) if peer else ())]
    return next((name for name in names if name and _names_host(name)), None)


def _names_host(name: str) -> bool:
    """Whether it names a host: not the local one, not a product (``by getmail/5.16``), no number (``by 0``)."""
    is_word = name.lower() == "unknown" or name.isdigit() or any(part in name for part in " <>/")
    return not (is_word or servers.is_local_name(name))


@cache
def _by_services(sender: Service, generation: str, taker: Service) -> Holder:
    """The kind of component that held the message between two services."""
    if sender is Service.OTHER_MTA:
        return Holder.SYSTEM
    if pipeline.queues(generation, _holding_service(sender, generation)):
        return Holder.QUEUE
    if sender is Service.UNKNOWN or taker is Service.OTHER_MTA:
        return Holder.UNKNOWN
    return Holder.SENDER


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
        return MAILBOX_QUEUE
    server = hop.written_server
    return f"queue for {server}" if server and not servers.is_local_name(server) else "delivery queue"


class Spent(msgspec.Struct, frozen=True):
    """Total time that one service on one server held the message, as a component of one kind."""

    holder: Holder
    """The kind of component; time in a mailbox is not a transport delay."""
    service: Service
    server: str | None
    organisation: str | None
    """The registered domain of the server, if its name has one; Exchange Online is one organisation."""
    time: timedelta


def spent(delays: Iterable[AttributedDelay]) -> tuple[Spent, ...]:
    """The time that each component held the message, longest first.

    Time that cannot be assigned to a component, and what is or may be clock skew, are not included.
    """
    total: dict[tuple[Holder, Service, str | None], timedelta] = {}
    for delay in delays:
        if delay.service is not None:
            key = delay.holder, delay.service, delay.server
            total[key] = total.get(key, _NO_TIME) + delay.surely_waited
    times = (Spent(*key, servers.organisation(key[2] or ""), time) for key, time in total.items())
    return tuple(sorted(times, key=lambda share: share.time, reverse=True))


def logged_skew(delays: Iterable[AttributedDelay]) -> timedelta:
    """The clock skew in the total delay that tracking logs show; a skewed clock between two others adds none."""
    skew = _NO_TIME
    for delay in delays:
        if delay.holder is Holder.CLOCKS:
            skew += delay.delay
        elif delay.logged:
            skew += delay.clock_skew
    return max(skew, _NO_TIME)


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
