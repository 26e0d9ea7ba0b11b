"""Which servers are yours, by the settings and the Received fields."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from hopscope.config.settings import Organisation, matches
from hopscope.model import ExtendedDomain, Hop

__all__ = ["attested", "generation", "is_own", "peers_in_networks"]


def attested(hops: Iterable[Hop], organisation: Organisation) -> dict[int, bool]:
    """Whether the server of a hop is yours, by hop number, where the settings decide; not for Exchange Online.

    Servers of Exchange Online have names and addresses of Microsoft, whoever the tenant is.
    """
    own = ((hop.number, is_own(hop.stamp.by_domain, organisation)) for hop in hops if not hop.label.is_online)
    return {number: yours for number, yours in own if yours is not None}


def peers_in_networks(hops: Iterable[Hop], organisation: Organisation) -> dict[int, bool]:
    """Whether the address of the peer of a hop is in your networks, by hop number, where that is known."""
    if not organisation.networks:
        return {}
    addresses = ((hop.number, hop.stamp.from_domain.tcp_info.address) for hop in hops if hop.stamp.from_domain)
    inside = ((number, _in_networks(address, organisation.networks)) for number, address in addresses if address)
    return {number: yours for number, yours in inside if yours is not None}


def is_own(side: ExtendedDomain | None, organisation: Organisation) -> bool | None:
    """Whether one side of a stamp is a server of yours; ``None`` where that is unknown.

    The address decides if networks are set and the stamp has one. Otherwise the name from the reverse lookup does, or
    without it the name in EHLO; if only the latter is yours, the result is unknown.
    """
    if side is None:
        return None
    address = side.tcp_info.address
    if (
        address
        and organisation.networks
        and (inside_networks := _in_networks(address, organisation.networks)) is not None
    ):
        return inside_networks
    names = [name.lower().rstrip(".") for name in (side.tcp_info.domain, side.domain) if name]
    if not names or not (organisation.domains or organisation.servers):
        return None
    are_own = [_is_own_name(name, organisation) for name in names]
    if any(are_own):
        return are_own[0] or None
    return None if "." not in names[0] else False


def generation(host: str, organisation: Organisation) -> str | None:
    """The generation that the settings declare for a host; of several matching globs, the first one's."""
    return next((declared for glob, declared in organisation.servers.items() if matches(host, (glob,))), None)


def _is_own_name(name: str, organisation: Organisation) -> bool:
    in_domain = any(name == domain or name.endswith(f".{domain}") for domain in organisation.domains)
    return in_domain or generation(name, organisation) is not None


@lru_cache(maxsize=4096)
def _in_networks(address: str, networks: tuple[str, ...]) -> bool | None:
    """Whether an address is in one of the networks; ``None`` for anything else than a routed address.

    Link-local and loopback addresses (RFC 4291, RFC 3927, RFC 1122) are those of the server itself on any host.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if parsed.is_link_local or parsed.is_loopback:
        return None
    return any(parsed in network for network in _networks(networks))


@lru_cache(maxsize=64)
def _networks(networks: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(map(ip_network, networks))
