"""The index: files of all kinds are read, and the rows of a message are found in them.

The module is over 300 lines because every kind of file and of damage has a case.
"""

import bz2
import errno
import gzip
import io
import lzma
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.errors import PartlyReadError, SourceError
from hopscope.model import TrackingEvent
from hopscope.sources.meter import Meter
from hopscope.tracking.index import TrackingIndex, open_index
from tests.tracking.logs import CMDLET, LOG, PIECES, TRACE, exported, log, received, table

NETWORK = "3f1c8a52-9d04-4b7e-6a21-08dc83f4c1b2"
OTHER = "c2a41f7e-0b6d-4f58-93aa-08dc83f51dd0"


def opened(
    *paths: Path | str, stdin: BinaryIO | None = None, problems: list[SourceError] | None = None
) -> TrackingIndex:
    reported: list[SourceError] = []
    index = open_index([str(path) for path in paths], stdin, (reported if problems is None else problems).append)
    assert problems is not None or not reported
    return index


def positions(index: TrackingIndex, *message_ids: str, network: tuple[str, ...] = ()) -> list[str]:
    """File and line of the events."""
    events = index.events(message_ids=message_ids, network_message_ids=network)
    return [event.position.rpartition("/")[2].rpartition("\\")[2] for event in events]


@pytest.fixture
def two_messages(tmp_path: Path) -> Path:
    path = tmp_path / "MSGTRK2024060318-1.LOG"
    rows = (
        received(),
        received(message_id="<A@b.example>", network_message_id=OTHER),
        received(event_id="AGENTINFO", message_id=""),
        received(event_id="SEND", message_subject='Re: "a", b'),
        received(event_id="NOTIFYMAPI", message_id="", network_message_id=""),
    )
    path.write_text(log(*rows), newline="")
    return path


@pytest.mark.parametrize(
    ("message_ids", "network", "lines"),
    [
        (["<a@b.example>"], [], [6, 8, 9]),
        (["a@b.example"], [], [6, 8, 9]),
        (["<A@b.example>"], [], [7]),
        ([], [NETWORK], [6, 8, 9]),
        ([], ["{" + NETWORK.upper() + "}"], [6, 8, 9]),
        ([], [NETWORK.replace("-", "")], [6, 8, 9]),
        (["<a@b.example>", "<A@b.example>"], [], [6, 7, 8, 9]),
        (["<c@b.example>"], [], []),
        ([""], [""], []),
        ([], [], []),
    ],
)
def test_events_of_a_message(two_messages: Path, message_ids: list[str], network: list[str], lines: list[int]) -> None:
    with opened(two_messages) as index:
        assert positions(index, *message_ids, network=tuple(network)) == [
            f"{two_messages.name}:{line}" for line in lines
        ]


def test_a_limit_of_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "MSGTRK.LOG"
    rows = [
        received(network_message_id=OTHER[:-2] + f"{number % 7:02}", total_bytes=str(number)) for number in range(40)
    ]
    path.write_text(log(*rows, *(row | {"message-id": "<c@d.example>"} for row in rows)), newline="")
    with opened(path) as index:
        assert len(index.events(message_ids=["<a@b.example>"])) == 80
        assert not index.is_limited
        monkeypatch.setattr("hopscope.tracking.index.MAX_EVENTS", 50)
        assert 40 <= len(index.events(message_ids=["<a@b.example>"])) <= 50
        assert index.is_limited


def test_a_limit_of_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "MSGTRK.LOG"
    path.write_text(log(*(received(message_subject="x" * size) for size in (1_000, 1_001, 1_002))), newline="")
    monkeypatch.setattr("hopscope.tracking.index._MAX_BYTES", 2_900)
    with opened(path) as index:
        assert [len(event.subject or "") for event in index.events(message_ids=["<a@b.example>"])] == [1_000, 1_001]
        assert index.is_limited
        assert [message.events for message in index.slowest()] == [2]


