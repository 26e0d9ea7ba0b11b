"""Completion of command lines: the candidates, and the scripts in the shells that are installed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hopscope.checks.catalogue import codes
from hopscope.cli import COMMANDS
from hopscope.cli.completion import scripts

from .conftest import Run

CODES = [code for code in codes() if code.startswith("HOP30")]
CASES: list[tuple[str, list[str]]] = [
    ("hopscope s", ["show", "schema", "stats"]),
    ("hopscope check --sel", ["--select"]),
    ("hopscope --form", ["--format"]),
    ("hopscope show -f js", ["json", "jsonl"]),
    ("hopscope -f js", ["json", "jsonl"]),
    ("hopscope check mail/ -f j", ["json", "jsonl", "junit"]),
    ("hopscope check --format=sa", ["sarif"]),
    ("hopscope graph --format=gr", ["graphml"]),
    ("hopscope check --select HOP30", CODES),
    ("hopscope check --ignore hop30", CODES),
    ("hopscope check --select HOP1,HOP30", [f"HOP1,{code}" for code in CODES]),
    ("hopscope check --select=HOP30", CODES),
    ("hopscope show --finding HOP30", CODES),
    ("hopscope explain HOP30", CODES),
    ("hopscope explain Front", ["Front End Transport"]),
    ("hopscope show --service 'Front", ["Front End Transport"]),
    ("hopscope stats --service hub", ["Hub Transport", "hub"]),
    ("hopscope show --scenario hybrid", ["hybrid, to Exchange Online", "hybrid, to on-premises"]),
    ("hopscope --tz europe/berl", ["Europe/Berlin"]),
    ("hopscope show --tz=europe/berl", ["Europe/Berlin"]),
    ("hopscope pipeline s", ["SE"]),
    ("hopscope compare a.eml --model on", ["Online"]),
    ("hopscope check --fail-on w", ["warning"]),
    ("hopscope stats --by cl", ["clock"]),
    ("hopscope schema dif", ["difference"]),
    ("hopscope help comp", ["compare", "completion"]),
    ("hopscope completion power", ["powershell"]),
    ("hopscope check --output-file sar", ["sarif="]),
    ("hopscope show --since ", []),
]


def candidates(run: Run, monkeypatch: pytest.MonkeyPatch, line: str, shell: str = "bash") -> list[str]:
    monkeypatch.setenv("_HOPSCOPE_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_LINE", line)
    outcome = run()
    assert (outcome.status, outcome.err) == (0, "")
    return [one for one in outcome.out.splitlines() if one]


@pytest.mark.parametrize(("line", "expected"), CASES, ids=[line for line, _ in CASES])
def test_candidates(run: Run, monkeypatch: pytest.MonkeyPatch, line: str, expected: list[str]) -> None:
    lines = candidates(run, monkeypatch, line)
    assert [value for type_, value in (one.split(",", 1) for one in lines) if type_ != "file"] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("hopscope ma", "file,ma"),
        ("hopscope show ma", "file,ma"),
        ("hopscope show -o ma", "file,ma"),
        ("hopscope show --output=ma", "rest,ma"),
        ("hopscope check --config ma", "file,ma"),
        ("hopscope check --baseline ma", "file,ma"),
        ("hopscope stats --save ma", "file,ma"),
        ("hopscope check --output-file sarif=ma", "rest,ma"),
        ("hopscope explain ma", "file,ma"),
    ],
)
def test_files_are_completed_by_the_shell(run: Run, monkeypatch: pytest.MonkeyPatch, line: str, expected: str) -> None:
    assert expected in candidates(run, monkeypatch, line)


def test_every_command_and_option_is_a_candidate(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from .test_help import command as loaded

    assert {f"plain,{name}" for name in COMMANDS} <= {*candidates(run, monkeypatch, "hopscope ")}
    for name in COMMANDS:
        options = {f"plain,{option.opts[-1]}" for option in loaded(name).params if option.opts[0].startswith("-")}
        assert options <= {*candidates(run, monkeypatch, f"hopscope {name} --")}


def test_a_command_keeps_its_types_and_a_line_without_word_has_candidates(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates(run, monkeypatch, "hopscope show --tz ")
    assert candidates(run, monkeypatch, "") == candidates(run, monkeypatch, "hopscope ")
    monkeypatch.delenv("_HOPSCOPE_COMPLETE")
    assert run("show", "--tz", "nowhere").err.startswith("hopscope: --tz: 'nowhere' is not a time zone")


def test_powershell_gets_values_with_descriptions(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert candidates(run, monkeypatch, "hopscope check --select HOP110", "powershell") == ["HOP110\tLong delay"]
    assert candidates(run, monkeypatch, "hopscope graph --format=gr", "powershell") == [
        "--format=graphml\t--format=graphml"
    ]
    assert candidates(run, monkeypatch, r"hopscope show C:\mail" + "\\", "powershell") == []


@pytest.mark.parametrize("shell", scripts())
def test_the_command_prints_the_script(run: Run, shell: str) -> None:
    assert run("completion", shell) == (0, scripts()[shell], "")


def test_an_unknown_shell_is_an_error(run: Run) -> None:
    outcome = run("completion", "zshh")
    assert outcome == (2, "", "hopscope: SHELL: 'zshh' is not one of bash, zsh, fish, powershell; did you mean zsh?\n")


# in the shells

SHELL_CASES = {line: expected for line, expected in CASES if expected and "'" not in line} | {
    "hopscope show mail/in": ["mail/inbound.eml"],
    "hopscope show -o mail/in": ["mail/inbound.eml"],
}


@pytest.fixture
def shell(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A shell of this name, whose command ``hopscope`` is this program, in a folder with ``mail/inbound.eml``."""
    if os.name == "nt" or not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    command = tmp_path / "bin" / "hopscope"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hopscope "$@"\n')
    command.chmod(0o755)
    (tmp_path / "mail").mkdir()
    shutil.copy(samples / "organisation" / "inbound.eml", tmp_path / "mail")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    return str(request.param)


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


