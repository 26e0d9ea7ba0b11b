"""Random inputs of every kind that hopscope reads, made from real ones by damage; each is determined by a seed.

The originals are the header blocks and pastes of the corpora, the samples, error strings, and containers made of them.
The module is over 300 lines because all kinds of input share the functions that damage them.
"""

import base64
import bz2
import gzip
import html
import json
import lzma
import quopri
import re
import tarfile
import tomllib
import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests import corpora
from tests.sources.compound import Tree, compound, item

__all__ = ["KINDS", "Input", "made"]

ROOT = Path(__file__).parent.parent


class Input(NamedTuple):
    """One input: the name of its file, and its bytes."""

    name: str
    data: bytes


PIECES = (
    b"Received: |\r\nReceived: from a by b; |\nDate: |\nMessage-ID: <1@a>\n|from | by | via Frontend Transport| with "
    b"|with Microsoft SMTP Server|with mapi| id 15.0.466.13|15.20.7202.14|(TLS)|(version=TLS1_2, cipher=A-B)| for <a@b>"
    b'|(|)|((a) b)|;|; |,|[|]|[192.0.2.1]|[::1]:25|[IPv6:2001:db8::1]|"|\\|<|>|<a@b>|\t|  |\r|\n|\r\n|\n\n|\r\n\t|\n '
    b"|\x00|\x07|\x1b[31m|\x1b]8;;http://a\x07|\x7f|\x85|\x9b|\xff|\xfe\xff|\xc2\x85|\xc2\xa0|\xe2\x80\x8b|\xe2\x80\xa8|"
    b"\xe2\x80\xae|\xef\xbb\xbf|\xed\xa0\x80|\xf0\x9f\x93\xa7|\xf3\xa0\x81\x81|=3D|=\r\n|=?utf-8?B?4oKs?=|=?x?Q?=FF?="
    b'|&lt;|&#43;|&#x1b;|&#1114112;|<b>|</td>|> |>> || |```\n|12: |**|{"a":|"raw": "|[1|}|\x1b|::add-mask::x'
    b"|##[group]x|##vso[x]|%s%n|{0}|../../etc|From a@b Tue Jul 31 21:52:42 2012\n|--boundary\n|550 5.1.1 |#550 4.4.7 ##"
    b"|-----BEGIN PGP SIGNED MESSAGE-----\n|Content-Type: message/rfc822\n\n|Content-Transfer-Encoding: base64\n"
).split(b"|")
"""Parts of header text, markup, encodings and control characters, at their place or not."""

DATES = tuple(
    b"|".join(
        (
            b"Tue, 31 Jul 2012 21:52:42 +1000|31 Jul 0000 99:99 +9999|31 Feb 2012 25:00:00 -0000|29 Feb 2100 00:00 Z",
            b"Wed, 1 Jan 0001 00:00:00 +1400|Fri, 31 Dec 9999 23:59:60 -1200|1 Jan 9999 23:59:59.999999 +0000|-1 Jan 1",
            b"2024-01-01T10:10:10.123456789012345Z|2024-01-01T10:1000000000:00.123|6071-01-01 00:00:00|20240101T1010Z",
            b"1/2/3 4:5:6 PM|1.2.2024 10.11.12|31 Jul 12 21:52 EST|Thu Jan  1 00:00:00 1970|Mon, 1 Jan 2024 1:2 am IST",
            b"Sun, 06 Nov 1994 08:49:37 GMT (UTC)|2024-W01-1|2024-366|12:00:00|1717500000|1717500000000|00000000000000",
            b"Tue, 31 Jul 2012 21:52:42 +99999999999|Tue, 31 Jul 2012 21:52:42.5.5|(((|24:00:00|23:59:60|0:0:0|:::",
            b"lundi 4 juin 2024 08:00:00 CEST|4 juin 2024 08:00|2024\xe5\xb9\xb46\xe6\x9c\x884\xe6\x97\xa5|Juli 2012",
        )
    ).split(b"|")
)
"""Usual, unusual and impossible dates."""


def happens(random: Random, share: float) -> bool:
    """Whether an event of this probability happens."""
    return random.random() < share


