"""How far a path can be trusted: which hops the delivering organisation attests, and which nothing bears out.

Any server can write any Received field below its own. A reader can rely on the fields of the organisation that
delivered the message, and on the peer that its lowest field records. Further down, each field is worth as much as the
peer that the field above it recorded.

From the last hop towards the origin:

- **attested**: the last hop, and the hops below it of the same organisation, as long as what was recorded of the peer
  bears each of them out. The organisation is the registered domain of the servers, or a provider with several domains;
  of a hosting provider, whose hosts strangers rent, each host is its own. Peers with private or loopback addresses, and
  those by LMTP, are inside, and so are servers that record no peer. With settings, servers of the reader are attested
  wherever they are linked by more than a claim; if the settings name networks, the peer's address must not be outside.
- **linked**: the hop above is attested or linked, and its recorded peer bears this server out.
- **unlinked**: neither. All hops below are unlinked too, and so are all hops below a break that HOP401 reports.

What bears a server out is what the receiving server itself recorded of its peer: a name from reverse DNS that is the
server's, or one in the same organisation, since senders use pools and NAT; or an address in a network of the settings.
All other evidence is a claim, and makes a hop linked, never attested: the EHLO name, and the address that the server
below writes into its own by clause. A claim counts only if no name from reverse DNS was recorded (Exchange never
records one) and nothing contradicts it, or if the server's name has no public domain, so that no other organisation can
be impersonated with it. Nobody can claim from a public address to be a server of the organisation that delivered the
message, or the receiving server itself, unless the address is in the network of that server. Exchange Online sends from
published networks, and a name in a domain for which SPF failed at that address is not believed. A hop whose field names
no server (localhost, or no by clause) shares the trust of the server below it, which ran on the same host.

The module is over 300 lines because each kind of evidence states what a forger could write instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

import msgspec

from hopscope.analysis.organisations import ONLINE, is_address_of_online, organisation_of
from hopscope.classifier import servers
from hopscope.model import ExchangeToken, ExtendedDomain, Hop
from hopscope.parser import grammar

__all__ = ["Border", "Peer", "Records", "Trust", "border_of", "peer_of", "trust_levels"]


class Trust(StrEnum):
    """How far a hop can be trusted."""

    ATTESTED = "attested"
    """Added by the organisation that delivered the message, or by the reader's own."""
    LINKED = "linked"
    """The trusted hop above recorded this server as its peer."""
    UNLINKED = "unlinked"
    """Nothing above bears it out."""


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """The sending system of a hop."""

    name: str | None
    """The name from reverse DNS, as the receiving server recorded it."""
    helo: str | None
    """The name that the peer gave: a claim."""
    address: str | None

    def __str__(self) -> str:
        """``mail.shop.example [203.0.113.5]``; ``[203.0.113.5] (HELO mail.shop.example)`` without a name."""
        literal = f"[{self.address}]" if self.address else ""
        if self.name:
            return f"{self.name} {literal}".rstrip()
        helo = self.helo if self.helo != literal else None
        if literal and helo:
            return f"{literal} (HELO {helo})"
        return literal or (f"HELO {helo}" if helo else "an unnamed system")


def peer_of(hop: Hop) -> Peer:
    """The sending system of a hop, with what is recorded kept apart from what is claimed."""
    peer = hop.stamp.from_domain or ExtendedDomain()
    name = None if _is_doubtful(peer) else _recorded_name(hop)
    return Peer(name=name, helo=peer.helo or peer.domain, address=peer.tcp_info.address)


class Border(msgspec.Struct, frozen=True, kw_only=True):
    """Where the attested part of a path starts."""

    hop: int
    """Number of the first attested hop."""
    organisation: str
    """The registered domain or provider of its servers; the server if it has no domain; empty if unknown."""
    peer: Peer
    """The peer of that hop: the last sender that the organisation attests."""


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """What settings and other header fields show about the servers of a path."""

    own: Mapping[int, bool] = {}
    """Whether the settings make the server of a hop one of the reader's, by hop number."""
    in_networks: Mapping[int, bool] = {}
    """Whether the address of the peer of a hop is in the networks of the settings, by hop number."""
    spf_failed: frozenset[tuple[str, str]] = frozenset()
    """Addresses that may not send for a domain, as SPF found when the message was received."""


