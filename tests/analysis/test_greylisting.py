"""Greylisting that a field records, and the delay that it explains."""

import pytest

import hopscope
from hopscope.model import Finding, Severity

FIRST = "from [198.51.100.214] (helo=desk) by out.sender.example with smtp (Exim 4.69) id 1On0P4; {}"
TO_POSTFIX = "from out.sender.example (out.sender.example [192.0.2.1]) by mx.rcpt.example (Postfix) with ESMTPS; {}"
TO_V6 = "from out.sender.example ([IPv6:2001:db8:20::1:1]) by mx.rcpt.example (8.15.2/8.15.2) with ESMTP id x7; {}"
ONLINE = (
    "from AM0PR01MB0001.eurprd01.prod.exchangelabs.com (2603:10a6::4) by AM0PR01MB0002.eurprd01.prod.exchangelabs.com "
    "(2603:10a6::5) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_AES_256_GCM_SHA384) id 15.20.7633.15; {}"
)
FROM_POOL = (
    "from EUR05-AM6-obe.outbound.protection.outlook.com (mail-am6eur05on2071.outbound.protection.outlook.com "
    "[40.107.22.71]) by mx.rcpt.example (Postfix) with ESMTPS id 704A; {}"
)
POSTGREY = "X-Greylist: delayed {} seconds by postgrey-1.37 at mx.rcpt.example; Sun, 22 Aug 2010 05:06:46 CEST\n"
SQLGREY = "X-Greylist: delayed {} by SQLgrey-1.8.0\n"
MILTER = (
    "X-Greylist: Delayed for {} by milter-greylist-4.6.2 (mx.rcpt.example [192.0.2.9]); 22 Aug 2010 05:06:46 +0200\n"
)
RSPAMD = "X-Spamd-Result: default: False [-1.16 / 15.00]; ARC_ALLOW(-1.00)[x:s=y:i=1]; GREYLIST(0.00)[pass,{}];\n"
ACCEPTED = "Sun, 22 Aug 2010 05:06:46 +0200"


def findings(first: str, second: str, sent: str, *, above: str = "", below: str = "") -> tuple[Finding, ...]:
    """Of a message that the second server accepted at 05:06:46, after the first had received it."""
    fields = f"{above}Received: {second.format(ACCEPTED)}\nReceived: {first.format(sent)}\n{below}Subject: test\n\n"
    return hopscope.analyze(hopscope.read(fields)).findings


def long_delay(*args: str, **fields: str) -> Finding:
    (finding,) = (finding for finding in findings(*args, **fields) if finding.code == "HOP110")
    return finding


SENT = "Sun, 22 Aug 2010 04:35:25 +0200"


@pytest.mark.parametrize(
    ("first", "second", "above", "below", "time"),
    [
        pytest.param(FIRST, TO_POSTFIX, POSTGREY.format(1859), "", "30 min 59 s", id="postgrey"),
        pytest.param(FIRST, TO_POSTFIX, POSTGREY.format(1502), "", "25 min 2 s", id="postgrey, part of it"),
        pytest.param(FIRST, TO_POSTFIX, POSTGREY.format(1930), "", "32 min 10 s", id="postgrey, clocks differ"),
        pytest.param(ONLINE, FROM_POOL, POSTGREY.format(1200), "", "20 min", id="retried from other addresses"),
        pytest.param(FIRST, TO_POSTFIX, SQLGREY.format("00:30:58"), "", "30 min 58 s", id="SQLgrey"),
        pytest.param(FIRST, TO_POSTFIX, SQLGREY.format("00:20:58"), "", "20 min 58 s", id="SQLgrey, part of it"),
        pytest.param(FIRST, TO_V6, "", MILTER.format("00:30:45"), "30 min 45 s", id="milter-greylist"),
        pytest.param(FIRST, TO_V6, MILTER.format("00:18:15"), "", "18 min 15 s", id="milter-greylist on top"),
    ],
)
def test_greylisting_is_the_reason_of_a_delay(first: str, second: str, above: str, below: str, time: str) -> None:
    finding = long_delay(first, second, SENT, above=above, below=below)
    assert finding.severity is Severity.INFO
    assert finding.cause is not None
    assert finding.cause.startswith("X-Greylist (line ")
    assert f"deferred the message for {time}." in finding.cause
    assert ("other addresses" in finding.cause) == (time in {"25 min 2 s", "20 min", "20 min 58 s", "18 min 15 s"})


