"""Redacted tracking logs: the same events under pseudonyms, and no name of the original."""

import gzip
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from hopscope.api import read
from hopscope.errors import SourceError
from hopscope.model import TrackingEvent
from hopscope.redaction import Aliases, redact
from hopscope.tracking.index import open_index
from hopscope.tracking.redact import is_log, redacted
from tests.tracking.logs import CMDLET, EXTENDED, LOG, PIECES, SUMMARY, TRACE, log, received, table

KEY = b"a key for tests, and for nothing else"


def shown(path: Path) -> str:
    return "".join(redacted(str(path), Aliases(KEY)))


def events(path: Path, message_id: str) -> tuple[TrackingEvent, ...]:
    problems: list[SourceError] = []
    with open_index([str(path)], None, problems.append) as index:
        assert not problems
        return index.events(message_ids=[message_id])


@pytest.mark.parametrize(
    ("log_name", "sample"),
    [
        ("EX19-01/MSGTRK2024060318-1.LOG", "exchange-2019-inbound.eml"),
        ("EX19-01/MSGTRKMD2024060318-1.LOG", "exchange-2019-inbound.eml"),
        ("EX19-02/MSGTRK2024060318-1.LOG", "exchange-2019-inbound.eml"),
        ("exchange-2019-inbound.csv", "exchange-2019-inbound.eml"),
        ("exchange-online-inbound.csv", "exchange-online-inbound.eml"),
    ],
)
def test_a_redacted_header_finds_its_redacted_events(samples: Path, tmp_path: Path, log_name: str, sample: str) -> None:
    path = tmp_path / Path(log_name).name
    path.write_text(shown(samples / "tracking" / log_name), newline="")
    route = read((samples / sample).read_bytes())
    message = read(redact(route, Aliases(KEY)).text)
    before = events(samples / "tracking" / log_name, route.message_id or "")
    after = events(path, message.message_id or "")
    assert before
    assert [kept(event) for event in after] == [kept(event) for event in before]
    servers = {
        domain.domain for hop in message.hops for domain in (hop.stamp.by_domain, hop.stamp.from_domain) if domain
    }
    first_labels = {server.partition(".")[0].lower() for server in servers if server}
    names = {name.partition(".")[0].lower() for event in after for name in (event.client, event.server) if name}
    assert names <= first_labels
    assert {event.position.rpartition(":")[2] for event in after} == {
        event.position.rpartition(":")[2] for event in before
    }


def kept(event: TrackingEvent) -> object:
    """What redaction keeps of an event."""
    return (
        (event.time, event.local_time, event.event, event.source, event.total_bytes, event.directionality),
        (event.next_retry, event.arrived_at, len(event.recipients), len(event.recipient_status)),
        (event.client is None, event.server is None, event.logged_by == event.server, event.client_ip is None),
        event.reply if event.reply and event.reply.startswith("4") else bool(event.reply),
        re.findall(r"TOTAL-[A-Z]+=[0-9.]+", event.message_info or ""),
    )


PRIVATE = "secretword"
COLUMNS = {"log": LOG, "cmdlet": CMDLET, "extended": EXTENDED, "summary": SUMMARY, "trace": TRACE}
CELLS = (
    "{}",
    "{}.corp.example",
    "EX1\\{}",
    "<a@{}.example>",
    "{}@b.example;c@{}.example",
    "<{}>",
    "550 5.1.1 {}@corp.example unknown",
    "[{{LED=550 5.7.1 {}}};{{MSG={}}};{{FQDN={}}};{{IP={}}};{{LRT={}}}]",
    "a@b.example##Receive, {}",
    "{}##Deliver",
    "08DC83E7A1B20C41;2024-06-03T18:02:35.043Z;{}",
    "{}=250 2.6.0 {} queued",
    "2024-06-03T18:02:35Z;SRV={}.example:TOTAL-{}=1|{}=2",
    "S:DeliveryPriority={};S:{}=Normal;S:FirstForestHop={}.example;S:ProxyHop1={}({})",
    "[DeliveryPriority, {}];[{}, x]",
    "System.{}[]",
    "3f1c8a52-9d04-4b7e-6a21-{}",
    "2024-06-03T18:02:35Z{}",
)


@pytest.mark.parametrize("form", COLUMNS)
@given(cells=st.lists(st.sampled_from(CELLS), min_size=30, max_size=30))
def test_no_word_of_the_original_remains(tmp_path_factory: pytest.TempPathFactory, form: str, cells: list[str]) -> None:
    columns = COLUMNS[form]
    row = {column: cell.replace("{}", PRIVATE) for column, cell in zip(columns, cells, strict=False)}
    text = table([*columns, PRIVATE], row)
    if form == "log":
        text = f"#Software: {PRIVATE}\r\n#Version: {PRIVATE}\r\n#{PRIVATE}: x\r\n#Date: {PRIVATE}\r\n#Fields: {text}"
    path = tmp_path_factory.getbasetemp() / "private.csv"
    path.write_text(text, newline="")
    output = shown(path)
    assert len(output.splitlines()) >= 2
    assert PRIVATE not in output.lower()


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), min_size=1, max_size=12))
@example([b"Timestamp,EventId,MessageId\rx,y"])
def test_any_bytes_are_redacted(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"".join(pieces))
    with suppress(SourceError):
        output = shown(path)
        assert output.isascii()
        assert output.replace("\n", "").replace("\t", "").isprintable()


def test_the_form_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "MSGTRK.LOG"
    path.write_text(log(received(message_subject="Re: x, y")) + "damaged\r\n", newline="")
    lines = shown(path).splitlines()
    assert lines[:5] == log().splitlines()
    assert len(lines) == 6


def test_subjects_and_unknown_values_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "MSGTRK.LOG"
    path.write_text(log(received(message_subject="x", event_id="NEWEVENT", total_bytes="many")), newline="")
    (event,) = [*read_events(path)]
    assert (event.subject, event.event, event.total_bytes) == (None, "", None)


def read_events(path: Path) -> list[TrackingEvent]:
    path.write_text(shown(path), newline="")
    with open_index([str(path)], None, print) as index:
        return [replace(message.last_event, position="") for message in index.messages()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [(log(), True), ("\ufeff" + table(CMDLET), True), ("Received: from a by b\r\n", False), ("", False)],
)
def test_logs_are_recognised(tmp_path: Path, text: str, expected: bool) -> None:  # noqa: FBT001 - a column
    path = tmp_path / "x"
    for encoding in ("utf-8", "utf-16"):
        path.write_text(text, encoding=encoding, newline="")
        assert is_log(str(path)) == expected
        path.write_bytes(gzip.compress(path.read_bytes()))
        assert is_log(str(path)) == expected
    path.write_bytes(b"\x1f\x8b\x08damaged")
    assert not is_log(str(path))
    assert not is_log(str(tmp_path))