_NO_RECORDS = Records()


def trust_levels(hops: Sequence[Hop], records: Records = _NO_RECORDS, last_break: int = 0) -> tuple[Trust, ...]:
    """The trust of each hop, in path order.

    Args:
        hops: The hops of a labelled route.
        records: What settings and other fields show.
        last_break: Number of the last hop that came from another server than the field below it; 0 if there is none.
    """
    levels = list(_levels(hops[max(last_break - 1, 0) :][::-1], records)) if hops else []
    return (*[Trust.UNLINKED] * (len(hops) - len(levels)), *levels[::-1])


def _levels(descending: Sequence[Hop], records: Records) -> Iterator[Trust]:
    """The trust of the hops, from the last one down to the last that is not unlinked."""
    level = Trust.ATTESTED
    receiver = _Receiver(descending[0], descending[0].server, records)
    yield level
    nameless = 0
    for hop in descending[1:]:
        server = hop.server
        if _is_nameless(server):
            if nameless or not _is_inside(receiver.above):
                nameless += 1
                continue
            yield level
            receiver.above = hop
            continue
        evidence = _evidence(receiver, hop)
        if evidence is None:
            return
        level = receiver.level(hop, evidence, level)
        yield from (level,) * (nameless + 1)
        nameless = 0
        receiver.follow(hop)


_INSIDE, _RECORDED, _CLAIMED = "inside", "recorded", "claimed"


class _Receiver:
    """The lowest trusted hop, with the organisations that received the message up to there."""

    def __init__(self, above: Hop, named: str, records: Records) -> None:
        self.above = above
        self.named = named
        """The lowest trusted server that has a name."""
        self.records = records
        self.last = named
        """The server of the last hop."""
        self.inside = self.delivering = organisation_of(named)
        """The organisation of the lowest trusted server that has a domain, and the one that delivered the message."""

    def follow(self, hop: Hop) -> None:
        """Go down to the next hop, which is trusted."""
        self.above, self.named = hop, hop.server
        self.inside = organisation_of(hop.server) or self.inside
        self.delivering = self.delivering or self.inside

    def level(self, hop: Hop, evidence: str, level: Trust) -> Trust:
        """The trust of the next hop, with what bears it out."""
        if evidence is _CLAIMED:
            return Trust.LINKED
        if self.records.own.get(hop.number) and self.records.in_networks.get(self.above.number) is not False:
            return Trust.ATTESTED
        organisation = organisation_of(hop.server)
        if evidence is _INSIDE:
            return level if organisation is None or self.delivering in {None, organisation} else Trust.LINKED
        return level if organisation is not None and self.delivering in {None, organisation} else Trust.LINKED

    def is_known(self, peer: ExtendedDomain, organisation: str | None) -> bool:
        """Whether the recorded address of the peer is in the networks of the settings, or inside Exchange Online."""
        if self.records.in_networks.get(self.above.number):
            return True
        address, own_address = peer.tcp_info.address or "", _own_address(self.above)
        if organisation != ONLINE or ":" not in address:
            return False
        is_inside = _claim(peer).endswith(_INSIDE_ONLINE) and is_address_of_online(address)
        return is_inside or _share_bits(address, own_address, _BITS_OF_ONLINE)

    def is_near(self, peer: ExtendedDomain, organisation: str | None) -> bool:
        """Whether the peer is known, or its recorded address is in the network of the receiving server.

        Strangers may have addresses there, too, where a hosting provider runs the server.
        """
        if self.is_known(peer, organisation):
            return True
        address, own_address = peer.tcp_info.address, _own_address(self.above)
        bits = _BITS_OF_SITE if address and ":" in address else _BITS_OF_NETWORK
        return _share_bits(address, own_address, bits)

    def may_be_impersonated(self, name: str, peer: ExtendedDomain) -> bool:
        """Whether a name that the peer claims, or a field claims for it, links nothing.

        A stranger can claim any name. The receiving organisation knows its own, so it would not accept one from a
        public address of another network; Exchange Online sends from published networks; and SPF may have failed.
        """
        address, organisation = peer.tcp_info.address, organisation_of(name)
        if address is None or self.above.stamp.auth or self.is_near(peer, organisation):
            return False
        domain = servers.registered_domain(name)
        if domain and (address, domain) in self.records.spf_failed:
            return True
        if organisation == ONLINE:
            return not is_address_of_online(address)
        if servers.same(name, self.named):
            return True
        return organisation == self.delivering if organisation else servers.share_domain(name, self.last)


