"""The passages of a message through Exchange: where it entered an organisation, and where it left.

A message that is sent from one organisation to another, delivered and forwarded, or sent between the two parts of a
hybrid organisation passes through Exchange more than once. Each passage is a run of hops and has a scenario of its own.
"""

from collections.abc import Callable, Iterator

import msgspec

from hopscope.analysis import scenarios
from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.reinjection import reinjecting_host
from hopscope.classifier import pipeline, servers
from hopscope.model import Hop, Passage, Service, ServiceWithoutHeader, Stage

__all__ = ["passages"]


def passages(
    index: IndexedRoute, services_without_header: Callable[[], tuple[ServiceWithoutHeader, ...]]
) -> tuple[Passage, ...]:
    """The passages of a labelled route, in path order; empty if no Exchange server added a Received field.

    Args:
        index: A labelled route.
        services_without_header: Returns these services; called only for mail that leaves the organisation.
    """
    runs = list(_runs(index))
    records = []
    for run, last, following in zip(runs, [None, *runs], [*runs[1:], None], strict=False):
        last_hop = last.hops[-1] if last and run.starts else None
        first_hop = following.hops[0] if following and following.starts else None
        surroundings = scenarios.Surroundings(index, services_without_header, last_hop, first_hop, run.starts)
        records.append(scenarios.passage(run.hops, surroundings))
    return tuple(records)


class _Run(msgspec.Struct, frozen=True):
    """The hops of one passage."""

    hops: list[Hop]
    starts: str | None
    """Why it is separate from the preceding hops, which are also of Exchange."""


def _runs(index: IndexedRoute) -> Iterator[_Run]:
    run = _Run([], None)
    for hop, mark in zip(index.route.hops, index.marks, strict=True):
        if mark is None:
            if run.hops:
                yield run
                run = _Run([], None)
        elif run.hops and (reason := _restart(run.hops, hop)):
            yield run
            run = _Run([hop], reason)
        else:
            run.hops.append(hop)
    if run.hops:
        yield run


def _restart(passage: list[Hop], hop: Hop) -> str | None:
    """Why a new passage starts with ``hop``; ``None`` if ``hop`` continues the previous passage."""
    previous = passage[-1]
    if pipeline.stage(previous.label.service) is Stage.DELIVERY:
        return "forwarded after delivery"
    if pipeline.stage(hop.label.service) is Stage.SUBMISSION:
        saved_first = _online(hop) and len(passage) == 1 and previous.label.service is Service.FRONT_END
        return None if saved_first else "resubmitted"
    if _online(previous) != _online(hop):
        return f"sent from {_premises(previous)} to {_premises(hop)}"
    if _in_other_organisation(previous, hop):
        return _REENTERED
    enters = _ENTRIES.get(hop.label.service)
    if not enters or not enters(passage, hop):
        return None
    return _REENTERED if reinjecting_host(previous, hop) is None else _SENT_BACK


_SENT_BACK = "sent back by software without a Received field"
_REENTERED = "left the organisation and entered another one, or the same one again"


def _online(hop: Hop) -> bool:
    return hop.label.is_online


def _premises(hop: Hop) -> str:
    return "Exchange Online" if _online(hop) else "an on-premises organisation"


def _in_other_organisation(previous: Hop, hop: Hop) -> bool:
    """Whether two hops on-premises are of two organisations, whatever their builds.

    The registered domains must differ: that of the receiving server from that of the sending one and from every name
    by which it introduced itself, because a Receive connector may add a Received field under another name than its
    server's. As one organisation may have servers in several domains, the message must also have come from a public
    address, or from a server other than Edge Transport to Front End Transport, which receives mail from outside. An
    internal domain, such as corp.local, may be of the same organisation as a public one.
    """
    if _online(hop) or servers.share_domain(previous.server, hop.server):
        return False
    names = [name for name in (previous.server, *servers.names_of_peer(hop)) if servers.registered_domain(name)]
    if not names or not all(servers.in_other_domain(name, hop.server) for name in names):
        return False
    if servers.has_public_peer(hop):
        return True
    comparable = len({servers.is_internal_name(name) for name in (*names, hop.server)}) == 1
    return (
        comparable and hop.label.service is Service.FRONT_END and previous.label.service is not Service.EDGE_TRANSPORT
    )


def _together(previous: Hop, hop: Hop) -> bool:
    """Whether the headers connect two hops: one received from the other, or the servers share a domain."""
    return bool(hop.from_previous) or servers.share_domain(previous.server, hop.server)


def _enters_by_front_end(passage: list[Hop], hop: Hop) -> bool:
    """Front End Transport accepts mail from outside; inside, only from Edge Transport and Hub Transport of 2010."""
    previous = passage[-1]
    service = previous.label.service
    if _online(hop):
        # Servers send directly to a frontend of another part of Exchange Online, and those of consumer mailboxes
        # submitted to one; all other mail comes from the outbound pool.
        return service is not Service.FRONT_END and not bool(hop.from_previous)
    if service in {Service.EDGE_TRANSPORT, Service.HUB_TRANSPORT, Service.MAPI_SUBMISSION}:
        return len(passage) > 1 and not _together(previous, hop)
    return service is not Service.FRONT_END


def _enters_by_edge(passage: list[Hop], hop: Hop) -> bool:
    """Edge Transport accepts mail from outside, and outbound mail from inside."""
    return not _together(passage[-1], hop)


def _enters_from_edge(passage: list[Hop], hop: Hop) -> bool:
    """Hub Transport and Transport accept mail from Edge Transport, except mail that Edge Transport sends out."""
    previous = passage[-1]
    sent_out = previous.label.service is Service.EDGE_TRANSPORT and len(passage) > 1
    alone = previous.label.service in {Service.TRANSPORT, Service.HUB_TRANSPORT} and bool(previous.server)
    return (sent_out or alone) and not _together(previous, hop)


_ENTRIES: dict[Service, Callable[[list[Hop], Hop], bool]] = {
    Service.FRONT_END: _enters_by_front_end,
    Service.EDGE_TRANSPORT: _enters_by_edge,
    Service.HUB_TRANSPORT: _enters_from_edge,
    Service.TRANSPORT: _enters_from_edge,
}
"""For each service that may accept mail from outside: whether its hop enters another organisation."""
