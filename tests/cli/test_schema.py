"""``hopscope schema``."""

import json
from pathlib import Path

import pytest

from hopscope.cli.schema import NAMES
from hopscope.data import read_text
from hopscope.renderers.schema.json_schema import SCHEMAS, file_name
from tests.cli.conftest import Run


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_shipped_file_is_printed(run: Run, name: str) -> None:
    outcome = run("schema", name)
    assert (outcome.status, outcome.out, outcome.err) == (0, read_text(file_name(name)), "")


def test_the_schema_of_a_message_is_the_default(run: Run) -> None:
    assert json.loads(run("schema").out)["title"] == "hopscope message (hopscope/2)"


def test_every_schema_can_be_named() -> None:
    assert tuple(SCHEMAS) == NAMES


def test_it_can_be_written_to_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    assert run("schema", "graph", "-o", str(path)).status == 0
    assert path.read_text(encoding="utf-8") == read_text(file_name("graph"))


def test_an_unknown_name_is_wrong_usage(run: Run) -> None:
    outcome = run("schema", "mail")
    assert outcome.status == 2
    assert "message" in outcome.err
