"""Names -> stable pseudonyms for hosts, mailboxes and ids, derived by HMAC-SHA256 with a key.

The same name always has the same pseudonym, which cannot be traced back to the name without the key. Letter case is
ignored, as in the analysis. Each label has its own pseudonym, so that the short name of a server matches its full name.
The registered domain becomes ``org<code>.example`` (RFC 2606), or ``org<code>.local`` if only networks inside use it.
A pseudonym has neither the length nor the characters of the text, except that of an id whose form names its software.
"""

import hmac
import re
from collections.abc import Iterator
from functools import cache

from hopscope.analysis.organisations import organisation_of
from hopscope.classifier import servers
from hopscope.classifier.dialects import sendgrid
from hopscope.data import table
from hopscope.parser.grammar import endpoint
from hopscope.redaction import addresses

__all__ = ["Aliases"]

_DIGITS = "0123456789bcdfghjklmnpqrstvwxz"
"""No vowels: a pseudonym is never a word, or a name that the analysis recognises."""
_CONSONANTS = _DIGITS[10:]
_CODE = 7
"""Digits of a pseudonym: 30 ** 7 values are sufficient for 100,000 names."""
_CLASSES = ("0123456789", "abcdef", "ghijklmnopqrstuvwx", "yz", "ABCDEF", "GHIJKLMN", "OPQRSTUVWX", "YZ")
"""A character of an id is replaced by one of its class, so that hexadecimal and Sendmail ids keep their form."""
_DRAWN = 40
"""Characters of an id that are derived from one number of 256 bits."""
_ATTEMPTS = 8
"""Maximum attempts until the pseudonym of an id differs from it; an id of only punctuation never differs."""
_CACHE_SIZE = 100_000
"""Maximum hosts whose pseudonyms are cached."""
_PLACEHOLDERS = frozenset({"localhost", "localhost.localdomain", "pps.filterd", "unknown", "pickup"})
"""Placeholders that do not identify a host; ``pps.filterd`` is the filter of Proofpoint."""
_LOCAL = "localhost"
"""A name that starts with it identifies no server."""
_POOL = ".outbound."
"""Part of the names of the outbound pools of Exchange Online, also if the end of the name is damaged."""
_DOTTED = re.compile(r"[^.]++(?:\.[^.]++)*+")
"""Labels with a single dot between two of them."""
_WELL_KNOWN_PORTS = 1024
"""Ports below it identify a service and are kept; those above are ephemeral (RFC 6335 section 6)."""
_SHORT_NUMBER = 2
"""Service names with at most two digits are common (mail, smtp2, mx01); more digits may be part of an address."""


