"""Wildcards in file arguments, as on Windows."""

import os
from pathlib import Path

import pytest

from hopscope.cli import wildcards

from .conftest import Run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("b.eml", "a.eml", "x.eml", "[x].eml", "c.txt", "deep/er/d.eml"):
        (tmp_path / name).write_text("Received: from a.example by b.example; Tue, 31 Jul 2012 21:52:42 +1000\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("*.eml", ["[x].eml", "a.eml", "b.eml", "x.eml"]),
        ("?.eml", ["a.eml", "b.eml", "x.eml"]),
        ("[ab].eml", ["a.eml", "b.eml"]),
        ("[x].eml", ["[x].eml"]),  # an existing file is not a pattern
        ("**/*.eml", ["[x].eml", "a.eml", "b.eml", "deep/er/d.eml", "x.eml"]),
        ("*.msg", ["*.msg"]),  # no match
        ("no such.eml", ["no such.eml"]),
        ("-", ["-"]),
        ("~/a.eml", ["{home}/a.eml"]),
        ("~/[ab].eml", ["{home}/a.eml", "{home}/b.eml"]),
        ("~nobody.eml", ["~nobody.eml"]),
        ("export.mbox:3", ["export.mbox:3"]),
        ("a\0*", ["a\0*"]),
    ],
)
def test_a_pattern_is_replaced_by_its_matches(folder: Path, argument: str, expected: list[str]) -> None:
    found = [name.replace(os.sep, "/") for name in wildcards.expanded([argument])]
    assert found == [name.format(home=folder.as_posix()) for name in expected]


@pytest.mark.usefixtures("folder")
def test_files_are_expanded_and_values_of_options_are_not(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wildcards, "NEEDED", False)
    assert run("*.eml").status == 2  # on other systems, the shell has expanded it
    monkeypatch.setattr(wildcards, "NEEDED", True)
    shown = run("*.eml", "-f", "jsonl")
    assert (shown.status, shown.out.count("\n")) == (0, 4)
    assert "host *.eml only" in run("stats", "?.eml", "[x].eml", "--host", "*.eml").out
    assert "no such file" in run("*.msg").err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (("b*.eml",), 0, "a.example"),
        (("b*.eml", "--hop", "1"), 0, "a.example"),
        (("?.eml",), 2, "explain takes one message; got 3 files"),
        (("5.7.1",), 0, "5.7.1"),
        (("Front End", "Transport"), 0, "Front End Transport"),
        (("*.msg",), 2, "*.msg: no such file"),
        (("451 4.7.0 Temporary server error. [x] ? PRX3",), 0, "PRX3"),
    ],
)
def test_a_pattern_to_explain_is_expanded_and_other_questions_are_not(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], status: int, text: str
) -> None:
    monkeypatch.setattr(wildcards, "NEEDED", True)
    outcome = run("explain", *arguments)
    assert outcome.status == status
    assert text in (outcome.err if status else outcome.out)
