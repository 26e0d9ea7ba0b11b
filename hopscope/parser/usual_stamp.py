"""Usual Received field -> Stamp, by one pattern (:mod:`hopscope.parser.usual`), in a tenth of the time of the lexer.

Parts are cached by their text, since most parts recur in a dump.
"""

import re
from functools import lru_cache
from itertools import chain

import msgspec
from msgspec.structs import replace

from hopscope.model import Auth, ExtendedDomain, HeaderField, Stamp, TcpInfo, Tls
from hopscope.parser import auth, dates, peer, tls, usual
from hopscope.parser.domains import NO_HOSTS, Clause, from_domain, server_address
from hopscope.parser.grammar import IP_ADDRESS, address, port
from hopscope.parser.usual import MAX_STAMP

__all__ = ["by_pattern"]

_CACHE_SIZE = 1 << 11
"""Maximum cached parts of each kind; their text has at most ``usual.MAX_STAMP`` characters."""


_STAMP = re.compile(usual.STAMP)
_PROTOCOL, _VIA = re.compile(f"{usual.PROTOCOL};"), re.compile(f"{usual.VIA};")
"""With a final ``;``, as a word must be followed by a delimiter."""
_HOST = r"(?:localhost|[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)++(?<![0-9]))"
"""A host name that cannot be an address."""
_TCP_INFO = re.compile(
    # qmail: (HELO a.example) (root@192.0.2.1)   Sendmail: (b.example [192.0.2.1] (may be forged))
    rf"[ \t]*+(?:\((HELO ({_HOST}))\)[ \t]++)?+\(((?:(?:unknown|({_HOST})\.?+) |([A-Za-z0-9_.-]++)@)?+"
    # Exim: ([192.0.2.1]:25 helo=a.example)
    rf"\[?+(?:IPv6:)?+({IP_ADDRESS})\]?+(?:(?<=\]):([0-9]{{1,5}}+))?+(?: helo=({_HOST}))?+(?: \(may be forged\))?+)\)"
)
"""TCP-info of RFC 5321 and common variants.

Groups: the comment before it and the HELO name in that; the comment itself, its host name, user, address, port and
HELO name.
"""
_SERVER_ADDRESS = re.compile(rf"[ \t]*+\((?!8\.)(\[?+(?:IPv6:)?+({IP_ADDRESS})\]?+)\)")
"""A single comment that is an address; one that starts with ``8.`` may be a version of Sendmail."""


class _Comments(msgspec.Struct, frozen=True):
    """The contents of the comments of a from or by clause."""

    texts: tuple[str, ...]
    """Without their outer parentheses."""
    tls: Tls | None
    auths: tuple[Auth, ...]
    describe_peer: bool
    """Whether they describe the peer, if these are the comments of the from clause."""


_Clause = tuple[ExtendedDomain | None, Tls | None, tuple[Auth, ...]]
"""A from or by clause, and TLS and authentication from its comments; a tuple, since it is unpacked for each field."""
_NO_CLAUSE: _Clause = (None, None, ())


class _Session(msgspec.Struct, frozen=True):
    """The contents of the clauses that neither name a server nor are unique to a message."""

    via: str | None
    with_: str | None
    cipher: str | None
    """The tls clause."""
    comments: tuple[str, ...]
    tls: Tls | None
    """From the comments."""
    tls_of_clauses: Tls | None
    """From clauses and phrases; used only if no comment of any clause records TLS."""
    auths: tuple[Auth, ...]
    """From the comments."""
    auths_of_phrases: tuple[Auth, ...]
    default_tls: Tls | None = None
    """TLS of the field if the comments of the from and by clauses record none."""
    default_auth: Auth | None = None
    """Authentication of the field if the comments of the from and by clauses record none."""


def by_pattern(field: HeaderField) -> Stamp | None:
    """The stamp of a usual field, as by :func:`hopscope.parser.stamp.by_lexer`; ``None`` for other fields."""
    match = _STAMP.fullmatch(field.body) if len(field.body) <= MAX_STAMP else None
    if match is None:
        return None
    (
        first_comments,
        from_name,
        from_literal,
        from_comments,
        by_name,
        by_literal,
        by_comments,
        over_tls,
        protocol,
        id_,
        remark,
        id_comments,
        later_via,
        for_,
        for_comments,
        date,
        weekday,
        day,
        hour,
        minute,
        second,
        zone,
        date_comments,
    ) = match.groups()
    if from_comments is None and by_comments is None and not first_comments:
        return None  # the field may have no clause at all
    date_time = dates.by_parts(date, weekday, day, hour, minute, second, zone, date_comments)
    session = _session(first_comments, over_tls, protocol, id_comments, later_via, for_comments, date_comments)
    from_clause = _NO_CLAUSE if from_comments is None else _from_clause(from_name, from_literal, from_comments)
    if date_time is None or remark or session is None or from_clause is None:
        return None
    maybe_version = session.with_ if by_comments and "(8." in by_comments else None
    by_clause = _NO_CLAUSE if by_comments is None else _by_clause(by_name, by_literal, by_comments, maybe_version)
    if by_clause is None:
        return None
    from_domain, from_tls, from_auths = from_clause
    by_domain, by_tls, by_auths = by_clause
    session_auth = _auth(session, by_auths + from_auths) if by_auths or from_auths else session.default_auth
    if session_auth and from_domain and from_domain.ident:
        session_auth = auth.with_ident(session_auth, from_domain, session.with_)
    return Stamp(
        field=field,
        from_domain=from_domain,
        by_domain=by_domain,
        via=session.via,
        with_=session.with_,
        id=id_,
        for_=for_.strip("<>") or None if for_ else None,
        tls=_tls(session, by_tls or from_tls) if by_tls or from_tls else session.default_tls,
        auth=session_auth,
        comments=session.comments,
        date_time=date_time,
    )


