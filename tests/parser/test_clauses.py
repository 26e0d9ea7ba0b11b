"""Parts: every character of a field has one role, and the stamp holds the parts."""

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hopscope.model import HeaderField
from hopscope.parser import stamp
from hopscope.parser.clauses import DATE, Part, Role, split, text_of
from hopscope.parser.grammar import address

CORPUS = Path(__file__).parent.parent / "corpus" / "received.json"
FIELDS: list[str] = [row["field"] for row in json.loads(CORPUS.read_text(encoding="utf-8"))]

K, V, C, U, A, D, S = Role
PIECES = ["from ", "by ", "via ", "with ", "id ", "for ", "tls ", "a.example", "b ", "[192.0.2.1]", "<a@b>", ",<c@d>"]
PIECES += ["[", "]", "(", ")", "(x)", "((y) z)", "(HELO x)", ";", "; ", ",", ", ", '"a by b"', '"', "\\", "\t", "\r\n "]
PIECES += ["1 Jul 2012 1:52 Z", "over TLS secured channel", "with STARTTLS", "auth=yes user=u", "Version 15.20"]
BODIES = st.text() | st.lists(st.sampled_from(PIECES)).map("".join) | st.lists(st.sampled_from(PIECES)).map(" ".join)


def roles(body: str) -> list[tuple[Role, str]]:
    return [(part.role, body[part.start : part.end]) for part in split(body)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(
            "from a (b) by c; 1 Jul 2012 1:52 Z",
            [(K, "from"), (V, "a"), (C, "(b)"), (K, "by"), (V, "c"), (S, ";")]
            + [(D, word) for word in ("1", "Jul", "2012", "1:52", "Z")],
            id="clauses, comment and date",
        ),
        pytest.param("x y by c z", [(A, "x y"), (K, "by"), (V, "c"), (V, "z")], id="text before the first keyword"),
        pytest.param("by c.example x (y) z", [(K, "by"), (V, "c.example"), (A, "x"), (C, "(y)"), (A, "z")], id="text"),
        pytest.param("by c (x y", [(K, "by"), (V, "c"), (U, "("), (U, "x"), (U, "y")], id="unclosed comment"),
        pytest.param("by c ) ,", [(K, "by"), (V, "c"), (S, ")"), (S, ",")], id="bracket and comma"),
        pytest.param("by c, id d", [(K, "by"), (V, "c"), (S, ","), (K, "id"), (V, "d")], id="comma behind a word"),
        pytest.param("for <a@b>,<c@d>", [(K, "for"), (V, "<a@b>"), (S, ","), (A, "<c@d>")], id="two mailboxes"),
        pytest.param('for <"a>b"@c>', [(K, "for"), (V, '<"a>b"@c>')], id="bracket in a quoted string"),
        pytest.param('for "a,b"@c,d@e', [(K, "for"), (V, '"a,b"@c'), (S, ","), (A, "d@e")], id="comma in one"),
        pytest.param("for ,a", [(K, "for"), (V, ",a")], id="no mailbox"),
        pytest.param("with a with b", [(K, "with"), (V, "a"), (A, "with b")], id="keyword said twice"),
        pytest.param("with a with STARTTLS", [(K, "with"), (V, "a"), (V, "with STARTTLS")], id="phrase"),
        pytest.param(
            "with a (b with c", [(K, "with"), (V, "a"), *[(U, word) for word in ("(", "b", "with", "c")]], id="in"
        ),
        pytest.param("a; b", [(A, "a"), (S, ";"), (D, "b")], id="what follows the last semicolon is the date"),
    ],
)
def test_roles(body: str, expected: list[tuple[Role, str]]) -> None:
    assert roles(body) == expected


@given(BODIES)
@example("by b; x (y")
@example("for \\")
def test_every_character_except_white_space_has_one_role(body: str) -> None:
    parts = split(body)
    ends = [0, *(part.end for part in parts)]
    starts = [*(part.start for part in parts), len(body)]
    assert all(part.start < part.end for part in parts)
    assert all(end <= start for end, start in zip(ends, starts, strict=True))
    between = "".join(body[end:start] for end, start in zip(ends, starts, strict=True))
    assert between.strip(" \t\r\n") == ""


def words(body: str, parts: Iterable[Part]) -> str | None:
    """The words of parts, as a stamp has them."""
    return " ".join(body[part.start : part.end] for part in parts) or None


@given(BODIES | st.sampled_from(FIELDS))
def test_the_stamp_holds_all_parts(body: str) -> None:
    read = stamp.by_lexer(HeaderField(name="Received", body=body, line=1))
    parts = split(body)
    values = {
        clause: words(body, (part for part in parts if (part.role, part.clause) == (Role.VALUE, clause)))
        for clause in ("via", "with", "id")
    }
    assert values == {"via": read.via, "with": read.with_, "id": read.id}
    assert read.additional == tuple(text_of(body, part) for part in parts if part.role is Role.ADDITIONAL)
    told = [*read.comments]
    for domain in (read.from_domain, read.by_domain):
        told += domain.comments if domain else ()
    comments = [text_of(body, part)[1:-1].strip() for part in parts if part.role is Role.COMMENT]
    unclosed = [body[part.start : part.end] for part in parts if part.role is Role.UNCLOSED]
    assert set(comments) <= set(told)
    assert all(word in " ".join(told) for word in unclosed if word != "(")
    dated = [part for part in parts if part.clause == DATE and part.role is not Role.SEPARATOR]
    text = body[dated[0].start : dated[-1].end].strip() if dated else None
    assert (read.date_time.text if read.date_time else None) == text


@given(BODIES | st.sampled_from(FIELDS))
@example('FROM"[]')
def test_names_are_kept_word_by_word(body: str) -> None:
    """Except an address literal without an address, whose position is in a defect."""
    read = stamp.by_lexer(HeaderField(name="Received", body=body, line=1))
    unreadable = {(each.start, each.end) for each in read.defects if each.code == "literal-unreadable"}
    for clause, domain in (("from", read.from_domain), ("by", read.by_domain)):
        for part in split(body):
            if (part.role, part.clause) == (Role.VALUE, clause):
                word = body[part.start : part.end]
                assert domain is not None
                told = word in (domain.domain or "") or (part.start, part.end) in unreadable
                assert address(word) or told


@given(BODIES)
def test_adjacent_words_are_one_additional_text(body: str) -> None:
    parts = split(body)
    for one, two in pairwise(parts):
        assert not one.role is two.role is Role.ADDITIONAL
