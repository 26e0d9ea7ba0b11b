"""Folders of a repository: mail is read, other files are skipped with one note, broken mail is an error."""

import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from .conftest import Run

MAIL = b"""\
Received: from a.example by b.example (Postfix) with ESMTP id A2; Wed, 8 Mar 2017 11:15:01 +0100
Received: from x.example by a.example (Postfix) with ESMTP id A1; Wed, 8 Mar 2017 11:15:00 +0100
Subject: a sample
"""
TEXT = b"click>=8.1 # received with thanks from ann@corp.example\n"
REPORT = b"Delivery has failed to these recipients:\n\nann@corp.example\n\n550 5.1.1 User unknown\n"


def packed(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return file.getvalue()


def tarred(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPSCOPE_SELECT", "HOP101")
    monkeypatch.chdir(tmp_path)


def write(name: str, content: bytes) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


NOT_MAIL = {
    "requirements.txt": TEXT,
    "README.TXT": b"hopscope\n",
    "docs/empty.txt": b"",
    "docs/utf-16.txt": TEXT.decode().encode("utf-16"),
    "docs/binary.txt": bytes(range(256)) * 20,
    "docs/words.txt": b"a word\n" * 20_000,
    "package-lock.json": b'{"name": "x", "version": 1}\n',
    "orders.json": b'[{"id": 1, "received": "2024-06-01"}]\n',
    "orders.jsonl": b'{"received": 1}\n{"received": 2}\n',
    "orders.csv": b"id,Received\n1,yes\n2,no\n",
    "broken.json": b'{"received": 1',
    "notes.txt.gz": gzip.compress(TEXT),
    "model.bin.gz": gzip.compress(bytes(range(256)) * 20),
    "sources.zip": packed(LICENSE_txt=TEXT),
    "sources.tgz": tarred("x-1.0/README.txt", TEXT),
}
NOT_READ = {
    "LICENSE": TEXT,
    ".git/HEAD.eml": b"broken",
    ".github/workflows/mail.eml": b"broken",
    ".venv/lib/x.eml": b"broken",
    "venv/pyvenv.cfg": b"",
    "venv/lib/x.eml": b"broken",
    "node_modules/x/x.eml": b"broken",
}
READ = {
    "a.eml": MAIL,
    "samples/headers.txt": MAIL,
    "samples/quoted.txt": b"Look:\n" + b"".join(b"> " + line for line in MAIL.splitlines(keepends=True)),
    "samples/report.txt": REPORT,
    "samples/graph.json": b'{"internetMessageHeaders": [{"name": "Received", "value": "from a.example by b.example"}]}',
    "samples/some.zip": packed(a_eml=MAIL, b_txt=TEXT),
    "samples/mail.txt.gz": gzip.compress(MAIL),
    "home/.Sent/cur/1.a.host": MAIL,
    "home/.Sent/new/2.a.host": MAIL,
}
BROKEN = {
    "a.eml": b"no mail\n",
    "b.eml": b"",
    "c.hdr": b"no mail\n",
    "d.msg": b"no mail\n",
    "e.mbox": b"",
    "f.zip": b"PK\3\4 damaged",
    "g.eml.gz": gzip.compress(b"no mail\n"),
}


@pytest.mark.parametrize("command", ["check", "show", "stats", "graph"])
def test_a_repository_is_clean_and_what_is_not_mail_is_one_note(run: Run, command: str) -> None:
    for name, content in (NOT_MAIL | NOT_READ | READ).items():
        write(name, content)
    outcome = run(command, ".", *(["-f", "json"] if command != "check" else []))
    assert outcome.status == 0
    notes = [line for line in outcome.err.splitlines() if "finding" not in line]
    skipped = len(NOT_MAIL) + 2 + 1  # two archives are skipped with their member, and one has mail and another file
    assert notes == [f"hopscope: skipped {skipped} files that are not mail, such as README.TXT (-v lists them)"]


def test_every_message_of_a_repository_is_checked(run: Run) -> None:
    for name, content in READ.items():
        write(name, content)
    outcome = run("check", "-v")
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err == "hopscope: samples/some.zip:b.txt: not mail, skipped\n9 messages, no findings\n"
    assert run("check", "-q").err == ""


@pytest.mark.parametrize("name", NOT_MAIL)
def test_a_file_that_is_not_mail_is_an_error_if_it_is_named_or_alone(run: Run, name: str) -> None:
    write(f"folder/{name}", NOT_MAIL[name])
    named = run("check", f"folder/{name}")
    assert (named.status, named.err.startswith(f"hopscope: folder/{name}: ")) == (2, True)
    alone = run("check", "folder")
    assert (alone.status, alone.err.startswith("hopscope: folder: no mail file in this folder (")) == (2, True)
    write("folder/mail.eml", MAIL)
    assert run("check", "-q", "folder") == (0, "", "")
    assert run("check", "-v", "folder").err.startswith(f"hopscope: {Path('folder', name)}")


@pytest.mark.parametrize("name", BROKEN)
def test_mail_that_cannot_be_read_fails(run: Run, name: str) -> None:
    write("good.eml", MAIL)
    write(name, BROKEN[name])
    outcome = run("check", "-q", ".")
    assert outcome.status == 2
    assert outcome.err.startswith(f"hopscope: .{os.sep}{name}: ")


@pytest.mark.parametrize("name", NOT_READ)
def test_folders_of_tools_are_read_only_if_they_are_named(run: Run, name: str) -> None:
    write("venv/pyvenv.cfg", b"")
    write(name, MAIL)
    write("good.eml", MAIL)
    assert run("check", ".").err == "1 message, no findings\n"
    if name.endswith(".eml"):
        assert run("check", Path(name).parent).err == "1 message, no findings\n"


@pytest.mark.parametrize("stdin", [MAIL, b"", None])
def test_without_a_path_piped_headers_or_else_the_folder_are_checked(run: Run, stdin: bytes | None) -> None:
    for number in range(3):
        write(f"{number}.eml", MAIL)
    assert run("check", stdin=stdin).err == f"{'1 message' if stdin else '3 messages'}, no findings\n"


@pytest.mark.posix
def test_a_pipe_without_data_is_noted_and_read(run: Run) -> None:
    write("a.eml", MAIL)
    assert run("check", stdin=b"").status == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "hopscope", "check"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin
    assert process.stderr
    assert b"waiting for headers on standard input" in process.stderr.readline()
    process.stdin.write(MAIL)
    _, err = process.communicate()
    assert (process.returncode, err) == (0, b"1 message, no findings\n")
