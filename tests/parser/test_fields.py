"""Header blocks: their end, their fields, and defects of other lines."""

from email.parser import BytesHeaderParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hopscope.parser.fields import (
    MAX_BLOCK,
    MAX_DEFECTS,
    MAX_FIELD,
    MAX_FIELDS,
    MAX_LINE,
    Fields,
    header_end,
    split,
)


def pairs(found: Fields) -> list[tuple[str, str]]:
    return [(field.name, field.body) for field in found.fields]


def codes(found: Fields) -> list[tuple[str, int | None]]:
    return [(defect.code, defect.line) for defect in found.defects]


# Block, its fields; none of these has a defect.
BLOCKS = [
    pytest.param(b"", [], id="nothing"),
    pytest.param(b"A: b", [("A", "b")], id="no-line-end"),
    pytest.param(b"A: b\r\nC: d\r\n", [("A", "b"), ("C", "d")], id="crlf"),
    pytest.param(b"A: b\nC: d\n", [("A", "b"), ("C", "d")], id="lf"),
    pytest.param(b"A: b\r\nC: d\nE: f\r\r\nG: h", [("A", "b"), ("C", "d"), ("E", "f"), ("G", "h")], id="mixed"),
    pytest.param(b"A: b\r\n\tc\r\n  d\r\n", [("A", "b\tc  d")], id="unfolding-removes-the-line-break-only"),
    pytest.param(b"A: b\r\r\n c\r\r\nD: e", [("A", "b c"), ("D", "e")], id="cr-cr-lf"),
    pytest.param(b"A:\r\n b\r\n", [("A", "b")], id="body-starts-in-the-second-line"),
    pytest.param(b"A:b\nB:\nC: \n", [("A", "b"), ("B", ""), ("C", "")], id="no-space-or-no-body"),
    pytest.param(b"A: b\n \t \n c\n", [("A", "b \t  c")], id="continuation-of-white-space"),
    pytest.param(b"A: \t b \t \n", [("A", "b")], id="stripped-at-both-ends"),
    pytest.param(b"A \t: b\n", [("A", "b")], id="obsolete-white-space-before-the-colon"),
    pytest.param(b"A: b: c\n", [("A", "b: c")], id="colon-in-the-body"),
    pytest.param(b"!~{9}: b\n", [("!~{9}", "b")], id="any-ftext-in-the-name"),
    pytest.param(b"A: b\n\nC: d\n", [("A", "b")], id="empty-line-ends-it"),
    pytest.param(b"A: b\r\n\r\nC: d\r\n", [("A", "b")], id="empty-crlf-line-ends-it"),
    pytest.param(b"A: b\r\r\n\r\r\nC: d", [("A", "b")], id="empty-cr-cr-lf-line-ends-it"),
    pytest.param(b"\nA: b\n", [], id="empty-first-line-ends-it"),
    pytest.param(b"From a@b.example Tue Jul 31 21:52:42 2012\nA: b\n", [("A", "b")], id="mbox-line"),
    pytest.param(b"From : a@b.example\nC: d\n", [("From", "a@b.example"), ("C", "d")], id="no-mbox-line"),
    pytest.param(b"A: b\rC: d\r\nE: f", [("A", "b\rC: d"), ("E", "f")], id="lone-cr-is-kept"),
    pytest.param(b"A: \0b\x1b[0m\x0b\n", [("A", "\0b\x1b[0m\x0b")], id="controls-are-kept"),
    pytest.param("A: grün\u2028\u00a0\n".encode(), [("A", "grün\u2028\u00a0")], id="utf-8"),
    pytest.param(b"A: gr\xfcn\n", [("A", "gr\udcfcn")], id="bytes-that-are-no-utf-8"),
]


@pytest.mark.parametrize(("block", "expected"), BLOCKS)
def test_a_block_is_split_into_its_fields(block: bytes, expected: list[tuple[str, str]]) -> None:
    found = split(block)
    assert pairs(found) == expected
    assert found.defects == ()


def test_lines_are_counted_from_1_and_fields_have_that_of_their_name() -> None:
    found = split(b"From a@b.example\nA: b\n c\n d\nE: f\r\n\tg\r\nstray\nH: i\n")
    assert [(field.name, field.line) for field in found.fields] == [("A", 2), ("E", 5), ("H", 8)]