def flipped(random: Random, data: bytes) -> bytes:
    """One to eight bits changed."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 8) if data else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def cut(random: Random, data: bytes) -> bytes:
    """A part lost, or everything after a position."""
    start = random.randint(0, len(data))
    return data[:start] + (b"" if happens(random, 0.3) else data[start + random.randint(1, 80) :])


def repeated(random: Random, data: bytes) -> bytes:
    """A part repeated; sometimes some hundred times."""
    start = random.randint(0, len(data))
    times = random.choice((1, 1, 2, 3, 30, 400))
    return data[:start] + data[start : start + random.randint(1, 100)] * times + data[start:]


def inserted(random: Random, data: bytes) -> bytes:
    """A piece inserted, or put in place of some bytes."""
    start = random.randint(0, len(data))
    return data[:start] + random.choice(PIECES) + data[start + random.choice((0, 0, 1, 5, 30)) :]


def redated(random: Random, data: bytes) -> bytes:
    """An odd date, in place of a time or elsewhere."""
    times = [match.start() for match in re.finditer(rb"[0-9]{1,2}:[0-9]{2}", data)]
    start = random.choice(times) if times and happens(random, 0.8) else random.randint(0, len(data))
    return data[:start] + random.choice(DATES) + data[start + random.choice((0, 5, 8, 14)) :]


def numbered(random: Random, data: bytes) -> bytes:
    """A number replaced by a huge or odd one, or by digits of another script."""
    numbers = list(re.finditer(rb"[0-9]+", data))
    if not numbers:
        return data
    start, end = random.choice(numbers).span()
    odd = (b"0", b"-1", b"9" * 10, b"9" * 20, b"9" * 400, b"1" * 4301, b"0" * 5000, b"1e999", b"0.1", b"2147483648")
    foreign = "\u0661\u0662\u00b2\U0001d7ce".encode()
    return data[:start] + random.choice((*odd, foreign, data[start:end] * 3)) + data[end:]


def relined(random: Random, data: bytes) -> bytes:
    """A line repeated, moved, lost, joined to the next or split."""
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    match random.choice(("repeat", "move", "lose", "join", "split")):
        case "repeat":
            lines[at:at] = [lines[at]] * random.choice((1, 2, 50))
        case "move":
            lines.insert(random.randrange(len(lines)), lines.pop(at))
        case "lose":
            del lines[at : at + random.randint(1, 4)]
        case "join":
            lines[at : at + 2] = [b" ".join(lines[at : at + 2])]
        case _:
            middle = random.randint(0, len(lines[at]))
            lines[at : at + 1] = [lines[at][:middle], lines[at][middle:]]
    return b"\n".join(lines)


def encoded(random: Random, data: bytes) -> bytes:
    """In another encoding or form of a paste, in whole or from a position on."""
    start = random.choice((0, 0, random.randint(0, len(data))))
    head, rest = data[:start], data[start:]
    text = rest.decode("utf-8", "replace")
    return head + random.choice(
        (
            text.encode("utf-16"),
            text.encode("utf-16-le"),
            text.encode("utf-8-sig"),
            text.encode("cp1252", "replace"),
            quopri.encodestring(rest),
            base64.encodebytes(rest),
            html.escape(text).encode(),
            json.dumps(text).encode(),
            rest.replace(b"\n", b"\r\n"),
            rest.replace(b"\n", b"\r"),
            rest.replace(b"\n", b"\n> "),
            rest.replace(b"\n", b"\n\n"),
            rest.replace(b"\n ", b" "),
            rest.replace(b" ", b"\xc2\xa0"),
            b" ".join(rest.split()),
        )
    )


MUTATIONS: tuple[Callable[[Random, bytes], bytes], ...] = (
    *(flipped, cut, repeated, inserted, inserted, redated, numbered, relined, relined),
    encoded,
)
LARGEST = 1 << 21
"""Bytes of an input; growth stops there."""


def mutated(random: Random, data: bytes, other: Callable[[Random], bytes] | None = None, most: int = 6) -> bytes:
    """The data after one to ``most`` changes; a splice takes its end from another input of the kind."""
    for _ in range(min(most, 1 + int(random.expovariate(0.7)))):
        if len(data) > LARGEST:
            break
        if other and happens(random, 0.1):
            data = data[: random.randint(0, len(data))] + (end := other(random))[random.randint(0, len(end)) :]
        else:
            data = random.choice(MUTATIONS)(random, data)
    return data


@cache
def samples() -> tuple[bytes, ...]:
    """The sample messages."""
    return tuple(path.read_bytes() for path in sorted((ROOT / "samples").rglob("*.eml")))


@cache
def pastes() -> tuple[Input, ...]:
    """The inputs of the corpus of pastes and files."""
    lines = (ROOT / "tests" / "corpus" / "reading.jsonl").read_text(encoding="utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return tuple(Input(row.get("file", "-"), row["input"].encode("utf-8", "surrogatepass")) for row in rows)


@cache
def error_strings() -> tuple[bytes, ...]:
    """Error strings as administrators post them."""
    lines = (ROOT / "tests" / "classifier" / "error_strings.tsv").read_bytes().splitlines()
    return tuple(line.partition(b"\t")[0] for line in lines if not line.startswith(b"# "))


@cache
def received_dates() -> tuple[bytes, ...]:
    """The dates of all Received fields of the corpora, as they are written."""
    return tuple({body.rpartition(";")[2].encode("utf-8", "surrogateescape") for body in corpora.received()})


def block(random: Random) -> bytes:
    """A real header block, or a sample."""
    return random.choice(corpora.blocks() if happens(random, 0.9) else samples())


def mail(random: Random) -> Input:
    """A damaged message."""
    return Input("mail.eml", mutated(random, block(random), block))


def paste(random: Random) -> Input:
    """A damaged paste; sometimes a file of JSON or CSV."""
    name, data = random.choice(pastes())
    return Input(name, mutated(random, data, lambda again: again.choice(pastes()).data))


def small(random: Random) -> bytes:
    """A short message for a container; rarely damaged, as the container is."""
    data = random.choice(samples())[:3000]
    return mutated(random, data) if happens(random, 0.3) else data


def outlook(random: Random) -> Input:
    """A damaged Outlook item, with attached items or the properties of a report."""
    headers = small(random)
    inner = [item(small(random).decode("latin-1")) for _ in range(random.choice((0, 0, 1, 3)))]
    tree: Tree = item(random.choice((headers, headers.decode("latin-1"), None)), inner)
    if happens(random, 0.3):
        text = random.choice(error_strings()).decode("utf-8", "replace")
        values = {"001A": "REPORT.IPM.Note.NDR", "1000": text, "6820": "ex1.b.example", "0C1B": text}
        tree |= {f"__substg1.0_{name}001F": value.encode("utf-16-le") for name, value in values.items()}
    data = compound(tree)
    if happens(random, 0.1):
        return Input("mail.msg", data)
    if happens(random, 0.5):  # the header, the tables and the directory
        changed = bytearray(data)
        for _ in range(random.randint(1, 4)):
            at = random.choice((random.randrange(512), random.randrange(len(data)), max(0, len(data) - 2000)))
            changed[at : at + 4] = random.choice((b"\xff" * 4, bytes(4), random.randbytes(4), b"\xfe\xff\xff\xff"))
        return Input("mail.msg", bytes(changed))
    return Input("mail.msg", random.choice((flipped, cut, repeated))(random, data))


def zipped(members: dict[str, bytes], random: Random) -> bytes:
    """A zip archive."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def tarred(members: dict[str, bytes], random: Random) -> bytes:
    """A tar archive in one of its three formats."""
    file = BytesIO()
    form = random.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT))
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
    return file.getvalue()


