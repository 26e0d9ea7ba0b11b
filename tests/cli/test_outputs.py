"""Output files: several in one run, their formats by suffix, and errors."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hopscope.renderers.findings import FORMATS, renderer

from .conftest import Run


@pytest.fixture(autouse=True)
def _mail(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(samples / "organisation", tmp_path / "mail")
    monkeypatch.chdir(tmp_path)


def files() -> list[str]:
    return sorted(os.listdir())  # noqa: PTH208 - hidden ones, too


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("check", ["--max-total", "2m"]),
        ("show", []),
        ("show", ["--tz", "utc"]),
        ("graph", []),
        ("stats", []),
        ("compare", ["mail/internal.eml"]),
        ("rules", None),
        ("pipeline", None),
    ],
)
def test_every_format_is_written_in_one_run_as_in_its_own(run: Run, command: str, arguments: list[str] | None) -> None:
    from .test_help import command as loaded

    option = next(option for option in loaded(command).params if option.name == "format_")
    inputs = {"rules": [], "pipeline": ["2016"]}.get(command, ["mail" if command != "compare" else "mail/broken.eml"])
    line = [command, *inputs, *(arguments or [])]
    names = [name for name in option.type.choices if name != "table"]  # type: ignore[attr-defined]
    all_at_once = [argument for name in names for argument in ("--output-file", f"{name}=all.{name}")]
    outcome = run(*line, *all_at_once)
    assert outcome.status == run(*line).status
    assert outcome.out == run(*line).out
    for name in names:
        run(*line, "-f", name, "-o", f"one.{name}")
        assert Path(f"all.{name}").read_bytes() == Path(f"one.{name}").read_bytes(), name
    assert not [file for file in files() if file.endswith(".part")]


@pytest.mark.parametrize("name", FORMATS)
def test_a_document_needs_few_messages_at_a_time(name: str) -> None:
    """Otherwise several documents, written at once, would need memory for all messages."""
    from hopscope.checks.result import Checked
    from hopscope.model import Severity

    taken = 0

    def clean() -> Iterator[object]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield renderer(name).message(
                Checked(source=f"{number}.eml", file=f"{number}.eml", messages=1, findings=()), Severity.WARNING
            )

    for pieces, _ in enumerate(renderer(name).document(clean())):
        assert taken <= pieces + 1


@pytest.mark.parametrize(
    ("command", "name", "start"),
    [
        ("check", "x.json", "{"),
        ("check", "x.JSONL", '{"'),
        ("check", "x.ndjson", '{"'),
        ("check", "x.md", "### Mail flow"),
        ("check", "x.sarif", '{"$schema"'),
        ("check", "x.sarif.json", '{"$schema"'),
        ("check", "x.xml", "<?xml"),
        ("check", "x.tap", "TAP version 14"),
        ("check", "x.txt", "mail/broken.eml"),
        ("check", "x.log", "mail/broken.eml"),
        ("check", "json", "mail/broken.eml"),
        ("show", "x.html", "<!"),
        ("show", "x.csv", "source,"),
        ("show", "x.svg", "<svg"),
        ("show", "x.txt", "Source: "),
        ("stats", "x.csv", "from,to,"),
        ("graph", "x.dot", "digraph"),
        ("graph", "x.gv", "digraph"),
        ("graph", "x.mmd", "flowchart"),
        ("graph", "x.xml", "<?xml version='1.0'"),
        ("graph", "x.graphml", "<?xml version='1.0'"),
    ],
)
def test_the_suffix_decides_the_format(run: Run, command: str, name: str, start: str) -> None:
    assert run(command, "mail", "-o", name, "-q").err == ""
    assert Path(name).read_text(encoding="utf-8").startswith(start)


def test_format_and_its_variable_come_before_the_suffix(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("show", "mail", "-f", "json", "-o", "x.csv")
    run("show", "mail", "--json", "-o", "y.csv")
    monkeypatch.setenv("HOPSCOPE_FORMAT", "json")
    run("show", "mail", "-o", "z.csv")
    assert json.loads(Path("x.csv").read_bytes())
    assert Path("x.csv").read_bytes() == Path("y.csv").read_bytes() == Path("z.csv").read_bytes()
    monkeypatch.setenv("HOPSCOPE_FORMAT", "table")  # check has no such format
    run("check", "mail", "-o", "x.sarif")
    assert Path("x.sarif").read_bytes().startswith(b'{"$schema"')


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("check mail -o x.svg", "x.svg: check does not write .svg files; use --format (text, json, "),
        ("check mail -o x.parquet", "x.parquet: check does not write .parquet files; hopscope export does"),
        ("show mail -o x.sarif", "x.sarif: show does not write .sarif files; hopscope check does"),
        ("mail -o x.dot", "x.dot: show does not write .dot files; hopscope graph does"),
        ("mail -o x.csv.gz", "x.csv.gz: show does not write .gz files; use --format (table, "),
        ("stats mail -o x.XLSX", "x.XLSX: stats does not write .xlsx files; use --format (table, "),
        ("report mail -o x.pdf", "x.pdf: report does not write .pdf files; use a name that ends in .html"),
        ("check mail --output-file x.zip", "x.zip: check does not write .zip files; use --format (text, "),
        ("stats mail --save a --output-file json=./a", "a: is also the file of --output-file; choose another --save"),
        ("report mail -o x.json", "x.json: report does not write .json files; use a name that ends in .html"),
        ("export mail -o x.csv", "x.csv: export does not write .csv files; use a name that ends in .parquet"),
        ("check mail --output-file x.svg", "x.svg: check does not write .svg files; use --format (text, "),
        ("check mail --output-file html=x", "--output-file: 'html=x' is not FORMAT=FILE (formats: text, "),
        ("check mail --output-file x", "--output-file: 'x' is not FORMAT=FILE (formats: text, "),
        ("check mail --output-file json=", "--output-file: 'json=' is not FORMAT=FILE (formats: text, "),
        ("check mail --output-file json=-", "--output-file -: needs a file; use --format for standard output"),
        ("check mail -o a --output-file json=./a", "./a: is also the file of --output; choose another --output-file"),
        (
            "check mail --output-file a.json --output-file tap=a.json",
            "a.json: is also the file of --output-file; choose another --output-file",
        ),
        (
            "check mail --output-file json=mail/broken.eml",
            "mail/broken.eml: is also an input file; choose another --output-file",
        ),
        (
            "check mail --output-file json=no/x",
            "no/x: cannot be written (its folder does not exist); choose another --output-file",
        ),
        ("rules --output-file json=no/x", "no/x: cannot be written (its folder does not exist); choose another "),
    ],
)
def test_errors_are_one_line_and_nothing_is_written(run: Run, arguments: str, error: str) -> None:
    before = files(), Path("mail/broken.eml").read_bytes()
    outcome = run(*arguments.split())
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert outcome.err.startswith(f"hopscope: {error}")
    assert (files(), Path("mail/broken.eml").read_bytes()) == before


@pytest.mark.posix
def test_a_closed_pipe_leaves_no_temporary_file() -> None:
    command = [sys.executable, "-m", "hopscope", "show", *["mail"] * 200, "--output-file", "x.json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert (process.returncode, files()) == (141, ["mail"])
