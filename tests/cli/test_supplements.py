"""``--tracking-log`` and ``--geo``: which files are read, what is noted, and which errors end a command.

The module is over 300 lines because each command that has the options is run with them.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from hopscope.cli import progress
from hopscope.cli.progress import PlainProgress
from hopscope.cli.supplements import LIMITED
from hopscope.scale import run as running
from hopscope.tracking.index import MAX_EVENTS

from ..location_databases import database
from .conftest import Run

MAIL = """\
Received: from mail.b.example (mail.b.example [203.0.113.5]) by mx.a.example; Mon, 3 Jun 2024 18:02:33 +0000
Message-ID: <1@a.example>

"""
LOG = """\
#Software: Microsoft Exchange Server
#Log-type: Message Tracking Log
#Fields: date-time,source,event-id,message-id,network-message-id
2024-06-03T18:02:33.000Z,SMTP,RECEIVE,<1@a.example>,11111111-2222-3333-4444-555555555555
"""
NO_EVENT = "hopscope: the tracking logs have no event of any message; they may be of other servers or days\n"
COMMANDS = [("show",), ("explain",), ("check", "--exit-zero", "-q"), ("report", "-o", "report.html")]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A current folder with a message, logs and databases."""
    monkeypatch.chdir(tmp_path)
    temporary = SimpleNamespace(mkdtemp=partial(tempfile.mkdtemp, dir=tmp_path / "temporary"))
    monkeypatch.setattr("hopscope.tracking.index.tempfile", temporary)
    for name in ("HOPSCOPE_TRACKING_LOG", "HOPSCOPE_GEO"):
        monkeypatch.delenv(name, raising=False)
    for folder in ("logs", "temporary"):
        Path(folder).mkdir()
    Path("mail.eml").write_text(MAIL)
    Path("logs/MSGTRK1.LOG").write_text(LOG)
    Path("other.log").write_text(LOG.replace("<1@", "<2@"))
    Path("country.mmdb").write_bytes(database({"203.0.113.0/24": {"country": {"iso_code": "DE"}}}))
    Path("asn.mmdb").write_bytes(database({"203.0.113.0/24": {"asn": "AS64500", "as_name": "Example Networks"}}))


def temporary_files() -> list[str]:
    return [path.name for path in Path("temporary").iterdir()]


def test_a_damaged_row_is_noted_and_no_error(run: Run) -> None:
    Path("logs/MSGTRK1.LOG").write_text(LOG + '2024-06-03T18:02:33.000Z,SMTP,"SE')
    outcome = run("mail.eml", "--tracking-log", "logs")
    assert (outcome.status, outcome.err.count("\n")) == (0, 1)
    assert "MSGTRK1.LOG: 1 damaged row skipped" in outcome.err
    assert run("-q", "mail.eml", "--tracking-log", "logs").err == ""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_logs_without_an_event_are_noted_once(run: Run, command: tuple[str, ...]) -> None:
    quiet = "-q" in command
    assert run(*command, "mail.eml", "--tracking-log", "logs/MSGTRK1.LOG").err == ""
    outcome = run(*command, "mail.eml", "--tracking-log", "other.log")
    assert (outcome.status, outcome.err) == (0, "" if quiet else NO_EVENT)
    assert temporary_files() == []


