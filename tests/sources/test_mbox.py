"""mbox files: where messages start, how they are named, and memory use."""

import re
import tracemalloc
from collections.abc import Iterator
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO, cast
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.errors import SourceError
from hopscope.parser.fields import MAX_BLOCK, header_end
from hopscope.sources import Message, messages
from hopscope.sources import mbox as reading
from hopscope.sources.entry import PIECE

from .helpers import DATE, FROM, MAIL, Broken, Trickle, mbox, outcomes, read

HEADER = b"Received: from a by b; Tue, 31 Jul 2012 21:52:42 +1000\nSubject: x\n\n"


def data(results: list[Message | SourceError]) -> list[bytes]:
    assert all(isinstance(one, Message) for one in results), outcomes(results)
    return [one.data for one in results if isinstance(one, Message)]


def test_messages_are_numbered_and_only_their_header_blocks_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "any name"
    path.write_bytes(mbox(MAIL, MAIL * 2, MAIL))
    assert outcomes(read(path)) == [(f"{path}:{number}", FROM + HEADER) for number in (1, 2, 3)]


def test_standard_input_may_be_an_mbox_file() -> None:
    assert outcomes(read("-", stdin=mbox(MAIL, MAIL))) == [("-:1", FROM + HEADER), ("-:2", FROM + HEADER)]


def test_lines_may_end_in_crlf() -> None:
    text = mbox(MAIL, MAIL).replace(b"\n", b"\r\n")
    assert data(read("-", stdin=text)) == [(FROM + HEADER).replace(b"\n", b"\r\n")] * 2


@pytest.mark.parametrize("start", [b"\n", b"\r\n\r\n\n"])
def test_empty_lines_may_precede_the_first_message(start: bytes) -> None:
    assert data(read("-", stdin=start + mbox(MAIL, MAIL))) == [FROM + HEADER] * 2


SEPARATORS = [
    pytest.param(b"From a@example.com Tue Jul 31 21:52:42 2012", id="asctime"),
    pytest.param(b"From a@example.com  Wed Aug  1 21:52:42 2012", id="two-spaces"),
    pytest.param(b"From - Tue Jul 31 21:52:42 2012", id="thunderbird"),
    pytest.param(b"From ???@??? Tue Jul 31 21:52:42 2012", id="eudora"),
    pytest.param(b"From 1590000000000000000@xxx Tue Jul 31 21:52:42 +0000 2012", id="gmail-export"),
    pytest.param(b"From user at example.com  Tue Jul 31 21:52:42 2012", id="mailing-list-archive"),
    pytest.param(b'From "a b"@example.com Tue Jul 31 21:52:42 2012', id="quoted-sender"),
    pytest.param(b"From  Tue Jul 31 21:52:42 2012", id="no-sender"),
    pytest.param(b"From a Tue Jul 31 21:52 2012", id="no-seconds"),
    pytest.param(b"From a Tue Jul 31 21:52:42 MET DST 2012", id="zone-before-the-year"),
    pytest.param(b"From a Tue Jul 31 21:52:42 2012 +1000", id="zone-behind-the-year"),
    pytest.param(b"From a Tue Jul 31 21:52:42 2012 remote from b", id="uucp"),
    pytest.param(b"From a Tue, 31 Jul 2012 21:52:42 +1000", id="date-time-of-rfc-5322"),
    pytest.param(b"From a Tue Jul 31 21:52:42 2012\r", id="crlf"),
    pytest.param(b"From " + b"a" * 900 + b" Tue Jul 31 21:52:42 2012", id="long"),
]
OTHERS = [
    pytest.param(b"From here on, all is text", id="text"),
    pytest.param(b"From Tue to Wed", id="days"),
    pytest.param(b"From Tue Jul 31 we meet at noon", id="no-time"),
    pytest.param(b"From a Tue Jul 31 21:52:42", id="no-year"),
    pytest.param(b"From a Tue Jul 31 21:52:42 20123", id="no-such-year"),
    pytest.param(b"From a Die Jul 31 21:52:42 2012", id="no-such-day"),
    pytest.param(b"From aTue Jul 31 21:52:42 2012", id="no-space"),
    pytest.param(b">From a Tue Jul 31 21:52:42 2012", id="quoted"),
    pytest.param(b"from a Tue Jul 31 21:52:42 2012", id="lower-case"),
    pytest.param(b"From: a Tue Jul 31 21:52:42 2012", id="field"),
    pytest.param(b"From " + b"a" * 1000 + b" Tue Jul 31 21:52:42 2012", id="too-long"),
    pytest.param(b"From a\nTue Jul 31 21:52:42 2012", id="two-lines"),
]


