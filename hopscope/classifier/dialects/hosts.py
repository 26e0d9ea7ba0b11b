"""Mail services that do not name their software, recognised by their servers; mail_hosts.tsv lists their domains.

``from [192.0.2.1] by web1.mail.yahoo.com via HTTP``; ``by mx.zohomail.com with SMTPS id 1765880268530968.38``.
"""

from functools import cache

from hopscope.data import table
from hopscope.model import Stamp

__all__ = ["software"]


@cache
def _services() -> dict[str, list[tuple[str, str]]]:
    """Start of the host name, and the service, by domain."""
    services: dict[str, list[tuple[str, str]]] = {}
    for row in table("mail_hosts"):
        services.setdefault(row["domain"], []).append((row["host"], row["name"]))
    return services


def software(stamp: Stamp) -> str | None:
    """Name of the service that the server belongs to."""
    host = (stamp.by_domain.domain or "").lower().rstrip(".") if stamp.by_domain else ""
    domain = host
    while domain:
        for start, name in _services().get(domain, ()):
            if host.startswith(start):
                return name
        domain = domain.partition(".")[2]
    return None
