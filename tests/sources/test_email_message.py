"""Messages of the ``email`` package: parsed ones give the route of their bytes, all others a route."""

import email
from email.header import Header
from email.message import EmailMessage, Message
from email.policy import HTTP, SMTP, SMTPUTF8, Policy, compat32, default
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.sources.email_message import as_written
from tests.corpora import blocks, mutated

POLICIES: tuple[Policy, ...] = (compat32, default)
FIELD = "from a.example ([192.0.2.1]) by b.example with ESMTP id 1; Wed, 8 Mar 2017 11:15:00 +0100"
FOLDED = FIELD.replace(" by ", "\r\n by ").replace(" id ", "\r\n\tid ")
REPORT = (
    b"From: postmaster@b.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\npreamble\n"
    b"--x\n\nIt was not delivered.\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; b.example\n\n"
    b"Final-Recipient: rfc822; u@c.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no\n\n"
    b"Final-Recipient: rfc822; v@c.example\nAction: delayed\nStatus: 4.4.7\n"
    b"--x\nContent-Type: message/rfc822\n\nReceived: "
    + FOLDED.encode()
    + b"\nMessage-ID: <1@a.example>\n\nbody\n--x--\n"
)


@pytest.mark.parametrize("policy", POLICIES, ids=["compat32", "default"])
def test_a_parsed_message_gives_the_route_of_its_bytes(samples: Path, policy: Policy) -> None:
    whole = [*(path.read_bytes() for path in samples.rglob("*.eml")), REPORT]
    with_crlf = [data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for data in whole]
    for data in (*whole, *with_crlf, *blocks()):
        assert hopscope.read(email.message_from_bytes(data, policy=policy)) == hopscope.read(data, in_bulk=True)


@pytest.mark.parametrize("policy", POLICIES, ids=["compat32", "default"])
def test_a_report_keeps_its_delivery_status(policy: Policy) -> None:
    route = hopscope.read(email.message_from_bytes(REPORT, policy=policy))
    assert [status.status for status in route.delivery_status] == ["5.1.1", "4.4.7"]
    assert [hop.server for hop in route.hops] == ["b.example"]


@given(st.data())
def test_damaged_messages_give_a_route_with_the_fields_of_the_message(data: st.DataObject) -> None:
    block = data.draw(st.sampled_from(blocks())).decode("utf-8", "surrogateescape")
    damaged = data.draw(mutated(block)).encode("utf-8", "surrogatepass")
    for policy in POLICIES:
        message = email.message_from_bytes(damaged + b"\n" + REPORT, policy=policy)
        written = as_written(message)
        hopscope.read(message)
        assert all(f"{name}:".encode() in written for name, _ in message.raw_items())


@given(st.binary(max_size=300), st.sampled_from(POLICIES))
def test_any_bytes_give_a_route(data: bytes, policy: Policy) -> None:
    assert isinstance(hopscope.read(email.message_from_bytes(data, policy=policy)), hopscope.Route)


def built(message: Message) -> Message:
    message["Received"] = FIELD
    message["Subject"] = "Grüße"
    return message


@pytest.mark.parametrize(
    "policy", [compat32, default, SMTP, SMTPUTF8, HTTP], ids=["compat32", "default", "SMTP", "SMTPUTF8", "HTTP"]
)
def test_a_message_that_a_program_built(policy: Policy) -> None:
    message = built(EmailMessage(policy=policy) if policy is not compat32 else Message())
    message["X-Long"] = "word " * 500
    message.set_payload("text ü \udcff")
    route = hopscope.read(message)
    assert [hop.stamp.field.body for hop in route.hops] == [FIELD]
    assert (route.subject, route.header("x-long")) == ("Grüße", ("word " * 500).strip())


def test_parts_that_a_program_added() -> None:
    message = EmailMessage()
    built(message)
    message.set_content("text")
    message.add_alternative("<p>text</p>", subtype="html")
    message.add_attachment(b"\0" * 100, maintype="application", subtype="octet-stream")
    message.add_attachment(email.message_from_bytes(REPORT, policy=default))
    assert [hop.stamp.field.body for hop in hopscope.read(message).hops] == [FIELD]


def test_header_objects() -> None:
    message = Message()
    message["Subject"] = Header("Grüße", "iso-8859-1")  # type: ignore[assignment] # the legacy API has such values
    message["Received"] = Header(FIELD, maxlinelen=30)  # type: ignore[assignment]
    route = hopscope.read(message)
    assert (route.subject, route.hops[0].stamp.field.body) == ("Grüße", FIELD)


@pytest.mark.parametrize("payload", [["not a message"], [Message(), 5], object(), 5])
def test_a_body_that_cannot_be_written_does_not_cost_the_header(payload: object) -> None:
    message = built(Message())
    message["Content-Type"] = "multipart/mixed"
    message.set_payload(payload)  # type: ignore[call-overload]
    assert [hop.stamp.field.body for hop in hopscope.read(message).hops] == [FIELD]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "\n ", "\r\n\r\n\t"], ids=repr)
def test_a_line_break_in_a_value_starts_no_field(end: str) -> None:
    message = Message()
    message["Subject"] = f"a{end}Received: from x.example by y.example{end}"
    built(message)
    route = hopscope.read(message)
    assert [hop.stamp.field.body for hop in route.hops] == [FIELD]
    assert "Received" in str(route.subject)


def test_the_separator_line_of_an_mbox_is_kept() -> None:
    data = b"From a@b.example Wed Mar  8 11:15:00 2017\n" + f"Received: {FOLDED}\nSubject: x\n\n".encode()
    first, second = hopscope.read(data), hopscope.read(email.message_from_bytes(data))
    assert first == second
    assert [field.line for field in second.headers] == [5]


def test_fields_below_a_line_that_is_none_are_read() -> None:
    data = f"Subject: x\nthis is no field\nReceived: {FOLDED}\n\nbody\n".encode()
    assert hopscope.read(email.message_from_bytes(data)) == hopscope.read(data)
    assert len(hopscope.read(data).hops) == 1


def test_reading_does_not_change_the_message() -> None:
    message = email.message_from_bytes(REPORT, policy=default)
    before = message.as_bytes(), message.policy
    hopscope.read(message)
    assert (message.as_bytes(), message.policy) == before


def test_lines_are_in_the_order_of_the_fields(samples: Path) -> None:
    data = (samples / "exchange-2016-inbound.eml").read_bytes()
    lines = [field.line for field in hopscope.read(email.message_from_bytes(data)).headers]
    assert all(first < second for first, second in pairwise(lines))