@pytest.mark.parametrize(
    ("block", "end"),
    [
        pytest.param(b"A: b\n\nbody", 6, id="lf"),
        pytest.param(b"A: b\r\n\r\nbody", 8, id="crlf"),
        pytest.param(b"A: b\r\nC: d\r\n", 12, id="no-body"),
        pytest.param(b"\r\nbody", 2, id="no-header"),
        pytest.param(b"A: b\n\n", 6, id="empty-body"),
    ],
)
def test_the_end_is_the_offset_of_the_body(block: bytes, end: int) -> None:
    assert split(block).end == end


def test_header_end_can_resume_an_earlier_search() -> None:
    block = b"A: b\r\n" * 10 + b"\r\nbody"
    assert header_end(block) == header_end(block, 50) == (60, 62)
    assert header_end(block[:60]) is None


# Block, its fields, and the codes and lines of its defects.
STRAY = [
    pytest.param(b"A: b\nstray\nC: d\n", [("A", "b"), ("C", "d")], [("line-not-a-field", 2)], id="between-fields"),
    pytest.param(b"stray\nA: b\n", [("A", "b")], [("line-not-a-field", 1)], id="at-the-start"),
    pytest.param(b" stray\nA: b\n", [("A", "b")], [("line-not-a-field", 1)], id="continuation-of-nothing"),
    pytest.param(
        b"A: b\nstray\n more\nC: d\n", [("A", "b"), ("C", "d")], [("line-not-a-field", 2)], id="with-continuation"
    ),
    pytest.param(b"A: b\n: c\n", [("A", "b")], [("line-not-a-field", 2)], id="no-name"),
    pytest.param(b"A: b\na b: c\n", [("A", "b")], [("line-not-a-field", 2)], id="space-in-the-name"),
    pytest.param("A: b\nß: c\n".encode(), [("A", "b")], [("line-not-a-field", 2)], id="name-not-in-ascii"),
    pytest.param(b"A: b\nFrom x\nC: d\n", [("A", "b"), ("C", "d")], [("line-not-a-field", 2)], id="late-mbox-line"),
    pytest.param(b"From x\n y\nC: d\n", [("C", "d")], [("line-not-a-field", 1)], id="folded-mbox-line"),
]


@pytest.mark.parametrize(("block", "fields", "defects"), STRAY)
def test_a_line_that_is_not_a_field_is_reported_and_loses_no_field(
    block: bytes, fields: list[tuple[str, str]], defects: list[tuple[str, int]]
) -> None:
    found = split(block)
    assert pairs(found) == fields
    assert codes(found) == defects


def test_a_stray_line_is_quoted_in_its_defect() -> None:
    short, long = (defect.message for defect in split(b"Hello you\n" + b"x" * 500 + b"\n").defects)
    assert short == "not a header field or continuation line: 'Hello you'"
    assert long == f"not a header field or continuation line: '{'x' * 60}…'"


def test_long_lines_are_reported_and_kept() -> None:
    long = "x" * (MAX_LINE - 3)
    found = split(f"A: {long}\nB: {long}y\n {long}\n{long}12345\nC: d".encode())
    assert pairs(found) == [("A", long), ("B", f"{long}y {long}"), ("C", "d")]
    assert codes(found) == [("line-too-long", 2), ("line-too-long", 4), ("line-not-a-field", 4)]


def test_a_long_field_of_short_lines_has_no_defect() -> None:
    assert split(b"A: b\n" + b" cdef\n" * 1000).defects == ()


def test_the_body_of_a_field_is_cut_at_its_limit() -> None:
    lines = "\n ".join(["x" * 500] * 200)
    found = split(f"A:{lines}\nB: c".encode())
    assert pairs(found) == [("A", lines.replace("\n", "")[:MAX_FIELD]), ("B", "c")]
    assert codes(found) == [("limit-field", 1)]


@pytest.mark.parametrize(
    ("name", "end", "kept"),
    [
        ("Received", "; Mon, 3 Jun 2024 18:02:33 +0000", "; Mon, 3 Jun 2024 18:02:33 +0000"),
        ("received", "; a; Mon, 3 Jun 2024\n 18:02:33 +0000", "; Mon, 3 Jun 2024 18:02:33 +0000"),
        ("Received", f"; {'y' * 300}", ""),
        ("X-Received", "; Mon, 3 Jun 2024 18:02:33 +0000", ""),
    ],
)
def test_a_received_field_that_is_cut_keeps_its_date(name: str, end: str, kept: str) -> None:
    found = split(f"{name}:{'x' * 2 * MAX_FIELD}{end}\n".encode())
    assert pairs(found) == [(name, "x" * (MAX_FIELD - len(kept)) + kept)]
    assert [code for code, _ in codes(found)] == ["line-too-long", "limit-field"]


