"""Reports: a redacted one has the same delivery status, and its errors the same explanations."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from hopscope.analysis.analyze import analyze
from hopscope.api import read
from hopscope.classifier.error_rows import Row, rows
from hopscope.classifier.error_strings import explain_reply
from hopscope.model import DateTime, DeliveryAction, DeliveryStatus, Route
from hopscope.redaction import Aliases, redact
from hopscope.redaction.reports import report
from tests.analysis.test_diagnosis import CASES as RULE_CASES
from tests.classifier.test_error_strings import cases
from tests.parser.test_delivery_status import CASES

from .helpers import KEY, preserved_facts, redacted

ALIASES = Aliases(KEY)
REPORT = """\
From: MAILER-DAEMON@contoso.com
Date: Tue, 31 Jul 2012 22:00:00 +1000
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: text/plain

Anna Mueller could not be reached: ask ann@contoso.com, mueller@fabrikam.com
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; ex1.contoso.com
Arrival-Date: Tue, 31 Jul 2012 21:52:42 +1000

Final-Recipient: rfc822; mueller@fabrikam.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.fabrikam.com (203.0.113.9)
Diagnostic-Code: smtp; 550 5.1.1 <mueller@fabrikam.com>: Recipient address rejected: User unknown in Fabrikam table
Last-Attempt-Date: Tue, 31 Jul 2012 21:59:42.5 +1000

Final-Recipient: rfc822; =?utf-8?q?m=C3=BCller?=@fabrikam.com
Action: delayed
Status: 4.4.7
Diagnostic-Code: smtp; 451 4.7.999 Mueller of Fabrikam; last error: 421 4.4.2 Connection dropped due to SocketError
Will-Retry-Until: 02.08.2012 21:52

--x
Content-Type: message/rfc822

Received: from a.contoso.com (HELO a) ([203.0.113.9]) by ex1.contoso.com with ESMTP id 4TbkDq5pXvz9 for
 <mueller@fabrikam.com>; Tue, 31 Jul 2012 21:52:40 +1000
Subject: Mueller

Dear Ms Mueller, Fabrikam
--x--
"""


def instant(date: DateTime | None) -> datetime | None:
    return date.value if date else None


def diagnostic(text: str) -> str:
    """The error in the redacted report about a status with an error."""
    status = DeliveryStatus(action=DeliveryAction.FAILED, diagnostic=text)
    field = re.search("Diagnostic-Code: smtp; (.*)", report([status], "", ALIASES))
    return field[1] if field else ""


def status_facts(route: Route) -> list[tuple[Any, ...]]:
    return [
        (
            status.action,
            status.status,
            status.explanation and (status.explanation.meaning, status.explanation.confidence),
            status.held,
            [instant(date) for date in (status.arrival_date, status.last_attempt, status.will_retry_until)],
            [bool(text) for text in (status.recipient, status.reporting_mta, status.remote_mta, status.diagnostic)],
        )
        for status in route.delivery_status
    ]


def test_a_report_keeps_its_status_and_names_nobody() -> None:
    shown = redacted(REPORT)
    for secret in ("mueller", "fabrikam", "contoso", "203.0.113.9", "m=c3", "4TbkDq"):
        assert secret.lower() not in shown.lower()
    before, after = read(REPORT), read(shown)
    assert status_facts(after) == status_facts(before)
    assert preserved_facts(after) == preserved_facts(before)
    again = read(redacted(shown))
    assert status_facts(again) == status_facts(before)
    assert preserved_facts(again) == preserved_facts(before)


def test_reports_of_mail_systems_keep_their_status() -> None:
    routes = {name: read(text) for name, text, *_ in CASES}
    reports = {name: route for name, route in routes.items() if route.delivery_status}
    assert len(reports) > 50
    for route in reports.values():
        assert status_facts(read(redact(route, ALIASES).text)) == status_facts(route)


OTHER_ERRORS = 3
"""Of 485 errors as posted: those that quote an error in words that no known error has."""


def test_errors_keep_their_explanation() -> None:
    different = 0
    for text, _ in cases():
        before, after = (explain_reply(error) for error in (text, diagnostic(text)))
        different += [each.meaning for each in before] != [each.meaning for each in after]
    assert different <= OTHER_ERRORS


def statuses(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w.])[245]\.[0-9]\.[0-9]{1,3}(?![\w.])", text))


def variants(row: Row) -> Iterator[str]:
    """The example of a known error with each of its codes, and with other reply codes."""
    example = row.explanation.text
    yield example
    own = re.match(r"[245][0-9]{2}[ -]([245]\.[0-9]{1,3}\.[0-9]{1,3})(?= )", example)
    if own is None:
        return
    for code in row.explanation.codes:
        first, _, last = code.partition("-")
        for status in (first, f"{first.rpartition('.')[0]}.{last}" if last else first):
            for reply in ("450", "471") if status.startswith("4") else ("550", "571"):
                yield f"{reply} {status}{example[own.end() :]}"


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row.rank))
def test_an_error_keeps_its_codes_and_its_explanation(row: Row) -> None:
    for text in variants(row):
        shown = diagnostic(text)
        assert statuses(shown) == statuses(text)
        assert re.findall(r"^[245][0-9]{2}\b", shown) == re.findall(r"^[245][0-9]{2}\b", text)
        assert [each.meaning for each in explain_reply(shown)] == [each.meaning for each in explain_reply(text)]


def test_posted_errors_keep_their_codes() -> None:
    for text, _ in cases():
        if statuses(text):
            assert statuses(diagnostic(text)) == statuses(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "550 5.7.54 Unable to relay"),
        ("550 5.7.1 Unable to relay", "550 5.7.1 Unable to relay"),
        ("#5.7.54 smtp;550 5.7.54 SMTP; Unable to relay recipient of ann", "550 5.7.54 Unable to relay"),
        ("571 5.7.60 SMTP; Anonymous client does not have permissions to send as this sender",
         "571 5.7.60 Anonymous client does not have permissions to send as this sender"),
        ("552 mailbox full", "552 Mailbox full"),
        ("sorry, too many emails (#4.3.2)", "4.3.2 sorry, too many emails"),
        ('451 4.4.0 Primary target IP address responded with: "554 5.7.54 Unable to relay"',
         "451 4.4.0 Primary target IP address responded with: 554 5.7.54 Unable to relay"),
    ],
)  # fmt: skip
def test_an_example_has_the_codes_of_the_error(text: str, shown: str) -> None:
    assert diagnostic(text) == shown


UNREAD = {
    ("HOP301", "quoted"): "the redacted block needs no repair",
    ("HOP303", "one in the body"): "the body is left out",
    ("HOP303", "two in the body"): "the body is left out",
}


def test_messages_of_every_rule_keep_their_findings() -> None:
    different = set()
    for code, of_rule in RULE_CASES.items():
        for title, route, _ in of_rule:
            before, after = analyze(route), analyze(read(redact(route, ALIASES).text))
            if [(each.code, each.hop) for each in before.findings] != [
                (each.code, each.hop) for each in after.findings
            ]:
                different.add((code, title))
    assert different == UNREAD.keys()


@pytest.mark.parametrize(
    "text", ["550 5.1.1 Mueller is gone", "Mueller 5.7.999 fabrikam", "mueller", "", "571 Mueller"]
)
def test_an_unknown_error_keeps_its_codes_alone(text: str) -> None:
    shown = diagnostic(text)
    assert "mueller" not in shown.lower()
    assert "fabrikam" not in shown.lower()
