"""Addresses: every printed source, and the Message-IDs of messages, as arguments."""

import gzip
import json
import ntpath
import os
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.errors import SourceError
from hopscope.sources import Message, container
from tests.sources.compound import compound, item

from .helpers import Trickle, mbox, read, tar, zipped


def mail(number: int, *lines: str) -> bytes:
    """A message with a Message-ID."""
    fields = f"Received: from a{number}.example by b.example; Tue, 31 Jul 2012 21:52:42 +1000", *lines
    return "\r\n".join((*fields, f"Message-ID: <m{number}@a.example>", "", "Hello", "")).encode()


def with_attached(outer: bytes, *inner: bytes) -> bytes:
    """A message to which others are attached."""
    header, _, _ = outer.partition(b"\r\n\r\n")
    parts = b"".join(b"\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n" + one for one in inner)
    return header + b'\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n' + parts + b"\r\n--x--\r\n"


MAILS = [mail(number) for number in range(1, 13)]
NESTED = with_attached(mail(20), mail(21), with_attached(mail(22), mail(23)))


@pytest.fixture
def dumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of each kind, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dump.mbox").write_bytes(mbox(*MAILS))
    (tmp_path / "one.mbox").write_bytes(mbox(MAILS[0]))
    (tmp_path / "mail.eml").write_bytes(NESTED)
    (tmp_path / "list.json").write_text(json.dumps([{"raw": data.decode()} for data in MAILS[:3]]))
    (tmp_path / "one.json").write_text(json.dumps([{"raw": MAILS[3].decode()}]))
    files = {f"inbox/{n}.eml": MAILS[n - 1] for n in range(1, 8)} | {
        "a.mbox": mbox(*MAILS[7:]),
        "user@host.eml": NESTED,
    }
    (tmp_path / "dump.zip").write_bytes(zipped(files))
    if os.name != "nt":
        (tmp_path / "old:3.mbox").write_bytes(mbox(*MAILS[:2]))
    (tmp_path / "old").write_bytes(mbox(*MAILS[2:6]))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b.mbox").write_bytes(mbox(*MAILS[:4]))
    (tmp_path / "folder" / "c.eml").write_bytes(MAILS[4])
    return tmp_path


def sources(*addresses: str, stdin: BinaryIO | bytes | None = None, attached: bool = False) -> list[str]:
    """The sources of the messages, or the errors."""
    results = read(*addresses, stdin=stdin, attached=attached)
    return [result.source if isinstance(result, Message) else str(result) for result in results]


