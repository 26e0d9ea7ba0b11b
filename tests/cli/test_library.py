"""``hopscope.render`` and the functions of the library give what the commands print, byte for byte."""

import json
from datetime import UTC
from pathlib import Path
from zipfile import ZipFile

import pytest

import hopscope
from hopscope import render
from hopscope.renderers import RENDERERS, answers
from hopscope.renderers.comparison import FORMATS as COMPARISONS
from hopscope.renderers.findings import FORMATS as FINDINGS
from hopscope.renderers.graph import FORMATS as GRAPHS
from hopscope.renderers.stats import FORMATS as STATS

from .conftest import Run

WIDTH = 97
SAMPLES = sorted((Path(__file__).parent.parent.parent / "samples").glob("*.eml"))
SETTINGS = """\
fail_on = "error"
max_total = "10s"
ignore = ["HOP3"]

[organisation]
domains = ["corp.example"]

[[path]]
name = "organisation"
files = "samples/organisation/*"
expect = "Transport"

[per_path."samples/exchange-2013*"]
max_hop = "1s"
"""


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setattr("hopscope.cli.stats.terminal_width", lambda: WIDTH)
    monkeypatch.chdir(root)


@pytest.fixture
def settings(tmp_path: Path, root: Path) -> Path:
    """A settings file whose globs are relative to the project."""
    path = tmp_path / "hopscope.toml"
    path.write_text(SETTINGS.replace("samples/", f"{root.as_posix()}/samples/"), encoding="utf-8")
    return path


def shown(format_: str, result: object, **options: object) -> str:
    """The result in a format; a table has the width of the terminal."""
    width = {"width": WIDTH} if format_ == "table" else {}
    text = getattr(render, format_)(result, **width, **options)
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("format_", RENDERERS)
def test_messages(sample: Path, format_: str, run: Run) -> None:
    printed = run("show", sample, "-f", format_).out
    route = hopscope.read_file(sample)
    assert shown(format_, route) == printed
    assert shown(format_, hopscope.analyze(route)) == printed


@pytest.mark.parametrize("format_", RENDERERS)
def test_several_messages(samples: Path, format_: str, run: Run) -> None:
    folder = samples / "organisation"
    printed = run("show", folder, "-f", format_).out
    assert shown(format_, hopscope.messages(folder)) == printed
    assert shown(format_, list(map(hopscope.analyze, hopscope.messages(folder)))) == printed


def test_options_of_messages(samples: Path, run: Run) -> None:
    sample = samples / "exchange-2016-inbound.eml"
    arguments = ("show", sample, "-f", "table", "--tz", "utc", "--timeline", "--color", "always")
    assert shown("table", hopscope.read_file(sample), tz=UTC, timeline=True, color=True) == run(*arguments).out


@pytest.mark.parametrize("format_", COMPARISONS)
def test_comparisons(samples: Path, format_: str, run: Run) -> None:
    first, second = samples / "exchange-2010-internal.eml", samples / "exchange-2013-internal.eml"
    left, right = map(hopscope.read_file, (first, second))
    assert shown(format_, hopscope.compare(left, right)) == run("compare", first, second, "-f", format_).out
    model = hopscope.compare(left, "2016")
    assert shown(format_, model) == run("compare", first, "--model", "2016", "-f", format_).out


def summary(path: Path, *, quick: bool = False) -> hopscope.Summary:
    return hopscope.summarize(hopscope.messages(path), quick=quick)


@pytest.mark.parametrize("format_", STATS)
def test_statistics(samples: Path, format_: str, run: Run) -> None:
    folder = samples / "organisation"
    assert shown(format_, summary(folder)) == run("stats", folder, "-f", format_).out
    assert shown(format_, summary(folder, quick=True)) == run("stats", folder, "--quick", "-f", format_).out
    options = ("--by", "leg", "--by", "server", "--sort", "p99", "--top", "2")
    chosen = shown(format_, summary(folder), by=("leg", "server"), sort="p99", top=2)
    assert chosen == run("stats", folder, "-f", format_, *options).out


@pytest.mark.parametrize("format_", GRAPHS)
@pytest.mark.parametrize("top", [40, 1, 0])
def test_topologies(samples: Path, format_: str, top: int, run: Run) -> None:
    folder = samples / "organisation"
    printed = run("graph", folder, "-f", format_, "--top", top).out
    assert shown(format_, hopscope.topology(summary(folder, quick=True), top=top)) == printed
    if format_ not in STATS:
        assert shown(format_, summary(folder), top=top) == printed


def test_reports(samples: Path, run: Run) -> None:
    folder = samples / "organisation"
    printed = run("report", folder, "--details", 0, "--title", "January").out
    assert shown("html", summary(folder), title="January") == printed


