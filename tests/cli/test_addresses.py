"""Addresses of messages as arguments of every command that reads messages."""

import json
import os
import zipfile
from pathlib import Path

import pytest

from hopscope.cli import wildcards

from .conftest import Run

FROM = b"From a@example.com Tue Jul 31 21:52:42 2012\n"


@pytest.fixture
def dump(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An mbox file of four samples, the third of which has findings, in the current folder."""
    names = ("exchange-2010-internal", "exchange-2013-internal", "exchange-2019-inbound", "postfix-to-gmail")
    files = [samples / f"{name}.eml" for name in names]
    monkeypatch.chdir(tmp_path)
    Path("dump.mbox").write_bytes(b"".join(FROM + file.read_bytes().rstrip() + b"\n\n" for file in files))
    return "dump.mbox"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("show", "-f", "json"), '"source": "dump.mbox:3"'),
        (("-f", "csv"), "dump.mbox:3,"),
        (("explain",), "Hop 1:"),
        (("check", "--exit-zero"), "dump.mbox:3: "),
        (("compare", "dump.mbox:2", "--exit-zero"), "dump.mbox:3"),
        (("compare", "--model", "2016", "--exit-zero"), "dump.mbox:3"),
        (("redact",), "Received: "),
        (("stats", "-f", "json"), '"messages":1'),
        (("graph", "-f", "json"), '"messages":1'),
        (("report",), "dump.mbox:3"),
    ],
)
def test_every_command_takes_the_address_of_a_message(
    arguments: tuple[str, ...], expected: str, dump: str, run: Run
) -> None:
    outcome = run(*arguments, f"{dump}:3")
    assert (outcome.status, "hopscope:" in outcome.err) == (0, False), outcome.err
    assert expected.replace(" ", "") in outcome.out.replace(" ", "")
    assert "dump.mbox:1" not in outcome.out
    missing = run(*arguments, f"{dump}:9")
    assert missing.status == 2
    assert "dump.mbox:9: no such message; dump.mbox has 4 messages (dump.mbox:1 to dump.mbox:4)" in missing.err


def test_one_message_is_redacted_without_separator(dump: str, run: Run) -> None:
    outcome = run("redact", f"{dump}:2")
    assert outcome.err.startswith("1 message redacted")
    assert "From redacted" not in outcome.out


def test_findings_of_a_message_are_those_of_the_whole_file(dump: str, run: Run) -> None:
    """So are its settings, its fingerprints and the lines of its findings."""
    Path("hopscope.toml").write_text('[per_path."dump.mbox"]\nignore = ["HOP502"]\n')
    records = {
        name: [json.loads(line) for line in run("check", name, "-f", "jsonl").out.splitlines()]
        for name in (dump, f"{dump}:3")
    }
    assert records[dump] == records[f"{dump}:3"]
    assert [(record["code"], record["part"]) for record in records[dump]] == [("HOP110", "3")]
    sarif = {name: json.loads(run("check", name, "-f", "sarif").out)["runs"][0]["results"] for name in records}
    assert sarif[dump] == sarif[f"{dump}:3"]
    run("check", dump, "--baseline", "known.json", "--update-baseline")
    outcome = run("check", f"{dump}:3", "--baseline", "known.json")
    assert (outcome.status, outcome.out) == (0, "")


@pytest.mark.parametrize("command", [("show",), ("redact",), ("check",), ("stats",), ("compare", "--model", "2016")])
def test_the_file_of_an_address_is_not_overwritten(command: tuple[str, ...], dump: str, run: Run) -> None:
    before = Path(dump).read_bytes()
    outcome = run(*command, f"{dump}:2", "-o", dump)
    assert outcome.status == 2
    assert "dump.mbox: is also an input file; choose another --output" in outcome.err
    assert Path(dump).read_bytes() == before


def test_a_message_on_standard_input_has_an_address(dump: str, run: Run) -> None:
    data = Path(dump).read_bytes()
    assert '"source": "-:2"' in run("show", "-:2", "-f", "json", stdin=data).out
    assert run("-:2", "-f", "jsonl", stdin=data).out.count('"source":"-:2"') == 1
    assert "Hop 1:" in run("explain", "--hop", "1", "-:4", stdin=data).out
    assert "-:2" in run("compare", "-:2", f"{dump}:3", stdin=data).out
    assert {"-:2", "-:3"} <= set(run("compare", "-:2", "-:3", stdin=data).out.split())
    assert "no such option" in run("show", "-x", stdin=data).err


def test_an_address_is_not_a_wildcard(dump: str) -> None:
    Path("dump[1].mbox").write_bytes(Path(dump).read_bytes())
    given = ["dump.mbox:<a*?[b]@c.example>", "dump[1].mbox:2", "*.mbox"]
    assert list(wildcards.expanded(given)) == [*given[:2], "dump.mbox", "dump[1].mbox"]


SEVERAL = {
    ("dump.mbox",): "dump.mbox has 4 messages; explain one: hopscope explain dump.mbox:1",
    ("dump.mbox", "--hop", "1"): "dump.mbox has 4 messages; explain one: hopscope explain dump.mbox:1",
    ("my dump.zip",): 'my dump.zip has 2 messages; explain one: hopscope explain "my dump.zip:a/1.eml"',
    ("folder",): f"folder has 2 messages; explain one: hopscope explain folder{os.sep}1.eml",
    ("many.mbox",): "many.mbox has more than 3 messages; explain one: hopscope explain many.mbox:1",
    ("-",): "standard input has 4 messages; explain one: hopscope explain -:1",
    (): "standard input has 4 messages; explain one: hopscope explain -:1",
}


@pytest.mark.parametrize(("arguments", "expected"), SEVERAL.items())
def test_one_of_several_messages_has_to_be_addressed(
    arguments: tuple[str, ...], expected: str, dump: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = Path(dump).read_bytes().removeprefix(FROM).partition(FROM)[0]
    Path("folder").mkdir()
    for name in ("1.eml", "2.eml"):
        Path("folder", name).write_bytes(mail)
    with zipfile.ZipFile("my dump.zip", "w") as archive:
        archive.writestr("a/1.eml", mail)
        archive.writestr("a/2.eml", mail)
    if "many.mbox" in arguments:
        monkeypatch.setattr("hopscope.cli.explain._MOST_COUNTED", 3)
        Path("many.mbox").write_bytes(Path(dump).read_bytes())
    outcome = run("explain", *arguments, stdin=Path(dump).read_bytes())
    assert outcome == (2, "", f"hopscope: {expected}\n")


@pytest.mark.parametrize("name", ["folder", "folder/1.eml", "one.mbox", "one.mbox:1", "folder:1", "other"])
def test_a_container_of_one_message_is_explained(name: str, dump: str, run: Run) -> None:
    """So is a folder with one message and a file that is not mail, which is noted."""
    mail = Path(dump).read_bytes().removeprefix(FROM).partition(FROM)[0]
    for folder in ("folder", "other"):
        Path(folder).mkdir()
        Path(folder, "1.eml").write_bytes(mail)
    Path("other", "2.txt").write_bytes(b"A note.\n")
    Path("one.mbox").write_bytes(FROM + mail)
    outcome = run("explain", name)
    assert "\nHop 1: " in outcome.out
    assert (outcome.status, "2.txt" in outcome.err) == (0, name == "other")
