"""Severity and text of long delays: whose queue it was, what is usual, and which timer explains it."""

from dataclasses import dataclass

import pytest

from hopscope.analysis.context import MessageContext
from hopscope.analysis.diagnosis import diagnose
from hopscope.api import findings
from hopscope.model import Finding, Severity

from .messages import FE, MBX, mapi, message, smtp

EX10, EX13, EX16, EX19, EDGE = (f"{name}.corp.example" for name in ("ex10", "ex13", "ex16", "ex19", "edge"))
V2010, V2013, V2016, V2019, ONLINE = "14.3.123.3", "15.0.775.38", "15.1.2507.39", "15.2.1544.4", "15.20.7181.15"
X, Y = "AM9PR07MB7891.eurprd07.prod.outlook.com", "AS8PR07MB7654.eurprd07.prod.outlook.com"


POOL = "mail-db5eur01on2050.outbound.protection.outlook.com"
GMAIL = "from [192.0.2.8] (host.test [192.0.2.8]) by smtp.gmail.com with ESMTPSA id a4"


def mta(sender: str, server: str, software: str = "Postfix") -> str:
    """A Received field of another mail system."""
    return f"from {sender} ({sender} [192.0.2.9]) by {server} ({software}) with ESMTPS id A1"


def delays(*stamps: str | int) -> list[Finding]:
    """The findings on long delays in a message of stamps, oldest first, with the seconds between them."""
    seconds, dated = 0, []
    for stamp in stamps:
        if isinstance(stamp, int):
            seconds += stamp
        else:
            days, rest = divmod(seconds, 86_400)
            clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
            dated.append(f"{stamp}; {6 + days} Jan 2014 {clock} +0100")
    return [finding for finding in findings(message(*dated)) if finding.code in {"HOP110", "HOP111"}]


@dataclass
class Case:
    """A path and what is reported about its delays: code, hop and severity."""

    stamps: tuple[str | int, ...]
    expected: list[tuple[str, int, str]]