@pytest.mark.parametrize("line", SEPARATORS)
def test_a_message_starts_after_such_a_line(line: bytes) -> None:
    end = b"\r\n" if line.endswith(b"\r") else b"\n"
    text = line.removesuffix(b"\r") + end + b"Subject: 1" + end + end + b"text" + end + end
    assert data(read("-", stdin=text * 3)) == [text[: text.index(b"text")]] * 3


@pytest.mark.parametrize("line", OTHERS)
def test_no_message_starts_after_such_a_line(line: bytes) -> None:
    assert data(read("-", stdin=mbox(MAIL + b"\n" + line + b"\nSubject: no\n", MAIL))) == [FROM + HEADER] * 2
    assert outcomes(read("-", stdin=line + b"\nSubject: 1\n\n"))[0][0] == "-"


def test_a_separator_must_follow_an_empty_line_or_precede_header_fields() -> None:
    assert len(read("-", stdin=FROM + MAIL + b"text\n" + FROM + MAIL)) == 2
    assert len(read("-", stdin=FROM + MAIL + b"text\n" + FROM + b"no: field of a message\n")) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param(b"Hello\n" + FROM + b"text\n" + FROM + b"text\n", 2, id="dated"),
        pytest.param(b"From \ntext\n", 1, id="without-sender"),
        pytest.param(b"From a@b.example\ntext\n", 1, id="with-sender"),
        pytest.param(b"From here on\n>From a@b.example\nFrom 10:30 on\n", 0, id="text"),
        pytest.param(b"", 0, id="none"),
    ],
)
@pytest.mark.parametrize("following", [b"", b"\n" + FROM + MAIL], ids=["last", "followed"])
def test_lines_that_look_like_separators_are_counted(text: bytes, count: int, following: bytes) -> None:
    first = read("-", stdin=FROM + MAIL + text + following)[0]
    assert isinstance(first, Message)
    assert (first.problem.message.split()[0] if first.problem else "0") == str(count)


def test_a_separator_may_end_the_file() -> None:
    assert data(read("-", stdin=mbox(MAIL) + FROM.rstrip())) == [FROM + HEADER, FROM.rstrip()]


def test_a_message_may_be_without_fields_or_without_body() -> None:
    assert data(read("-", stdin=mbox(b"", b"A: b\n", b"A: b\n\n"))) == [FROM + b"\n", *[FROM + b"A: b\n\n"] * 2]


