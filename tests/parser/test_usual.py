"""The pattern for usual stamps: what it matches has the answers of the lexer, however the corpora are damaged."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopscope.model import HeaderField
from hopscope.parser import stamp
from tests import corpora

RECEIVED = corpora.received()
DATE = "; Tue, 31 Jul 2012 21:52:42 +1000"


def field(body: str) -> HeaderField:
    return HeaderField(name="Received", body=body, line=3)


def agrees(body: str) -> bool:
    """Whether the pattern leaves a body to the lexer, or reads it alike."""
    read = stamp.by_pattern(field(body))
    return read is None or read == stamp.by_lexer(field(body))


def test_on_the_corpora_the_pattern_reads_as_the_lexer_does() -> None:
    assert [body for body in RECEIVED if not agrees(body)] == []


def test_the_pattern_reads_nearly_all_stamps_of_exchange_mail() -> None:
    exchange = [body for body in RECEIVED if "Microsoft SMTP Server" in body or "with mapi" in body]
    read = sum(stamp.by_pattern(field(body)) is not None for body in exchange)
    assert read > 0.995 * len(exchange) > 1000


@settings(max_examples=400)
@given(st.sampled_from(RECEIVED).flatmap(corpora.mutated))
def test_whatever_is_done_to_a_stamp_the_pattern_reads_as_the_lexer_does(body: str) -> None:
    assert agrees(body)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(corpora.PIECES), max_size=14).map("".join))
def test_whatever_a_stamp_is_made_of_the_pattern_reads_as_the_lexer_does(body: str) -> None:
    assert agrees(f"from a.example by b.example {body}")
    assert agrees(f"from a.example by b.example {body}{DATE}")


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
]
OTHERS = [
    "",
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
def test_such_stamps_are_usual(body: str) -> None:
    assert stamp.by_pattern(field(body)) == stamp.by_lexer(field(body))


@pytest.mark.parametrize("body", OTHERS)
def test_such_stamps_are_left_to_the_lexer(body: str) -> None:
    assert stamp.by_pattern(field(body)) is None