DELIVERED = (smtp("mx.corp.example", EX16, via=FE), smtp(EX16, EX19, V2019), smtp(EX19, EX19, V2019, via=MBX))
CASES = {
    "strangers, 20 min": Case(
        (mta("a.example", "b.example"), 1200, mta("b.example", "c.test")), [("HOP110", 2, "info")]
    ),
    "strangers, 30 h": Case(
        (mta("a.example", "b.example", "Sendmail"), 108_000, mta("b.example", "c.test", "Exim 4.94")),
        [("HOP110", 2, "info")],
    ),
    "strangers, 4 min": Case((mta("a.example", "b.example"), 240, mta("b.example", "c.test")), []),
    "a list before the reader's Exchange": Case(
        (mta("a.example", "lists.example"), 3600, mta("lists.example", "mx.test"), *DELIVERED),
        [("HOP110", 2, "info")],
    ),
    "a stranger to the reader's Exchange, as usual": Case(
        (
            mta("a.example", "b.example"),
            3600,
            smtp("b.example", EX16, via=FE),
            smtp(EX16, EX16),
            smtp(EX16, EX16, via=MBX),
        ),
        [("HOP110", 2, "info")],
    ),
    "a stranger to the reader's Exchange, longer than usual": Case(
        (mta("a.example", "b.example"), 18_000, smtp("b.example", EX16, via=FE), smtp(EX16, EX16)),
        [("HOP110", 2, "warning")],
    ),
    "the reader's gateway": Case(
        (mta("a.example", "mx.corp.example"), 1200, *DELIVERED),
        [("HOP110", 2, "warning")],
    ),
    "the reader's gateway with another system": Case(
        (mta("a.example", "gw.corp.example", "IronPort AsyncOS"), 400, smtp("gw.corp.example", EX10, V2010)),
        [("HOP110", 2, "warning")],
    ),
    "an Exchange queue for a stranger": Case(
        (mapi(EX16), smtp(EX16, EX16), 600, mta(EX16, "mx.test")), [("HOP110", 3, "warning")]
    ),
    "an Exchange queue of Exchange Online": Case(
        (smtp(X, Y, ONLINE), 600, mta(POOL, "mx.test", "Exim 4.94")), [("HOP110", 2, "warning")]
    ),
    "an Exchange queue for a stranger, 2 min": Case((mapi(EX16), smtp(EX16, EX16), 120, mta(EX16, "mx.test")), []),
    "between Exchange servers, 2 min": Case(
        (mapi(EX16), smtp(EX16, EX16), 120, smtp(EX16, EX16)), [("HOP110", 3, "info")]
    ),
    "a queue for a mailbox, 2 min, not counted": Case((smtp("mx.test", EX16), 120, smtp(EX16, EX16, via=MBX)), []),
    "a queue for a mailbox of Exchange Online, 2 min": Case(
        (smtp(X, Y, ONLINE), 120, f"from {Y} (::1) by {X} with HTTPS"), [("HOP110", 2, "info")]
    ),
    "past a timeout: once": Case(
        (mapi(EX10, build="14.03.0123.003"), smtp(EX10, EX10, V2010), 5 * 3600, mta(EX10, "mx.test")),
        [("HOP111", 3, "warning")],
    ),
    "past both timeouts: once": Case(
        (smtp("mx.test", EX16), 3 * 86_400, mta(EX16, "c.test")), [("HOP111", 2, "warning")]
    ),
    "past the timeout of Exchange Online": Case(
        (smtp(X, Y, ONLINE), 90_000, mta(POOL, "c.test")), [("HOP111", 2, "warning")]
    ),
    "hours in Exchange Online, before its timeout": Case(
        (smtp(X, Y, ONLINE), 80_000, mta(POOL, "c.test")), [("HOP110", 2, "warning")]
    ),
    "hours at a stranger": Case(
        (mta("a.example", "b.example"), 200_000, mta("b.example", "c.test")), [("HOP110", 2, "info")]
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_severity(case: Case) -> None:
    assert [(each.code, each.hop, str(each.severity)) for each in delays(*case.stamps)] == case.expected


@pytest.mark.parametrize(
    ("stamps", "cause"),
    [
        pytest.param(
            (mapi(EX13, build="15.00.0775.031"), smtp(EX13, EX13, V2013), 601, smtp(EX13, EX10, V2010)),
            "OutboundConnectionFailureRetryInterval (10 min, observed 10 min 1 s)",
            id="one interval of a queue in retry",
        ),
        pytest.param(
            (smtp("mx.test", EX19, V2019), 604, mta(EX19, "mx.test")),
            None,
            id="10 min to another system: none of eight such delays matched",
        ),
        pytest.param(
            (smtp("mx.test", EX16), 906, mta(EX16, "mx.test")),
            "MessageRetryInterval (15 min, observed 15 min 6 s)",
            id="15 min",
        ),
        pytest.param((smtp("mx.test", EX16), 450, mta(EX16, "mx.test")), None, id="no interval"),
        pytest.param((smtp("mx.test", EX16), 306, mta(EX16, "mx.test")), None, id="5 min, as likely by chance"),
        pytest.param(
            (smtp("mx.test", EX16), 306, smtp(EX16, EX16, via=MBX)),
            "MailboxDeliveryQueueRetryInterval",
            id="5 min for a mailbox",
        ),
        pytest.param(
            (smtp("mx.test", EX16), 440, smtp(EX16, EX16, via=MBX)), None, id="7 min for a mailbox, not counted"
        ),
        pytest.param(
            (smtp(X, Y, ONLINE), 601, mta(Y, "mx.test")), None, id="Exchange Online, whose timers are unknown"
        ),
        pytest.param((mta("a.test", "b.test"), 601, mta("b.test", "c.test")), None, id="another system"),
        pytest.param(
            (mta("a.test", "b.test"), 15_000, mta("b.test", "c.test")),
            "Exceeds the 99th percentile of hops between other mail systems (3 h 55 min).",
            id="unusual for another system",
        ),
        pytest.param(
            (mta("a.test", "b.test"), 5 * 3600 + 19, mta("b.test", "c.test")),
            "Consistent with a wrong time zone on one server (5 h, and 19 s in transit).",
            id="a number of hours, and some seconds",
        ),
        pytest.param(
            (smtp("mx.test", EX16), 3602, mta(EX16, "mx.test")),
            "a wrong time zone on one server (a multiple of 30 min).",
            id="an hour",
        ),
        pytest.param(
            (mta("a.test", "b.test"), 86_400, mta("b.test", "c.test")),
            "Consistent with c.test being unreachable or deferring the message, or with a content filter",
            id="a day",
        ),
        pytest.param(
            (mta("a.test", "b.test"), 1800, "from b.test ([127.0.0.1]) by localhost (amavisd-new) with ESMTP id x"),
            "Consistent with a queue or a content filter on that server.",
            id="half an hour on one machine",
        ),
        pytest.param((smtp("mx.test", EX16), 3630, mta(EX16, "mx.test")), None, id="an hour and half a minute"),
        *(
            pytest.param((sent, seconds, "by mail-wr1-f67.google.com with SMTP id a5"), cause, id=f"{cause} {seconds}")
            for sent, seconds, cause in (
                (GMAIL, 444, "Consistent with a server after hop 2 being unreachable or deferring the message: Google"),
                (GMAIL, 20_000, "Consistent with a server after hop 2 being unreachable or deferring the message"),
                (mta("a.test", "b.test"), 444, "Consistent with mail-wr1-f67.google.com being unreachable"),
            )
        ),
        pytest.param(
            (GMAIL, 444, "from mail-wr1-f67.google.com ([192.0.2.7]) by mx.test (Postfix) with ESMTPS id b1"),
            "Consistent with mx.test being unreachable",
            id="from Google",
        ),
        pytest.param(
            (mta("a.test", "b.test"), 1_029_172, mta("b.test", "c.test")),
            "Consistent with a moderated list, a message resent later, or a wrong date: queues keep mail for at most ",
            id="twelve days",
        ),
        pytest.param(
            (mta("a.test", "b.test"), 1200, mta("b.test", "localhost", "amavisd-new")),
            "Consistent with a queue or a content filter on that server.",
            id="a filter called localhost",
        ),
        pytest.param(
            (mta("a.test", "b.test"), 1200, mta("b.test", "c.test")),
            "Consistent with c.test being unreachable or deferring the message, or with a content filter or list ",
            id="another server",
        ),
    ],
)
def test_cause(stamps: tuple[str | int, ...], cause: str | None) -> None:
    (finding,) = delays(*stamps)
    assert finding.cause is not None
    if "time zone" in (cause or ""):
        assert "percentile" not in finding.cause
    if cause is None:
        assert "time zone" not in finding.cause
        assert "Interval" not in finding.cause
        assert "percentile" not in finding.cause
    else:
        assert cause in finding.cause


def test_settings_decide_whose_delay_it_is() -> None:
    route = message(
        f"{mta('a.example', 'b.example')}; 6 Jan 2014 09:00:00 +0100",
        f"{mta('b.example', 'c.test')}; 6 Jan 2014 09:20:00 +0100",
    )
    (stranger,) = findings(route)
    assert stranger.severity is Severity.INFO
    (own,) = diagnose(MessageContext(route=route, attested={1: True}))
    assert own.severity is Severity.WARNING