BASH = r"""
source <(hopscope completion bash)
complete -p hopscope
while IFS= read -r COMP_LINE; do
    COMP_POINT=${#COMP_LINE} COMP_WORDS=(${COMP_LINE//=/ = }) COMPREPLY=()
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _hopscope_completion hopscope 2>/dev/null
    printf '%s\t' "${COMPREPLY[@]}"
    echo
done
"""


@pytest.mark.parametrize("shell", ["bash"], indirect=True)
def test_bash_completes(shell: str) -> None:
    cases = {line: values for line, values in SHELL_CASES.items() if "mail/in" not in line}
    done = subprocess.run(
        [shell, "--norc", "-c", BASH], input="\n".join(cases) + "\n", capture_output=True, text=True, check=True
    )
    setup, *lines = done.stdout.splitlines()
    assert setup == "complete -o nosort -F _hopscope_completion hopscope"
    quoted = [
        [re.sub("([ ,])", r"\\\1", value) if " " in value else value for value in values] for values in cases.values()
    ]
    assert [line.rstrip("\t").split("\t") for line in lines] == quoted


@pytest.mark.parametrize("shell", ["fish"], indirect=True)
def test_fish_completes(shell: str) -> None:
    script = 'hopscope completion fish | source; while read line; echo "> $line"; complete -C $line; end'
    done = subprocess.run(
        [shell, "--no-config", "-c", script],
        input="\n".join(SHELL_CASES) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    _, *answers = done.stdout.split("> ")
    for answer, (line, expected) in zip(answers, SHELL_CASES.items(), strict=True):
        shown, *values = answer.splitlines()
        assert shown == line
        prefix = line.split()[-1].partition("=")[0] + "=" if "=" in line else ""
        assert [value.partition("\t")[0] for value in values if "mail/" not in value or "mail/" in line] == [
            f"{prefix}{value}" for value in expected
        ]


@pytest.mark.parametrize("shell", ["fish"], indirect=True)
@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("My", "My Mail/"),
        (r"My\ M", "My Mail/"),
        (r"My\ Mail/x\ ", "My Mail/x y.eml"),
        ('"My M', "My Mail/"),
        ("'My Mail/x ", "My Mail/x y.eml"),
        (r"--output=My\ M", "--output=My Mail/"),
        (r"--output-file=sarif=My\ Mail/x", "--output-file=sarif=My Mail/x y.eml"),
    ],
)
def test_fish_completes_file_names_with_blanks(shell: str, word: str, expected: str) -> None:
    Path("My Mail").mkdir()
    Path("My Mail", "x y.eml").touch()
    script = "hopscope completion fish | source; complete -C $argv[1]"
    assert output(shell, "--no-config", "-c", script, f"hopscope check {word}").splitlines() == [expected]


ZSH = r"""
zmodload zsh/zpty
expect() {
    local piece shown
    while [[ $shown != *"$1"* ]]; do
        if zpty -r -t z piece; then shown+=$piece; else sleep 0.05; fi
    done
}
zpty z zsh -f -i
zpty -w z "setopt nobeep; PS1="
zpty -w z 'autoload -Uz compinit; compinit -u; source <(hopscope completion zsh); echo $((40 + 2))-'
expect 42-
while IFS=$'\t' read -r line expected; do
    zpty -w -n z "$line"$'\t'
    expect "$expected"
    zpty -w -n z $'\x15'
    echo "$line"
done
"""


@pytest.mark.parametrize("shell", ["zsh"], indirect=True)
def test_zsh_completes(shell: str) -> None:
    single = {line: values[0] for line, values in SHELL_CASES.items() if len(values) == 1}
    text = "".join(f"{line}\t{value.replace(' ', chr(92) + ' ')}\n" for line, value in single.items())
    done = subprocess.run([shell, "-f", "-c", ZSH], input=text, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == list(single)


@pytest.mark.parametrize("shell", ["pwsh"], indirect=True)
def test_powershell_completes(shell: str) -> None:
    for line, expected in SHELL_CASES.items():
        ask = f"(TabExpansion2 '{line}' {len(line)}).CompletionMatches.ListItemText"
        done = output(shell, "-NoProfile", "-Command", f"hopscope completion powershell | Out-String | iex; {ask}")
        prefix = line.split()[-1].partition("=")[0] + "=" if "=" in line else ""
        assert done.splitlines() == [f"{prefix}{Path(value).name}" for value in expected]
