"""Tokens -> Stamp: the clauses of one Received field.

    Time-stamp-line = "Received:" FWS Stamp <CRLF>
    Stamp           = From-domain By-domain Opt-info [CFWS] ";" FWS date-time      (RFC 5321 section 4.4)

Read with tolerance: the clauses may come in any order and any may be missing; a keyword counts only at
comment depth 0 and outside quoted strings; a keyword seen before opens no second clause (Exchange Online
prints "with MailboxResubmission by AntispamTT"); a comment that is never closed ends where the next clause
begins; the date is what follows the last ";" at depth 0, and is still found where the ";" is missing. What
belongs to no clause is kept as additional text.
"""

import re
from collections.abc import Iterator
from itertools import chain

from msgspec.structs import replace

from hopscope.model import DateTime, Defect, ExtendedDomain, HeaderField, Stamp, TcpInfo
from hopscope.parser import dates, tls
from hopscope.parser.grammar import CLAUSES, address, date_starts, hostname
from hopscope.parser.lexer import CLOSE, OPEN, SEMICOLON, SPACE, Kind, Token, tokenize

__all__ = ["parse"]

# What servers print in the place of a name they could not find out.
_NO_NAME = frozenset({"unknown", "unknownhost", "unverified", "untrusted", "none", "no-reverse-dns", "softdnserr"})
_EHLO = frozenset({"helo", "ehlo", "lhlo"})
_BLANK = " \t\r\n;"
_FOLD = re.compile(r"[ \t\r\n]++")
_GLUED = re.compile(r"(?<=[\w.])\[")
"""A name and the address behind it, without the space: (mail.example[192.0.2.1])."""
_QUOTED_IDENT = re.compile(r'"[^"]*+"@')
"""A user name of RFC 1413 that is no atom: ("port 34611"@mail.example [192.0.2.1])."""
_BRACKETS = frozenset("()[]")
"""Words that are left where brackets are not in pairs, or stand around comments: [(192.0.2.1)]."""
_DATE = ";"
"""Stands for the keyword of what follows the last semicolon."""


