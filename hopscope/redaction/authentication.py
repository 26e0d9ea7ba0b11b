"""Results of authentication and signatures -> their redacted form: registered words, and pseudonyms for names."""

import re
from collections.abc import Iterator
from datetime import datetime

from hopscope.analysis import spf
from hopscope.model import AuthenticationResult, HeaderField, Route
from hopscope.parser.authentication import authentication_results
from hopscope.parser.authentication import signature as parsed
from hopscope.parser.authentication_names import is_registered, methods
from hopscope.parser.grammar import address
from hopscope.redaction.names import Aliases

__all__ = ["results", "signature"]

_SEALS_OF_ONLINE = frozenset({"microsoft.com", "mx.microsoft.com"})
"""The names of Exchange Online in its ARC fields, which identify nobody."""
_ALGORITHMS = frozenset({"rsa-sha1", "rsa-sha256", "ed25519-sha256"})
"""RFC 6376 section 7.7, RFC 8463."""
_DOMAINS = frozenset({"smtp.mailfrom", "smtp.helo", "smtp.rcpttodomain", "header.d", "header.i", "header.from"}) | {
    "envelope-from",
    "helo",
    "receiver",
}
_ADDRESSES = frozenset({"smtp.client-ip", "smtp.remote-ip", "client-ip", "policy.iprev"})
_WORDS = {
    "action": frozenset({"none", "quarantine", "reject", "oreject", "permerror", "temperror", "pct.quarantine"}),
    "policy.dmarc": frozenset({"none", "quarantine", "reject"}),
    "identity": frozenset({"mailfrom", "helo", "pra"}),
}
"""Properties whose values identify nobody if they are among these words."""
_TERMS = re.compile(r"[\s=;()\"\[\]]+")


def results(field: HeaderField, aliases: Aliases) -> str:
    """The results of a field with their codes, and the names that were checked as pseudonyms; empty without results.

    Whatever else a failure of SPF mentions is in a last comment: the trust of hops rests on it.
    """
    found = authentication_results(Route(headers=(field,)))
    if not found:
        return ""
    name = _name(field, found[0].authserv_id, aliases)
    is_spf_field = field.name.lower() == "received-spf"
    written = [_received_spf(found[0], name, aliases)] if is_spf_field else [_result(item, aliases) for item in found]
    first = "" if is_spf_field else name
    instance = "" if found[0].instance is None else f"i={found[0].instance}"
    mentioned = _mentioned_by_failure(field, aliases)
    return "; ".join(filter(None, (instance, first, *written, mentioned)))


def _name(field: HeaderField, name: str | None, aliases: Aliases) -> str:
    if name is None or (field.name.lower().startswith("arc-") and name.lower() in _SEALS_OF_ONLINE):
        return name or ""
    return aliases.address_or_host(name)


def _result(item: AuthenticationResult, aliases: Aliases) -> str:
    is_known = is_registered(item.method, item.result)
    method = item.method if item.method in methods() else aliases.label(item.method)
    result = item.result if is_known else aliases.label(item.result)
    of_sender = item.method == "spf" and not any(name in _ADDRESSES for name, _ in item.properties)
    comment = f" (sender IP is {aliases.address(item.client_address)})" if item.client_address and of_sender else ""
    reason = f" reason={item.reason}" if item.reason and re.fullmatch("[0-9]{1,3}", item.reason) else ""
    return " ".join((f"{method}={result}{comment}{reason}", *_properties(item, aliases)))


def _received_spf(item: AuthenticationResult, name: str, aliases: Aliases) -> str:
    """A Received-SPF field, in the words of Exchange Online if it recorded the result."""
    named = f"{name}: " if name and "receiver" not in dict(item.properties) else ""
    of_online = "protection.outlook.com: " if item.field.body.lower().find("(protection.outlook.com:") >= 0 else named
    is_mentioned = item.client_address and "client-ip" not in dict(item.properties)
    mentioned = f"designates {aliases.address(item.client_address or '')}" if is_mentioned else ""
    comment = f" ({of_online}{mentioned})" if of_online or mentioned else ""
    return f"{item.result}{comment} {'; '.join(_properties(item, aliases))}".rstrip()


def _properties(item: AuthenticationResult, aliases: Aliases) -> Iterator[str]:
    for name, value in item.properties:
        if name in _ADDRESSES and address(value):
            yield f"{name}={aliases.address(address(value) or '')}"
        elif name in _DOMAINS and value:
            at = "@" if value.startswith("@") else ""
            yield f'{name}="{at}{_mailbox(value.strip("<>@"), aliases)}"'
        elif value.lower() in _WORDS.get(name, ()):
            yield f"{name}={value}"


def _mailbox(value: str, aliases: Aliases) -> str:
    """The pseudonym of an address or domain without characters that end a quoted string."""
    shown = aliases.mailbox(value) if "@" in value else aliases.address_or_host(value)
    return re.sub(r"[\"\\\s]", "", shown)


def _mentioned_by_failure(field: HeaderField, aliases: Aliases) -> str:
    """The domains and addresses of a failure of SPF, as a comment; empty if the field records none."""
    if not spf.is_failure(field.body):
        return ""
    addresses = [aliases.address(term) for term in _TERMS.split(field.body) if address(term)]
    domains = [f"domain of {aliases.host(name[1])}" for name in re.finditer(spf.DOMAIN, field.body)]
    return f"({' '.join((*domains, *addresses))})" if domains or addresses else ""


def signature(field: HeaderField, aliases: Aliases) -> str:
    """The signer and selector as pseudonyms, a registered algorithm, plausible times, the instance and ``cv``."""
    found = parsed(field)
    domain = _name(field, found.domain, aliases)
    tags = {
        "i": found.instance,
        "a": found.algorithm if (found.algorithm or "").lower() in _ALGORITHMS else None,
        "t": _seconds(found.signed_at),
        "x": _seconds(found.expires_at),
        "cv": found.chain_validation,
        "d": re.sub(r"[;\s]", "", domain) or None,
        "s": aliases.label(found.selector) if found.selector else None,
    }
    return "; ".join(f"{name}={value}" for name, value in tags.items() if value is not None)


def _seconds(time: datetime | None) -> int | None:
    """The time in seconds since 1970 if it is plausible; any other number may be confidential."""
    seconds = int(time.timestamp()) if time else 0
    return seconds if _SECONDS_2001 <= seconds < 2 * _SECONDS_2001 else None


_SECONDS_2001 = 1_000_000_000
