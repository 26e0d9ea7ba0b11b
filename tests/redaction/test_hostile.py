"""Any bytes: redaction never raises, and its output names nobody."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from .helpers import redacted

pytestmark = pytest.mark.no_cover  # the smaller tests measure it

CORPUS = Path(__file__).parent.parent / "corpus" / "received.json"
FIELDS = [row["field"].encode() for row in json.loads(CORPUS.read_text(encoding="utf-8"))]
SECRETS = (
    b"mueller|anna.mueller|anna.mueller@fabrikam.test|host.fabrikam.test|FABRIKAM|203.0.113.77|[203.0.113.77]"
    b"|10.11.12.13|2a01:111:f400::77|fe80::aa:bb:cc%12|::ffff:203.0.113.77|fabrikam-com.mail.protection.outlook.com"
    b'|"anna mueller"@x|fabrikam=203.0.113.77|mueller/fabrikam|1-mueller|mueller-1|mueller_fabrikam|fabrikam\xff'
    b"|m\xc3\xbcller.fabrikam.test"
).split(b"|")
GONE = ("mueller", "anna.", "fabrikam", "203.0.113.77", "10.11.12.13", "f400", "aa:bb", "ller.")
PIECES = (
    b"Received: |\r\nReceived: |\r\nSubject: |\r\nX-ClientProxiedBy: |\r\nX-MS-Exchange-Organization-AuthSource: "
    b"|\r\nX-Received: |\r\nX-MS-Exchange-CrossPremises-|\r\nX-Greylist: delayed |\r\nThread-Index: |\r\nMessage-ID: "
    b"|\r\nDate: |\r\nDKIM-Signature: t=|from |by | with | id | for | via | tls |; |;|(|)|((|[|]|<|>|<|"
    b'"|\\|@|,|:|=|.|-|_|/|+|%| | |\t|\r\n |\0|\x1b[31m|\xff|\xc2\xa0|Microsoft SMTP Server|mapi|15.1.2507.39'
    b"|Microsoft SMTPSVC(|(Postfix)|(Exim 4.96|Haraka/1.|helo=|HELO |envelope-from |SRV=|:TOTAL-FE=1|ident=|mailfrom:"
    b"|rfc822;|SMTPD_---|Version 15.20 (Build |Tue, 31 Jul 2012 21:52:42 +1000|31 Jul|=20|=3D|\xe2\x80\x8b"
).split(b"|")


def check(data: bytes) -> None:
    text = redacted(data).lower()
    assert text.isascii()
    assert not {character for character in text if character < " "} - {"\n", "\t"}
    assert [secret for secret in GONE if secret in text] == []


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.sampled_from(SECRETS)), max_size=40).map(b"".join))
@example(b"Received: from a by b with Microsoft SMTPSVC(1 mueller fabrikam)")
@example(b"Received: from a by b (Exim 4.96_mueller) with smtp (Haraka/1.mueller.fabrikam)")
@example(b"Received: from a by b with Microsoft SMTP Server id 10.11.12.13")
@example(b"Received: from a by b (LSMTP for Windows 203.0.113.77NT v1.1b) with SMTP")
@example(b"Received: from a by b with [XMail 203.0.113.77-1.20 ESMTP Server]")
@example(b"Received: from a by b; Tue, 03 Jul 2001 23:57:04/203.0.113.7723:57:04 -0500")
def test_secrets_in_any_position(data: bytes) -> None:
    check(b"Received: from a by b; " + data)


@st.composite
def planted(draw: st.DrawFn) -> bytes:
    """A real field with secrets in place of some of its words, or joined to them."""
    words = draw(st.sampled_from(FIELDS)).split(b" ")
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(words) - 1))
        glue = draw(st.sampled_from([b"", words[place], words[place] + b"/", words[place] + b"=", b"(", b'"']))
        words[place] = glue + draw(st.sampled_from(SECRETS))
    return b"Received: " + b" ".join(words) + b"\r\n"


@given(planted())
def test_secrets_in_real_fields(data: bytes) -> None:
    check(data)


@given(st.binary(max_size=300))
def test_bytes_of_any_kind(data: bytes) -> None:
    check(data)
    check(b"Received: " + data)


@pytest.mark.parametrize(
    "piece",
    [b"helo=<", b"a@", b"(", b'"', b"1.1x", b"a.b-c.", b"edge-", b"mail1", b"\0", b"\xff", b"fabrikam", b"<a@b>,"],
)
def test_a_field_of_a_megabyte(piece: bytes) -> None:
    check(b"Received: from a (" + piece * (1_000_000 // len(piece)) + b") by b; 1 Jul 2012 1:52 Z\r\n")
