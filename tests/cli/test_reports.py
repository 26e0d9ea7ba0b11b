"""Reports on the command line: the answer comes first, and nothing says that the message was delivered."""

import json
import re
from pathlib import Path

import pytest

from .conftest import Run

PATH = """\
Received: from EX13A.corp.example (10.1.1.13) by EX13A.corp.example (10.1.1.13) with
 Microsoft SMTP Server (TLS) id 15.0.1497.2; Mon, 6 Jan 2020 09:00:30 +0100
Received: from EX13A.corp.example ([fe80::1]) by EX13A.corp.example
 ([fe80::1%12]) with mapi id 15.00.1497.002; Mon, 6 Jan 2020 09:00:29 +0100
From: A <a@corp.example>
To: B <b@remote.example>
Subject: hello
Message-ID: <1@EX13A.corp.example>
"""
EXPIRED = f"""\
Delivery has failed to these recipients or distribution lists:
'b@remote.example'<mailto:b@remote.example>
Microsoft Exchange has been trying to deliver this message without success and has stopped trying.
________________________________
Sent by Microsoft Exchange Server 2007
Diagnostic information for administrators:
Generating server: EX13A.corp.example
b@remote.example
#550 4.4.7 QUEUE.Expired; message expired ##
Original message headers:
{PATH}"""
DELAYED = f"""\
Delivery is delayed to these recipients or distribution lists:

b@remote.example

Subject: hello

This message has not yet been delivered. Microsoft Exchange will continue to try delivering the message on your behalf.
Delivery of this message will be attempted until 08/01/2020 09:00:30 (GMT+01:00).

Diagnostic information for administrators:
Generating server: EX13A.corp.example
b@remote.example
#< #4.4.7 smtp;400 4.4.7 Message delayed> #SMTP#
Original message headers:
{PATH}"""
LOOP = f"""\
Delivery has failed to these recipients or groups:
b@remote.example
The following organization rejected your message: AM7EUR06FT008.mail.protection.outlook.com.
Diagnostic information for administrators:
Generating server: DB8PR01MB0001.eurprd01.prod.exchangelabs.com
b@remote.example
AM7EUR06FT008.mail.protection.outlook.com
Remote Server returned '<AM7EUR06FT008.mail.protection.outlook.com #5.4.14 smtp;554 5.4.14 Hop count exceeded - \
possible mail loop ATTR34 [AM7EUR06FT008.eop-EUR06.prod.protection.outlook.com]>'
Original message headers:
{PATH}"""
DSN = """\
From: postmaster@corp.example
To: a@corp.example
Subject: Undeliverable: hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"
Received: from EX13.corp.example (10.1.1.13) by EX13.corp.example (10.1.1.13)
 with Microsoft SMTP Server (TLS) id 15.0.775.38 via Mailbox Transport; Wed, 8 Jan 2014 09:00:36 +0100
Received: from EX13.corp.example (10.1.1.13) by EX13.corp.example (10.1.1.13)
 with Microsoft SMTP Server id 15.0.775.38; Wed, 8 Jan 2014 09:00:35 +0100
Date: Wed, 8 Jan 2014 09:00:35 +0100

--B
Content-Type: text/plain

Delivery has failed
Remote Server returned '550 4.4.7 QUEUE.Expired; message expired'

--B
Content-Type: message/delivery-status

Reporting-MTA: dns;EX13.corp.example
Arrival-Date: Mon, 6 Jan 2014 09:00:30 +0100

Final-Recipient: rfc822;b@remote.example
Action: failed
Status: 4.4.7
Diagnostic-Code: smtp;550 4.4.7 QUEUE.Expired; message expired

--B
Content-Type: message/rfc822

Received: from EX13.corp.example (10.1.1.13) by EX13.corp.example
 (10.1.1.13) with Microsoft SMTP Server (TLS) id 14.3.496.0; Mon, 6 Jan 2014 09:00:30 +0100
Received: from EX13.corp.example ([fe80::1]) by EX13.corp.example
 ([fe80::1%12]) with mapi id 14.03.0496.000; Mon, 6 Jan 2014 09:00:29 +0100
From: a@corp.example
To: b@remote.example
Subject: hello

hi
--B--
"""
TO = "b@remote.example"
REPORTS = {
    "expired": (EXPIRED, f"Not delivered to {TO}: 4.4.7 QUEUE.Expired; message expired", "EX13A.corp.example"),
    "delayed": (
        DELAYED,
        f"Delayed, still queued at EX13A.corp.example for {TO}: 4.4.7 Message delayed",
        "EX13A.corp.example",
    ),
    "loop": (LOOP, f"Not delivered to {TO}: 5.4.14 Hop count exceeded", "DB8PR01MB0001.eurprd01.prod.exchangelabs.com"),
    "dsn": (DSN, f"Not delivered to {TO}: 4.4.7 QUEUE.Expired; message expired", "EX13.corp.example"),
}
CASES = [pytest.param(*report, id=name) for name, report in REPORTS.items()]


