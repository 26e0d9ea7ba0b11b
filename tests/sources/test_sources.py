"""Sources of messages: what is read, how far, and the errors of invalid sources."""

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO, NoReturn
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.errors import SourceError
from hopscope.parser import parse
from hopscope.parser.fields import MAX_BLOCK, split
from hopscope.paste.repair import repair
from hopscope.sources import SOURCES, Message, messages
from hopscope.sources import message as reading
from hopscope.sources.content import KINDS, SUFFIXES, read_bytes
from hopscope.sources.entry import PIECE, Stream
from hopscope.sources.message import unreadable

from .helpers import MAIL, Broken, Trickle, outcomes, read

HEADER = MAIL[: MAIL.index(b"Hello")]
"""The part that is read if the message is a separate file."""


def test_a_file_with_any_name_is_read(tmp_path: Path) -> None:
    path = tmp_path / "no suffix"
    path.write_bytes(MAIL)
    assert read(path) == [Message(source=str(path), data=MAIL)]


@pytest.mark.parametrize("sample", ["exchange-2013-internal.eml", "maillog.mbox", "mail.zip", "mail.mbox.gz"])
def test_data_that_was_read_already_has_the_messages_of_its_file(tmp_path: Path, sample: str) -> None:
    mbox = b"".join(b"From a@b.example Thu Jan  1 00:00:00 1970\n%b\n" % MAIL for _ in range(3))
    path = tmp_path / sample
    if sample == "mail.zip":
        with ZipFile(path, "w") as packed:
            packed.writestr("inbox/1.eml", MAIL)
            packed.writestr("old.mbox", mbox)
    else:
        path.write_bytes({".eml": MAIL, ".mbox": mbox, ".gz": gzip.compress(mbox)}[path.suffix])
    routes = [(item.source, parse(item.data).hops) for item in read(path) if isinstance(item, Message)]
    items = read_bytes(str(path), path.read_bytes())
    assert [(item.source, parse(item.data).hops) for item in items if isinstance(item, Message)] == routes
    assert routes


@pytest.mark.parametrize("source", ["list.json", "old.mbox", "mails.csv", "a.zip", "a.emlx"])
def test_the_kind_of_data_that_was_read_already_does_not_depend_on_its_source(source: str) -> None:
    assert [*read_bytes(source, HEADER)] == [Message(source=source, data=HEADER)]


@pytest.mark.parametrize(("data", "reason"), [(b"", "empty"), (b"\0" * 99, "not text")])
def test_data_without_a_message_is_an_error(data: bytes, reason: str) -> None:
    (error,) = read_bytes("row 7", data)
    assert isinstance(error, SourceError)
    assert (error.source, error.reason) == ("row 7", reason)


def test_a_dash_is_standard_input() -> None:
    assert read("-", stdin=BytesIO(MAIL)) == [Message(source="-", data=MAIL)]


def test_a_file_named_dash_is_given_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "-").write_bytes(MAIL)
    monkeypatch.chdir(tmp_path)
    assert outcomes(read("./-")) == [("./-", MAIL)]


def test_sources_come_in_the_order_given_and_an_error_in_its_place(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).write_bytes(name.encode() + b": " + MAIL)
    results = read(tmp_path / "b", tmp_path / "none", "-", tmp_path / "a", stdin=BytesIO(MAIL))
    assert outcomes(results) == [
        (str(tmp_path / "b"), b"b: " + MAIL),
        f"{tmp_path / 'none'}: no such file; check the path",
        ("-", MAIL),
        (str(tmp_path / "a"), b"a: " + MAIL),
    ]


def test_files_are_opened_lazily(tmp_path: Path) -> None:
    path = tmp_path / "late"
    results = messages([str(path)], None)
    path.write_bytes(MAIL)
    assert next(results) == Message(source=str(path), data=MAIL)


