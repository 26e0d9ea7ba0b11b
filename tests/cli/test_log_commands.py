"""No text of a message, file name, argument or settings file is a command to a CI runner that reads the output."""

import json
import re
import sys
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest

from hopscope.cli import files, log_commands

from .conftest import Outcome, Run

COMMANDS = {
    "mask": "::add-mask::x",
    "properties": "::error file=a,line=1::x",
    "capital letters": "::Stop-Commands::x",
    "own name": "::token::",
    "group": "##[group]x",
    "in a word": "a##[error]x",
    "number signs": "###[error]x",
    "Azure Pipelines": "##vso[task.setvariable variable=a]b",
    "TeamCity": "##teamcity[buildStop comment='x']",
    "soft hyphen": "#\u00ad#[error]x",
    "zero width": ":\u200b:error:\u200b:x",
    "after white space": "\u00a0\u3000::error::x",
    "after a carriage return": "a\r::error::x",
    "after a line feed": "a\n::error::x",
    "after a line separator": "\u2028::error::x",
    "after NEL": "\x85::error::x",
    "wrapped": "a" * 37 + "::error::" + "b" * 40,
    "escaped": "%0A::error::x%0D",
}
"""Text that is a command, or becomes one if a line starts before it."""

WHITE_SPACE = "".join(map(chr, (*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029)))


def executed(text: str) -> list[str]:
    """The commands that a runner executes.

    As actions/runner (ProcessInvoker, ActionCommand.TryParseV2, then TryParse) and the agent of Azure Pipelines. All
    names count as registered, as ``stop-commands`` registers any. .NET ignores invisible characters in comparisons.
    """
    commands = []
    for line in re.split(r"\r\n|\r|\n", text):
        visible = "".join(c for c in line if unicodedata.category(c) not in {"Cf", "Cc"} or c in WHITE_SPACE)
        trimmed = visible.lstrip(WHITE_SPACE + "\u202f\u205f\u3000")
        if trimmed.startswith("::") and "::" in trimmed[2:]:
            commands.append(trimmed)
        elif re.search(r"##(?:vso|teamcity)?\[[^\]]*\]", visible):
            commands.append(visible)
    return commands


@pytest.mark.parametrize("command", COMMANDS)
def test_the_function_of_this_test_recognises_each_command(command: str) -> None:
    assert executed(f"{COMMANDS[command]}\n") or command in {"wrapped", "escaped"}
    assert executed("x ::error::y\n:: error:\n# #[x]\n##x]\n##[x\n2001:db8::1") == []


def mail(text: str) -> bytes:
    """A message with ``text`` wherever a header can contain it, and with findings."""
    name = re.sub(r"\s", "_", text)
    return (
        f"Received: from {name} ({name} [192.0.2.1]) by {name}.b.example ({text}) with {name} id {name} for <{name}@b>"
        f"; Wed, 8 Mar 2017 10:52:43 +0100\n"
        f"Received: from x.example by {name} (Microsoft SMTP Server) id 14.3.1 via {name}; Wed, 8 Mar 2017 11:15:00\n"
        f"Received: {text}\nX-MS-Exchange-Organization-AuthSource: {name}\nReceived-SPF: Fail ({text})\n"
        f"Authentication-Results: {name}; spf=fail smtp.mailfrom={name}\nDiagnostic-Code: smtp; 550 5.7.1 {text}\n"
        f"Subject: {text}\nMessage-ID: {name}\nDate: {text}\nX-Mailer: {text}\nTo: {text}\n\n{text}\n"
    ).encode("utf-8", "surrogateescape")


@pytest.fixture(autouse=True)
def _runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.chdir(tmp_path)


def assert_none(outcome: Outcome) -> None:
    assert executed(outcome.out) == []
    assert executed(outcome.err) == []
    assert outcome.out or outcome.err


