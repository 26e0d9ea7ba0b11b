"""A header without a Received field: what it says is shown, and that the path is missing."""

import json
import re
from pathlib import Path

import pytest

from .conftest import Run

RESULTS = """\
Authentication-Results: spf=softfail (sender IP is 203.0.113.77)
 smtp.mailfrom=bank.example.org; dkim=none (message not signed)
 header.d=none;dmarc=fail action=quarantine
 header.from=bank.example.org;compauth=fail reason=000
"""
VERDICTS = """\
X-MS-Exchange-Organization-SCL: 6
X-Forefront-Antispam-Report: CIP:203.0.113.77;CTRY:NL;LANG:en;SCL:6;SRV:;
 IPV:NLI;SFV:SPM;H:mail.offers.example.net;CAT:SPOOF;DIR:INB;
"""
BOTH = RESULTS + VERDICTS


@pytest.mark.parametrize(
    "paste",
    [
        pytest.param(BOTH, id="as it is"),
        pytest.param(BOTH.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(BOTH.rstrip(), id="no line end"),
        pytest.param(re.sub("(?m)^", "    ", BOTH), id="indented"),
        pytest.param(re.sub("(?m)^", "> ", BOTH), id="quoted"),
        pytest.param(f"\n\n{BOTH}", id="blank lines above"),
        pytest.param(f"Hello, here are the headers:\n\n{BOTH}", id="a sentence above"),
        pytest.param(BOTH.replace("\n ", "\n\u00a0"), id="no-break spaces"),
        pytest.param(f"```\n{BOTH}```\n", id="a code block"),
    ],
)
def test_a_paste_of_results_and_verdicts_is_answered(run: Run, paste: str) -> None:
    outcome = run("show", "-f", "json", stdin=paste.encode())
    assert outcome.status == 0
    document = json.loads(outcome.out)
    results = {item["method"]: item["result"] for item in document["authentication"]}
    assert results == {"spf": "softfail", "dkim": "none", "dmarc": "fail", "compauth": "fail"}
    assert (document["antispam"]["scl"], document["antispam"]["cat"]) == (6, "SPOOF")
    assert (document["hops"], document["scenario"]) == ([], "unknown")
    assert {finding["code"] for finding in document["findings"]} - {"HOP301", "HOP302"} == {"HOP304"}


@pytest.mark.parametrize(
    "paste",
    [
        pytest.param(RESULTS.replace("\n ", "\n"), id="results without indentation"),
        pytest.param("X-MS-Exchange-Organization-SCL: 6\n", id="one field"),
        pytest.param("Received-SPF: Pass (mx.example: domain of a@b.example designates 192.0.2.1)\n", id="SPF"),
        pytest.param("DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=s1; b=abc\n", id="a signature"),
    ],
)
def test_a_single_field_is_answered(run: Run, paste: str) -> None:
    for command in ("show", "explain"):
        outcome = run(command, stdin=paste.encode())
        assert outcome.status == 0
        assert "No Received field, so the path is unknown." in outcome.out


@pytest.mark.parametrize(
    "text",
    [
        "Subject: hello\n\nbody\n",
        "X-Auto-Response-Suppress: All\n",
        "Dear all,\nX-Forefront-Antispam-Report: what does it mean\nthanks\n",
        "Dear all,\nDKIM-Signature: is missing\n",
        "We looked at Authentication-Results: it is fine.\n",
        "Authentication-Results:\n",
    ],
)
def test_a_text_that_says_nothing_is_an_error(run: Run, text: str) -> None:
    outcome = run("show", stdin=text.encode())
    assert (outcome.status, outcome.out) == (2, "")
    assert "no Received header fields found" in outcome.err


COMMANDS = [
    "show -f table",
    "show -f plain --timeline",
    "show -f csv",
    "show -f jsonl",
    "show -f markdown",
    "show -f svg",
    "show -f html",
    "explain -f json",
    "stats",
    "stats -f json",
    "report",
    "graph",
    "graph -f json",
    "graph -f svg",
    "redact",
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("width", ["80", "200"])
def test_every_command_reads_it(
    run: Run, samples: Path, monkeypatch: pytest.MonkeyPatch, command: str, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    outcome = run(*command.split(), samples / "headers-without-received.txt")
    assert outcome.status == 0
    assert outcome.out


def test_check_reports_it_as_information(run: Run, samples: Path) -> None:
    outcome = run("check", samples / "headers-without-received.txt")
    assert outcome.status == 0
    assert "info HOP304 No Received field" in outcome.out


def test_it_has_no_path_to_compare(run: Run, samples: Path) -> None:
    outcome = run("compare", samples / "headers-without-received.txt", samples / "exchange-online-spam.eml")
    assert (outcome.status, outcome.out) == (2, "")
    assert "headers-without-received.txt: no Received header fields found" in outcome.err


def test_it_is_not_the_typical_path_of_a_dump(run: Run, samples: Path, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.eml").write_text(f"{BOTH}\n", encoding="utf-8")
    spam = samples / "exchange-online-spam.eml"
    (tmp_path / "3.eml").write_bytes(spam.read_bytes())
    outcome = run("compare", tmp_path, spam)
    assert outcome.status == 0
    assert "Same path" in outcome.out


def test_it_has_no_hop_to_explain(run: Run, samples: Path) -> None:
    outcome = run("explain", samples / "headers-without-received.txt", "--hop", "1")
    assert outcome.status == 2
    assert "no hop 1; it has no Received field" in outcome.err


def test_a_text_without_received_in_a_folder_is_skipped(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(BOTH, encoding="utf-8")
    outcome = run("stats", tmp_path)
    assert outcome.status == 2
    assert "no mail file in this folder" in outcome.err