@lru_cache(maxsize=_CACHE_SIZE)
def _from_clause(name: str | None, literal: str | None, comments: str) -> _Clause | None:
    """The from clause; ``None`` if its literal is not an address."""
    tcp_info = _TCP_INFO.match(comments)
    if tcp_info is None or literal is not None:
        return _unusual_from_clause(name, literal, comments)
    helo_text, helo, text, host, ident, ip, digits, later_helo = tcp_info.groups()
    texts: tuple[str, ...] = (text,) if helo_text is None else (helo_text, text)
    session_tls, auths = _NO_CLAUSE[1:]
    if tcp_info.end() < len(comments):
        further = _comments(comments[tcp_info.end() :])
        if further.describe_peer:
            return _unusual_from_clause(name, literal, comments)
        texts += further.texts
        session_tls, auths = further.tls, further.auths
    peer_info = TcpInfo(domain=host, address=ip, port=port(digits) if digits else None)
    domain = ExtendedDomain(domain=name, helo=helo or later_helo, ident=ident, tcp_info=peer_info, comments=texts)
    return domain, session_tls, auths


def _unusual_from_clause(name: str | None, literal: str | None, comments: str) -> _Clause | None:
    if literal is not None and address(literal) is None:
        return None
    texts = usual.comments(comments)
    domain = from_domain(Clause(filter(None, (name, literal)), texts))
    return domain, tls.parse(texts, None), auth.of_comments(texts)


@lru_cache(maxsize=_CACHE_SIZE)
def _by_clause(name: str, literal: str | None, comments: str, protocol: str | None) -> _Clause | None:
    """The by clause; ``None`` if its literal is not an address, or its first word is not the name of the server."""
    if (literal is not None and address(literal) is None) or name.lower().startswith(NO_HOSTS):
        return None
    name = usual.one_line(name) or ""
    if match := _SERVER_ADDRESS.fullmatch(comments):
        text, ip = match.groups()
        return ExtendedDomain(domain=name, tcp_info=TcpInfo(address=ip), comments=(text,)), None, ()
    contents = _comments(comments)
    in_comments = next(filter(None, (server_address(text, protocol) for text in contents.texts)), None)
    own_address = in_comments or (literal and address(literal)) or address(name)
    domain = ExtendedDomain(domain=name, tcp_info=TcpInfo(address=own_address), comments=contents.texts)
    return domain, contents.tls, contents.auths


@lru_cache(maxsize=_CACHE_SIZE)
def _comments(text: str) -> _Comments:
    texts = usual.comments(text)
    describe_peer = peer.read(texts) != peer.Peer()
    return _Comments(texts, tls.parse(texts, None), auth.of_comments(texts), describe_peer)


@lru_cache(maxsize=_CACHE_SIZE)
def _session(  # noqa: PLR0913, PLR0917 - the groups of the pattern, in its order
    first_comments: str,
    over_tls: str | None,
    protocol: str,
    id_comments: str | None,
    later_via: str | None,
    for_comments: str | None,
    date_comments: str,
) -> _Session | None:
    """The remaining clauses: all but from, by, for, the id and the date; ``None`` if there are two via clauses."""
    clauses = _PROTOCOL.fullmatch(f"{protocol};")
    later = _VIA.fullmatch(f"{later_via};")
    if clauses is None or (later and clauses[1]):
        return None
    via, via_comments, with_, with_comments, starttls, starttls_comments, cipher, cipher_comments = clauses.groups()
    later_via, later_via_comments = later.groups() if later else (None, None)
    in_order = (
        first_comments,
        starttls_comments,
        via_comments,
        with_comments,
        cipher_comments,
        id_comments,
        later_via_comments,
        for_comments,
        date_comments,
    )
    comments = tuple(chain.from_iterable(map(usual.comments, in_order)))
    with_ = usual.one_line(with_)
    phrases = tuple(text for text in (usual.one_line(over_tls), usual.one_line(starttls)) if text)
    session = _Session(
        via=usual.one_line(via or later_via),
        with_=with_,
        cipher=cipher,
        comments=comments,
        tls=tls.parse(comments, None),
        tls_of_clauses=tls.parse((with_ or "", *phrases, cipher or ""), None),
        auths=auth.of_comments(comments),
        auths_of_phrases=auth.of_phrases(phrases),
    )
    return replace(session, default_tls=_tls(session, None), default_auth=_auth(session, ()))


def _tls(session: _Session, of_servers: Tls | None) -> Tls | None:
    """TLS from the first text that records it: comments, comments of by and from, other clauses."""
    described = session.tls or of_servers or session.tls_of_clauses
    cipher = session.cipher
    return described if cipher is None or "=" in cipher else tls.with_cipher(described, cipher)


def _auth(session: _Session, of_servers: tuple[Auth, ...]) -> Auth | None:
    """Authentication combined from all texts that record it."""
    return auth.combined((*session.auths, *of_servers, *session.auths_of_phrases), session.with_)
