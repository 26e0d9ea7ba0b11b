"""Breaks in the chain of servers: hops that did not come from the server of the previous hop."""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise

import msgspec

from hopscope.classifier import pipeline, servers
from hopscope.model import ExchangeMark, ExchangeToken, Hop, Passage, Service

__all__ = ["Break", "chain_breaks", "is_host"]


class Break(msgspec.Struct, frozen=True):
    """A hop that came from another system than the server of the previous hop."""

    previous: Hop
    hop: Hop
    text: str
    """The end of a sentence about the hop: ``came from c.corp.example, not from b.corp.example, ...``."""


def chain_breaks(
    hops: Sequence[Hop], marks: Sequence[ExchangeMark | None], passages: Sequence[Passage]
) -> tuple[Break, ...]:
    """The breaks, in path order.

    Args:
        hops: The hops of a labelled route.
        marks: What the Received field of each hop shows about Exchange.
        passages: The passages through Exchange.
    """
    if not passages:
        return ()
    legs = _legs(hops, marks, passages)
    return tuple([Break(leg.previous, leg.hop, text) for leg in legs if (text := _break(leg))])


_SENDS_BY_OWN_NAME = {Service.MAPI_SUBMISSION, Service.TRANSPORT}
"""Inside an organisation these name the server itself, as on all 240 such hops in the corpus of labelled messages.
Front End, Edge and Hub Transport also use the names of connectors in EHLO (observed)."""
_TAKES_FROM_INSIDE = {Service.TRANSPORT, Service.MAILBOX_TRANSPORT, Service.HUB_TRANSPORT}
_OF_EXCHANGE_ONLINE = frozenset(
    {Service.FRONT_END, Service.TRANSPORT, Service.MAPI_SUBMISSION, Service.ONLINE_DELIVERY}
)
_MAJOR = "15."
"""Versions of Exchange Online that send from the pool; earlier ones had other pools."""


class _Leg(msgspec.Struct, frozen=True):
    """A hop of Exchange and the next one."""

    previous: Hop
    sent: ExchangeMark
    """What the Received field of the first one shows."""
    hop: Hop
    took: ExchangeMark | None
    """What the Received field of the second one shows; ``None`` where that is not of Exchange."""
    in_passage: bool
    """Both are in one passage through Exchange."""


def _legs(hops: Sequence[Hop], marks: Sequence[ExchangeMark | None], passages: Sequence[Passage]) -> Iterator[_Leg]:
    within_passage = {number for passage in passages for number in range(passage.first, passage.last)}
    for (previous, sent), (hop, took) in pairwise(zip(hops, marks, strict=True)):
        if sent is not None:
            yield _Leg(previous, sent, hop, took, previous.number in within_passage)


def _break(leg: _Leg) -> str | None:
    """The break between two hops, as the end of a sentence about the second one."""
    previous, hop = leg.previous, leg.hop
    if leg.in_passage and _expects_name(leg) and _another(previous, hop):
        return f"came from {hop.written_peer}, not from {previous.written_server}, the server of hop {previous.number}"
    if _left_past_the_pool(previous, hop):
        return f"came from {hop.written_peer}, not from the outbound pool of Exchange Online (hop {previous.number})"
    if (receiver := _no_transport(leg)) and _sends_to_transport(leg):
        only = "Exchange Online" if _is_online(previous) else "Transport"
        sender = previous.label.service
        return f"was received by {receiver}, but {sender} (hop {previous.number}) sends to {only} only"
    return None


def _expects_name(leg: _Leg) -> bool:
    """Whether the peer of the second hop must be the server of the first one."""
    mark, sender = leg.took, leg.previous.label
    if mark is None or mark.token in _OWN_PEER or mark.pickup:
        return False
    if _is_online(leg.previous) and _is_online(leg.hop):
        return sender.service in _OF_EXCHANGE_ONLINE and mark.token is not ExchangeToken.MAPI
    return sender.service in _SENDS_BY_OWN_NAME and leg.hop.label.service in _TAKES_FROM_INSIDE


def _is_online(hop: Hop) -> bool:
    return hop.label.is_online


_OWN_PEER = {ExchangeToken.SHADOW, ExchangeToken.REPLICATION, ExchangeToken.RESUBMISSION}
"""A server that sends its shadow copy names itself as the peer."""


def _another(previous: Hop, hop: Hop) -> bool:
    """Whether the peer of ``hop`` is named, and is for certain another server than that of ``previous``."""
    if hop.from_previous:
        return False
    peer, server = hop.peer, previous.server
    return is_host(peer) and is_host(server) and _label(peer) != _label(server)


@lru_cache(maxsize=4096)
def is_host(name: str) -> bool:
    """Whether it is the name of a host with its domain: no address, no localhost, nothing that was masked."""
    labels = name.split(".")
    return len(labels) > 1 and not name.startswith("[") and all(labels) and any(map(str.isalpha, labels[-1]))


def _label(name: str) -> str:
    """The first label: frontends of Exchange Online have one domain outside and another one inside."""
    return name.partition(".")[0]


def _left_past_the_pool(previous: Hop, hop: Hop) -> bool:
    """Whether a message left Exchange Online, and did not come from the pool by which it sends."""
    sends = previous.label.service is Service.TRANSPORT and _is_online(previous)
    if not sends or _is_online(hop) or not (previous.label.build or "").startswith(_MAJOR):
        return False
    hidden = not any(map(is_host, servers.names_of_peer(hop))) or servers.has_private_peer(hop)
    return not hidden and not any(_OF_POOL in name for name in servers.names_of_peer(hop))


_OF_POOL = ".outbound."
"""In the names of outbound pools of every cloud, also of one that no table has."""


def _sends_to_transport(leg: _Leg) -> bool:
    """Whether the first one is Front End Transport, or a mapi submission that sends to Transport by SMTP."""
    sender = leg.previous.label
    submits = sender.service is Service.MAPI_SUBMISSION and _has_front_end(sender.generation)
    return (sender.service is Service.FRONT_END or submits) and leg.sent.inside


def _no_transport(leg: _Leg) -> str | None:
    """The service of the second hop, where it does not accept mail for Transport.

    Exchange Online sometimes leaves out Transport (observed).
    """
    if leg.took is None:
        return "another system"
    service = leg.hop.label.service
    delivers = leg.in_passage and service is Service.MAILBOX_TRANSPORT and leg.took.prints_via
    return str(service) if delivers and not _is_online(leg.hop) else None


@cache
def _has_front_end(generation: str) -> bool:
    return Service.FRONT_END in pipeline.services_with_header(generation)
