"""Usual Received field -> Stamp, by one pattern (:mod:`hopscope.parser.usual`), in a tenth of the time of the lexer.

Parts are remembered by their text, since most parts of a dump occur again and again.
"""

import re
from functools import lru_cache
from itertools import chain

import msgspec

from hopscope.model import Auth, ExtendedDomain, HeaderField, Stamp, TcpInfo, Tls
from hopscope.parser import auth, dates, peer, tls, usual
from hopscope.parser.domains import Clause, from_domain, server_address
from hopscope.parser.grammar import IP_ADDRESS, address
from hopscope.parser.usual import MAX_STAMP

__all__ = ["by_pattern"]

_REMEMBERED = 1 << 11
"""Parts of each kind that are remembered: by their text, which is at most ``usual.MAX_STAMP`` characters long."""


_STAMP = re.compile(usual.STAMP)
_PROTOCOL, _VIA = re.compile(f"{usual.PROTOCOL};"), re.compile(f"{usual.VIA};")
"""A word has to be followed by something."""
_HOST = r"(?:localhost|[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)++(?<![0-9]))"
"""What surely is a name, and no address."""
_TCP_INFO = re.compile(
    rf"[ \t]*+\(((?:(?:unknown|({_HOST})\.?+) )?+\[?+(?:IPv6:)?+({IP_ADDRESS})\]?+(?: \(may be forged\))?+)\)"
)
"""One comment that is as RFC 5321 has it or nearly so; groups: its text, the host name, the address."""
_SENDMAIL = "8."
"""Starts a version of Sendmail, which may look like an address."""


class _Comments(msgspec.Struct, frozen=True):
    """What comments of a from or by clause say."""

    texts: tuple[str, ...]
    """Without their outer parentheses."""
    tls: Tls | None
    auths: tuple[Auth, ...]
    server_address: str | None
    """The address of the server, where they are those of its by clause."""
    describe_peer: bool
    """They say something of the peer, where they are those of the from clause."""


class _Domain(msgspec.Struct, frozen=True):
    """A from or by clause, and the session as its comments describe it."""

    domain: ExtendedDomain | None
    tls: Tls | None
    auths: tuple[Auth, ...]


_NO_DOMAIN = _Domain(None, None, ())


class _Session(msgspec.Struct, frozen=True):
    """What the clauses say that name no server and are not unique to a message."""

    via: str | None
    with_: str | None
    cipher: str | None
    """The tls clause."""
    comments: tuple[str, ...]
    tls: Tls | None
    """As the comments have it."""
    tls_of_clauses: Tls | None
    """As clauses and phrases have it, which count after the comments of all clauses."""
    auths: tuple[Auth, ...]
    """As the comments have it."""
    auths_of_phrases: tuple[Auth, ...]


def by_pattern(field: HeaderField) -> Stamp | None:
    """The stamp of a usual field, that of :func:`hopscope.parser.stamp.by_lexer`; ``None`` where it is not usual."""
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
        return None  # perhaps there is no clause at all
    date_time = dates.by_parts(date, weekday, day, hour, minute, second, zone, date_comments)
    session = _session(first_comments, over_tls, protocol, id_comments, later_via, for_comments, date_comments)
    sender = _NO_DOMAIN if from_comments is None else _sender(from_name, from_literal, from_comments)
    server = _NO_DOMAIN if by_comments is None else _server(by_name, by_literal, by_comments)
    if date_time is None or remark or session is None or sender is None or server is None:
        return None
    return Stamp(
        field=field,
        from_domain=sender.domain,
        by_domain=server.domain,
        via=session.via,
        with_=session.with_,
        id=id_,
        for_=for_.strip("<>") or None if for_ else None,
        tls=_tls(session, server, sender),
        auth=_auth(session, server, sender),
        comments=session.comments,
        date_time=date_time,
    )


