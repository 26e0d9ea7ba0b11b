"""Stamps: the corpus of real fields, and the rules of parsing a field."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.model import ExtendedDomain, HeaderField, Stamp, TcpInfo, Tls
from hopscope.parser import stamp
from hopscope.parser.fields import MAX_DEFECTS

CORPUS = Path(__file__).parent.parent / "corpus" / "received.json"
ROWS: list[dict[str, Any]] = json.loads(CORPUS.read_text(encoding="utf-8"))
DATE = "; Tue, 31 Jul 2012 21:52:42 +1000"


def parse(body: str, line: int = 1) -> Stamp:
    return stamp.by_lexer(HeaderField(name="Received", body=body, line=line))


def codes(body: str) -> list[str]:
    return [defect.code for defect in parse(body).defects]


def answers(read: Stamp) -> dict[str, Any]:
    """The facts of a stamp under the keys of the corpus."""
    from_, by = read.from_domain or ExtendedDomain(), read.by_domain or ExtendedDomain()
    date = read.date_time.value if read.date_time else None
    return {
        "from": from_.domain,
        "helo": from_.helo,
        "ident": from_.ident,
        "rdns": from_.tcp_info.domain,
        "from_address": from_.tcp_info.address,
        "from_port": from_.tcp_info.port,
        "by": by.domain,
        "by_address": by.tcp_info.address,
        "via": read.via,
        "with": read.with_,
        "id": read.id,
        "for": read.for_,
        "tls": {"version": read.tls.version, "cipher": read.tls.cipher, "bits": read.tls.bits} if read.tls else None,
        "auth": {"user": read.auth.user, "mechanism": read.auth.mechanism} if read.auth else None,
        "date": date.isoformat() if date else None,
    }


def cases() -> list[Any]:
    """One case per row; a row with ``open`` must fail, until its gap is closed."""
    return [
        pytest.param(
            row["field"],
            row["expected"],
            id=f"{row['dialect']}-{number}",
            marks=[pytest.mark.xfail(reason=row["open"], strict=True)] if "open" in row else [],
        )
        for number, row in enumerate(ROWS)
    ]


@pytest.mark.parametrize(("field", "expected"), cases())
def test_real_fields(field: str, expected: dict[str, Any]) -> None:
    assert answers(parse(field)) == expected


def test_every_row_of_the_corpus_has_all_answers() -> None:
    assert len(ROWS) >= 440
    assert {tuple(row["expected"]) for row in ROWS} == {tuple(answers(parse("")))}


@pytest.mark.parametrize("fold", ["\t", "  ", " \t ", "\r\n "])
def test_folding_does_not_change_the_result(fold: str) -> None:
    for row in ROWS:
        unfolded = parse(row["field"])
        folded = parse(row["field"].replace(" ", fold))
        assert (answers(folded), folded.comments) == (answers(unfolded), unfolded.comments)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("by b.example from a.example", {"from": "a.example", "by": "b.example"}, id="any order"),
        pytest.param("FROM a.example By b.example", {"from": "a.example", "by": "b.example"}, id="any case"),
        pytest.param("from a(192.0.2.1)by b", {"from": "a", "by": "b", "from_address": "192.0.2.1"}, id="no spaces"),
        pytest.param("from a (by x) by b", {"from": "a", "by": "b"}, id="keyword in a comment"),
        pytest.param('from "a by x" by b', {"from": '"a by x"', "by": "b"}, id="keyword in a quoted string"),
        pytest.param("with A by B by C", {"with": "A", "by": "B"}, id="second by"),
        pytest.param("by a with B by C id 1", {"by": "a", "with": "B by C", "id": "1"}, id="by within with"),
        pytest.param("by b.example tls X", {"by": "b.example"}, id="tls before with is no clause"),
        pytest.param("by b for <a@b>,<c@d>", {"by": "b", "for": "a@b"}, id="first of two mailboxes"),
        pytest.param("by b for a@b,c@d", {"by": "b", "for": "a@b"}, id="first of two bare mailboxes"),
        pytest.param("by b for a@b>", {"by": "b", "for": "a@b"}, id="half a pair of brackets"),
        pytest.param('by b for <"a b"@c>', {"by": "b", "for": '"a b"@c'}, id="quoted local part"),
        pytest.param("by b for <>", {"by": "b"}, id="empty mailbox"),
        pytest.param("by b for", {"by": "b"}, id="clause without words"),
        pytest.param("from by b", {"by": "b"}, id="from without a name"),
        pytest.param(
            "by b with TransportReplication id Version 15.20 (Build 1.2)",
            {"by": "b", "with": "TransportReplication", "id": "Version 15.20"},
            id="id of two words",
        ),
        pytest.param("by b id 1 (x) 15.20", {"by": "b", "id": "1"}, id="number behind the comment of an id"),
        pytest.param("by b.example, id 1", {"by": "b.example", "id": "1"}, id="comma behind a name"),
        pytest.param("from a by b.example:25", {"from": "a", "by": "b.example:25"}, id="name with a port"),
        pytest.param(
            "by localhost [127.0.0.1] with x",
            {"by": "localhost", "by_address": "127.0.0.1", "with": "x"},
            id="address behind the name",
        ),
        pytest.param("by A B [192.0.2.1]", {"by": "A B", "by_address": "192.0.2.1"}, id="address behind two words"),
        pytest.param("by b (8.9.3.1)", {"by": "b"}, id="version of Sendmail"),
        pytest.param("from a.example [256.0.2.1] by b", {"from": "a.example", "by": "b"}, id="no address in brackets"),
        pytest.param("from [256.0.2.1] by b", {"from": "[256.0.2.1]", "by": "b"}, id="no address in place of a name"),
    ],
)
def test_clauses(body: str, expected: dict[str, Any]) -> None:
    told = {key: value for key, value in answers(parse(body)).items() if value is not None}
    assert told == expected


@pytest.mark.parametrize(
    ("comments", "helo", "rdns", "address"),
    [
        pytest.param("(h.example [192.0.2.1])", None, "h.example", "192.0.2.1", id="RFC 5321"),
        pytest.param("([192.0.2.1])", None, None, "192.0.2.1", id="address"),
        pytest.param("((192.0.2.1))", None, None, "192.0.2.1", id="two pairs of parentheses"),
        pytest.param("(h.example[192.0.2.1])", None, "h.example", "192.0.2.1", id="glued"),
        pytest.param("(h.example. [192.0.2.1])", None, "h.example", "192.0.2.1", id="final dot"),
        pytest.param("(H [192.0.2.1])", None, "H", "192.0.2.1", id="one label and an address"),
        pytest.param("(unknown [192.0.2.1])", None, None, "192.0.2.1", id="unknown"),
        pytest.param("(<unknown> [192.0.2.1])", None, None, "192.0.2.1", id="unknown, OpenSMTPD"),
        pytest.param("(UnknownHost [192.0.2.1])", None, None, "192.0.2.1", id="unknown, SmarterMail"),
        pytest.param("(192.0.2.1 [192.0.2.1])", None, None, "192.0.2.1", id="address for a name"),
        pytest.param("(h.example [999.0.2.1])", None, "h.example", None, id="no valid address"),
        pytest.param("(h.example [192.0.2.1] (may be forged))", None, "h.example", "192.0.2.1", id="nested remark"),
        pytest.param("(u@h.example [192.0.2.1])", None, "h.example", "192.0.2.1", id="ident"),
        pytest.param('("a b"@h.example [192.0.2.1])', None, "h.example", "192.0.2.1", id="quoted ident"),
        pytest.param("(u@192.0.2.1)", None, None, "192.0.2.1", id="ident and address"),
        pytest.param("(h.example)", None, "h.example", None, id="name alone"),
        pytest.param("(u@h.example)", None, "h.example", None, id="ident and name alone"),
        pytest.param("(h)", None, None, None, id="one label alone"),
        pytest.param("(HELO x) (192.0.2.1)", "x", None, "192.0.2.1", id="HELO and address"),
        pytest.param("(HELO x [192.0.2.1])", "x", None, "192.0.2.1", id="HELO and address in one"),
        pytest.param("(EHLO [192.0.2.9]) ([192.0.2.1])", "[192.0.2.9]", None, "192.0.2.1", id="EHLO with a literal"),
        pytest.param('([192.0.2.1]:25 "EHLO x")', "x", None, "192.0.2.1", id="EHLO in quotation marks"),
        pytest.param("([192.0.2.1] helo=x)", "x", None, "192.0.2.1", id="helo key"),
        pytest.param("(helo=x [192.0.2.1])", "x", None, "192.0.2.1", id="helo key before the address"),
        pytest.param("(port=25 [192.0.2.1])", None, None, "192.0.2.1", id="another key"),
        pytest.param("(ident=u@h.example)", None, None, None, id="another key alone"),
        pytest.param("(helo=x helo=y [192.0.2.1])", "x", None, "192.0.2.1", id="first of two helo keys"),
        pytest.param("([192.0.2.1] [192.0.2.2])", None, None, "192.0.2.1", id="first of two addresses"),
        pytest.param("(helo=)", None, None, None, id="helo key without a name"),
        pytest.param("(HELO)", None, None, None, id="HELO without a name"),
        pytest.param("(LHLO x)", "x", None, None, id="LMTP"),
        pytest.param("(h.example [192.0.2.1]) (k.example [192.0.2.2])", None, "h.example", "192.0.2.1", id="first"),
        pytest.param("(proxying for 192.0.2.1)", None, None, None, id="an address in a remark"),
        pytest.param("(HELO x 192.0.2.1)", "x", None, "192.0.2.1", id="HELO and address without brackets"),
        pytest.param("(ESMTP client v 192.0.2.1)", None, None, None, id="a version that looks like an address"),
        pytest.param("(a b u@192.0.2.1)", None, None, "192.0.2.1", id="ident and address farther behind"),
        pytest.param("(<h.example>[192.0.2.1])", None, None, "192.0.2.1", id="a name in angle brackets, glued"),
        pytest.param("()", None, None, None, id="empty"),
    ],
)
def test_observed_peer(comments: str, helo: str | None, rdns: str | None, address: str | None) -> None:
    from_domain = parse(f"from a.example {comments} by b.example{DATE}").from_domain
    assert from_domain is not None
    assert (from_domain.domain, from_domain.helo) == ("a.example", helo)
    assert (from_domain.tcp_info.domain, from_domain.tcp_info.address) == (rdns, address)


@pytest.mark.parametrize(
    ("from_", "ident", "port"),
    [
        pytest.param("a.example (h.example [192.0.2.1])", None, None, id="neither"),
        pytest.param("a.example (u@h.example [192.0.2.1])", "u", None, id="ident, Sendmail"),
        pytest.param("a.example (IDENT:u@h.example [192.0.2.1])", "u", None, id="ident with a mark, Sendmail"),
        pytest.param('a.example ("a b"@h.example [192.0.2.1])', "a b", None, id="quoted ident"),
        pytest.param("a.example (u@[192.0.2.1])", "u", None, id="ident before a literal"),
        pytest.param("a.example (u@192.0.2.1)", "u", None, id="ident before an address, qmail"),
        pytest.param("a.example (u@localhost)", "u", None, id="ident before a name alone"),
        pytest.param("a.example ([192.0.2.1] ident=u)", "u", None, id="ident, Exim"),
        pytest.param("[192.0.2.1] (helo=x ident=[W9Vc/O])", "[W9Vc/O]", None, id="encrypted ident, Exim"),
        pytest.param("a.example ([192.0.2.1] ident=)", None, None, id="ident without a name"),
        pytest.param("a.example (mailfrom:u@h.example)", None, None, id="another key and a mailbox"),
        pytest.param("a.example (<u@h.example>)", None, None, id="mailbox"),
        pytest.param("a.example ([192.0.2.1]:25)", None, 25, id="port"),
        pytest.param("a.example ([192.0.2.1:25])", None, 25, id="port in the brackets"),
        pytest.param("a.example ([2001:db8::1]:25)", None, 25, id="port of IPv6"),
        pytest.param("a.example ([192.0.2.1.13219])", None, 13219, id="port behind a dot, Exim 3"),
        pytest.param("[192.0.2.1] (port=25 helo=x)", None, 25, id="port apart from the address, Exim"),
        pytest.param("[192.0.2.1] (port=3D25 helo=3Dx)", None, 25, id="in quoted-printable"),
        pytest.param("a.example [192.0.2.1]:25", None, 25, id="port outside comments"),
        pytest.param("[192.0.2.1]:25 ([192.0.2.2])", None, None, id="port of another address"),
        pytest.param('a.example ("port 34611"@h.example [192.0.2.1])', None, 34611, id="port in place of a user"),
        pytest.param("a.example ([192.0.2.1]:99999)", None, None, id="no port"),
        pytest.param("a.example ([192.0.2.1] port=x)", None, None, id="no number"),
    ],
)
def test_the_user_and_the_port_of_the_connection(from_: str, ident: str | None, port: int | None) -> None:
    from_domain = parse(f"from {from_} by b.example{DATE}").from_domain
    assert from_domain is not None
    assert (from_domain.ident, from_domain.tcp_info.port) == (ident, port)


def test_a_name_before_an_address_outside_comments_is_what_the_peer_claimed() -> None:
    """Exim records the verified name, the HELO name in parentheses, and the address in brackets."""
    from_domain = parse(f"from a.example (h.example) [192.0.2.1.13219] by b.example{DATE}").from_domain
    assert from_domain == ExtendedDomain(
        domain="a.example",
        helo="h.example",
        tcp_info=TcpInfo(address="192.0.2.1", port=13219),
        comments=("h.example",),
    )


def test_comments_belong_to_their_clause_or_to_the_stamp() -> None:
    read = parse(f"(1) from a (2) (3) by b (4 (5)) with c (6) id d (7) for e (8){DATE} (9)")
    assert read.from_domain is not None
    assert read.by_domain is not None
    assert read.from_domain.comments == ("2", "3")
    assert read.by_domain.comments == ("4 (5)",)
    assert read.comments == ("1", "6", "7", "8", "9")


@pytest.mark.parametrize(
    ("body", "additional"),
    [
        pytest.param("from a by b.example with c", (), id="none"),
        pytest.param("text from a", ("text",), id="before the first keyword"),
        pytest.param("by b.example pod-id 1 with c", ("pod-id 1",), id="behind the host name"),
        pytest.param("by b.example id 1 convert x", ("convert x",), id="behind the id"),
        pytest.param("from a by b.example for a@b from c@d", ("from c@d",), id="behind the mailbox"),
        pytest.param("by b.example with c with d", ("with d",), id="clause said twice"),
        pytest.param("by b.example with c; by d", ("by d",), id="between semicolons"),
        pytest.param("by b.example ) with c", (), id="brackets without a partner are no text"),
        pytest.param("from a (x) at noon by b", ("at noon",), id="behind the comment of the name"),
        pytest.param("from a by A B (x) C with d", ("C",), id="behind a name of two words and its comment"),
        pytest.param("by b for <a@b>, <c@d>", ("<c@d>",), id="second mailbox"),
        pytest.param("by b for <a@b>,<c@d>", ("<c@d>",), id="second mailbox without a space"),
        pytest.param("by b for <@x,@y:a@b>", (), id="the commas of a source route are within its brackets"),
        pytest.param("by b, id 1,", (), id="commas"),
        pytest.param("by b.example x (c) y\r\n z; w", ("x", "y z", "w"), id="in pieces, folds as spaces"),
        pytest.param("by b.example over TLS secured channel with c", (), id="TLS is understood"),
        pytest.param("by b with c with STARTTLS id 1", (), id="STARTTLS is understood"),
        pytest.param("by b id 1 auth=yes user=c for d", (), id="an authentication is understood"),
    ],
)
def test_text_outside_clauses_is_kept(body: str, additional: tuple[str, ...]) -> None:
    body += DATE
    read = parse(body)
    assert read.additional == additional
    places = [(defect.start, defect.end) for defect in read.defects if defect.code == "additional-text"]
    assert tuple(" ".join(body[start:end].split()) for start, end in places) == additional


def test_a_semicolon_ends_a_clause() -> None:
    read = parse(f"by b via Frontend Transport; Tue, 31 Jul 2012 21:52:42 +1000: Received:from a by c{DATE}")
    assert (read.via, read.by_domain) == ("Frontend Transport", ExtendedDomain(domain="b"))


@pytest.mark.parametrize(
    ("body", "with_", "comments", "tls"),
    [
        pytest.param("with A (TLS", "A", ("TLS",), Tls(), id="to the date"),
        pytest.param("with A (TLS id 1", "A", ("TLS",), Tls(), id="to the next clause"),
        pytest.param("with A (x (y) z", "A", ("y", "x z"), None, id="comment within"),
        pytest.param("with A (x (y", "A", ("x y",), None, id="two of them"),
        pytest.param("with A ( id 1", "A", (), None, id="nothing in it"),
    ],
)
def test_an_unclosed_comment(body: str, with_: str, comments: tuple[str, ...], tls: Tls | None) -> None:
    read = parse(body + DATE)
    assert (read.with_, read.comments, read.tls) == (with_, comments, tls)
    assert codes(body + DATE) == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("by b; 31 Jul 2012 21:52:42 +1000", "31 Jul 2012 21:52:42 +1000", id="behind the semicolon"),
        pytest.param("by b; x; 31 Jul 2012 21:52 +1000", "31 Jul 2012 21:52 +1000", id="behind the last semicolon"),
        pytest.param("by b; 31 Jul 2012 21:52 +1000;; ", "31 Jul 2012 21:52 +1000", id="semicolons at the end"),
        pytest.param("by b; 31 Jul 2012 21:52 +1000 (x;y)", "31 Jul 2012 21:52 +1000 (x;y)", id="one in a comment"),
        pytest.param("by b 31 Jul 2012 21:52 +1000", "31 Jul 2012 21:52 +1000", id="no semicolon"),
        pytest.param("by b 1 Jul 2011 1:52 2 Jul 2012 1:52 Z", "2 Jul 2012 1:52 Z", id="no semicolon, last date"),
        pytest.param("by b; nonsense", "nonsense", id="no date behind it"),
        pytest.param("by b", None, id="none"),
        pytest.param("by b;", None, id="empty"),
        pytest.param("by b (at 31 Jul 2012 21:52:42 +1000)", None, id="in a comment only"),
    ],
)
def test_position_of_the_date(body: str, text: str | None) -> None:
    date_time = parse(body).date_time
    assert (date_time.text if date_time else None) == text


def test_a_clause_after_the_date_is_read_and_ends_the_date() -> None:
    read = parse(f"by b.example{DATE} (x) for <a@b.example>")
    assert read.for_ == "a@b.example"
    assert read.date_time is not None
    assert read.date_time.text == DATE[2:] + " (x)"
    assert read.defects == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(f"from a by b{DATE}", [], id="none"),
        pytest.param("from a by b", ["date-missing"], id="no date"),
        pytest.param("from a by b Tue, 31 Jul 2012 21:52:42 +1000", ["date-separator-missing"], id="no semicolon"),
        pytest.param("from a by b; yesterday", ["date-unreadable"], id="no date behind it"),
        pytest.param("apparently", ["date-missing", "stamp-unreadable", "additional-text"], id="text"),
        pytest.param("", ["date-missing", "stamp-unreadable"], id="empty"),
        pytest.param(f"x{DATE}", ["stamp-unreadable", "additional-text"], id="no clause"),
        pytest.param(f"(qmail 1 invoked by uid 2){DATE}", [], id="a comment says something"),
    ],
)
def test_defects(body: str, expected: list[str]) -> None:
    assert codes(body) == expected


def test_a_defect_quotes_the_text_that_belongs_to_no_clause() -> None:
    short, long = (defect.message for defect in parse(f"by b.example é (x) {'y' * 100}{DATE}").defects)
    assert short == "text outside the RFC 5321 clauses: 'é'"
    assert long == f"text outside the RFC 5321 clauses: '{'y' * 60}…'"


def test_defects_have_a_position() -> None:
    body = "from a by b; Mon, 31 Jul 2012 21:52:42 +1000"
    [defect] = parse(body, line=7).defects
    assert (defect.code, defect.line, body[defect.start : defect.end]) == ("date-weekday-wrong", 7, "Mon")
    body = "from a by b 31 Jul 2012 21:52:42 +1000 "
    [defect] = parse(body, line=7).defects
    assert (defect.line, body[defect.start : defect.end]) == (7, "31 Jul 2012 21:52:42 +1000")


def test_additional_text_is_kept_and_its_defects_are_listed_up_to_their_limit() -> None:
    read = parse("by b.example " + "(x) y " * (MAX_DEFECTS + 50) + DATE, line=3)
    assert read.additional == ("y",) * (MAX_DEFECTS + 50)
    assert len(read.defects) == MAX_DEFECTS + 1
    last = read.defects[-1]
    assert (last.code, last.line, last.message) == ("limit-defects", 3, "50 more defects not listed")


NAME = st.from_regex(r"[a-z][a-z0-9-]{0,9}(\.[a-z]{2,5}){1,2}", fullmatch=True)
COMMENT = st.text(alphabet=st.sampled_from('by with id; "[]<>.a1 '), max_size=12)


@given(
    st.fixed_dictionaries(
        {},
        optional={"from": NAME, "by": NAME, "via": NAME, "with": NAME, "id": NAME, "for": NAME},
    ),
    st.permutations(["from", "by", "via", "with", "id", "for"]),
    COMMENT,
)
def test_clauses_are_read_in_any_order_and_with_any_comments(
    clauses: dict[str, str], order: list[str], comment: str
) -> None:
    body = " ".join(f"{keyword} {clauses[keyword]} ({comment})" for keyword in order if keyword in clauses)
    read = answers(parse(body + DATE))
    assert {key: read[key] for key in order if read[key] is not None} == clauses
    assert read["date"] == "2012-07-31T21:52:42+10:00"


@given(st.text() | st.text(alphabet=st.sampled_from('()[]<>;:"\\@= \tbyfromwith0123456789.'), max_size=60))
def test_any_field_has_a_stamp(body: str) -> None:
    read = parse(body)
    assert read.field.body == body
    for defect in read.defects:
        assert defect.start is None or (defect.end is not None and 0 <= defect.start <= defect.end <= len(body))


def calls(body: str) -> int:
    """How many functions, of Python and of C, are called to parse a field."""
    count = 0

    def notice(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(notice)
    try:
        parse(body)
    finally:
        sys.setprofile(before)
    return count


PIECES = [
    "(",
    ")",
    ";",
    '"',
    "[",
    "<",
    "from ",
    "by x ",
    "(a) ",
    "; x",
    "helo=",
    "version=",
    "TLS: ",
    "[1] ",
    "1 Jul 12 1:1 ",
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("start", ["", "from a (", "with x (TLS "])
def test_twice_the_text_takes_twice_the_calls(start: str, piece: str) -> None:
    """Each call takes linear time, see test_patterns.py; so parsing is linear."""
    parse(start + piece)  # imports what it needs
    once, twice = calls(start + piece * 400), calls(start + piece * 800)
    assert twice <= 2 * once + 100


@given(st.text(alphabet=st.sampled_from("ab.;<>@\"' "), max_size=20))
def test_the_words_of_a_comment_are_not_a_clause(text: str) -> None:
    assert parse(f"from a ({text}) by b{DATE}").by_domain == ExtendedDomain(domain="b")


@pytest.mark.parametrize(
    ("body", "spans"),
    [
        pytest.param("from a.example [256.0.2.1] by b [x]", [(15, 26), (32, 35)], id="behind both names"),
        pytest.param("from [256.0.2.1] by b", [], id="in place of a name"),
        pytest.param("from a.example [192.0.2.1]:25 by b", [], id="an address"),
        pytest.param("from a.example ([x]) by b", [], id="in a comment"),
    ],
)
def test_literals_without_an_address(body: str, spans: list[tuple[int, int]]) -> None:
    found = [defect for defect in parse(f"{body}{DATE}").defects if defect.code == "literal-unreadable"]
    assert [(defect.start, defect.end) for defect in found] == spans