FORMATS = [
    *(f"show -f {name}" for name in ("table", "plain", "json", "jsonl", "csv", "markdown", "html", "svg")),
    "show --defects --timeline -f table",
    *(f"check -f {name}" for name in ("text", "json", "jsonl", "markdown", "junit", "sarif", "tap")),
    *(f"stats -f {name}" for name in ("table", "plain", "json", "csv", "markdown")),
    "stats --by leg --by server --by product --by slowest --by finding -f table",
    *(f"graph -f {name}" for name in ("table", "plain", "dot", "mermaid", "graphml", "json", "svg")),
    "report --title ##[x]",
]
FORMATS_OF_ONE = [
    *(f"compare -f {name}" for name in ("table", "plain", "json", "jsonl", "csv", "markdown", "html")),
    "explain",
    "explain --hop 1",
    "redact",
]


@pytest.fixture
def mails() -> list[str]:
    """A file per command, which is also in its name, in the folder ``mail``."""
    folder = Path("mail")
    folder.mkdir()
    names = [folder / f"{text.replace('/', '_')}{number}.eml" for number, text in enumerate(COMMANDS.values())]
    for name, text in zip(names, COMMANDS.values(), strict=True):
        name.write_bytes(mail(text))
    return list(map(str, names))


@pytest.mark.no_cover  # other tests of the commands measure it
@pytest.mark.posix
@pytest.mark.parametrize("arguments", FORMATS)
def test_text_of_messages_and_file_names_is_not_a_command(run: Run, mails: list[str], arguments: str) -> None:
    outcome = run(*arguments.split(), *mails, "mail/::error::x", "mail/##[x]", "mail/\r::error::x", "--jobs", "1")
    assert_none(outcome)
    assert outcome.err.count("\n") >= 3  # no such files
    if re.search(r"-f (json|sarif)$", arguments):
        json.loads(outcome.out)


@pytest.mark.posix
@pytest.mark.parametrize("arguments", FORMATS_OF_ONE)
def test_text_of_one_message_is_not_a_command(run: Run, mails: list[str], arguments: str) -> None:
    for name in mails:
        assert_none(run(*arguments.split(), *([name, name] if "compare" in arguments else [name])))


@pytest.mark.posix
@pytest.mark.parametrize("command", COMMANDS)
def test_only_findings_are_commands_in_the_format_github(run: Run, command: str) -> None:
    name = f"{COMMANDS[command].replace('/', '_')}.eml"
    Path(name).write_bytes(mail(COMMANDS[command]))
    findings = json.loads(run("check", name, "-f", "json", "--jobs", "1").out)["findings"]
    outcome = run("check", name, "-f", "github")
    assert executed(outcome.err) == []
    kinds = {"error": "error", "warning": "warning", "info": "notice"}
    lines = outcome.out.splitlines()
    assert len(lines) == len(findings) > 0
    for line, finding in zip(lines, findings, strict=True):
        assert line.startswith(f"::{kinds[finding['severity']]} file=")
        assert finding["code"] in unquote(line)
    assert [line.lstrip() for line in executed(outcome.out)] == lines


SETTINGS = {
    "unknown key": '"{}" = 1',
    "not TOML": "{}",
    "wrong value": 'max_hop = "{}"',
    "wrong code": 'select = ["{}"]',
    "table": '[max_service]\n"{}" = "1s"',
    "network": '[organisation]\nnetworks = ["{}"]',
    "condition": '[[path]]\nname = "a"\nwhen = "{}"',
    "expectation": '[[path]]\nname = "{}"\nexpect = "nothing"',
    "shown": 'forbidden_hosts = ["{}"]\n[organisation]\ndomains = ["{}"]',
}


@pytest.mark.no_cover  # other tests of the commands measure it
@pytest.mark.parametrize("kind", SETTINGS)
def test_text_of_settings_is_not_a_command(run: Run, kind: str) -> None:
    Path("a.eml").write_bytes(mail("a"))
    for text in COMMANDS.values():
        quoted = json.dumps(text)[1:-1] if '"' in SETTINGS[kind] else text
        Path("hopscope.toml").write_text(SETTINGS[kind].replace("{}", quoted), encoding="utf-8", newline="")
        for arguments in ("check a.eml", "check --show-settings", "stats a.eml", "check a.eml -f sarif"):
            assert executed("".join(run(*arguments.split(), "--jobs", "1")[1:])) == []


