"""Patterns of RFC 5321 and RFC 5322, each under the production it implements."""

import re
from functools import lru_cache

import msgspec

__all__ = [
    "CLAUSES",
    "DAYS",
    "DAY_NAME",
    "IP_ADDRESS",
    "MONTH_NAME",
    "Endpoint",
    "address",
    "date_starts",
    "endpoint",
    "hostname",
    "port",
]

# Time-stamp-line = "Received:" FWS Stamp
# Stamp           = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
# Opt-info        = [Via] [With] [ID] [For] [Additional-Registered-Clauses]        (RFC 5321 section 4.4)
# The only registered additional clause is "tls" (RFC 8314 section 4.3), which names the cipher.
CLAUSES = frozenset({"from", "by", "via", "with", "id", "for", "tls"})

# day-name, month-name (RFC 5322 section 3.3)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY_NAME = "|".join(day[:3] for day in DAYS)
MONTH_NAME = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"

# The start of a date-time, for fields without ";" before the date: day and month of RFC 5322 section 3.3
# (date-time = [ day-of-week "," ] date time), in the opposite order as in asctime, or ISO 8601.
_DATE_START = (
    r"(?<![^ \t\r\n;])(?:[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T|[ \t\r\n]++)"
    r"|(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}+,?[ \t\r\n]++)?"
    r"(?:[0-9]{1,2}+[ \t\r\n-]++[a-z]{3}[a-z]*+|[a-z]{3}[a-z]*+[ \t\r\n]++[0-9]{1,2}+)"
    r"[ \t\r\n-]++[0-9]{2,4}+[ \t\r\n]++)[0-9]{1,2}+:[0-9]{2}"
)


def date_starts(text: str) -> list[int]:
    """Offsets where a date with a time of day starts, after white space or a semicolon."""
    matches = re.finditer(_DATE_START, text, re.IGNORECASE)  # compiled on first use
    return [match.start() for match in matches]


# IPv4-address-literal = Snum 3("." Snum)  ; Snum = 0-255; leading zeros are not accepted: build numbers have them
_SNUM = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
# address-literal = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"
# Variants found in mail: no brackets, a port after the address (Exim 3: after a dot, within the brackets), additional
# parentheses, a comma, the "=" of a soft line break (RFC 2045 section 6.7), and a slash before the address, as Java
# prints an address without a name. The zone index is that of RFC 4007.
# The numbers are checked after the match: with them in the pattern, it would compile in 0.8 ms instead of 0.3 ms.
_IPV4 = rf"{_SNUM}(?:\.{_SNUM}){{3}}"
_QUAD = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_ADDRESS = re.compile(
    rf"[(\[]*+/?+(?i:IPv6:)?+(?P<address>{_QUAD}|[0-9a-fA-F]*+:[0-9a-fA-F:.]++(?:%[0-9a-zA-Z]++)?+)"
    r"[)\]]*+(?::(?P<port>[0-9]{1,5}+))?+[)\]]*+[,=]?+"
    rf"|\[(?P<exim>{_QUAD})\.(?P<dotted>[0-9]{{1,5}})\]"
)
_PORTS = range(1, 1 << 16)
_H16 = "[0-9A-Fa-f]{1,4}"
IP_ADDRESS = (
    rf"(?:{_IPV4}"
    rf"|(?:{_H16}:){{7}}{_H16}(?:%[0-9A-Za-z]++)?+"
    rf"|(?!(?:[0-9A-Fa-f]*+:){{8}})(?:{_H16}(?::{_H16})*+)?+::(?:{_H16}(?::{_H16})*+)?+(?:%[0-9A-Za-z]++)?+)"
)
"""An IPv4 or IPv6 address in all forms except IPv6 with an IPv4 address at the end."""

# Domain = sub-domain *("." sub-domain); underscores and a trailing dot occur. A single label is not enough to
# recognise a host name, except "localhost"; top-level domains are never numeric (RFC 3696 section 2).
_HOSTNAME = re.compile(r"(?i)(?:[\w-]++\.)++[\w-]*+|localhost")


_MAX_ADDRESS = 100
"""Maximum characters of an address in any of these forms; longer texts would only fill the cache."""


class Endpoint(msgspec.Struct, frozen=True):
    """One end of a TCP connection."""

    address: str
    port: int | None


def endpoint(text: str) -> Endpoint | None:
    """The IP address and optional port, if ``text`` consists of nothing else; otherwise ``None``."""
    if len(text) > _MAX_ADDRESS or (text[-1:].isalpha() and ":" not in text):  # names would only fill the cache
        return None
    return _endpoint(text)


def address(text: str) -> str | None:
    """The IP address without brackets, ``IPv6:`` tag and port, if ``text`` consists of nothing else; else ``None``."""
    parsed = endpoint(text)
    return parsed.address if parsed else None


def port(digits: str) -> int | None:
    """The port number (RFC 9293 section 3.1), or ``None`` if the text is not one."""
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= len("65535") else 0
    return number if number in _PORTS else None


@lru_cache(maxsize=4096)
def _endpoint(text: str) -> Endpoint | None:
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return None
    ip = match["address"] or match["exim"]
    if not (_is_ipv6(ip) if ":" in ip else _is_ipv4(ip)):
        return None
    return Endpoint(ip, port(match["port"] or match["dotted"] or ""))


_GROUPS, _HEX_DIGITS = 8, 4
_OCTETS = frozenset(map(str, range(256)))


def _is_ipv4(text: str) -> bool:
    """Whether four dotted numbers are an IPv4 address."""
    return _OCTETS.issuperset(text.split("."))


def _is_ipv6(text: str) -> bool:
    """Whether the text is an IPv6 address (RFC 4291 section 2.2), optionally with a zone index.

    Parsed without ipaddress, whose import takes longer than parsing a message; only an address with an IPv4 tail
    needs it.
    """
    if "." in text:
        return _is_mixed_ipv6(text)
    head, compressed, tail = text.partition("%")[0].partition("::")
    groups = [group for side in (head, tail) if side for group in side.split(":")]
    enough = len(groups) < _GROUPS if compressed else len(groups) == _GROUPS
    return enough and all(0 < len(group) <= _HEX_DIGITS for group in groups)


def _is_mixed_ipv6(text: str) -> bool:
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def hostname(text: str) -> str | None:
    """``text`` without a trailing dot if it has the form of a fully qualified host name, else ``None``."""
    name = text.rstrip(".")
    return name if _HOSTNAME.fullmatch(text) and not name.rpartition(".")[2].isdigit() else None