def test_standard_input_is_read_once() -> None:
    stdin = BytesIO(MAIL + b"x" * 2 * PIECE)
    first, second = read("-", "-", stdin=stdin)
    assert isinstance(first, Message)
    assert str(second) == "-: standard input is closed or already read; use - only once, or a file"


def closed(stream: BinaryIO) -> BinaryIO:
    stream.close()
    return stream


STREAMS = [
    pytest.param(None, "-: standard input is closed or already read; use - only once, or a file", id="none"),
    pytest.param(BytesIO(), "-: empty; use a message or its headers", id="empty"),
    pytest.param(BytesIO(b"\n \t\r\n"), "-: empty; use a message or its headers", id="white-space"),
    pytest.param(
        BufferedReader(Broken(IsADirectoryError())),
        "-: is a folder; use the path of the folder",
        id="folder-as-standard-input",
    ),
    pytest.param(
        BufferedReader(Broken(OSError(5, "Input/output error"))),
        "-: cannot be read (Input/output error); check the path and the file",
        id="failing",
    ),
    pytest.param(
        closed(BytesIO(b"Subject: x")),
        "-: standard input is closed or already read; use - only once, or a file",
        id="closed",
    ),
]


@pytest.mark.parametrize(("stdin", "expected"), STREAMS)
def test_standard_input_without_a_message_is_reported(stdin: BinaryIO | None, expected: str) -> None:
    assert outcomes(read("-", stdin=stdin)) == [expected]


BINARY = [
    pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), id="picture"),
    pytest.param(b"MZ\x90\0\x03\0\0\0" + bytes(600) + "Received: a".encode("utf-16-le"), id="program"),
    pytest.param(bytes(range(1, 256)) * 3, id="no-nul"),
    pytest.param(bytes(5000), id="nuls"),
]


