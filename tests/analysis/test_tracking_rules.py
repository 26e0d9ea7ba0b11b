"""Findings from tracking logs, and what they change in those from headers."""

from datetime import timedelta

import pytest

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.diagnosis import RULES
from hopscope.analysis.facts import Fact
from hopscope.model import Finding, Severity, TrackingEvent
from tests.analysis.finding_parts import assert_well_formed
from tests.analysis.messages import message, sample, smtp
from tests.analysis.tracking_events import DELIVERY_OFFLINE, START, Log, delayed_delivery

_ROUTE = sample("exchange-2019-inbound")
_LOG = Log()
_RECEIVE = _LOG.receive(0, "EX19-02", "EX19-01")
_ELSEWHERE = _LOG.receive(0, "EX19-07", "EX19-01")
CASES: dict[str, list[tuple[str, tuple[TrackingEvent, ...], tuple[int | None, str, str | None] | None]]] = {
    "HOP701": [
        (
            "sent on at once to the next server",
            (_RECEIVE, _LOG.send(1, "EX19-02", "EX19-01")),
            (
                4,
                "Of 5 min 6 s before hop 4, EX19-02 held the message for 1 s.",
                (
                    "Its tracking log has SEND to EX19-01 1 s after RECEIVE: the clocks of hops 3 and 4 differ by "
                    "5 min 5 s."
                ),
            ),
        ),
        (
            "sent on at once to another server",
            (_RECEIVE, _LOG.send(1, "EX19-02", "filter.example.com")),
            (
                4,
                "EX19-02 had sent the message to filter.example.com 5 min 5 s before hop 4 received it.",
                (
                    "Its tracking log has SEND 1 s after RECEIVE: filter.example.com or a later server held the "
                    "message, or the clocks of hops 3 and 4 differ."
                ),
            ),
        ),
        (
            "held by a server without a hop",
            (
                _RECEIVE,
                _LOG.send(1, "EX19-02", "EX19-09"),
                _LOG.receive(1, "EX19-09", "EX19-02"),
                _LOG.send(306, "EX19-09", "EX19-01"),
            ),
            (
                4,
                "EX19-09 (Transport) held the message for 5 min 5 s before hop 4, and added no Received field.",
                "The tracking log shows the message at EX19-09 Transport for 5 min 5 s.",
            ),
        ),
        ("confirmed", delayed_delivery(), None),
        ("a partial log", (_RECEIVE,), None),
    ],
    "HOP702": [
        (
            "still deferred",
            (
                _ELSEWHERE,
                _LOG.defer(1, "EX19-07", "451 4.9.9 out of order"),
                _LOG.defer(9, "EX19-07", "451 4.9.9 out of order", next_retry=START + timedelta(minutes=10)),
            ),
            (
                None,
                "EX19-07 deferred the message 2 times: 451 4.9.9 out of order.",
                "The next attempt was planned for 2024-06-03 18:12:35 UTC (inferred).",
            ),
        ),
        (
            "sent later",
            (
                _ELSEWHERE,
                _LOG.defer(1, "EX19-07", "451 4.9.9 out of order"),
                _LOG.send(60, "EX19-07", "mx.example.org"),
            ),
            (None, "EX19-07 deferred the message: 451 4.9.9 out of order.", None),
        ),
        (
            "the end is not in the log, but the header shows the next hop",
            (_RECEIVE, _LOG.defer(1, "EX19-02", "451 4.9.9 out of order", next_retry=START + timedelta(minutes=10))),
            (3, "EX19-02 deferred the message: 451 4.9.9 out of order.", None),
        ),
        ("by an agent", (_LOG.defer(1, "EX19-07", source="AGENT"),), None),
        ("within a delay that is reported", delayed_delivery(), None),
    ],
    "HOP703": [
        (
            "failed",
            (_LOG.event(5, "FAIL", "ROUTING", logged_by="EX19-02", reply="550 5.9.9 no such thing"),),
            (3, "Not delivered by EX19-02 for bob@example.com: 550 5.9.9 no such thing.", None),
        ),
        (
            "failed, in a log whose version the header shows only",
            (Log(is_2010=True).event(5, "FAIL", "ROUTING", logged_by="EX19-02", reply="550 5.9.9 no such thing"),),
            (3, "Not delivered by EX19-02 for bob@example.com: 550 5.9.9 no such thing.", None),
        ),
        (
            "dropped",
            (_LOG.event(5, "DROP", "AGENT", logged_by="EX19-07", recipients=("a@b.example", "c@b.example")),),
            (None, "Dropped by EX19-07 for a@b.example, c@b.example.", None),
        ),
        ("redirected by a rule", (_LOG.event(5, "FAIL", "AGENT", logged_by="EX19-02"),), None),
        ("delivered to the same recipient", (_LOG.event(5, "FAIL", "ROUTING"), _LOG.deliver(9, "EX19-01")), None),
    ],
}