ARGUMENTS = [
    "{}", "show -f {}", "show --{}", "--{}", "show --tz {}", "show --config {}", "explain {}", "explain --hop {}",
    "check --fail-on {}", "check --select {}", "check --max-hop {}", "check --baseline {} a.eml",
    "check --against {} a.eml", "check --tolerance {}", "check -o {}/x a.eml", "stats --since {}", "stats --leg {}",
    "stats --by {}", "stats --merge {}", "stats a.eml --save {}/x", "stats a.eml --host {} -f markdown",
    "stats --top {}", "graph --merge {}", "pipeline {}", "schema {}", "compare {} {}", "compare a.eml --model {}",
    "redact a.eml --key-file {}", "redact a.eml -o {}/x", "export a.eml -o {}/x/y", "report a.eml -o {}/x/y",
]  # fmt: skip


@pytest.mark.no_cover  # other tests of the commands measure it
@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_text_of_arguments_is_not_a_command(run: Run, arguments: str) -> None:
    Path("a.eml").write_bytes(mail("a"))
    for text in COMMANDS.values():
        assert executed("".join(run(*(part.replace("{}", text) for part in arguments.split()))[1:])) == []


def test_text_of_saved_files_is_not_a_command(run: Run) -> None:
    for text in COMMANDS.values():
        Path("a.eml").write_bytes(mail(text))
        run("stats", "a.eml", "--save", "a.json", "--jobs", "1")
        for name in ("table", "plain", "json", "csv", "markdown"):
            assert_none(run("stats", "--merge", "a.json", "-f", name))
        Path("b.json").write_text(json.dumps({"schema": text, text: text}), encoding="utf-8")
        Path("c.json").write_text(
            Path("a.json").read_text(encoding="utf-8").replace('"hops":', json.dumps(text) + ":"), encoding="utf-8"
        )
        for arguments in ("stats --merge {}", "check a.eml --baseline {}", "check a.eml --against {}"):
            for file in ("b.json", "c.json"):
                assert_none(run(*arguments.replace("{}", file).split()))


@pytest.mark.parametrize(
    ("pieces", "written"),
    [
        (["::error::x\n"], ":\\x3aerror::x\n"),
        ([" \t::error::x"], " \t:\\x3aerror::x"),
        ([":", ":", "error::x"], ":\\x3aerror::x"),
        ([" ", ":", ":error::x"], " :\\x3aerror::x"),
        (["a\n", "::error::x"], "a\n:\\x3aerror::x"),
        (["a\r", " ", "::error::x"], "a\r :\\x3aerror::x"),
        (["a", "::error::x"], "a::error::x"),
        (["a ", ":", ":error::x"], "a ::error::x"),
        (["#", "#", "[error]x"], "##\\x5berror]x"),
        (["a##v", "so", "[x]y"], "a##vso\\x5bx]y"),
        (["##[a]##[b]", "##", "[c]"], "##\\x5ba]##\\x5bb]##\\x5bc]"),
        (["# #[a] #\n#[b]", ":\n:", " :: "], "# #[a] #\n#[b]:\n: :: "),
        (["", "\n\n", "", "::a"], "\n\n:\\x3aa"),
    ],
)
def test_the_filter_escapes_commands_that_are_written_in_pieces(
    pieces: list[str], written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log_commands.filter_streams()
    for piece in pieces:
        sys.stdout.write(piece)
    sys.stderr.writelines(pieces)
    assert capsys.readouterr() == (written, written)


@pytest.mark.parametrize("variable", ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION", "CI"])
def test_other_environments_are_not_filtered(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    monkeypatch.setenv(variable, "True")
    log_commands.filter_streams()
    sys.stdout.write("::x::\n")
    assert capsys.readouterr().out == ("::x::\n" if variable == "CI" else ":\\x3ax::\n")


def test_a_file_is_not_filtered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "out").open("w") as file:
        monkeypatch.setattr("sys.stdout", file)
        log_commands.filter_streams()
        sys.stdout.write("::x::\n")
        assert files.standard_stream(str(tmp_path / "out")) is file
    assert (tmp_path / "out").read_text() == "::x::\n"