@pytest.mark.parametrize(("text", "headline", "server"), CASES)
@pytest.mark.parametrize("way", ["file", "attached", "paste", "mailbox"])
def test_the_answer_comes_first_and_the_path_ends_at_the_reporting_server(  # noqa: PLR0913, PLR0917
    run: Run, tmp_path: Path, text: str, headline: str, server: str, way: str
) -> None:
    path = tmp_path / ("mail.mbox" if way == "mailbox" else "mail.eml")
    path.write_text(("From a@b Mon Jan  6 09:00:30 2020\n" * (way == "mailbox")) + text, encoding="utf-8")
    arguments = ["-"] if way == "paste" else ["--attached", str(path)] if way == "attached" else [str(path)]
    stdin = text.encode() if way == "paste" else b""
    document = json.loads(run(*arguments, "-f", "json", stdin=stdin).out)
    document = document["messages"][0] if "messages" in document else document
    (status,) = document["delivery_status"]
    assert (status["recipient"], status["reporting_mta"]) == ("b@remote.example", server)
    assert [hop["by"]["domain"] for hop in document["hops"]] == [document["hops"][0]["by"]["domain"]] * 2
    assert status["explanation"]["checks"]
    shown = run(*arguments, "-f", "plain", stdin=stdin).out.partition("\n\nSource:")[0]
    before, _, _ = shown.partition("\n#  Time")
    assert headline in before
    is_delayed = status["action"] == "delayed"
    holds = "which still held the message" if is_delayed else "the last server to hold the message"
    assert f"Reported by:   {server}, {holds}" in before
    severity = "warning" if is_delayed else "error"
    assert f"Finding:       {severity} HOP461" in before
    assert shown.count("HOP461") == 1
    assert not re.search(r"(?<!not )\bdelivered\b|store driver|scenario: .*inbound", shown.lower())
    if status["action"] == "delayed":
        assert "expired" not in shown.lower()
        assert "Retry until:   2020-01-08 09:00:30 +0100" in before


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_report_itself_follows_on_request(run: Run, tmp_path: Path, line_end: str) -> None:
    path = tmp_path / "dsn.eml"
    path.write_bytes(DSN.replace("\n", line_end).encode())
    assert len(json.loads(run(path, "-f", "json").out)["hops"]) == 2
    messages = json.loads(run("--attached", path, "-f", "json").out)["messages"]
    assert [(message["source"], message["subject"]) for message in messages] == [
        (str(path), "hello"),
        (f"{path}:report", "Undeliverable: hello"),
    ]
    assert [bool(message["delivery_status"]) for message in messages] == [True, False]
    assert [json.loads(run(message["source"], "-f", "json").out) for message in messages] == messages


NOTICE = DSN.replace("Action: failed", "Action: delayed").replace(
    "8 Jan 2014 09:00:35 +0100\n\n", "6 Jan 2014 13:00:30 +0100\n\n"
)


@pytest.mark.parametrize(
    ("text", "line", "seconds"),
    [
        pytest.param(DSN, "2 d 5 s by EX13.corp.example before it gave up (reported)", 172805, id="until the report"),
        pytest.param(
            DSN.replace("Date: Wed, 8 Jan 2014 09:00:35 +0100\n\n", "\n").replace(
                "Status:", "Last-Attempt-Date: Wed, 8 Jan 2014 08:58:30 +0100\nStatus:"
            ),
            "1 d 23 h 58 min by EX13.corp.example before it gave up (reported)",
            172680,
            id="until the last attempt",
        ),
        pytest.param(NOTICE, "4 h by EX13.corp.example so far (reported)", 14400, id="delayed"),
        pytest.param(DSN.replace("Arrival-Date: Mon, 6", "Arrival-Date: Wed, 8"), None, 5, id="at once"),
        pytest.param(DSN.replace("Arrival-Date: Mon, 6", "Arrival-Date: Thu, 9"), None, None, id="skewed"),
        pytest.param(DSN.replace("09:00:30 +0100\n\nFinal", "09:00:30\n\nFinal"), None, None, id="unknown zone"),
        pytest.param(DSN.replace("Action: failed", "Action: relayed"), None, None, id="relayed"),
        pytest.param(EXPIRED, None, None, id="without times"),
    ],
)
def test_the_time_at_the_reporting_server_is_reported(
    run: Run, tmp_path: Path, text: str, line: str | None, seconds: float | None
) -> None:
    path = tmp_path / "dsn.eml"
    path.write_text(text, encoding="utf-8")
    document = json.loads(run(path, "-f", "json").out)
    assert document["delivery_status"][0]["held_seconds"] == seconds
    assert sum(spent["seconds"] for spent in document["time_spent"]) <= document["total_delay_seconds"]
    shown = run(path, "-f", "plain").out
    assert (f"    Held:          {line}\n" in shown) if line else ("Held:" not in shown)
    assert "Scenario: unknown" not in shown


