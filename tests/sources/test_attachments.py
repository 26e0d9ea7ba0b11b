"""Attached messages: found in every form, byte for byte, and read on request only."""

import base64
import quopri
import tracemalloc
from io import BufferedReader, BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.errors import SourceError
from hopscope.sources import Message, attachments, messages

from .helpers import FROM, MAIL, Trickle, outcomes, read, zipped
from .helpers import mbox as mbox_of

INNER = b"Received: from c by d; Tue, 31 Jul 2012 21:52:42 +1000\r\nSubject: in \xfc\xff\r\n  folded  \r\n\r\nText\r\n"
HEADERS = INNER[: INNER.index(b"Text")]


def multipart(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"b=_1") -> bytes:
    """A message with these parts, each with its own header fields."""
    lines = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    head = b'Received: from a by b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/%s; boundary="%s"\r\n\r\n'
    return head % (kind, boundary) + b"A preamble\r\n" + lines + b"--" + boundary + b"--\r\n"


def part(kind: bytes, body: bytes, encoding: bytes = b"") -> bytes:
    field = b"Content-Transfer-Encoding: %s\r\n" % encoding if encoding else b""
    return b"Content-Type: %s\r\n%s\r\n%s" % (kind, field, body)


def attached(data: bytes) -> list[bytes | str]:
    """The messages attached to a message, without the message itself."""
    first, *others = outcomes(read("-", stdin=data, attached=True))
    assert first[0] == "-"
    return [one if isinstance(one, str) else one[1] for one in others]


PARTS = [
    pytest.param(multipart(part(b"text/plain", b"hi"), part(b"message/rfc822", INNER)), [INNER], id="forwarded"),
    pytest.param(multipart(part(b"Message/RFC822; name=x.eml", INNER)), [INNER], id="upper-case"),
    pytest.param(multipart(part(b"message/global", INNER)), [INNER], id="internationalised"),
    pytest.param(multipart(part(b"text/rfc822-headers", HEADERS), kind=b"report"), [HEADERS], id="bounce"),
    pytest.param(multipart(part(b"message/rfc822-headers", HEADERS)), [HEADERS], id="bounce-of-others"),
    pytest.param(multipart(part(b"message/global-headers", HEADERS)), [HEADERS], id="bounce-internationalised"),
    pytest.param(multipart(b"\r\n" + INNER, b"\r\n" + MAIL, kind=b"digest"), [INNER, MAIL], id="digest"),
    pytest.param(multipart(part(b"message/rfc822", INNER, b"8bit")), [INNER], id="8bit"),
    pytest.param(
        multipart(part(b"message/rfc822", INNER)).replace(b"\r\n", b"\r"), [INNER.replace(b"\r\n", b"\n")], id="cr"
    ),
    pytest.param(multipart(part(b"message/rfc822", base64.encodebytes(INNER), b"BASE64")), [INNER], id="base64"),
    pytest.param(
        multipart(part(b"message/global", quopri.encodestring(INNER), b"quoted-printable")),
        [INNER],
        id="quoted-printable",
    ),
    pytest.param(part(b"message/rfc822", INNER), [INNER], id="the-only-part"),
    pytest.param(
        multipart(part(b"multipart/mixed; boundary=two", multipart(part(b"message/rfc822", INNER), boundary=b"two"))),
        [INNER],
        id="part-of-a-part",
    ),
    pytest.param(
        multipart(
            part(b"message/delivery-status", b"Reporting-MTA: x\r\n\r\nAction: failed"), part(b"message/rfc822", INNER)
        ),
        [INNER],
        id="behind-a-delivery-status",
    ),
    pytest.param(
        multipart(
            part(b"message/rfc822", multipart(part(b"message/rfc822", INNER), boundary=b"in")),
            part(b"message/rfc822", MAIL),
        ),
        [multipart(part(b"message/rfc822", INNER), boundary=b"in"), INNER, MAIL],
        id="attached-to-an-attached-one",
    ),
    pytest.param(multipart(part(b"message/rfc822", INNER)).replace(b"--b=_1--\r\n", b""), [INNER], id="no-end"),
    pytest.param(
        multipart(part(b"message/rfc822", INNER)).replace(b"MIME", b"no field\r\nX-\xfc: \xff\r\nMIME"),
        [INNER],
        id="odd-fields",
    ),
    pytest.param(FROM + multipart(part(b"message/rfc822", INNER)).replace(b"\r\n", b"\n"), None, id="mbox"),
    pytest.param(multipart(part(b"text/plain", b"rfc822")), [], id="none"),
    pytest.param(multipart(part(b"text/plain", INNER)), [], id="text"),
    pytest.param(MAIL, [], id="plain"),
    pytest.param(
        multipart(part(b"message/rfc822", b"")),
        ["-:attached:1: empty; use a message or its headers"],
        id="empty",
    ),
    pytest.param(
        b"Content-Type: multipart/mixed\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n",
        [],
        id="no-boundary",
    ),
]


@pytest.mark.parametrize(("data", "expected"), PARTS)
def test_attached_messages_are_read(data: bytes, expected: list[bytes | str] | None) -> None:
    if expected is None:
        assert [one.source for one in read("-", stdin=data, attached=True)] == ["-:1", "-:1:attached:1"]
    else:
        assert attached(data) == expected