def test_a_field_at_its_limit_is_not_cut() -> None:
    lines = "x" * 500 + "\n " + "y" * (MAX_FIELD - 501)
    found = split(f"A:{lines}\n".encode())
    assert pairs(found) == [("A", lines.replace("\n", ""))]
    assert codes(found) == [("line-too-long", 2)]


def test_fields_are_read_up_to_their_limit() -> None:
    assert codes(split(b"A: b\n" * MAX_FIELDS)) == []
    found = split(b"A: b\n" * MAX_FIELDS + b"C: d\nE: f\n")
    assert len(found.fields) == MAX_FIELDS
    assert codes(found) == [("limit-fields", MAX_FIELDS + 1)]


def test_a_block_is_read_up_to_its_limit() -> None:
    field = b"A: " + b"x" * 500 + b"\n"
    found = split(field * (MAX_BLOCK // len(field) + 2))
    assert len(found.fields) == MAX_BLOCK // len(field) + 1
    assert codes(found) == [("limit-block", len(found.fields))]
    assert found.end == MAX_BLOCK


def test_a_body_above_the_limit_of_a_block_has_no_defect() -> None:
    assert split(b"A: b\n\n" + b"x" * MAX_BLOCK) == split(b"A: b\n\n")


def test_defects_are_listed_up_to_their_limit_but_limits_always() -> None:
    found = split(b"stray\n" * 2 * MAX_DEFECTS + b"A:" + b" x\n" * MAX_FIELD)
    assert len(found.defects) == MAX_DEFECTS + 2
    assert [defect.code for defect in found.defects[-2:]] == ["limit-field", "limit-defects"]
    assert found.defects[-1].message == f"{MAX_DEFECTS} more defects not listed"


# Header blocks that RFC 5322 section 2.2 allows, and any bytes in the bodies except CR and LF.
LINE = st.binary(max_size=30).map(lambda text: text.translate(None, b"\r\n"))
LINE_END = st.sampled_from([b"\r\n", b"\n"])
NAME = st.text([chr(code) for code in range(33, 127) if chr(code) != ":"], min_size=1, max_size=20).map(str.encode)
FOLD = st.tuples(LINE_END, st.sampled_from([b" ", b"\t"]), LINE).map(b"".join)
FIELD = st.tuples(NAME, st.just(b":"), LINE, st.lists(FOLD, max_size=3).map(b"".join), LINE_END).map(b"".join)
BLOCK = st.lists(FIELD, max_size=8).map(b"".join)
BODY = st.tuples(LINE_END, st.binary(max_size=60)).map(b"".join) | st.just(b"")


@given(st.tuples(BLOCK, BODY).map(b"".join))
@example(b"A: b\n \n\nC: d")
def test_well_formed_blocks_are_split_as_the_standard_library_does(block: bytes) -> None:
    """With its policy compat32; ``policy.default`` parses and rewrites the values."""
    expected = [
        (name, body.encode("ascii", "surrogateescape").translate(None, b"\r\n").strip(b" \t"))
        for name, body in BytesHeaderParser().parsebytes(block).raw_items()
    ]
    found = split(block)
    assert [(name, body.encode("utf-8", "surrogateescape")) for name, body in pairs(found)] == expected
    assert found.defects == ()


PIECES = [b"A", b":", b" ", b"\t", b"\r", b"\n", b"\r\n", b"From ", b"Received: x", b"\0", b"\xff", b"\xc3", b"x" * 999]


@given(st.binary() | st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_any_bytes_give_fields_in_the_order_of_their_lines(block: bytes) -> None:
    found = split(block)
    lines = [field.line for field in found.fields]
    assert lines == sorted(set(lines))
    assert 0 <= found.end <= len(block)
    assert not any("\n" in field.body for field in found.fields)


@given(BLOCK, BODY)
def test_the_body_is_ignored(block: bytes, body: bytes) -> None:
    assert split(block + b"\n" + body).fields == split(block).fields


@given(st.lists(FIELD, max_size=5), st.integers(0, 5))
def test_a_stray_line_loses_no_field(fields: list[bytes], place: int) -> None:
    whole = split(b"".join(fields))
    found = split(b"".join([*fields[:place], b"stray line\n", *fields[place:]]))
    assert pairs(found) == pairs(whole)
    assert [defect.code for defect in found.defects] == ["line-not-a-field"]
