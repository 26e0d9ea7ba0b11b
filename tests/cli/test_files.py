"""Output files: atomic, with the right mode, and one-line errors for what cannot be written."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hopscope.cli import files
from hopscope.cli.options import write

from .conftest import Run

MAIL = (
    b"Received: from a.example by b.example (Postfix) with ESMTP id A2; Wed, 8 Mar 2017 10:52:43 +0100\n"
    b"Received: from x.example by a.example (Postfix) with ESMTP id A1; Wed, 8 Mar 2017 10:51:00 +0100\n\n"
)
LOG = (
    "#Software: Microsoft Exchange Server\n"
    "#Fields: date-time,client-hostname,server-hostname,source,event-id,message-id\n"
    "2024-06-03T18:02:35.172Z,a,b,SMTP,RECEIVE,<1@a.example>\n"
)
WRITERS = {
    "show": "show a.eml -o {}",
    "show -f html": "show a.eml -f html -o {}",
    "compare": "compare a.eml b.eml -f html --exit-zero -o {}",
    "check": "check a.eml -f sarif --exit-zero -o {}",
    "baseline": "check a.eml --update-baseline --baseline {}",
    "statistics": "check a.eml --update-baseline --against {}",
    "stats": "stats a.eml -o {}",
    "summary": "stats a.eml --save {}",
    "graph": "graph a.eml -f svg -o {}",
    "report": "report a.eml -o {}",
    "redact": "redact a.eml -o {}",
    "key": "redact a.eml --key-file {}",
    "export": "export a.eml -o {}",
    "schema": "schema message -o {}",
    "rules": "rules -o {}",
    "pipeline": "pipeline 2016 -o {}",
    "track": "track a.log -o {}",
}
PRIVATE = {"show -f html", "compare", "report", "key"}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    Path("a.eml").write_bytes(MAIL)
    Path("b.eml").write_bytes(MAIL)
    Path("a.log").write_text(LOG)
    previous = os.umask(0o027)
    yield
    os.umask(previous)
    assert not list(tmp_path.rglob(".hopscope-*")), "a temporary file is left"


def writer(run: Run, name: str, path: object) -> tuple[int | str | None, str]:
    status, _, err = run(*(part.replace("{}", str(path)) for part in WRITERS[name].split()))
    return status, err


def mode(path: str | Path) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


@pytest.mark.posix
@pytest.mark.parametrize("name", WRITERS)
def test_a_new_file_respects_umask_and_an_existing_one_keeps_its_mode_and_owner(run: Run, name: str) -> None:
    if name == "export":
        pytest.importorskip("pyarrow")
    assert writer(run, name, "new")[0] == 0
    assert mode("new") == (0o600 if name in PRIVATE else 0o640)
    content = Path("new").read_bytes()
    for kept in (0o600, 0o644, 0o666, 0o604):
        Path("new").chmod(kept)
        if os.geteuid() == 0:
            os.chown("new", 12, 34)
        assert writer(run, name, "new")[0] == 0
        assert mode("new") == kept
        assert (Path("new").stat().st_uid == 12) is (os.geteuid() == 0)
    assert content


@pytest.mark.posix
@pytest.mark.parametrize("name", sorted(WRITERS.keys() - {"key"}))
def test_a_symbolic_link_is_followed(run: Run, name: str, tmp_path: Path) -> None:
    if name == "export":
        pytest.importorskip("pyarrow")
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder / "file")
    assert writer(run, name, "link")[0] == 0
    (folder / "file").chmod(0o604)
    assert writer(run, name, "link")[0] == 0
    assert (tmp_path / "link").is_symlink()
    assert mode(folder / "file") == 0o604


@pytest.mark.posix
@pytest.mark.parametrize("name", WRITERS)
def test_what_cannot_be_written_is_an_error_of_one_line(run: Run, name: str) -> None:
    if name == "export":
        pytest.importorskip("pyarrow")
    Path("folder").mkdir()
    paths = ["missing/file", "a.eml/file", "a\nb/c"]
    if name != "redact":  # writes a file per message
        paths.append("folder")
    if name != "key":
        paths += ["/dev/full", "a.eml"] if name not in {"export", "schema", "rules", "pipeline", "track"} else []
    for path in paths:
        status, err = writer(run, name, path)
        assert (status, err.count("\n")) == (2, 1), (path, err)
        assert err.startswith("hopscope: ")
        assert "internal error" not in err
        option = next((part for part in WRITERS[name].split() if part in {"--save", "--baseline", "--against"}), None)
        assert option is None or err.endswith((f"; choose another {option}\n", f"; see hopscope {name} --help\n")), err
    assert Path("a.eml").read_bytes() == MAIL
    assert not list(Path("folder").iterdir())


@pytest.mark.posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("name", WRITERS)
def test_a_read_only_folder_or_file_is_an_error_of_one_line(run: Run, name: str) -> None:
    Path("folder").mkdir(mode=0o500)
    Path("file").write_text("before", encoding="utf-8")
    Path("file").chmod(0o400)
    for path in ("folder/file", "file"):
        status, err = writer(run, name, path)
        assert (status, err.count("\n")) == (2, 1), (path, err)
    assert Path("file").read_text(encoding="utf-8") == "before"


@pytest.mark.posix
def test_devices_and_pipes_are_written_directly(run: Run) -> None:
    assert run("show", "a.eml", "-f", "json", "-o", "/dev/null") == (0, "", "")
    os.mkfifo("fifo")
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(Path("fifo").read_bytes()))
    reader.start()
    assert run("show", "a.eml", "-f", "json", "-o", "fifo") == (0, "", "")
    reader.join()
    assert json.loads(received[0])
    assert stat.S_ISFIFO(Path("fifo").stat().st_mode)


@pytest.mark.posix
@pytest.mark.parametrize("redirected", [">", ">>"])
def test_standard_output_by_its_name(redirected: str) -> None:
    Path("out").write_bytes(b"before\n")
    program = f"{sys.executable} -m hopscope show a.eml -f json"
    plain = subprocess.run([*program.split()], capture_output=True, check=True).stdout
    subprocess.run(f"{program} -o /dev/stdout {redirected} out", shell=True, check=True)  # noqa: S602 - as in a shell
    assert Path("out").read_bytes() == (b"" if redirected == ">" else b"before\n") + plain
    piped = subprocess.run([*program.split(), "-o", "/dev/stdout"], check=True, capture_output=True)
    assert piped.stdout == plain


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "--version",
        "show --help",
        "show a.eml",
        "stats a.eml -f json",
        "rules",
        "schema message",
        "redact a.eml",
    ],
)
def test_a_full_disk_at_standard_output_is_one_line_and_at_standard_error_none(arguments: str) -> None:
    program = [sys.executable, "-m", "hopscope", *arguments.split()]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        out = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, check=False)
        err = subprocess.run([*program, "missing"], stdout=subprocess.PIPE, stderr=full, check=False)
    assert out.returncode == 2
    assert out.stderr.count(b"\n") == 1
    assert out.stderr.startswith(b"hopscope: ")
    assert b"No space left" in out.stderr
    assert err.returncode == (0 if "-" in arguments.rsplit(maxsplit=1)[-1][:1] else 2)


def interrupted(error: BaseException) -> Callable[[], Iterator[str]]:
    def pieces() -> Iterator[str]:
        yield "new " * 100_000
        raise error

    return pieces


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143), RuntimeError(), MemoryError()], ids=repr)
def test_an_interrupted_run_keeps_the_previous_file(error: BaseException) -> None:
    Path("file").write_text("before", encoding="utf-8")
    for path in ("file", "new"):
        with pytest.raises(type(error)):
            write(interrupted(error)(), path)
    assert Path("file").read_text(encoding="utf-8") == "before"
    assert not Path("new").exists()


@pytest.mark.posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_keeps_the_previous_file(name: str, tmp_path: Path) -> None:
    number = signal.Signals[name]
    Path("file").write_text("before", encoding="utf-8")
    ignored = "import signal,sys,hopscope.cli as c; signal.signal(signal.SIGINT, signal.default_int_handler);"
    reset = "signal.signal(signal.SIGHUP, signal.SIG_DFL); c.main(sys.argv[1:])"
    arguments = ["show", "a.eml", "-", "-f", "jsonl", "--jobs", "1", "-o", "file"]
    with subprocess.Popen([sys.executable, "-c", ignored + reset, *arguments], stdin=subprocess.PIPE) as process:
        while not list(tmp_path.glob(".hopscope-*")) and process.poll() is None:
            pass
        process.send_signal(number)
        assert process.wait() == 128 + number
    assert Path("file").read_text(encoding="utf-8") == "before"


def test_two_runs_into_one_file_leave_one_complete_file() -> None:
    Path("file").write_text("before", encoding="utf-8")
    with files.replaced("file") as one, files.replaced("file") as two:
        assert len(list(Path().glob(".hopscope-*"))) == 2
        one.write(b"one " * 1000)
        two.write(b"two " * 1000)
    assert Path("file").read_text(encoding="utf-8") == "one " * 1000


@pytest.mark.posix
def test_a_temporary_file_is_never_one_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.urandom", bytes)
    Path("victim").write_text("before", encoding="utf-8")
    Path(f".hopscope-{bytes(8).hex()}.part").symlink_to("victim")
    with pytest.raises(FileExistsError), files.replaced("file"):
        pass
    assert Path("victim").read_text(encoding="utf-8") == "before"
    assert not Path("file").exists()


def test_a_key_that_cannot_be_written_leaves_no_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, *_: object) -> None:
        os.close(handle)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fdopen", full)
        outcome = run("redact", "a.eml", "--key-file", "key")
    assert outcome.status == 2
    assert "No space left on device" in outcome.err
    assert not Path("key").exists()
    assert run("redact", "a.eml", "--key-file", "key").status == 0
