"""Next steps of findings: only for servers the administrator can access, and safe to paste into PowerShell."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope.analysis.context import MessageContext
from hopscope.analysis.diagnosis import RULES
from hopscope.analysis.rules import next_steps
from hopscope.api import findings
from hopscope.model import ExtendedDomain, Hop, Route

from .cases_delivery import report
from .messages import FE, POSTFIX, mapi, message, smtp

CORPUS = Path(__file__).parent.parent / "corpus"
SERVER = "ex1.corp.example"
ON_PREMISES_ROUTE = message(smtp(SERVER, SERVER))
ON_PREMISES = ON_PREMISES_ROUTE.hops[0]
ONLINE_SERVER = "AM9PR07MB7891.eurprd07.prod.outlook.com"
ONLINE = message(smtp(ONLINE_SERVER, ONLINE_SERVER, "15.20.7362.27")).hops[0]
OTHER = message(POSTFIX).hops[0]
MESSAGE_ID = "<1@x.example>"
Check = Callable[[MessageContext, Hop], tuple[str, ...]]
CHECKS: tuple[Check, ...] = (
    next_steps.queues,
    next_steps.connectors,
    next_steps.transport_service,
    next_steps.exchange_server,
    next_steps.database_copies,
    next_steps.clock,
    next_steps.time_zone,
    next_steps.tls_versions,
    next_steps.cipher_suites,
)


def by(hop: Hop, server: str) -> Hop:
    return replace(hop, stamp=replace(hop.stamp, by_domain=ExtendedDomain(domain=server)))


def of(hop: Hop, message_id: str | None = MESSAGE_ID, *, own: bool | None = True) -> MessageContext:
    """A message whose path is this hop, and then one elsewhere unless it is the reader's."""
    hops = (hop,) if own else (hop, replace(OTHER, number=2))
    route = replace(ON_PREMISES_ROUTE, hops=hops, message_id=message_id)
    return MessageContext(route=route, attested={} if own is not False else {1: False})


@pytest.mark.parametrize(
    ("hop", "own", "expected"),
    [
        (ON_PREMISES, True, f'Get-MessageTrackingLog -Server {SERVER} -MessageId "{MESSAGE_ID}" -EventId DEFER'),
        (
            ON_PREMISES,
            None,
            f'If {SERVER} is yours: Get-MessageTrackingLog -Server {SERVER} -MessageId "{MESSAGE_ID}" -EventId DEFER',
        ),
        (ON_PREMISES, False, f"Ask the administrator of {SERVER} for its log entries for this message."),
        (ONLINE, True, f'Get-MessageTraceV2 -MessageId "{MESSAGE_ID}"'),
        (
            ONLINE,
            None,
            f'If the Exchange Online tenant of hop 1 is yours: Get-MessageTraceV2 -MessageId "{MESSAGE_ID}"',
        ),
        (OTHER, None, "Ask the administrator of y.example.net for its log entries for this message."),
        (
            by(OTHER, "x.mail.protection.outlook.com"),
            None,
            f'If the Exchange Online tenant of hop 1 is yours: Get-MessageTraceV2 -MessageId "{MESSAGE_ID}"',
        ),
        (by(ON_PREMISES, "x y"), True, f'Get-MessageTrackingLog -MessageId "{MESSAGE_ID}" -EventId DEFER'),
        (
            by(ON_PREMISES, "x y"),
            None,
            f'If the server of hop 1 is yours: Get-MessageTrackingLog -MessageId "{MESSAGE_ID}" -EventId DEFER',
        ),
        (by(OTHER, "x y"), None, None),
    ],
)
def test_cmdlet_and_server_for_message_tracking(hop: Hop, own: bool | None, expected: str | None) -> None:  # noqa: FBT001
    checks = next_steps.tracking(of(hop, own=own), hop, "DEFER")
    assert checks == ((expected,) if expected else ())


