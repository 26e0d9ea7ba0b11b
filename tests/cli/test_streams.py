"""Standard output of Windows and of terminals without Unicode: encoding, newlines, colours, closed pipes."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from hopscope import cli
from hopscope.cli import options, streams
from hopscope.renderers import RENDERERS, comparison, findings, graph, pipeline, rules, stats
from hopscope.renderers.message.timeline import text as timeline_text
from hopscope.renderers.text.layout import width

from .conftest import Run

ENCODINGS = ("cp1252", "cp437", "cp932", "ascii", "latin-1", "utf-16")
PEOPLE = {"table", "plain", "text"}
MESSAGE = """\
Received: from mail.bücher.example (été.example [192.0.2.1]) by ex1.corp.example with ESMTP id €1;
 Tue, 31 Jul 2012 21:52:42 +1000
Received: from 漢字.example by mail.bücher.example with ESMTP id 2; Tue, 31 Jul 2012 21:12:40 +1000
From: ünter@b.example
Subject: =?utf-8?b?w6TigqzmvKI=?= → €漢é

"""


def _json(text: str) -> None:
    json.loads(text)


def _json_lines(text: str) -> None:
    assert [json.loads(line) for line in text.splitlines()]


def _csv(text: str) -> None:
    heading, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert {len(row) for row in rows} <= {len(heading)}
    assert "\r" not in text


def _xml(text: str) -> None:
    ET.fromstring(text)  # noqa: S314 - our own output


def _html(text: str) -> None:
    HTMLParser().feed(text)


def _text(text: str) -> None:
    assert text.endswith("\n")
    assert "\r" not in text


PARSERS: dict[str, Callable[[str], None]] = {
    "json": _json,
    "sarif": _json,
    "jsonl": _json_lines,
    "csv": _csv,
    "svg": _xml,
    "graphml": _xml,
    "junit": _xml,
    "html": _html,
}
"""Readers of machine formats; all others are lines of text."""
MACHINE = [
    *((("show", "{file}"), format_) for format_ in RENDERERS),
    *((("check", "{file}", "--max-total", "1s"), format_) for format_ in findings.FORMATS),
    *((("compare", "{file}", "{file}"), format_) for format_ in comparison.FORMATS),
    *((("stats", "{file}"), format_) for format_ in stats.FORMATS),
    *((("graph", "{file}"), format_) for format_ in graph.FORMATS),
    *((("pipeline", "2016"), format_) for format_ in pipeline.FORMATS),
    *((("rules",), format_) for format_ in rules.FORMATS),
    (("schema",), None),
    (("report", "{file}"), None),
]


@pytest.fixture
def message(tmp_path: Path) -> Path:
    path = tmp_path / "grüße €漢.eml"
    path.write_text(MESSAGE, encoding="utf-8")
    return path


def printed(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], encoding: str = "utf-8", newline: str = "\n"
) -> bytes:
    """Standard output of a run. Windows writes each newline as CR LF, to files as well."""
    raw = io.BytesIO()
    stdout = io.TextIOWrapper(raw, encoding=encoding, newline=newline)
    monkeypatch.setattr("sys.stdout", stdout)
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    assert exit_.value.code in {0, 1}
    stdout.flush()
    return raw.getvalue()


@pytest.mark.parametrize(
    ("command", "format_"),
    [(command, format_) for command, format_ in MACHINE if format_ not in PEOPLE],
    ids=lambda value: value[0] if isinstance(value, tuple) else value,
)
def test_machine_formats_are_utf_8_with_unchanged_newlines(
    monkeypatch: pytest.MonkeyPatch, message: Path, command: tuple[str, ...], format_: str | None
) -> None:
    arguments = [argument.format(file=message) for argument in command] + (["-f", format_] if format_ else [])
    usual = printed(monkeypatch, arguments)
    PARSERS.get(format_ or {"schema": "json", "report": "html"}[command[0]], _text)(usual.decode())
    for encoding in ENCODINGS if format_ == "json" else ("cp437", "utf-16"):
        assert printed(monkeypatch, arguments, encoding, "\r\n") == usual
    written = message.with_name("output")
    printed(monkeypatch, [*arguments, "-o", str(written)], "cp1252", "\r\n")
    assert written.read_bytes() == usual


@pytest.mark.parametrize("format_", ["table", "plain"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_without_the_characters_of_the_code_page_is_as_wide(
    monkeypatch: pytest.MonkeyPatch, message: Path, format_: str, encoding: str
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    arguments = ["show", str(message), "-f", format_]
    usual = printed(monkeypatch, arguments).decode()
    replaced = printed(monkeypatch, arguments, encoding, "\r\n").decode(encoding)
    assert list(map(width, replaced.split("\r\n"))) == list(map(width, usual.split("\n")))
    assert "Exchange" in replaced
    assert "\\u" not in replaced


def test_output_of_the_program_is_utf_8_in_the_c_locale(message: Path) -> None:
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    environment.pop("PYTHONIOENCODING", None)
    command = [sys.executable, "-m", "hopscope", "-", "-f", "json"]
    done = subprocess.run(
        command, env=environment | locale, input=message.read_bytes(), capture_output=True, check=True
    )
    assert json.loads(done.stdout.decode())["subject"] == "ä€漢 → €漢é"


PIPED: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-8 with CR LF": lambda text: text.replace("\n", "\r\n").encode(),
    "UTF-8 with a BOM": lambda text: text.encode("utf-8-sig"),
    "two BOMs": lambda text: b"\xef\xbb\xbf" + text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "UTF-16, big-endian": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-16 without a BOM": lambda text: text.encode("utf-16-le"),
    "ASCII with question marks": lambda text: text.replace("\n", "\r\n").encode("ascii", "replace"),
    "code page 437": lambda text: text.encode("cp437", "replace"),
    "code page 1252": lambda text: text.encode("cp1252", "replace"),
    "code page 932": lambda text: text.encode("cp932", "replace"),
    "UTF-8 read as code page 437": lambda text: text.encode("utf-8-sig").decode("cp437").encode(),
    "UTF-8 read as code page 1252": lambda text: text.encode().decode("cp1252", "replace").encode(),
    "a BOM as a question mark": lambda text: b"?" + text.encode("ascii", "replace"),
    "blank lines around": lambda text: f"\r\n{text}\r\n\r\n".encode(),
    "Ctrl-Z at the end": lambda text: text.encode() + b"\x1a\r\n",
}
"""What PowerShell and cmd.exe pipe to a program, by the encodings of the file and of the pipe."""


@pytest.mark.parametrize("shape", PIPED)
def test_headers_piped_by_a_windows_shell_are_read(run: Run, shape: str) -> None:
    outcome = run("-f", "json", stdin=PIPED[shape](MESSAGE))
    hops = json.loads(outcome.out)["hops"]
    assert (outcome.status, [hop["id"] for hop in hops if hop["id"] == "2"]) == (0, ["2"])
    assert [hop["delay_seconds"] for hop in hops] == [None, 2402]
    assert hops[1]["by"]["domain"] == "ex1.corp.example"


class Console:
    """The console functions of kernel32.dll."""

    def __init__(self, mode: int | None, *, old: bool = False) -> None:
        self.mode = mode
        self._old = old

    def GetConsoleMode(self, _handle: object, mode: object) -> int:  # noqa: N802 - the name of the function
        if self.mode is None:
            return 0
        mode._obj.value = self.mode  # type: ignore[attr-defined] # noqa: SLF001 - what byref refers to
        return 1

    def SetConsoleMode(self, _handle: object, mode: int) -> int:  # noqa: N802 - the name of the function
        if self._old:
            return 0
        self.mode = mode
        return 1


@pytest.mark.parametrize(
    ("console", "enabled", "mode"),
    [
        (Console(3), True, 7),
        (Console(7), True, 7),
        (Console(7, old=True), True, 7),  # enabled already: nothing to set
        (Console(2), True, 7),
        (Console(3, old=True), False, 3),  # Windows 8 and earlier
        (Console(None), False, None),  # not a console: NUL, a pipe
    ],
)
def test_ansi_sequences_are_enabled_in_a_windows_console(console: Console, enabled: bool, mode: int | None) -> None:  # noqa: FBT001
    assert (streams.enable_ansi(console, 7), console.mode) == (enabled, mode)


@pytest.mark.parametrize(
    ("environment", "choice", "ansi", "colored"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({}, "always", False, True),
        ({}, "never", True, False),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"TERM": "dumb"}, "auto", True, False),
    ],
)
def test_a_terminal_without_ansi_sequences_gets_no_colour(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    choice: str,
    ansi: bool,  # noqa: FBT001
    colored: bool,  # noqa: FBT001
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(streams, "interprets_ansi", lambda: ansi)
    assert options._colored(choice, terminal=True) is colored  # noqa: SLF001 - the decision without a terminal


@pytest.mark.parametrize("command", [("schema",), ("show", "{file}"), ("stats", "{file}", "-f", "json")])
def test_a_closed_pipe_without_sigpipe_is_status_141_and_silence(message: Path, command: tuple[str, ...]) -> None:
    arguments = [argument.format(file=message) for argument in command]
    code = f"""
