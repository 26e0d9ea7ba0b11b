"""Short names of services and servers in tables: ``FE ex16-01`` for Front End Transport on ex16-01.corp.example."""

import re
from collections import Counter
from collections.abc import Iterable

import msgspec

from hopscope.classifier.servers import registered_domain
from hopscope.model import Service
from hopscope.renderers.text import layout
from hopscope.statistics.summary import OTHERS, LegKey, Summary

__all__ = ["CODES", "Names", "aligned", "codes_used", "common_domain", "names"]

CODES = {
    Service.MAPI_SUBMISSION: "S",
    Service.HTTP_SUBMISSION: "HS",
    Service.FRONT_END: "FE",
    Service.TRANSPORT: "T",
    Service.MAILBOX_TRANSPORT: "MT",
    Service.ONLINE_DELIVERY: "OD",
    Service.HUB_TRANSPORT: "HT",
    Service.EDGE_TRANSPORT: "ET",
    Service.OTHER_MTA: "X",
    Service.UNKNOWN: "U",
}
"""The codes of services."""
_OUTSIDE = frozenset({Service.OTHER_MTA, Service.UNKNOWN})
_LEVELS = 6
"""Maximum number of labels before a common domain."""
_LONGEST = 50
"""Maximum length of a common domain: a longer one would fill the line that names it."""


class Names(msgspec.Struct, frozen=True):
    """The common domain of the servers, and the hosts that are named without it."""

    domain: str = ""
    """Empty if there is none."""
    short: dict[str, str] = {}
    """The short names by host."""

    def host(self, host: str | None) -> str:
        """The name of a host, without the common domain."""
        return "(others)" if host == OTHERS else self.short.get(host or "", host or "")

    def end(self, service: str | None, host: str | None) -> str:
        """``FE ex16-01``: an end of a leg, or ``(start)`` before the first hop."""
        if service is None:
            return "(start)"
        return f"{CODES[Service(service)]} {self.host(host)}".rstrip()

    def within(self, text: str | None) -> str | None:
        """A text with the names of servers, without the common domain."""
        if text is None or not self.domain:
            return text
        return re.sub(rf"(?i)(?<=[a-z0-9_-])\.{re.escape(self.domain)}(?![a-z0-9._-])", "", text)


def names(summary: Summary) -> Names:
    """The names of the hosts of a summary.

    The common domain is the one that makes the names of the Exchange servers shortest. A host whose short name is the
    name of another host keeps its full name.
    """
    ends = {end for key in summary.legs for end in _ends(key)}
    servers = {host for service, host in ends if service not in _OUTSIDE and host and registered_domain(host)}
    domain = common_domain(servers)
    if not domain:
        return Names()
    hosts = {host for _, host in ends if host} | {host for host in summary.servers if host}
    short = {host: host.removesuffix(f".{domain}") for host in hosts if host.endswith(f".{domain}")}
    return Names(domain, {host: name for host, name in short.items() if name not in hosts})


def common_domain(servers: Iterable[str]) -> str:
    """The domain that makes the names of the servers shortest; empty if there is none."""
    saved: Counter[str] = Counter()
    for host in servers:
        for domain in _domains(host):
            saved[domain] += len(domain) + 1
    return min(saved, key=lambda name: (-saved[name], -len(name), name)) if saved else ""


def _ends(key: LegKey) -> Iterable[tuple[str | None, str | None]]:
    return (key.from_service, key.from_host), (key.to_service, key.to_host)


def _domains(host: str) -> Iterable[str]:
    """The domains of a host down to its registered domain: ``corp.north.example``, ``north.example``."""
    registered = registered_domain(host)
    if registered is None or registered == host:
        return ()
    labels = host.removesuffix(registered).rstrip(".").split(".")[:_LEVELS]
    starts = [sum(len(label) + 1 for label in labels[:number]) for number in range(1, len(labels) + 1)]
    return (host[start:] for start in starts if len(registered) <= len(host[start:]) <= _LONGEST)


def aligned(ends: list[str]) -> list[str]:
    """The ends of legs with the hosts one below the other: ``T   ex16-02``, ``FE  ex16-01``."""
    parts = [end.partition(" ") if end.partition(" ")[0] in _CODES else ("", "", end) for end in ends]
    wide = max((len(code) for code, _, _ in parts), default=0)
    return [f"{layout.pad(code, wide)} {host}".rstrip() if code else host for code, _, host in parts]


_CODES = frozenset(CODES.values())


def codes_used(texts: Iterable[str]) -> str:
    """``Codes: FE Front End Transport, T Transport.``: the codes that texts start with; empty without any."""
    first_words = {text.partition(" ")[0] for text in texts}
    used = [f"{code} {service}" for service, code in CODES.items() if code in first_words]
    return f"Codes: {', '.join(used)}." if used else ""
