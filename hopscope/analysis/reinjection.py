"""Where software without a Received field of its own had the message: a content filter or a list manager.

A server passes the message to such software, which sends it back to the same server. Two hops of one server follow each
other, and the time between them was spent in that software, or in the queue that leads to it.

Source: Postfix, FILTER_README; Exim, chapters "The pipe transport" and "How Exim receives and delivers mail"; Mailman,
"Postfix integration"; Microsoft Docs, "Mail flow and the transport pipeline".
"""

from hopscope.analysis.filter_gateways import maker
from hopscope.classifier import pipeline, servers
from hopscope.classifier.dialects import exchange
from hopscope.classifier.smtp import is_local_submission, software_family
from hopscope.model import ExchangeToken, Hop, Service, Stage

__all__ = ["came_from_unrecorded_software", "is_unnamed", "reinjecting_host"]


def reinjecting_host(previous: Hop, hop: Hop) -> str | None:
    """The host that sent a message back to the server which already had it; ``None`` if none did, empty if unknown.

    The host is the server itself if the message came over loopback, from its own name, or by local submission, which
    Postfix, Exim, Sendmail and qmail record. Another host counts only for servers that are often set up so, and if the
    headers do not connect it with the path just before: gateways and the servers of large systems share one name.

    LMTP delivers to a store on the same host, and software with a Received field of its own is a hop, so neither is
    counted.
    """
    if hop.mark is not None and previous.mark is not None:
        return _host_before_exchange(previous, hop)
    server = hop.written_server
    if hop.mark is not None or previous.mark is not None:
        return None
    if server is None:
        is_local = is_unnamed(hop) and software_family(previous) == "qmail" and is_local_submission(hop, "qmail")
        return previous.written_server or "" if is_local else None
    if not servers.same(previous.written_server, server) or (software := software_family(hop)) != software_family(
        previous
    ):
        return None
    if maker(hop.label) or (hop.stamp.with_ or "").upper().startswith("LMTP"):
        return None
    return server if is_local_submission(hop, software) else _host(previous, hop)


def is_unnamed(hop: Hop) -> bool:
    """Whether a hop is of qmail and has no server name: only the field that qmail-smtpd adds first has one."""
    return hop.written_server is None and software_family(hop) == "qmail"


def came_from_unrecorded_software(previous: Hop, hop: Hop) -> bool:
    """Whether software on the host of a hop sent it the message, and the headers do not show from where it had it.

    The server before may have held the message, or that software: another server of a list, or a program that fetches.
    """
    if hop.mark is not None or hop.from_previous:
        return False
    if servers.is_loopback(hop):
        return software_family(previous) in _REINJECTED
    names = tuple(servers.names_of_peer(hop))
    return bool(names) and all(servers.same(name, hop.written_server) for name in names)


def _host(previous: Hop, hop: Hop) -> str | None:
    """The host that sent the message by SMTP to a server which had it before."""
    server, peer, software = hop.written_server, hop.stamp.from_domain, software_family(hop)
    if peer is None or _is_submission_queue(previous):
        return None
    if servers.is_loopback(hop) or servers.same(peer.tcp_info.domain, server):
        return server
    is_other = not hop.from_previous and not _share_peer(previous, hop) and software in _REINJECTED
    return peer.tcp_info.domain or peer.domain if is_other else None


def _host_before_exchange(previous: Hop, hop: Hop) -> str | None:
    """The host that sent a message back to an Exchange server on-premises, which passes it on to itself in few cases.

    A server that sends its copy of a message adds a second Received field, and delivery to a mailbox is its own hop.
    """
    server, mark, services = hop.written_server, hop.mark, (previous.label.service, hop.label.service)
    if mark is None or mark.token is not ExchangeToken.SMTP or hop.label.is_online:
        return None
    if not servers.same(previous.written_server, server) or (previous.mark and previous.mark.token in _COPIES):
        return None
    if hop.label.service not in _RECEIVERS or pipeline.stage(previous.label.service) is Stage.DELIVERY:
        return None
    if mark.pickup:
        return server
    if hop.from_previous or servers.is_loopback(hop):
        return server if Service.UNKNOWN not in services and services not in _ON_ONE_SERVER else None
    return None if _share_peer(previous, hop) else hop.written_peer


_COPIES = {*exchange.TAKE_OVERS, ExchangeToken.RESUBMISSION}
_RECEIVERS = {Service.FRONT_END, Service.TRANSPORT, Service.HUB_TRANSPORT, Service.EDGE_TRANSPORT}
_ON_ONE_SERVER = {
    (Service.FRONT_END, Service.TRANSPORT),
    (Service.MAPI_SUBMISSION, Service.TRANSPORT),
}
"""Services that send to each other by SMTP on one server; the store driver of 2007 and 2010 submits without SMTP."""


def _share_peer(previous: Hop, hop: Hop) -> bool:
    """Whether both hops came from one host, so that it is on the path just before."""
    return not set(servers.names_of_peer(previous)).isdisjoint(servers.names_of_peer(hop))


_REINJECTED = frozenset({"Postfix", "Exim", "Sendmail", "qmail"})
"""Servers that are often set up to pass messages to a filter or a list manager on another host."""


def _is_submission_queue(hop: Hop) -> bool:
    """Whether the submission program of Sendmail 8.12 and later added the hop: its queue sends over loopback."""
    by = hop.stamp.by_domain
    return by is not None and any(comment.endswith("/Submit") for comment in by.comments)