_INSIDE_ONLINE = (".prod.protection.outlook.com", ".prod.outlook.com")
"""The domains of servers inside Exchange Online; those that send mail out are in outbound.protection.outlook.com. Some
that accept mail from outside have IPv6 addresses that start with 2a01:111 (observed)."""
_BITS_OF_ONLINE = 16
"""The servers of Exchange Online have IPv6 addresses of a few networks that start with 2603. Those that accept mail
from outside record an own address of the IPv4 network 10.0.0.0/8."""


def _evidence(receiver: _Receiver, hop: Hop) -> str | None:
    """What bears the server of ``hop`` out as the peer of the trusted hop above; ``None`` if nothing does."""
    server, above = hop.server, receiver.above
    organisation = organisation_of(server)
    if _is_inside(above) or (_is_nameless(above.server) and server == receiver.named):
        inside = receiver.inside
        if organisation is None or inside is None or inside == organisation or servers.same(server, receiver.named):
            return _INSIDE
        is_peer = any(_fits(name, server, organisation) for name in servers.names_of_peer(above))
        return _INSIDE if is_peer else _fetched(above)
    peer = above.stamp.from_domain or ExtendedDomain()
    if reverse := _recorded_name(above):
        evidence = _RECORDED if _fits(reverse, server, organisation) and not _is_doubtful(peer) else None
        may_claim = organisation is None and not receiver.may_be_impersonated(server, peer)
        claimed = _CLAIMED if may_claim and _claims(peer, server) else None
        return evidence or claimed or _by_other_name(receiver, peer, hop) or _fetched(above)
    return _without_reverse_name(receiver, peer, hop) or _by_other_name(receiver, peer, hop) or _fetched(above)


def _without_reverse_name(receiver: _Receiver, peer: ExtendedDomain, hop: Hop) -> str | None:
    """What bears the server of ``hop`` out if no name of the peer was found by reverse DNS.

    The address in the by clause of ``hop`` is a claim, as its name is.
    """
    server, claim, address = hop.server, _claim(peer), peer.tcp_info.address
    organisation, claimed = organisation_of(server), organisation_of(claim)
    if receiver.may_be_impersonated(server, peer):
        return None
    is_near = receiver.is_near(peer, organisation)
    own_address = _own_address(hop)
    if servers.same(claim, server):
        fits = is_near or not _contradicts(own_address, address)
    elif address is not None and address == own_address:
        fits = organisation is None or claimed in {None, organisation}
    elif organisation == ONLINE and not claim:
        fits = is_near
    else:
        fits = organisation is not None and organisation == claimed
    if not fits:
        return None
    return _RECORDED if receiver.is_known(peer, organisation) else _CLAIMED


def _by_other_name(receiver: _Receiver, peer: ExtendedDomain, hop: Hop) -> str | None:
    """What bears the server of ``hop`` out under another name of its host.

    A program that sent the message there over loopback ran on that host, so its EHLO name is a name of the host. A
    server with a name in another organisation is not borne out: it would be impersonated.
    """
    if not servers.is_loopback(hop) or _is_doubtful(peer):
        return None
    reverse = _recorded_name(receiver.above)
    for name in servers.names_of_peer(hop):
        organisation = organisation_of(name)
        may_be_one = organisation is not None and organisation_of(hop.server) in {None, organisation}
        if may_be_one and (_fits(reverse, name, organisation) if reverse else _claims(peer, name)):
            return None if not reverse and receiver.may_be_impersonated(name, peer) else _CLAIMED
    return None


def _fetched(hop: Hop) -> str | None:
    """That the message was fetched from a mailbox: the receiving host chose its peer, so no forger was the peer."""
    return _CLAIMED if (hop.stamp.with_ or "").upper().startswith(_OF_MAILBOXES) else None


_OF_MAILBOXES = ("IMAP", "POP3")


