"""``hopscope compare``."""

import csv
import json
from pathlib import Path

import pytest

from .conftest import Run


def test_different_paths_exit_with_1_and_explain_missing_stages(run: Run, samples: Path) -> None:
    outcome = run("compare", samples / "exchange-2010-internal.eml", samples / "exchange-2013-internal.eml")
    assert outcome.status == 1
    assert "Different paths" in outcome.out
    assert "by RPC and adds no Received field" in outcome.out
    for stage in ("submission", "front end", "transport", "delivery", "total"):
        assert any(line.startswith(stage) for line in outcome.out.splitlines())


def test_exit_zero_hides_the_difference_but_not_an_error(run: Run, samples: Path) -> None:
    one, other = samples / "exchange-2010-internal.eml", samples / "exchange-2013-internal.eml"
    assert run("compare", "--exit-zero", one, other).status == 0
    assert run("compare", "--exit-zero", one, samples / "missing.eml").status == 2


def test_the_same_path_exits_with_0(run: Run, samples: Path) -> None:
    outcome = run("compare", samples / "exchange-2016-inbound.eml", samples / "exchange-2019-inbound.eml")
    assert outcome.status == 0
    assert "Same path" in outcome.out


def test_edge_transport_missing_in_the_model_is_named(run: Run, samples: Path) -> None:
    outcome = run("compare", samples / "inbound-edge-2010-to-2013.eml", "--model", "2016")
    assert outcome.status == 0
    assert "no Edge Transport on this side" in outcome.out
    assert "except Edge Transport, which is optional in documented mail flow." in outcome.out


@pytest.mark.parametrize(
    ("sample", "model", "status"),
    [
        pytest.param("exchange-2013-internal", "2013", 0, id="2013-as-2013"),
        pytest.param("exchange-2013-internal", "2019", 0, id="2013-as-2019"),
        pytest.param("exchange-2013-internal", "2010", 1, id="2013-as-2010"),
        pytest.param("exchange-2010-internal", "2010", 0, id="2010-as-2010"),
        pytest.param("exchange-2010-internal", "2013", 1, id="2010-as-2013"),
        pytest.param("exchange-2016-inbound", "2016", 0, id="inbound-as-2016"),
        pytest.param("exchange-2016-inbound", "2010", 1, id="inbound-as-2010"),
        pytest.param("postfix-to-gmail", "2013", 1, id="no-exchange"),
    ],
)
def test_against_the_path_of_a_generation(run: Run, samples: Path, sample: str, model: str, status: int) -> None:
    outcome = run("compare", "--model", model, samples / f"{sample}.eml")
    assert outcome.status == status
    assert f"Exchange {model}" in outcome.out


@pytest.mark.parametrize(
    ("name", "model"), [("Exchange 2019", "2019"), ("EXCHANGE Server se", "SE"), (" online ", "Online")]
)
def test_a_generation_has_the_name_of_the_heading_too(run: Run, samples: Path, name: str, model: str) -> None:
    sample = samples / "exchange-2013-internal.eml"
    assert run("compare", "--model", name, sample) == run("compare", "--model", model, sample)
    assert run("pipeline", name) == run("pipeline", model)


def test_one_side_from_standard_input(run: Run, samples: Path) -> None:
    text = (samples / "exchange-2013-internal.eml").read_bytes()
    assert run("compare", "-", samples / "exchange-2013-internal.eml", stdin=text).status == 0


def test_json_names_both_sides(run: Run, samples: Path) -> None:
    outcome = run("compare", "--json", "--model", "2010", samples / "exchange-2013-internal.eml")
    document = json.loads(outcome.out)
    assert document["same"] is False
    delivery = next(row for row in document["rows"] if row["stage"] == "delivery")
    assert delivery["left"]["service"] == "Mailbox Transport"
    assert delivery["right"] is None
    assert delivery["right_reason"]


