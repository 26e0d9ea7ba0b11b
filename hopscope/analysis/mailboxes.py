"""Where a message was in a mailbox between two hops, and what took it out again.

A mailbox is stated only where a hop or a field shows it: a delivery by Exchange, a program that fetched the message, a
submission out of the store, or a field of a delivery or resending that cannot be of a list or an alias. Delivered-To is
also added where a list or an alias expands an address (qmail, Postfix), and then the message was in no mailbox.
"""

from datetime import timedelta
from functools import cache, lru_cache

from hopscope.analysis.indexed_route import RESTARTS, IndexedRoute
from hopscope.classifier import pipeline, servers
from hopscope.data import table
from hopscope.model import ExchangeToken, Hop, Service, Stage

__all__ = ["FETCHED", "Mailbox", "in_mailbox", "resent_hops"]

Mailbox = tuple[str, str | None]
"""Until when the message was in the mailbox, and the server of the mailbox; ``None`` if that is unknown."""
FETCHED = "in the mailbox until fetched"
_DELIVERED = "in the mailbox"


def in_mailbox(previous: Hop, hop: Hop) -> Mailbox | None:
    """The mailbox that two hops show between them; ``None`` if they show none."""
    if hop.mark is not None:
        if hop.mark.token is ExchangeToken.RESUBMISSION:
            return "in the mailbox until scanned again", hop.written_server
    elif _is_fetched(hop):
        peer = hop.written_peer
        return FETCHED, None if servers.is_local_name(peer) else peer
    if hop.delay is not None and hop.delay >= _READING and _was_sent_elsewhere(hop) and _is_fetched(previous):
        return _DELIVERED, previous.written_server  # its reader sent it again
    sender, receiver = previous.label.service, hop.label.service
    if sender in _DELIVERIES or (previous.mark is None and _is_stored(previous) and not _is_stored(hop)):
        return _DELIVERED, previous.written_server
    if receiver in _SUBMISSIONS and sender not in _BEFORE_SUBMISSION:
        return "in the mailbox until resubmitted", hop.written_peer
    return None


_DELIVERIES = frozenset(service for service in Service if pipeline.stage(service) is Stage.DELIVERY)
_SUBMISSIONS = frozenset(service for service in Service if pipeline.stage(service) is Stage.SUBMISSION)
_BEFORE_SUBMISSION = frozenset({Service.FRONT_END, Service.MAPI_SUBMISSION, Service.HTTP_SUBMISSION})
"""Messages that no server sent come from the store, except at Front End Transport of Exchange Online, to which clients
submit."""
_READING = timedelta(minutes=5)
"""A program passes on what it fetched sooner than this; a reader takes longer. Chosen, not measured."""
_LONGEST = 64
"""No name in the table is longer, so the remainder of a name need not be cached."""


def _is_fetched(hop: Hop) -> bool:
    """Whether a program added the hop that fetched the message out of a mailbox."""
    return _is_fetch(hop.stamp.with_, hop.label.software) or (hop.label.software is None and _names_program(hop))


def _names_program(hop: Hop) -> bool:
    """Whether a comment or ``by`` names the program, or over loopback a comment the protocol.

    Examples: ``by pc.example (fdm 2.2, account "me")``, ``by getmail/5.16``, ``from localhost by pc.example (IMAP)``.
    """
    by = hop.stamp.by_domain
    if by is None or (hop.stamp.with_ or "").upper() in _names("queue"):
        return False
    is_local = servers.is_loopback(hop)
    comments = (*by.comments, *hop.stamp.comments)
    is_product = by.domain is not None and "/" in by.domain  # and no host
    return any(_is_fetch(comment if is_local else None, comment) for comment in comments) or (
        is_product and _is_fetch(None, by.domain)
    )


def _is_fetch(protocol: str | None, software: str | None) -> bool:
    """Whether a program fetched the message out of a mailbox, by the protocol and the program of the hop."""
    return _fetches(protocol[:_LONGEST] if protocol else "", software[:_LONGEST] if software else "")


@lru_cache(maxsize=1024)
def _fetches(protocol: str, software: str) -> bool:
    word = protocol.upper().partition(" ")[0]
    product = software.lower()
    names = [name for name in _names("program") if product.startswith(name)]
    is_program = any(not product[len(name) : len(name) + 1].isalpha() for name in names)
    return (is_program and word not in _names("queue")) or word in _names("protocol")


def _is_stored(hop: Hop) -> bool:
    """Whether the store of another mail system received the message for a mailbox; a proxy of it would pass it on."""
    protocol = hop.stamp.with_
    return (
        protocol is not None
        and protocol[:4].upper() == "LMTP"
        and (hop.label.software or "").lower().startswith(_names("store"))
    )


@cache
def _names(kind: str) -> tuple[str, ...]:
    """The names of a kind: protocols in upper case, programs and stores in lower case."""
    names = [row["name"] for row in table("fetched_mail") if row["kind"] == kind]
    return tuple([name.lower() if kind in {"program", "store"} else name.upper() for name in names])


def resent_hops(index: IndexedRoute) -> dict[int, Mailbox]:
    """The hops before which a field of a delivery or resending shows a mailbox, by number.

    Resent fields show one, unless a list sent the message on: they are of a user, who had received it (RFC 5322 section
    3.6.6). Delivered-To shows one only if the next hop came from elsewhere: not from the server that added the field,
    under any name of its domain, and not from a list or filter on its host.
    """
    mailboxes: dict[int, Mailbox] = {}
    hops = index.route.hops
    for number, field in index.between(RESTARTS):
        previous, hop = hops[number - 1], hops[number]
        if _names_list(index, field.body):
            continue
        if field.name.lower() != "delivered-to":
            mailboxes.setdefault(hop.number, (_DELIVERED, None))
        elif _left_server(previous, hop):
            mailboxes[hop.number] = _DELIVERED, previous.written_server
    return mailboxes


def _was_sent_elsewhere(hop: Hop) -> bool:
    """Whether a hop names its peer, which is neither the server before nor on the same host."""
    return hop.stamp.from_domain is not None and not hop.from_previous and not servers.is_loopback(hop)


def _left_server(previous: Hop, hop: Hop) -> bool:
    """Whether a hop came from another host than the server before, which had delivered the message."""
    if not _was_sent_elsewhere(hop):
        return False
    names = tuple(servers.names_of_peer(hop))
    if servers.same(previous.written_server, hop.written_server) or previous.server in names:
        return False
    return hop.stamp.auth is not None or not any(servers.share_domain(previous.server, name) for name in names)


def _names_list(index: IndexedRoute, body: str) -> bool:
    """Whether an address, in the body of a field, is one of a list: list fields name it, or qmail says so (ezmlm)."""
    text = body.lower()
    if text.startswith("mailing list "):
        return True
    local, _, domain = text.rpartition("<")[2].partition(">")[0].strip().rpartition("@")
    if not local:
        return False
    lists = [name for name in index.route.names if name.startswith("list-") or name in _LIST_FIELDS]
    named = " ".join(value.lower() for name in lists for value in index.route.bodies(name))
    return f"{local}@{domain}" in named or f"<{local}.{domain}>" in named


_LIST_FIELDS = frozenset({"mailing-list", "x-mailing-list", "x-beenthere", "x-list", "x-loop"})
"""Of ezmlm, Majordomo, Mailman and others, besides the fields of RFC 2369 and RFC 2919."""