def test_the_name_decides_if_the_first_line_does_not(tmp_path: Path) -> None:
    path = tmp_path / "x.MBOX"
    path.write_bytes(MAIL + b"\n" + mbox(MAIL))
    assert outcomes(read(path)) == [(f"{path}:1", MAIL[: MAIL.index(b"Hello")]), (f"{path}:2", FROM + HEADER)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [pytest.param(b"", "empty", id="empty"), pytest.param(bytes(range(5)) * 99, "not text", id="binary")],
)
def test_a_file_that_is_an_mbox_only_by_name_is_reported(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(content)
    assert [str(one).startswith(f"{path}: {reason}") for one in read(path)] == [True]


# Bodies with a separator and a Content-Length, and the number of messages.
INNER = b"one\n\n" + FROM + b"A: b\n\ntwo\n"
LENGTHS = [
    pytest.param(INNER, len(INNER), 2, id="right"),
    pytest.param(INNER, len(INNER) + 1, 2, id="right-with-the-empty-line"),
    pytest.param(INNER, len(INNER) - 1, 2, id="right-without-the-last-line-end"),
    pytest.param(INNER, len(INNER) - 2, 4, id="too-small"),
    pytest.param(INNER, len(INNER) + 9, 4, id="too-large"),
    pytest.param(INNER, 0, 4, id="zero"),
    pytest.param(INNER, 10**14, 4, id="beyond-all"),
    pytest.param(b"x" * 3 * PIECE + b"\n\n" + INNER, 3 * PIECE + 2 + len(INNER), 2, id="large"),
    pytest.param(b"x\n" * PIECE, 3, 2, id="small-for-a-large-body"),
]


def with_length(body: bytes, length: int) -> bytes:
    return FROM + b"Received: x\nContent-Length: %d\n\n" % length + body


@pytest.mark.parametrize(("body", "length", "count"), LENGTHS)
def test_a_separator_in_a_body_is_text_if_content_length_is_right(body: bytes, length: int, count: int) -> None:
    assert len(read("-", stdin=(with_length(body, length) + b"\n") * 2)) == count


def test_content_length_is_ignored_beyond_the_buffer() -> None:
    far = INNER + b"x" * reading.LOOK_AHEAD + b"\n"
    assert len(read("-", stdin=(with_length(far, len(far)) + b"\n") * 2)) == 4


def test_a_body_ended_by_content_length_needs_no_empty_line() -> None:
    text = with_length(b"text\n", 5) * 2
    assert data(read("-", stdin=text)) == [text[: text.index(b"text")]] * 2


@pytest.mark.parametrize("length", [b"", b"x", b"-1", b"1 2", b"9" * 40])
def test_a_content_length_that_is_not_a_number_is_ignored(length: bytes) -> None:
    assert len(read("-", stdin=mbox(b"Received: x\nContent-Length: " + length + b"\n\n" + INNER))) == 2


def test_text_quoted_in_the_body_does_not_make_a_header_block_longer() -> None:
    assert data(read("-", stdin=mbox(MAIL + b"> Received: from c by d\n", MAIL))) == [FROM + HEADER] * 2


def test_a_damaged_header_block_is_returned_with_the_text_after_it() -> None:
    damaged = FROM + b"no field\n\nReceived: from c by d\n\nSubject: x\n\n"
    assert data(read("-", stdin=damaged * 2)) == [damaged] * 2


def test_a_header_block_of_any_size_is_read_up_to_the_limit() -> None:
    large = b"Received: x\n" + b"X: y\n" * (PIECE // 4) + b"\n"
    small, endless = read("-", stdin=mbox(large + b"z" * PIECE * 4 + b"\n", b"X: y\n" * MAX_BLOCK))
    assert isinstance(small, Message)
    assert isinstance(endless, Message)
    assert small.data.startswith(FROM + large)
    assert endless.problem is not None
    assert len(endless.data) == MAX_BLOCK


def test_a_binary_message_is_reported_and_the_others_are_read() -> None:
    assert outcomes(read("-", stdin=mbox(bytes(range(5)) * 99 + b"\n", MAIL))) == [
        "-:1: not text; save the message as .eml, or use its headers",
        ("-:2", FROM + HEADER),
    ]


def test_messages_before_an_io_error_are_returned() -> None:
    stdin = BufferedReader(Broken(OSError(5, "Input/output error"), mbox(MAIL, *[b"A: b\n\n" + b"x\n" * PIECE] * 3)))
    first, *_, last = outcomes(read("-", stdin=stdin))
    assert first == ("-:1", FROM + HEADER)
    assert last == "-: cannot be read (Input/output error); check the path and the file"


def by_lines(text: bytes) -> list[bytes]:
    """The messages of an mbox file by the separator rule."""
    found = [b""]
    before = b""
    for line in re.findall(rb"[^\n]*\n|[^\n]+\Z", text):
        if before in {b"\n", b"\r\n"} and line.startswith(b"From ") and DATE in line and len(line) <= 1000:
            found.append(b"")
        found[-1] += line
        before = line
    return found


LINES = st.sampled_from(
    [
        *(
            b"\n",
            b"\n",
            b"\r\n",
            FROM,
            FROM,
            FROM.replace(b"\n", b"\r\n"),
            FROM * 2,
            b"A: b\n",
            b"\r",
            b"From",
            b"From x\n",
        ),
        *(
            b"x" * 300 + b"\n",
            b"y" * 1200 + b"\n",
            *(b"From " + b"y" * size + b" " + DATE + b"\n" for size in (940, 980)),
        ),
    ]
)


@given(st.lists(LINES, max_size=40), st.integers(9, 3000), st.lists(st.integers(0, 2000), max_size=40))
def test_messages_start_by_the_separator_rule_for_any_block_size(
    lines: list[bytes], block: int, sizes: list[int]
) -> None:
    text = FROM + b"".join(lines)
    expected = by_lines(text)
    with patch.object(reading, "_BLOCK", block):
        box = reading._Mailbox(BytesIO(text))  # noqa: SLF001 - the size of blocks is nobody else's matter
        for message in expected:
            assert box.next()
            size = sizes.pop() if sizes else 0
            assert box.read(size) == message[:size]
        assert not box.next()


BODIES = st.lists(st.sampled_from([b"\n", FROM, b"text", b"\r\n", b"A: b\n", b"y" * 800]), max_size=12).map(b"".join)


@given(st.lists(BODIES, min_size=1, max_size=8), st.integers(100, 3000))
def test_content_length_separates_messages_with_any_bodies(bodies: list[bytes], block: int) -> None:
    written = [with_length(body, len(body)) for body in bodies]
    with patch.object(reading, "_BLOCK", block):
        box = reading._Mailbox(BytesIO(b"\n".join([*written, b""])))  # noqa: SLF001
        found = []
        while box.next():
            found.append(b"".join(iter(lambda: box.read(500), b"")))
    assert [one.rstrip(b"\r\n") for one in found] == [one.rstrip(b"\r\n") for one in written]


@given(st.binary(max_size=300), st.integers(1, 99))
def test_any_bytes_after_a_separator_are_messages_or_errors(content: bytes, at_most: int) -> None:
    results = read("-", stdin=BufferedReader(Trickle(FROM + content, at_most)))
    assert [one.source for one in results] == [f"-:{number}" for number in range(1, len(results) + 1)]


class Endless:
    """A stream of messages that are generated while it is read."""

    closed = False

    def __init__(self, message: bytes, count: int) -> None:
        self._pieces = self._messages(message, count)
        self._left = b""

    @staticmethod
    def _messages(message: bytes, count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield message

    def seekable(self) -> bool:
        return False

    def isatty(self) -> bool:
        return False

    def read(self, size: int, /) -> bytes:
        while len(self._left) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._left += piece
        data, self._left = self._left[:size], self._left[size:]
        return data


BODIES_OF_ANY_SIZE = [
    pytest.param(b"x", 0, id="one-line"),
    pytest.param(b"\0", 0, id="nuls"),
    pytest.param(b"\n", 0, id="empty-lines"),
    pytest.param(b"\n\r\r", 0, id="cr"),
    pytest.param(b"x" * 70 + b"\r\n", 0, id="crlf"),
    pytest.param(b"From ", 0, id="from-in-one-line"),
    pytest.param(b"From here on text\n", 0, id="prose"),
    pytest.param(b"From : @ 1:23\n", 0, id="obsolete-fields"),
    pytest.param(b"From" + b" Tue" * 240 + b"\n", 0, id="days"),
    pytest.param(b"From \n", 1, id="without-sender"),
    pytest.param(b"From a@b\n", 1, id="with-sender"),
    pytest.param(b"\n" + FROM.replace(b"Tue", b"Die"), 0, id="no-such-day"),
    pytest.param(b"From a@b c\nNo-Field-Of-A-Message:\n", 0, id="above-other-fields"),
]


@pytest.mark.no_cover
@pytest.mark.parametrize(("body", "like"), BODIES_OF_ANY_SIZE)
def test_memory_does_not_grow_with_a_message(body: bytes, like: int) -> None:
    """Nor are lines examined twice: they are counted once, wherever the blocks end."""
    field = b"" if like else b"Content-Length: 999999999999999\n"
    text = body * ((1 << 20) // len(body))
    file = mbox(MAIL.replace(b"\r\n", b"\n").replace(b"Subject", field + b"Subject") + text, MAIL)
    stdin = BytesIO(file)
    tracemalloc.start()
    try:
        first, second = messages(["-"], stdin)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert first.data == FROM + HEADER.replace(b"Subject", field + b"Subject")
    assert second.data == FROM + HEADER
    assert (first.problem.message.split()[0] if first.problem else "0") == str(like * (text.count(b"\nFrom ") + 1))
    assert peak < 1 << 20


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"From - \nStatus: O\n", id="without-empty-lines"),
        pytest.param(FROM + b"A: b\n\n", id="short"),
        pytest.param(FROM + b"Content-Length: 2000000\nA: b\n\n", id="false-length"),
    ],
)
def test_header_blocks_are_searched_for_once(message: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is the bytes in which the end of a header block is searched for."""
    count = (1 << 18) // len(message)
    searched = 0

    def counted(block: bytes, start: int = 0, *, first: int = 0) -> tuple[int, int] | None:
        nonlocal searched
        end = header_end(block, start, first=first)
        searched += (end[1] if end else len(block)) - start
        return end

    monkeypatch.setattr(reading, "header_end", counted)
    assert len(read("-", stdin=message * count)) == count
    assert searched < 100 * count + (1 << 18)


def test_the_lines_of_a_message_are_counted_with_its_attached_messages_too() -> None:
    first, second = read("-", stdin=FROM + MAIL + b"From a@b.example\ntext\n\n" + FROM + MAIL, attached=True)
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert first.problem is not None
    assert second.problem is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"x" * 75 + b"\n", id="plain"),
        pytest.param(b"\n" + FROM.replace(b"Tue", b"Die") + b"x" * 2000 + b"\n", id="nearly-separators"),
        pytest.param(b"y" * 76, id="one-line"),
    ],
)
@pytest.mark.no_cover
@pytest.mark.parametrize("length", [b"", b"Content-Length: 2000000\n", b"Content-Length: 99999999\n"])
def test_memory_does_not_grow_with_the_file(body: bytes, length: bytes) -> None:
    message = FROM + length + b"Received: from a by b\n\n" + body * ((1 << 18) // len(body)) + b"\n\n"
    count = (32 << 20) // len(message)
    tracemalloc.start()
    try:
        total = sum(1 for _ in messages(["-"], cast("BinaryIO", Endless(message, count))))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == count
    assert peak < 8 << 20
