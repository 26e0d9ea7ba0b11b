"""How far a path can be trusted: which hops the delivering organisation attests, and which nothing bears out.

Any server can write any Received field below its own. A reader can rely on the fields of the organisation that
delivered the message, and on the peer that its lowest field records. Further down, each field is worth as much as the
peer that the field above it recorded.

From the last hop towards the origin:

- **attested**: the last hop, and the hops below it of the same organisation, as long as the recorded peer bears each of
  them out. The organisation is the registered domain of the servers, or a provider with several domains. Peers with
  private or loopback addresses are inside, and so are servers that record no peer. With settings, servers of the
  reader are attested wherever they are linked.
- **linked**: the hop above is attested or linked, and its recorded peer bears this server out.
- **unlinked**: neither. All hops below are unlinked too.

What bears a server out is what the receiving server itself recorded of its peer: a name from reverse DNS that is the
server's, or one in the same organisation, since senders use pools and NAT; or the server's own address. The EHLO name
is a claim. It counts only if no name from reverse DNS was recorded (Exchange never records one) and the server below
does not record another public address of its own, or if the server's name has no public domain, so that no other
organisation can be impersonated with it. A hop whose field names no server (localhost, or no by clause) shares the
trust of the server below it, which ran on the same host.

An EHLO name alone is weak: a forger who sends directly to Exchange chooses it. It makes a hop linked, never attested.

The module is over 300 lines because each kind of evidence states what a forger could write instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache, lru_cache

import msgspec

from hopscope.classifier import servers
from hopscope.data import table
from hopscope.model import ExchangeToken, ExtendedDomain, Hop
from hopscope.parser import grammar

__all__ = ["Border", "Peer", "Trust", "border_of", "peer_of", "trust_levels"]


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
    name = None if _is_doubtful(peer) else _recorded_name(peer)
    return Peer(name=name, helo=peer.helo or peer.domain, address=peer.tcp_info.address)


class Border(msgspec.Struct, frozen=True, kw_only=True):
    """Where the attested part of a path starts."""

    hop: int
    """Number of the first attested hop."""
    organisation: str
    """The registered domain or provider of its servers; the server if it has no domain; empty if unknown."""
    peer: Peer
    """The peer of that hop: the last sender that the organisation attests."""


def trust_levels(hops: Sequence[Hop], own: Mapping[int, bool] = {}) -> tuple[Trust, ...]:
    """The trust of each hop, in path order.

    Args:
        hops: The hops of a labelled route.
        own: Whether the settings make the server of a hop one of the reader's, by hop number.
    """
    levels = list(_levels(hops[::-1], own)) if hops else []
    return (*[Trust.UNLINKED] * (len(hops) - len(levels)), *levels[::-1])


def _levels(descending: Sequence[Hop], own: Mapping[int, bool]) -> Iterator[Trust]:
    """The trust of the hops, from the last one down to the last that is not unlinked."""
    above, level = descending[0], Trust.ATTESTED
    named = above.server
    delivering = inside = _organisation(named)
    yield level
    nameless = 0
    for hop in descending[1:]:
        server = hop.server
        if _is_nameless(server):
            if nameless or not _is_inside(above):
                nameless += 1
                continue
            yield level
            above = hop
            continue
        evidence = _evidence(above, hop, named, inside)
        if evidence is None:
            return
        organisation = _organisation(server)
        if own.get(hop.number):
            level = Trust.ATTESTED
        elif not (
            evidence is _INSIDE
            or (evidence is _RECORDED and organisation is not None and delivering in {None, organisation})
        ):
            level = Trust.LINKED
        yield from (level,) * (nameless + 1)
        nameless, above, named = 0, hop, server
        inside = organisation or inside
        delivering = delivering or organisation


_INSIDE, _RECORDED, _CLAIMED = "inside", "recorded", "claimed"


def _evidence(above: Hop, hop: Hop, named: str, inside: str | None) -> str | None:
    """What bears the server of ``hop`` out as the peer of ``above``; ``None`` if nothing does.

    Args:
        above: The trusted hop.
        hop: The next one towards the origin.
        named: The lowest trusted server that has a name.
        inside: The organisation of the lowest trusted server that has a domain.
    """
    server = hop.server
    organisation = _organisation(server)
    if _is_inside(above) or (_is_nameless(above.server) and server == named):
        if organisation is None or inside is None or inside == organisation or servers.same(server, named):
            return _INSIDE
        is_peer = any(_fits(name, server, organisation) for name in servers.names_of_peer(above))
        return _INSIDE if is_peer else _fetched(above)
    peer = above.stamp.from_domain or ExtendedDomain()
    if reverse := _recorded_name(peer):
        evidence = _RECORDED if _fits(reverse, server, organisation) and not _is_doubtful(peer) else None
        claimed = _CLAIMED if organisation is None and _claims(peer, server) else None
        return evidence or claimed or _by_other_name(peer, hop) or _fetched(above)
    return _without_reverse_name(above, peer, hop) or _by_other_name(peer, hop) or _fetched(above)


def _without_reverse_name(above: Hop, peer: ExtendedDomain, hop: Hop) -> str | None:
    """What bears the server of ``hop`` out if no name of the peer was found by reverse DNS."""
    server, claim = hop.server, _claim(peer)
    organisation = _organisation(server)
    address, own_address = peer.tcp_info.address, _own_address(hop)
    if address is not None and address == own_address:
        return _RECORDED
    if organisation == _ONLINE and (not claim or _organisation(claim) == _ONLINE):
        return _RECORDED if _same_block(address, _own_address(above)) else _CLAIMED if claim else None
    if servers.same(claim, server):
        return None if _contradicts(own_address, address) else _CLAIMED
    return _CLAIMED if organisation is not None and organisation == _organisation(claim) else None


def _by_other_name(peer: ExtendedDomain, hop: Hop) -> str | None:
    """What bears the server of ``hop`` out under another name of its host.

    A program that sent the message there over loopback ran on that host, so its EHLO name is a name of the host. A
    server with a name in another organisation is not borne out: it would be impersonated.
    """
    if not servers.is_loopback(hop) or _is_doubtful(peer):
        return None
    reverse = _recorded_name(peer)
    for name in servers.names_of_peer(hop):
        organisation = _organisation(name)
        may_be_one = organisation is not None and _organisation(hop.server) in {None, organisation}
        if may_be_one and (_fits(reverse, name, organisation) if reverse else _claims(peer, name)):
            return _CLAIMED
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


def _recorded_name(peer: ExtendedDomain) -> str | None:
    """The name of the peer that the receiving server found by reverse DNS; ``None`` if there is none.

    Exim and qmail write it directly after ``from`` and the EHLO name in a comment.
    """
    name = peer.tcp_info.domain or (peer.domain if peer.helo else None)
    return name.rstrip(".") if name and _organisation(name) else None


def _is_doubtful(peer: ExtendedDomain) -> bool:
    """Whether the receiving server, Sendmail, found that the name does not resolve to the address.

    The owner of an address can give it any name in reverse DNS.
    """
    return bool(peer.comments) and any("may be forged" in comment for comment in peer.comments)


def _fits(name: str, server: str, organisation: str | None) -> bool:
    return servers.same(name, server) or (organisation is not None and organisation == _organisation(name))


def _own_address(hop: Hop) -> str | None:
    return hop.stamp.by_domain.tcp_info.address if hop.stamp.by_domain else None


def _contradicts(own_address: str | None, peer_address: str | None) -> bool:
    """Whether two public addresses of one family differ."""
    if not own_address or not peer_address or servers.is_private(own_address):
        return False
    return (":" in own_address) == (":" in peer_address) and own_address != peer_address


def _same_block(first: str | None, second: str | None) -> bool:
    """Whether two IPv6 addresses start with the same 16 bits, as those of Exchange Online do inside it.

    The servers that accept mail from outside record an own address of the IPv4 block 10.0.0.0/8.
    """
    if not first or not second:
        return False
    return ":" in first and first.partition(":")[0] == second.partition(":")[0]


def _is_inside(hop: Hop) -> bool:
    """Whether the message came from the host or the private network of the server of a hop."""
    peer = hop.stamp.from_domain
    if peer is None or (hop.mark is not None and hop.mark.token in _WITHOUT_SMTP):
        return True
    peer_address = peer.tcp_info.address
    if peer_address is None:  # a server that accepts SMTP from outside records the address
        name = peer.domain or ""
        return _organisation(name) is None or "@" in name or (hop.stamp.with_ or "").upper().startswith("LMTP")
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


@lru_cache(maxsize=4096)
def _organisation(host: str) -> str | None:
    """The provider or registered domain of a host; ``None`` if it has no public domain."""
    domain = servers.organisation(host)
    top = domain.rpartition(".")[2] if domain else ""
    if domain is None or top in _PRIVATE_DOMAINS or top.isdigit():
        return None
    name = f".{host.lower().rstrip('.')}"
    return next((provider for suffix, provider in _providers() if name.endswith(suffix)), domain)


_PRIVATE_DOMAINS = frozenset({"local", "localdomain", "localhost", "lan", "internal", "intranet", "corp", "home"})
"""Top-level domains that are not delegated, and so in use inside networks: RFC 6762 appendix G, ICANN resolutions
2018.02.04.12 and 2024.07.29.06."""
_ONLINE = "Exchange Online"


@cache
def _providers() -> tuple[tuple[str, str], ...]:
    """Ends of host names, each with the provider."""
    online = [(f".{row['domain']}", row["product"]) for row in table("online_hosts")]
    return *online, *((f".{row['domain']}", row["provider"]) for row in table("provider_domains"))


def border_of(hops: Sequence[Hop], levels: Sequence[Trust]) -> Border | None:
    """Where the attested part of a path starts; ``None`` without a hop."""
    attested = [hop for hop, level in zip(hops, levels, strict=True) if level is Trust.ATTESTED]
    if not attested:
        return None
    organisations = (_organisation(hop.server) for hop in attested)
    return Border(
        hop=attested[0].number,
        organisation=next(filter(None, organisations), None) or hops[-1].written_server or "",
        peer=peer_of(attested[0]),
    )
