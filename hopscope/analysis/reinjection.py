"""Where software without a Received field of its own had the message: a content filter or a list manager.

A server passes the message to such software, which sends it back to the same server. Two hops of one server follow each
other, and the time between them was spent in that software, or in the queue that leads to it.

Source: Postfix, FILTER_README; Exim, chapter "The pipe transport"; Mailman, "Postfix integration".
"""

from hopscope.analysis.filter_gateways import maker
from hopscope.classifier import servers
from hopscope.model import Hop

__all__ = ["came_from_unrecorded_software", "reinjecting_host"]


def reinjecting_host(previous: Hop, hop: Hop) -> str | None:
    """The host that sent a message back to the server which already had it; ``None`` if none did, empty if unknown.

    The host is the server itself if the message came over loopback, from its own name, or by local submission, which
    Postfix, Exim, Sendmail and qmail record. Another host counts only for servers that are often set up so, and if the
    headers do not connect it with the path just before: gateways and the servers of large systems share one name.

    Servers of Exchange pass messages to themselves, LMTP delivers to a store on the same host, and software with a
    Received field of its own is a hop, so none of these is counted.
    """
    server = hop.written_server
    if hop.mark is not None or previous.mark is not None:
        return None
    if server is None:  # as in the hops of qmail
        is_local = _family(hop) == _family(previous) == "qmail" and _is_local_submission(hop, "qmail")
        return previous.written_server or "" if is_local else None
    if not servers.same(previous.written_server, server) or (software := _family(hop)) != _family(previous):
        return None
    if maker(hop.label) or (hop.stamp.with_ or "").upper().startswith("LMTP"):
        return None
    return server if _is_local_submission(hop, software) else _host(previous, hop)


def came_from_unrecorded_software(previous: Hop, hop: Hop) -> bool:
    """Whether software on the host of a hop sent it the message, and the headers do not show from where it had it.

    The server before may have held the message, or that software: another server of a list, or a program that fetches.
    """
    if hop.mark is not None or hop.from_previous:
        return False
    if servers.is_loopback(hop):
        return _family(previous) in _REINJECTED
    names = tuple(servers.names_of_peer(hop))
    return bool(names) and all(servers.same(name, hop.written_server) for name in names)


def _host(previous: Hop, hop: Hop) -> str | None:
    """The host that sent the message by SMTP to a server which had it before."""
    server, peer, software = hop.written_server, hop.stamp.from_domain, _family(hop)
    if peer is None or _is_submission_queue(previous):
        return None
    if servers.is_loopback(hop) or servers.same(peer.tcp_info.domain, server):
        return server
    is_other = not hop.from_previous and not _share_peer(previous, hop) and software in _REINJECTED
    return peer.tcp_info.domain or peer.domain if is_other else None


def _share_peer(previous: Hop, hop: Hop) -> bool:
    """Whether both hops came from one host, so that it is on the path just before."""
    return not set(servers.names_of_peer(previous)).isdisjoint(servers.names_of_peer(hop))


def _family(hop: Hop) -> str:
    return (hop.label.software or "").partition(" ")[0]


_REINJECTED = frozenset({"Postfix", "Exim", "Sendmail", "qmail"})
"""Servers that are often set up to pass messages to a filter or a list manager on another host."""


def _is_local_submission(hop: Hop, software: str) -> bool:
    """Whether a program on the host of the server submitted the message, not over TCP."""
    if software == "Postfix":
        by = hop.stamp.by_domain
        return by is not None and any("from userid" in comment for comment in by.comments)
    if software == "Exim":
        return (hop.stamp.with_ or "").lower().startswith("local")
    if software == "qmail":
        return any("invoked by" in comment for comment in hop.stamp.comments)
    return software == "Sendmail" and hop.stamp.from_domain is None


def _is_submission_queue(hop: Hop) -> bool:
    """Whether the submission program of Sendmail 8.12 and later added the hop: its queue sends over loopback."""
    by = hop.stamp.by_domain
    return by is not None and any(comment.endswith("/Submit") for comment in by.comments)