def test_saved_summaries(samples: Path, run: Run, tmp_path: Path) -> None:
    folder, file = samples / "organisation", tmp_path / "saved.json"
    run("stats", folder, "--save", file)
    assert f"{hopscope.dumps(summary(folder))}\n" == file.read_text(encoding="utf-8")
    assert hopscope.loads(file.read_bytes()) == summary(folder)


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("attached", [False, True])
def test_summaries_of_a_dump_with_errors(
    samples: Path, run: Run, tmp_path: Path, *, attached: bool, quick: bool
) -> None:
    dump, file = tmp_path / "dump.zip", tmp_path / "saved.json"
    outer = b"Content-Type: message/rfc822\nReceived: by x.example; Wed, 8 Mar 2017 11:15:00 +0100\n\n"
    sample = (samples / "exchange-2019-inbound.eml").read_bytes()
    with ZipFile(dump, "w") as archive:
        for name, content in {"a": sample, "b": outer + sample, "c": b"", "d": b"Subject: x\n\n"}.items():
            archive.writestr(f"{name}.eml", content)
    run("stats", dump, "--save", file, *["--attached"] * attached, *["--quick"] * quick)
    errors: list[hopscope.SourceError] = []
    saved = hopscope.summarize(hopscope.messages(dump, attached=attached, on_error=errors.append), quick=quick)
    assert (saved.messages, saved.unreadable, len(errors)) == (2 + attached, 1, 1)
    saved.unreadable += len(errors)
    assert f"{hopscope.dumps(saved)}\n" == file.read_text(encoding="utf-8")


def test_summaries_of_an_organisation(samples: Path, run: Run, tmp_path: Path) -> None:
    folder, file = samples / "organisation", tmp_path / "saved.json"
    settings = folder / "hopscope.toml"
    run("stats", folder, "--save", file, "--config", settings)
    organisation = hopscope.read_settings(settings).organisation
    saved = hopscope.summarize(hopscope.messages(folder), organisation=organisation)
    assert f"{hopscope.dumps(saved)}\n" == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("format_", STATS)
def test_differences_of_summaries(
    samples: Path, format_: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = summary(samples), summary(samples / "organisation")
    monkeypatch.chdir(tmp_path)
    for name, part in (("before", before), ("after", after)):
        Path(name).write_text(hopscope.dumps(part), encoding="utf-8")
    assert shown(format_, hopscope.compare(before, after)) == run("compare", "before", "after", "-f", format_).out


@pytest.mark.parametrize("format_", FINDINGS)
def test_findings(samples: Path, format_: str, run: Run) -> None:
    findings = [hopscope.check(route) for route in hopscope.messages(samples)]
    assert shown(format_, findings) == run("check", samples, "-f", format_).out


@pytest.mark.parametrize("format_", FINDINGS)
def test_findings_with_settings(samples: Path, format_: str, run: Run, settings: Path) -> None:
    limits = hopscope.read_settings(settings)
    findings = [hopscope.check(hopscope.analyze(route), limits) for route in hopscope.messages(samples)]
    codes = {finding.code for message in findings for finding in message}
    assert {"HOP601", "HOP611"} <= codes
    printed = run("check", samples, "--config", settings, "-f", format_).out
    assert shown(format_, findings, fail_on=limits.fail_on) == printed


@pytest.mark.parametrize("format_", FINDINGS)
def test_findings_of_messages_in_one_file(format_: str, run: Run, tmp_path: Path) -> None:
    mbox = tmp_path / "two.mbox"
    mbox.write_bytes(b"".join(b"From x Thu Jan  1 00:00:00 1970\n" + path.read_bytes() + b"\n" for path in SAMPLES))
    findings = [hopscope.check(route) for route in hopscope.messages(mbox)]
    assert shown(format_, findings) == run("check", mbox, "-f", format_).out
    if format_ in {"jsonl", "sarif", "github"}:  # the others count messages without findings
        assert shown(format_, [finding for message in findings for finding in message]) == shown(format_, findings)


QUESTIONS = ("15.1.2507.39", "Front End Transport", "451 4.7.0 Temporary server error. PRX3", "5.7.1", "HOP101")


@pytest.mark.parametrize("format_", ["table", "plain", "json"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_answers(question: str, format_: str, run: Run) -> None:
    answer = hopscope.explain(question)
    assert answer.kind in answers.KINDS
    assert shown(format_, answer) == run("explain", question, "-f", format_).out


@pytest.mark.parametrize("hop", [None, 2])
def test_explanations_of_messages(samples: Path, hop: int | None, run: Run) -> None:
    sample = samples / "exchange-2013-internal.eml"
    only = () if hop is None else ("--hop", hop)
    route = hopscope.read_file(sample)
    assert render.explanation(route, hop, width=WIDTH) == run("explain", sample, *only, "-f", "table").out
    assert render.explanation(hopscope.analyze(route), hop) == run("explain", sample, *only, "-f", "plain").out
    assert render.explanation(route, hop, as_json=True) == run("explain", sample, *only, "-f", "json").out


def test_redacted_messages(samples: Path, run: Run, tmp_path: Path) -> None:
    sample, key = samples / "exchange-2013-internal.eml", tmp_path / "key"
    key.write_bytes(b"0123456789abcdef")
    redacted = hopscope.redact(hopscope.read_file(sample), key=key.read_bytes())
    assert redacted.text == run("redact", sample, "--key-file", key).out


def test_held_by_is_what_the_output_names(run: Run) -> None:
    for sample in SAMPLES:
        documents = json.loads(run("show", sample, "--json").out)["hops"]
        hops = hopscope.analyze(hopscope.read_file(sample)).hops
        assert [hop.held_by is None for hop in hops] == [document["held_by"] is None for document in documents]
