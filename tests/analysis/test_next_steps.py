"""Next steps of findings: only for servers the administrator can access, and safe to paste into PowerShell."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope.analysis.diagnosis import RULES, findings
from hopscope.analysis.rules import next_steps
from hopscope.model import ExtendedDomain, Hop

from .messages import POSTFIX, message, smtp

CORPUS = Path(__file__).parent.parent / "corpus"
SERVER = "ex1.corp.example"
ON_PREMISES = message(smtp(SERVER, SERVER)).hops[0]
ONLINE_SERVER = "AM9PR07MB7891.eurprd07.prod.outlook.com"
ONLINE = message(smtp(ONLINE_SERVER, ONLINE_SERVER, "15.20.7362.27")).hops[0]
OTHER = message(POSTFIX).hops[0]
MESSAGE_ID = "<1@x.example>"
CHECKS = (
    next_steps.queues,
    next_steps.connectors,
    next_steps.transport_service,
    next_steps.exchange_server,
    next_steps.database_copies,
    next_steps.clock,
    next_steps.time_zone,
    next_steps.tls_settings,
)


def by(hop: Hop, server: str) -> Hop:
    return replace(hop, stamp=replace(hop.stamp, by_domain=ExtendedDomain(domain=server)))


@pytest.mark.parametrize(
    ("hop", "expected"),
    [
        (ON_PREMISES, (f'Get-MessageTrackingLog -Server {SERVER} -MessageId "{MESSAGE_ID}" -EventId DEFER',)),
        (ONLINE, (f'Get-MessageTraceV2 -MessageId "{MESSAGE_ID}"',)),
        (OTHER, ("Ask the administrator of y.example.net for its log of this message.",)),
        (by(OTHER, "x.mail.protection.outlook.com"), (f'Get-MessageTraceV2 -MessageId "{MESSAGE_ID}"',)),
        (by(ON_PREMISES, "x y"), (f'Get-MessageTrackingLog -MessageId "{MESSAGE_ID}" -EventId DEFER',)),
        (by(OTHER, "x y"), ()),
    ],
)
def test_cmdlet_and_server_for_message_tracking(hop: Hop, expected: tuple[str, ...]) -> None:
    assert next_steps.tracking(hop, MESSAGE_ID, "DEFER") == expected


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_no_check_on_microsoft_servers(check: object) -> None:
    assert callable(check)
    assert check(ONLINE) == ()
    assert check(by(ON_PREMISES, "x.mail.protection.outlook.com")) == ()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_check_names_the_on_premises_server(check: object) -> None:
    assert callable(check)
    assert all(SERVER in line for line in check(ON_PREMISES))
    assert check(ON_PREMISES)


def test_exchange_2010_servers_get_the_2010_cmdlet() -> None:
    (line,) = next_steps.transport_service(message(smtp(SERVER, SERVER, "14.3.496.0")).hops[0], "MessageRetryInterval")
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
    lines = [line for check in CHECKS for line in check(by(ON_PREMISES, text))]
    lines += next_steps.tracking(by(ON_PREMISES, text), f"<{text}$@x.example>")
    plain = [line for check in CHECKS for line in check(by(ON_PREMISES, "\x00"))]
    assert lines == [*plain, "Get-MessageTrackingLog"]
    assert next_steps.message_trace(f"<{text}`@x.example>") == "Run a message trace."


@given(st.text() | st.sampled_from(HOSTILE), st.text() | st.sampled_from(HOSTILE))
def test_any_text_is_one_powershell_argument(host: str, message_id: str) -> None:
    (line,) = next_steps.tracking(by(ON_PREMISES, host), message_id)
    assert line.isascii()
    assert line.count('"') in {0, 2}
    assert not set("`$;|&\r\n") & set(line)


@pytest.mark.parametrize("name", ["labelled", "other"])
def test_findings_of_real_messages_are_short_and_name_no_microsoft_server(name: str) -> None:
    declared = {rule.code: rule.severities for rule in RULES}
    with gzip.open(CORPUS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        routes = [hopscope.read(json.loads(line)["headers"]) for line in lines]
    for route in routes:
        for finding in findings(route):
            assert finding.severity in declared[finding.code]
            assert len(finding.message) <= 160
            assert finding.message.endswith(".")
            for check in finding.checks:
                assert check.strip()
                assert check.isprintable()
                assert "outlook.com" not in check.lower().replace((route.message_id or "").lower(), "")
