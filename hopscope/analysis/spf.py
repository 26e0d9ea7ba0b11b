"""SPF: the addresses that may not send for a domain, as fields of the header record it."""

import re

from hopscope.classifier import servers
from hopscope.model import Route
from hopscope.parser import grammar

__all__ = ["DOMAIN", "failed", "is_failure"]

_FIELDS = frozenset({"received-spf", "authentication-results"})
_FAIL = r"(?i)(?:fail\b|[^;]*+;\s*+spf=fail\b|spf=fail\b)"
DOMAIN = (
    r"(?i)(?:domain of|envelope-from=|smtp\.mailfrom=)\s*+[\"'<]*+(?:[^\s@;\"<>()]*+@)?([a-z0-9-]++(?:\.[a-z0-9-]++)++)"
)
_TERMS = r"[\s=;()\"\[\]]+"


def failed(route: Route) -> frozenset[tuple[str, str]]:
    """The addresses for which SPF failed, each with the registered domain of the envelope sender.

    A field that a forger adds can only lower the trust of the forger's own hops.
    """
    names = _FIELDS & route.names
    bodies = (body for name in names for body in route.bodies(name) if is_failure(body))
    return frozenset(pair for body in bodies for pair in _pairs(body))


def is_failure(body: str) -> bool:
    """Whether a field starts with a failure of SPF."""
    return re.match(_FAIL, body) is not None


def _pairs(body: str) -> list[tuple[str, str]]:
    addresses = [term for term in re.split(_TERMS, body) if grammar.address(term)]
    domains = {servers.registered_domain(match[1]) for match in re.finditer(DOMAIN, body)}
    return [(address, domain) for address in addresses for domain in domains if domain]