FE_ONLINE = smtp("ex1.corp.example", "AM7EUR06FT008.mail.protection.outlook.com", "15.20.7362.27", via=FE)
MBX_ONLINE = smtp("AM7EUR06FT008.mail.protection.outlook.com", ONLINE_SERVER, "15.20.7362.27")
HYBRID = "X-MS-Exchange-CrossPremises-AuthAs: Internal\n"
SENT_OUT = (mapi("ex1.corp.example"), smtp("ex1.corp.example", "ex1.corp.example"))
GATEWAY = "from ex1.corp.example (ex1.corp.example [192.0.2.9]) by mx.corp.example (Postfix) with ESMTP id A1"
FORGED = f"from evil.example (203.0.113.7) by mail.corp.example (10.0.0.9) with Microsoft SMTP Server id 15.1.1{FE}"
INBOUND = (smtp("y.example.net", "mail.corp.example", via=FE), smtp("mail.corp.example", "mb1.corp.example"))


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (message(POSTFIX, *INBOUND), {2, 3}),
        (message(*SENT_OUT), {1, 2}),
        (message(*SENT_OUT, POSTFIX), set()),
        (message(*SENT_OUT, GATEWAY), {1, 2}),
        (message(mapi("ex9.stranger.example"), smtp("ex9.stranger.example", "ex9.stranger.example"), *INBOUND), {3, 4}),
        (message(mapi("ex9.stranger.example"), POSTFIX, *INBOUND), {3, 4}),
        (message(*SENT_OUT, FE_ONLINE, MBX_ONLINE), {3, 4}),
        (message(*SENT_OUT, FE_ONLINE, MBX_ONLINE, headers=HYBRID), {1, 2, 3, 4}),
        (message(*SENT_OUT, FORGED, INBOUND[1]), {3, 4}),
        (message(POSTFIX), set()),
    ],
    ids=[
        "inbound",
        "internal",
        "outbound, then a stranger",
        "outbound, then a gateway of the domain",
        "from another organisation directly",
        "from another organisation through a gateway",
        "a stranger's server before Exchange Online",
        "hybrid",
        "names of the organisation below a stranger's server",
        "no Exchange",
    ],
)
def test_own_servers_are_those_of_the_organisation_at_the_end_of_the_path(route: Route, expected: set[int]) -> None:
    context = MessageContext(route=route)
    assert context.own_hops == expected
    assert [context.is_own(hop) for hop in route.hops] == [hop.number in expected or None for hop in route.hops]


@pytest.mark.parametrize("own", [True, None, False])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_no_check_on_microsoft_servers(check: Check, own: bool | None) -> None:  # noqa: FBT001
    for hop in (ONLINE, by(ON_PREMISES, "x.mail.protection.outlook.com")):
        assert check(of(hop, own=own), hop) == ()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_check_names_the_on_premises_server(check: Check) -> None:
    lines = check(of(ON_PREMISES), ON_PREMISES)
    assert lines
    assert all(SERVER in line for line in lines)
    conditional = check(of(ON_PREMISES, own=None), ON_PREMISES)
    assert conditional == tuple(f"If {SERVER} is yours: {line}" for line in lines)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_checks_of_foreign_servers_are_questions_to_their_administrator(check: Check) -> None:
    lines = check(of(ON_PREMISES, own=False), ON_PREMISES)
    assert all(line.startswith(f"Ask the administrator of {SERVER} ") for line in lines)


def test_exchange_2010_servers_get_the_2010_cmdlet() -> None:
    hop = message(smtp(SERVER, SERVER, "14.3.496.0")).hops[0]
    (line,) = next_steps.transport_service(of(hop), hop, "MessageRetryInterval")
    assert line == f"Get-TransportServer -Identity {SERVER} | Format-List MessageRetryInterval"


