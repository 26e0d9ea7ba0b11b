"""The SMTP authentication of a session, as mail servers record it in a Received field."""

import re
from collections.abc import Iterable
from functools import cache

from hopscope.data import table
from hopscope.model import Auth, ExtendedDomain

__all__ = ["combined", "is_phrase", "of_comments", "of_phrases", "read", "with_ident"]

_MARK = re.compile(r"auth|account |mech=|@[^\s@]++(?: with |$)", re.IGNORECASE)
"""Matches every text that the patterns below match; one search shows whether they need to be tried."""

_USER = r"(?P<user>\S.*+)"
_ADDRESS = r"\[?+[0-9a-fA-F.:]++\]?+"
# Tried in this order on every comment of a Received field; compiled on first use.
_PATTERNS = (
    # Postfix with smtpd_sasl_authenticated_header: (Authenticated sender: a@b.example)
    rf"authenticated sender: {_USER}",
    # Kerio Connect: (authenticated user a@b.example)   webmail: (SquirrelMail authenticated user a)
    rf"(?:SquirrelMail |NaSMail )?+authenticated user:? {_USER}",
    # Critical Path: (authenticated as a)   Sendmail with a Kerberos realm: (User authenticated as a@REALM)
    rf"(?:user )?+authenticated as {_USER}",
    # Sendmail: (authenticated bits=0)  (authenticated (0 bits))  (authenticated)   Haraka: the first form
    r"authenticated(?: bits=[0-9]++| \([0-9]++ bits\))?+",
    # Courier: (AUTH: LOGIN a@b.example, TLS: TLSv1/SSLv3,256bits,AES256-SHA)
    r"AUTH: (?P<mechanism>[A-Z0-9][A-Z0-9_-]*+) (?P<user>[^\s,]++)(?:, .*+)?+",
    r"AUTH: [^\s,]++(?:, .*+)?+",
    # qpsmtpd: (smtp-auth username a, mechanism cram-md5)
    r"smtp-auth username (?P<user>[^\s,]++), mechanism (?P<mechanism>\S++)",
    # CommuniGate Pro: (account a@b.example HELO c.example)
    r"account (?P<user>\S++)(?: .*+)?+",
    # (a@b.example mech=LOGIN bits=0)
    r"(?P<user>\S++) mech=(?P<mechanism>\S++) bits=[0-9]++",
    # Yahoo: (a@192.0.2.1 with login)
    rf"(?P<user>[^\s@]++)@{_ADDRESS} with (?P<mechanism>\S++)",
    # qmail with the SMTP AUTH user, a mailbox, instead of the RFC 1413 user: (a@b.example@192.0.2.1)
    rf"(?P<user>[^\s@]++@[^\s@]++)@{_ADDRESS}",
)
# OpenSMTPD with received-auth, outside comments: with ESMTPSA id 1 (TLSv1.3:...) auth=yes user=a for <b@c.example>
_PHRASE = r"auth=yes(?: user=(?P<user>\S++))?+"
# Exim with a modified received_header_text, after the id: by authid <a@b.example> with server_plain
_AUTHID = r"(?:by )?+authid <(?P<user>[^<>\s]++)>(?: ?+with \S++)?+"


def of_comments(comments: Iterable[str]) -> tuple[Auth, ...]:
    """The authentications recorded in comments, in the order of the comments."""
    return tuple([auth for comment in comments if (auth := read(comment))])


def of_phrases(phrases: Iterable[str]) -> tuple[Auth, ...]:
    """The authentications recorded in phrases outside comments and clauses."""
    return tuple([Auth(user=match["user"]) for phrase in phrases if (match := _phrase(phrase))])


def combined(auths: tuple[Auth, ...], protocol: str | None) -> Auth | None:
    """One record with the first user and the first mechanism; without any record, the protocol decides (RFC 3848)."""
    if not auths:
        return Auth() if protocol and protocol.upper() in _protocols() else None
    user = next((auth.user for auth in auths if auth.user), None)
    return Auth(user=user, mechanism=next((auth.mechanism for auth in auths if auth.mechanism), None))


def with_ident(auth: Auth | None, server: ExtendedDomain | None, protocol: str | None) -> Auth | None:
    """The authentication with the user of the from clause, if it records no user itself.

    qmail writes the user of SMTP AUTH in place of the RFC 1413 user: ``from unknown (HELO a) (ann@192.0.2.1) ... with
    ESMTPA``.
    """
    if auth is None or auth.user or server is None or not server.ident or len(server.comments) != len(_QMAIL):
        return auth
    is_qmail = server.comments[0].startswith(_QMAIL[0]) and (protocol or "").upper() in _protocols()
    return Auth(user=server.ident, mechanism=auth.mechanism) if is_qmail else auth


_QMAIL = ("HELO ", "ident@address")
"""The comments of a from clause of qmail."""


def read(comment: str) -> Auth | None:
    """The authentication recorded in one comment; ``None`` if it records none."""
    if not _MARK.search(comment):
        return None
    for pattern in _PATTERNS:
        if match := re.fullmatch(pattern, comment, re.IGNORECASE):
            groups = match.groupdict()
            mechanism = groups.get("mechanism")
            return Auth(user=groups.get("user"), mechanism=mechanism.upper() if mechanism else None)
    return None


def is_phrase(text: str) -> bool:
    """Whether text outside comments and clauses consists only of an authentication."""
    return _phrase(text) is not None


def _phrase(text: str) -> re.Match[str] | None:
    if text.startswith("auth="):
        return re.fullmatch(_PHRASE, text)
    return re.fullmatch(_AUTHID, text) if text.startswith(("by authid ", "authid ")) else None


@cache
def _protocols() -> frozenset[str]:
    """The protocols of authenticated sessions."""
    return frozenset(row["protocol"] for row in table("auth_protocols"))