SELECTED = {
    "dump.mbox:1": ["dump.mbox:1"],
    "dump.mbox:12": ["dump.mbox:12"],
    "one.mbox:1": ["one.mbox:1"],
    "list.json:3": ["list.json:3"],
    "one.json:1": ["one.json"],  # the only message of a list has no number, and may have one in an address
    "mail.eml:1": ["mail.eml"],
    "dump.zip:inbox/3.eml": ["dump.zip:inbox/3.eml"],
    "dump.zip:a.mbox:2": ["dump.zip:a.mbox:2"],
    "dump.zip:a.mbox": [f"dump.zip:a.mbox:{n}" for n in range(1, 6)],
    "dump.zip:2": ["dump.zip:inbox/2.eml"],  # members of an archive have names; a number is their position
    "dump.zip:user@host.eml": ["dump.zip:user@host.eml"],
    "folder:5": [f"folder{os.sep}c.eml"],
    f"folder{os.sep}b.mbox:4": [f"folder{os.sep}b.mbox:4"],
    "mail.eml:attached:1": ["mail.eml:attached:1"],  # attached messages are read, though it was not requested
    "mail.eml:attached:3": ["mail.eml:attached:3"],
    "dump.zip:user@host.eml:attached:2": ["dump.zip:user@host.eml:attached:2"],
    "dump.mbox:<m7@a.example>": ["dump.mbox:7"],
    "dump.mbox:m7@a.example": ["dump.mbox:7"],
    "dump.mbox:<M7@A.example>": ["dump.mbox:7"],
    "folder:<m5@a.example>": [f"folder{os.sep}c.eml"],
    "dump.zip:<m9@a.example>": ["dump.zip:a.mbox:2"],
    "dump.zip:a.mbox:<m9@a.example>": ["dump.zip:a.mbox:2"],
    "list.json:m2@a.example": ["list.json:2"],
    "mail.eml:<m20@a.example>": ["mail.eml"],
    "old:3": ["old:3"],
    "old:3.mbox:2": ["old:3.mbox:2"],  # the longest name that exists
}
MISSING = {
    "dump.mbox:99": "dump.mbox:99: no such message; dump.mbox has 12 messages (dump.mbox:1 to dump.mbox:12)",
    "dump.mbox:0": "dump.mbox:0: no such message; dump.mbox has 12 messages (dump.mbox:1 to dump.mbox:12)",
    "one.mbox:2": "one.mbox:2: no such message; one.mbox has 1 message (one.mbox:1)",
    "mail.eml:2": "mail.eml:2: no such message; mail.eml has 1 message (mail.eml)",
    "list.json:4": "list.json:4: no such message; list.json has 3 messages (list.json:1 to list.json:3)",
    "mail.eml:attached:4": (
        "mail.eml:attached:4: no such message; "
        "mail.eml has 3 attached messages (mail.eml:attached:1 to mail.eml:attached:3)"
    ),
    "dump.mbox:2:attached:1": "dump.mbox:2:attached:1: no such message; dump.mbox:2 has no attached messages",
    "dump.zip:a.mbox:6": (
        "dump.zip:a.mbox:6: no such message; dump.zip:a.mbox has 5 messages (dump.zip:a.mbox:1 to dump.zip:a.mbox:5)"
    ),
    "dump.mbox:1-3": "dump.mbox:1-3: no such message; dump.mbox has 12 messages (dump.mbox:1 to dump.mbox:12)",
    "dump.zip:imbox/3.eml": "dump.zip:imbox/3.eml: no such message; did you mean dump.zip:inbox/3.eml?",
    "dump.zip:inbox/8.eml": (
        "dump.zip:inbox/8.eml: no such message; "
        "dump.zip has 13 messages (dump.zip:inbox/1.eml to dump.zip:user@host.eml)"
    ),
    "dump.mbox:<x@y>": (
        "dump.mbox:<x@y>: no message with this Message-ID; dump.mbox has 12 messages (dump.mbox:1 to dump.mbox:12)"
    ),
    "dump.mbox:<m7@a.exmaple>": (
        "dump.mbox:<m7@a.exmaple>: no message with this Message-ID; did you mean dump.mbox:<m7@a.example>?"
    ),
    "none.mbox:3": "none.mbox:3: no such file; check the path",
    "dump.mbox:": "dump.mbox:: no such file; check the path",
}


@pytest.mark.parametrize(("address", "expected"), SELECTED.items())
@pytest.mark.usefixtures("dumps")
def test_an_address_selects_messages(address: str, expected: list[str]) -> None:
    if os.name == "nt" and address.startswith("old:"):
        pytest.skip("no such file names on Windows")
    assert sources(address) == expected


@pytest.mark.parametrize(("address", "expected"), MISSING.items())
@pytest.mark.usefixtures("dumps")
def test_an_address_without_a_message_is_one_error(address: str, expected: str) -> None:
    assert sources(address) == [expected]


@pytest.mark.usefixtures("dumps")
def test_attached_messages_belong_to_the_message_with_the_address() -> None:
    zipped_mail = "dump.zip:user@host.eml"
    assert sources(zipped_mail, attached=True) == [zipped_mail, *(f"{zipped_mail}:attached:{n}" for n in (1, 2, 3))]
    assert sources("dump.zip:2", attached=True) == ["dump.zip:inbox/2.eml"]


