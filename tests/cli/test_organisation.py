"""``organisation`` of the settings, in the commands that analyse messages."""

import json
from pathlib import Path

import pytest

from .conftest import Run

SETTINGS = '[organisation]\ndomains = ["corp.example"]\n'
ONLY_HERE = '[organisation]\ndomains = ["corp.example"]\n[max_leg]\nnonsense = "2m"\n'
MESSAGE = b"""\
Received: from gw2.corp.example (gw2.corp.example [203.0.113.7]) by mx.isp.example (Postfix) with ESMTP id 3;
 Mon, 3 Jun 2024 15:00:04 +0000
Received: from gw1.corp.example (gw1.corp.example [203.0.113.6]) by gw2.corp.example (Postfix) with ESMTP id 2;
 Mon, 3 Jun 2024 15:00:03 +0000
Received: from a.example by gw1.corp.example (Postfix) with ESMTP id 1; Mon, 3 Jun 2024 12:00:00 +0000
Subject: test

"""


@pytest.fixture
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with 700 messages in ``mail.mbox`` and one in ``mail.eml``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOPSCOPE_CONFIG", raising=False)
    (tmp_path / "mail.eml").write_bytes(MESSAGE)
    (tmp_path / "mail.mbox").write_bytes(
        b"".join(b"From a@b.example Mon Jun  3 15:00:04 2024\n" + MESSAGE for _ in range(700))
    )
    return tmp_path


def trust(run: Run, *arguments: str) -> set[tuple[str, ...]]:
    shown = run("show", "-f", "jsonl", *arguments).out.splitlines()
    return {tuple(hop["trust"] for hop in json.loads(line)["hops"]) for line in shown}


LINKED, ATTESTED = {("linked", "linked", "attested")}, {("attested", "attested", "attested")}


@pytest.mark.parametrize("arguments", [("mail.eml",), ("mail.mbox", "--jobs", "2")], ids=["one", "worker processes"])
def test_the_nearest_settings_file_identifies_your_servers(run: Run, mail: Path, arguments: tuple[str, ...]) -> None:
    assert trust(run, *arguments) == LINKED
    (mail / "hopscope.toml").write_text(SETTINGS)
    assert trust(run, *arguments) == ATTESTED


def test_precedence_is_option_then_environment_then_nearest_file(
    run: Run, mail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("hopscope.toml", SETTINGS), ("none.toml", ""), ("own.toml", ONLY_HERE)):
        (mail / name).write_text(text)
    monkeypatch.setenv("HOPSCOPE_CONFIG", "none.toml")
    assert trust(run, "mail.eml") == LINKED
    assert trust(run, "mail.eml", "--config", "own.toml") == ATTESTED


def test_every_command_counts_and_shows_findings_alike(run: Run, mail: Path) -> None:
    """A delay between systems of others is information; at your own server it is a warning."""
    counts = []
    for text in ("", SETTINGS):
        (mail / "hopscope.toml").write_text(text)
        shown = json.loads(run("show", "mail.eml", "--json").out)["findings"]
        checked = json.loads(run("check", "mail.eml", "-f", "json").out)["findings"]
        counted = json.loads(run("stats", "mail.eml", "--json").out)["findings"]
        (severity,) = {item["severity"] for item in shown if item["code"] in {"HOP110", "HOP111"}}
        for findings in (checked, counted):
            assert {item["severity"] for item in findings if item["code"] in {"HOP110", "HOP111"}} == {severity}
        page = run("report", "mail.eml").out
        assert ("attested from here on" in page) == (text == "")
        assert ("Trust:" in run("explain", "mail.eml").out) == (text == "")
        counts.append(severity)
    assert counts == ["info", "warning"]


@pytest.mark.parametrize("text", ["[organisation", '[organisation]\ndomain = ["corp.example"]\n'])
@pytest.mark.parametrize("command", ["show", "explain", "report", "stats"])
def test_an_invalid_file_is_an_error(run: Run, mail: Path, command: str, text: str) -> None:
    (mail / "hopscope.toml").write_text(text)
    outcome = run(command, "mail.eml")
    assert outcome.status == 2
    assert not outcome.out
    assert outcome.err.startswith("hopscope: hopscope.toml: ")
    assert outcome.err.count("\n") == 1
