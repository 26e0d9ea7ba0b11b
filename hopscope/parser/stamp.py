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

The defects of the date are those of :mod:`hopscope.parser.dates`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count

from msgspec.structs import replace

from hopscope.model import DateTime, Defect, ExtendedDomain, HeaderField, Stamp, TcpInfo
from hopscope.parser import auth, clauses, dates, peer, tls, usual
from hopscope.parser.clauses import ADDITIONAL, COMMENT, DATE, KEYWORD, NONE, SEPARATOR, UNCLOSED, VALUE, Part
from hopscope.parser.fields import capped, quoted
from hopscope.parser.grammar import address, endpoint
from hopscope.parser.usual import Group

__all__ = ["by_domain", "by_lexer", "by_pattern", "from_domain", "parse"]


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
        unclosed = " ".join(word for word in self.unclosed if word != "(")
        return (*self.closed, unclosed) if unclosed else tuple(self.closed)


def parse(field: HeaderField) -> Stamp:
    """Take a Received field apart. Never raises; what cannot be read becomes a Defect."""
    if next(_parsed) < _WORTH_A_PATTERN:
        return by_lexer(field)
    return by_pattern(field) or by_lexer(field)


_parsed = count()
_WORTH_A_PATTERN = 40
"""So many stamps are read by the lexer before the pattern for usual ones pays for being compiled."""


def by_pattern(field: HeaderField) -> Stamp | None:
    """The stamp of a usual field (:mod:`hopscope.parser.usual`); ``None`` where the lexer has to read it."""
    match = usual.match(field.body)
    if match is None:
        return None
    date_time = dates.parse(match.group(Group.DATE) or "")
    literals = filter(None, (match.group(Group.FROM_LITERAL), match.group(Group.BY_LITERAL)))
    vias = match.group(Group.VIA), match.group(Group.VIA_BEHIND)
    if date_time.defects or all(vias) or not all(map(address, literals)):
        return None
    found = {NONE: _Clause(_phrases(match), usual.comments(match, Group.COMMENTS))}
    for clause, texts, comments in _CLAUSES:
        if match.start(comments) >= 0:
            told = [text for group in texts if (text := usual.words(match, group))]
            found[clause] = _Clause(told, usual.comments(match, comments))
    found[NONE].closed += usual.comments(match, Group.STARTTLS_COMMENTS)
    remark = usual.words(match, Group.REMARK)
    defects = (_additional(field, remark, match.start(Group.REMARK), match.end(Group.REMARK)),) if remark else ()
    return _build(field, found, date_time, (remark,) if remark else (), defects)


_CLAUSES = (
    ("from", (Group.FROM, Group.FROM_LITERAL), Group.FROM_COMMENTS),
    ("by", (Group.BY, Group.BY_LITERAL), Group.BY_COMMENTS),
    ("via", (Group.VIA,), Group.VIA_COMMENTS),
    ("with", (Group.WITH,), Group.WITH_COMMENTS),
    ("tls", (Group.TLS,), Group.TLS_COMMENTS),
    ("id", (Group.ID,), Group.ID_COMMENTS),
    ("via", (Group.VIA_BEHIND,), Group.VIA_BEHIND_COMMENTS),
    ("for", (Group.FOR,), Group.FOR_COMMENTS),
    (DATE, (), Group.DATE_COMMENTS),
)
"""Keyword, words and comments of each clause, in the order of the pattern."""


def _phrases(match: usual.Match) -> list[str]:
    """What a usual stamp says outside clauses and comments."""
    return [text for group in (Group.OVER_TLS, Group.STARTTLS) if (text := usual.words(match, group))]


def by_lexer(field: HeaderField) -> Stamp:
    """The stamp of any field, read word by word."""
    parts = clauses.split(field.body)
    found, additional = _collected(field.body, parts)
    date_time, defects = _date(field, parts)
    if found.keys() <= {NONE, DATE} and not found[NONE].comments:
        defects.append(Defect(code="stamp-unreadable", message="no clause of RFC 5321 in this field", line=field.line))
    for part, text in additional:
        defects.append(_additional(field, text, part.start, part.end))
    defects += _literals(field, parts)
    return _build(field, found, date_time, tuple(text for _, text in additional), capped(defects, field.line))


def _additional(field: HeaderField, text: str, start: int, end: int) -> Defect:
    """The defect of text that no clause understands."""
    message = f"text that belongs to no clause: {quoted(text)}"
    return Defect(code="additional-text", message=message, line=field.line, start=start, end=end)


def _collected(body: str, parts: list[Part]) -> tuple[dict[str, _Clause], list[tuple[Part, str]]]:
    """What the field holds, by keyword, and its additional text."""
    found = {NONE: _Clause()}
    additional: list[tuple[Part, str]] = []
    for part in parts:
        role, clause, start, end = part
        if role is KEYWORD or clause not in found:
            found[clause] = _Clause()
        if role is VALUE:
            found[clause].words.append(body[start:end] if clause else clauses.text_of(body, part))
        elif role is COMMENT:
            found[clause].name = found[clause].name or len(found[clause].words)
            found[clause].closed.append(clauses.text_of(body, part)[1:-1].strip())
        elif role is UNCLOSED:
            found[clause].unclosed.append(body[start:end])
        elif role is ADDITIONAL:
            additional.append((part, clauses.text_of(body, part)))
    return found, additional


