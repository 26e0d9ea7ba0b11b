"""Worker processes of a command: the same output if some die, and clean termination."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from .conftest import Run

PROGRAM = """
import signal, hopscope.cli
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background with it ignored
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored where the tests run under nohup
hopscope.cli.main()
"""
needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")


@pytest.fixture
def dump(samples: Path, tmp_path: Path) -> Path:
    """An mbox file with more messages than one chunk, some of them invalid."""
    mail = [path.read_bytes() for path in sorted(samples.glob("*.eml"))[:20]]
    mail.insert(7, b"Subject: no stamp\n\nText.\n")
    with (tmp_path / "dump.mbox").open("wb") as file:
        for number in range(1100):
            file.write(b"From a Tue Jul 31 21:52:42 2012\n" + mail[number % len(mail)].rstrip() + b"\n\n")
    return tmp_path / "dump.mbox"


def test_the_output_and_the_errors_are_the_same_for_any_number_of_processes(run: Run, dump: Path) -> None:
    one, two, three = (run("-f", "jsonl", "--jobs", jobs, "missing.eml", dump) for jobs in (1, 2, 3))
    assert one == two == three
    assert one.status == 2
    *errors, summary = one.err.splitlines()
    further = int(summary.split(": ")[1].removesuffix(" more"))
    assert one.out.count("\n") + len(errors) + further == 1101
    assert one.err.startswith("hopscope: missing.eml: no such file")
    assert one.out != ""


@pytest.mark.no_cover  # other tests of the commands measure it
@pytest.mark.parametrize("format_", ["text", "json", "sarif"])
def test_findings_are_the_same_for_any_number_of_processes(run: Run, dump: Path, format_: str) -> None:
    arguments = ("check", "-f", format_, "--max-total", "1s", "missing.eml", dump)
    one, two, three = (run(*arguments, "--jobs", jobs) for jobs in (1, 2, 3))
    assert one == two == three
    assert one.status == 2
    assert "HOP611" in one.out
    assert one.err.startswith("hopscope: missing.eml: no such file")


@pytest.mark.no_cover  # other tests of the commands measure it
def test_baseline_and_summary_are_the_same_for_any_number_of_processes(run: Run, dump: Path, tmp_path: Path) -> None:
    files = {}
    for jobs in (1, 2):
        known, times = tmp_path / f"known{jobs}.json", tmp_path / f"times{jobs}.json"
        outcome = run("check", dump, "--baseline", known, "--against", times, "--update-baseline", "--jobs", jobs)
        assert outcome.status == 2  # some of the messages are invalid
        files[jobs] = known.read_bytes(), times.read_bytes()
        again = run("check", dump, "--baseline", known, "--against", times, "--jobs", 3 - jobs)
        assert again.out == ""
        assert " no new findings; " in again.err
    assert files[1] == files[2]


def test_the_environment_sets_the_number_of_processes(run: Run, samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = samples / "exchange-2019-inbound.eml"
    monkeypatch.setenv("HOPSCOPE_JOBS", "2")
    assert run("-f", "jsonl", sample).status == 0
    monkeypatch.setenv("HOPSCOPE_JOBS", "0")
    assert run("-f", "jsonl", sample).status == 2
    assert run("-f", "jsonl", "--jobs", "1", sample).status == 0


@pytest.mark.parametrize(
    ("method", "from_file"), [pytest.param("forkserver", True, marks=pytest.mark.posix), ("spawn", False)]
)
def test_a_script_needs_no_main_guard(dump: Path, method: str, from_file: bool) -> None:  # noqa: FBT001
    """Windows and macOS spawn worker processes, which would run the script again."""
    code = f"""
import multiprocessing
multiprocessing.get_all_start_methods = lambda: [{method!r}]
from hopscope import cli
cli.main(["stats", {str(dump)!r}, "--quick", "--jobs", "2"])
"""
    script = dump.with_name("script.py")
    script.write_text(code, encoding="utf-8")
    command = [sys.executable, str(script) if from_file else "-"]
    done = subprocess.run(command, input=code, capture_output=True, encoding="utf-8", check=False)
    assert done.stdout.startswith("Messages  ")
    assert "worker" not in done.stderr
    assert "bootstrapping" not in done.stderr


@pytest.mark.parametrize("jobs", ["0", "-1", "many", ""])
def test_fewer_than_one_is_a_usage_error(run: Run, samples: Path, jobs: str) -> None:
    outcome = run("-f", "jsonl", "--jobs", jobs, samples / "exchange-2019-inbound.eml")
    assert outcome.status == 2
    assert "--jobs" in outcome.err


def processes(mark: str) -> dict[int, tuple[int, str]]:
    """Processes with this mark in their environment, with parent and command."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"HOPSCOPE_TEST={mark}\0".encode() in (place / "environ").read_bytes():
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                found[int(place.name)] = parent, (place / "cmdline").read_text()
    return found


def worker_ids(mark: str) -> list[int]:
    """Process ids of the workers: the processes started by the fork server."""
    every = processes(mark)
    starters = {process for process, (_, command) in every.items() if "forkserver" in command}
    return [process for process, (parent, _) in every.items() if parent in starters]


@contextmanager
def running_program(mark: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """The program, after two workers have started; at the end none of them is left."""
    environment = {**os.environ, "HOPSCOPE_TEST": mark}
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        wait_for(lambda: len(worker_ids(mark)) == 2 or process.poll() is not None)
        yield process
    wait_for(lambda: not processes(mark))


def wait_for(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.01)


@needs_proc
def test_the_program_survives_a_killed_worker(run: Run, dump: Path, tmp_path: Path) -> None:
    expected = run("-f", "jsonl", "--jobs", 1, dump)
    output = tmp_path / "out.jsonl"
    with running_program(str(output), "-f", "jsonl", "--jobs", 2, "-o", output, dump) as process:
        os.kill(worker_ids(str(output))[0], signal.SIGKILL)
        _, told = process.communicate(timeout=240)
    assert process.returncode == 2  # as without workers: some of the messages are invalid
    assert output.read_text(encoding="utf-8") == expected.out
    assert told.decode() == f"hopscope: a worker process died; its messages are read again\n{expected.err}"


@needs_proc
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_termination_leaves_neither_process_nor_file(dump: Path, tmp_path: Path, name: str, status: int) -> None:
    (folder := tmp_path / "output").mkdir()
    output = folder / "out.jsonl"
    with running_program(str(output), "-f", "jsonl", "--jobs", 2, "-o", output, *[dump] * 20) as process:
        process.send_signal(signal.Signals[name])
        _, told = process.communicate(timeout=240)
    assert process.returncode == status
    assert b"Traceback" not in told
    assert list(folder.iterdir()) == []


@needs_proc
def test_a_closed_pipe_ends_all_processes_quietly(samples: Path, tmp_path: Path) -> None:
    with (tmp_path / "good.mbox").open("wb") as file:
        sample = (samples / "exchange-2019-inbound.eml").read_bytes().rstrip()
        file.writelines(b"From a Tue Jul 31 21:52:42 2012\n" + sample + b"\n\n" for _ in range(1100))
    with running_program(str(tmp_path), "-f", "jsonl", "--jobs", 2, *[tmp_path / "good.mbox"] * 5) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        _, told = process.communicate(timeout=240)
    assert process.returncode == -signal.SIGPIPE
    assert told == b""