def _findings(*events: TrackingEvent) -> tuple[Finding, ...]:
    return Analysis(route=_ROUTE, tracking_events=events).findings


@pytest.mark.parametrize(
    ("code", "events", "expected"),
    [
        pytest.param(code, events, expected, id=f"{code} {name}")
        for code, cases in CASES.items()
        for name, events, expected in cases
    ],
)
def test_rule(
    code: str, events: tuple[TrackingEvent, ...], expected: tuple[int | None, str, str | None] | None
) -> None:
    found = [finding for finding in _findings(*events) if finding.code == code]
    if expected is None:
        assert found == []
        return
    (finding,) = found
    assert_well_formed(finding)
    assert (finding.hop, finding.message, finding.cause) == expected


def test_every_rule_of_logs_has_cases_and_reports_its_severities() -> None:
    rules = [rule for rule in RULES if rule.needs == {Fact.TRACKED}]
    assert [rule.code for rule in rules] == list(CASES)
    for rule in rules:
        found = [finding for _, events, _ in CASES[rule.code] for finding in _findings(*events)]
        assert {finding.severity for finding in found if finding.code == rule.code} == {*rule.severities}


def test_a_deferral_gives_the_cause_of_a_delay_and_what_to_check() -> None:
    (finding,) = (finding for finding in _findings(*delayed_delivery()) if finding.code == "HOP110")
    assert finding.severity is Severity.WARNING
    assert finding.cause == (
        "The tracking log shows the message at EX19-02 Transport for 5 min 6 s, deferred once: "
        "432 4.3.2 mailbox server is offline."
    )
    assert not any("TrackingLog" in check or "Interval" in check for check in finding.checks)
    assert finding.checks[0].startswith("Get-MailboxDatabaseCopyStatus")


def test_clock_skew_that_a_log_shows_gives_no_delay() -> None:
    codes = {finding.code for finding in _findings(_RECEIVE, _LOG.send(1, "EX19-02", "EX19-01"))}
    assert "HOP701" in codes
    assert not codes & {"HOP110", "HOP111"}


def test_what_a_log_shows_at_an_unlinked_hop_is_not_a_claim_of_the_header() -> None:
    route = message(
        f"{smtp('x.example', 'ex1.corp.example')}; Mon, 3 Jun 2024 18:02:30 +0000",
        f"{smtp('other.example', 'mx.dest.example')}; Mon, 3 Jun 2024 18:02:33 +0000",
    )
    event = Log().event(1, "FAIL", "ROUTING", logged_by="ex1.corp.example", reply="550 5.9.9 no such thing")
    analysis = Analysis(route=route, tracking_events=(event,))
    (finding,) = (finding for finding in analysis.findings if finding.code == "HOP703")
    assert analysis.last_unlinked == 1
    assert (finding.hop, finding.severity) == (1, Severity.ERROR)
    assert finding.message == "Not delivered by ex1.corp.example for bob@example.com: 550 5.9.9 no such thing."


def test_a_known_reason_is_explained() -> None:
    log = Log()
    events = (_ELSEWHERE, log.defer(1, "EX19-07", DELIVERY_OFFLINE))
    (finding,) = (finding for finding in _findings(*events) if finding.code == "HOP702")
    assert finding.cause
    assert finding.checks