def _date(field: HeaderField, parts: list[Part]) -> tuple[DateTime | None, list[Defect]]:
    """The date, and what is wrong with it."""
    dated = [part for part in parts if part.clause == DATE]
    inner = [part for part in dated if part.role is not SEPARATOR]
    if not inner:
        return None, [Defect(code="date-missing", message="no date in this Received field", line=field.line)]
    start, end = inner[0].start, inner[-1].end
    date_time = dates.parse(field.body[start:end])
    defects = [_placed(defect, field.line, start) for defect in date_time.defects]
    if inner[0] is dated[0]:
        message = 'no ";" before the date'
        missing = Defect(code="date-separator-missing", message=message, line=field.line, start=start, end=end)
        defects.insert(0, missing)
    return date_time, defects


def _literals(field: HeaderField, parts: list[Part]) -> Iterator[Defect]:
    """A defect for each address literal behind a name that no IP address is in."""
    named: set[str] = set()
    for role, clause, start, end in parts:
        if role is VALUE and clause in _DOMAINS:
            word = field.body[start:end]
            if clause in named and _is_literal(word) and not address(word):
                message = f"no IP address: {quoted(word)}"
                yield Defect(code="literal-unreadable", message=message, line=field.line, start=start, end=end)
            named.add(clause)


_DOMAINS = frozenset({"from", "by"})


def _is_literal(word: str) -> bool:
    """Whether a word has the brackets of an address literal (RFC 5321 section 4.1.3)."""
    return word.startswith("[") and word.endswith("]")


def _placed(defect: Defect, line: int, offset: int) -> Defect:
    """A defect of the date, with its place in the whole field."""
    start, end = (None if place is None else place + offset for place in (defect.start, defect.end))
    return replace(defect, line=line, start=start, end=end)


def _build(
    field: HeaderField,
    found: dict[str, _Clause],
    date_time: DateTime | None,
    additional: tuple[str, ...],
    defects: tuple[Defect, ...],
) -> Stamp:
    from_, by = found.pop("from", None), found.pop("by", None)
    via, with_, id_, for_, cipher = (found[key].text if key in found else None for key in _TEXTS)
    comments = tuple(chain.from_iterable(clause.comments for clause in found.values()))
    told = tuple(chain(comments, *(clause.comments for clause in (by, from_) if clause)))
    phrases = found[NONE].words
    return Stamp(
        field=field,
        from_domain=_from_domain(from_) if from_ else None,
        by_domain=_by_domain(by) if by else None,
        via=via,
        with_=with_,
        id=id_,
        for_=for_.strip("<>") or None if for_ else None,
        tls=tls.parse((*told, with_ or "", *phrases), cipher),
        auth=auth.parse(told, phrases, with_),
        additional=additional,
        comments=comments,
        date_time=date_time,
        defects=defects,
    )


_TEXTS = ("via", "with", "id", "for", "tls")
"""The clauses whose words are all there is to them."""


def from_domain(name: str | None, comments: Iterable[str]) -> ExtendedDomain:
    """What a from clause of one word, or none, and these comments says."""
    return _from_domain(_Clause((name,) if name else (), comments))


def by_domain(name: str | None, comments: Iterable[str]) -> ExtendedDomain:
    """What a by clause of one name and these comments says."""
    return _by_domain(_Clause((name,) if name else (), comments))


def _from_domain(clause: _Clause) -> ExtendedDomain:
    """Extended-Domain = Domain / ( Domain FWS "(" TCP-info ")" ) / ( address-literal FWS "(" TCP-info ")" )"""  # noqa: D415 - a production
    seen = peer.read(clause.comments)
    place = seen.endpoint or next(filter(None, map(endpoint, reversed(clause.words))), None)
    if place and not seen.endpoint and clause.name < len(clause.words) and clause.name:
        # Exim's $sender_fullhost: verified.example (claimed.example) [192.0.2.1]
        seen = seen._replace(helo=seen.helo or seen.name, name=None)
    return ExtendedDomain(
        domain=_name(clause),
        helo=seen.helo,
        ident=seen.ident,
        tcp_info=TcpInfo(
            domain=seen.name,
            address=place.address if place else None,
            port=(place.port if place else None) or seen.port,
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
    """The server's own address, which a comment of its by clause tells, or else a word."""
    told = next(filter(None, map(_own_address, comments)), None)
    return told or next(filter(None, map(address, reversed(words))), None)


def _name(clause: _Clause) -> str | None:
    """The words of a name, without the address literal behind it: ``mail.example [192.0.2.1]:25``."""
    behind = (word for word in clause.words[1:] if not address(word) and not _is_literal(word))
    return " ".join((*clause.words[:1], *behind)) or None


def _own_address(comment: str) -> str | None:
    """The server's own address in a comment of the by clause; not a Sendmail version such as (8.9.3.1)."""
    if comment.startswith("8."):
        return None
    bracketed = (word for word in comment.split(" ") if "[" in word)
    return address(comment) or next(filter(None, map(address, bracketed)), None)
