"""The options that select messages, in every command that has them."""

import json
import re
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from hopscope.cli import progress
from hopscope.cli.progress import PlainProgress

from .conftest import Outcome, Run

COMMANDS = ("show", "stats", "report", "graph", "check")
MESSAGE = """\
Received: from {sender} (192.0.2.7) by ex16-0{number}.corp.example with Microsoft SMTP Server
 id 15.1.2507.39; Mon, {number} Jun 2024 14:05:{number}0 +0000
Received: from a.example by {sender} with ESMTP id 1; Mon, {number} Jun 2024 14:00:00 +0000
Message-ID: <{number}@a.example>
Subject: {number}

"""
UNDATED = "Received: from a.example by b.example with ESMTP id 1\nMessage-ID: <0@a.example>\n\n"


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """Messages of 1 to 5 June 2024, each later and slower than the previous one, and one without a date."""
    (folder := tmp_path / "mail").mkdir()
    for number in range(1, 6):
        text = MESSAGE.format(number=number, sender=f"mail{number}.partner.example")
        (folder / f"{number}.eml").write_text(text)
    (folder / "undated.eml").write_text(UNDATED)
    return folder


def sources(outcome: Outcome) -> list[str]:
    return [Path(json.loads(line)["source"]).stem for line in outcome.out.splitlines()]


@pytest.mark.parametrize(
    ("options", "selected"),
    [
        (("--host", "ex16-02"), ["2"]),
        (("--host", "EX16-02.corp.example", "--host", "mail4"), ["2", "4"]),
        (("--host", "ex16-*", "--host", "b.example"), ["1", "2", "3", "4", "5", "undated"]),
        (("--host", "ex16-02, MAIL4,"), ["2", "4"]),
        (("--host", "corp.example", "--until", "2024-06-02"), ["1"]),
        (("--host", "mail3.partner.example."), ["3"]),
        (("--host", ".partner.example", "--since", "2024-06-05"), ["5"]),
        (("--finding", "HOP1*", "--slower-than", "5m 45s"), ["5"]),
        (("--host", "[192.0.2.7]", "--slower-than", "5m 25s"), ["3", "4", "5"]),
        (("--message-id", "<3@A.example>", "--message-id", "5@*"), ["3", "5"]),
        (("--since", "2024-06-04"), ["4", "5"]),
        (("--since", "3 June 2024 14:05", "--until", "2024-06-05T00:00+00:00"), ["3", "4"]),
        (("--since", "2024-06-05 00:10", "--tz", "+10:00"), ["5"]),
        (("--since", "2024-06-05 00:05", "--tz", "+10:00", "--until", "10 minutes ago"), ["4", "5"]),
        (("--service", "outside", "--slower-than", "5m 35s"), ["4", "5"]),
        (("--service", "*transport", "--until", "2024-06-02"), ["1"]),
        (("--service", "other*", "--until", "2024-06-02"), ["1"]),
        (("--finding", "hop110,HOP2", "--slower-than", "5m 45s"), ["5"]),
        (("--sort", "total"), ["5", "4", "3", "2", "1", "undated"]),
        (("--sort", "delay", "--top", "2"), ["5", "4"]),
        (("--sort", "DATE", "--until", "2024-06-04", "--top", "2"), ["3", "2"]),
        (("--top", "2"), ["1", "2"]),
        (("--top", "0"), ["1", "2", "3", "4", "5", "undated"]),
        (("--slower-than", "5m 15s", "--top", "2"), ["2", "3"]),
    ],
)
def test_messages_are_selected_and_sorted(run: Run, mail: Path, options: tuple[str, ...], selected: list[str]) -> None:
    with patch("hopscope.scale.run.CHUNK", 1):
        one, two = (run("show", mail, "-f", "jsonl", *options, "--jobs", jobs) for jobs in (1, 2))
    assert one == two
    assert one.status == 0
    assert sources(one) == selected


def test_the_default_command_takes_the_options_before_and_after_the_files(run: Run, mail: Path) -> None:
    outcome = run(mail, "--host", "ex16-02", "-f", "plain")
    assert "Subject: 2" in outcome.out
    assert outcome.err == "hopscope: 1 of 6 messages selected\n"
    assert run("--host", "ex16-02", mail, "-f", "plain") == outcome