@pytest.mark.parametrize(
    "command",
    [*COMMANDS[:2], ("show", "-f", "jsonl"), ("check", "--exit-zero"), ("report", "-o", "report.html"), ("track",)],
    ids=" ".join,
)
def test_events_that_are_left_out_are_noted(
    run: Run, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("other.log").write_text(LOG + LOG.splitlines()[-1].replace("RECEIVE", "SEND") + "\n")
    arguments = ("other.log", "--message-id", "<1@a.example>") if command == ("track",) else ("mail.eml",)
    option = () if command == ("track",) else ("--tracking-log", "other.log")
    assert f"more than {MAX_EVENTS:,} events" in LIMITED
    assert LIMITED not in run(*command, *arguments, *option).err
    monkeypatch.setattr("hopscope.tracking.index.MAX_EVENTS", 1)
    outcome = run(*command, *arguments, *option)
    assert (outcome.status, outcome.err.count(LIMITED)) == (0, 1)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    "options",
    [("-f", "jsonl"), ("--sort", "total"), ("--slower-than", "1h"), ("--top", "2")],
    ids=" ".join,
)
def test_worker_processes_look_up_the_files(run: Run, jobs: int, options: tuple[str, ...]) -> None:
    Path("dump.mbox").write_text(f"From a Mon Jun  3 18:02:33 2024\n{MAIL}" * 6)
    arguments = (*options, "dump.mbox", "--jobs", jobs, "--geo", "country.mmdb")
    with patch.object(running, "CHUNK", 2):
        with_event = run(*arguments, "--tracking-log", "logs")
        without = run(*arguments, "--tracking-log", "other.log")
    assert NO_EVENT not in with_event.err
    assert NO_EVENT in without.err
    if "1h" not in options:
        assert "(DE)" in with_event.out or '"location":{"country":"DE"' in with_event.out
    assert temporary_files() == []


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(("other.log", "logs/MSGTRK1.LOG"), id="repeated"),
        pytest.param(("logs",), id="folder"),
        pytest.param(("logs/MSGTRK*.LOG",), id="wildcard"),
        pytest.param(("*/*.LOG",), id="wildcard in a folder"),
        pytest.param(("-",), id="standard input"),
    ],
)
def test_the_log_is_found(run: Run, values: tuple[str, ...]) -> None:
    options = [text for value in values for text in ("--tracking-log", value)]
    outcome = run(*options, "mail.eml", stdin=LOG.encode())
    assert (outcome.status, outcome.err) == (0, "")


def test_an_option_takes_one_value(run: Run) -> None:
    outcome = run("--tracking-log", "logs/MSGTRK1.LOG", "other.log", "mail.eml")
    assert outcome.status == 2
    assert outcome.err.startswith("hopscope: other.log: ")
    assert "mail.b.example" in outcome.out


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_the_error_for_a_log_as_a_message_names_the_option(run: Run, start: str) -> None:
    Path("a.log").write_text(f"{start}{LOG}", encoding="utf-8")
    outcome = run("a.log", "mail.eml")
    assert outcome.status == 2
    advice = "give each tracking log with --tracking-log, or use hopscope track"
    assert outcome.err == f"hopscope: a.log: a log of Exchange, not a message; {advice}\n"


