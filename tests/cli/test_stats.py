"""``hopscope stats``, ``graph`` and ``compare --stats`` on the command line."""

import json
from pathlib import Path
from unittest.mock import patch

import pytest

from hopscope.cli import stats as command
from hopscope.renderers.stats.tables import TABLES

from .conftest import Run

MAIL = "Received: from a by b.example; Tue, {} Jul 2012 21:52:42 +1000\nSubject: x\n\n"


@pytest.fixture
def july(tmp_path: Path) -> Path:
    """A message of each of the first four days of July."""
    (folder := tmp_path / "july").mkdir()
    for day in range(1, 5):
        (folder / f"{day}.eml").write_text(MAIL.format(day).replace("Tue, ", ""))
    return folder


def numbers(run: Run, *arguments: object) -> dict[str, object]:
    outcome = run("stats", "--json", *arguments)
    assert (outcome.status, outcome.err) == (0, "")
    found: dict[str, object] = json.loads(outcome.out)
    return found


def test_the_overview_has_the_main_numbers(run: Run, samples: Path) -> None:
    outcome = run("stats", samples / "organisation")
    assert outcome.status == 0
    titles = [block.partition("\n")[0] for block in outcome.out.split("\n\n")]
    assert titles[1:-1] == [
        "Findings",
        "Legs by time lost (servers in corp.north.example)",
        *("Slowest messages", "Scenarios", "Services", "TLS", "Servers"),
    ]
    assert "HOP110" in outcome.out
    assert outcome.out.startswith("Messages           5\n")


@pytest.mark.parametrize("by", TABLES)
def test_every_table_can_be_printed(run: Run, samples: Path, by: str) -> None:
    assert by in command._BY  # noqa: SLF001 - they have to be the same
    outcome = run("stats", samples / "organisation", "--by", by, "--top", "0", "-f", "csv")
    assert outcome.status == 0
    assert outcome.out.count("\n") >= (1 if by in {"authentication", "clock", "corrected", "status"} else 2)


@pytest.mark.parametrize(
    ("options", "rows"),
    [(("-f", "json"), 154), (("-f", "json", "--top", "3"), 3), (("-f", "json", "--top", "0"), 154)],
)
def test_data_formats_have_all_rows_unless_a_number_is_given(
    run: Run, tmp_path: Path, options: tuple[str, ...], rows: int
) -> None:
    for number in range(154):
        stamp = f"from a.example by mx{number}.example{number}.test with ESMTP id 1; Mon, 3 Jun 2024 18:02:35 +0000"
        (tmp_path / f"{number}.eml").write_text(f"Received: {stamp}\nSubject: x\n\n")
    assert len(json.loads(run("stats", tmp_path, *options).out)["servers"]) == rows
    lines = run("stats", tmp_path, "--by", "server", *options[2:], "-f", "csv").out.splitlines()
    assert len(lines) == rows + 1
    assert "144 more" in run("stats", tmp_path, "--by", "server", "-f", "plain").out


def test_quick_has_the_same_counts_without_findings(run: Run, samples: Path) -> None:
    whole, quick = numbers(run, samples / "organisation"), numbers(run, samples / "organisation", "--quick")
    assert quick["findings"] is None
    for key in ("messages", "hops", "legs", "servers", "tls", "days"):
        assert quick[key] == whole[key]
    slowest = whole["slowest"]
    assert isinstance(slowest, list)
    assert [row | {"held_by": None, "held_seconds": None} for row in slowest] == quick["slowest"]


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ((), 4),
        (("--since", "2012-07-02T11:52:42"), 3),
        (("--since", "2012-07-02T21:52:43+10:00"), 2),
        (("--until", "2012-07-03"), 2),
        (("--since", "2012-07-02", "--until", "2012-07-03"), 1),
    ],
)
def test_messages_are_selected_by_their_last_hop(run: Run, july: Path, options: tuple[str, ...], messages: int) -> None:
    found = numbers(run, july, *options)
    assert found["messages"] == messages
    assert bool(found["filters"]) is bool(options)


def test_legs_and_servers_are_selected_by_name(run: Run, samples: Path) -> None:
    outcome = run("stats", samples / "organisation", "--leg", "Transport@* -> Mailbox*", "--by", "leg")
    assert "T ex16-02" in outcome.out
    assert "FE" not in outcome.out
    assert "Legs and servers: Transport@* -> Mailbox* only" in outcome.out
    outcome = run("stats", samples / "organisation", "--host", "ex10*", "--service", "mapi*", "--by", "server")
    assert "ex10-ht1" in outcome.out
    assert "ex16-01.corp" not in outcome.out


