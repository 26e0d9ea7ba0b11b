"""Worker processes: the same results in the same order if workers die, and no leftovers."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from multiprocessing import process
from pathlib import Path
from typing import BinaryIO, cast
from unittest.mock import patch
from zipfile import ZipFile

import pytest

from hopscope.errors import DEBUG, SourceError
from hopscope.scale.lines import lines
from hopscope.scale.run import run, run_here
from hopscope.scale.run import run as _run
from hopscope.scale.summarize import summed
from hopscope.scale.work import Progress
from hopscope.sources import messages
from hopscope.statistics.summary import Summary
from tests.scale.works import Unstartable, die, die_behind, die_writing, fail, names

MODULE = sys.modules["hopscope.scale.run"]
MAIL = "Received: from a by b.example; Tue, 31 Jul 2012 21:52:{:02} +1000\nSubject: x\n\nText.\n"


@pytest.fixture(autouse=True)
def _small_chunks() -> Iterator[None]:
    with patch.object(MODULE, "CHUNK", 2):
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten messages and two invalid files."""
    place = tmp_path / "mail"
    place.mkdir()
    for number in range(10):
        (place / f"{number}.eml").write_text(MAIL.format(number))
    (place / "3b.eml").write_text("")
    (place / "7b.eml").write_text("Subject: no stamp\n\n")
    return place


