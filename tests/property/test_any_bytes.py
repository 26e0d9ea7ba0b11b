"""Any bytes give a route, and every renderer shows it without a control character."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

import hopscope
from hopscope import checks
from hopscope.analysis.context import MessageContext
from hopscope.checks.result import Checked
from hopscope.config.settings import MinimumTls, Organisation, Settings
from hopscope.model import Service, Severity
from hopscope.renderers import RENDERERS
from hopscope.renderers.findings import FORMATS, rendered

CORPUS = Path(__file__).parent.parent / "corpus" / "received.json"
FIELDS = [row["field"].encode() for row in json.loads(CORPUS.read_text(encoding="utf-8"))]

# Parts of header text, intact and broken, and text that does not belong there.
PIECES = (
    b"Received:|received :|From:|Date:|Subject:|Message-ID: <1@a.example>|X-ClientProxiedBy: a To b|from| by "
    b"|via Frontend Transport|with Microsoft SMTP Server|with mapi|id 15.0.466.13|for <a@b>|a.example|([192.0.2.1])"
    b"|[IPv6:2001:db8::1]|(HELO x)|(version=TLS1_2, cipher=)|(qmail 1 invoked by uid 2)|999999999999999999999999999"
    b"|Tue, 31 Jul 2012 21:52:42 +1000|31 Jul 0000 99:99 +9999|2012-07-31T21:52:42Z|IST|(CEST)|-0000"
    b'|(|)|((|;|"|\\|[|]|<|>|=|=3D|=\r\n|&lt;|&#43;|> |```\n|12: |=cmd|[red]|\r\n|\n|\r|\r\n\t|\n |\r\n\r\n|\n\n\n| '
    b"|\xc2\xa0|\xe2\x80\x8b|\xef\xbb\xbf|\xe2\x80\xae|\xf3\xa0\x81\x81|\xed\xa0\x80|\x85|\xff|\x00|\x07|\x1b[31m|\x7f"
).split(b"|")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Real fields in a block, with some bytes lost, repeated or replaced."""
    fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4))
    block = b"".join(b"Received: " + field.replace(b" by ", b"\r\n by ") + b"\r\n" for field in fields)
    for _ in range(draw(st.integers(0, 4))):
        start, length = draw(st.integers(0, len(block))), draw(st.integers(0, 40))
        instead = draw(st.sampled_from([b"", block[start : start + 2 * length], *PIECES]))
        block = block[:start] + instead + block[start + length :]
    return block


NONE = timedelta(0)
STRICT = Settings(
    max_total=NONE,
    max_hop=NONE,
    max_service=dict.fromkeys(Service, NONE),
    max_leg={f"{one} -> {other}": NONE for one in Service for other in Service},
    tls=MinimumTls(internal="TLS1.3", inbound="TLS1.3", outbound="TLS1.3"),
    tls_unknown="error",
    minimum_build=dict.fromkeys(("2007", "2010", "2013", "2016", "2019", "SE", "Online"), "99.0.0.0"),
    forbidden_hosts=("*",),
    organisation=Organisation(domains=("example", "com"), networks=("10.0.0.0/8",), servers={"*": "2007"}),
)


def controls(text: str) -> set[str]:
    """The characters of ``text`` that a terminal could interpret as commands, or that UTF-8 cannot encode."""
    return {sign for sign in text if sign < " " or "\x7f" <= sign < "\xa0" or "\ud800" <= sign <= "\udfff"} - {"\n"}


def check(data: bytes) -> None:
    """Read, show and check ``data``; nothing raises, and the output is safe and complete."""
    route = hopscope.read(data)
    shown = {name: getattr(hopscope.render, name)(route) for name in RENDERERS}
    assert {name: signs for name, text in shown.items() if (signs := controls(text))} == {}
    numbers = list(range(1, len(route.hops) + 1))
    assert [hop["number"] for hop in json.loads(shown["json"])["hops"]] == numbers
    assert shown["jsonl"].count("\n") == 1
    assert json.loads(shown["jsonl"]) == json.loads(shown["json"])
    picture = ET.fromstring(shown["svg"])  # noqa: S314 - our own output
    assert [each.text for each in picture.iter() if each.tag.endswith("}desc")]
    assert len(list(csv.reader(io.StringIO(shown["csv"])))) == 1 + len(numbers)
    comparison = hopscope.compare(route, "2016")
    for name in (name for name in RENDERERS if name != "svg"):  # not available for comparisons
        assert controls(getattr(hopscope.render, name)(comparison)) == set()
    found = checks.check(MessageContext(route=route), STRICT)
    assert {finding.hop for finding in (*hopscope.findings(route), *found)} <= {None, *numbers}
    for name in FORMATS:
        checked = Checked(source="-", file="-", findings=found)
        assert controls("".join(rendered(name, [checked], Severity.INFO))) == set()


@given(st.binary(max_size=300))
@example(b"")
def test_bytes_of_any_kind(data: bytes) -> None:
    check(data)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_pieces_of_header_text_in_any_order(data: bytes) -> None:
    check(data)


@given(damaged())
def test_damaged_fields_of_real_mail(data: bytes) -> None:
    check(data)