WANTED = mail(1).replace(b"m1@a.example", b"wanted@x.example")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(WANTED.replace(b"<wanted", b"\r\n <wanted"), None, id="folded"),
        pytest.param(WANTED.replace(b"<wanted@x.example>", b"wanted@x.example"), None, id="without-brackets"),
        pytest.param(WANTED.replace(b"Message-ID", b"MESSAGE-Id "), None, id="name-in-capitals"),
        pytest.param(WANTED.decode().encode("utf-16"), None, id="utf-16"),
        pytest.param(b"> " + WANTED.replace(b"\r\n", b"\r\n> "), None, id="quoted-lines"),
        pytest.param(mail(1, "References: <wanted@x.example>"), "no message with", id="in-another-field"),
        pytest.param(mail(1) + b"Message-ID: <wanted@x.example>\r\n", "no message with", id="in-the-body"),
        pytest.param(mail(1, "X-Message-ID: <wanted@x.example>"), "no message with", id="in-a-field-of-similar-name"),
    ],
)
def test_a_message_id_is_that_of_the_header_block(data: bytes, error: str | None, tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(data)
    (result,) = sources(f"{file}:<wanted@x.example>")
    assert (result == str(file)) if error is None else (error in result)


@pytest.mark.usefixtures("dumps")
def test_every_copy_with_a_message_id_is_selected() -> None:
    Path("copies.mbox").write_bytes(mbox(MAILS[0], MAILS[1], MAILS[0]))
    assert sources("copies.mbox:<m1@a.example>") == ["copies.mbox:1", "copies.mbox:3"]


def test_messages_on_standard_input_have_addresses() -> None:
    pasted = b"".join(data.removesuffix(b"Hello\r\n") for data in MAILS[:3])
    assert sources("-:2", stdin=pasted) == ["-:2"]
    assert sources("-:<m3@a.example>", stdin=mbox(*MAILS)) == ["-:3"]
    assert sources("-:attached:2", stdin=NESTED) == ["-:attached:2"]
    assert sources("-:4", stdin=pasted) == ["-:4: no such message; standard input has 3 messages (-:1 to -:3)"]
    assert sources("-:1", stdin=None) == ["-: standard input is closed or already read; use - only once, or a file"]


@pytest.mark.usefixtures("dumps")
def test_several_addresses_select_messages_of_a_redirected_file() -> None:
    """A pipe is read only once."""
    with Path("dump.mbox").open("rb") as redirected:
        assert [result.source for result in read("-:3", "-:1", "-:5", stdin=redirected)] == ["-:3", "-:1", "-:5"]
    once = "-: standard input is closed or already read; use - only once, or a file"
    pipe = Trickle(mbox(*MAILS), 1 << 20)
    assert sources("-:3", "-:1", stdin=BufferedReader(pipe)) == ["-:3", once]
    with Path("dump.mbox").open("rb") as redirected:
        assert sources("-", "-:1", stdin=redirected)[-1] == once


@pytest.mark.usefixtures("dumps")
def test_an_error_of_the_container_takes_the_place_of_the_message() -> None:
    Path("broken.zip").write_bytes(Path("dump.zip").read_bytes()[:-30])
    assert [error.partition(":")[0] for error in sources("broken.zip:inbox/1.eml")] == ["broken.zip"]
    Path("empty.mbox").write_bytes(b"")
    assert sources("empty.mbox:1") == ["empty.mbox: empty; use a message or its headers"]


def test_reading_ends_at_the_message(tmp_path: Path) -> None:
    """No more than the pieces with the first three messages is read, and no further member is opened."""
    big = b"".join([*MAILS[:3], b"x" * 60 + b"\r\n"]) + b"y\r\n" * (1 << 20)
    (tmp_path / "big.mbox").write_bytes(mbox(*MAILS[:3], big, big))
    taken: list[int] = []

    class Measured(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            taken.append(len(data))
            return data

    assert [result.source for result in read("-:3", stdin=Measured((tmp_path / "big.mbox").read_bytes()))] == ["-:3"]
    assert sum(taken) < 1 << 20
    damaged = zipped({"a.eml": MAILS[0], "b.eml": MAILS[1]}).replace(b"a.eml", b"\0.eml", 1)  # a.eml cannot be opened
    (tmp_path / "dump.zip").write_bytes(damaged)
    assert sources(f"{tmp_path}/dump.zip:b.eml") == [f"{tmp_path}/dump.zip:b.eml"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("dump.mbox", "dump.mbox"),
        ("dump.mbox:3", "dump.mbox"),
        ("-", "-"),
        ("-:3", "-"),
        ("none:3", "none:3"),
        ("C:\\none.eml", "C:\\none.eml"),
        (":3", ":3"),
        ("\0:3", "\0:3"),
        ("folder:<a@b>", "folder"),
        (f"folder{os.sep}b.mbox:1:attached:2", f"folder{os.sep}b.mbox"),
    ],
)
@pytest.mark.usefixtures("dumps")
def test_the_container_is_the_longest_name_that_exists(path: str, expected: str) -> None:
    assert container(path) == expected


def test_a_windows_path_keeps_its_drive(monkeypatch: pytest.MonkeyPatch) -> None:
    existing = {"C", "C:", "C:\\mail\\dump.mbox"}
    monkeypatch.setattr(os.path, "splitdrive", ntpath.splitdrive)
    monkeypatch.setattr(os.path, "exists", existing.__contains__)
    monkeypatch.setattr(os.path, "lexists", existing.__contains__)
    assert container("C:\\mail\\dump.mbox:3") == "C:\\mail\\dump.mbox"
    assert container("C:\\mail\\dump.mbox:<a@b.example>") == "C:\\mail\\dump.mbox"
    assert container("C:\\mail\\none.mbox:3") == "C:\\mail\\none.mbox:3"


MANY = st.lists(st.sampled_from([*MAILS, NESTED]), min_size=1, max_size=3)


def _leaf(mails: list[bytes], kind: str) -> tuple[str, bytes]:
    if kind == "json":
        return "list.json", json.dumps([{"raw": data.decode()} for data in mails]).encode()
    if kind == "jsonl":
        return "list.jsonl", b"".join(json.dumps({"raw": data.decode()}).encode() + b"\n" for data in mails)
    if kind == "msg":
        return "item.msg", compound(item(mails[0].decode(), [item(data.decode()) for data in mails[1:]]))
    if kind == "paste":
        return "paste.txt", b"".join(data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for data in mails)
    if kind == "emlx":
        return "1.emlx", f"{len(mails[0])}\n".encode() + mails[0] + b"<plist/>"
    return ("mail.eml", mails[0]) if kind == "eml" else ("dump.mbox", mbox(*mails))


LEAVES = st.builds(_leaf, MANY, st.sampled_from(["json", "jsonl", "msg", "paste", "emlx", "eml", "mbox"]))


def _packed(files: list[tuple[str, bytes]], kind: str, folder: str) -> tuple[str, bytes]:
    named = {f"{folder}{number}/{name}": data for number, (name, data) in enumerate(files)}
    if kind == "gz":
        return f"{files[0][0]}.gz", gzip.compress(files[0][1])
    return ("a.zip", zipped(named)) if kind == "zip" else ("a.tar", tar(dict(named)))


FOLDERS = st.sampled_from(["", "a b/", "x:1/", "user@host.example/", "<id@host>/", "3:/", "attached:1/", "-:2/"])
ENTRIES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        _packed, st.lists(inner, min_size=1, max_size=3), st.sampled_from(["zip", "tar", "gz"]), FOLDERS
    ),
    max_leaves=5,
)


@given(entries=st.lists(ENTRIES, min_size=1, max_size=2), attached=st.booleans())
def test_every_source_is_the_address_of_its_message(
    entries: list[tuple[str, bytes]],
    attached: bool,  # noqa: FBT001 - an example
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("dump")
    for number, (name, data) in enumerate(entries):
        (folder / f"{number}-{name}").write_bytes(data)
    for result in _messages(read(folder, attached=attached)):
        (selected,) = (other for other in _messages(read(result.source)) if other.source == result.source)
        assert selected.data.startswith(result.data) or result.data.startswith(selected.data)
    for _, data in entries:
        for result in _messages(read("-", stdin=data, attached=attached)):
            assert result.source in [other.source for other in read(result.source, stdin=data)]


def _messages(results: list[Message | SourceError]) -> list[Message]:
    assert all(isinstance(result, Message) for result in results), results
    return [result for result in results if isinstance(result, Message)]
