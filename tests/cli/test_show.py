"""``hopscope show``, the default command."""

import csv
import io
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Run

HEADERS = b"Received: from a.example by b.example with ESMTP id 1; Tue, 31 Jul 2012 21:52:42 +1000\n"


def test_a_file_is_shown_without_naming_the_command(run: Run, samples: Path) -> None:
    outcome = run(samples / "exchange-2013-internal.eml")
    assert outcome.status == 0
    assert not outcome.err
    assert "3 hops in 3 s; Exchange Server 2013" in outcome.out
    assert "  1 s  " in outcome.out
    assert "  2 s  " in outcome.out
    assert outcome == run("show", samples / "exchange-2013-internal.eml")


@pytest.mark.parametrize("arguments", [(), ("-",), ("show",), ("show", "-")], ids=" ".join)
def test_headers_piped_in_are_read(run: Run, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments, stdin=HEADERS)
    assert outcome.status == 0
    assert "a.example" in outcome.out


def test_a_folder_shows_every_message_in_order(run: Run, samples: Path) -> None:
    outcome = run("--format", "jsonl", samples)
    sources = [json.loads(line)["source"] for line in outcome.out.splitlines()]
    assert sources == [str(path) for path in sorted(samples.rglob("*.eml"))]


def test_unreadable_input_is_one_line_on_stderr_and_the_rest_is_shown(run: Run, samples: Path, tmp_path: Path) -> None:
    missing, empty, junk = tmp_path / "missing.eml", tmp_path / "empty.eml", tmp_path / "junk.eml"
    empty.touch()
    junk.write_bytes(bytes(range(256)) * 50)
    good = samples / "postfix-to-gmail.eml"
    outcome = run(missing, good, empty, junk, good)
    assert outcome.status == 2
    assert outcome.out.count("No Exchange at all") == 2
    lines = outcome.err.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [["hopscope", str(path)] for path in (missing, empty, junk)]
    assert all("; " in line for line in lines), "each line says what to do"


