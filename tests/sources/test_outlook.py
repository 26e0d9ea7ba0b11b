"""Outlook items: Internet headers are read, and hostile compound files are harmless."""

import sys
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.errors import SourceError
from hopscope.sources import Message, outlook
from hopscope.sources.entry import checked

from .compound import Tree, compound, item
from .helpers import MAIL, outcomes, read, zipped

HEADERS = "Received: from a by b; Tue, 31 Jul 2012 21:52:42 +1000\r\nSubject: Grüße\r\n\r\n"
NONE = "no Internet headers (a draft, a sent item, or never sent by SMTP); use the copy that a recipient received"


def test_internet_headers_are_read_for_any_file_name(tmp_path: Path) -> None:
    path = tmp_path / "item"
    path.write_bytes(compound(item(HEADERS)))
    assert outcomes(read(path)) == [(str(path), HEADERS.encode())]


@pytest.mark.parametrize("count", [1, 20, 50, 900])
def test_headers_of_any_length_are_read(count: int) -> None:
    headers = HEADERS.rstrip() + "".join(f"\r\nX-{number}: {'y' * 99}" for number in range(count))
    assert outcomes(read("-", stdin=compound(item(headers)))) == [("-", headers.encode())]


@pytest.mark.parametrize("recipients", [1, 140, 300])
def test_an_item_may_have_any_number_of_recipients(recipients: int) -> None:
    """Each recipient has several short streams, which the mini FAT lists."""
    tree = item(HEADERS)
    for number in range(recipients):
        tree[f"__recip_version1.0_#{number:08X}"] = {
            f"__substg1.0_{kind:04X}001F": b"x" * 40 for kind in (0x3001, 0x3003, 0x39FE, 0x5FF6)
        }
    assert outcomes(read("-", stdin=compound(tree))) == [("-", HEADERS.encode())]


def test_eight_bit_headers_are_returned_unchanged() -> None:
    headers = HEADERS.encode("latin-1")
    assert outcomes(read("-", stdin=compound(item(headers)))) == [("-", headers)]


def test_headers_truncated_within_a_character_are_read() -> None:
    tree = {**item(None), "__substg1.0_007D001F": HEADERS.encode("utf-16-le")[:-3]}
    assert outcomes(read("-", stdin=compound(tree))) == [("-", (HEADERS[:-2] + "\ufffd").encode())]


@pytest.mark.parametrize("headers", [None, "", b""], ids=["none", "empty", "empty-in-eight-bits"])
def test_an_item_without_headers_is_reported(headers: str | bytes | None) -> None:
    assert outcomes(read("-", stdin=compound(item(headers)))) == [f"-: {NONE}"]


def test_items_attached_to_an_item_are_read_on_request() -> None:
    inner = item(HEADERS.replace("from a", "from c"), [item(HEADERS.replace("from a", "from d"))])
    data = compound(item(HEADERS, [inner, item(None)]))
    assert outcomes(read("-", stdin=data)) == [("-", HEADERS.encode())]
    assert outcomes(read("-", stdin=data, attached=True)) == [
        ("-", HEADERS.encode()),
        ("-:attached:1", HEADERS.replace("from a", "from c").encode()),
        ("-:attached:2", HEADERS.replace("from a", "from d").encode()),
        f"-:attached:3: {NONE}",
    ]