import signal, sys
if hasattr(signal, "SIGPIPE"):  # as on Windows
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    del signal.SIGPIPE, signal.SIGHUP, signal.pthread_sigmask
sys.stdin.read()
from hopscope import cli
cli.main({arguments!r})
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(b"")
    assert (process.returncode, err) == (141, b"")


@pytest.mark.parametrize(
    ("error", "system", "closed"),
    [
        (BrokenPipeError(), "posix", True),
        (OSError(22, "Invalid argument"), "nt", True),
        (OSError(22, "Invalid argument"), "posix", False),
        (OSError(28, "No space left on device"), "nt", False),
    ],
)
def test_windows_reports_a_closed_pipe_as_an_invalid_argument(
    monkeypatch: pytest.MonkeyPatch,
    error: OSError,
    system: str,
    closed: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(os, "name", system)
    assert streams.is_closed_pipe(error) is closed


def test_a_timeline_in_ascii_has_the_characters_of_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding="ascii"))
    streams.prepare()
    for glyphs in (timeline_text.UNICODE, timeline_text.ASCII):
        values = (value.values() if isinstance(value, dict) else [value] for value in glyphs)
        sys.stdout.write("".join(character for characters in values for character in characters) + "\n")
    sys.stdout.flush()
    drawn, plain = output.getvalue().decode().splitlines()
    assert drawn == plain
