"""A glance at a message gives the numbers that reading it whole does, in the corpora and however they are damaged."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hopscope
from hopscope.statistics.digest import route_digest
from hopscope.statistics.glance import glance
from tests import corpora

BLOCKS = tuple(block.rstrip(b"\r\n") + b"\r\n\r\n" for block in corpora.blocks())
TEXTS = tuple(block.decode("latin-1") for block in BLOCKS)


def agrees(block: bytes) -> bool:
    """Whether a glance leaves a message to be read whole, or gives the same numbers."""
    seen = glance(block, "x")
    return seen is None or seen == route_digest(hopscope.read(block, source="x"))


def test_on_the_corpora_a_glance_is_enough_and_right() -> None:
    assert [block for block in BLOCKS if not agrees(block)] == []
    assert sum(glance(block, "x") is not None for block in BLOCKS) > 0.98 * len(BLOCKS)


def test_a_build_in_words_is_read_at_a_glance_too() -> None:
    block = (
        b"Received: from a.prod.outlook.com (192.0.2.1) by b.prod.outlook.com (192.0.2.2) with TransportReplication\n"
        b" id Version 15.20 (Build 7362.27); Tue, 31 Jul 2012 21:52:42 +0000\nSubject: x\n\n"
    )
    seen = glance(block, "x")
    assert seen is not None
    assert [hop.build for hop in seen.hops] == ["15.20.7362.27"]
    assert agrees(block)


def test_a_stamp_that_no_server_writes_is_read_whole() -> None:
    assert glance(LONG.format("x" * 1900).encode(), "x") is not None
    assert glance(LONG.format("x" * 2100).encode(), "x") is None


LONG = "Received: from a by b.example ({}) with ESMTP; Tue, 31 Jul 2012 21:52:42 +0000\nSubject: x\n\n"

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


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TEXTS).flatmap(lambda text: corpora.mutated(text, PIECES)))
def test_whatever_is_done_to_a_message_a_glance_is_right(text: str) -> None:
    assert agrees(text.encode("latin-1", "replace"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_in_whatever_order_the_fields_stand_a_glance_is_right(text: str, random: object) -> None:
    fields = re.split(r"\r?\n(?![ \t])", text.rstrip("\r\n"))
    random.shuffle(fields)  # type: ignore[attr-defined]
    assert agrees(("\r\n".join(fields[: len(fields) - 1]) + "\r\n\r\n").encode("latin-1"))


MAIL = "Received: from a.example by b.example with ESMTP id 1; Tue, 31 Jul 2012 21:52:42 +1000\nSubject: x\n\nText.\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MAIL, id="with-its-body"),
        pytest.param(f"From a Tue Jul 31 21:52:42 2012\n{MAIL}", id="of-an-mbox-file"),
        pytest.param(MAIL.replace("Subject: x\n", "X-Received: by c with SMTP id 2; never\n"), id="x-received"),
        pytest.param(MAIL.replace("; Tue, 31 Jul 2012 21:52:42 +1000", ""), id="without-a-date"),
        pytest.param(MAIL.replace("by b.example", "by Two\n\tWords"), id="a-folded-name"),
    ],
)
def test_a_glance_is_enough(text: str) -> None:
    assert glance(text.encode(), "x") == route_digest(hopscope.read(text, source="x"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Subject: x\n\n", id="no-stamp"),
        pytest.param(MAIL.replace("Subject: x", "no field"), id="a-line-that-is-no-field"),
        pytest.param(MAIL.replace("Subject", "21:52:42 x"), id="a-lost-indentation"),
        pytest.param(MAIL.replace("from a.example", "from a&lt;example"), id="markup"),
        pytest.param(MAIL.replace("from a.example", "from a.<br>example"), id="markup-in-a-field-for-the-lexer"),
        pytest.param(MAIL.replace("\n", "\r"), id="bare-cr"),
        pytest.param(MAIL.replace("Subject", "X" * 40_000), id="long"),
        pytest.param(MAIL.replace("Subject", "X-MS-Exchange-Organization-MessageLatency"), id="latency"),
        pytest.param(MAIL + MAIL, id="stamps-in-the-body"),
        pytest.param("Received: from a.example by b.example with ESMTP\nX-A: b c; Tue, 31 Jul 2012 21:52:42 +1000\n\n"),
    ],
)
def test_a_glance_is_not_enough(text: str) -> None:
    assert agrees(text.encode())
    assert glance(text.encode(), "x") is None or "X-A" in text
