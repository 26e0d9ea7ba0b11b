"""Identity of servers: whether two names are of one server, of one domain, or of one organisation."""

import re
from collections.abc import Iterator
from functools import lru_cache

from hopscope.classifier import builds
from hopscope.model import Hop
from hopscope.parser.grammar import address

__all__ = [
    "came_from",
    "has_private_peer",
    "has_public_peer",
    "in_other_domain",
    "is_edge_name",
    "is_internal_name",
    "is_local_name",
    "is_loopback",
    "is_private",
    "is_service_name",
    "names_of_peer",
    "organisation",
    "registered_domain",
    "same",
    "share_domain",
]


def names_of_peer(hop: Hop) -> Iterator[str]:
    """All names of the sending system, in lower case: as written, from reverse DNS, and from EHLO."""
    if sender := hop.stamp.from_domain:
        yield from (name.lower() for name in (sender.domain, sender.tcp_info.domain, sender.helo) if name)


def same(first: str | None, second: str | None) -> bool:
    """Whether two names are of one server, ignoring case; one may be the short form."""
    if not first or not second:
        return False
    first, second = first.lower(), second.lower()
    if first == second:
        return True
    if "." in first and "." in second:
        return False
    short, long = (first, second) if len(first) < len(second) else (second, first)
    return "." not in short and long.startswith(f"{short}.")


def came_from(hop: Hop, previous_hop: Hop) -> bool:
    """Whether ``hop`` came, by name or address, from the server of ``previous_hop``.

    A Receive connector may use another name than its server; then the address decides.
    """
    sender, server = hop.stamp.from_domain, previous_hop.stamp.by_domain
    if sender is None or server is None:
        return False
    return same(sender.domain, server.domain) or (
        sender.tcp_info.address is not None and sender.tcp_info.address == server.tcp_info.address
    )


_LOOPBACK = r"127\.|(?:0{0,4}:){2,7}0{0,3}1$|(?i:::ffff:127\.)"
"""RFC 1122 section 3.2.1.3; RFC 4291 sections 2.5.3 and 2.5.5.2."""


def is_local_name(name: str | None) -> bool:
    """Whether a name is of the local host itself (RFC 6761 section 6.3), and so identifies no server."""
    return name is not None and (name.lower().startswith("localhost") or re.match(_LOOPBACK, name) is not None)


def is_loopback(hop: Hop) -> bool:
    """Whether the message came from the same host: by the loopback address of the peer, or else by its name."""
    sender = hop.stamp.from_domain
    if sender is None:
        return False
    if sender.tcp_info.address is not None:
        return re.match(_LOOPBACK, sender.tcp_info.address) is not None
    return any(map(is_local_name, (sender.tcp_info.domain, sender.domain)))


# RFC 1918 section 3; loopback of RFC 1122 section 3.2.1.3; link-local of RFC 3927 and RFC 4291; RFC 4193 section 3;
# RFC 6598 section 7; IPv4-mapped addresses of RFC 4291 section 2.5.5.2
_PRIVATE = (
    r"(?i)(?:::ffff:)?(?:10\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|192\.168\.|127\.|169\.254\."
    r"|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.)|::1$"
    r"|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:"  # compiled when first needed
)


def has_private_peer(hop: Hop) -> bool:
    """Whether the address of the sending system is not public."""
    peer_address = hop.stamp.from_domain.tcp_info.address if hop.stamp.from_domain else None
    return peer_address is not None and is_private(peer_address)


def has_public_peer(hop: Hop) -> bool:
    """Whether the address of the sending system is recorded and public."""
    return bool(hop.stamp.from_domain and hop.stamp.from_domain.tcp_info.address) and not has_private_peer(hop)


def is_private(ip_address: str) -> bool:
    """Whether an address is not public."""
    return re.match(_PRIVATE, ip_address) is not None


def in_other_domain(first: str, second: str) -> bool:
    """Whether two server names, in lower case, have domains, and these differ."""
    if share_domain(first, second):
        return False
    return all("." in host and not address(host) for host in (first, second))


_REGISTRY_LABEL = 3
"""Under a country-code domain, labels up to this length usually belong to the registry: co.uk, com.au, gov.pl."""


def is_internal_name(host: str) -> bool:
    """Whether a name is in a top-level domain that exists only inside networks, as of an Active Directory."""
    return host.lower().rstrip(".").rpartition(".")[2] in _INTERNAL_DOMAINS


_INTERNAL_DOMAINS = frozenset({"local", "internal", "intranet", "private", "corp", "home", "lan"})
"""RFC 6762, section 3 and appendix G."""


def share_domain(first: str, second: str) -> bool:
    """Whether two host names end in the same registered domain, judged by the names only.

    No list of public suffixes is used: under a country-code domain with a short second label, three labels must be
    equal. An organisation may use several domains, so the absence of a shared domain proves nothing.
    """
    registered = registered_domain(first)
    return registered is not None and registered == registered_domain(second)


def organisation(host: str) -> str | None:
    """The registered domain of a host name; one name for all domains of Exchange Online, ``None`` if it has none."""
    return builds.service_of(host) or registered_domain(host)


@lru_cache(maxsize=4096)
def registered_domain(host: str) -> str | None:
    """The registered domain of a host name, judged by the name only; ``None`` if it has none, or is an address."""
    labels = host.lower().rstrip(".").split(".")
    registry = len(labels) > 1 and len(labels[-1]) == 2 and len(labels[-2]) <= _REGISTRY_LABEL  # noqa: PLR2004 - ISO 3166
    count = 3 if registry else 2
    return ".".join(labels[-count:]) if len(labels) >= count and not address(host) else None


_EDGE = r"(?:[^.]*[-_0-9])?edge(?:[-_0-9][^.]*)?"
"""Matches names such as edge1 and ex-edge, but not knowledge."""


def is_edge_name(host: str) -> bool:
    """Whether the first label of a name in lower case contains the word edge: a weak sign of Edge Transport."""
    return "edge" in host and re.fullmatch(_EDGE, host.partition(".")[0]) is not None


_OF_SERVICE = r"(?:(?:e?mail|smtp|mx|mta|relay|gateway|gw|webmail|owa|outbound|out|send|exchange)[-_0-9]*+)++"


def is_service_name(label: str) -> bool:
    """Whether a label in lower case names a service rather than a server, as connectors do: mail, smtp-out, mx2."""
    return re.fullmatch(_OF_SERVICE, label) is not None