@pytest.mark.parametrize(
    ("options", "read"),
    [
        (("--host", "ex16-03"), 2),
        (("--host", "ex16-03", "-f", "jsonl"), 2),
        (("--host", "ex16-03", "--sort", "date"), 6),
    ],
)
def test_the_progress_bar_ends_before_a_message_is_printed_to_the_same_terminal(
    run: Run, mail: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], read: int
) -> None:
    events: list[str] = []

    class Recorded(PlainProgress):  # it replaces the bar, which starts after a second
        def done(self, messages: int) -> None:
            events.extend(["done"] * messages)

        def end(self) -> None:
            events.append("end")

    monkeypatch.setattr(progress, "_ProgressBar", lambda _: Recorded())
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    with patch("hopscope.scale.run.CHUNK", 1):
        run(mail, *options, "--jobs", "1")
    assert events.index("end") == read


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (("--host", "ex16-02"), [2]),
        (("--slower-than", "5m 25s"), [3, 4, 5]),
        (("--finding", "HOP110", "--until", "2024-06-03"), [1, 2]),
    ],
)
def test_only_the_selected_messages_are_redacted(
    run: Run, mail: Path, tmp_path: Path, options: tuple[str, ...], numbers: list[int]
) -> None:
    outcome = run("redact", mail, *options, "-o", f"{tmp_path}/shared/")
    assert outcome.status == 0
    assert outcome.err.startswith(f"hopscope: {len(numbers)} of 6 messages selected\n")
    texts = [path.read_text() for path in sorted((tmp_path / "shared").iterdir())]
    assert all(f"{number} Jun 2024 14:05:{number}0" in text for number, text in zip(numbers, texts, strict=True))


@pytest.mark.parametrize("command", [*COMMANDS, "redact"])
@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        (("--host", "ex61-02"), (2, "no message matches --host ex61-02; nearest: ex16-02.corp.example")),
        (("--host", "elsewhere*"), (2, "no message matches --host elsewhere*")),
        (("--host", "ex16-02", "--host", "zz"), (2, "no message matches --host zz")),
        (("--message-id", "<3@b.example>"), (2, "no message matches --message-id 3@b.example; nearest: 3@a.example")),
        (("--slower-than", "1h"), (0, "selected: slower than 1 h (6 read); longest total delay: 5 min 50 s\n")),
        (("--since", "7d"), (0, " UTC (6 read); latest message: 2024-06-05 14:05:50 UTC\n")),
        (
            ("--until", "2024-06"),
            (0, "before 2024-06-01 00:00 UTC (6 read); earliest message: 2024-06-01 14:05:10 UTC\n"),
        ),
        (
            ("--since", "2024-06-04", "--slower-than", "1h", "--host", "ex16-01"),
            (0, "; longest total delay: 5 min 50 s\n"),
        ),
        (
            ("--service", "edge"),
            (
                0,
                "service Edge Transport (6 read); services in these messages: Transport, other MTA",
            ),
        ),
        (("--host", "ex16-02", "--until", "1 June 2024"), (0, "no message selected: host ex16-02, before 2024-06-01")),
        (("--since", "2024-06-05"), (0, "1 message without a date was left out by --since or --until")),
    ],
)
def test_what_selects_nothing_is_noted_and_a_name_in_no_message_is_an_error(
    run: Run, mail: Path, command: str, options: tuple[str, ...], outcome: tuple[int, str]
) -> None:
    actual = run(command, mail, *options, *(("--exit-zero",) if command == "check" else ()))
    status, note = outcome
    assert actual.status == status
    assert note in actual.err


@pytest.mark.parametrize("command", COMMANDS)
def test_the_number_of_selected_messages_is_printed(run: Run, mail: Path, command: str) -> None:
    outcome = run(command, mail, "--host", "ex16-0?", "--slower-than", "5m 25s")
    counts = {
        "show": "hopscope: 3 of 6 messages selected\n",
        "graph": "hopscope: 3 of 6 messages selected\n",
        "stats": "Selected messages: slower than 5 min 25 s, host ex16-0? (3 of 6).",
        "report": "Selected messages: slower than 5 min 25 s, host ex16-0? (3 of 6).",
        "check": "3 of 6 messages, ",
    }
    assert counts[command] in outcome.out + outcome.err


