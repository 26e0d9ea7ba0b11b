"""Patterns for names of hosts and messages, with the wildcards ``*`` and ``?``."""

import re
from fnmatch import translate
from functools import lru_cache

from hopscope.parser.grammar import address
from hopscope.statistics.digest import outside_name

__all__ = ["glob", "host_forms", "matches_host"]


@lru_cache(maxsize=1 << 10)
def glob(text: str) -> re.Pattern[str]:
    """The compiled pattern, which ignores case; brackets, which Message-IDs may contain, are literal."""
    return re.compile(translate(text.replace("[", "[[]")), re.IGNORECASE)


def matches_host(pattern: str, name: str) -> bool:
    """Whether a pattern matches any form of a host name, or is its domain: ``corp.example`` of ``a.corp.example``."""
    forms = host_forms(name)
    return any(glob(pattern).match(form) for form in forms) or (
        "." in pattern and any(form.lower().endswith(f".{pattern.lower()}") for form in forms) and not address(name)
    )


def host_forms(name: str) -> tuple[str, ...]:
    """The forms of a host name that a pattern may match.

    These are the name or address, the first label of a name, the name by which summaries group systems outside the
    organisation, such as the registered domain or ``Exchange Online``, and an internationalized name in Unicode.
    """
    name = name.rstrip(".")
    ip = address(name)
    forms = (
        _compressed(ip) if ip else name,
        "" if ip else name.partition(".")[0],
        outside_name(name),
        _as_written(name),
    )
    return tuple(dict.fromkeys(filter(None, forms)))


def _compressed(ip: str) -> str:
    """The shortest form of an IPv6 address, as a field may write any (RFC 5952)."""
    if ":" not in ip:
        return ip
    from ipaddress import ip_address

    return ip_address(ip.partition("%")[0]).compressed


def _as_written(name: str) -> str | None:
    """``bücher.example`` for ``xn--bcher-kva.example`` (RFC 3490); ``None`` for other names."""
    if "xn--" not in name.lower():
        return None
    try:
        return name.lower().encode("ascii").decode("idna")
    except UnicodeError:
        return None