@lru_cache(maxsize=_REMEMBERED)
def _sender(name: str | None, literal: str | None, comments: str) -> _Domain | None:
    """The from clause; ``None`` where its literal is no address."""
    tcp_info = _TCP_INFO.match(comments)
    if tcp_info is None or literal is not None:
        return _other_sender(name, literal, comments)
    text, host, ip = tcp_info.groups()
    domain = TcpInfo(domain=host, address=ip)
    further_text = comments[tcp_info.end() :]
    if not further_text:
        return _Domain(ExtendedDomain(domain=name, tcp_info=domain, comments=(text,)), None, ())
    further = _comments(further_text)
    if further.describe_peer:
        return _other_sender(name, literal, comments)
    texts = (text, *further.texts)
    return _Domain(ExtendedDomain(domain=name, tcp_info=domain, comments=texts), further.tls, further.auths)


def _other_sender(name: str | None, literal: str | None, comments: str) -> _Domain | None:
    if literal is not None and address(literal) is None:
        return None
    texts = usual.comments(comments)
    domain = from_domain(Clause(filter(None, (name, literal)), texts))
    return _Domain(domain, tls.parse(texts, None), auth.of_comments(texts))


@lru_cache(maxsize=_REMEMBERED)
def _server(name: str, literal: str | None, comments: str) -> _Domain | None:
    """The by clause; ``None`` where its literal is no address."""
    if literal is not None and address(literal) is None:
        return None
    name = usual.one_line(name) or ""
    tcp_info = _TCP_INFO.fullmatch(comments)
    if tcp_info and tcp_info[2] is None and not tcp_info[1].startswith(_SENDMAIL):
        own = TcpInfo(address=tcp_info[3])
        return _Domain(ExtendedDomain(domain=name, tcp_info=own, comments=(tcp_info[1],)), None, ())
    remembered = _comments(comments)
    own_address = remembered.server_address or (literal and address(literal)) or address(name)
    own = TcpInfo(address=own_address)
    domain = ExtendedDomain(domain=name, tcp_info=own, comments=remembered.texts)
    return _Domain(domain, remembered.tls, remembered.auths)


@lru_cache(maxsize=_REMEMBERED)
def _comments(text: str) -> _Comments:
    texts = usual.comments(text)
    own_address = next(filter(None, map(server_address, texts)), None)
    describe_peer = peer.read(texts) != peer.Peer()
    return _Comments(texts, tls.parse(texts, None), auth.of_comments(texts), own_address, describe_peer)


@lru_cache(maxsize=_REMEMBERED)
def _session(  # noqa: PLR0913, PLR0917 - the groups of the pattern, in its order
    first_comments: str,
    over_tls: str | None,
    protocol: str,
    id_comments: str | None,
    later_via: str | None,
    for_comments: str | None,
    date_comments: str,
) -> _Session | None:
    """All clauses but from, by, the word of id, for and the date; ``None`` where there are two via clauses."""
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
    return _Session(
        via=usual.one_line(via or later_via),
        with_=with_,
        cipher=cipher,
        comments=comments,
        tls=tls.parse(comments, None),
        tls_of_clauses=tls.parse((with_ or "", *phrases, cipher or ""), None),
        auths=auth.of_comments(comments),
        auths_of_phrases=auth.of_phrases(phrases),
    )


def _tls(session: _Session, server: _Domain, sender: _Domain) -> Tls | None:
    """TLS as the first text has it that names it: comments, those of by and from, other clauses."""
    described = session.tls or server.tls or sender.tls or session.tls_of_clauses
    cipher = session.cipher
    return described if cipher is None or "=" in cipher else tls.with_cipher(described, cipher)


def _auth(session: _Session, server: _Domain, sender: _Domain) -> Auth | None:
    """Authentication as all texts together have it."""
    auths = (*session.auths, *server.auths, *sender.auths, *session.auths_of_phrases)
    return auth.combined(auths, session.with_)