@pytest.mark.parametrize(
    ("error", "check"),
    [
        ("zzz", "Check:         Ask the administrator of remote.example about the error."),
        ("550 5.1.1 User unknown", "Check:         the address"),
    ],
)
def test_every_failure_has_a_check(run: Run, tmp_path: Path, error: str, check: str) -> None:
    path = tmp_path / "dsn.eml"
    path.write_text(DSN.replace("550 4.4.7 QUEUE.Expired; message expired", error).replace("Status: 4.4.7\n", ""))
    shown = run(path, "-f", "plain").out
    assert check in shown
    assert shown.count("about the error") == (error == "zzz")


ONLINE = "DB8PR01MB0001.eurprd01.prod.exchangelabs.com"
RELAY, PROXY = "550 5.7.1 Unable to relay", "451 4.7.0 Temporary server error. Please try again later. PRX4"
IF_EXCHANGE = "the server that replied, mx.remote.example; if it is Exchange: "


@pytest.mark.parametrize(
    ("server", "remote", "error", "fault", "is_possible"),
    [
        ("ex1.corp.example", "mx.remote.example", RELAY, f"{IF_EXCHANGE}the Receive connector", False),
        (ONLINE, "mx.remote.example", PROXY, f"{IF_EXCHANGE}Front End Transport", False),
        ("ex1.corp.example", "mx.google.com", RELAY, "the server that replied, mx.google.com", False),
        (ONLINE, "a.mail.protection.outlook.com", PROXY, "the server that replied, a.mail.protection", False),
        ("ex1.corp.example", "ex2.corp.example", PROXY, "Front End Transport of the server that replied", True),
        ("ex1.corp.example", "", RELAY, "the Receive connector of the server that replied", True),
        ("ex1.corp.example", "mx.remote.example", "550 4.4.7 QUEUE.Expired; message expired", "the next hop;", True),
        (ONLINE, "mx.remote.example", "550 4.4.7 QUEUE.Expired; message expired", "the next hop", False),
        (ONLINE, "mx.remote.example", "450 4.4.7 Message delayed", "the next hop", False),
    ],
)
def test_the_fault_names_whose_server_it_is(  # noqa: PLR0913, PLR0917
    run: Run, tmp_path: Path, server: str, remote: str, error: str, fault: str, *, is_possible: bool
) -> None:
    path = tmp_path / "ndr.txt"
    lines = ("Diagnostic information for administrators:", f"Generating server: {server}", "b@remote.example", remote)
    path.write_text("\n".join((*lines, f"Remote Server returned '{error}'")), encoding="utf-8")
    explanation = json.loads(run(path, "-f", "json").out)["delivery_status"][0]["explanation"]
    assert explanation["at_fault"].startswith(fault)
    cmdlets = re.findall(
        r"Get-Queue|Retry-Queue|-(?:Send|Receive)Connector|MSExchange", " ".join(explanation["checks"])
    )
    assert bool(cmdlets) == is_possible
    assert explanation["checks"]


@pytest.mark.parametrize(
    ("text", "key", "value", "written"),
    [
        (DSN, "arrival_date", "2014-01-06T09:00:30+01:00", None),
        (DELAYED, "will_retry_until", "2020-01-08T09:00:30+01:00", None),
        (DELAYED.replace(" (GMT+01:00)", ""), "will_retry_until", None, "08/01/2020 09:00:30"),
        (DSN.replace("Mon, 6 Jan 2014", "yesterday at"), "arrival_date", None, "yesterday at 09:00:30 +0100"),
        (EXPIRED, "last_attempt", None, None),
    ],
)
def test_dates_are_iso_8601_or_text(  # noqa: PLR0913, PLR0917
    run: Run, tmp_path: Path, text: str, key: str, value: str | None, written: str | None
) -> None:
    path = tmp_path / "ndr.txt"
    path.write_text(text, encoding="utf-8")
    (status,) = json.loads(run(path, "-f", "json").out)["delivery_status"]
    assert (status[key], status[f"{key}_text"]) == (value, written)


