"""Parts -> Stamp: what the clauses of one Received field say (RFC 5321 section 4.4).

=======================  ========================================================================
Defect                   Meaning
=======================  ========================================================================
date-missing             the field has no date
date-separator-missing   there is no ";" before the date
stamp-unreadable         no clause of RFC 5321, and no comment before the first one
additional-text          text outside comments that no clause understands; it is kept
literal-unreadable       what stands in brackets behind the name after from or by is no IP address
limit-defects            there are more defects than ``MAX_DEFECTS``; says how many
=======================  ========================================================================

The defects of the date are those of :mod:`hopscope.parser.dates`. The module is over 300 lines because both
readers, of usual fields and of all others, end in the same record and share how from and by are understood.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

import msgspec
from msgspec.structs import replace

from hopscope.model import Auth, DateTime, Defect, ExtendedDomain, HeaderField, Stamp, TcpInfo, Tls
from hopscope.parser import auth, clauses, dates, peer, tls, usual
from hopscope.parser.clauses import ADDITIONAL, COMMENT, DATE, KEYWORD, NONE, SEPARATOR, UNCLOSED, VALUE, Part
from hopscope.parser.fields import capped, quoted
from hopscope.parser.grammar import address, endpoint
from hopscope.parser.usual import Groups

__all__ = ["by_lexer", "from_groups"]


class _Clause:
    """What follows a keyword."""

    __slots__ = ("closed", "name", "unclosed", "words")

    def __init__(self, words: Iterable[str] = (), closed: Iterable[str] = ()) -> None:
        self.words = list(words)
        self.closed = list(closed)
        self.name = len(self.words) if self.closed else 0
        """How many words stand before its first comment."""
        self.unclosed: list[str] = []
        """Words of a comment that is never closed, with its parenthesis."""

    @property
    def text(self) -> str | None:
        """Its words, joined by one space."""
        return " ".join(self.words) or None

    @property
    def comments(self) -> tuple[str, ...]:
        """Its comments, without their outer parentheses; folds are single spaces."""
        unclosed = " ".join(text for text in self.unclosed if text != "(")
        return (*self.closed, unclosed) if unclosed else tuple(self.closed)


class _Peer(msgspec.Struct, frozen=True):
    """The server of a from or by clause, and the session as the comments of the clause describe it."""

    domain: ExtendedDomain
    tls: Tls | None
    auths: tuple[Auth, ...]
    is_readable: bool
    """What stands in brackets behind the name is an IP address."""


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


_REMEMBERED = 1 << 11
"""Clauses of each kind that are remembered: by their text, which is at most ``usual.MAX_STAMP`` characters long."""


def from_groups(field: HeaderField, groups: Groups) -> Stamp | None:
    """The stamp of a usual field (:mod:`hopscope.parser.usual`): that of :func:`by_lexer`, in a tenth of the time.

    Clauses are remembered by their text, since most clauses of a dump occur again and again.

    Returns:
        ``None`` where something about the field is not usual, and the lexer has to read it.
    """
    date_text = groups.date.replace("\n", "")
    date_time = dates.by_parts(
        date_text, groups.weekday, groups.day, groups.clock, groups.zone, groups.date_comments or ""
    )
    if date_time is None or groups.remark or (groups.via and groups.via_after_id):
        return None
    from_, by = groups.from_comments, groups.by_comments
    sender = None if from_ is None else _sender(groups.from_, groups.from_literal, from_)
    server = None if by is None else _server(groups.by, groups.by_literal, by)
    if (sender and not sender.is_readable) or (server and not server.is_readable):
        return None
    session = _session(groups.comments, *groups[7:16], *groups[18:21], groups.for_comments, groups.date_comments)
    return Stamp(
        field=field,
        from_domain=sender.domain if sender else None,
        by_domain=server.domain if server else None,
        via=session.via,
        with_=session.with_,
        id=groups.id,
        for_=groups.for_.strip("<>") or None if groups.for_ else None,
        tls=_tls(session, server, sender),
        auth=_auth(session, server, sender),
        comments=session.comments,
        date_time=date_time,
    )


@lru_cache(maxsize=_REMEMBERED)
def _sender(name: str | None, literal: str | None, comments: str) -> _Peer:
    """The from clause."""
    if literal is None and (tcp_info := peer.read_tcp_info(comments)):
        domain = ExtendedDomain(domain=name, tcp_info=tcp_info, comments=usual.comments(comments))
        return _Peer(domain, None, (), is_readable=True)
    closed = usual.comments(comments)
    return _peer(_from_domain(_Clause(filter(None, (name, literal)), closed)), closed, literal)


@lru_cache(maxsize=_REMEMBERED)
def _server(name: str | None, literal: str | None, comments: str) -> _Peer:
    """The by clause."""
    closed = usual.comments(comments)
    return _peer(_by_domain(_Clause(filter(None, (_one_line(name), literal)), closed)), closed, literal)


def _peer(domain: ExtendedDomain, comments: tuple[str, ...], literal: str | None) -> _Peer:
    is_readable = literal is None or address(literal) is not None
    if len(comments) == 1 and address(comments[0]):
        return _Peer(domain, None, (), is_readable)
    return _Peer(domain, tls.parse(comments, None), auth.of_comments(comments), is_readable)


@lru_cache(maxsize=_REMEMBERED)
def _session(  # noqa: PLR0913, PLR0917 - the groups of the pattern, in its order
    first_comments: str,
    over_tls: str | None,
    via: str | None,
    via_comments: str | None,
    with_: str | None,
    with_comments: str | None,
    starttls: str | None,
    starttls_comments: str | None,
    cipher: str | None,
    cipher_comments: str | None,
    id_comments: str | None,
    via_after_id: str | None,
    via_after_id_comments: str | None,
    for_comments: str | None,
    date_comments: str | None,
) -> _Session:
    """All clauses but from, by, the word of id, for and the date."""
    commented = (
        first_comments,
        starttls_comments,
        via_comments,
        with_comments,
        cipher_comments,
        id_comments,
        via_after_id_comments,
        for_comments,
        date_comments,
    )
    comments = tuple(chain.from_iterable(map(usual.comments, commented)))
    protocol = _one_line(with_)
    phrases = tuple(text for text in (_one_line(over_tls), _one_line(starttls)) if text)
    return _Session(
        via=_one_line(via or via_after_id),
        with_=protocol,
        cipher=cipher,
        comments=comments,
        tls=tls.parse(comments, None),
        tls_of_clauses=tls.parse((protocol or "", *phrases, cipher or ""), None),
        auths=auth.of_comments(comments),
        auths_of_phrases=auth.of_phrases(phrases),
    )


def _one_line(text: str | None) -> str | None:
    """Text whose folds are single spaces; ``None`` where there is none."""
    return usual.FOLD.sub(" ", text) if text else None


def _tls(session: _Session, server: _Peer | None, sender: _Peer | None) -> Tls | None:
    """TLS as the first text has it that names it: comments, those of by and from, other clauses."""
    described = session.tls or (server and server.tls) or (sender and sender.tls) or session.tls_of_clauses
    cipher = session.cipher
    return described if cipher is None or "=" in cipher else tls.with_cipher(described, cipher)


def _auth(session: _Session, server: _Peer | None, sender: _Peer | None) -> Auth | None:
    """Authentication as all texts together have it."""
    auths = (*session.auths, *(server.auths if server else ()), *(sender.auths if sender else ()))
    return auth.combined((*auths, *session.auths_of_phrases), session.with_)


def by_lexer(field: HeaderField) -> Stamp:
    """The stamp of any field, read word by word."""
    parts = clauses.split(field.body)
    by_keyword, additional = _clauses(field.body, parts)
    date_time, defects = _date(field, parts)
    if by_keyword.keys() <= {NONE, DATE} and not by_keyword[NONE].comments:
        defects.append(Defect(code="stamp-unreadable", message="no clause of RFC 5321 in this field", line=field.line))
    for part, text in additional:
        defects.append(_additional(field, text, part.start, part.end))
    defects += _literals(field, parts)
    return _build(field, by_keyword, date_time, tuple(text for _, text in additional), capped(defects, field.line))


def _additional(field: HeaderField, text: str, start: int, end: int) -> Defect:
    """The defect of text that no clause understands."""
    message = f"text that belongs to no clause: {quoted(text)}"
    return Defect(code="additional-text", message=message, line=field.line, start=start, end=end)


def _clauses(body: str, parts: list[Part]) -> tuple[dict[str, _Clause], list[tuple[Part, str]]]:
    """The clauses of the field by keyword, and its additional text."""
    by_keyword = {NONE: _Clause()}
    additional: list[tuple[Part, str]] = []
    for part in parts:
        role, clause, start, end = part
        if role is KEYWORD or clause not in by_keyword:
            by_keyword[clause] = _Clause()
        if role is VALUE:
            by_keyword[clause].words.append(body[start:end] if clause else clauses.text_of(body, part))
        elif role is COMMENT:
            by_keyword[clause].name = by_keyword[clause].name or len(by_keyword[clause].words)
            by_keyword[clause].closed.append(clauses.text_of(body, part)[1:-1].strip())
        elif role is UNCLOSED:
            by_keyword[clause].unclosed.append(body[start:end])
        elif role is ADDITIONAL:
            additional.append((part, clauses.text_of(body, part)))
    return by_keyword, additional


def _date(field: HeaderField, parts: list[Part]) -> tuple[DateTime | None, list[Defect]]:
    """The date, and what is wrong with it."""
    dated = [part for part in parts if part.clause == DATE]
    inner = [part for part in dated if part.role is not SEPARATOR]
    if not inner:
        return None, [Defect(code="date-missing", message="no date in this Received field", line=field.line)]
    start, end = inner[0].start, inner[-1].end
    date_time = dates.parse(field.body[start:end])
    defects = [_in_field(defect, field.line, start) for defect in date_time.defects]
    if inner[0] is dated[0]:
        message = 'no ";" before the date'
        missing = Defect(code="date-separator-missing", message=message, line=field.line, start=start, end=end)
        defects.insert(0, missing)
    return date_time, defects


def _literals(field: HeaderField, parts: list[Part]) -> Iterator[Defect]:
    """A defect for each address literal after a name that holds no IP address."""
    named: set[str] = set()
    for role, clause, start, end in parts:
        if role is VALUE and clause in _DOMAINS:
            text = field.body[start:end]
            if clause in named and _is_literal(text) and not address(text):
                message = f"no IP address: {quoted(text)}"
                yield Defect(code="literal-unreadable", message=message, line=field.line, start=start, end=end)
            named.add(clause)


_DOMAINS = frozenset({"from", "by"})


def _is_literal(text: str) -> bool:
    """Whether a word has the brackets of an address literal (RFC 5321 section 4.1.3)."""
    return text.startswith("[") and text.endswith("]")


def _in_field(defect: Defect, line: int, offset: int) -> Defect:
    """A defect of the date, with its offsets in the field body."""
    start, end = (None if position is None else position + offset for position in (defect.start, defect.end))
    return replace(defect, line=line, start=start, end=end)


def _build(
    field: HeaderField,
    by_keyword: dict[str, _Clause],
    date_time: DateTime | None,
    additional: tuple[str, ...],
    defects: tuple[Defect, ...],
) -> Stamp:
    from_, by = by_keyword.pop("from", None), by_keyword.pop("by", None)
    via, with_, id_, for_, cipher = (by_keyword[key].text if key in by_keyword else None for key in _TEXTS)
    comments = tuple(chain.from_iterable(clause.comments for clause in by_keyword.values()))
    all_comments = tuple(chain(comments, *(clause.comments for clause in (by, from_) if clause)))
    phrases = by_keyword[NONE].words
    return Stamp(
        field=field,
        from_domain=_from_domain(from_) if from_ else None,
        by_domain=_by_domain(by) if by else None,
        via=via,
        with_=with_,
        id=id_,
        for_=for_.strip("<>") or None if for_ else None,
        tls=tls.parse((*all_comments, with_ or "", *phrases), cipher),
        auth=auth.parse(all_comments, phrases, with_),
        additional=additional,
        comments=comments,
        date_time=date_time,
        defects=defects,
    )


_TEXTS = ("via", "with", "id", "for", "tls")
"""The clauses whose words are all there is to them."""


def _from_domain(clause: _Clause) -> ExtendedDomain:
    """Extended-Domain = Domain / ( Domain FWS "(" TCP-info ")" ) / ( address-literal FWS "(" TCP-info ")" )"""  # noqa: D415 - a production
    details = peer.read(clause.comments)
    peer_endpoint = details.endpoint or next(filter(None, map(endpoint, reversed(clause.words))), None)
    if peer_endpoint and not details.endpoint and clause.name < len(clause.words) and clause.name:
        # Exim's $sender_fullhost: verified.example (claimed.example) [192.0.2.1]
        details = replace(details, helo=details.helo or details.name, name=None)
    return ExtendedDomain(
        domain=_name(clause),
        helo=details.helo,
        ident=details.ident,
        tcp_info=TcpInfo(
            domain=details.name,
            address=peer_endpoint.address if peer_endpoint else None,
            port=(peer_endpoint.port if peer_endpoint else None) or details.port,
        ),
        comments=clause.comments,
    )


def _by_domain(clause: _Clause) -> ExtendedDomain:
    """The server's own Extended-Domain."""
    return ExtendedDomain(
        domain=_name(clause),
        tcp_info=TcpInfo(address=_server_address(clause.words, clause.comments)),
        comments=clause.comments,
    )


def _server_address(words: Sequence[str], comments: Sequence[str]) -> str | None:
    """The server's own address: in a comment of its by clause, or else a word of the clause."""
    in_comments = next(filter(None, map(_own_address, comments)), None)
    return in_comments or next(filter(None, map(address, reversed(words))), None)


def _name(clause: _Clause) -> str | None:
    """The words of a name, without the address literal behind it: ``mail.example [192.0.2.1]:25``."""
    further_words = (text for text in clause.words[1:] if not address(text) and not _is_literal(text))
    return " ".join((*clause.words[:1], *further_words)) or None


def _own_address(comment: str) -> str | None:
    """The server's own address in a comment of the by clause; not a Sendmail version such as (8.9.3.1)."""
    if comment.startswith("8."):
        return None
    bracketed = (text for text in comment.split(" ") if "[" in text)
    return address(comment) or next(filter(None, map(address, bracketed)), None)
