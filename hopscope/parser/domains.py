"""Clause -> Extended-Domain: the server of a from or by clause, with the name it gave and its recorded address.

    Extended-Domain = Domain / ( Domain FWS "(" TCP-info ")" ) / ( address-literal FWS "(" TCP-info ")" )

(RFC 5321 section 4.4). Servers write more than that into the comments: see :mod:`hopscope.parser.peer`.
"""

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from hopscope.model import ExtendedDomain, TcpInfo
from hopscope.parser import peer
from hopscope.parser.grammar import address, endpoint

__all__ = [
    "NO_HOSTS",
    "Clause",
    "authenticated_user",
    "by_domain",
    "from_comment",
    "from_domain",
    "is_literal",
    "server_address",
]


class Clause:
    """The text after a keyword."""

    __slots__ = ("closed", "name", "unclosed", "words")

    def __init__(self, words: Iterable[str] = (), closed: Iterable[str] = ()) -> None:
        self.words = list(words)
        self.closed = list(closed)
        self.name = len(self.words) if self.closed else 0
        """Number of words before its first comment."""
        self.unclosed: list[str] = []
        """Words of an unclosed comment, including its parenthesis."""

    @property
    def text(self) -> str | None:
        """Its words, joined by one space."""
        return " ".join(self.words) or None

    @property
    def comments(self) -> tuple[str, ...]:
        """Its comments, without their outer parentheses, with each fold as a single space."""
        unclosed = " ".join(text for text in self.unclosed if text != "(")
        return (*self.closed, unclosed) if unclosed else tuple(self.closed)


def is_literal(text: str) -> bool:
    """Whether a word has the brackets of an address literal (RFC 5321 section 4.1.3)."""
    return text.startswith("[") and text.endswith("]")


def from_domain(clause: Clause, helo: str | None = None) -> ExtendedDomain:
    """Extended-Domain = Domain / ( Domain FWS "(" TCP-info ")" ) / ( address-literal FWS "(" TCP-info ")" )"""  # noqa: D415 - a production
    details = peer.read(clause.comments)
    peer_endpoint = details.endpoint or next(filter(None, map(endpoint, reversed(clause.words))), None)
    if peer_endpoint and not details.endpoint and clause.name < len(clause.words) and clause.name:
        # Exim's $sender_fullhost: verified.example (claimed.example) [192.0.2.1]
        details = replace(details, helo=details.helo or details.name, name=None)
    return ExtendedDomain(
        domain=_name(clause.words),
        helo=details.helo or helo,
        ident=details.ident,
        tcp_info=TcpInfo(
            domain=details.name,
            address=peer_endpoint.address if peer_endpoint else None,
            port=(peer_endpoint.port if peer_endpoint else None) or details.port,
        ),
        comments=clause.comments,
    )


def from_comment(comments: Sequence[str]) -> Clause | None:
    """The from clause that NAVGW writes as a comment: ``(from mail.example [192.0.2.1]) by ...``.

    The comment of Sendmail for local mail, ``(from ann@localhost)``, has no address.
    """
    match = re.fullmatch(r"from ([^\s@]++) (\[[^\]\s]++\])", comments[0]) if comments else None
    return Clause((match[1],), (match[2],)) if match and endpoint(match[2]) else None


def by_domain(clause: Clause, protocol: str | None = None) -> ExtendedDomain | None:
    """The server's own Extended-Domain; ``None`` if the clause names no server.

    Args:
        clause: The by clause.
        protocol: The with clause of the field.
    """
    if authenticated_user(clause.text):
        return None
    words = clause.words
    if words and words[0].lower() == _SCANNER:  # by simscan 1.4.0 ppid: 5154, pid: 5158
        words = words[:2]
    return ExtendedDomain(
        domain=_name(words),
        tcp_info=TcpInfo(address=_server_address(clause.words, clause.comments, protocol)),
        comments=clause.comments,
    )


_SCANNER = "simscan"
_AUTHID = "authid "
NO_HOSTS = (f"{_SCANNER} ", _AUTHID)
"""The words, in lower case, at the start of a by clause whose first word is not the name of a server."""


def authenticated_user(by: str | None) -> str | None:
    """The user in a by clause of Exim without a server: ``by authid <ann@a.example>``; ``None`` for a server."""
    user = by[len(_AUTHID) :].strip("<>") if by and by.lower().startswith(_AUTHID) else ""
    return user if user and " " not in user else None


def _server_address(words: Sequence[str], comments: Sequence[str], protocol: str | None) -> str | None:
    """The server's own address: in a comment of its by clause, or else a word of the clause."""
    in_comments = next(filter(None, (server_address(comment, protocol) for comment in comments)), None)
    return in_comments or next(filter(None, map(address, reversed(words))), None)


def _name(words: list[str]) -> str | None:
    """The words of the name, without an address after it: ``a.example [192.0.2.1]:25``, ``a.example - 192.0.2.1``."""
    further_words = [text for text in words[1:] if not address(text) and not is_literal(text)]
    if len(further_words) < len(words) - 1 and further_words[-1:] == ["-"]:
        del further_words[-1]
    return " ".join((*words[:1], *further_words)) or None


_SENDMAIL = r"8\.(?:[6-9]|1[0-8])\."


def server_address(comment: str, protocol: str | None) -> str | None:
    """The server's own address in a comment of the by clause; not a Sendmail version such as (8.9.3.1).

    Exchange writes addresses, so that only other systems can have a version in this form.
    """
    if re.match(_SENDMAIL, comment) and not (protocol or "").lower().startswith("microsoft smtp server"):
        return None
    bracketed = (text for text in comment.split(" ") if "[" in text)
    return address(comment) or next(filter(None, map(address, bracketed)), None)