def mbox(members: dict[str, bytes], random: Random) -> bytes:  # noqa: ARG001 - the signature of the other containers
    """An mbox file."""
    return b"".join(b"From a@b Tue Jul 31 21:52:42 2012\n" + data + b"\n" for data in members.values())


def lines_of_json(members: dict[str, bytes], random: Random) -> bytes:  # noqa: ARG001 - as above
    """JSON Lines of messages."""
    return b"".join(json.dumps({"headers": data.decode("latin-1")}).encode() + b"\n" for data in members.values())


CONTAINERS = {"zip": zipped, "tar": tarred, "mbox": mbox, "jsonl": lines_of_json}
COMPRESSIONS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("", bytes),
    ("", bytes),
    (".gz", lambda data: gzip.compress(data, 1, mtime=0)),
    (".bz2", lambda data: bz2.compress(data, 1)),
    (".xz", lambda data: lzma.compress(data, preset=0)),
)


def archive(random: Random) -> Input:
    """A damaged archive, mbox or file of JSON Lines, compressed or not; sometimes with another one in it."""
    names = ("a.eml", "b/c.eml", "\u00e9.txt", "cur/1.2.x", "x" * 90 + ".eml", "no", "../d.eml")
    members = {name: small(random) for name in random.sample(names, random.randint(1, 4))}
    for _ in range(random.choice((1, 1, 1, 2))):
        kind = random.choice(list(CONTAINERS))
        data = CONTAINERS[kind](members, random)
        if happens(random, 0.5):
            data = random.choice((flipped, cut, repeated, inserted, numbered))(random, data)
        suffix, compress = random.choice(COMPRESSIONS)
        members = {f"dump.{kind}{suffix}": compress(data)}
    ((name, data),) = members.items()
    return Input(name, random.choice((flipped, cut, repeated))(random, data) if happens(random, 0.4) else data)