@pytest.mark.parametrize("own", [None, HEADERS.replace("Subject", "From: postmaster@b.example\r\nSubject")])
@pytest.mark.parametrize("is_text", [True, False], ids=["text", "properties"])
def test_a_report_is_read_as_the_message_that_it_returns(own: str | None, is_text: bool) -> None:  # noqa: FBT001
    lines = ("Generating server: ex1.b.example", "x@c.example", "mx.c.example", "#550 5.1.1 unknown ##")
    text = "\r\n".join(("Diagnostic information for administrators:", *lines))
    recipient = {"0C1B": lines[3], "39FE": lines[1], "0C21": lines[2]}
    properties = {"001A": "REPORT.IPM.Note.NDR", **({"1000": text} if is_text else {"6820": "ex1.b.example"})}
    tree = item(own, [item(HEADERS.replace("from a", "from c"))]) | streams(properties)
    if not is_text:
        tree["__recip_version1.0_#00000000"] = {"__properties_version1.0": bytes(8), **streams(recipient)}
    (message,) = read("-", stdin=compound(tree))
    assert read("-", stdin=compound(tree), attached=True) == [message]
    assert isinstance(message, Message)
    route = hopscope.read(message.data)
    (status,) = route.delivery_status
    assert [hop.peer for hop in route.hops] == ["c"]
    assert (status.recipient, status.status, status.reporting_mta) == ("x@c.example", "5.1.1", "ex1.b.example")
    assert (status.remote_mta, status.action) == ("mx.c.example", "failed")


def streams(properties: dict[str, str]) -> Tree:
    return {f"__substg1.0_{name}001F": value.encode("utf-16-le") for name, value in properties.items()}


def test_an_item_in_an_archive_is_read() -> None:
    archive = zipped({"a.msg": compound(item(HEADERS)), "b.eml": MAIL})
    assert outcomes(read("-", stdin=archive)) == [("-:a.msg", HEADERS.encode()), ("-:b.eml", MAIL)]


@pytest.mark.parametrize(
    ("frozen", "error"),
    [
        (False, "needs olefile; pip install 'hopscope[outlook]'"),
        (
            True,
            (
                "needs olefile, which this program was built without; "
                "install hopscope with Python: pip install 'hopscope[outlook]'"
            ),
        ),
    ],
)
def test_without_olefile_the_error_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
    frozen: bool,  # noqa: FBT001
    error: str,
) -> None:
    monkeypatch.setitem(sys.modules, "olefile", None)
    monkeypatch.setattr(sys, "frozen", frozen, raising=False)
    archive = zipped({"a.msg": compound(item(HEADERS)), "b.eml": MAIL})
    assert outcomes(read("-", stdin=archive)) == [
        f"-:a.msg: reading Outlook items {error}",
        ("-:b.eml", MAIL),
    ]


def test_headers_above_the_limit_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlook, "MAX_HEADERS", 100)
    assert outcomes(read("-", stdin=compound(item(HEADERS)))) == [
        "-: Internet headers larger than 0 MiB; save them as text"
    ]


def test_a_file_above_the_limit_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlook, "MAX_FILE", 1 << 10)
    assert outcomes(read("-", stdin=compound(item(HEADERS)))) == [
        "-: more than 0 MiB; save its Internet headers as text"
    ]


def patched(offset: int, value: int, size: int = 4, *, tree: Tree | None = None) -> bytes:
    data = bytearray(compound(tree or item(HEADERS)))
    data[offset : offset + size] = value.to_bytes(size, "little")
    return bytes(data)


def root(data: bytes) -> int:
    """Offset of the directory."""
    return data.index("Root Entry".encode("utf-16-le"))


ROOT_SIZE = root(compound(item(HEADERS))) + 120
HOSTILE = [
    pytest.param(compound(item(HEADERS))[:300], "truncated header", id="cut-off"),
    pytest.param(patched(30, 40, 2), "invalid sector size", id="sectors-of-a-tebibyte"),
    pytest.param(patched(30, 0, 2), "invalid sector size", id="sectors-of-a-byte"),
    pytest.param(patched(44, 1 << 31), "invalid table sizes", id="endless-table"),
    pytest.param(patched(64, 1 << 31), "invalid table sizes", id="endless-small-table"),
    pytest.param(patched(ROOT_SIZE, 1 << 31), "mini stream larger than the file", id="endless-small-streams"),
    pytest.param(compound({**item(None), "__substg1.0_007D001F": {}}), "object is not an OLE stream", id="storage"),
]


