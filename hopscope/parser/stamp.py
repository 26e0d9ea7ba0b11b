"""Tokens -> Stamp: the clauses of one Received field.

    Time-stamp-line = "Received:" FWS Stamp <CRLF>
    Stamp           = From-domain By-domain Opt-info [CFWS] ";" FWS date-time      (RFC 5321 section 4.4)

Read with tolerance: the clauses may come in any order and any may be missing; a keyword counts only at
comment depth 0 and outside quoted strings; a keyword seen before opens no second clause (Exchange Online
prints "with MailboxResubmission by AntispamTT"); the date is what follows the last ";" at depth 0, and is
still found where the ";" is missing. What belongs to no clause is kept as additional text.
"""

import re
from typing import NamedTuple

from hopscope.model import DateTime, Defect, ExtendedDomain, HeaderField, Stamp, TcpInfo
from hopscope.parser import dates, tls
from hopscope.parser.grammar import CLAUSES, DATE_START, address, hostname
from hopscope.parser.lexer import Kind, Token, tokenize

__all__ = ["parse"]

# What servers print in the place of a name they could not find out.
_NO_NAME = frozenset({"unknown", "unverified", "may", "no-reverse-dns", "untrusted", "none"})
_EHLO = frozenset({"helo", "ehlo", "lhlo"})
_GLUED = re.compile(r"(?<=[\w.])\[")
"""A name and the address behind it, without the space: (mail.example[192.0.2.1])."""
_DATE = ";"
"""Stands for the keyword of what follows the last semicolon."""


class _Clause(NamedTuple):
    """The words of a clause at comment depth 0, and the comments behind them."""

    words: list[str]
    comments: list[str]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def parse(field: HeaderField) -> Stamp:
    """Take a Received field apart. Never raises; what cannot be read becomes a Defect."""
    tokens = tokenize(field.body)
    date_start, stop, defects = _find_date(field, tokens)
    clauses = _clauses(field.body, tokens, stop)
    date_time = dates.parse(field.body[date_start:]) if date_start is not None else None
    if date_time is not None:
        defects += [_placed(defect, field.line, date_start or 0) for defect in date_time.defects]
    return _build(field, clauses, date_time, defects)


def _find_date(field: HeaderField, tokens: list[Token]) -> tuple[int | None, int, list[Defect]]:
    """Where the date starts, where the clauses stop, and what is wrong there."""
    body = field.body
    for token in reversed(tokens):
        if token.kind is Kind.SEMICOLON and body[token.start + 1 :].strip():
            return token.start + 1, token.start, []
    starts = [match.start() for match in DATE_START.finditer(body)]
    if starts:
        start = starts[-1]
        defect = Defect(
            code="date-separator-missing",
            message='no ";" before the date',
            line=field.line,
            start=start,
            end=len(body),
        )
        return start, start, [defect]
    defect = Defect(code="date-missing", message="no date in this Received field", line=field.line)
    return None, len(body), [defect]


def _clauses(body: str, tokens: list[Token], stop: int) -> dict[str, _Clause]:
    """Words and comments by keyword; those before the first keyword under the empty name, the date's under its."""
    clauses = {"": _Clause([], []), _DATE: _Clause([], [])}
    current = clauses[""]
    comment_start = 0
    for kind, text, start, depth in tokens:
        if start >= stop:
            current = clauses[_DATE]
        if depth:
            if kind is Kind.OPEN and depth == 1:
                comment_start = start + 1
            elif kind is Kind.CLOSE and depth == 1:
                current.comments.append(body[comment_start:start].strip())
        elif kind is Kind.WORD or kind is Kind.QUOTED:
            keyword = text.lower()
            if keyword in CLAUSES and keyword not in clauses and (keyword != "tls" or "with" in clauses):
                current = clauses[keyword] = _Clause([], [])
            elif text == "(" or clauses.get(keyword) is current:  # never closed, or said twice: a remark
                current = clauses[""]
                current.words.append(text)
            else:
                current.words.append(text)
    return clauses