@pytest.mark.parametrize("data", BINARY)
def test_binary_files_are_reported(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.eml"
    path.write_bytes(data)
    expected = "not text; save the message as .eml"
    assert outcomes(read(path)) == [f"{path}: {expected}, or use its headers"]


TEXT = [
    pytest.param(MAIL, id="message"),
    pytest.param(MAIL.decode().encode("utf-16"), id="utf-16"),
    pytest.param(MAIL.decode().encode("utf-16-le"), id="utf-16-without-mark"),
    pytest.param("Grüße\n".encode("latin-1") * 9, id="prose-in-latin-1"),
    pytest.param(b"Subject: a\0\x01\x02\x03\x04\n", id="controls-in-a-well-formed-field"),
    pytest.param(b"stray \0\0\0\0\nReceived: from a by b\n", id="controls-beside-received"),
    pytest.param(b"\x1b[1mReceived\x1b[0m: from a\n", id="colours-of-a-terminal"),
    pytest.param(b"no mail at all\n", id="prose"),
]


@pytest.mark.parametrize("data", TEXT)
def test_text_is_returned_unchanged(data: bytes) -> None:
    assert read("-", stdin=BytesIO(data)) == [Message(source="-", data=data)]


# How far a stream of 4 MiB is read: its start, its filling, the bytes returned.
FAR = [
    pytest.param(MAIL, b"x" * 70 + b"\r\n", PIECE, id="end-in-the-first-piece"),
    pytest.param(MAIL[:-9] + b"X: y\r\n" * 20_000, b"\r\nbody", 2 * PIECE, id="end-in-the-second-piece"),
    pytest.param(b"X: " + b"y" * (PIECE - 4) + b"\n", b"\nbody", 2 * PIECE, id="end-between-two-pieces"),
    pytest.param(MAIL.replace(b"\r\n", b"\r\n\r\nTo: me\r\n\r\n"), b"x\n", MAX_BLOCK, id="damaged-by-blank-lines"),
    pytest.param(b"\n\n" + MAIL, b"x\n", MAX_BLOCK, id="blank-lines-at-the-start"),
    pytest.param(MAIL.decode().encode("utf-16"), b"x\0\n\0", MAX_BLOCK, id="utf-16"),
    pytest.param(MAIL.replace(b"\r\n", b"\r"), b"x\r", MAX_BLOCK, id="line-ends-cr"),
]


@pytest.mark.no_cover
@pytest.mark.parametrize(("start", "filling", "expected"), FAR)
@pytest.mark.parametrize("at_most", [1 << 30, 5000])
def test_the_body_is_not_read(start: bytes, filling: bytes, expected: int, at_most: int) -> None:
    raw = Trickle(start + filling * ((4 * MAX_BLOCK - len(start)) // len(filling)), at_most)
    assert read("-", stdin=BufferedReader(raw)) == [Message(source="-", data=raw.data[:expected])]
    assert raw.place <= expected + PIECE


@pytest.mark.no_cover
def test_a_header_block_without_end_is_read_up_to_its_limit_and_reported() -> None:
    stdin = BytesIO(b"X: y\n" * MAX_BLOCK)
    (result,) = read("-", stdin=stdin)
    assert isinstance(result, Message)
    assert result.problem is not None
    assert result.problem.code == "limit-block"
    assert stdin.tell() == len(result.data) + 1 == MAX_BLOCK + 1
    assert "limit-block" not in {defect.code for defect in split(result.data).defects}


@pytest.mark.no_cover
def test_a_header_block_that_ends_with_the_stream_at_the_limit_is_complete() -> None:
    (result,) = read("-", stdin=BytesIO(b"X: abcd\n" * (MAX_BLOCK // 8)))
    assert isinstance(result, Message)
    assert len(result.data) == MAX_BLOCK
    assert result.problem is None


def test_fields_far_apart_in_damaged_text_are_read() -> None:
    fields = [b"Received: from a by b", *[b"X-%d: " % number + b"y" * 500 for number in range(300)], b"Subject: x"]
    (result,) = read("-", stdin=BytesIO(b"\n\n".join(fields)))
    assert isinstance(result, Message)
    assert len(split(repair(result.data)[0]).fields) == len(fields)


@given(st.binary(max_size=200), st.integers(1, 40))
def test_any_stream_gives_one_result(data: bytes, at_most: int) -> None:
    (result,) = read("-", stdin=BufferedReader(Trickle(data, at_most)))
    assert isinstance(result, SourceError) or result == Message(source="-", data=data)


@pytest.mark.posix
def test_a_fifo_is_read_like_standard_input(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(MAIL,))
    writer.start()
    assert outcomes(read(path)) == [(str(path), MAIL)]
    writer.join()


@pytest.mark.posix
def test_an_endless_device_does_not_hang() -> None:
    assert outcomes(read("/dev/zero")) == ["/dev/zero: not text; save the message as .eml, or use its headers"]


@pytest.mark.posix
def test_a_pipe_that_remains_open_is_read_to_the_end_of_the_header() -> None:
    end, start = os.pipe()
    os.set_blocking(start, False)
    os.write(start, MAIL + b"x" * (PIECE - len(MAIL)))
    with open(start, "wb"), BufferedReader(open(end, "rb", buffering=0)) as stdin:  # noqa: PTH123 - descriptors
        (result,) = read("-", stdin=stdin)
    assert isinstance(result, Message)
    assert len(result.data) == PIECE


def raising(error: Exception) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(PermissionError(13, "Permission denied"), "permission denied; check the permissions", id="access"),
        pytest.param(NotADirectoryError(20, "x"), "no such file; check the path", id="file-as-folder"),
        pytest.param(
            OSError(6, "No such device or address"),
            "cannot be read (No such device or address); check the path and the file",
            id="socket",
        ),
    ],
)
def test_files_that_cannot_be_opened_are_reported(
    error: OSError, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hopscope.sources.file.open", raising(error), raising=False)
    assert outcomes(read("x.eml")) == [f"x.eml: {expected}"]


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("nt", "*.eml: no such file; check the path"),
        ("posix", "*.eml: cannot be read (Invalid argument); check the path"),
    ],
)
def test_a_pattern_without_a_match_is_a_missing_file(
    monkeypatch: pytest.MonkeyPatch, system: str, expected: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("os.name", system)
        error = unreadable("*.eml", OSError(22, "Invalid argument"))
    assert str(error).startswith(expected)


def test_invalid_paths_are_reported() -> None:
    assert outcomes(read("", "a\0b")) == [
        ": no such file; check the path",
        "a\0b: cannot be read (embedded null byte); check the path and the file",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="Windows and macOS accept only Unicode")
def test_names_may_be_any_bytes(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/gr\xfcn.eml"
    Path(os.fsdecode(path)).write_bytes(MAIL)
    assert outcomes(read(os.fsdecode(path), tmp_path)) == [(os.fsdecode(path), HEADER)] * 2


def test_a_folder_is_read_recursively_in_the_order_of_names(tmp_path: Path) -> None:
    names = ["a.eml", "b/c.TXT", "b/d/e.hdr", "b.headers", "f.txt"]
    for name in [*reversed(names), "b/picture.png", "g", "h.mht", ".i", "._a.eml", "mbox.bak"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(MAIL)
    assert [one.source for one in read(tmp_path)] == [str(tmp_path / name) for name in names]


def test_every_suffix_is_read(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        (tmp_path / f"x{suffix}").write_bytes(MAIL)
    sources = [one.source.removesuffix(":1") for one in read(tmp_path)]
    assert sources == [str(tmp_path / f"x{suffix}") for suffix in sorted(SUFFIXES)]


def test_a_folder_is_named_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    monkeypatch.chdir(tmp_path)
    assert [one.source for one in read(".", "./")] == [f".{os.sep}a.eml", "./a.eml"]


def test_a_folder_without_mail_is_reported(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "picture.png").write_bytes(MAIL)
    assert outcomes(read(tmp_path)) == [
        f"{tmp_path}: no mail file in this folder ({' '.join(SUFFIXES)}); name the files explicitly"
    ]


@pytest.mark.posix
def test_unreadable_files_of_a_folder_are_reported_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.eml").touch()
    (tmp_path / "b.eml").symlink_to("nothing")
    (tmp_path / "c.eml").symlink_to("c.eml")
    (tmp_path / "c").symlink_to("c")
    (tmp_path / "d").mkdir()
    (tmp_path / "e.eml").write_bytes(MAIL)
    scan = os.scandir

    def guarded(path: str) -> object:
        return raising(PermissionError())() if path.endswith("d") else scan(path)

    monkeypatch.setattr("hopscope.sources.folder.os.scandir", guarded)
    empty, broken, looped, denied, good = outcomes(read(tmp_path))
    assert empty == f"{tmp_path}/a.eml: empty; use a message or its headers"
    assert broken == f"{tmp_path}/b.eml: no such file; check the path"
    assert str(looped).startswith(f"{tmp_path}/c.eml: cannot be read (")
    assert denied == f"{tmp_path}/d: permission denied; check the permissions"
    assert good == (f"{tmp_path}/e.eml", HEADER)


@pytest.mark.posix
def test_links_are_followed_but_no_folder_is_read_twice(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "x.eml").write_bytes(MAIL)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "c.eml").symlink_to(tmp_path / "a" / "x.eml")
    assert [one.source for one in read(tmp_path)] == [str(tmp_path / "a" / "x.eml"), str(tmp_path / "c.eml")]


@pytest.mark.posix
def test_fifos_in_a_folder_are_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.eml")
    (tmp_path / "b.eml").symlink_to("a.eml")
    (tmp_path / "c.eml").write_bytes(MAIL)
    assert outcomes(read(tmp_path)) == [(str(tmp_path / "c.eml"), HEADER)]


def test_a_deleted_file_is_reported(tmp_path: Path) -> None:
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(MAIL)
    results = messages([str(tmp_path)], None)
    next(results)
    (tmp_path / "b.eml").unlink()
    assert outcomes(list(results)) == [f"{tmp_path / 'b.eml'}: no such file; check the path"]


def test_a_deleted_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "b").mkdir()
    results = messages([str(tmp_path)], None)
    next(results)
    (tmp_path / "b").rmdir()
    assert outcomes(list(results)) == [f"{tmp_path / 'b'}: no such file; check the path"]


def maildir(path: Path, *names: str) -> list[str]:
    """A Maildir with such files; their full names."""
    for folder in ("cur", "new", "tmp"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    for name in names:
        (path / name).write_bytes(MAIL)
    return [str(path / name) for name in names]


@pytest.mark.posix
def test_a_maildir_is_read_but_not_what_is_being_delivered(tmp_path: Path) -> None:
    names = maildir(tmp_path, "cur/1.a.host:2,S", "cur/2.b.host:2,", "new/3.c.host")
    maildir(tmp_path, "tmp/4.d.host", "cur/.hidden", "dovecot-uidlist")
    assert [one.source for one in read(tmp_path)] == names
    assert [one.source for one in read(tmp_path / "cur")] == names[:2]


def test_folders_of_a_maildir_and_maildirs_in_folders_are_read(tmp_path: Path) -> None:
    inner = maildir(tmp_path / "home" / ".Sent", "cur/1.a.host", "new/2.b.host")
    outer = maildir(tmp_path / "home", "cur/3.c.host", "x.eml")
    assert [one.source for one in read(tmp_path)] == [*inner, *outer]


def test_cur_and_tmp_outside_a_maildir_are_ordinary_folders(tmp_path: Path) -> None:
    for name in ("cur/a.eml", "cur/b", "tmp/c.eml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(MAIL)
    assert [one.source for one in read(tmp_path)] == [str(tmp_path / "cur" / "a.eml"), str(tmp_path / "tmp" / "c.eml")]


def test_the_mailbox_in_an_export_of_apple_mail_is_read(tmp_path: Path) -> None:
    path = tmp_path / "INBOX.mbox" / "mbox"
    path.parent.mkdir()
    path.write_bytes(b"From a Tue Jul 31 21:52:42 2012\n" + MAIL)
    (path.parent / "table_of_contents").write_bytes(b"x")
    assert [one.source for one in read(tmp_path / "INBOX.mbox")] == [f"{path}:1"]


def test_a_stream_at_its_end_is_not_read_again() -> None:
    class Terminal:
        ends = 0

        def read(self, size: int, /) -> bytes:
            self.ends += 1
            return b"some lines"[:size]

    terminal = Terminal()
    stream = Stream(terminal)
    assert [stream.read(size) for size in (4, 100, 100)] == [b"some", b" lines", b""]
    assert terminal.ends == 1


def test_every_module_is_a_source_or_listed_as_support() -> None:
    kinds = {f"hopscope.sources.{kind}" for kind, _ in (*SOURCES, *KINDS)}
    files = {f"hopscope.sources.{path.stem}" for path in Path(reading.__file__).parent.glob("*.py")}
    readers = ("__init__", "address", "attachments", "content", "entry", "message", "meter", "outlook_report")
    support = {f"hopscope.sources.{name}" for name in (*readers, "email_message", "locations")}
    assert files == kinds | support


def test_a_plain_message_imports_no_archive_module(samples: Path) -> None:
    program = f"""
import sys
from hopscope.sources import messages
assert len(list(messages([{str(samples / "postfix-to-gmail.eml")!r}], None))) == 1
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    kinds = {f"hopscope.sources.{kind}" for kind, _ in KINDS} - {"hopscope.sources.eml"}
    heavy = {"zipfile", "tarfile", "gzip", "bz2", "lzma", "zlib", "email", "olefile", "hopscope.sources.attachments"}
    assert not set(done.stdout.split()) & (heavy | kinds)
