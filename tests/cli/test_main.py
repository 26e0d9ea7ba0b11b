"""The program: help, version, exit status, terminals, pipes and signals."""

import os
import platform
import re
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

import hopscope
from hopscope import cli
from hopscope.classifier.builds import as_of
from hopscope.errors import DEBUG

from .conftest import Run

PROGRAM = (sys.executable, "-m", "hopscope")
HEADERS = b"Received: from a.example by b.example with ESMTP id 1; Tue, 31 Jul 2012 21:52:42 +1000\n"


def test_version(run: Run) -> None:
    assert run("--version").out == f"hopscope {hopscope.__version__}\n"


@pytest.mark.parametrize("arguments", ["--version -v", "-v --version", "--version --verbose", "-vv --version"])
def test_version_with_v_reports_one_fact_per_line(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: str) -> None:
    def version(package: str) -> str:
        if package in {"pyarrow", "jinja2"}:
            raise metadata.PackageNotFoundError(package)
        return "1.2.3"

    monkeypatch.setattr(metadata, "version", version)
    outcome = run(*arguments.split())
    facts = dict(line.split(": ", 1) for line in outcome.out.splitlines())
    assert (outcome.status, facts.pop("hopscope")) == (0, hopscope.__version__)
    assert facts.pop("Platform")
    assert facts == {
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        **dict.fromkeys(("click", "rich", "msgspec", "networkx", "python-dateutil", "olefile", "maxminddb"), "1.2.3"),
        "jinja2": "unknown",
        "pyarrow": "not installed (extra parquet)",
        "Build table": f"as of {as_of()}",
        "Standard output": "utf-8, not a terminal",
    }


def test_v_may_precede_a_command(run: Run) -> None:
    assert run("-v", "rules").out == run("rules", "-v").out
    assert run("-v", "-", stdin=HEADERS).out == run("-", stdin=HEADERS).out


@pytest.mark.parametrize("arguments", [("--help",), ("-h",)], ids=" ".join)
def test_help_names_every_command(run: Run, arguments: tuple[str, ...]) -> None:
    outcome = run(*arguments)
    assert outcome.status == 0
    assert all(f"  {name} " in outcome.out for name in cli.COMMANDS)


def test_bare_without_input_prints_help(run: Run) -> None:
    assert "Usage:" in run(stdin=None).out


def test_closed_standard_input_is_an_error_without_traceback(run: Run) -> None:
    outcome = run("-", stdin=None)
    assert outcome.status == 2
    assert outcome.err.startswith("hopscope: -: ")


def test_an_unknown_option_is_a_usage_error(run: Run) -> None:
    outcome = run("--nonsense")
    assert outcome.status == 2
    assert "--nonsense" in outcome.err


def test_an_internal_error_is_one_line_and_a_traceback_only_on_demand(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.delenv(DEBUG)
    monkeypatch.setattr("hopscope.renderers.message.plain.document", broken)
    outcome = run(stdin=HEADERS)
    assert outcome.status == 2
    error = r"hopscope: internal error \(RuntimeError in hopscope\.[a-z.]+, line \d+\); rerun with -vv and report .*\n"
    assert re.fullmatch(error, outcome.err)
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(RuntimeError, match="broken"):
        cli.main(["-vv", str(Path(hopscope.__file__))])


def test_a_terminal_without_unicode_gets_ascii_replacements(samples: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "COLUMNS": "100"}
    environment.pop("PYTHONUTF8", None)
    sample = samples / "exchange-2019-inbound.eml"
    command = [*PROGRAM, "-f", "table", str(sample)]
    shown = subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout
    assert "\\u" not in shown
    assert "  EX19-01  " in shown
    drawn = subprocess.run([*command, "--timeline"], env=environment, capture_output=True, check=True, text=True).stdout
    assert "\\u" not in drawn
    assert "3*##" in drawn
    named = subprocess.run(
        [*PROGRAM, "-"],
        env=environment,
        check=True,
        capture_output=True,
        input=HEADERS + "Subject: é\n".encode(),
    )
    assert b"Subject: ?\n" in named.stdout


@pytest.mark.posix
def test_a_closed_pipe_ends_the_program_quietly(samples: Path) -> None:
    files = [str(samples)] * 200
    writer = subprocess.Popen([*PROGRAM, *files], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    writer.stdout.close()
    _, err = writer.communicate()
    assert writer.returncode == -signal.SIGPIPE
    assert not err


@pytest.mark.posix
def test_ctrl_c_exits_with_130(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = f"""
import pathlib, signal, hopscope.cli
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background with it ignored
pathlib.Path({str(started)!r}).touch()
hopscope.cli.main(["-"])
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_for(started.exists)
        wait_for(lambda: "pipe_read" in wchan(process.pid))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_ctrl_c_at_startup_exits_with_130() -> None:
    code = """
import sys
class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "click": raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
from hopscope.__main__ import main
main()
"""
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (130, b"")


@pytest.mark.posix
def test_a_terminal_gets_a_table_and_an_invitation_to_paste() -> None:
    import pty

    master, slave = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen([*PROGRAM, "-"], stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    shown = read_until(master, b"Ctrl-D")
    os.write(master, HEADERS + b"\x04")
    shown += read_until(master, None)
    process.wait(timeout=120)
    assert process.returncode == 0
    assert b"Paste the headers" in shown
    assert b"\x1b[" in shown
    assert b"other MTA" in shown


def wait_for(condition: "object") -> None:
    """Wait without a time limit until ``condition()`` is true."""
    assert callable(condition)
    for _ in range(12_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


def wchan(pid: int) -> str:
    """The kernel function the process waits in; reading its input, if the system does not report it."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0]
    except OSError:
        time.sleep(1)
        return "pipe_read"
    return "pipe_read" if state == "S" else ""


def read_until(descriptor: int, mark: bytes | None) -> bytes:
    """Terminal output up to ``mark`` or to the end."""
    shown = b""
    while mark is None or mark not in shown:
        try:
            piece = os.read(descriptor, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    return shown


WIDTHS = ("1000000", "9" * 5000, "0", "-1", "1", "abc", "", "٣", "1e6")


@pytest.mark.parametrize(
    ("arguments", "columns"),
    [
        *(("show --timeline -f table", columns) for columns in WIDTHS),
        *((arguments, "1000000") for arguments in ("stats -f table", "graph -f table", "explain")),
    ],
)
def test_every_width_of_the_terminal_gives_lines_of_bounded_length(
    run: Run, samples: Path, monkeypatch: pytest.MonkeyPatch, columns: str, arguments: str
) -> None:
    for name, value in {"COLUMNS": columns, "LINES": columns, "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    outcome = run(*arguments.split(), samples / "authenticated-client.eml")
    assert (outcome.status, outcome.err) == (0, "")
    assert 40 <= max(map(len, outcome.out.splitlines())) <= 1000