@pytest.mark.parametrize("command", [*COMMANDS, "export", "redact"])
@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--service", "Font End Transport"), "not a service; did you mean Front End Transport?"),
        (("--service", "store driver"), "not a service; valid: mapi submission; "),
        (("--service", "zebra"), "not a service; valid: mapi submission; "),
        (("--scenario", "inbond"), "not a scenario; did you mean inbound?"),
        (("--scenario", "zebra"), "not a scenario; valid: internal, same server; "),
        (("--finding", "HOP999"), "not a finding code or a prefix of one"),
        (("--finding", "HOP611"), "HOP611 is a check of the settings; use hopscope check --select HOP611"),
        (("--finding", ","), "not a finding code"),
        (("--slower-than", "5 parsecs"), "not a duration"),
        (("--since", "03/04/2024"), "ambiguous; use 2024-04-03 or 2024-03-04"),
        (("--since", "today", "--until", "yesterday"), "--since is not earlier than --until"),
        (("--host", " "), "a name is needed"),
        (("--host", ",."), "a name is needed"),
        (("--message-id", "<>"), "a Message-ID is needed"),
    ],
)
def test_wrong_values_are_usage_errors(
    run: Run, mail: Path, command: str, options: tuple[str, ...], error: str
) -> None:
    outcome = run(command, mail, *options, "-o", "out")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    assert error in outcome.err


@pytest.mark.parametrize(
    ("text", "scenarios"),
    [
        ("inbound", 4),
        ("INBOUND VIA FRONT END", 1),
        ("inbound-via-edge", 1),
        ("internal", 2),
        ("outbound", 4),
        ("outbound via *", 2),
        ("hybrid, to on-premises", 1),
        ("*to on*", 1),
        ("front end", 1),
        ("via Edge", 2),
    ],
)
def test_scenarios_are_named_by_their_text_first_words_or_a_pattern(run: Run, text: str, scenarios: int) -> None:
    outcome = run("-", "--scenario", text, stdin=UNDATED.encode())
    match = re.search("scenario (.*) \\(1 read\\)", outcome.err)
    assert match is not None, outcome.err
    assert len(match[1].split(" or ")) == scenarios


def test_statistics_of_selected_messages_have_matching_rows(run: Run, mail: Path, tmp_path: Path) -> None:
    selected = json.loads(run("stats", mail, "--host", "mail2.partner.example", "--json").out)
    assert selected["messages"] == 1
    assert [server["host"] for server in selected["servers"]] == ["partner.example"]
    run("stats", mail, "--save", tmp_path / "saved.json")
    merged = json.loads(run("stats", "--merge", tmp_path / "saved.json", "--host", "ex16-02", "--json").out)
    assert merged["messages"] == 6
    assert [server["host"] for server in merged["servers"]] == ["ex16-02.corp.example"]
    missing = run("stats", "--merge", tmp_path / "saved.json", "--host", "ex61-02", "--host", "mx9.partner.example")
    assert missing.status == 2
    assert missing.err == (
        "hopscope: no server matches --host ex61-02; nearest: ex16-02.corp.example, ex16-01.corp.example, "
        "ex16-03.corp.example\n"
    )


@pytest.mark.parametrize(
    ("leg", "rows"),
    [
        ("X partner.example -> T ex16-02", 1),
        ("outside -> Transport service@ex16-*", 5),
        ("other MTA@mail2.partner.example -> *", 0),
        ("* -> transport@EX16-02.corp.example", 1),
        ("-> ex16-03", 1),
        ("* -> corp.example", 5),
        ("* -> T corp.example", 5),
        ("* -> Transport@*.corp.example", 5),
        ("* -> *@xcorp.example", 0),
        ("* -> FE corp.example", 0),
        ("corp.example -> *", 0),
        ("ex16-03 -> *", 0),
        ("*", None),
    ],
)
def test_legs_are_selected_by_the_names_that_tables_print(run: Run, mail: Path, leg: str, rows: int | None) -> None:
    outcome = run("stats", mail, "--by", "leg", "--leg", leg, "-f", "csv")
    assert outcome.status == (2 if rows is None else 0)
    assert len(outcome.out.splitlines()[1:]) == (rows or 0)


def test_check_writes_and_reads_a_baseline_of_the_selected_messages(run: Run, mail: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    update = run("check", mail, "--host", "ex16-05", "--baseline", known, "--update-baseline")
    assert "1 of 6 messages, " in update.err
    assert {Path(entry["file"]).stem for entry in json.loads(known.read_bytes())["findings"]} == {"5"}
    assert run("check", mail, "--host", "ex16-05", "--baseline", known, "--fail-on", "info").status == 0
    assert run("check", mail, "--baseline", known, "--fail-on", "info").status == 1


def test_an_export_has_the_selected_messages(run: Run, mail: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    outcome = run("export", mail, "--since", "2024-06-04", "-o", tmp_path / "hops.parquet")
    assert outcome.status == 0
    assert "2 of 6 messages selected" in outcome.err
    rows = parquet.read_table(tmp_path / "hops.parquet").column("source").to_pylist()
    assert {Path(source).stem for source in rows} == {"4", "5"}
