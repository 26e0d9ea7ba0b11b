"""IP address -> another address of the same class."""

from collections.abc import Callable
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeVar

from hopscope.data import table

__all__ = ["alias"]

Draw = Callable[[str, int], int]
"""Derives a number below a bound from a text and the key."""

_PUBLIC_V4 = IPv4Network("198.18.0.0/15")
"""Network benchmarking (RFC 2544): looks public, but is not used on the Internet."""
_PUBLIC_V6 = IPv6Network("2001:db8::/32")
"""Documentation (RFC 3849)."""
_LINK_LOCAL = IPv6Network("fe80::/10")
_MAPPED = IPv6Network("::ffff:0:0/96")
_INTERFACE_BITS = 64


_Network = TypeVar("_Network", IPv4Network, IPv6Network)


@cache
def _networks(version: type[_Network], kind: str) -> tuple[_Network, ...]:
    """The networks of one kind: ``kept`` (addresses are unchanged) or ``private`` (pseudonyms are in the same one)."""
    colon = version is IPv6Network
    rows = (row["network"] for row in table("address_blocks") if row["kind"] == kind)
    return tuple(version(network) for network in rows if (":" in network) is colon)


def alias(text: str, draw: Draw) -> str:
    """The pseudonym of an address: for a private one, in the same private block; for a public one, a test address.

    Loopback addresses and numeric zone indexes are kept. Two addresses may get the same pseudonym: with ten public
    addresses in a message, the probability is 1 in 3,000.

    Args:
        text: An address without brackets, as returned by :func:`hopscope.parser.grammar.address`.
        draw: Derives a number from a text and the key.
    """
    plain, percent, zone = text.partition("%")
    try:
        pseudonym = _v6(IPv6Address(plain), draw) if ":" in plain else str(_v4(IPv4Address(plain), draw))
    except AddressValueError:  # the grammar accepts slightly more
        return str(_PUBLIC_V4[0])
    return pseudonym + percent + (zone if zone.isdigit() else zone and str(draw(zone, 100)))


def _v4(address: IPv4Address, draw: Draw) -> IPv4Address:
    if any(address in block for block in _networks(IPv4Network, "kept")):
        return address
    block = next((block for block in _networks(IPv4Network, "private") if address in block), _PUBLIC_V4)
    return block[1 + draw(str(address), block.num_addresses - 2)]


def _v6(address: IPv6Address, draw: Draw) -> str:
    if any(address in block for block in _networks(IPv6Network, "kept")):
        return str(address)
    if address in _MAPPED:
        return f"::ffff:{_v4(IPv4Address(int(address) & 0xFFFFFFFF), draw)}"
    if address in _LINK_LOCAL:
        return str(IPv6Address(int(IPv6Address("fe80::")) + 1 + draw(str(address), (1 << _INTERFACE_BITS) - 1)))
    block = next((block for block in _networks(IPv6Network, "private") if address in block), _PUBLIC_V6)
    return str(IPv6Address(int(block.network_address) + 1 + draw(str(address), (1 << _INTERFACE_BITS) - 1)))