@pytest.mark.parametrize("command", ["show", "compare"])
def test_paths_are_not_checked_before_they_are_read(
    run: Run, samples: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A check by the option parser would end the run, and the other files would not be read."""
    monkeypatch.setattr("os.access", lambda *_args, **_options: False)
    outcome = run(command, samples / "postfix-to-gmail.eml", samples / "exchange-2016-inbound.eml")
    assert outcome.status in {0, 1}
    assert not outcome.err
    assert outcome.out


@pytest.mark.parametrize(
    ("stdin", "expected"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"Subject: hello\n\nbody\n", "no Received header fields", id="no-received"),
        pytest.param(b"\x00\x01\x02\xff" * 100, "hopscope: -: not text", id="binary"),
        pytest.param(b"\x00" * 100_000, "hopscope: -: not text", id="zeros"),
    ],
)
def test_input_without_headers_is_a_one_line_error(run: Run, stdin: bytes, expected: str) -> None:
    outcome = run(stdin=stdin)
    assert outcome.status == 2
    assert not outcome.out
    assert expected in outcome.err
    assert outcome.err.count("\n") == 1


RECEIVED = b"Received: from a.example by b.example; Mon, 3 Jun 2024 18:02:33 +0000\n"
FROM_LINE = b"From a@b Mon Jun  3 18:02:33 2024\n"
LIMIT, FIELDS_LIMIT = (
    "only the first 1 MiB of the header block was read",
    "only the first 10,000 header fields were read",
)


@pytest.mark.parametrize("start", [b"", FROM_LINE], ids=["message", "mbox"])
@pytest.mark.parametrize(
    ("above", "limits"),
    [
        pytest.param(b"X-F: aaaaaaaaaaaaaaaa\n" * 100_000, f"{LIMIT}; {FIELDS_LIMIT}", id="bytes"),
        pytest.param(b"X-F: a\n" * 10_000, FIELDS_LIMIT, id="fields"),
        pytest.param(b"X-F: a\n" + b" folded line\n" * 100_000, LIMIT, id="folds"),
    ],
)
def test_received_fields_beyond_a_limit_are_not_found_and_the_limit_is_named(
    run: Run, start: bytes, above: bytes, limits: str
) -> None:
    outcome = run(stdin=start + above + RECEIVED + b"\nbody\n")
    assert outcome.status == 2
    assert f"no Received header fields found ({limits}" in outcome.err


def test_a_limit_beyond_which_there_can_be_no_header_is_not_named(run: Run) -> None:
    outcome = run(stdin=b"Subject: hello\n\n" + b"body\n" * 300_000)
    assert "no Received header fields found;" in outcome.err


def test_error_messages_are_escaped(run: Run, tmp_path: Path) -> None:
    outcome = run(tmp_path / "evil\x1b[31m.eml")
    assert "\x1b" not in outcome.err
    assert r"\x1b[31m" in outcome.err


def test_a_mistyped_command_is_suggested(run: Run) -> None:
    outcome = run("compar")
    assert outcome.status == 2
    assert "did you mean the command `compare`?" in outcome.err


def test_json_of_one_message_is_one_object(run: Run, samples: Path) -> None:
    outcome = run("--json", samples / "exchange-2010-internal.eml")
    document = json.loads(outcome.out)
    assert document["schema"] == "hopscope/2"
    assert [hop["service"] for hop in document["hops"]] == ["mapi submission", "Hub Transport"]
    assert document["total_delay_seconds"] == 4.0
    assert document["hops"][0]["delay_seconds"] is None


def test_json_of_several_messages_lists_them_under_routes(run: Run, samples: Path) -> None:
    outcome = run("--json", samples / "exchange-2010-internal.eml", samples / "exchange-2013-internal.eml")
    document = json.loads(outcome.out)
    assert [route["total_delay_seconds"] for route in document["messages"]] == [4.0, 3.0]


def test_csv_has_a_row_per_hop(run: Run, samples: Path) -> None:
    outcome = run("--format", "csv", samples / "exchange-2013-internal.eml")
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert [row["service"] for row in rows] == ["mapi submission", "Transport", "Mailbox Transport"]
    assert [row["delay_seconds"] for row in rows] == ["", "1.0", "2.0"]


def test_json_and_another_format_exclude_each_other(run: Run) -> None:
    outcome = run("--json", "--format", "csv", stdin=HEADERS)
    assert outcome.status == 2
    assert "exclude each other" in outcome.err


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param("utc", "2012-07-31 11:52:42 +0000", id="utc"),
        pytest.param("UTC", "2012-07-31 11:52:42 +0000", id="any-case"),
        pytest.param("+05:30", "2012-07-31 17:22:42 +0530", id="offset"),
        pytest.param("-0330", "2012-07-31 08:22:42 -0330", id="offset-without-colon"),
        pytest.param("Europe/Berlin", "2012-07-31 13:52:42 +0200", id="name"),
    ],
)
def test_one_zone_for_all_times(run: Run, zone: str, expected: str) -> None:
    assert expected in run("--tz", zone, stdin=HEADERS).out


@pytest.mark.posix
def test_the_local_zone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert "2012-07-31 07:52:42 -0400" in run("--tz", "local", stdin=HEADERS).out
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


@pytest.mark.parametrize("zone", ["Mars/Olympus", "+25:00", "", "../etc/passwd"])
def test_an_invalid_zone_is_a_usage_error(run: Run, zone: str) -> None:
    outcome = run("--tz", zone, stdin=HEADERS)
    assert outcome.status == 2
    assert "not a time zone" in outcome.err


def test_defects_are_counted_and_listed_on_request(run: Run) -> None:
    damaged = HEADERS.replace(b"; ", b" ")
    assert "show --defects" in run(stdin=damaged).out
    assert "date-separator-missing" in run("--defects", stdin=damaged).out


def test_output_to_a_file(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    outcome = run("--json", "-o", target, stdin=HEADERS)
    assert (outcome.status, outcome.out) == (0, "")
    assert json.loads(target.read_text())["hops"][0]["from"]["domain"] == "a.example"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_without_colours_even_when_typed_at_a_terminal(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    run("-f", "table", "-o", target, stdin=HEADERS)
    assert "\x1b" not in target.read_text()


def test_an_unwritable_file_is_an_error_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    outcome = run("-o", tmp_path / "missing" / "out.txt", stdin=HEADERS)
    assert outcome.status == 2
    assert "cannot be written" in outcome.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "command", [("show",), ("compare", "--model", "2016"), ("redact",)], ids=lambda command: command[0]
)
@pytest.mark.parametrize("way", ["itself", pytest.param("link", marks=pytest.mark.posix), "hard-link", "folder"])
def test_an_input_file_is_not_overwritten(run: Run, tmp_path: Path, command: tuple[str, ...], way: str) -> None:
    mail, other = tmp_path / "mail.eml", tmp_path / "other.eml"
    mail.write_bytes(HEADERS)
    if way == "link":
        other.symlink_to(mail)
    elif way == "hard-link":
        other.hardlink_to(mail)
    source, target = {"itself": (mail, mail), "folder": (tmp_path, mail)}.get(way, (mail, other))
    outcome = run(*command, source, "-o", target)
    assert (outcome.status, outcome.out) == (2, "")
    assert f"{target}: is also an input file" in outcome.err
    assert mail.read_bytes() == HEADERS


def test_a_file_of_a_folder_that_is_not_mail_is_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_bytes(HEADERS)
    assert [run("-f", "html", tmp_path, "-o", tmp_path / "report.html").status for _ in range(2)] == [0, 0]


def test_a_file_redirected_to_standard_input_is_not_overwritten(tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(HEADERS)
    with mail.open("rb") as stdin:
        command = [sys.executable, "-m", "hopscope", "-o", str(mail)]
        assert subprocess.run(command, stdin=stdin, capture_output=True, check=False).returncode == 2
    assert mail.read_bytes() == HEADERS


@pytest.mark.posix
@pytest.mark.parametrize("exists", [True, False], ids=["file", "missing"])
def test_a_link_is_kept_and_its_target_written(run: Run, tmp_path: Path, exists: bool) -> None:  # noqa: FBT001 - a case
    (tmp_path / "far").mkdir()
    link, target = tmp_path / "link.txt", tmp_path / "far" / "out.txt"
    link.symlink_to(target)
    if exists:
        target.write_text("before")
    assert run("-o", link, stdin=HEADERS).status == 0
    assert link.is_symlink()
    assert "1 hop" in target.read_text()
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.posix
def test_a_device_is_written_to_and_not_replaced(run: Run) -> None:
    outcome = run("-o", "/dev/null", stdin=HEADERS)
    assert outcome.status == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize(
    ("arguments", "environment", "colored"),
    [
        pytest.param((), {}, False, id="not-on-a-pipe"),
        pytest.param((), {"FORCE_COLOR": "1"}, True, id="FORCE_COLOR"),
        pytest.param((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, id="NO_COLOR-wins"),
        pytest.param(("--color", "always"), {"NO_COLOR": "1"}, True, id="the-option-wins"),
        pytest.param(("--color", "never"), {"FORCE_COLOR": "1"}, False, id="never"),
        pytest.param((), {"HOPSCOPE_COLOR": "always"}, True, id="own-variable"),
        pytest.param(("--color", "never"), {"HOPSCOPE_COLOR": "always"}, False, id="the-option-over-the-variable"),
    ],
)
def test_colour(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    colored: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    outcome = run("-f", "table", *arguments, stdin=HEADERS)
    assert ("\x1b[" in outcome.out) is colored


def test_the_format_option_overrides_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPSCOPE_FORMAT", "jsonl")
    assert json.loads(run(stdin=HEADERS).out)
    assert "1 hop" in run("-f", "plain", stdin=HEADERS).out
    assert json.loads(run("--json", stdin=HEADERS).out)


def test_a_timeline_is_drawn_on_request_above_the_table(run: Run, samples: Path) -> None:
    sample = samples / "exchange-2013-internal.eml"
    assert "Transport, MB2" in run("--timeline", sample).out
    assert "Transport, MB2" not in run(sample).out
    drawn = run("show", "--timeline", "-f", "table", "--tz", "utc", sample).out
    assert drawn.index("11:52:43") < drawn.index("1  11:52:42")


@pytest.mark.parametrize("format_", ["json", "jsonl", "csv", "markdown"])
def test_a_timeline_is_refused_in_formats_without_one(run: Run, samples: Path, format_: str) -> None:
    outcome = run("--timeline", "-f", format_, samples)
    assert (outcome.status, outcome.out) == (2, "")
    assert f"--timeline is for --format table, plain, svg, html; got {format_}" in outcome.err


@pytest.mark.parametrize("format_", ["svg", "html"])
def test_svg_and_html_always_have_the_timeline(run: Run, samples: Path, format_: str) -> None:
    outcome = run("-f", format_, samples)
    assert outcome.status == 0
    assert outcome.out == run("-f", format_, "--timeline", samples).out
    assert outcome.out.count("Timeline of ") == len(list(samples.rglob("*.eml")))
