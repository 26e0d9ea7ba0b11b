"""The package as one file: in a zip, and built by PyInstaller if HOPSCOPE_PROGRAM names the program.

HOPSCOPE_PROGRAM=dist/hopscope pytest tests/test_program.py
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import hopscope
from hopscope import _pyinstaller
from hopscope.cli import COMMANDS

from .sources.compound import compound, item

PACKAGE = Path(hopscope.__file__).parent
MESSAGE = "Received: from a.example by b.example with ESMTP id {}; Tue, 31 Jul 2012 21:52:42 +1000\n"

EMPTY = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
"""No variables but those without which Windows starts no program."""


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program as zipapp writes it, but compiled, as it is started often."""
    path = tmp_path_factory.mktemp("zip") / "hopscope.pyz"
    with zipfile.PyZipFile(str(path), "w") as pyz:
        pyz.writestr("__main__.py", "from hopscope.__main__ import main\nmain()\n")
        pyz.writepy(str(PACKAGE))
        for file in PACKAGE.rglob("*"):
            if file.is_file() and file.suffix not in {".py", ".pyc"}:
                pyz.write(file, file.relative_to(PACKAGE.parent))
    return path


@pytest.fixture(params=["zip", "PyInstaller"])
def program(request: pytest.FixtureRequest) -> list[str]:
    if request.param == "zip":
        return [sys.executable, "-I", str(request.getfixturevalue("archive"))]
    if "HOPSCOPE_PROGRAM" not in os.environ:
        pytest.skip("HOPSCOPE_PROGRAM names no program")
    return [str(Path(os.environ["HOPSCOPE_PROGRAM"]).resolve())]


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    (tmp_path / "mail.eml").write_bytes((samples / "exchange-2019-inbound.eml").read_bytes())
    log = samples / "tracking" / "EX19-02" / "MSGTRK2024060318-1.LOG"
    (tmp_path / "events.log").write_bytes(log.read_bytes())
    (tmp_path / "item.msg").write_bytes(compound(item(MESSAGE.format(1))))
    mbox = (f"From a@b.example Tue Jul 31 21:52:42 2012\n{MESSAGE.format(number)}\n\n" for number in range(600))
    (tmp_path / "dump.mbox").write_text("".join(mbox))  # three chunks, so that there are worker processes
    return tmp_path


def test_every_job_works_in_an_empty_environment(program: list[str], folder: Path) -> None:
    """Commands, renderers, readers and rules are imported by name; tables, schemas and templates are data files."""
    expected = {
        "--version": "hopscope ",
        "--version -v": "Build table: as of ",
        "mail.eml -f table --color always --timeline --tz Europe/Berlin": "Mailbox Transport",
        "mail.eml --tracking-log events.log": "DEFER 432 4.3.2",
        "dump.mbox -f jsonl --jobs 2 --tracking-log events.log": '"service":"other MTA"',
        "mail.eml -f json": '"service": "Mailbox Transport',
        "mail.eml -f html": "<!doctype html>",
        "item.msg": "a.example",
        "stats dump.mbox --jobs 2": "Messages           600",
        "graph dump.mbox --jobs 2 -f graphml": "<graphml",
        "graph mail.eml -f svg": "<svg",
        "report dump.mbox --jobs 2": "600",
        "check mail.eml --exit-zero -f sarif": '"2.1.0"',
        "compare mail.eml --model 2019 -f markdown --exit-zero": "|",
        "compare dump.mbox mail.eml --exit-zero": "dump.mbox",
        "redact mail.eml": "Received:",
        "track events.log": "5 min 6 s",
        "explain 15.1.2507.39": "Exchange Server 2016",
        "explain HOP101": "HOP101",
        "pipeline 2016 -f dot": "digraph",
        "rules": "HOP101",
        "schema stats": "$schema",
        "help check": "Usage: hopscope check ",
        "completion powershell": "Register-ArgumentCompleter",
    }
    assert {arguments.split()[0] for arguments in expected} >= {*COMMANDS} - {"show", "export"}
    outputs = {arguments: run(program, folder, arguments) for arguments in expected}
    assert {arguments for arguments, output in outputs.items() if expected[arguments] not in output} == set()


def run(program: list[str], folder: Path, arguments: str) -> str:
    """Standard output; the errors of a run that fails."""
    done = subprocess.run(
        [*program, *arguments.split()], cwd=folder, env=EMPTY, capture_output=True, encoding="utf-8", check=False
    )
    warned = done.returncode or "worker" in done.stderr
    return f"{done.returncode}: {done.stderr}" if warned else done.stdout


def test_pyinstaller_finds_the_hook() -> None:
    assert [path.name for folder in _pyinstaller.hook_dirs() for path in Path(folder).glob("hook-*")] == [
        "hook-hopscope.py"
    ]