def test_the_environment_names_files(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPSCOPE_TRACKING_LOG", os.pathsep.join(("other.log", "logs/*.LOG")))
    monkeypatch.setenv("HOPSCOPE_GEO", os.pathsep.join(("country.mmdb", "asn.mmdb")))
    outcome = run("mail.eml")
    assert (outcome.status, outcome.err) == (0, "")
    assert "peer mail.b.example [203.0.113.5] (DE, AS64500 Example Networks)" in outcome.out


@pytest.mark.parametrize("command", [command for command in COMMANDS if command[0] != "check"], ids=" ".join)
def test_addresses_are_located(run: Run, command: tuple[str, ...]) -> None:
    outcome = run(*command, "mail.eml", "--geo", "country.mmdb", "--geo", "asn.mmdb")
    assert (outcome.status, outcome.err) == (0, "")
    page = Path("report.html")
    assert "DE, AS64500 Example Networks" in (page.read_text() if page.exists() else outcome.out)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--tracking-log", "missing.log"), "hopscope: missing.log: no such file; "),
        (("--tracking-log", "mail.eml"), "hopscope: mail.eml: not a message tracking log or message trace; "),
        (("--geo", "missing.mmdb"), "hopscope: missing.mmdb: no such file; "),
        (("--geo", "mail.eml"), "hopscope: mail.eml: not a database in the MaxMind DB format"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_in_one_line(run: Run, options: tuple[str, ...], error: str) -> None:
    outcome = run("show", "-q", "mail.eml", "--tracking-log", "logs", *options)
    assert outcome.status == 2
    assert outcome.err.startswith(error)
    assert outcome.err.count("\n") == 1
    assert bool(outcome.out) == ("--geo" not in options)  # an unusable database ends the command before mail is read
    assert temporary_files() == []


def test_messages_and_logs_cannot_both_be_standard_input(run: Run) -> None:
    outcome = run("--tracking-log", "-", stdin=MAIL.encode())
    assert outcome.status == 2
    assert "standard input cannot be both" in outcome.err


@pytest.mark.parametrize(
    ("command", "option", "file"),
    [
        *((command, "--tracking-log", "logs/MSGTRK1.LOG") for command in ("show", "explain", "check", "report")),
        *((command, "--tracking-log", "logs") for command in ("show", "report")),
        *((command, "--geo", "country.mmdb") for command in ("show", "explain", "report")),
    ],
)
def test_no_output_replaces_a_supplied_file(run: Run, command: str, option: str, file: str) -> None:
    output = "logs/MSGTRK1.LOG" if file == "logs" else file
    before = Path(output).read_bytes()
    format_ = () if command == "report" else ("-f", "json")
    outcome = run(command, "mail.eml", option, file, *format_, "-o", output)
    assert (outcome.status, Path(output).read_bytes()) == (2, before)
    assert "input file" in outcome.err or command == "report"


def test_a_baseline_does_not_replace_a_log(run: Run) -> None:
    log = "logs/MSGTRK1.LOG"
    outcome = run("check", "mail.eml", "--tracking-log", log, "--baseline", log, "--update-baseline")
    assert (outcome.status, Path(log).read_text()) == (2, LOG)


def test_files_of_the_environment_do_not_concern_other_questions(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPSCOPE_TRACKING_LOG", "missing.log")
    assert run("explain", "15.1.2507.39").status == 0
    assert run("explain", "mail.eml").status == 2


class Bar(PlainProgress):
    """Records the calls of a progress bar."""

    def __init__(self, noun: str) -> None:
        super().__init__()
        self.events: list[object] = [noun]

    def done(self, messages: int) -> None:
        self.events += [messages, self.meter.share()]

    def end(self) -> None:
        self.events.append("end")


def test_a_terminal_shows_the_progress_of_reading_logs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[Bar] = []

    def bar(noun: str) -> Bar:
        bars.append(Bar(noun))
        return bars[-1]

    monkeypatch.setattr(progress, "_ProgressBar", bar)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    for command in (
        ("mail.eml", "--tracking-log", "logs", "--tracking-log", "other.log"),
        ("track", "logs", "other.log"),
    ):
        run(*command)
        assert bars[0].events == ["rows", 1, 0.5, 1, 1.0, "end"]
        assert all(bar.events[-1] == "end" for bar in bars)
        bars.clear()
    run("-q", "mail.eml", "--tracking-log", "logs")
    assert bars == []


def test_an_index_that_cannot_be_written_is_an_error_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: str) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("hopscope.tracking.index._opened", full)
    for command in (("mail.eml", "--tracking-log", "logs"), ("track", "logs")):
        outcome = run(*command)
        assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
        assert "the index of the tracking logs cannot be written (database or disk is full); free" in outcome.err
    assert temporary_files() == []


def test_a_system_without_a_temporary_folder_is_an_error_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: object) -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp', '/var/tmp']")

    monkeypatch.setattr("hopscope.tracking.index.tempfile", SimpleNamespace(mkdtemp=refused))
    outcome = run("mail.eml", "--tracking-log", "logs")
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert outcome.err.startswith("hopscope: temporary folder: the index of the tracking logs cannot be written")


@pytest.mark.posix
@pytest.mark.no_cover  # another process
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, None], ids=["Ctrl-C", "SIGTERM", "closed pipe"])
def test_temporary_files_are_removed_when_a_command_ends_early(end: signal.Signals | None) -> None:
    program = (
        "import signal, hopscope.cli; signal.signal(signal.SIGINT, signal.default_int_handler); hopscope.cli.main()"
    )
    arguments = ["-f", "jsonl", "--jobs", "1", "mail.eml", "-", "--tracking-log", "logs"]
    environment = {**os.environ, "TMPDIR": str(Path("temporary").absolute())}
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline()
        assert temporary_files() != []
        if end is None:
            process.stdout.close()
            process.stdin.write(MAIL.encode())
            process.stdin.close()
        else:
            process.send_signal(end)
        assert process.wait(30) == (141 if end is None else 128 + end)
        assert process.stderr
        assert process.stderr.read().strip() == b""
    assert temporary_files() == []
