"""Whether the message of a hop arrived by SMTP, which decides whether its Received field can record TLS."""

import re
from functools import cache

from hopscope.data import table
from hopscope.model import ExchangeToken, Hop

__all__ = ["SMTP", "is_local_submission", "is_smtp", "software_family"]

SMTP = r"(?:UTF8)?(?:E?SMTP|LMTP)"
"""The start of SMTP protocols in a with clause (RFC 3848, RFC 6531), ignoring case."""
_SMTP = re.compile(SMTP, re.IGNORECASE)
_FIRST_WORD = re.compile(r"[A-Za-z0-9]+")


def is_smtp(hop: Hop) -> bool | None:
    """Whether the hop is an SMTP or LMTP session; ``None`` if its Received field does not show that.

    Store submission (``with mapi``), HTTP, the Pickup directory, local submission and fetched mail are not.
    """
    if hop.mark is not None:
        return hop.mark.token is ExchangeToken.SMTP and not hop.mark.pickup
    protocol = hop.stamp.with_ or ""
    if hop.stamp.tls is not None or _SMTP.match(protocol):
        return True
    first_word = _FIRST_WORD.match(protocol)
    if first_word and first_word[0].lower() in _other_protocols():
        return False
    return False if not protocol and is_local_submission(hop, software_family(hop)) else None


@cache
def _other_protocols() -> frozenset[str]:
    fetched = [row["name"].partition("-")[0] for row in table("fetched_mail") if row["kind"] == "protocol"]
    return frozenset(name.lower() for name in [*fetched, *(row["protocol"] for row in table("not_smtp"))])


def software_family(hop: Hop) -> str:
    """``Postfix``: the first word of the software that another mail system recorded; empty if it recorded none."""
    return (hop.label.software or "").partition(" ")[0]


def is_local_submission(hop: Hop, software: str) -> bool:
    """Whether a program on the host of the server submitted the message, not over TCP."""
    if software == "Postfix":
        by = hop.stamp.by_domain
        return by is not None and any("from userid" in comment for comment in by.comments)
    if software == "Exim":
        return (hop.stamp.with_ or "").lower().startswith("local") or _is_exim_user(hop)
    if software == "qmail":
        return any("invoked by" in comment for comment in hop.stamp.comments)
    return software == "Sendmail" and hop.stamp.from_domain is None


def _is_exim_user(hop: Hop) -> bool:
    """Whether the name after ``from`` is a local user: Exim writes the address of each host that it received from.

    Filters submit with a protocol of their own, as in ``from mail by mx.example with spam-scanned``.
    """
    peer = hop.stamp.from_domain
    return peer is not None and peer.tcp_info.address is None and "smtp" not in (hop.stamp.with_ or "").lower()