class _Clause:
    """What follows a keyword: words at comment depth 0, and comments."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.closed: list[str] = []
        self.unclosed: list[str] | None = None
        """Words of a comment that is never closed; it ends where the next clause begins."""

    def add(self, word: str) -> None:
        """Take the next word."""
        if word in _BRACKETS:
            if word == "(" and self.unclosed is None:
                self.unclosed = []
        elif self.unclosed is None:
            self.words.append(word)
        else:
            self.unclosed.append(word)

    @property
    def comments(self) -> tuple[str, ...]:
        """Its comments, without parentheses; folds are single spaces."""
        return (*self.closed, " ".join(self.unclosed)) if self.unclosed else tuple(self.closed)


def parse(field: HeaderField) -> Stamp:
    """Take a Received field apart. Never raises; what cannot be read becomes a Defect."""
    tokens = tokenize(field.body)
    stop, start, defects = _find_date(field, tokens)
    date_time = None
    if start is not None:
        date_time = dates.parse(field.body[start:].rstrip(_BLANK))
        defects += [_placed(defect, field.line, start) for defect in date_time.defects]
    return _build(field, _clauses(field.body, tokens, stop), date_time, defects)


def _find_date(field: HeaderField, tokens: list[Token]) -> tuple[int, int | None, list[Defect]]:
    """Where the clauses stop, where the date starts, and what is wrong there."""
    body = field.body
    end = len(body.rstrip(_BLANK))
    for token in reversed(tokens):
        if token.kind is SEMICOLON and token.start < end:
            return token.start, token.start + 1, []
    outside = {token.start for token in tokens if not token.depth}
    starts = [start for start in date_starts(body) if start in outside]
    if not starts:
        return len(body), None, [Defect(code="date-missing", message="no date in this Received field", line=field.line)]
    start, message = starts[-1], 'no ";" before the date'
    defect = Defect(code="date-separator-missing", message=message, line=field.line, start=start, end=end)
    return start, start, [defect]


def _clauses(body: str, tokens: list[Token], stop: int) -> dict[str, _Clause]:
    """What the field holds, by keyword; what follows no keyword, or a ";", is under the empty name."""
    clauses = {"": _Clause()}
    current = clauses[""]
    for kind, text, start in _pieces(body, tokens):
        keyword = text.lower()
        if start == stop:
            current = clauses[_DATE] = _Clause()
        elif kind is SEMICOLON:
            current = clauses[""]
        elif kind is CLOSE:
            current.closed.append(text)
        elif keyword in CLAUSES and _opens_clause(keyword, clauses, current):
            current = clauses[keyword] = _Clause()
        else:
            if clauses.get(keyword) is current:  # said twice: a remark
                current = clauses[""]
            current.add(text)
    return clauses


def _opens_clause(keyword: str, clauses: dict[str, _Clause], current: _Clause) -> bool:
    """Whether a keyword opens its clause: it does so once, and "tls" only behind the with clause."""
    return keyword not in clauses and (keyword != "tls" or ("with" in clauses and current.unclosed is None))


def _pieces(body: str, tokens: list[Token]) -> Iterator[tuple[Kind, str, int]]:
    """Words and semicolons at comment depth 0 with their offsets, and whole comments, each as its closing token."""
    opened = 0
    for kind, text, start, depth in tokens:
        if depth == 0:
            if kind is not SPACE:
                yield kind, text, start
        elif depth == 1 and kind is OPEN:
            opened = start + 1
        elif depth == 1 and kind is CLOSE:
            yield kind, _FOLD.sub(" ", body[opened:start]).strip(), start


def _build(field: HeaderField, clauses: dict[str, _Clause], date_time: DateTime | None, defects: list[Defect]) -> Stamp:
    if clauses.keys() <= {"", _DATE} and not clauses[""].comments:
        defects.append(Defect(code="stamp-unreadable", message="no clause of RFC 5321 in this field", line=field.line))
    from_, by = clauses.pop("from", None), clauses.pop("by", None)
    comments = tuple(chain.from_iterable(clause.comments for clause in clauses.values()))
    words = {keyword: clause.words for keyword, clause in clauses.items()}
    id_, id_rest = _head(words.get("id", []), 2 if words.get("id", [])[:1] == ["Version"] else 1)
    for_, for_rest = _head(words.get("for", []), 1)
    by_domain, by_rest = _by_domain(by) if by else (None, [])
    additional = (*words[""], *by_rest, *for_rest, *id_rest)
    with_ = " ".join(words.get("with", [])) or None
    told = chain(comments, *(clause.comments for clause in (by, from_) if clause), (with_ or "", " ".join(additional)))
    return Stamp(
        field=field,
        from_domain=_from_domain(from_) if from_ else None,
        by_domain=by_domain,
        via=" ".join(words.get("via", [])) or None,
        with_=with_,
        id=id_,
        for_=_mailbox(for_) if for_ else None,
        tls=tls.parse(told, " ".join(words.get("tls", [])) or None),
        additional=additional,
        comments=comments,
        date_time=date_time,
        defects=tuple(defects),
    )


def _head(words: list[str], size: int) -> tuple[str | None, list[str]]:
    """The first words as one text, and the words behind them."""
    return " ".join(words[:size]) or None, words[size:]


def _mailbox(word: str) -> str | None:
    """``Path / Mailbox``: the first one, without the angle brackets of a path."""
    first = word.partition(">")[0] if word.startswith("<") else word.rstrip(">").partition(",")[0]
    return first.strip("<") or None


def _from_domain(clause: _Clause) -> ExtendedDomain:
    """Extended-Domain = Domain / ( Domain FWS "(" TCP-info ")" ) / ( address-literal FWS "(" TCP-info ")" )"""  # noqa: D415 - a production
    name, literal = _name(clause)
    helo = rdns = peer = None
    for comment in clause.comments:
        one = _tcp_info(comment)
        helo, rdns, peer = helo or one[0], rdns or one[1], peer or one[2]
    return ExtendedDomain(
        domain=" ".join(name) or None,
        helo=helo,
        tcp_info=TcpInfo(domain=rdns, address=peer or literal),
        comments=clause.comments,
    )


def _by_domain(clause: _Clause) -> tuple[ExtendedDomain, list[str]]:
    """The server's own Extended-Domain, and the words behind it: a host name is one word, other names may have more."""
    name, literal = _name(clause)
    is_host = bool(name) and ("." in name[0] or ":" in name[0] or name[0].lower() == "localhost")
    domain, rest = _head(name, 1 if is_host else len(name))
    own = next(filter(None, map(_own_address, clause.comments)), literal)
    return ExtendedDomain(domain=domain, tcp_info=TcpInfo(address=own), comments=clause.comments), rest


def _name(clause: _Clause) -> tuple[list[str], str | None]:
    """The words of a name, and the address literal behind it or in its place: ``mail.example [192.0.2.1]:25``."""
    name = clause.words[:1] + [word for word in clause.words[1:] if not address(word)]
    return name, next(filter(None, map(address, reversed(clause.words))), None)


def _own_address(comment: str) -> str | None:
    """The server's own address in a comment of the by clause; not a Sendmail version such as (8.9.3.1)."""
    if comment.startswith("8."):
        return None
    bracketed = (word for word in comment.split(" ") if "[" in word)
    return address(comment) or next(filter(None, map(address, bracketed)), None)


def _tcp_info(comment: str) -> tuple[str | None, str | None, str | None]:
    """EHLO argument, verified name and address in a comment of the from clause.

    TCP-info = address-literal / ( Domain FWS address-literal )      (RFC 5321 section 4.4)
    Seen besides: ``HELO name``, ``helo=name``, ``ident@name``, ``ident@address``, ports.
    """
    words = _GLUED.sub(" [", _QUOTED_IDENT.sub("", comment)).split(" ")
    helo = rdns = peer = None
    for index, word in enumerate(words):
        key, _, value = word.partition("=")
        if key.lower() in _EHLO and value:
            helo = helo or value
        elif index and words[index - 1].strip('"').lower() in _EHLO:
            helo = helo or word.strip('"')
        elif (found := address(word.rpartition("@")[2])) or (index == 1 and word.startswith("[")):
            peer = peer or found
            if index == 1:
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
    start, end = (None if place is None else place + offset for place in (defect.start, defect.end))
    return replace(defect, line=line, start=start, end=end)
