"""Who held a message: every delay between two stamps, given to the service that waited.

A Received time is the end of reception (RFC 5321 section 4.4), so waiting shows between the stamp of a queue's owner
and the next stamp. Of the services of Exchange only Hub Transport, Edge Transport and Transport have queues: the time
after their stamp was spent in a queue of the server that stamped. After Front End Transport and mapi submission, which
have none, it is a retry of the sender of that leg, or a difference of clocks.

Source: Microsoft Docs, "Queues and messages in queues" and "Mail flow and the transport pipeline".
"""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec

from hopscope.classifier import builds, pipeline, servers
from hopscope.classifier.dialects import exchange
from hopscope.model import Hop, Route, Service, Stage

__all__ = ["Holder", "Spent", "Wait", "spent", "waits"]


class Holder(StrEnum):
    """What kind of thing held the message."""

    QUEUE = "queue"
    """A queue of the server that stamped before."""
    SENDER = "sender"
    """The sender of the leg, which has no queue: it tried again, or the two clocks differ."""
    SYSTEM = "other system"
    """A mail system that is not Exchange: in its queue, or on the way."""
    MAILBOX = "mailbox"
    """It had been delivered; what sent it on is no delay of transport."""
    SHADOW = "shadow queue"
    """The server that held a shadow copy, until it took over."""
    CLOCKS = "clocks"
    """Nothing: the later stamp has the earlier time, so two clocks differ."""
    SEVERAL = "several"
    """Legs without a date are between, and cannot be told apart."""
    UNKNOWN = "unknown"
    """The service that stamped before is unknown."""


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """The delay of a hop, and who held the message for that long."""

    before: int
    """Number of the dated hop before."""
    hop: int
    """Number of the hop whose delay it is."""
    delay: timedelta
    """May be negative."""
    holder: Holder
    service: Service | None = None
    """The service that held it, where one did."""
    server: str | None = None
    """The server that held it, as its stamp names it."""
    place: str | None = None
    """Where on the server: which queue, or what it did."""


def waits(route: Route) -> tuple[Wait, ...]:
    """The delays of a labelled route, in the order of the way; a hop whose delay is unknown has none."""
    by_number = {hop.number: hop for hop in route.hops}
    return tuple(
        _wait(by_number[hop.number - hop.spans], hop, hop.delay)
        for hop in route.hops
        if hop.delay is not None and hop.number - hop.spans in by_number
    )


def _wait(before: Hop, hop: Hop, delay: timedelta) -> Wait:
    whole = Wait(before=before.number, hop=hop.number, delay=delay, holder=Holder.UNKNOWN)
    if delay < timedelta(0):
        return msgspec.structs.replace(whole, holder=Holder.CLOCKS)
    if hop.spans > 1:
        return msgspec.structs.replace(whole, holder=Holder.SEVERAL)
    holder, place = _held(before, hop, delay)
    if holder is Holder.UNKNOWN:
        return whole
    holding = hop if holder is Holder.SHADOW else before
    return msgspec.structs.replace(
        whole, holder=holder, service=holding.label.service, server=servers.written_name(holding), place=place
    )


_TOOK_OVER = frozenset({exchange.Token.SHADOW, exchange.Token.REPLICATION})


def _held(before: Hop, hop: Hop, delay: timedelta) -> tuple[Holder, str | None]:
    """What held the message between two hops for so long, and where."""
    service = before.label.service
    if hop.stamp.with_ in _TOOK_OVER:
        return Holder.SHADOW, "kept a copy of a message whose server was gone"
    if service is Service.OTHER_MTA:
        return Holder.SYSTEM, before.label.software
    if pipeline.stage(service) is Stage.DELIVERY:
        return Holder.MAILBOX, "it had been delivered"
    if pipeline.queues(builds.generation_of(before.label), service):
        return Holder.QUEUE, _queue(hop)
    if service is Service.UNKNOWN:
        return Holder.UNKNOWN, None
    return Holder.SENDER, _RETRIES.get(service) if delay >= _SHORTEST_RETRY else None


_SHORTEST_RETRY = timedelta(seconds=10)
"""Without a queue nothing documented holds a message for less: the tarpit of back pressure starts with so much."""


_RETRIES = {
    Service.MAPI_SUBMISSION: "no queue: a retry, or the clocks",
    Service.FRONT_END: "no queue: a retry of its client, or the clocks",
}


def _queue(hop: Hop) -> str:
    """The queue that a message waits in, by where it goes next."""
    if pipeline.stage(hop.label.service) is Stage.DELIVERY:
        return "mailbox delivery queue"
    server = servers.written_name(hop)
    return f"queue for {server}" if server else "delivery queue"


class Spent(NamedTuple):
    """How long one service of one server had the message, all its waits together."""

    service: Service
    server: str | None
    organisation: str | None
    """The registered domain of the server, as far as its name tells."""
    time: timedelta


def spent(waits: Iterable[Wait]) -> tuple[Spent, ...]:
    """The time that each service of each server had the message, the longest first.

    Time that cannot be given to one server, and what is but a difference of clocks, is not in it.
    """
    total: dict[tuple[Service, str | None], timedelta] = {}
    for wait in waits:
        if wait.service is not None:
            key = wait.service, wait.server
            total[key] = total.get(key, timedelta(0)) + wait.delay
    found = (Spent(*key, servers.organisation(key[1] or ""), time) for key, time in total.items())
    return tuple(sorted(found, key=lambda each: each.time, reverse=True))