def test_an_index_in_another_process(two_messages: Path) -> None:
    with opened(two_messages) as index:
        with pickle.loads(pickle.dumps(index)) as copy:  # noqa: S301 - as multiprocessing does
            assert positions(copy, "<A@b.example>") == [f"{two_messages.name}:7"]
        assert positions(index, "<A@b.example>") == [f"{two_messages.name}:7"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a process with threads
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_an_index_in_a_forked_process(two_messages: Path) -> None:
    with opened(two_messages) as index:
        expected = positions(index, "<a@b.example>", "<A@b.example>")
        child = os.fork()
        if not child:
            is_same = positions(index, "<a@b.example>", "<A@b.example>") == expected
            index.close()
            os._exit(not is_same)
        assert os.waitpid(child, 0)[1] == 0
        assert positions(index, "<a@b.example>", "<A@b.example>") == expected


def test_temporary_files_are_removed(two_messages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with opened("-", stdin=io.BytesIO(two_messages.read_bytes())) as index:
        assert index.events(message_ids=["<a@b.example>"])
        private = [path.stat().st_mode & 0o77 == 0 for path in folder.iterdir()]
        assert private == [os.name == "posix"]
    assert list(folder.iterdir()) == []


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("report.csv", data)
    return out.getvalue()


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "UTF-8 with a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "UTF-16 without a mark": lambda data: data.decode().encode("utf-16-le"),
    "LF": lambda data: data.replace(b"\r\n", b"\n"),
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
    "CR": lambda data: data.replace(b"\r\n", b"\r"),
    "CR in UTF-16": lambda data: data.replace(b"\r\n", b"\r").decode().encode("utf-16"),
    "gzip of UTF-16": lambda data: gzip.compress(data.decode().encode("utf-16")),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings(name: str, two_messages: Path, tmp_path: Path) -> None:
    path = tmp_path / "trace.csv"
    path.write_bytes(ENCODINGS[name](two_messages.read_bytes()))
    with opened(path) as index, opened(two_messages) as expected:
        events = index.events(message_ids=["<a@b.example>"])
        assert [event.subject for event in events] == [None, None, 'Re: "a", b']
        assert [event.time for event in events] == [
            event.time for event in expected.events(message_ids=["<a@b.example>"])
        ]


@pytest.mark.parametrize("name", [name for name in ENCODINGS if not name.startswith(("CR", "zip"))])
def test_standard_input(name: str, two_messages: Path) -> None:
    with opened("-", stdin=io.BytesIO(ENCODINGS[name](two_messages.read_bytes()))) as index:
        assert positions(index, "<a@b.example>") == ["-:6", "-:8", "-:9"]


def test_folders(tmp_path: Path) -> None:
    for server in ("EX1", "EX2"):
        (tmp_path / server).mkdir()
        (tmp_path / server / "MSGTRK2024060318-1.LOG").write_text(log(received(server_hostname=server)), newline="")
        (tmp_path / server / "notes.txt").write_text("text")
    with opened(tmp_path, tmp_path / "EX1" / "MSGTRK2024060318-1.LOG") as index:
        assert [event.server for event in index.events(message_ids=["<a@b.example>"])] == ["EX1", "EX2"]


def test_a_row_that_two_files_have_is_one_event(two_messages: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.log"
    copy.write_bytes(two_messages.read_bytes())
    with opened(two_messages, copy) as index:
        assert positions(index, "<A@b.example>") == [f"{two_messages.name}:7"]
        assert positions(index, "<a@b.example>") == [f"{two_messages.name}:{line}" for line in (6, 8, 9)]


def test_quoted_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    row = exported("2024-06-03T18:02:35Z", SourceContext="one\r\ntwo\r\n", Recipients='a"b@c.example')
    path.write_text(table(CMDLET, row, row | {"MessageId": "<c@d.example>"}), newline="")
    with opened(path) as index:
        assert positions(index, "<a@b.example>", "<c@d.example>") == ["export.csv:2", "export.csv:5"]
        assert index.events(message_ids=["<c@d.example>"])[0].source_context == "one\r\ntwo\r\n"


def test_columns_that_change_within_a_file(tmp_path: Path) -> None:
    path = tmp_path / "MSGTRK.LOG"
    path.write_text(log(received(), columns=[*LOG[1:], LOG[0]]) + log(received(event_id="SEND")), newline="")
    with opened(path) as index:
        assert [event.event for event in index.events(message_ids=["<a@b.example>"])] == ["RECEIVE", "SEND"]


def test_header_rows_that_are_repeated(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(2 * table(CMDLET, exported("2024-06-03T18:02:35Z")), newline="")
    with opened(path) as index:
        assert len(list(index.messages())) == 1


def problem(tmp_path: Path, data: bytes | str, name: str = "x.log") -> tuple[str, str, bool]:
    """Reason and advice of the only problem of a file, and whether the rest of it was read."""
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    problems: list[SourceError] = []
    with opened(path, problems=problems):
        pass
    (error,) = problems
    assert error.source.startswith(str(path))
    return error.reason, error.advice, isinstance(error, PartlyReadError)


PROBLEMS: dict[str, tuple[bytes | str, str, bool]] = {
    "mail": ("Received: from a by b\n", "not a message tracking log", False),
    "empty": (b"", "not a message tracking log", False),
    "without ids": ("Timestamp,EventId,Source\r\n2024-06-03T18:02:35Z,SEND,SMTP\r\n", "no column with the ids", False),
    "damaged gzip": (gzip.compress(b"x" * 1000)[:-9], "damaged", False),
    "damaged zip": (b"PK\x03\x04", "damaged", False),
    "two damaged rows": (log(received()) + "a,b\r\n\r\nc\r\n", "2 damaged rows", True),
    "quotation mark": (log(received()) + '"' + "a\n" * 3, "3 damaged rows", True),
    "lost recipients": (
        table(CMDLET, exported("2024-06-03T18:02:35Z", Recipients="System.String[]")),
        "recipients unknown",
        True,
    ),
    "times that Excel saved": (table(CMDLET, exported("2024-06-03 18:02Z")), "without seconds", True),
    "zone": (table(CMDLET, exported("03.06.2024 18:02:35")), "unknown time zone", True),
    "order": (table(CMDLET, exported("3/6/2024 18:02:35")), "either order", True),
    "order, UTC": (
        table(TRACE, {"Received": "1/11/2024 10:00:03 AM", "MessageId": "<a@b.example>"}),
        "either order",
        True,
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems(tmp_path: Path, name: str) -> None:
    data, reason, partly = PROBLEMS[name]
    found, _, was_read = problem(tmp_path, data)
    assert reason in found
    assert was_read == partly


def test_missing_files(tmp_path: Path) -> None:
    problems: list[SourceError] = []
    with opened(tmp_path / "missing", tmp_path, "-", "a\0b", problems=problems) as index:
        assert list(index.messages()) == []
    assert len(problems) == 4


def test_a_quotation_mark_that_is_not_closed_costs_its_line(tmp_path: Path) -> None:
    path = tmp_path / "MSGTRK.LOG"
    rows = [received(message_id=f"<{number}@b.example>", network_message_id="") for number in range(5)]
    lines = log(*rows).replace("<2@", '"<2@').splitlines(keepends=True)
    path.write_text("".join(lines), newline="")
    problems: list[SourceError] = []
    with opened(path, problems=problems) as index:
        found = [message.message_id for message in index.messages()]
    assert found == ["<0@b.example>", "<1@b.example>", "<3@b.example>", "<4@b.example>"]
    assert [error.reason for error in problems] == ["1 damaged row skipped"]


def test_quotation_marks_in_two_rows_of_a_log_cost_only_these(tmp_path: Path) -> None:
    path = tmp_path / "MSGTRK.LOG"
    rows = [received(message_id=f"<{number}@b.example>", network_message_id="") for number in range(5)]
    path.write_text(log(*rows).replace("<1@", '"<1@').replace("<3@", '"<3@'), newline="")
    problems: list[SourceError] = []
    with opened(path, problems=problems) as index:
        found = [message.message_id for message in index.messages()]
    assert found == ["<0@b.example>", "<2@b.example>", "<4@b.example>"]
    assert [error.reason for error in problems] == ["2 damaged rows skipped"]


def test_a_line_without_end_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "MSGTRK.LOG"
    path.write_text(log() + "x" * 3_000_000 + "\r\n" + log(received()), newline="")
    problems: list[SourceError] = []
    with opened(path, problems=problems) as index:
        assert [message.message_id for message in index.messages()] == ["<a@b.example>"]
    assert [error.reason for error in problems] == ["1 damaged row skipped"]


@pytest.mark.parametrize("first", ["sep=;", "SEP=,", '"sep=;"', "sep=\t", "sep=;,,,"])
def test_the_line_in_which_excel_finds_the_separator(first: str, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    row = exported("03.06.2024 18:02:35", MessageInfo="2024-06-03T18:02:35.000Z", MessageLatency="00:00:00")
    path.write_text(f"{first}\r\n" + table(CMDLET, row, separator=";"), newline="")
    with opened(path) as index:
        assert positions(index, "<a@b.example>") == ["export.csv:3"]
        assert [message.events for message in index.messages()] == [1]


def test_a_log_and_its_export(two_messages: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    cells = {name: received()[column] for name, column in zip(CMDLET[1:9], EXPORTED, strict=True)}
    export.write_text(table(CMDLET, exported("2024-06-03T18:02:35.1720000Z") | cells), newline="")
    with opened(two_messages, export) as index:
        assert next(index.messages()).events == 2
        assert index.size == 3


EXPORTED = [LOG[2], LOG[4], LOG[5], LOG[7], LOG[8], LOG[10], LOG[11], LOG[12]]
"""The columns of a log that ``CMDLET`` has after the time."""


def test_the_slowest_messages(tmp_path: Path) -> None:
    path, export = tmp_path / "MSGTRK.LOG", tmp_path / "export.csv"
    ids = [f"<{number}@b.example>" for number in range(4)]
    rows = [
        received(message_id=id_, network_message_id="", date_time=f"2024-06-03T18:02:{second:02}.000Z")
        for start in (0, 10)
        for number, id_ in enumerate(ids)
        for second in [start + (5 * number if start else 0)]
    ]
    path.write_text(log(*rows, received(message_id="<no@time>", network_message_id="", date_time="")), newline="")
    export.write_text(table(CMDLET, exported("3/6/2024 18:02:35", MessageId="<local@time>")), newline="")
    with opened(path, export, problems=[]) as index:
        expected = [*reversed(ids), "<no@time>", "<local@time>"]
        assert [message.message_id for message in index.slowest()] == expected
        assert [message.message_id for message in index.slowest(2)] == expected[:2]
        assert [message.message_id for message in index.slowest()] == expected, "again"
        assert index.size == len(expected)
        assert [message.message_id for message in index.messages()] == [*ids, "<no@time>", "<local@time>"]


class Counted:
    """The progress of reading."""

    def __init__(self) -> None:
        self.meter = Meter()
        self.rows = 0

    def done(self, rows: int) -> None:
        self.rows += rows


def test_progress_of_listing(two_messages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hopscope.tracking.index._BATCH", 2)
    counted = Counted()
    with opened(two_messages) as index:
        list(index.slowest(1, counted))
    assert counted.rows == 4


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk(two_messages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "x.gz"
    packed.write_bytes(gzip.compress(two_messages.read_bytes()))
    with opened(two_messages) as index:
        monkeypatch.setattr(TrackingIndex, "_times", lambda *_: iter([("a", "b")]))  # as few values make SQLite fail
        with pytest.raises(SourceError, match="cannot be written"):
            list(index.slowest())
    monkeypatch.setattr("hopscope.tracking.files._spooled", no_space)
    problems: list[SourceError] = []
    with opened(packed, problems=problems):
        assert "free space" in problems[0].advice


def test_messages_in_outline(two_messages: Path) -> None:
    with opened(two_messages) as index:
        first, second, third = index.messages()
    assert (first.message_id, first.network_message_id, first.events) == ("<a@b.example>", NETWORK, 2)
    assert (first.subject, first.last_event.event) == ('Re: "a", b', "SEND")
    assert (second.message_id, second.subject) == ("<A@b.example>", None)
    assert (third.message_id, third.network_message_id) == (None, NETWORK)
    assert first.first_time == first.last_time is not None


def events_of(data: bytes, folder: Path) -> list[TrackingEvent]:
    path = folder / "any.csv"
    path.write_bytes(data)
    with opened(path, problems=[]) as index:
        return [message.last_event for message in index.messages()]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=12))
def test_any_bytes_are_read(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    for event in events_of(b"".join(pieces), tmp_path_factory.getbasetemp()):
        assert event.time is None or event.time.tzinfo
        assert event.local_time is None or event.time is None


@pytest.mark.parametrize("text", ["2024-06-13 오후 2:02:35", "13.6.2024 г. 14:02:35", "13 June 2024 14:02:35"])
def test_times_in_other_forms_are_reported(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tracking.csv"
    path.write_text(table(CMDLET, {"Timestamp": text, "EventId": "RECEIVE", "MessageId": "<a@b.example>"}), "utf-8")
    problems: list[SourceError] = []
    with opened(path, problems=problems) as index:
        (event,) = index.events(message_ids=["<a@b.example>"])
    assert (event.time, event.local_time) == (None, None)
    assert [error.reason for error in problems] == ["times in a form that is not read"]
