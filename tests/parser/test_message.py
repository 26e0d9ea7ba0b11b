"""The parser: from bytes to a route."""

import pytest

from hopscope.model import Label, Route, Service
from hopscope.parser import parse

BLOCK = (
    "Received: from b.example by c.example with SMTP; Tue, 31 Jul 2012 21:52:44 +1000\r\n"
    "RECEIVED: from a.example by b.example\r\n\twith SMTP; Tue, 31 Jul 2012 21:52:42 +1000\r\n"
    "From: <a@a.example>\r\n"
    "Date: Tue, 31 Jul 2012 21:52:40 +1000\r\n"
    "message-id: <1@a.example>\r\n"
    "Message-ID: <2@a.example>\r\n"
    "Subject: =?utf-8?q?x?=\r\n"
)


def test_a_header_block_becomes_a_route() -> None:
    route = parse(BLOCK, source="mail.eml")
    assert route.source == "mail.eml"
    assert [hop.stamp.field.line for hop in route.hops] == [2, 1]
    assert [field.name for field in route.headers] == ["From", "Date", "message-id", "Message-ID", "Subject"]
    assert (route.message_id, route.subject) == ("<1@a.example>", "=?utf-8?q?x?=")
    assert (route.repairs, route.defects) == ((), ())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(BLOCK.encode(), id="bytes"),
        pytest.param(BLOCK.replace("\r\n", "\n"), id="line feeds"),
        pytest.param(BLOCK + "\r\nReceived: this is the body\r\n", id="with a body"),
    ],
)
def test_the_same_block_in_another_form_is_the_same_route(data: bytes | str) -> None:
    assert parse(data) == parse(BLOCK)


def test_hops_have_no_label_yet() -> None:
    assert {hop.label for hop in parse(BLOCK).hops} == {Label(service=Service.UNKNOWN)}


@pytest.mark.parametrize("data", ["", "\r\n\r\n", "Subject: x\r\n"])
def test_without_a_received_field_there_are_no_hops(data: str) -> None:
    route = parse(data)
    assert (route.hops, route.message_id, route.total_delay) == ((), None, None)


def test_empty_input_is_an_empty_route() -> None:
    assert parse(b"") == Route()


def test_repairs_and_defects_are_reported() -> None:
    quoted = "".join(f"> {line}\n" for line in BLOCK.splitlines())
    assert [repair.code for repair in parse(quoted).repairs] == ["quoting"]
    stray = parse("Received: by b; Tue, 31 Jul 2012 21:52:42 +1000\r\nno field\r\nFrom: x\r\n\r\nbody\r\n")
    assert [defect.code for defect in stray.defects] == ["line-not-a-field"]