@pytest.mark.parametrize("format_", ["table", "plain", "jsonl", "csv", "markdown", "html"])
def test_every_format_shows_both_sides(run: Run, samples: Path, format_: str) -> None:
    files = samples / "exchange-2010-internal.eml", samples / "exchange-2013-internal.eml"
    outcome = run("compare", "-f", format_, *files)
    assert "Hub Transport" in outcome.out
    assert "Mailbox Transport" in outcome.out


@pytest.mark.parametrize(
    "arguments",
    [(), ("a.eml",), ("a.eml", "b.eml", "c.eml"), ("--model", "2013"), ("--model", "2013", "a.eml", "b.eml")],
    ids=" ".join,
)
def test_the_wrong_number_of_files_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    outcome = run("compare", *arguments)
    assert outcome.status == 2
    assert "compare needs" in outcome.err


def test_every_file_that_cannot_be_read_is_named(run: Run, tmp_path: Path) -> None:
    outcome = run("compare", tmp_path / "a.eml", tmp_path / "b.eml")
    assert outcome.status == 2
    assert len(outcome.err.splitlines()) == 2
    assert not outcome.out


def test_a_folder_is_represented_by_its_most_common_path(run: Run, samples: Path) -> None:
    outcome = run("compare", "--json", samples, samples / "exchange-2016-inbound.eml")
    document = json.loads(outcome.out)
    assert (document["left"]["title"], document["left"]["message_id"]) == (str(samples), None)
    assert document["left"]["matching_messages"] > 1
    assert document["left"]["messages"] == len(list(samples.rglob("*.eml")))
    assert (document["right"]["matching_messages"], document["right"]["messages"]) == (1, 1)


def test_a_folder_with_unreadable_files(run: Run, samples: Path, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes((samples / "exchange-2016-inbound.eml").read_bytes())
    (tmp_path / "b.eml").write_bytes(b"Subject: no hops\n\n")
    outcome = run("compare", tmp_path, samples / "exchange-2016-inbound.eml")
    assert outcome.status == 2
    assert "Same path" in outcome.out
    assert "b.eml" in outcome.err


@pytest.mark.parametrize("format_", ["table", "plain", "markdown", "json", "html"])
def test_what_a_migration_changes(run: Run, samples: Path, format_: str) -> None:
    outcome = run("compare", "-f", format_, samples / "exchange-2010-internal.eml", "--model", "2013")
    assert "One more SMTP hop: Transport sends to Mailbox Transport" in " ".join(outcome.out.split())


def test_svg_of_a_comparison_is_refused_on_one_line(run: Run, samples: Path) -> None:
    outcome = run("compare", "-f", "svg", samples / "exchange-2010-internal.eml", "--model", "2013")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("hopscope: --format: 'svg' is not one of table, plain, ")


def test_the_help_offers_the_formats_of_comparisons(run: Run) -> None:
    outcome = run("compare", "--help")
    assert "table, plain, json, jsonl, csv, markdown, html" in " ".join(outcome.out.split())
    assert "--tz" not in outcome.out


def test_each_row_of_csv_names_the_file_and_release_of_both_sides(run: Run, samples: Path) -> None:
    files = samples / "exchange-2010-internal.eml", samples / "exchange-2013-internal.eml"
    rows = list(csv.DictReader(run("compare", "-f", "csv", *files).out.splitlines()))
    sides = {tuple(row[f"{side}_{key}"] for side in ("left", "right") for key in ("title", "releases")) for row in rows}
    assert sides == {(str(files[0]), "Exchange 2010 SP2 RU3", str(files[1]), "Exchange 2013 Preview")}


@pytest.mark.parametrize("format_", ["table", "plain", "markdown", "html", "csv", "json"])
def test_both_sides_are_named_by_release_and_file(
    run: Run, samples: Path, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(samples)  # a table folds a longer path, and the lines of both columns alternate
    names = "exchange-2010-internal.eml", "exchange-2013-internal.eml"
    text = run("compare", "-f", format_, *names).out
    for release, name in zip(("Exchange 2010 SP2 RU3", "Exchange 2013 Preview"), names, strict=True):
        assert release in text
        assert name in "".join(text.split())