class RecordingProgress(Progress):
    """Records the progress it receives."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: list[int] = []
        self.deaths: list[str] = []

    def done(self, messages: int) -> None:
        self.counts.append(messages)

    def died(self, reason: str) -> None:
        self.deaths.append(reason)


def test_several_processes_give_the_same_in_the_same_order(folder: Path) -> None:
    progress = RecordingProgress()
    alone = list(run(names, [str(folder)], None))
    assert list(run(names, [str(folder)], None, jobs=3, progress=progress)) == alone
    assert sum(progress.counts) == 12
    assert sum(map(len, alone)) == 12


def sources(folder: Path) -> list[tuple[list[str], bytes | None]]:
    mbox = "".join(f"From a Tue Jul 31 21:52:42 2012\n{MAIL.format(number)}\n" for number in range(9))
    (folder.parent / "all.mbox").write_text(mbox)
    with ZipFile(folder.parent / "all.zip", "w") as archive:
        for number in range(9):
            archive.writestr(f"{number}.eml", MAIL.format(number))
    paths = [str(folder.parent / "all.mbox"), str(folder.parent / "all.zip"), "nothing", str(folder)]
    return [*(([path], None) for path in paths), (paths, None), (["-"], mbox.encode())]


def test_every_kind_of_source_gives_the_same_summary(folder: Path) -> None:
    for paths, stdin in sources(folder):
        results = []
        for jobs in (1, 2):
            whole = Summary()
            piped = cast("BinaryIO", BytesIO(stdin)) if stdin else None
            errors = [str(error) for each in summed(whole, paths, piped, jobs=jobs) for error in each.errors]
            results.append((whole, errors))
        assert results[0] == results[1]
        assert results[0][0].messages or results[0][1]


def test_lines_of_json_are_the_same(folder: Path) -> None:
    alone = "".join(each.text for each in run(partial(lines, tz=None), [str(folder)], None))
    assert "".join(each.text for each in run(partial(lines, tz=None), [str(folder)], None, jobs=2)) == alone
    assert alone.count("\n") == 10


@pytest.mark.parametrize("times", [1, 2])
def test_a_dead_worker_is_reported_and_its_chunk_retried_once(folder: Path, tmp_path: Path, times: int) -> None:
    (marks := tmp_path / "marks").mkdir()
    progress = RecordingProgress()
    work = partial(die, at=str(folder / "4.eml"), marks=marks, times=times)
    found = [name for chunk in run(work, [str(folder)], None, jobs=2, progress=progress) for name in chunk]
    every = [name for chunk in run(names, [str(folder)], None) for name in chunk]
    assert len(list(marks.iterdir())) == len(progress.deaths) == times
    if times == 1:
        assert found == every
    else:
        lost = [name for name in every if name not in found]
        assert str(folder / "4.eml") in lost
        assert len(lost) == 2
        (error,) = [name for name in found if "crashes the worker process" in name]
        assert error.startswith((f"{folder / '3b.eml'}: ", f"{folder / '4.eml'}: "))


@pytest.mark.parametrize("at", ["2.eml", "3.eml"])
def test_a_chunk_that_kills_two_workers_is_not_retried_again(folder: Path, tmp_path: Path, at: str) -> None:
    (marks := tmp_path / "marks").mkdir()
    progress = RecordingProgress()
    work = partial(die_behind, first=str(folder / "0.eml"), at=str(folder / at), marks=marks)
    found = [name for chunk in run(work, [str(folder)], None, jobs=2, progress=progress) for name in chunk]
    assert len(list(marks.iterdir())) == len(progress.deaths) == 2
    assert found[:2] == [str(folder / "0.eml"), str(folder / "1.eml")]
    assert len(found) == 12 - 2 + 1
    assert found[2].startswith(f"{folder / '2.eml'}: ")
    assert f"up to {folder / '3.eml'}" in found[2]
    assert sum(progress.counts) == 12


@pytest.mark.skipif("forkserver" not in multiprocessing.get_all_start_methods(), reason="needs helper processes")
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("killed", ["tracker", "server", "both"])
def test_killed_helper_processes_are_replaced(folder: Path, tmp_path: Path, killed: str) -> None:
    from multiprocessing import forkserver, resource_tracker

    (marks := tmp_path / "marks").mkdir()
    work = partial(die, at=str(folder / "8.eml"), marks=marks, times=1)
    signals: list[int] = []
    previous = signal.signal(signal.SIGPIPE, lambda number, _: signals.append(number))
    try:
        results = run(work, [str(folder)], None, jobs=2)
        names_read = list(next(results))
        for name, pid in {
            "tracker": resource_tracker._resource_tracker._pid,  # type: ignore[attr-defined] # noqa: SLF001
            "server": forkserver._forkserver._forkserver_pid,  # type: ignore[attr-defined] # noqa: SLF001
        }.items():
            if killed in {name, "both"}:
                os.kill(pid, signal.SIGKILL)
        names_read += [name for chunk in results for name in chunk]
    finally:
        signal.signal(signal.SIGPIPE, previous)
    assert names_read == [name for chunk in run(names, [str(folder)], None) for name in chunk]
    assert signals == []
    assert not multiprocessing.active_children()


@pytest.mark.skipif(not Path("/proc/self/syscall").exists(), reason="asks the system what a process is at")
def test_a_worker_that_dies_while_sending_its_result_blocks_nobody(folder: Path, tmp_path: Path) -> None:
    (marks := tmp_path / "marks").mkdir()
    progress = RecordingProgress()
    work = partial(die_writing, at=str(folder / "4.eml"), marks=marks)
    found = [name for chunk in run(work, [str(folder)], None, jobs=2, progress=progress) for name in chunk]
    assert found == [name for chunk in run(names, [str(folder)], None) for name in chunk]
    assert len(progress.deaths) == 1


def test_without_workers_the_main_process_does_all_work(folder: Path) -> None:
    progress = RecordingProgress()
    found = list(run(Unstartable(), [str(folder)], None, jobs=2, progress=progress))
    assert found == list(run(names, [str(folder)], None))
    assert progress.deaths[-1] == "cannot start another worker process; continuing in a single process"
    assert len(progress.deaths) <= 2
    assert sum(progress.counts) == 12


def test_with_fewer_workers_than_requested_all_work_is_done(folder: Path) -> None:
    progress = RecordingProgress()
    started = process.BaseProcess.start
    refused = [None, OSError("no more")]

    def start(self: process.BaseProcess) -> None:
        if error := refused.pop(0):
            raise error
        started(self)

    with patch.object(process.BaseProcess, "start", start):
        found = list(run(names, [str(folder)], None, jobs=3, progress=progress))
    assert found == list(run(names, [str(folder)], None))
    assert progress.deaths == ["cannot start another worker process"]


def test_a_worker_that_starts_after_the_run_exits_silently() -> None:
    code = (
        "import multiprocessing; from hopscope.scale.worker import serve\n"
        "here, there = multiprocessing.Pipe(); here.close(); serve(there, len)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"", b"")


@pytest.mark.parametrize(
    "at", [("0.eml",), ("3.eml", "4.eml"), ("9.eml",), tuple(f"{number}.eml" for number in range(10))]
)
@pytest.mark.parametrize("jobs", [1, 3])
def test_a_defect_costs_the_messages_that_show_it(
    folder: Path, jobs: int, at: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = partial(fail, at=frozenset(at))
    with pytest.raises(ValueError, match="no good"):
        list(run(work, [str(folder)], None, jobs=jobs))
    monkeypatch.delenv(DEBUG)
    progress = RecordingProgress()
    found = [name for result in run(work, [str(folder)], None, jobs=jobs, progress=progress) for name in result]
    expected = [name for result in run(names, [str(folder)], None) for name in result]
    assert len(found) == len(expected) == sum(progress.counts)
    for name, usual in zip(found, expected, strict=True):
        if Path(usual).name in at:
            assert name.startswith(f"{usual}: internal error (ValueError in hopscope.")
        else:
            assert name == usual


def test_an_abandoned_run_leaves_no_worker_running(folder: Path) -> None:
    found = run(names, [str(folder)], None, jobs=2)
    next(found)
    found.close()  # type: ignore[attr-defined]  # a generator
    assert multiprocessing.active_children() == []


def test_few_messages_start_no_process(folder: Path) -> None:
    code = (
        "import sys; from hopscope.scale.run import run\n"
        f"list(run(len, [{str(folder)!r}], None, jobs=8))\n"
        "assert not {'multiprocessing', 'concurrent.futures'} & set(sys.modules), 'loaded'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_chunks_end_where_they_have_many_bytes(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.eml").write_text(f"X: {'y' * 900}\n{MAIL.format(number)}")
    with patch.object(MODULE, "CHUNK", 100), patch.object(MODULE, "CHUNK_BYTES", 1500):
        assert [len(chunk) for chunk in _run(names, [str(tmp_path)], None)] == [2, 2]


def test_errors_can_be_sent_between_processes() -> None:
    error = pickle.loads(pickle.dumps(SourceError("a", "b", "c")))  # noqa: S301 - our own
    assert (error.source, error.reason, error.advice, str(error)) == ("a", "b", "c", "a: b; c")


PATIENCE = 120
"""Seconds for what takes less than one on an idle machine."""
WAITING = """
import signal
import sys
from hopscope.scale.run import run
from tests.scale.works import wait
sys.modules["hopscope.scale.run"].CHUNK = 2
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler) # a shell starts its background jobs with SIGINT ignored
    print("started", flush=True)
    try:
        list(run(wait, [sys.argv[1]], None, jobs=2))
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("ending", ["SIGINT", "SIGKILL"])
def test_no_worker_is_left_after_any_end(folder: Path, tmp_path: Path, root: Path, ending: str) -> None:
    (script := tmp_path / "waiting.py").write_text(WAITING)
    environment = {**os.environ, "PYTHONPATH": str(root), "HOPSCOPE_TEST": str(script)}
    command = [sys.executable, str(script), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        deadline = time.monotonic() + PATIENCE
        while len(script_processes(script)) < 3 and time.monotonic() < deadline:  # the process itself and two workers
            time.sleep(0.02)
        process.send_signal(signal.Signals[ending])
        _, told = process.communicate(timeout=PATIENCE)
    if ending == "SIGINT":
        assert process.returncode == 130
        assert b"Traceback" not in told
    deadline = time.monotonic() + PATIENCE
    while script_processes(script) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not script_processes(script)


def script_processes(script: Path) -> list[str]:
    """Processes that run the script, or were started by it."""
    mark = f"HOPSCOPE_TEST={script}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in place.joinpath("environ").read_bytes():
                found.append(place.name)
    return found


def test_messages_that_were_read_already_are_processed_in_the_same_chunks(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_text("".join(f"From a@b.example Thu Jan  1 00:00:00 1970\n{MAIL.format(n)}\n" for n in range(5)))
    here = list(run_here(names, messages([str(path)], None)))
    assert (
        here
        == list(_run(names, [str(path)], None))
        == [[f"{path}:{n}" for n in part] for part in ((1, 2), (3, 4), (5,))]
    )