class Aliases:
    """The pseudonyms under one key.

    Args:
        key: The secret. No pseudonym and no ``repr`` contains it.
        shared: First labels, in lower case, that several names of a message have; they keep their pseudonym in a name
            that is only a registered domain.
    """

    def __init__(self, key: bytes, shared: frozenset[str] = frozenset()) -> None:
        self._key = key
        self._shared = shared
        self._hosts: dict[str, str] = {}

    def sharing(self, labels: frozenset[str]) -> "Aliases":
        """The pseudonyms under the same key for a message whose names share these first labels."""
        return Aliases(self._key, labels) if labels else self

    def draw(self, kind: str, text: str, bound: int) -> int:
        """A number below ``bound``, derived from the text and the key."""
        message = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hmac.digest(self._key, message, "sha256")) % bound

    def host(self, name: str) -> str:
        """Pseudonym of a host name, a domain or the short name of a server; dots without a label are kept."""
        stored = self._hosts.get(name)
        if stored is None:
            if len(self._hosts) == _CACHE_SIZE:
                self._hosts.clear()
            plain = name if name.isascii() else name.lower()
            is_pool = _POOL in plain.lower()
            stored = self._hosts[name] = _DOTTED.sub(lambda match: self._host(match[0], is_pool=is_pool), plain)
        return stored

    def _host(self, name: str, *, is_pool: bool) -> str:
        lower = name.lower()
        if lower in _PLACEHOLDERS:
            return name
        if "." in lower and not any(character.isalpha() for character in lower):
            return self._dotted_number(lower)
        if domain := _domain_of(lower, _microsoft_domains()):
            return self._online_host(name, domain)
        if domain := _domain_of(lower, _provider_domains()):
            labels = [*map(self.label, _labels(lower, domain)), domain]
            return ".".join(labels).upper() if name.isupper() else ".".join(labels)
        first, _, last = lower.rpartition(".")
        if first and not any(map(str.isalpha, last)):  # not a top-level domain (RFC 3696 section 2): no organisation
            return ".".join([*map(self.label, first.split(".")), str(self.draw("number", lower, 10))])
        organisation = servers.registered_domain(lower)
        parts = _labels(lower, organisation or "")
        if organisation and self._keeps_labels(lower, organisation, is_pool=is_pool):
            parts = lower.split(".")
        labels = [*map(self.label, parts)]
        if organisation:
            is_private = servers.is_internal_name(lower) or organisation_of(lower) is None
            top = organisation.rpartition(".")[2] if is_private else "example"
            labels.append(f"org{self._code('organisation', organisation)}.{top}")
        return ".".join(labels).upper() if name.isupper() else ".".join(labels)

    def _keeps_labels(self, lower: str, organisation: str, *, is_pool: bool) -> bool:
        """Whether the labels of the registered domain have pseudonyms, too, because the analysis uses one of them."""
        first = lower.partition(".")[0]
        is_server = lower == organisation and (first in self._shared or first.startswith(_LOCAL))
        return is_server or (is_pool and _POOL.strip(".") in organisation.split("."))

    def _online_host(self, name: str, domain: str) -> str:
        """Pseudonym of a Microsoft server, or of a customer's name in a domain of Microsoft."""
        first, *inner = _labels(name, domain) or [""]
        labels = [self._online_label(first, "first"), *(self._online_label(label, "inner") for label in inner)]
        return ".".join([*filter(None, labels), name[-len(domain) :]])

    def label(self, label: str) -> str:
        """Pseudonym of a label, or of a word that may be a label."""
        lower = label.lower()
        if _is_online(lower, "first"):
            return self._online_label(label, "first")
        pseudonym = self._label(lower)
        return pseudonym.upper() if label.isupper() else pseudonym

    def _label(self, lower: str) -> str:
        if lower in _evident_labels() or lower == _LOCAL:
            return lower
        if lower.startswith(_LOCAL):
            return f"{_LOCAL}-h{self._code('label', lower)}"
        if lower.startswith(sendgrid.FILTER):
            return f"{sendgrid.FILTER}{self._code('label', lower)}"
        numbers = sum(character.isdigit() for character in lower)
        is_edge = servers.is_edge_name(lower)
        if servers.is_service_name(lower) or re.fullmatch(r"edge[-_]?[0-9]*+", lower):
            if numbers <= _SHORT_NUMBER:
                return lower
            letters = re.sub(r"[0-9]++", "", lower).rstrip("-_")
            return f"{letters}{self.draw('service', lower, 900_000) + 100_000}"
        code = f"h{self._code('label', lower)}"
        return f"edge-{code}" if is_edge else code

    def _online_label(self, label: str, position: str) -> str:
        """Pseudonym of a label of a Microsoft server: letters are kept, digits are replaced."""
        lower = label.lower()
        if not _is_online(lower, position):
            return self.label(label) if label else ""
        start = re.match(r".*epf(?=[0-9a-f]{8}$)", lower)
        if start is None:
            return self._numbers(label, lower)
        number = f"{self.draw('server', lower, 1 << 32):08x}"
        return self._numbers(label[: start.end()], lower) + (number.upper() if label.isupper() else number)

    def _numbers(self, text: str, seed: str) -> str:
        """The text with other digits; each group is derived from ``seed`` and its position."""
        return re.sub(
            r"[0-9]++",
            lambda match: f"{self.draw(f'digits {match.start()}', seed, 10 ** len(match[0])):0{len(match[0])}}",
            text,
        )

    def _dotted_number(self, text: str) -> str:
        """Pseudonym of dotted numbers that are not an address; the pseudonym is not an address either."""
        _, dot, tail = text.partition(".")
        return f"999{dot}" + re.sub(
            r"[0-9]++", lambda match: f"{self.draw(f'number {match.start()}', text, 100):02}", tail
        )

    def address(self, text: str) -> str:
        """Pseudonym of an IP address without brackets."""
        return addresses.alias(text, lambda part, bound: self.draw("address", part, bound))

    def endpoint(self, text: str) -> str | None:
        """Pseudonym of an address with its brackets, tag and port; ``None`` if the text is not an address."""
        target = endpoint(text)
        if target is None:
            return None
        prefix, _, suffix = text.partition(target.address)
        if target.port and target.port > _WELL_KNOWN_PORTS:
            port = _WELL_KNOWN_PORTS + self.draw("port", str(target.port), 1 << 15)
            suffix = suffix.replace(str(target.port), str(port))
        return prefix + self.address(target.address) + suffix

    def mailbox(self, text: str) -> str:
        """Pseudonym of ``local@domain``; other text with an ``@`` is replaced piece by piece."""
        local, *hosts = text.split("@") if text.count("@") == 1 or '"' not in text else text.rsplit("@", 1)
        first, dot, _ = local.lower().partition(".")
        rewrite = self.host if dot and first in self._shared else self.local  # a damaged host may have an "@"
        return "@".join([rewrite(local) if local else "", *map(self.address_or_host, hosts)])

    def local(self, text: str, mark: str = "u") -> str:
        """Pseudonym of a local part; quotation marks around it are kept."""
        inner = text.strip('"')
        quotes = text[: len(text) - len(text.lstrip('"'))], text[len(text.rstrip('"')) :]
        return f"{quotes[0]}{mark}{self._code('local', inner.lower())}{quotes[1]}" if inner else text

    def address_or_host(self, text: str) -> str:
        """Pseudonym of a host given as an address or a name."""
        return self.endpoint(text) or self.host(text)

    def identifier(self, text: str) -> str:
        """Pseudonym of an id. Mail systems write other forms, so it is not evidence for any of them."""
        return f"id-{self._code('id', text)}"

    def number(self, text: str) -> str:
        """Pseudonym of a number: five digits."""
        return str(self.draw("number", text, 90_000) + 10_000)

    def hexadecimal(self, text: str) -> str:
        """Pseudonym of a GUID or a part of one: other hexadecimal digits; hyphens are kept."""
        number = f"{self.draw('hexadecimal', text.lower(), 1 << 128):032x}"
        digits = iter(number.upper() if text.isupper() else number)
        return "".join(character if character == "-" else next(digits) for character in text)

    def weekday(self, text: str) -> str:
        """Pseudonym of a word that may be the name of a day in any language: letters only."""
        number, letters = self.draw("weekday", text, len(_CONSONANTS) ** _CODE), ""
        for _ in range(_CODE):
            number, letter = divmod(number, len(_CONSONANTS))
            letters += _CONSONANTS[letter]
        return letters.title()

    def form(self, text: str) -> str:
        """Pseudonym of an id whose form is evidence: each letter or digit is replaced by one of its class."""
        pseudonym = text
        for attempt in range(_ATTEMPTS):
            if pseudonym == text:
                pseudonym = "".join(self._form(text, attempt))
        return pseudonym

    def _form(self, text: str, attempt: int) -> Iterator[str]:
        number = 0
        for index, character in enumerate(text):
            if index % _DRAWN == 0:
                number = self.draw(f"form {attempt} {index}", text, 1 << 256)
            members = _class_of(character)
            number, chosen = divmod(number, len(members))
            yield members[chosen]

    def _code(self, kind: str, text: str) -> str:
        """The digits of the pseudonym of a text of some kind."""
        number, digits = self.draw(kind, text, len(_DIGITS) ** _CODE), ""
        for _ in range(_CODE):
            number, digit = divmod(number, len(_DIGITS))
            digits += _DIGITS[digit]
        return digits


