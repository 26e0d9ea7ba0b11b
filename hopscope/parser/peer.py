"""The peer as the receiving server recorded it in the comments of the from clause.

TCP-info = address-literal / ( Domain FWS address-literal )      (RFC 5321 section 4.4)

Also found in mail: ``HELO name``, ``helo=name``, ``ident@name``, ``ident@address``, ``ident=user``, ``port=25``.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from hopscope.model import Auth
from hopscope.parser import auth
from hopscope.parser.grammar import Endpoint, address, endpoint, hostname, port

__all__ = ["Peer", "claimed", "read"]

# What servers write if reverse DNS gives no name.
_NO_NAME = frozenset({"unknown", "unknownhost", "unverified", "untrusted", "none", "no-reverse-dns", "softdnserr"})
_EHLO = frozenset({"helo", "ehlo", "lhlo"})
# Compiled on first use: most comments consist of an address only.
_GLUED = r"(?<=[\w.>])\["
"""A name and its address without a space between them: (mail.example[192.0.2.1])."""
_JAVA = r"(?P<name>[\w.-]++)/(?=[0-9a-fA-F:.]++\Z)"
"""A name and its address as Java prints them: (mail.example/192.0.2.1)."""
_FROM = "from "
"""NAVGW repeats the keyword: (from mail.example [192.0.2.1])."""
_QUOTED_IDENT = r'"([^"]*+)"@'
"""A user of RFC 1413 that is not an atom: ("a b"@mail.example [192.0.2.1])."""
_IDENT = r"(?:IDENT:)?+([^:@<>]++)"
"""The user before the "@"; Sendmail may add a prefix: (IDENT:root@mail.example [192.0.2.1])."""
_CLAIMED = r'claiming to be "?+([^\s"]++)"?+,?+'
_PORT = "port "
"""Sun Internet Mail Server writes the port instead of a user: ("port 34611"@mail.example [192.0.2.1])."""

_ENCODED = r"\bport=3D[0-9]"
"""Not a port number: each "=" of the comment is encoded as quoted-printable (RFC 2045 section 6.7)."""


class Peer(msgspec.Struct, frozen=True):
    """The attributes recorded in the comments; ``None`` if absent."""

    helo: str | None = None
    ident: str | None = None
    name: str | None = None
    """The name that the server resolved for the address."""
    endpoint: Endpoint | None = None
    port: int | None = None
    """A port that is separate from the address."""


def read(comments: Iterable[str]) -> Peer:
    """The peer as the comments of a from clause describe it; the first value of each key counts."""
    all_comments = tuple(comments)
    if (
        len(all_comments) == 1 and "@" not in all_comments[0] and (alone := endpoint(all_comments[0]))
    ):  # (192.0.2.1), ([192.0.2.1])
        return Peer(endpoint=alone)
    facts: dict[str, str | int | Endpoint] = {}
    for comment in all_comments:
        for key, value in _cached_facts(comment) if len(comment) <= _MAX_CACHED else _facts(comment):
            if value:
                facts.setdefault(key, value)
    return Peer(**facts)  # type: ignore[arg-type]  # each key has its type


_MAX_CACHED = 1 << 9
"""Maximum characters of a cached comment. Comments about TLS, for example, recur in many fields."""


@lru_cache(maxsize=1 << 12)
def _cached_facts(comment: str) -> tuple[tuple[str, str | int | Endpoint | None], ...]:
    return tuple(_facts(comment))


def _facts(comment: str) -> Iterator[tuple[str, str | int | Endpoint | None]]:
    """The attributes of Peer and their values in one comment."""
    if '"' in comment and (quoted := re.search(_QUOTED_IDENT, comment)):
        user = quoted[1]
        yield ("port", port(user.removeprefix(_PORT))) if user.startswith(_PORT) else ("ident", user)
        comment = re.sub(_QUOTED_IDENT, "", comment)
    if "port=3D" in comment and re.search(_ENCODED, comment):
        comment = comment.replace("=3D", "=")
    if "/" in comment and re.match(_JAVA, comment):
        comment = comment.replace("/", " ")
    comment = comment.removeprefix(_FROM)
    session_auth = auth.read(comment)
    tokens = (re.sub(_GLUED, " [", comment) if "[" in comment else comment).split(" ")
    is_tcp_info = False
    for index, token in enumerate(tokens):
        previous_token = tokens[index - 1] if index else ""
        if fact := _attribute(token, previous_token):
            yield fact
        elif found_endpoint := _endpoint_at(tokens, index, session_auth):
            is_tcp_info = True
            yield "endpoint", found_endpoint[0]
            yield from _host_name(previous_token) if index == 1 else ()
            if not session_auth:
                yield "ident", _user(previous_token.rpartition("@")[0] if index == 1 else token.rpartition("@")[0])
    if not is_tcp_info and not session_auth and len(tokens) == 1 and "=" not in comment:
        yield from _single_token(comment)


def _attribute(token: str, previous_token: str) -> tuple[str, str | int | None] | None:
    """Key and value of an attribute written with its name: ``helo=x``, ``HELO x``, ``ident=x``, ``port=25``."""
    key, _, value = token.partition("=")
    key = key.lower()
    if key in _EHLO and value:
        return "helo", value
    if previous_token.strip('"').lower() in _EHLO:
        return "helo", token.strip('"')
    if key == "ident":
        return key, value
    return (key, port(value)) if key == "port" and value else None


def _endpoint_at(tokens: list[str], index: int, session_auth: Auth | None) -> tuple[Endpoint | None] | None:
    """The address in a token, ``[192.0.2.1]`` or ``ident@192.0.2.1``; ``(None,)`` for brackets without an IP address.

    From the third token on, an address without brackets is a remark, as in (proxying for 192.0.2.1).
    """
    token = tokens[index]
    user, at, host = token.rpartition("@")
    if session_auth and user not in {"", session_auth.user}:
        return None  # the name of an authenticated user, which may look like user@address
    second, greeted = index == 1, index > 1 and tokens[index - 2].strip('"').lower() in _EHLO
    ip_endpoint = endpoint(host) if index <= 1 or greeted or at or host.startswith("[") else None
    return (ip_endpoint,) if ip_endpoint or (second and token.startswith("[")) else None


def _host_name(token: str) -> Iterator[tuple[str, str | None]]:
    """The resolved name of the peer: ``name``, ``name.``, ``ident@name``; no name if it is ``unknown``."""
    name = token.rpartition("@")[2].rstrip(".,")
    unnamed = name.startswith("<") or name.lower() in {"", *_NO_NAME} or name.strip('"').lower() in _EHLO or "=" in name
    yield "name", None if unnamed or address(name) else name


def _single_token(token: str) -> Iterator[tuple[str, str | None]]:
    """A comment of one word without an address: a host name, or ``ident@name``."""
    user, at, host = token.rpartition("@")
    name = hostname(host) if not at or _user(user) else None
    yield "name", name
    yield "ident", _user(user) if name else None


def claimed(phrase: str) -> str | None:
    """The HELO name in a phrase of smtpd by Obtuse: ``claiming to be "mail.example"``; ``None`` for other phrases."""
    match = re.fullmatch(_CLAIMED, phrase) if phrase.startswith("claiming ") else None
    return match[1] if match else None


def _user(text: str) -> str | None:
    """A user of RFC 1413."""
    match = re.fullmatch(_IDENT, text)
    return match[1] if match else None