ODD_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1, 1.5, -0.0, 1e308, -1e308, 1e18, 2**31, 2**63, 2**64, 10**400, 253402300800, -62135596801),
    *(
        "",
        "x",
        "\x1b[31m\u202e",
        "\ud800",
        "::add-mask::x",
        "9" * 5000,
        "outbound",
        [],
        {},
        [[]],
        {"": None},
        [1, 2, 3],
    ),
)


def with_odd_value(random: Random, value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A JSON document with one value, or one key, replaced."""
    if isinstance(value, dict) and value and happens(random, 0.93):
        key = random.choice(list(value))
        if happens(random, 0.1):
            return {(str(random.choice(ODD_VALUES)) if each == key else each): value[each] for each in value}
        return value | {key: with_odd_value(random, value[key])}
    if isinstance(value, list) and value and happens(random, 0.93):
        at = random.randrange(len(value))
        return [*value[:at], with_odd_value(random, value[at]), *value[at + 1 :]]
    return random.choice(ODD_VALUES)


@cache
def saved_summaries() -> tuple[bytes, ...]:
    """The saved summaries of a few and of many messages."""
    from hopscope.scale.reading import analyzed, route_of
    from hopscope.sources import Message
    from hopscope.statistics import saved
    from hopscope.statistics.digest import digest
    from hopscope.statistics.summary import Summary

    documents = []
    collections: tuple[tuple[bytes, ...], ...] = ((), samples()[:1], samples(), corpora.blocks()[::40])
    for data in collections:
        summary = Summary()
        for each in data:
            route = route_of(Message(source="a.eml", data=each))
            if not isinstance(route, Exception):
                summary.add(digest(analyzed(route, None)))
        documents.append(saved.dumps(summary).encode())
    return tuple(documents)


def summary(random: Random) -> Input:
    """A damaged saved summary."""
    data = random.choice(saved_summaries())
    if happens(random, 0.3):
        return Input("stats.json", random.choice((flipped, cut, repeated, inserted, numbered))(random, data))
    document = json.loads(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        document = with_odd_value(random, document)
    return Input("stats.json", json.dumps(document).encode())


SETTINGS_PIECES = (
    b'max_total = "2m"\n|max_hop = "999999999999h"\n|max_hop = "-1s"\n|max_total = 1e400\n|select = ["HOP"]\n|select ='
    b' []\n|ignore = ["HOP1", 1]\n|severity = { HOP1 = "error" }\n|fail_on = "info"\n|tls_unknown = "error"\n|tls = {}'
    b'\n|[tls]\ninternal = "TLS9"\n|[organisation]\n|networks = ["::/0", "0.0.0.0/0", "1.2.3.4/99"]\n|domains = [""]\n|'
    b'"*"|"[a-"|"**/**"|[[path]]\nname = "x"\nexpect = "Transport*+? -> ("\n|when = "hops > 99999999999999999999"\n'
    b"|when = \"not (scenario == 'inbound' and generations has '2010')\"\n|((((((((|'''|[a.b.c]\n|= = =|2024-01-01"
    b'|00:00:00|nan|inf|0x7fffffffffffffff|"\\ud800"|"\\u202e"|\x00|\xff|[per_path."*"]\n|[max_leg]\n"a -> b" = "1s"\n'
).split(b"|")


def toml(value: Any) -> str:  # noqa: ANN401 - any value of JSON
    """A value as TOML, on one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{toml(key)} = {toml(item)}' for key, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return "nan" if value is None else json.dumps(value, ensure_ascii=False).replace("\x7f", "")


def settings(random: Random) -> Input:
    """A damaged settings file, or one with values of the wrong kind."""
    data = (ROOT / "samples" / "organisation" / "hopscope.toml").read_bytes()
    if happens(random, 0.5):
        values: Any = tomllib.loads(data.decode())
        for _ in range(random.choice((1, 1, 2, 4))):
            values = with_odd_value(random, values)
        pairs = values.items() if isinstance(values, dict) else ()
        texts = (f"{toml(key)} = {toml(value)}\n" for key, value in pairs if happens(random, 0.9))
        return Input("hopscope.toml", "".join(texts).encode("utf-8", "surrogatepass"))
    lines = data.splitlines(keepends=True)
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        lines.insert(random.randint(0, len(lines)), random.choice(SETTINGS_PIECES))
    data = b"".join(lines)
    if happens(random, 0.3):
        data = random.choice((flipped, cut, repeated, inserted, numbered, relined, redated))(random, data)
    return Input("hopscope.toml", data)


def date(random: Random) -> Input:
    """A damaged date."""
    original = random.choice(received_dates() if happens(random, 0.7) else DATES)
    return Input("date", mutated(random, original, lambda again: again.choice(DATES), most=2))


def error(random: Random) -> Input:
    """A damaged error string."""
    original = random.choice(error_strings())
    return Input("error", mutated(random, original, lambda again: again.choice(error_strings()), most=3))


REPORT = b"""\
Received: from mx.corp.example by box.corp.example (Postfix) with ESMTP id B2; Wed, 8 Jan 2020 09:00:36 +0100
From: MAILER-DAEMON@mx.corp.example
To: a@corp.example
Subject: Undeliverable: hello
Date: Wed, 8 Jan 2020 09:00:30 +0100
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=utf-8

Delivery has failed to these recipients or groups:

b@remote.example

Diagnostic information for administrators:

Generating server: EX1.corp.example

b@remote.example
Remote Server at mx.remote.example (192.0.2.7) returned '%s'
1/8/2020 8:00:25 AM - Server at mx.remote.example (192.0.2.7) returned '%s'

Original message headers:

%s

--B
Content-Type: message/delivery-status

Reporting-MTA: dns;EX1.corp.example
Received-From-MTA: dns;EX2.corp.example
Arrival-Date: Wed, 8 Jan 2020 08:00:00 +0000

Final-Recipient: rfc822;b@remote.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp;%s
Remote-MTA: dns;mx.remote.example
Last-Attempt-Date: Wed, 8 Jan 2020 08:00:25 +0000

--B
Content-Type: message/rfc822

%s
--B--
"""


def report(random: Random) -> Input:
    """A damaged delivery report, with errors and the header of the message that it returns."""
    errors = [random.choice(error_strings()) for _ in range(3)]
    original = random.choice(samples())[:2000]
    data = REPORT % (*errors[:2], original, errors[2], original)
    return Input("report.eml", mutated(random, data, lambda again: again.choice(error_strings())))


KINDS: dict[str, tuple[int, Callable[[Random], Input]]] = {
    "mail": (5, mail),
    "paste": (3, paste),
    "outlook": (3, outlook),
    "archive": (1, archive),
    "report": (1, report),
    "summary": (5, summary),
    "settings": (25, settings),
    "date": (55, date),
    "error": (2, error),
}
"""The kinds of input: share of all inputs in percent, and function that makes one."""


def made(kind: str, seed: int, number: int) -> Input:
    """Input ``number`` of a kind; the same for the same seed."""
    return KINDS[kind][1](Random(f"{seed}:{kind}:{number}"))  # noqa: S311 - not for cryptography