@cache
def _class_of(character: str) -> str:
    """The possible replacements of a character of an id."""
    members = next((characters for characters in _CLASSES if character in characters), None)
    return members or (character if "!" <= character <= "~" else _CLASSES[1])


@cache
def _microsoft_domains() -> tuple[str, ...]:
    """The domains of Microsoft's mail services, longest first."""
    domains = {row["domain"] for name in ("online_hosts", "hosts_without_header") for row in table(name)}
    return tuple(sorted(domains, key=len, reverse=True))


def _labels(name: str, domain: str) -> list[str]:
    """The labels of a host name before its domain."""
    return [label for label in name[: len(name) - len(domain)].split(".") if label]


@cache
def _provider_domains() -> tuple[str, ...]:
    """The domains of other mail and hosting providers from which the analysis draws conclusions, longest first."""
    names = ("mail_hosts", "provider_domains", "rented_hosts", "error_vendors")
    return tuple(sorted({row["domain"] for name in names for row in table(name)}, key=len, reverse=True))


@cache
def _evident_labels() -> frozenset[str]:
    """First labels that name a service of a provider."""
    return frozenset(row["host"] for row in table("mail_hosts") if row["host"])


def _domain_of(lower: str, domains: tuple[str, ...]) -> str | None:
    """The longest of the domains that the name is in."""
    return next((domain for domain in domains if lower == domain or lower.endswith(f".{domain}")), None)


@cache
def _online_labels() -> dict[str, re.Pattern[str]]:
    """Patterns of the labels of Microsoft's servers, by position."""
    forms: dict[str, list[str]] = {}
    for row in table("online_host_labels"):
        forms.setdefault(row["place"], []).append(row["form"])
    return {position: re.compile("|".join(patterns)) for position, patterns in forms.items()}


def _is_online(lower: str, position: str) -> bool:
    return _online_labels()[position].fullmatch(lower) is not None
