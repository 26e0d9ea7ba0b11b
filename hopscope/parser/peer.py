"""What a server saw of its peer: the comments of the from clause.

TCP-info = address-literal / ( Domain FWS address-literal )      (RFC 5321 section 4.4)

Seen besides: ``HELO name``, ``helo=name``, ``ident@name``, ``ident@address``, ``ident=user``, ``port=25``.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from hopscope.model import Auth, TcpInfo
from hopscope.parser import auth
from hopscope.parser.grammar import Endpoint, address, endpoint, hostname, port

__all__ = ["Peer", "read", "read_tcp_info"]

# What servers print in the place of a name they could not find out.
_NO_NAME = frozenset({"unknown", "unknownhost", "unverified", "untrusted", "none", "no-reverse-dns", "softdnserr"})
_EHLO = frozenset({"helo", "ehlo", "lhlo"})
_GLUED = re.compile(r"(?<=[\w.>])\[")
"""A name and the address behind it, without the space: (mail.example[192.0.2.1])."""
_QUOTED_IDENT = re.compile(r'"([^"]*+)"@')
"""A user of RFC 1413 that is no atom: ("a b"@mail.example [192.0.2.1])."""
_IDENT = re.compile(r"(?:IDENT:)?+([^:@<>]++)")
"""The user before the "@"; Sendmail marks some: (IDENT:root@mail.example [192.0.2.1])."""
_PORT = "port "
"""Sun Internet Mail Server prints the port in the place of a user: ("port 34611"@mail.example [192.0.2.1])."""

_ENCODED = re.compile(r"\bport=3D[0-9]")
"""No port is called so: each "=" of the comment is in quoted-printable (RFC 2045 section 6.7)."""


class Peer(NamedTuple):
    """What the comments tell; ``None`` where nothing."""

    helo: str | None
    ident: str | None
    name: str | None
    """The name that the server found for the address."""
    endpoint: Endpoint | None
    port: int | None
    """A port that stands apart from the address."""


@cache
def _tcp_info() -> re.Pattern[str]:
    """The pattern of one usual comment; compiled when first needed, as only dumps are read by it."""
    name = r"(?=[^ ]*+[a-z][^ .]*+ )(?:[A-Za-z0-9-]++\.)++[A-Za-z0-9-]++"
    return re.compile(rf"[ \t\n]*+\((?:({name}) )?+\[?+([0-9.]++|[0-9a-f:]++)\]?+\)")


def read_tcp_info(comments: str) -> TcpInfo | None:
    """The TCP-info that a from clause has as its only comment, as most have; ``None`` for anything else.

    It has no patterns to try for what else a comment may say, and gives what :func:`read` does.

    Args:
        comments: The comment with its parentheses.
    """
    match = _tcp_info().fullmatch(comments)
    found = endpoint(match[2]) if match else None
    return TcpInfo(domain=match[1], address=found.address) if match and found else None


def read(comments: Iterable[str]) -> Peer:
    """What the comments of a from clause tell of the peer; of two answers the first counts."""
    told = tuple(comments)
    if len(told) == 1 and "@" not in told[0] and (alone := endpoint(told[0])):  # (192.0.2.1), ([192.0.2.1])
        return Peer(None, None, None, alone, None)
    facts: dict[str, str | int | Endpoint] = {}
    for comment in told:
        for key, value in _remembered_facts(comment) if len(comment) <= _MAX_REMEMBERED else _facts(comment):
            if value:
                facts.setdefault(key, value)
    return Peer(**{key: facts.get(key) for key in Peer._fields})  # type: ignore[arg-type]  # each key has its type


_MAX_REMEMBERED = 1 << 9
"""Characters of a comment whose facts are remembered: those about TLS occur again and again."""


@lru_cache(maxsize=1 << 12)
def _remembered_facts(comment: str) -> tuple[tuple[str, str | int | Endpoint | None], ...]:
    return tuple(_facts(comment))


def _facts(comment: str) -> Iterator[tuple[str, str | int | Endpoint | None]]:
    """Keys of Peer and what one comment says under them."""
    if quoted := _QUOTED_IDENT.search(comment):
        user = quoted[1]
        yield ("port", port(user.removeprefix(_PORT))) if user.startswith(_PORT) else ("ident", user)
        comment = _QUOTED_IDENT.sub("", comment)
    if _ENCODED.search(comment):
        comment = comment.replace("=3D", "=")
    told = auth.read(comment)
    words = _GLUED.sub(" [", comment).split(" ")
    is_tcp_info = False
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        if fact := _named(word, before):
            yield fact
        elif place := _place(words, index, told):
            is_tcp_info = True
            yield "endpoint", place[0]
            yield from _name(before) if index == 1 else ()
            if not told:
                yield "ident", _user(before.rpartition("@")[0] if index == 1 else word.rpartition("@")[0])
    if not is_tcp_info and not told and len(words) == 1 and "=" not in comment:
        yield from _alone(comment)


def _named(word: str, before: str) -> tuple[str, str | int | None] | None:
    """What a word says that has a name: ``helo=x``, ``HELO x``, ``ident=x``, ``port=25``."""
    key, _, value = word.partition("=")
    key = key.lower()
    if key in _EHLO and value:
        return "helo", value
    if before.strip('"').lower() in _EHLO:
        return "helo", word.strip('"')
    if key == "ident":
        return key, value
    return (key, port(value)) if key == "port" and value else None


def _place(words: list[str], index: int, told: Auth | None) -> tuple[Endpoint | None] | None:
    """The address that a word is, if it is one: ``[192.0.2.1]``, ``ident@192.0.2.1``; it may be unreadable.

    Farther behind, as in (proxying for 192.0.2.1), an address without brackets is a remark.
    """
    word = words[index]
    user, at, host = word.rpartition("@")
    if told and user not in {"", told.user}:
        return None  # the name of an authenticated user, which may look like user@address
    second, greeted = index == 1, index > 1 and words[index - 2].strip('"').lower() in _EHLO
    found = endpoint(host) if index <= 1 or greeted or at or host.startswith("[") else None
    return (found,) if found or (second and word.startswith("[")) else None


def _name(word: str) -> Iterator[tuple[str, str | None]]:
    """The name a server found for its peer: ``name``, ``name.``, ``ident@name``; none where it is ``unknown``."""
    name = word.rpartition("@")[2].rstrip(".,")
    unnamed = name.startswith("<") or name.lower() in {"", *_NO_NAME} or name.strip('"').lower() in _EHLO or "=" in name
    yield "name", None if unnamed or address(name) else name


def _alone(word: str) -> Iterator[tuple[str, str | None]]:
    """A comment of one word without an address: a host name, or ``ident@name``."""
    user, at, host = word.rpartition("@")
    name = hostname(host) if not at or _user(user) else None
    yield "name", name
    yield "ident", _user(user) if name else None


def _user(text: str) -> str | None:
    """A user of RFC 1413."""
    match = _IDENT.fullmatch(text)
    return match[1] if match else None
