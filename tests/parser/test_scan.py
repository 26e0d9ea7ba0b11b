"""One-pass parsing equals parsing field by field and word by word, also on damaged corpora."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.model import HeaderField, Stamp
from hopscope.parser import parse, scan, stamp, usual_stamp
from tests import corpora

RECEIVED = corpora.received()
DATE = "; Tue, 31 Jul 2012 21:52:42 +1000"


def by_groups(body: str) -> Stamp | None:
    """The stamp of a body in a header block, if the block and the field are usual."""
    scanned = scan.scan(f"Received:{body}\nSubject: x\n\n".encode("utf-8", "surrogateescape"))
    received = scanned.received if scanned else []
    return usual_stamp.by_pattern(received[0]) if received else None


def readers_agree(body: str) -> bool:
    """Whether a body is left to the lexer or both readers give the same stamp."""
    read = by_groups(body)
    return read is None or read == stamp.by_lexer(HeaderField(name="Received", body=body.strip(" \t"), line=1))


@pytest.mark.no_cover
def test_groups_equal_the_lexer_on_the_corpora() -> None:
    assert [body for body in RECEIVED if not readers_agree(body)] == []


def test_nearly_all_fields_of_exchange_mail_are_usual() -> None:
    exchange = [body for body in RECEIVED if "Microsoft SMTP Server" in body or "with mapi" in body]
    assert sum(by_groups(body) is not None for body in exchange) > 0.99 * len(exchange) > 1000


@given(st.sampled_from(RECEIVED).flatmap(corpora.mutated))
def test_groups_equal_the_lexer_on_damaged_fields(body: str) -> None:
    assert readers_agree(body)


@given(st.lists(st.sampled_from(corpora.PIECES), max_size=14).map("".join))
def test_groups_equal_the_lexer_on_composed_fields(body: str) -> None:
    assert readers_agree(f"from a.example by b.example {body}")
    assert readers_agree(f"from a.example by b.example {body}{DATE}")


COMMENT_PIECES = (
    *("b.example", "b.example.", "mail", "localhost", "unknown", "unknown.example", "192.0.2", "TLS.example", "helo"),
    *("192.0.2.1", "192.0.2.256", "2001:db8::1", "::1", "fe80::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::8:9", "::", "%5"),
    *("IPv6:", "[", "]", "(", ")", " ", "  ", "8.", ":25", "@", "x@", "(may be forged)", "(Postfix)", " helo="),
    *("HELO b.example) (", "root@", "]:25", "[192.0.2.1]", "b.example [192.0.2.1]", "(HELO b.example) (192.0.2.1"),
    *("(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))", ") (", "(TLS)", "(authenticated bits=0)"),
)


@given(st.sampled_from(["from a.example {} by c.example", "from a.example by c.example {} with ESMTP"]), st.data())
def test_groups_equal_the_lexer_on_any_server_comment(clauses: str, data: st.DataObject) -> None:
    pieces = data.draw(st.lists(st.sampled_from(COMMENT_PIECES), min_size=1, max_size=6).map("".join))
    assert readers_agree(f"{clauses.format(f'({pieces})')} id 1{DATE}")


USUAL = [
    f"from a.example (b.example [192.0.2.1]) by c.example (Postfix) with ESMTP id 1 for <d@e.example>{DATE}",
    f"from a.example ([192.0.2.1]) by c.example (198.51.100.1) with Microsoft SMTP Server (TLS) id 15.0.1.2{DATE}",
    f"from a.example (2001:db8::1) by c.example (2001:db8::2) with HTTPS id 15.20.1.2 via Frontend Transport{DATE}",
    f"(qmail 1 invoked by uid 2){DATE}",
    f"by c.example with SMTP id 1{DATE} (AEST)",
    f"from a.example ([192.0.2.1]) by c.example over TLS secured channel with Microsoft SMTPSVC(10.0.14393.4169){DATE}",
    f"from a.example ([192.0.2.1]) by Forcepoint Email with ESMTPS id 1{DATE}",
    f"from (192.0.2.1) by c.example with ESMTP{DATE}",
    f"from a.example [192.0.2.1] by c.example [192.0.2.2]:25 with esmtp id 1{DATE}".replace("]:25", "]"),
    f"FROM a.example BY c.example WITH ESMTP ID 1 FOR d@e.example{DATE}",
    f"by c.example with ESMTP id{DATE}",
    f"from a.example (b.example. [IPv6:2001:db8::1] (may be forged)) by c.example (8.9.3.1/8.9.3) id 1{DATE}",
    f"from a.example (unknown [192.0.2.1]) by 192.0.2.2 (8.9.3.1) with ESMTP id 1{DATE}",
    f"from a.example (b.example [192.0.2.1]) (using TLSv1.2) (helo=d.example) by c.example with ESMTP id 1{DATE}",
    f"from a.example (b.example [192.0.2.1]) (using TLSv1.2) by c.example with ESMTP id 1{DATE}",
    f"from a.example (HELO b.example) (root@192.0.2.1) by c.example with SMTP{DATE}",
    f"from a.example (HELO b.example) (192.0.2.1) by c.example with SMTP{DATE}",
    f"from a.example ([192.0.2.1]:25 helo=b.example) by c.example with esmtp id 1{DATE}",
    f"from a.example (b.example [192.0.2.1]:65536) by c.example with esmtp id 1{DATE}",
    f"from a.example (1:2:3:4:5:6:7:8:25) by c.example with esmtp id 1{DATE}",
    f"from a.example (auth@192.0.2.1) by c.example with esmtp id 1{DATE}",
]
OTHERS = [
    "",
    DATE,
    f"from by c.example{DATE}x",
    f'from "a b" by c.example{DATE}',
    f"from a.example (unclosed by c.example{DATE}",
    f"from a.example by c.example with ESMTP with SMTP{DATE}",
    f"from a.example by c.example via x with ESMTP via y{DATE}",
    f"from a.example by c.example extra with ESMTP{DATE}",
    f"from a.example by c.example with ESMTP with STARTTLSid 1{DATE}",
    f"from a.example [not an address] by c.example{DATE}",
    f"from a.example [192.0.2.999] by c.example{DATE}",
    f"from a.example (((deep))) by c.example{DATE}",
    "from a.example by c.example; Tue, 32 Jul 2012 21:52:42 +1000",
    "from a.example by c.example; Mon, 31 Jul 2012 21:52:42 +1000",
    "from a.example by c.example; Tue, 31 Jul 2012 21:52:42 +1000 (EST) more",
    "from a.example by c.example",
]


@pytest.mark.parametrize("body", USUAL)
def test_usual_fields(body: str) -> None:
    assert by_groups(body) is not None
    assert readers_agree(body)


@pytest.mark.parametrize("body", OTHERS)
def test_fields_for_the_lexer(body: str) -> None:
    assert by_groups(body) is None


BLOCKS = tuple(block.rstrip(b"\r\n") + b"\r\n\r\n" for block in corpora.blocks())
TEXTS = tuple(block.decode("latin-1") for block in BLOCKS)


def same_route(block: bytes) -> bool:
    """Whether a message in a batch gives the same route, including other fields, as alone."""
    bulk, alone = parse(block, in_bulk=True), parse(block)
    return bulk == alone and tuple(bulk.headers) == tuple(alone.headers) and bulk.names == alone.names


@pytest.mark.no_cover
def test_on_the_corpora_one_pass_gives_the_same_route() -> None:
    assert [block for block in BLOCKS if not same_route(block)] == []
    assert sum(scan.scan(block) is not None for block in BLOCKS) > 0.97 * len(BLOCKS)


def test_the_cr_of_an_incomplete_empty_line_starts_no_field() -> None:
    block = b"Received: from a by b.example with ESMTP; Tue, 31 Jul 2012 21:52:42 +0000\r\nSubject: x\r\n\r"
    assert same_route(block)
    assert parse(block).defects == ()


def test_an_overlong_field_is_not_cached() -> None:
    long = "Received: from a by b.example ({}) with ESMTP;\n Tue, 31 Jul 2012 21:52:42 +0000\nSubject: x\n\n"
    folded = "\n ".join(["x" * 500] * 4)
    for comment, is_usual in (("x", True), (folded, False)):
        scanned = scan.scan(long.format(comment).encode())
        assert scanned is not None
        assert (usual_stamp.by_pattern(scanned.received[0]) is not None) == is_usual
        assert same_route(long.format(comment).encode())


PIECES = (
    *corpora.PIECES,
    "\r\nReceived: ",
    "\r\nX-ClientProxiedBy: a.example (192.0.2.1) To b.example (192.0.2.2)",
    "\r\nX-MS-Exchange-Organization-AuthAs: Internal",
    "\r\nX-MS-Exchange-Organization-MessageLatency: SRV=a.example:TOTAL-HUB=1.0",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\n ",
    "&lt;",
    "**",
    "> ",
    "<br>",
    "Received:",
    "edge",
    "10.0.0.1",
)


@given(st.sampled_from(TEXTS).flatmap(lambda text: corpora.mutated(text, PIECES)))
def test_one_pass_gives_the_same_route_on_damaged_messages(text: str) -> None:
    assert same_route(text.encode("latin-1", "replace"))


@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_one_pass_gives_the_same_route_in_any_field_order(text: str, random: object) -> None:
    fields = re.split(r"\r?\n(?![ \t])", text.rstrip("\r\n"))
    random.shuffle(fields)  # type: ignore[attr-defined]
    assert same_route(("\r\n".join(fields[: len(fields) - 1]) + "\r\n\r\n").encode("latin-1"))


MAIL = "Received: from a.example by b.example with ESMTP id 1; Tue, 31 Jul 2012 21:52:42 +1000\nSubject: x\n\nText.\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MAIL, id="with-its-body"),
        pytest.param(f"From a Tue Jul 31 21:52:42 2012\n{MAIL}", id="of-an-mbox-file"),
        pytest.param(MAIL.replace("Subject: x\n", "X-Received: by c with SMTP id 2; never\n"), id="x-received"),
        pytest.param(
            MAIL.replace("Subject: x\n", "X-IncomingTopHeaderMarker: SizeAsReceived:5;Count:9\n"), id="of-outlook-com"
        ),
        pytest.param(MAIL.replace("; Tue, 31 Jul 2012 21:52:42 +1000", ""), id="without-a-date"),
        pytest.param(MAIL.replace("by b.example", "by Two\n\tWords"), id="a-folded-name"),
        pytest.param(MAIL.replace("id 1", "id 1 for <brown@b.example>"), id="an-address-that-starts-as-a-tag-does"),
        pytest.param(MAIL.replace("Subject: x", f"Subject: {'x' * 900}\n {'x' * 990}"), id="long-lines"),
    ],
)
def test_one_pass_is_enough(text: str) -> None:
    assert scan.scan(text.encode()) is not None
    assert same_route(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Subject: x\n\n", id="no-stamp"),
        pytest.param(MAIL.replace("Subject: x", "no field"), id="a-line-that-is-no-field"),
        pytest.param(MAIL.replace("Subject", "21:52:42 x"), id="a-lost-indentation"),
        pytest.param(
            MAIL.replace("Subject: x", "X-Forefront-Antispam-Report: SCL:5;\nIPV:NLI;SFV:SPM;"), id="a-report"
        ),
        pytest.param(MAIL.replace("from a.example", "from a&lt;example"), id="markup"),
        pytest.param(MAIL.replace("from a.example", "from a.<br>example"), id="markup-in-a-field-for-the-lexer"),
        pytest.param(MAIL.replace("\n", "\r"), id="bare-cr"),
        pytest.param(MAIL.replace("Subject", "X" * 40_000), id="long"),
        pytest.param(MAIL + MAIL, id="stamps-in-the-body"),
        pytest.param(MAIL.replace("Subject: x", f"Subject: {'x' * 999}"), id="a-line-that-is-too-long"),
    ],
)
def test_one_pass_is_not_enough(text: str) -> None:
    assert scan.scan(text.encode()) is None
    assert same_route(text.encode())
