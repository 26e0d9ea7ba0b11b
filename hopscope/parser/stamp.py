"""Parts -> Stamp: the contents of the clauses of one Received field (RFC 5321 section 4.4).

=======================  ========================================================================
Defect                   Meaning
=======================  ========================================================================
date-missing             the field has no date
date-separator-missing   there is no ";" before the date
stamp-unreadable         no clause of RFC 5321 and no comment outside clauses
additional-text          text outside comments that belongs to no clause; it is kept
literal-unreadable       the text in brackets after the name in the from or by clause is not an IP address
limit-defects            there are more defects than ``MAX_DEFECTS``; gives their number
=======================  ========================================================================

The defects of the date are those of :mod:`hopscope.parser.dates`. In a dump, the usual fields are parsed by
:mod:`hopscope.parser.usual_stamp` into the same record.
"""

from collections.abc import Iterator
from itertools import chain

from msgspec.structs import replace

from hopscope.model import Auth, DateTime, Defect, HeaderField, Stamp
from hopscope.parser import auth, clauses, dates, peer, tls
from hopscope.parser.clauses import ADDITIONAL, COMMENT, DATE, KEYWORD, NONE, SEPARATOR, UNCLOSED, VALUE, Part
from hopscope.parser.domains import Clause, authenticated_user, by_domain, from_comment, from_domain, is_literal
from hopscope.parser.fields import capped, quoted
from hopscope.parser.grammar import address

__all__ = ["by_lexer"]


def by_lexer(field: HeaderField) -> Stamp:
    """The stamp of any field, parsed word by word."""
    parts = clauses.split(field.body)
    by_keyword, additional = _clauses(field.body, parts)
    date_time, defects = _date(field, parts)
    if by_keyword.keys() <= {NONE, DATE} and not by_keyword[NONE].comments:
        defects.append(
            Defect(code="stamp-unreadable", message="no RFC 5321 clause in this Received field", line=field.line)
        )
    for part, text in additional:
        defects.append(_additional(field, text, part.start, part.end))
    defects += _literals(field, parts)
    return _build(field, by_keyword, date_time, tuple(text for _, text in additional), capped(defects, field.line))


def _additional(field: HeaderField, text: str, start: int, end: int) -> Defect:
    """The defect for text that belongs to no clause."""
    message = f"text outside the RFC 5321 clauses: {quoted(text)}"
    return Defect(code="additional-text", message=message, line=field.line, start=start, end=end)


def _clauses(body: str, parts: list[Part]) -> tuple[dict[str, Clause], list[tuple[Part, str]]]:
    """The clauses of the field by keyword, and its additional text."""
    by_keyword = {NONE: Clause()}
    additional: list[tuple[Part, str]] = []
    for part in parts:
        role, clause, start, end = part
        if role is KEYWORD or clause not in by_keyword:
            by_keyword[clause] = Clause()
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
    """The date and its defects."""
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
    """A defect for each literal after a name in the from or by clause that is not an IP address."""
    named: set[str] = set()
    for role, clause, start, end in parts:
        if role is VALUE and clause in _DOMAINS:
            text = field.body[start:end]
            if clause in named and is_literal(text) and not address(text):
                message = f"not an IP address: {quoted(text)}"
                yield Defect(code="literal-unreadable", message=message, line=field.line, start=start, end=end)
            named.add(clause)


_DOMAINS = frozenset({"from", "by"})


def _in_field(defect: Defect, line: int, offset: int) -> Defect:
    """A defect of the date with its offsets relative to the field body."""
    start, end = (None if position is None else position + offset for position in (defect.start, defect.end))
    return replace(defect, line=line, start=start, end=end)


def _build(
    field: HeaderField,
    by_keyword: dict[str, Clause],
    date_time: DateTime | None,
    additional: tuple[str, ...],
    defects: tuple[Defect, ...],
) -> Stamp:
    from_, by = by_keyword.pop("from", None) or from_comment(by_keyword[NONE].comments), by_keyword.pop("by", None)
    via, with_, id_, for_, cipher = (by_keyword[key].text if key in by_keyword else None for key in _TEXTS)
    cipher = _without_group(by_keyword["tls"].words) if cipher else None
    comments = tuple(chain.from_iterable(clause.comments for clause in by_keyword.values()))
    all_comments = tuple(chain(comments, *(clause.comments for clause in (by, from_) if clause)))
    phrases = by_keyword[NONE].words
    helo = next(filter(None, map(peer.claimed, phrases)), None)
    user = authenticated_user(by.text) if by else None
    auths = (*auth.of_comments(all_comments), *auth.of_phrases(phrases), *([Auth(user=user)] if user else ()))
    from_server = from_domain(from_, helo) if from_ else None
    return Stamp(
        field=field,
        from_domain=from_server,
        by_domain=by_domain(by, with_) if by else None,
        via=via,
        with_=with_,
        id=id_,
        for_=for_.strip("<>") or None if for_ else None,
        tls=tls.parse((*all_comments, with_ or "", *phrases), cipher),
        auth=auth.with_ident(auth.combined(auths, with_), from_server, with_),
        additional=additional,
        comments=comments,
        date_time=date_time,
        defects=defects,
    )


def _without_group(words: list[str]) -> str:
    """The cipher of a tls clause, without a Diffie-Hellman group: ``group ffdhe2048`` (RFC 8314 section 4.3)."""
    return words[0] if len(words) > 1 and words[1].lower() == "group" else " ".join(words)


_TEXTS = ("via", "with", "id", "for", "tls")
"""The clauses that consist only of their words."""
