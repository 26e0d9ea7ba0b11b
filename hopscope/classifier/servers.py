"""Which server a stamp is of, and whether two stamps are of one server or of servers that belong together."""

from hopscope.model import Hop

__all__ = ["came_from", "name", "peer", "same", "share_domain", "written_name", "written_peer"]


def written_name(hop: Hop) -> str | None:
    """The server that stamped: the name after ``by``."""
    return hop.stamp.by_domain.domain if hop.stamp.by_domain else None


def written_peer(hop: Hop) -> str | None:
    """The server that it came from, as it called itself: the name after ``from``."""
    return hop.stamp.from_domain.domain if hop.stamp.from_domain else None


def name(hop: Hop) -> str:
    """The server that stamped, in lower case, to compare; empty where there is none."""
    return (written_name(hop) or "").lower()


def peer(hop: Hop) -> str:
    """The server that it came from, in lower case, to compare; empty where there is none."""
    return (written_peer(hop) or "").lower()


def same(one: str | None, other: str | None) -> bool:
    """Whether two names are of one server: letter case does not count, and one may be the short form."""
    if not one or not other:
        return False
    short, long = sorted((one.lower(), other.lower()), key=len)
    return short == long or ("." not in short and long.startswith(f"{short}."))


def came_from(hop: Hop, before: Hop) -> bool:
    """Whether ``hop`` came, by name or address, from the server that stamped ``before``.

    A receive connector may call itself by another name than the server does; the address then still tells.
    """
    sender, server = hop.stamp.from_domain, before.stamp.by_domain
    if sender is None or server is None:
        return False
    return same(sender.domain, server.domain) or (
        sender.tcp_info.address is not None and sender.tcp_info.address == server.tcp_info.address
    )


_REGISTRY_LABEL = 3
"""Below a country's domain a label this short is mostly the registry's: co.uk, com.au, gov.pl."""


def share_domain(one: str, other: str) -> bool:
    """Whether two host names end in the same registered domain, as far as the names tell.

    There is no list of public suffixes here, so below a country's domain three labels must be the same where the
    second one is short. One organisation may also use several domains: no shared domain proves nothing.
    """
    common: list[str] = []
    for left, right in zip(reversed(_labels(one)), reversed(_labels(other)), strict=False):
        if left != right:
            break
        common.append(left)
    registry = len(common) > 1 and len(common[0]) == 2 and len(common[1]) <= _REGISTRY_LABEL  # noqa: PLR2004 - ISO 3166
    return len(common) >= (3 if registry else 2)


def _labels(host: str) -> list[str]:
    return host.lower().rstrip(".").split(".")