def _claim(peer: ExtendedDomain) -> str:
    """The EHLO name in lower case; empty if unknown."""
    return (peer.helo or peer.domain or "").lower()


def _claims(peer: ExtendedDomain, server: str) -> bool:
    return servers.same(_claim(peer), server)


def _recorded_name(hop: Hop) -> str | None:
    """The name of the peer that the receiving server found by reverse DNS; ``None`` if there is none.

    Exim and qmail write it directly after ``from`` and the EHLO name in a comment; Exim leaves out an EHLO name that is
    the same, and writes the address after ``from`` if it found no name ($sender_rcvhost).
    """
    peer = hop.stamp.from_domain or ExtendedDomain()
    follows_from = peer.helo or (hop.label.software or "").startswith("Exim")
    name = peer.tcp_info.domain or (peer.domain if follows_from else None)
    return name.rstrip(".") if name and organisation_of(name) else None


def _is_doubtful(peer: ExtendedDomain) -> bool:
    """Whether the receiving server, Sendmail, found that the name does not resolve to the address.

    The owner of an address can give it any name in reverse DNS.
    """
    return bool(peer.comments) and any("may be forged" in comment for comment in peer.comments)


def _fits(name: str, server: str, organisation: str | None) -> bool:
    return servers.same(name, server) or (organisation is not None and organisation == organisation_of(name))


def _own_address(hop: Hop) -> str | None:
    return hop.stamp.by_domain.tcp_info.address if hop.stamp.by_domain else None


def _contradicts(own_address: str | None, peer_address: str | None) -> bool:
    """Whether two public addresses of one family differ."""
    if not own_address or not peer_address or servers.is_private(own_address):
        return False
    return (":" in own_address) == (":" in peer_address) and own_address != peer_address


def _share_bits(first: str | None, second: str | None, bits: int) -> bool:
    """Whether two public addresses of one family start with the same bits."""
    if not first or not second or servers.is_private(first) or (":" in first) != (":" in second):
        return False
    start = _first_bits(first, bits)
    return start is not None and start == _first_bits(second, bits)


@lru_cache(maxsize=4096)
def _first_bits(address: str, bits: int) -> int | None:
    from ipaddress import ip_address  # for few messages

    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:  # the grammar accepts slightly more
        return None
    return int(parsed) >> (parsed.max_prefixlen - bits)


_BITS_OF_SITE = 48
"""RFC 6177: what a site usually gets of IPv6."""
_BITS_OF_NETWORK = 24
"""Of IPv4: the longest prefix that is routed on the Internet."""


def _is_inside(hop: Hop) -> bool:
    """Whether the message came from the host or the private network of the server of a hop."""
    peer = hop.stamp.from_domain
    if peer is None or (hop.mark is not None and hop.mark.token in _WITHOUT_SMTP):
        return True
    peer_address = peer.tcp_info.address
    if (hop.stamp.with_ or "").upper().startswith("LMTP"):  # not for wide area networks: RFC 2033 section 1
        return True
    if peer_address is None:  # a server that accepts SMTP from outside records the address
        name = peer.domain or ""
        return organisation_of(name) is None or "@" in name
    return _is_nameless(peer_address)


_WITHOUT_SMTP = frozenset({ExchangeToken.MAPI, ExchangeToken.HTTPS})


@lru_cache(maxsize=4096)
def _is_nameless(host: str) -> bool:
    """Whether a name, in lower case, does not identify a server: none, localhost, or a private address."""
    if literal := grammar.address(host):
        return servers.is_private(literal) or literal.startswith(_SIX_TO_FOUR)
    return host in {"", "unknown"} or servers.is_local_name(host)


_SIX_TO_FOUR = "2002:a"
"""The 6to4 form of 10.0.0.0/8, by which Google's servers call themselves."""


def border_of(hops: Sequence[Hop], levels: Sequence[Trust]) -> Border | None:
    """Where the attested part of a path starts; ``None`` without a hop."""
    attested = [hop for hop, level in zip(hops, levels, strict=True) if level is Trust.ATTESTED]
    if not attested:
        return None
    organisations = (organisation_of(hop.server) for hop in attested)
    return Border(
        hop=attested[0].number,
        organisation=next(filter(None, organisations), None) or hops[-1].written_server or "",
        peer=peer_of(attested[0]),
    )