def test_they_are_numbered_in_their_order() -> None:
    data = multipart(*[part(b"message/rfc822", INNER)] * 3)
    assert [one.source for one in read("-", stdin=data, attached=True)] == [
        "-",
        *(f"-:attached:{n}" for n in (1, 2, 3)),
    ]


def test_they_are_not_read_unless_wanted() -> None:
    raw = Trickle(multipart(part(b"message/rfc822", INNER)) + b"x" * (1 << 20), 1 << 16)
    assert len(read("-", stdin=BufferedReader(raw))) == 1
    assert raw.place <= 1 << 17


def test_those_of_messages_in_mbox_files_and_archives_are_read() -> None:
    mail = multipart(part(b"text/plain", b"x" * 99_999), part(b"message/rfc822", INNER))
    archive = zipped({"a.mbox": mbox_of(mail, MAIL, mail), "b.eml": mail})
    results = read("-", stdin=archive, attached=True)
    names = [
        "a.mbox:1",
        "a.mbox:1:attached:1",
        "a.mbox:2",
        "a.mbox:3",
        "a.mbox:3:attached:1",
        "b.eml",
        "b.eml:attached:1",
    ]
    assert [one.source for one in results] == [f"-:{name}" for name in names]


def test_a_file_that_is_not_a_message_has_no_attachments() -> None:
    assert len(read("-", stdin=b"\0\1\2" * 99, attached=True)) == 1


def test_the_searched_size_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    data = multipart(part(b"message/rfc822", INNER), part(b"text/plain", b"x" * 5000), part(b"message/rfc822", INNER))
    monkeypatch.setattr(attachments, "MAX_SEARCHED", 3000)
    assert attached(data) == [
        INNER,
        "-: only the first 0 MiB were searched for attached messages; save the attached messages as files",
    ]


def test_the_number_of_attached_messages_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_ATTACHED", 2)
    assert attached(multipart(*[part(b"message/rfc822", INNER)] * 3)) == [
        INNER,
        INNER,
        "-: only the first 2 attached messages were read; save the remaining ones as files",
    ]


def test_the_number_of_parts_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_PARTS", 10)
    *parts, error = attached(multipart(*[part(b"message/rfc822", INNER)] * 99))
    assert parts == [INNER] * 10
    assert error == "-: damaged (more than 10 MIME parts); use an intact copy"


START = multipart(part(b"text/plain", b""))[:-10]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(START + b"a\n" * (1 << 20), id="short-lines"),
        pytest.param(START + b"\n--b=_1x" * (1 << 18), id="nearly-delimiters"),
        pytest.param(START + b"\n--b=_1" * (1 << 18), id="delimiters"),
        pytest.param(b"Content-Type: message/rfc822\n\n" * 12 + b"a\n" * (1 << 20), id="nested"),
        pytest.param(multipart(part(b"message/rfc822", b"QQ\n" * (1 << 19), b"base64")), id="base64"),
        pytest.param(multipart(part(b"message/rfc822", INNER + b"a\n" * (1 << 20))), id="attached"),
    ],
)
@pytest.mark.no_cover
def test_memory_is_a_small_multiple_of_the_message(text: bytes) -> None:
    stdin = BytesIO(text)
    tracemalloc.start()
    try:
        for _ in messages(["-"], stdin, attached=True):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5 * len(text) + (1 << 20)


def nested(depth: int) -> bytes:
    data = INNER
    for number in range(depth):
        data = multipart(part(b"message/rfc822", data), boundary=b"b%d" % number)
    return data


def test_the_depth_of_attached_messages_is_limited() -> None:
    assert len(attached(nested(8))) == 8
    *messages, error = attached(nested(30))
    assert len(messages) == 8
    assert error == "-: attached messages are nested deeper than 8; save the inner ones as files"


@pytest.mark.parametrize("depth", [8, 9, 5000])
def test_the_depth_of_nested_parts_is_limited(depth: int) -> None:
    start = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    found = attached(b"Received: x\r\n" + start + part(b"message/rfc822", INNER + b"\r\n"))
    assert found == ([INNER] if depth <= attachments.MAX_NESTED else [])


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b'multipart/mixed; x="' + b";" * 2_000_000, id="quoted-semicolons"),
        pytest.param(b"multipart/mixed" + b"; x=y" * 400_000, id="parameters"),
        pytest.param(b"multipart/mixed; boundary*0*=x''" + b"%41" * 500_000, id="encoded-boundary"),
    ],
)
def test_long_fields_are_searched_in_linear_time(value: bytes) -> None:
    data = multipart(part(value, INNER), part(b"message/rfc822", INNER))
    assert INNER in attached(data)


PIECES = st.sampled_from(
    [
        *(b"\r\n", b"\n", b"\r", b"--b", b"--", b"b", b'"', b";", b"=", b"\xfc", b"\0", b" ", b"A: b\n", b"x"),
        *(
            b"Content-Type:",
            b"Content-Transfer-Encoding: base64\n",
            b"boundary=b",
            b"boundary*=utf-9'x'%62",
            b"charset*0=\0",
        ),
        *(
            b"multipart/mixed;",
            b"multipart/digest;",
            b"message/rfc822",
            b"message/delivery-status",
            b"text/rfc822-headers",
        ),
    ]
)


@given(st.lists(PIECES, max_size=60).map(b"".join))
def test_any_parts_give_messages_or_errors(text: bytes) -> None:
    data = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n" + text
    results = read("-", stdin=BytesIO(data), attached=True)
    assert all(isinstance(one, Message | SourceError) for one in results)