def _build(field: HeaderField, clauses: dict[str, _Clause], date_time: DateTime | None, defects: list[Defect]) -> Stamp:
    from_, by, date = clauses.pop("from", None), clauses.pop("by", None), clauses.pop(_DATE)
    server, rest = _server(by.words) if by else (None, [])
    id_, for_ = clauses.get("id"), clauses.get("for")
    additional = clauses[""].words + rest + (for_.words[1:] if for_ else [])
    if id_ and id_.words[:1] != ["Version"]:  # Exchange Online: id Version 15.20 (Build 7362.27)
        additional += id_.words[1:]
        del id_.words[1:]
    comments = [comment for clause in clauses.values() for comment in clause.comments]
    everywhere = comments + [comment for clause in (by, from_, date) if clause for comment in clause.comments]
    with_ = _text(clauses.get("with"))
    if len(clauses) == 1 and from_ is None and by is None and not clauses[""].comments:
        defects.append(Defect(code="stamp-unreadable", message="no clause of RFC 5321 in this field", line=field.line))
    return Stamp(
        field=field,
        from_domain=_from_domain(from_) if from_ else None,
        by_domain=_by_domain(server, by.comments) if by else None,
        via=_text(clauses.get("via")),
        with_=with_,
        id=_text(id_),
        for_=_mailbox(for_.words[0]) if for_ and for_.words else None,
        tls=tls.parse(everywhere, with_, _text(clauses.get("tls")), " ".join(additional)),
        additional=tuple(additional),
        comments=tuple(comments),
        date_time=date_time,
        defects=tuple(defects),
    )


def _text(clause: _Clause | None) -> str | None:
    return (clause.text or None) if clause else None


def _mailbox(word: str) -> str | None:
    """``Path / Mailbox`` without the angle brackets of a path."""
    return word.strip("<>,") or None


def _from_domain(clause: _Clause) -> ExtendedDomain:
    """Extended-Domain = Domain / ( Domain FWS "(" TCP-info ")" ) / ( address-literal FWS "(" TCP-info ")" )"""  # noqa: D415 - a production
    name = [word for index, word in enumerate(clause.words) if index == 0 or not address(word)]
    literals = [found for word in clause.words if (found := address(word))]
    helo, rdns, peer = None, None, None
    for comment in clause.comments:
        one = _tcp_info(comment)
        helo, rdns, peer = helo or one[0], rdns or one[1], peer or one[2]
    return ExtendedDomain(
        domain=" ".join(name) or None,
        helo=helo,
        tcp_info=TcpInfo(domain=rdns, address=peer or (literals[-1] if literals else None)),
        comments=tuple(clause.comments),
    )


def _server(words: list[str]) -> tuple[str | None, list[str]]:
    """The name in a by clause, and the words behind it: a host name is one word, any other name may have more."""
    host = bool(words) and ("." in words[0] or ":" in words[0] or words[0].lower() == "localhost")
    name = words[:1] if host else words
    return " ".join(name) or None, words[len(name) :]


def _by_domain(domain: str | None, comments: list[str]) -> ExtendedDomain:
    found = next((peer for comment in comments if (peer := _own_address(comment))), None)
    return ExtendedDomain(
        domain=domain,
        tcp_info=TcpInfo(address=found or (address(domain) if domain else None)),
        comments=tuple(comments),
    )


def _own_address(comment: str) -> str | None:
    """The server's own address in a comment of the by clause; not a Sendmail version such as (8.9.3.1)."""
    if comment.startswith("8."):
        return None
    return address(comment) or next((found for word in comment.split() if "[" in word and (found := address(word))), None)


def _tcp_info(comment: str) -> tuple[str | None, str | None, str | None]:
    """EHLO argument, verified name and address in a comment of the from clause.

    TCP-info = address-literal / ( Domain FWS address-literal )      (RFC 5321 section 4.4)
    Seen besides: ``HELO name``, ``helo=name``, ``ident@name``, ``ident@address``, ports.
    """
    words = _GLUED.sub(" [", comment).split()
    helo = rdns = peer = None
    for index, word in enumerate(words):
        key, _, value = word.partition("=")
        if key.lower() in _EHLO and value:
            helo = helo or value
        elif index and words[index - 1].strip('"').lower() in _EHLO:
            helo = helo or word.strip('"')
        elif (found := address(word.rpartition("@")[2])) or (index == 1 and word.startswith("[")):
            peer = peer or found
            if index == 1 and rdns is None:
                rdns = _verified(words[0])
    if peer is None and len(words) == 1 and "=" not in comment:
        rdns = hostname(comment.rpartition("@")[2])
    return helo, rdns, peer


def _verified(word: str) -> str | None:
    """The name a server found for its peer, from ``name``, ``name.`` or ``ident@name``; ``None`` for ``unknown``."""
    name = word.rpartition("@")[2].rstrip(".,")
    unnamed = not name or name.lower() in _NO_NAME or name.strip('"').lower() in _EHLO or "=" in name
    return None if unnamed or address(name) else name


def _placed(defect: Defect, line: int, offset: int) -> Defect:
    """A defect of the date, with its place in the whole field."""
    return Defect(
        code=defect.code,
        message=defect.message,
        line=line,
        start=None if defect.start is None else defect.start + offset,
        end=None if defect.end is None else defect.end + offset,
    )
