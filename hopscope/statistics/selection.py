"""The legs and servers of a summary that are shown."""

from collections import Counter

import msgspec

from hopscope.statistics.digest import outside_name
from hopscope.statistics.name_patterns import glob, host_forms, matches_host
from hopscope.statistics.summary import LegKey, Summary

__all__ = ["Selection", "select"]


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Patterns for names of legs and servers, with the wildcards ``*`` and ``?``; case-insensitive."""

    legs: tuple[tuple[str, str], ...] = ()
    """Both ends of a leg, each ``service@host``, a service or a host."""
    services: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    """Also the first label of a name; a host that a summary names by its domain is shown if its full name is given."""

    def __bool__(self) -> bool:
        return bool(self.legs or self.services or self.hosts)


def select(summary: Summary, selection: Selection) -> Summary:
    """The summary with matching legs and servers only.

    A leg or server must match at least one pattern of each kind that is given. A leg matches a service or host if
    either end does. Numbers that are counted per message do not change.
    """
    if not selection:
        return summary
    services = tuple(map(glob, selection.services))
    hosts = [*selection.hosts, *filter(None, map(outside_name, selection.hosts))]

    def selects(key: LegKey) -> bool:
        ends = ((key.from_service, key.from_host), (key.to_service, key.to_host))
        return (
            (
                not selection.legs
                or any(_fits(tail, *ends[0]) and _fits(head, *ends[1]) for tail, head in selection.legs)
            )
            and (not services or any(name.match(service or "") for name in services for service, _ in ends))
            and (not hosts or any(matches_host(name, host or "") for name in hosts for _, host in ends))
        )

    selected = {key: leg for key, leg in summary.legs.items() if selects(key)}
    ends = {host for key in selected for host in (key.from_host, key.to_host)}
    servers = {
        host: server
        for host, server in summary.servers.items()
        if host in ends
        and (not hosts or any(matches_host(name, host or "") for name in hosts))
        and (not services or any(name.match(service) for name in services for service in server.services))
    }
    products: Counter[str] = Counter()
    for server in servers.values():
        products.update(server.builds)
    return msgspec.structs.replace(summary, legs=selected, servers=servers, products=dict(products))


def _fits(pattern: str, service: str | None, host: str | None) -> bool:
    """Whether ``service@host``, the service or the host, in any form, matches the pattern."""
    name, at, host_pattern = pattern.partition("@")
    if at and host:
        return glob(name).match(service or "") is not None and matches_host(host_pattern, host)
    texts = (f"{service or ''}@{form}" for form in (host_forms(host) if host else ("",)))
    return any(glob(pattern).match(text) for text in (service or "", *texts)) or matches_host(pattern, host or "")