@pytest.mark.parametrize(
    ("action", "headline"),
    [
        ("relayed", "Relayed, delivery not reported"),
        ("delivered", "Delivered to b@remote.example"),
        ("failed", "Not delivered to b@remote.example: no reason given"),
        ("delayed", "Delayed, still queued at EX13.corp.example for b@remote.example: no reason given"),
    ],
)
def test_only_a_failure_needs_a_reason(run: Run, tmp_path: Path, action: str, headline: str) -> None:
    path = tmp_path / "dsn.eml"
    text = re.sub(r"(?m)^(Status|Diagnostic-Code|Remote Server).*\n", "", DSN).replace("failed\n", f"{action}\n")
    path.write_text(text, encoding="utf-8")
    assert f"\n{headline}\n" in run(path, "-f", "plain").out
    if action == "failed":
        assert re.search(r"none +failed +1", run("stats", path, "--by", "status").out)
        finding = next(one for one in json.loads(run(path, "-f", "json").out)["findings"] if one["code"] == "HOP461")
        assert (finding["hop"], finding["line"]) == (None, None)


def test_a_delay_with_an_unknown_text_is_explained(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "dsn.eml"
    path.write_text(NOTICE.replace("550 4.4.7 QUEUE.Expired; message expired", "451 4.4.7 foo"), encoding="utf-8")
    out = run(path, "-f", "plain").out
    assert "Means:         A delay, not a failure" in out
    assert "Confidence:    registered" in out
    assert "expired" not in out.lower()


def test_a_file_with_several_complete_reports_has_several_messages(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "dsn.txt"
    path.write_text(f"{DSN}\n{DSN.replace('b@', 'c@')}", encoding="utf-8")
    messages = json.loads(run(path, "-f", "json").out)["messages"]
    assert [
        (message["source"], *(status["recipient"] for status in message["delivery_status"])) for message in messages
    ] == [
        (f"{path}:1", "b@remote.example"),
        (f"{path}:2", "c@remote.example"),
    ]


@pytest.mark.parametrize(
    ("recipient", "server", "expected"),
    [
        ("b@remote.example", "ex1.corp.example", ["Get-Recipient b@remote.example"]),
        ("b$(x)@remote.example", "ex1.corp.example", ["Get-Recipient ADDRESS"]),
    ],
)
def test_cmdlets_have_the_values_of_the_report(
    run: Run, tmp_path: Path, recipient: str, server: str, expected: list[str]
) -> None:
    path = tmp_path / "ndr.txt"
    error = "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found"
    lines = ("Diagnostic information for administrators:", f"Generating server: {server}", recipient, f"#{error} ##")
    path.write_text("\n".join(lines), encoding="utf-8")
    out = run(path).out
    assert all(f"{command}:" in out for command in expected)


def test_every_command_takes_reports(run: Run, tmp_path: Path) -> None:
    for name, (text, *_) in REPORTS.items():
        (tmp_path / f"{name}.eml").write_text(text, encoding="utf-8")
    (tmp_path / "no-path.eml").write_text(EXPIRED.partition("Original")[0], encoding="utf-8")
    checked = run("check", tmp_path, "--select", "HOP461", "-f", "json")
    findings = json.loads(checked.out)["findings"]
    assert checked.status == 1
    assert sorted(finding["severity"] for finding in findings) == ["error"] * 4 + ["warning"]
    assert json.loads(run("stats", tmp_path, "-f", "json").out)["statuses"] == [
        {"status": "4.4.7", "action": "failed", "recipients": 3},
        {"status": "4.4.7", "action": "delayed", "recipients": 1},
        {"status": "5.4.14", "action": "failed", "recipients": 1},
    ]
    compared = run("compare", tmp_path / "dsn.eml", tmp_path / "expired.eml").out
    assert compared.count("not delivered, according to the report") == 2
    assert run("explain", tmp_path / "loop.eml").out.startswith(f"Not delivered to {TO}: 5.4.14 Hop count exceeded")
    for form in ("html", "markdown", "csv", "svg", "jsonl"):
        shown = run(tmp_path / "no-path.eml", "-f", form)
        assert shown.status == 0
        assert "4.4.7" in shown.out or form == "csv"
    rows = run(tmp_path / "delayed.eml", "-f", "csv").out.splitlines()
    assert [row.rpartition(",")[2] for row in rows] == ["delivery_status", "delayed 4.4.7", "delayed 4.4.7"]
