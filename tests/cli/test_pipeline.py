"""``hopscope pipeline``."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hopscope.classifier import pipeline as facts
from hopscope.renderers import pipeline

from .conftest import Run


@pytest.mark.parametrize("generation", facts.generations())
@pytest.mark.parametrize("format_", pipeline.FORMATS)
def test_every_generation_in_every_format(run: Run, generation: str, format_: str) -> None:
    outcome = run("pipeline", generation, "--format", format_)
    assert outcome.status == 0
    assert generation in outcome.out
    assert not outcome.err


@pytest.mark.parametrize("generation", ["se", "SE", "Se", "online", "ONLINE", "2013"])
def test_the_case_of_a_generation_does_not_matter(run: Run, generation: str) -> None:
    assert run("pipeline", generation).out.lower().startswith(f"exchange {generation.lower()}")


def test_a_pipe_gets_plain_text(run: Run) -> None:
    assert run("pipeline", "2013").out == run("pipeline", "2013", "-f", "plain").out


def test_json_is_short_for_the_format(run: Run) -> None:
    outcome = run("pipeline", "2010", "--json")
    assert outcome.out == run("pipeline", "2010", "-f", "json").out
    assert json.loads(outcome.out)["schema"] == "hopscope/2"


@pytest.mark.parametrize(
    ("usual", "same_as"), [("markdown", "markdown"), ("JSON", "json"), ("csv", "plain"), ("nonsense", "plain")]
)
def test_the_default_format_applies_if_supported(
    run: Run, monkeypatch: pytest.MonkeyPatch, usual: str, same_as: str
) -> None:
    expected = run("pipeline", "2010", "-f", same_as).out
    monkeypatch.setenv("HOPSCOPE_FORMAT", usual)
    assert run("pipeline", "2010").out == expected
    assert run("pipeline", "2010", "--json").out.startswith("{")


def test_other_generations_are_shown_on_request(run: Run) -> None:
    assert "Hub Transport" not in run("pipeline", "2013").out
    assert "Hub Transport" in run("pipeline", "2013", "--coexistence").out


def test_a_file_gets_the_output(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "2016.dot"
    assert not run("pipeline", "2016", "-f", "dot", "-o", path).out
    assert path.read_text(encoding="utf-8").startswith("digraph ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param((), "GENERATION is missing", id="none"),
        pytest.param(("2003",), "'2003' is not one of", id="a generation without these services"),
        pytest.param(("2013", "2016"), "unexpected argument '2016'", id="two"),
        pytest.param(("2013", "-f", "csv"), "'csv' is not one of", id="a format it has not"),
        pytest.param(("2013", "-f", "dot", "--json"), "exclude each other", id="two formats"),
    ],
)
def test_wrong_usage(run: Run, arguments: tuple[str, ...], said: str) -> None:
    outcome = run("pipeline", *arguments)
    assert outcome.status == 2
    assert said in outcome.err


@pytest.mark.parametrize("format_", ["plain", "dot", "mermaid"])
def test_no_module_of_messages_is_imported(format_: str) -> None:
    arguments = ["pipeline", "2016", "-f", format_]
    code = f"import sys, hopscope.cli\ntry: hopscope.cli.main({arguments})\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split("\n")[-2].split())
    assert not loaded & {"networkx", "rich", "dateutil", "hopscope.parser", "hopscope.sources"}
