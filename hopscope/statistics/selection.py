"""Filters: the messages that a summary counts, and the legs and servers that are shown."""

from collections import Counter
from fnmatch import translate
from re import IGNORECASE, Pattern
from re import compile as pattern

import msgspec

from hopscope.statistics.digest import Digest
from hopscope.statistics.summary import LegKey, Summary

__all__ = ["Selection", "Window", "select"]


class Window(msgspec.Struct, frozen=True):
    """A period that the last dated hop of a message falls into, in seconds since 1970 (UTC)."""

    since: float | None = None
    """Inclusive; ``None`` for no limit."""
    until: float | None = None
    """Exclusive; ``None`` for no limit."""

    def holds(self, digest: Digest) -> bool:
        """Whether a message is in the period. A message without a date is only in an unlimited one."""
        if self.since is None and self.until is None:
            return True
        last = digest.last
        if last is None:
            return False
        return (self.since is None or last >= self.since) and (self.until is None or last < self.until)


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Patterns for names of legs and servers, with the wildcards ``*`` and ``?``; case-insensitive."""

    legs: tuple[tuple[str, str], ...] = ()
    """Both ends of a leg, each ``service@host``, a service or a host."""
    services: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.legs or self.services or self.hosts)


def select(summary: Summary, selection: Selection) -> Summary:
    """The summary with matching legs and servers only.

    A leg or server must match at least one pattern of each kind that is given. A leg matches a service or host if
    either end does. Numbers that are counted per message do not change.
    """
    if not selection:
        return summary
    legs = [(_compiled(tail), _compiled(head)) for tail, head in selection.legs]
    services, hosts = tuple(map(_compiled, selection.services)), tuple(map(_compiled, selection.hosts))

    def selects(key: LegKey) -> bool:
        ends = ((key.from_service, key.from_host), (key.to_service, key.to_host))
        return (
            (not legs or any(_fits(tail, *ends[0]) and _fits(head, *ends[1]) for tail, head in legs))
            and (not services or any(glob.match(service or "") for glob in services for service, _ in ends))
            and (not hosts or any(glob.match(host or "") for glob in hosts for _, host in ends))
        )

    selected = {key: leg for key, leg in summary.legs.items() if selects(key)}
    ends = {host for key in selected for host in (key.from_host, key.to_host)}
    servers = {
        host: server
        for host, server in summary.servers.items()
        if host in ends
        and (not hosts or any(glob.match(host or "") for glob in hosts))
        and (not services or any(glob.match(service) for glob in services for service in server.services))
    }
    products: Counter[str] = Counter()
    for server in servers.values():
        products.update(server.builds)
    return msgspec.structs.replace(summary, legs=selected, servers=servers, products=dict(products))


def _compiled(glob: str) -> Pattern[str]:
    return pattern(translate(glob), IGNORECASE)


def _fits(glob: Pattern[str], service: str | None, host: str | None) -> bool:
    """Whether ``service@host``, the service or the host matches the pattern."""
    return any(glob.match(text) for text in (f"{service or ''}@{host or ''}", service or "", host or ""))