@pytest.mark.parametrize(
    ("above", "below"),
    [
        pytest.param("", "", id="no field"),
        pytest.param("X-Greylist: domain auto-whitelisted by SQLgrey-1.8.0\n", "", id="not delayed"),
        pytest.param("", RSPAMD.format("meta"), id="Rspamd: the sender had written before"),
        pytest.param("", "X-Spamd-Result: default: False [1 / 2]; GREYLIST(0.00)[whitelisted];\n", id="Rspamd: exempt"),
    ],
)
def test_without_greylisting_of_this_message_no_reason_is_given(above: str, below: str) -> None:
    finding = long_delay(FIRST, TO_POSTFIX, SENT, above=above, below=below)
    assert "greylisting" not in (finding.cause or "")


@pytest.mark.parametrize("above", [POSTGREY.format(159_142), SQLGREY.format("30:30:58"), MILTER.format("02:20:45")])
def test_greylisting_of_an_earlier_message_may_be_the_reason(above: str) -> None:
    finding = long_delay(ONLINE, FROM_POOL, SENT, above=above)
    assert finding.severity is Severity.INFO
    assert finding.cause is not None
    assert finding.cause.startswith("Consistent with greylisting: X-Greylist (line ")
    assert "counted from an earlier message of this sender." in finding.cause


def test_a_field_below_the_late_hop_explains_nothing() -> None:
    """X-Greylist is below the field of the server that received the message late."""
    finding = long_delay(ONLINE, FROM_POOL, SENT, below=POSTGREY.replace("mx.rcpt", "mx.first").format(159_142))
    assert "greylisting" not in (finding.cause or "")


def test_greylisting_elsewhere_does_not_explain_a_skewed_clock() -> None:
    """Hop 2 is 8 min 2 s after hop 1 by a clock that hop 3 shows to be ahead; greylisting was at hop 3."""
    gateway = "from sender.example ([192.0.2.9]) by gw.other.example (Postfix) with ESMTP; {}"
    third = "Sun, 22 Aug 2010 04:41:18 +0200"
    late = (
        f"X-Greylist: delayed 341 seconds by postgrey-1.37 at mx.rcpt.example; {third}\n"
        f"Received: {TO_POSTFIX.format(third)}\n"
        f"Received: {gateway.format('Sun, 22 Aug 2010 04:43:27 +0200')}\n"
        f"Received: {FIRST.format(SENT)}\nSubject: test\n\n"
    )
    found = hopscope.analyze(hopscope.read(late)).findings
    assert not any("greylisting" in (finding.cause or "") for finding in found if finding.hop == 2)


def test_greylisting_that_explains_little_leaves_a_warning() -> None:
    finding = long_delay(ONLINE, FROM_POOL, "Sat, 21 Aug 2010 07:06:46 +0200", above=POSTGREY.format(300))
    assert finding.severity is Severity.WARNING
    assert finding.cause is not None
    assert "mx.rcpt.example deferred the message for 5 min. The other 21 h 55 min are not recorded as" in finding.cause
    assert "Consistent with mx.rcpt.example being unreachable or deferring the message" in finding.cause
    assert len(finding.checks) > 1


def test_rspamd_records_that_the_message_was_deferred_before() -> None:
    finding = long_delay(FIRST, TO_POSTFIX, SENT, below=RSPAMD.format("body"))
    assert finding.severity is Severity.INFO
    assert finding.cause == (
        "Consistent with greylisting: X-Spamd-Result (line 3) records that Rspamd had deferred this message before."
    )


@pytest.mark.parametrize(
    ("date", "after"),
    [
        pytest.param(ACCEPTED, " Date matches hop 2: consistent with a Date that its server added.", id="hop 2"),
        pytest.param("Sun, 22 Aug 2010 05:04:50 +0200", "", id="two minutes before hop 2"),
        pytest.param("Sun, 22 Aug 2010 04:35:20 +0200", "", id="right"),
        pytest.param("Sun, 22 Aug 2010 05:20:00 +0200", "", id="after hop 2"),
        pytest.param("Sun, 22 Aug 2010 01:20:00 +0200", "", id="long before"),
    ],
)
@pytest.mark.parametrize("above", [POSTGREY.format(1859), SQLGREY.format("00:30:59"), MILTER.format("00:30:50")])
def test_greylisting_is_reported_before_any_remark_on_date(date: str, after: str, above: str) -> None:
    found = findings(FIRST, TO_POSTFIX, SENT, above=above, below=f"Date: {date}\n")
    codes = [finding.code for finding in found]
    assert codes[0] == "HOP110"
    cause = found[0].cause or ""
    assert "reports greylisting" in cause
    if after:
        assert cause.endswith(after)
        assert codes == ["HOP110"]
