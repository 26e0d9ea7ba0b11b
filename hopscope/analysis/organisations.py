"""Host names and addresses -> the organisation that runs the host."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from hopscope.classifier import servers
from hopscope.data import table

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

__all__ = ["CONSUMERS", "ONLINE", "is_address_of_online", "is_of_provider", "organisation_of"]

ONLINE = "Exchange Online"
CONSUMERS = "84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa"
"""The tenant of Outlook.com, in the header fields of every message to it."""


@lru_cache(maxsize=4096)
def organisation_of(host: str) -> str | None:
    """The provider or registered domain of a host; ``None`` if it has no public domain.

    In the domain of a hosting provider each host is an organisation of its own: strangers rent them.
    """
    domain = servers.organisation(host)
    top = domain.rpartition(".")[2] if domain else ""
    if domain is None or top in _PRIVATE_DOMAINS or top.isdigit():
        return None
    name = host.lower().rstrip(".")
    if name.endswith(_of_rented_hosts()):
        return name
    return next((provider for suffix, provider in _providers() if f".{name}".endswith(suffix)), domain)


_PRIVATE_DOMAINS = frozenset({"local", "localdomain", "localhost", "lan", "internal", "intranet", "corp", "home"})
"""Top-level domains that are not delegated, and so in use inside networks: RFC 6762 appendix G, ICANN resolutions
2018.02.04.12 and 2024.07.29.06."""


@lru_cache(maxsize=4096)
def is_of_provider(host: str) -> bool:
    """Whether a host is in a domain of ``provider_domains.tsv``; Exchange Online is not."""
    name = f".{host.lower().rstrip('.')}"
    return any(name.endswith(f".{row['domain']}") for row in table("provider_domains"))


@cache
def _providers() -> tuple[tuple[str, str], ...]:
    """Ends of host names, each with the provider."""
    online = [(f".{row['domain']}", row["product"]) for row in table("online_hosts")]
    return *online, *((f".{row['domain']}", row["provider"]) for row in table("provider_domains"))


@cache
def _of_rented_hosts() -> tuple[str, ...]:
    return tuple(f".{row['domain']}" for row in table("rented_hosts"))


@lru_cache(maxsize=4096)
def is_address_of_online(address: str) -> bool:
    """Whether Exchange Online sends from an address, or the address is a pseudonym, which shows nothing."""
    from ipaddress import ip_address  # for few messages

    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(plain in network for network in _networks_of_online())


@cache
def _networks_of_online() -> tuple["IPv4Network | IPv6Network", ...]:
    from ipaddress import ip_network

    return tuple(ip_network(network) for network in (*(row["network"] for row in table("online_networks")), *_REDACTED))


_REDACTED = ("198.18.0.0/15", "2001:db8::/32")
"""Addresses that ``hopscope redact`` writes. They are not routed on the Internet (RFC 2544, RFC 3849)."""