def test_merged_summaries_equal_one_run(run: Run, july: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    assert run("stats", july / "1.eml", july / "2.eml", "--save", one).status == 0
    assert run("stats", july / "3.eml", july / "4.eml", "--save", other).status == 0
    assert numbers(run, "--merge", one, other) == numbers(run, july)
    assert run("graph", "--merge", one, "--json").status == 0


def test_merged_summaries_are_saved_byte_for_byte_as_one_run_saves_them(
    run: Run, samples: Path, tmp_path: Path
) -> None:
    parts, every, merged = [], tmp_path / "every.json", tmp_path / "merged.json"
    for number, file in enumerate(sorted(samples.glob("*.eml"))):
        parts.append(tmp_path / f"{number}.json")
        run("stats", file, "--save", parts[-1])
    run("stats", *sorted(samples.glob("*.eml")), "--save", every)
    assert run("stats", "--merge", *reversed(parts), "--save", merged).status == 0
    assert merged.read_bytes() == every.read_bytes()


def test_any_number_of_processes_gives_the_same_output(run: Run, samples: Path) -> None:
    with patch("hopscope.scale.run.CHUNK", 1):
        assert numbers(run, samples, "-q", "--jobs", "2") == numbers(run, samples, "-q", "--jobs", "1")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--since", "someday"), "is not a date or time"),
        (("--since", "0001-01-01T00:00+14:00"), "is not a date or time"),
        (("--until", "9999-12-31T23:59-14:00"), "is not a date or time"),
        (("--save", "-"), "--save needs a file"),
        (("--leg", "Transport"), "is not a leg"),
        (("--by", "nothing"), "is not one of"),
        (("--jobs", "0"), "--jobs"),
        (("--merge",), "--merge needs FILES"),
        (("--merge", "--since", "2012-01-01", "x.json"), "do not apply to saved summaries"),
        (("--merge", "--host", "ex1", "--slower-than", "1m", "x.json"), "do not apply to saved summaries"),
        (("--quick", "--finding", "HOP1"), "--quick skips"),
        (("--quick", "--scenario", "inbound"), "--quick skips"),
    ],
)
def test_wrong_usage_is_reported(run: Run, arguments: tuple[str, ...], told: str) -> None:
    outcome = run("stats", *arguments)
    assert outcome.status == 2
    assert told in outcome.err


def test_a_summary_overwrites_no_input_or_output(run: Run, july: Path, tmp_path: Path) -> None:
    mail, saved = july / "1.eml", tmp_path / "saved.json"
    assert run("stats", mail, "--save", saved).status == 0
    before = mail.read_bytes(), saved.read_bytes()
    for arguments in ((mail, "--save", mail), (july, "--save", mail), ("--merge", saved, "--save", saved)):
        outcome = run("stats", *arguments)
        assert (outcome.status, outcome.out) == (2, "")
        assert "is also an input file; choose another --save" in outcome.err
    outcome = run("stats", mail, "--save", tmp_path / "new.json", "-o", july / ".." / "new.json")
    assert outcome.status == 2
    assert "is also the file of --output; choose another --save" in outcome.err
    assert not (tmp_path / "new.json").exists()
    assert (mail.read_bytes(), saved.read_bytes()) == before


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"schema": "hopscope-summary/9"}'])
def test_other_files_are_not_summaries(run: Run, tmp_path: Path, text: str) -> None:
    (broken := tmp_path / "broken.json").write_text(text)
    for arguments in (("stats", "--merge", broken), ("compare", "--stats", broken, broken)):
        outcome = run(*arguments)
        assert outcome.status == 2
        assert "broken.json: not a summary" in outcome.err


def test_unreadable_input_is_reported_and_the_rest_counted(run: Run, july: Path) -> None:
    (july / "5.eml").write_text("")
    outcome = run("stats", july, "--quick")
    assert outcome.status == 2
    assert "5.eml: empty" in outcome.err
    assert "4; 1 could not be read" in outcome.out


def test_before_and_after_a_change(run: Run, samples: Path, tmp_path: Path) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    assert run("stats", samples / "exchange-2010-internal.eml", "--save", before).status == 0
    assert run("stats", samples / "exchange-2013-internal.eml", "--save", after).status == 0
    outcome = run("compare", "--stats", before, after)
    assert outcome.status == 1
    assert "Hub Transport" in outcome.out
    assert run("compare", "--stats", before, after, "--exit-zero").status == 0
    assert run("compare", "--stats", before, before).status == 0
    assert run("compare", "--stats", before).status == 2
    assert run("compare", "--stats", before, after, "-f", "svg").status == 2


@pytest.mark.parametrize("format_", ["plain", "dot", "mermaid", "graphml", "json", "svg"])
def test_the_graph_is_drawn_in_every_format(run: Run, samples: Path, format_: str) -> None:
    outcome = run("graph", samples / "organisation", "-f", format_, "--top", "1")
    assert (outcome.status, outcome.err) == (0, "")
    assert "ex16-02" in outcome.out.replace("#45;", "-")