HOSTILE = (
    '"; Remove-Item C:\\ -Recurse; "',
    "`whoami`",
    "$(whoami)",
    "a\nb",
    "a b",
    "\u201d; whoami; \u201c",
    "a;b",
    "a|b",
    "a&b",
    "{a}",
    "-Force",
    "'a'",
    "\x00",
    "",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_omitted(text: str) -> None:
    hop, plain_hop = by(ON_PREMISES, text), by(ON_PREMISES, "\x00")
    lines = [line for check in CHECKS for line in check(of(hop), hop)]
    lines += next_steps.tracking(of(hop, f"<{text}$@x.example>"), hop)
    plain = [line for check in CHECKS for line in check(of(plain_hop), plain_hop)]
    assert lines == [*plain, "Get-MessageTrackingLog"]
    assert next_steps.message_trace(of(ONLINE, f"<{text}`@x.example>"), ONLINE) == ("Run a message trace.",)
    assert next_steps.inbox_rules(f"a{text} @x.example") == "If that mailbox is yours: check its inbox rules."


@given(st.text() | st.sampled_from(HOSTILE), st.text() | st.sampled_from(HOSTILE))
def test_any_text_is_one_powershell_argument(host: str, message_id: str) -> None:
    hop = by(ON_PREMISES, host)
    (line,) = next_steps.tracking(of(hop, message_id), hop)
    for text in (line, next_steps.inbox_rules(host)):
        assert text.isascii()
        assert text.count('"') in {0, 2}
        assert not set("`$;&\r\n") & set(text)


@pytest.mark.no_cover  # real mail: the smaller tests measure it
@pytest.mark.parametrize("name", ["labelled", "other"])
def test_findings_of_real_messages_are_short_and_name_no_microsoft_server(name: str) -> None:
    declared = {rule.code: rule.severities for rule in RULES}
    with gzip.open(CORPUS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        routes = [hopscope.read(json.loads(line)["headers"]) for line in lines]
    for route in routes:
        for finding in findings(route):
            assert finding.severity in declared[finding.code]
            assert len(finding.message.removeprefix("As the headers claim: ")) <= 160
            assert finding.message.endswith(".")
            for check in finding.checks:
                assert check.strip()
                assert check.isprintable()
                assert "outlook.com" not in check.lower().replace((route.message_id or "").lower(), "")


@pytest.mark.parametrize(
    ("sender", "named"),
    [
        ("EX16-01.corp.example (10.0.0.11)", "EX16-01.corp.example"),
        ("EX16-01.corp.example (10.0.0.12)", "mail.corp.example"),
        ("(10.0.0.11)", "mail.corp.example"),
    ],
    ids=["the same address", "another address", "no name"],
)
def test_a_cmdlet_names_the_server_and_not_its_connector(sender: str, named: str) -> None:
    """Front End Transport records the FQDN of its Receive connector, and sends by the name of the server."""
    exchange = "with Microsoft SMTP Server id 15.1.2507.39"
    route = message(
        f"from y.example.net (192.0.2.9) by mail.corp.example (10.0.0.11) {exchange}{FE}",
        f"from {sender} by mb1.corp.example (10.0.0.2) {exchange}",
    )
    context = MessageContext(route=route)
    assert next_steps.queues(context, route.hops[0]) == (
        f"Get-Queue -Server {named} | Format-List Identity, Status, LastError",
    )


def test_a_cmdlet_does_not_name_the_peer_of_a_claimed_server() -> None:
    exchange = "with Microsoft SMTP Server id 15.1.2507.39"
    route = message(
        f"from ws (192.168.1.5) by mx3.corp.example (203.0.113.7) {exchange}",
        f"from mail.evil.example (203.0.113.7) by mx1.corp.example (10.0.0.2) {exchange}{FE}",
        f"from mx1.corp.example (10.0.0.2) by mb1.corp.example (10.0.0.3) {exchange}",
    )
    (check,) = next_steps.queues(MessageContext(route=route), route.hops[0])
    assert check.startswith("If mx3.corp.example is yours: Get-Queue -Server mx3.corp.example |")


@pytest.mark.parametrize("host", [None, "localhost", "localhost.localdomain", "10.56.189.101", "gw01", "x y.example"])
def test_nobody_is_asked_about_a_host_that_only_its_network_knows(host: str | None) -> None:
    assert next_steps.ask_host(host, "to check its clock") == ()


@pytest.mark.parametrize(
    ("diagnostic", "expected"),
    [
        (
            "421 4.4.1 Connection timed out",
            "Check firewalls and the Internet provider, which often block outbound port 25.",
        ),
        (
            "550 5.1.1 rejected",
            "Check whether the recipient was moved, and its targetAddress, in a hybrid organisation.",
        ),
        ("550 5.1.1 rejected", "On that system: Get-Recipient x@corp.example"),
        ("550 5.7.1 Access denied", "Ask the administrators of the recipient."),
        ("450 4.2.0 Greylisted", "Check whether a retry succeeds: the sender retries by itself."),
        ("550 5.7.1 Unable to relay", "Get-AcceptedDomain: whether the recipient's domain is one"),
        ("550 5.2.3 QUEUE.Priority; message too large", "Send again with normal importance."),
    ],
)
def test_a_check_of_a_report_is_an_imperative_sentence_or_a_command(diagnostic: str, expected: str) -> None:
    route = report(f"x@corp.example\nAction: failed\nDiagnostic-Code: smtp; {diagnostic}")
    (finding,) = (finding for finding in findings(route) if finding.code == "HOP461")
    assert expected in finding.checks
    assert all(re.match("[A-Z]|[a-z0-9]+ /|https?:", check) for check in finding.checks)


@pytest.mark.parametrize(
    ("header", "below", "expected"),
    [
        (
            "Content-Type: multipart/report; boundary=b",
            (
                "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; ex1.corp.example\n\n"
                "Final-Recipient: rfc822; x@y.example\nAction: failed\nStatus: 5.1.1\n\n"
                "--b\nContent-Type: text/rfc822-headers\n\nReceived: from c.example by d.example; {date}\n\n--b--\n"
            ),
            ("Run hopscope show --attached: it also shows the path of the report.",),
        ),
        (
            "Content-Type: text/plain",
            "Hello,\n\nplease see:\n\nReceived: from c.example by d.example; {date}\n",
            (
                "If the message is attached: run hopscope show --attached: it reads attached messages.",
                "Read each message from its own file if the input has several.",
            ),
        ),
    ],
    ids=["a report", "another message"],
)
def test_the_check_of_an_unread_field_shows_the_message_that_has_it(
    header: str, below: str, expected: tuple[str, ...]
) -> None:
    date = "Tue, 31 Jul 2012 21:52:42 +1000"
    text = f"Received: from a.example by b.example; {date}\n{header}\n\n{below.format(date=date)}"
    (finding,) = (finding for finding in findings(hopscope.read(text)) if finding.code == "HOP303")
    assert finding.checks == expected
