"""Which names a bounded summary keeps: those of the highest priority, which depends on the name alone.

The number of names in mail is unlimited, so a summary counts those above a limit as one group. A name that is among the
first of all names is also among the first of any part of them. It is therefore never grouped, not even for a while: its
counts are exact, and the result depends neither on the order of messages nor on how they were divided. How often a name
occurs cannot decide, as a name that is rare in one part of the mail may be frequent in another.

Names of the same rank are ordered by a hash, an arbitrary order that is the same everywhere and favours no one. The
rank prefers the reader's own servers and names of which there are only a few, which many names of strangers cannot
displace.
"""

import re
from collections.abc import Callable, Collection
from functools import cache
from hashlib import blake2b
from itertools import chain
from typing import TypeVar

from hopscope.classifier.servers import registered_domain
from hopscope.data import table
from hopscope.statistics.digest import NOT_SMTP, OUTSIDE, online_names

__all__ = ["OTHERS", "OTHER_DAYS", "day", "grouping", "leg", "product", "server", "status", "tls", "version"]

OTHERS = "*"
"""Name of all grouped hosts, builds, or TLS versions and ciphers."""
OTHER_DAYS = -(1 << 31)
"""Number of all grouped days."""

_Name = TypeVar("_Name")


def grouping(
    names: Collection[_Name], most: int, priority: Callable[[_Name], bytes], group: Callable[[_Name], _Name]
) -> dict[_Name, _Name]:
    """The names to group, also groups that are empty, and the group of each; none if there are at most ``most`` names.

    Args:
        names: All names, and groups.
        most: Number of names to keep.
        priority: A sort key, different for different names. A group that may be grouped itself comes before its names.
        group: The group of a name, or of a group that may be grouped itself and counts as a name, also as long as it is
            empty. The group of any other group is its own.
    """
    groups: dict[_Name, _Name] = {}
    for name in names:
        while name not in groups:
            groups[name] = name = group(name)  # noqa: PLW2901 - its group is next
    named = [name for name, parent in groups.items() if parent != name]
    if len(named) <= most:
        return {}
    named.sort(key=priority)
    kept = set(named[:most])
    grouped = {}
    for name in named[most:]:
        parent = groups[name]
        while parent not in kept and (grandparent := groups[parent]) != parent:
            parent = grandparent
        grouped[name] = parent
    return grouped


def _priority(rank: int, text: str) -> bytes:
    data = text.encode()
    return bytes([rank]) + blake2b(data, digest_size=8).digest() + data


def server(host: str | None) -> bytes:
    """The priority of a server: large systems, then full host names, then other systems.

    Only Exchange servers, and other servers in their domains, have full host names in a summary (see ``digest``).
    """
    if host is None or host in _well_known():
        return _priority(0, ascii(host))
    is_full = host.count(".") > 1 and registered_domain(host) not in {None, host}
    return _priority(1 if is_full else 2, ascii(host))


def leg(key: tuple[str | None, str | None, str, str | None]) -> bytes:
    """The priority of a leg: with the fewest ends outside Exchange; then groups, then legs with large systems.

    A leg with one such end is between an Exchange server and another system; with two, the mail had not arrived, or had
    left.
    """
    from_service, from_host, to_service, to_host = key
    rank = _rank(from_host) if from_service in OUTSIDE else 0
    rank += _rank(to_host) if to_service in OUTSIDE else 0
    return _priority(rank, f"{from_service} {to_service} {from_host!a} {to_host!a}")


def _rank(host: str | None) -> int:
    """The rank of a system outside Exchange."""
    return 1 if host == OTHERS else 2 if host in _well_known() else 3


def product(product_and_build: str) -> bytes:
    """The priority of a product and build, separated by a tab: those of Exchange, then others."""
    return _priority(product_and_build.partition("\t")[0] not in _exchange_products(), ascii(product_and_build))


def tls(version_and_cipher: str) -> bytes:
    """The priority of a TLS version and cipher: those of known versions, and none; then others."""
    is_known = version_and_cipher == NOT_SMTP or version_and_cipher.partition(" ")[0] in _tls_versions()
    return _priority(not is_known, ascii(version_and_cipher))


def status(action_and_code: str) -> bytes:
    """The priority of an action and status code of a report: those that RFC 3464 and 3463 allow, then others."""
    return _priority(_STATUS.fullmatch(action_and_code) is None, ascii(action_and_code))


def day(number: int) -> bytes:
    """The priority of a day since 1970: the nearest to the middle of 2017, so that 1995 to 2039 are always kept."""
    return abs(number - _MIDDLE).to_bytes(8) + bytes([number > _MIDDLE])


_MIDDLE = 17_349
"""2 July 2017."""
_STATUS = re.compile(r"[a-z]*+\t(?:[245]\.[0-9]{1,3}\.[0-9]{1,3})?")


@cache
def version() -> str:
    """Identifies the priorities of names; it differs between versions of hopscope that may keep other names."""
    names = sorted(map(str, (*_well_known(), *_exchange_products(), *_tls_versions())))
    return f"1-{blake2b(' '.join(names).encode(), digest_size=4).hexdigest()}"


@cache
def _well_known() -> frozenset[str | None]:
    """Systems so large that many organisations exchange mail with them, and the private networks."""
    names = ("mail_hosts", "provider_domains", "rented_hosts", "error_vendors")
    domains = {registered_domain(row["domain"]) for row in chain.from_iterable(map(table, names))}
    return frozenset(domains | {row["network"] for row in table("address_blocks")} | online_names())


@cache
def _exchange_products() -> frozenset[str]:
    """Also the empty name, as Received fields without a known product have no other."""
    return frozenset({row["product"] for name in ("exchange_builds", "online_hosts") for row in table(name)} | {""})


@cache
def _tls_versions() -> frozenset[str]:
    return frozenset({row["version"] for row in table("tls_versions")} | {"TLS", ""})
