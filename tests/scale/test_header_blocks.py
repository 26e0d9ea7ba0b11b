"""What is stored of a message is read as the same message."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.errors import SourceError
from hopscope.model import Route
from hopscope.parser.fields import MAX_BLOCK
from hopscope.scale.header_blocks import header_block
from hopscope.scale.reading import route_of
from hopscope.sources import Message, messages
from hopscope.sources.content import read_bytes
from tests import corpora

HEADER = b"Received: from a.example by b.example with ESMTP; Tue, 31 Jul 2012 21:52:42 +1000\nSubject: x\n\n"
SEPARATOR = b"From a@a.example Tue Jul 31 21:52:42 2012\n"


def stored(item: Message) -> list[Route | SourceError]:
    """The routes of what is stored of a message."""
    return list(map(route_of, read_bytes(item.source, header_block(item))))


def same(item: Message) -> bool:
    """Whether the stored bytes are read as the message."""
    (route,) = stored(item)
    expected = route_of(item)
    if isinstance(route, SourceError) and isinstance(expected, SourceError):
        return route.source == expected.source
    return route == expected


def read(folder: Path, name: str, data: bytes) -> list[Message]:
    """The messages of a file with this content."""
    file = folder / name
    file.write_bytes(data)
    return [item for item in messages([str(file)], None) if isinstance(item, Message)]


def test_samples_are_the_same(samples: Path) -> None:
    found = [item for item in messages([str(samples)], None) if isinstance(item, Message)]
    assert found
    assert [item.source for item in found if not same(item)] == []


@pytest.mark.parametrize("body", [b"", b"\nText of the body.\n" * 50])
def test_the_corpora_are_the_same(body: bytes) -> None:
    items = [Message(source=f"x:{n}", data=block + b"\n\n" + body) for n, block in enumerate(corpora.blocks())]
    assert [item.source for item in items if not same(item)] == []


PIECES = (
    b"Received:|received :|From:|Date: |Subject: x|Message-ID: <1@a.example>|From a@a.example Tue Jul 31 21:52:42 2012"
    b"|\nFrom |from| by |with mapi|id 15.0.466.13|a.example|; 31 Jul 2012 21:52:42 +1000|(|)|;|[1|PK\x03\x04|BZh"
    b'|{"raw": "|> |<br>|&lt;|=3D|=\n|\n|\r\n|\r|\n |\n\n|\n\n\n| \n|\xc2\xa0|\xff\xfe|\xff|\x00|\x1b[31m'
    b"|Return-Path: <>\n|Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n|Original message headers:\n"
).split(b"|")


@given(data=st.lists(st.sampled_from([HEADER, SEPARATOR, *PIECES]), max_size=8).map(b"".join))
def test_any_message_of_an_mbox_file_is_the_same(data: bytes) -> None:
    items = [item for item in read_bytes("x.mbox", SEPARATOR + HEADER + SEPARATOR + data) if isinstance(item, Message)]
    noted = {"mbox-from-line"}  # by the search for separators, not by the message
    assert [item for item in items if not same(item) and (item.problem is None or item.problem.code not in noted)] == []


def test_bodies_are_not_stored(tmp_path: Path) -> None:
    body = b"Confidential text.\n" * 9000
    archive = tmp_path / "mail.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.eml", HEADER + body)
    files = [str(archive), *map(str, (tmp_path / "a.eml", tmp_path / "a.mbox"))]
    (tmp_path / "a.eml").write_bytes(HEADER + body)
    (tmp_path / "a.mbox").write_bytes(SEPARATOR + HEADER + body)
    found = [header_block(item) for item in messages(files, None) if isinstance(item, Message)]
    assert found == [HEADER, HEADER, b"From mbox\n" + HEADER]


REPORT = b"""From: MAILER-DAEMON@b.example
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; b.example

Final-Recipient: rfc822; c@c.example
Action: failed
Status: 4.4.7

--x
Content-Type: message/rfc822

"""


@pytest.mark.parametrize("above", [b"\n", b"\r\n\r\n", b"A note.\n\n"])
def test_a_body_is_not_stored_if_something_is_above_the_header(tmp_path: Path, above: bytes) -> None:
    (item,) = read(tmp_path, "a.eml", above + HEADER + b"Confidential text.\n" * 90)
    assert same(item)
    assert b"Confidential" not in header_block(item)


@pytest.mark.parametrize("above", [b"", SEPARATOR, b"From MAILER-DAEMON Tue Jul 31 21:52:42 2012\n"])
def test_of_a_report_the_returned_message_is_stored_without_its_body(tmp_path: Path, above: bytes) -> None:
    (item,) = read(tmp_path, "a.mbox", above + REPORT + HEADER + b"Confidential text.\n" * 9000 + b"\n--x--\n")
    expected = route_of(item)
    assert isinstance(expected, Route)
    assert expected.hops
    assert expected.delivery_status
    assert same(item)
    assert b"Confidential" not in header_block(item)


def test_received_fields_in_the_body_are_counted_again_and_the_body_is_not_stored(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "a.eml", HEADER + b"Confidential: text.\n\n" + HEADER + b"More text.\n")
    expected = route_of(item)
    assert isinstance(expected, Route)
    assert [defect.code for defect in expected.defects] == ["received-unread"]
    assert same(item)
    assert b"text." not in header_block(item)
    assert b"Confidential" not in header_block(item)


def test_a_header_block_that_is_too_long_is_noted_again(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "a.mbox", SEPARATOR + HEADER.rstrip() + b"\nX-Long: " + b"x" * MAX_BLOCK + b"\n\n")
    assert item.problem is not None
    assert same(item)


def test_an_mbox_separator_keeps_its_line_but_neither_sender_nor_date(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "a.mbox", SEPARATOR.replace(b"\n", b"\r\n") + HEADER.replace(b"\n", b"\r\n"))
    (route,) = stored(item)
    assert isinstance(route, Route)
    assert (route.source, route.hops[0].stamp.field.line) == (item.source, 2)
    assert b"2012\r\nReceived" not in header_block(item)
    assert b"a@a.example" not in header_block(item)