@pytest.mark.parametrize(("data", "reason"), HOSTILE)
def test_an_invalid_compound_file_is_reported(data: bytes, reason: str) -> None:
    assert outcomes(read("-", stdin=data)) == [f"-: damaged ({reason}); use an intact copy"]


def test_another_compound_file_is_reported() -> None:
    assert outcomes(read("-", stdin=compound({"WordDocument": b"x"}))) == [
        "-: a compound file, but not an Outlook item; save the message as .msg or .eml"
    ]


def test_a_stream_with_a_huge_declared_size_is_reported() -> None:
    data = bytearray(compound(item(HEADERS)))
    size = data.index("__substg1.0_007D001F".encode("utf-16-le")) + 120
    data[size : size + 4] = b"\xff\xff\xff\x7f"
    (result,) = outcomes(read("-", stdin=bytes(data)))
    assert result == "-: Internet headers larger than 2 MiB; save them as text"


def test_a_directory_that_is_one_long_chain_is_read_or_reported() -> None:
    tree = {**item(HEADERS), **{f"__substg1.0_{number:08X}": b"" for number in range(5000)}}
    (result,) = read("-", stdin=compound(tree))
    assert isinstance(result, Message | SourceError)


@pytest.mark.parametrize("count", [100, 2000])
def test_a_directory_above_the_limit_is_not_loaded(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from olefile import OleFileIO

    monkeypatch.setattr(outlook, "MAX_ENTRIES", 1000)
    tree = item(HEADERS)
    for number in range(count // 2):
        tree[f"__recip_version1.0_#{number:08X}"] = {"__properties_version1.0": b""}
    load = OleFileIO._load_direntry  # noqa: SLF001 - counts the work
    with patch.object(OleFileIO, "_load_direntry", autospec=True, side_effect=load) as loaded:
        (result,) = outcomes(read("-", stdin=compound(tree)))
    error = "-: a directory with more than 1,000 entries, or a circular one; save its Internet headers as text"
    assert result == (("-", HEADERS.encode()) if count < 1000 else error)
    assert loaded.called is (count < 1000)


@pytest.mark.parametrize("own", [True, False], ids=["itself", "the-first-sector"])
def test_a_circular_directory_is_refused(own: bool) -> None:  # noqa: FBT001 - a table
    data = bytearray(compound({**item(HEADERS), **{f"__substg1.0_{number:08X}": b"" for number in range(50)}}))
    first = int.from_bytes(data[48:52], "little")
    fat = 512 * (1 + int.from_bytes(data[76:80], "little"))
    last = first if own else next(s for s in range(first, first + 99) if data[fat + 4 * s + 3] == 0xFF)
    data[fat + 4 * last : fat + 4 * last + 4] = first.to_bytes(4, "little")
    assert outcomes(read("-", stdin=bytes(data))) == [
        "-: a directory with more than 32,768 entries, or a circular one; save its Internet headers as text"
    ]


SMALL = compound(item(HEADERS, [item(HEADERS)]))


def test_a_file_cut_off_anywhere_gives_messages_or_errors() -> None:
    for end in range(0, len(SMALL), 3):
        assert all(isinstance(one, Message | SourceError) for one in read("-", stdin=SMALL[:end], attached=True))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 80) | st.integers(0, len(SMALL)),
            st.binary(min_size=1, max_size=4) | st.sampled_from([b"\xff\xff\xff\xff", bytes(4), b"\x01\0\0\0"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_damaged_file_gives_messages_or_errors(damage: list[tuple[int, bytes]]) -> None:
    data = bytearray(SMALL)
    for start, value in damage:
        data[start : start + len(value)] = value
    results = read("-", stdin=BytesIO(data), attached=True)
    assert results
    assert all(isinstance(one, Message | SourceError) for one in results)


def test_a_library_that_recurses_too_deeply_is_reported_in_words() -> None:
    def endless() -> None:
        endless()

    with pytest.raises(SourceError, match=r"a\.msg: damaged \(nested too deeply\); use"):
        checked("a.msg", endless)
