"""Damaged pastes: each kind of damage is repaired, and intact text is not changed."""

import html
import json
import quopri
import re
from base64 import encodebytes
from collections.abc import Callable
from textwrap import indent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hopscope.api import read
from hopscope.parser.fields import split
from hopscope.paste.characters import soft_breaks
from hopscope.paste.kinds import REPAIRS
from hopscope.paste.repair import is_well_formed, repair

EXCHANGE = """\
Received: from MBX2.contoso.example (2001:db8::21a6:8d80:fd5) by
 MBX1.contoso.example (2001:db8::42cd:794c:61e4) with Microsoft SMTP Server
 (TLS) id 15.0.466.10; Tue, 31 Jul 2012 21:52:47 +1000
Received: from MBX2.contoso.example ([fe80::1]) by MBX2.contoso.example
 ([fe80::1%12]) with mapi id 15.00.0466.010; Tue, 31 Jul 2012
 21:52:42 +1000
From: "Ann" <ann@contoso.example>
To: bob@contoso.example
Subject: Re: [hop] 21:31 & more
Message-ID: <1234@MBX2.contoso.example>
Date: Tue, 31 Jul 2012 21:52:40 +1000
"""
OTHERS = """\
Return-Path: <ann@fabrikam.example>
Received: from mail.fabrikam.example (mail.fabrikam.example
\t[IPv6:2001:db8::25]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384
\t(256/256 bits)) by mx.contoso.example (Postfix) with ESMTPS id 4VxK1z for
\t<bob@contoso.example>; Wed, 14 Sep 2022 18:50:14 +0300 (EEST)
Received: by 2002:a05:6a10:1234:0 with SMTP id x1csp1;
        Wed, 14 Sep 2022 08:50:13 -0700 (PDT)
Received: (qmail 4711 invoked by uid 89); 14 Sep 2022 15:50:12 -0000
X-ClientProxiedBy: A1.contoso.example (10.0.0.1) To
 B1.contoso.example (10.0.0.2)
Date: Wed, 14 Sep 2022 17:50:10 +0200
From: ann@fabrikam.example
X-Mailer: none
"""
SHORT = """\
Received: from client.example (client.example [198.51.100.7])
 by mx.example with ESMTP id 1; Wed, 14 Sep 2022 18:50:14 +0300
From: ann@fabrikam.example
Subject: case
"""
TEXTS = [
    pytest.param(EXCHANGE, id="exchange"),
    pytest.param(OTHERS, id="others"),
    pytest.param(SHORT, id="short"),
]


def fields(data: bytes) -> list[tuple[str, str]]:
    """Names and bodies, with runs of white space as one space."""
    return [(field.name, " ".join(field.body.split())) for field in split(data).fields]


def codes(data: bytes | str) -> list[str]:
    return [made.code for made in repair(data)[1]]


def flat(text: str) -> str:
    return re.sub(r"\n[ \t]+", "\n", text)


def doubled(text: str) -> str:
    return text.replace("\n", "\n\n")


def spread(text: str) -> str:
    """An empty line between the fields."""
    return re.sub(r"\n(?![ \t]|\Z)", "\n\n", text)


def numbered(text: str, form: str) -> str:
    return "".join(form % number + line + "\n" for number, line in enumerate(text.splitlines(), 1))


MEMO = "From: help@contoso.example\nDate: Wed, 1 Aug 2012 09:00:00 +1000\nSubject: slow\n"
CHECKED = "https://nam02.safelinks.protection.outlook.com/?url=http%3A%2F%2F"


def unfolded(text: str) -> str:
    return re.sub(r"\n[ \t]+", " ", text)


def pairs(text: str) -> list[tuple[str, str]]:
    """Names and bodies, unfolded."""
    return [(name, body.strip()) for name, _, body in (line.partition(":") for line in unfolded(text).splitlines())]


def objects(text: str, first: str, second: str) -> list[dict[str, str]]:
    """An object for each field, with the keys in this order."""
    return [{key: pair[("name", "value").index(key)] for key in (first, second)} for pair in pairs(text)]


def continued(text: str) -> str:
    """The content of a YAML string that continues on the next line before each field."""
    return re.sub(r"\\n(?=[A-Z])", "\\\\n\\\\\n    ", json.dumps(text)[1:-1])


def table(text: str, row: str, head: str = "", quote: str = "") -> str:
    """A row for each field; quotation marks in it are doubled."""
    form = html.escape if row[-1] == ">" else lambda body: body.replace(quote, quote * 2)
    return head + "".join(row.format(name, form(body)) for name, body in pairs(text))


def bullets(text: str, mark: str) -> str:
    """A mark before each field."""
    return re.sub(r"(?m)^(?=\S)", mark, text)


def base64_part(text: str) -> str:
    lines = encodebytes(f"Hello,\n\n{text}".encode()).decode()
    return f"{MEMO}Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n{lines}"


# Kind of damage, and the expected repairs.
DAMAGES: list[tuple[str, Callable[[str], str | bytes], list[str]]] = [
    ("byte-order-mark", lambda text: text.encode("utf-8-sig"), ["byte-order-mark"]),
    ("byte-order-mark-as-latin-1", lambda text: "\u00ef\u00bb\u00bf" + text, ["byte-order-mark"]),
    ("utf-16-with-mark", lambda text: text.encode("utf-16"), ["utf-16"]),
    ("utf-16-little-endian", lambda text: text.encode("utf-16-le"), ["utf-16"]),
    ("utf-16-big-endian-crlf", lambda text: text.replace("\n", "\r\n").encode("utf-16-be"), ["utf-16"]),
    ("arrow-before-a-field", lambda text: re.sub("(?m)^Received:", "--> Received:", text, count=1), ["highlights"]),
    ("line-ends-cr", lambda text: text.replace("\n", "\r"), ["line-ends"]),
    ("blank-lines-at-the-start", lambda text: "\n \t\n" + text, ["empty-start"]),
    ("tabs-written-out", lambda text: re.sub(r"\n[ \t]+", r"\n\\t", text), ["literal-tabs"]),
    ("html-source", html.escape, ["html-references"]),
    ("html-numbers", lambda text: text.replace("<", "&#60;").replace("+", "&#x2B;"), ["html-references"]),
    ("mbox-line-and-stray-line", lambda text: "From ann Tue\nstray line\n\n" + text, ["first-block"]),
    ("letter-before", lambda text: "Hello,\nhere it is:\n\n" + text, ["leading-text"]),
    ("quoted-letter", lambda text: "Ann wrote:\n" + indent(text, "> "), ["leading-text", "quoting"]),
    ("quoted", lambda text: indent(text, "> "), ["quoting"]),
    ("quoted-crlf", lambda text: indent(text, "> ").replace("\n", "\r\n"), ["quoting"]),
    ("quoted-without-space", lambda text: indent(text, ">"), ["quoting"]),
    ("quoted-by-bars", lambda text: indent(text, "| "), ["quoting"]),
    ("quoted-three-times", lambda text: indent(text, ">> > "), ["quoting"]),
    ("quoted-and-answered", lambda text: indent(text, "> ") + "Thanks, Bob\n", ["quoting"]),
    ("quoted-and-escaped", lambda text: html.escape(indent(text, "> ")), ["html-references", "quoting"]),
    ("fence", lambda text: f"```\n{text}```\n", ["code-fence"]),
    ("fence-with-info", lambda text: f"~~~ text\n\n{text}\n~~~\n", ["code-fence"]),
    ("fence-in-a-letter", lambda text: f"Hello\n\n```\n{text}```\nBob\n", ["leading-text", "code-fence"]),
    ("second-fence", lambda text: f"```\nls -l\n```\nand\n```\n{text}```\n", ["code-fence"]),
    ("fence-in-line", lambda text: f"```{text.rstrip()}```", ["code-fence"]),
    ("numbers-of-cat", lambda text: numbered(text, "%6d\t"), ["line-numbers"]),
    ("numbers-of-grep", lambda text: numbered(text, "%d:"), ["line-numbers"]),
    ("numbers-on-lines-of-their-own", lambda text: numbered(text, "%d\n"), ["line-numbers"]),
    ("numbers-with-points", lambda text: numbered(text, "%d. "), ["line-numbers"]),
    ("folded-by-no-break-spaces", lambda text: re.sub(r"\n[ \t]", "\n\u00a0", text), ["unicode-spaces"]),
    ("folded-by-mixed-spaces", lambda text: re.sub(r"\n[ \t]", "\n\u2003 ", text), ["unicode-spaces"]),
    ("no-break-spaces-only", lambda text: re.sub("[ \t]", "\u00a0", text), ["unicode-spaces"]),
    ("no-break-spaces-before-words", lambda text: text.replace(" by ", "\u00a0by "), ["unicode-spaces"]),
    ("no-break-spaces-in-dates", lambda text: re.sub(r"(?<=[0-9]) (?=[+-])", "\u202f", text), ["unicode-spaces"]),
    ("zero-width-spaces-in-names", lambda text: text.replace(".", ".\u200b"), ["unicode-spaces"]),
    ("soft-hyphens-in-times", lambda text: re.sub(r"(?<=[0-9]):(?=[0-9])", ":\u00ad", text), ["unicode-spaces"]),
    ("invisible-sign-at-the-start", lambda text: "\u200e" + text, ["unicode-spaces"]),
    ("indented", lambda text: indent(text, "    "), ["indentation"]),
    ("indented-but-for-the-first-line", lambda text: indent(text, "    ").lstrip(), ["indentation"]),
    ("indented-by-tabs", lambda text: indent(text, "\t"), ["indentation"]),
    ("first-line-indented", lambda text: "  " + text, ["indentation"]),
    ("indented-and-flat", lambda text: indent(flat(text), "  "), ["indentation", "continuation-lines"]),
    ("all-on-one-line-without-spaces", lambda text: unfolded(text).replace("\n", ""), ["one-line"]),
    ("all-on-one-line", lambda text: " ".join(text.split()), ["one-line"]),
    ("blank-lines-between-lines", doubled, ["blank-lines"]),
    ("blank-lines-between-crlf-lines", lambda text: doubled(text).replace("\n", "\r\n"), ["blank-lines"]),
    ("blank-lines-and-body", lambda text: doubled(text) + "\n\nHello\n\nFrom: me\n", ["blank-lines"]),
    ("blank-lines-between-fields", spread, ["blank-lines"]),
    ("blank-lines-and-flat", lambda text: doubled(flat(text)), ["blank-lines", "continuation-lines"]),
    ("flat", flat, ["continuation-lines"]),
    ("flat-and-body", lambda text: flat(text) + "\nHello\nReceived: b\n", ["continuation-lines"]),
    (
        "colours-of-a-terminal",
        lambda text: re.sub("(?m)^([!-9;-~]+):", "\x1b[36m\\1\x1b[0m:", text),
        ["terminal-codes"],
    ),
    ("body-of-a-message", lambda text: MEMO + "\n----- Original Message -----\n" + text, ["forwarded"]),
    ("quoted-in-a-message", lambda text: MEMO + "\nHello\n\n" + indent(text, "> "), ["forwarded", "quoting"]),
    ("base64-part", base64_part, ["base64", "forwarded"]),
    ("cell-of-csv", lambda text: 'id,headers\n1,"' + text.replace('"', '""') + '",x\n', ["quoted-cells"]),
    ("json-object", lambda text: json.dumps({"headers": text.replace("\n", "\r\n")}), ["strings"]),
    ("json-name-value-first-name", lambda text: json.dumps(objects(text, "name", "value")), ["strings"]),
    ("json-name-value-first-value", lambda text: json.dumps(objects(text, "value", "name")), ["strings"]),
    ("yaml-list", lambda text: "".join(f"- name: {n}\n  value: {b}\n" for n, b in pairs(text)), ["name-value-lines"]),
    ("yaml-block", lambda text: "headers: |\n" + indent(text, "  "), ["yaml-strings"]),
    ("yaml-block-among-keys", lambda text: f"'a':\n  \"b\": >-\n{indent(text, '    ')}  id: 7\n", ["yaml-strings"]),
    (
        "yaml-single-quoted",
        lambda text: "a:\n  - b: '" + unfolded(text).replace("'", "''").replace("\n", "\n\n    ") + "'\n  - c\n",
        ["yaml-strings"],
    ),
    ("yaml-double-quoted", lambda text: "a: " + json.dumps(text).replace(" by", "\\\n  \\ by") + "\n", ["strings"]),
    ("yaml-double-quoted-before-fields", lambda text: f'a: "{continued(text)}"\n', ["strings"]),
    ("escape-sequences", lambda text: text.replace("\n", "\\r\\n").replace("\t", "\\t"), ["escapes"]),
    ("escape-sequences-in-a-cell", lambda text: "7\t" + text.replace("\n", "\\n").replace("\t", "\\t"), ["escapes"]),
    ("pre", lambda text: f"<html><pre>{html.escape(text)}</pre></html>", ["html-markup"]),
    ("html-table", lambda text: table(text, "<tr><td>{}</td><td>{}</td></tr>"), ["html-markup", "rows"]),
    ("html-paragraphs", lambda text: table(text, "<p><b>{}:</b> {}</p>"), ["html-markup"]),
    ("style-and-comment", lambda text: f"<style>p {{}}</style><!-- a -->{table(text, '{}: {}<br>')}", ["html-markup"]),
    ("quotation-marks-around", lambda text: f"\u201c{text}\u201d", ["surrounding-quotes"]),
    ("quotation-mark-before", lambda text: f"\u2018{text}", ["surrounding-quotes"]),
    ("markdown-table", lambda text: table(text, "| **{}** | {} |\n", "| Name | Value |\n|---|:-:|\n"), ["rows"]),
    ("markdown-table-without-outer-bars", lambda text: table(text, "{} | {}\n", "Name | Value\n--- | :-:\n"), ["rows"]),
    ("table-of-csv", lambda text: table(text, '{},"{}"\n', "name,value\n", '"'), ["rows"]),
    ("table-with-tabs", lambda text: table(text, "{}\t{}\n"), ["rows"]),
    ("times", lambda text: indent(text, "07/May/2025 11:56:11 INFO: "), ["line-prefixes"]),
    ("times-before-fields", lambda text: bullets(text, "2025-05-07T11:56:11.123Z "), ["line-prefixes"]),
    ("bullets", lambda text: bullets(text, "* "), ["field-marks"]),
    ("bullets-before-all-lines", lambda text: indent(text, "- "), ["field-marks"]),
    ("bold-names", lambda text: re.sub("(?m)^([!-9;-~]+):", "**\\1:**", text), ["emphasis"]),
    ("code-spans", lambda text: table(text, "`{}: {}`\n"), ["emphasis"]),
    ("words-before", lambda text: "Here you are: " + text, ["leading-words"]),
    ("label-before", lambda text: "Headers: " + text, ["leading-words"]),
    ("glued", lambda text: re.sub(r"\nReceived: (?=from)", "Received: ", text), ["glued-fields"]),
    ("glued-behind-a-colon", lambda text: re.sub(r"\nReceived: (?=from)", ": Received: ", text), ["glued-fields"]),
    ("glued-as-a-fold", lambda text: re.sub(r"\nReceived: (?=from)", "\n Received: ", text), ["glued-fields"]),
    ("glued-and-flat", lambda text: flat(text).replace("\nRec", ": Rec"), ["glued-fields", "continuation-lines"]),
    ("glued-without-a-space", lambda text: flat(text).replace("\nRec", "Rec"), ["glued-fields", "continuation-lines"]),
    ("names-alone", lambda text: table(text, "{}\n{}\n"), ["names-alone"]),
    ("cut-by-a-terminal", lambda text: re.sub("(.{60})(?=.)", "\\1\n", unfolded(text)), ["cut-lines"]),
    ("markdown-line-breaks", lambda text: text.replace("\n", "\\\n"), ["markdown-escapes"]),
    ("markdown-escapes", lambda text: re.sub(r"([]_<>[])", r"\\\1", text), ["markdown-escapes"]),
    ("links", lambda text: re.sub(r"(by )([\w.]+example)", r"\1\2<http://\2/>", text), ["links"]),
    ("links-of-markdown", lambda text: re.sub(r"(by )([\w.]+example)", r"\1[\2](http://\2)", text), ["links"]),
    ("links-of-slack", lambda text: re.sub(r"(by )([\w.]+example)", r"\1<http://\2|\2>", text), ["links"]),
    ("checked-links", lambda text: re.sub(r"(by )([\w.]+example)", rf"\1\2<{CHECKED}\2%2F&data=x>", text), ["links"]),
    ("minus-signs", lambda text: text.replace(" -0", " \u22120"), ["smart-punctuation"]),
    ("full-width-colons", lambda text: re.sub("(?m)^([A-Za-z-]+): ", "\\1\uff1a", text), ["wide-colons"]),
    ("full-width-colon-of-received", lambda text: text.replace("Received: ", "Received\uff1a "), ["wide-colons"]),
    ("string-literal-per-line", lambda text: text.replace("\n", "\\n\n"), ["escapes"]),
    ("string-literal-per-line-crlf", lambda text: text.replace("\n", "\\r\\n\n"), ["escapes"]),
    ("no-break-references", lambda text: unfolded(text).replace(" ", "&nbsp;"), ["html-references", "unicode-spaces"]),
    ("mark-and-blank-lines", lambda text: "\ufeff" + doubled(text), ["byte-order-mark", "blank-lines"]),
]
# Damage that is not visible in some of the texts.
NOT_SHOWN = {
    ("all-on-one-line", "short"),  # a single Received field cannot be distinguished from a long one
    ("html-source", "short"),
    ("html-numbers", "short"),
    ("quoted-and-escaped", "short"),
    ("label-before", "others"),  # a label before a field of any kind is a field
    *((f"glued{how}", text) for how in ("", "-behind-a-colon", "-as-a-fold") for text in ("others", "short")),
    ("indented-but-for-the-first-line", "short"),  # fields after the only Received field may be its folds
    ("glued-and-flat", "short"),
    ("glued-without-a-space", "short"),
    ("cut-by-a-terminal", "short"),  # a single line is cut by chance
    ("minus-signs", "exchange"),
    ("minus-signs", "short"),
}


@pytest.mark.parametrize(
    ("damage", "expected", "text"),
    [
        pytest.param(damage, expected, text.values[0], id=f"{name}-{text.id}")
        for name, damage, expected in DAMAGES
        for text in TEXTS
        if (name, text.id) not in NOT_SHOWN
    ],
)
def test_damage_is_undone(damage: Callable[[str], str | bytes], expected: list[str], text: str) -> None:
    mended, made = repair(damage(text))
    assert fields(mended) == fields(text.encode())
    assert split(mended).defects == ()
    assert [one.code for one in made] == expected
    assert repair(mended) == (mended, ())


def test_an_invisible_character_is_reported_by_name() -> None:
    _, (made,) = repair("Received: from a.example by b.\u202eexample with ESMTP; Mon, 3 Jun 2024 18:02:33 +0000\n")
    assert made.message == "replaced Unicode spaces such as no-break spaces, or removed invisible characters"


@pytest.mark.parametrize("text", [text for text in TEXTS if text.id != "short"])
def test_quoted_printable_is_decoded(text: str) -> None:
    damaged = quopri.encodestring(re.sub(r"\n[ \t]+", " ", text).encode())
    mended, made = repair(damaged)
    assert fields(mended) == fields(text.encode())
    assert [one.code for one in made] == ["quoted-printable"]


RESTS = ["a.example\\n", "a.example\\n >", "\\t a.example", "May 18 11:38:39 host app[1]: a.example"]


@pytest.mark.parametrize("host", RESTS)
def test_a_host_name_with_rests_of_damage_is_unknown(host: str) -> None:
    route = read(f"> Received: from {host} by b.example with SMTP id 1; Tue, 18 May 2021 11:38:39 +0400\n>\n")
    assert route.repairs
    assert [hop.stamp.from_domain and hop.stamp.from_domain.domain in {None, "a.example"} for hop in route.hops] == [
        True
    ]


@pytest.mark.parametrize("host", ["my pc", "CORP\\name", "a_b", "a.example"])
def test_an_unusual_host_name_is_kept(host: str) -> None:
    route = read(f"> Received: from {host} by b.example with SMTP id 1; Tue, 18 May 2021 11:38:39 +0400\n>\n")
    plain = read(f"Received: from {host} by b.example with SMTP id 1; Tue, 18 May 2021 11:38:39 +0400\n")
    assert [hop.stamp.from_domain for hop in route.hops] == [hop.stamp.from_domain for hop in plain.hops]


@pytest.mark.parametrize("above", ["", "Hello,\n\n", "Hello, please look:\nthanks\n"])
@pytest.mark.parametrize("margin", ["", "  ", "\t"])
def test_results_without_a_received_field_lose_text_above_and_their_indentation(above: str, margin: str) -> None:
    header = "Authentication-Results: mx.example; spf=pass\n smtp.mailfrom=a.example\nX-Microsoft-Antispam: BCL:0;\n"
    text, repairs = repair(above + indent(header, margin))
    assert text.decode() == header
    assert [made.code for made in repairs] == (["results-alone"] if above or margin else [])


def test_every_repair_has_a_case() -> None:
    covered = {code for _, _, expected in DAMAGES for code in expected} | {
        "quoted-printable",
        "record",
        "records",
        "results-alone",
        "soft-breaks",
    }
    assert covered == {code for code, _, _ in REPAIRS} | {"utf-16"}


# Lines that lost their indentation, or did not: text, and the bodies of its fields.
CONTINUATIONS = [
    pytest.param(
        "Received: from a by b;\nTue, 31 Jul 2012 21:52:42\n+1000\n(AEST)\nX-A: b\n c\n",
        ["from a by b; Tue, 31 Jul 2012 21:52:42 +1000 (AEST)", "b c"],
        id="pieces-of-a-date",
    ),
    pytest.param(
        "Received: from a by b; Tue, 31 Jul 2012\n21:52:42 +1000\nX-A: b\n",
        ["from a by b; Tue, 31 Jul 2012 21:52:42 +1000", "b"],
        id="a-time-is-no-field",
    ),
    pytest.param(
        "Received: from a\n(2001:db8::1) by b; Tue, 31 Jul 2012 21:52:42 +1000\n",
        ["from a (2001:db8::1) by b; Tue, 31 Jul 2012 21:52:42 +1000"],
        id="an-address-is-no-field",
    ),
    pytest.param(
        "Received: from a by b; Tue, 31 Jul 2012 21:52:42 +1000 (using TLS with\ncipher X)\nX-A: b\n",
        ["from a by b; Tue, 31 Jul 2012 21:52:42 +1000 (using TLS with cipher X)", "b"],
        id="open-comment-behind-the-date",
    ),
    pytest.param(
        "Received: from a (Tue, 31 Jul 2012 21:52:40 +1000)\nby b; Tue, 31 Jul 2012 21:52:42 +1000\n",
        ["from a (Tue, 31 Jul 2012 21:52:40 +1000) by b; Tue, 31 Jul 2012 21:52:42 +1000"],
        id="date-in-a-comment",
    ),
    pytest.param("Message-ID:\n<1@a.example>\nX-A: b\n c\n", ["<1@a.example>", "b c"], id="empty-field"),
    pytest.param("X-A: " + "b" * 70 + "\ncd\nX-E: f\n g\n", ["b" * 70 + " cd", "f g"], id="behind-a-long-line"),
    pytest.param("X-A: b\nc\nd\nX-E: f\n", ["b c d", "f"], id="no-line-is-indented"),
]


RESULTS = """\
Authentication-Results: spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dkim=none (message not signed)
 header.d=none;compauth=fail reason=000
X-MS-Exchange-Organization-SCL: 6
X-Microsoft-Antispam: BCL:4;
X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:NL;SCL:6;SRV:;
 IPV:NLI;SFV:SPM;
 CAT:SPOOF;DIR:INB;
"""


@pytest.mark.parametrize(
    ("damaged", "codes"),
    [
        pytest.param(RESULTS.replace("\n ", "\n"), ["continuation-lines"], id="lost indentation"),
        pytest.param(RESULTS[RESULTS.index("X-F") :].replace("\n ", "\n"), ["continuation-lines"], id="one field"),
        pytest.param(RESULTS.replace("\n", "\n\n"), ["blank-lines"], id="blank lines"),
        pytest.param(
            RESULTS.replace("\n ", "\n").replace("\n", "\n\n"), ["blank-lines", "continuation-lines"], id="both"
        ),
        pytest.param(re.sub("(?m)^([^ :]+): ", r"\1\t", RESULTS.replace("\n ", " ")), ["rows"], id="a table"),
    ],
)
def test_results_without_a_received_field_are_repaired(damaged: str, codes: list[str]) -> None:
    clean, repairs = repair(damaged)
    expected = RESULTS[RESULTS.index(damaged[:4]) :]
    assert clean.decode().split() == expected.split()
    assert [made.code for made in repairs] == codes


@pytest.mark.parametrize(("text", "bodies"), CONTINUATIONS)
def test_lines_without_indentation_are_joined_if_unambiguous(text: str, bodies: list[str]) -> None:
    mended, made = repair(text)
    assert [field.body for field in split(mended).fields] == bodies
    assert [one.code for one in made] == ["continuation-lines"]


# Unusual pastes: text, the bodies of its Received fields, and the repairs.
DATED = "; Tue, 31 Jul 2012 21:52:42 +1000"
ODD = [
    pytest.param(
        f"Subject: a=b\nReceived: from a (version=3DTLS1_2)\nby b{DATED}\n",
        [f"from a (version=TLS1_2) by b{DATED}"],
        ["quoted-printable", "continuation-lines"],
        id="encoded-in-received-fields-only",
    ),
    pytest.param(
        '{"a": {"from": {"b": "c"}}, "Received": ["from \\ud83d\\ude00 by b", "from \\u00e9\\x41 by d"], "d": 1}',
        ["from \U0001f600 by b", "from \u00e9A by d"],
        ["strings"],
        id="object-with-a-list-under-the-name",
    ),
    pytest.param(
        '2012", "value": "x"}, {"name": "Received", "value": "from a by b"}]',
        ["from a by b"],
        ["strings"],
        id="starts-within-a-string",
    ),
    pytest.param(
        "'Received: from a by \\\n  b'",
        ["from a by b"],
        ["strings"],
        id="string-continued-in-the-next-line",
    ),
    pytest.param(
        f"Headers of it: {{'body': 'x\\nReceived: from a by b{DATED}\\n'}}",
        [f"from a by b{DATED}"],
        ["strings"],
        id="string-of-python-in-a-log",
    ),
    pytest.param(
        "- name: 'Received'\n  value: 'from ''a'' by b'\n", ["from 'a' by b"], ["name-value-lines"], id="yaml"
    ),
    pytest.param(
        f"    Received: from a\n      by b{DATED}\n    Subject: c\n\nHello\n",
        [f"from a  by b{DATED}"],
        ["indentation"],
        id="indented-above-a-body",
    ),
    pytest.param(
        f"Hi\n```\nls\n```\n\n{{code:title=x}}\nReceived: from a by b{DATED}\n{{code}}\nBob\n",
        [f"from a by b{DATED}"],
        ["leading-text", "code-fence"],
        id="second-block-of-code",
    ),
    pytest.param(
        f"Received: from a\n\n by b{DATED}\n\nHello\n",
        [f"from a by b{DATED}"],
        ["blank-lines"],
        id="blank-lines-within-the-only-field",
    ),
    pytest.param(
        f"Received: from a by b{DATED}\n\nReceived: from c\n by d{DATED}\n",
        [f"from a by b{DATED}", f"from c by d{DATED}"],
        ["blank-lines"],
        id="blank-line-between-two-stamps",
    ),
    pytest.param(
        f"Received: from a\n\nby b{DATED}\n\nReceived: from c\n\n(d)\n\nby e{DATED}\n\nHello\n",
        [f"from a by b{DATED}", f"from c (d) by e{DATED}"],
        ["blank-lines", "continuation-lines"],
        id="blank-lines-and-flat-to-the-last-stamp",
    ),
    pytest.param(
        f'"Received: from a ("b c", from userid 1) by d{DATED}\nX-A: b"\n',
        [f'from a ("b c", from userid 1) by d{DATED}'],
        ["surrounding-quotes"],
        id="quotation-mark-and-comma-in-a-field",
    ),
    pytest.param(
        f"+Received: from a (Authenticated\n+\tsender: b) by c{DATED}\n+X-A: b\n",
        [f"from a (Authenticated\tsender: b) by c{DATED}"],
        ["line-prefixes"],
        id="field-name-in-a-stamp",
    ),
    pytest.param(
        f"<PRE>Return-Path: <a>\nReceived: from a\n by b{DATED}</PRE>",
        [f"from a by b{DATED}"],
        ["html-markup"],
        id="tags",
    ),
    pytest.param(
        f"<i>Hi</i><pre>Return-Path: <a>\nReceived: from a\n by b{DATED}\n",
        [f"from a by b{DATED}"],
        ["html-markup"],
        id="tag-before-a-usual-field",
    ),
    pytest.param(
        f"<pre>\nReceived: from a\n by b &amp;lt;c&amp;gt;{DATED}</pre>",
        [f"from a by b <c>{DATED}"],
        ["html-markup"],
        id="escaped-twice",
    ),
    pytest.param(
        f"Hello <b>Bob</b>,<br>Received: from a<br>by b{DATED}<br><br>Bye",
        [f"from a by b{DATED}"],
        ["html-markup", "continuation-lines"],
        id="letter-in-html",
    ),
    pytest.param(
        f'Return-Path: <a>\\r\\nReceived: from a (HELO \\"b\\") by c{DATED}\\r\\nSubject: d\\r\\n',
        [f'from a (HELO "b") by c{DATED}'],
        ["escapes"],
        id="escape-sequences-and-quotation-marks",
    ),
    pytest.param(
        f"Received: from a by b<http://other.example>{DATED} [x](http://y)\n",
        None,
        [],
        id="links-that-say-something-else",
    ),
    pytest.param(
        MEMO + "Content-Transfer-Encoding: base64\n\nA=AA\n\nContent-Transfer-Encoding: base64\n\n",
        [],
        [],
        id="broken-base64",
    ),
    pytest.param(
        "Subject: fwd\nReceived: by me\n\n-----Original Message-----\n"
        f"Received: from a by b{DATED}\nReceived: from c by d{DATED}\n",
        [f"from a by b{DATED}", f"from c by d{DATED}"],
        ["forwarded"],
        id="longer-way-below-an-incomplete-header",
    ),
]


@pytest.mark.parametrize(("text", "bodies", "expected"), ODD)
def test_unusual_pastes_are_read_as_far_as_possible(text: str, bodies: list[str] | None, expected: list[str]) -> None:
    mended, made = repair(text)
    assert [one.code for one in made] == expected
    if bodies is None:
        assert mended == text.encode()
    else:
        assert [field.body for field in split(mended).fields if field.name == "Received"] == bodies


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("<b>a</b>", "a"),
        ('<span style="a;b">a</span>', "a"),
        ("<em><u>a</u></em>", "a"),
        ("<A HREF='b'>a</A>", "a"),
        ("a<br>", "a"),
        ("a; 31 Jul 2012 21:52:42 +1000<br>", "a; 31 Jul 2012 21:52:42 +1000"),
    ],
)
def test_tags_in_a_received_field_do_not_make_the_other_fields_html(host: str, plain: str) -> None:
    mended, made = repair(HEADER.replace("from a", f"from {host}") + HEADER + TAGS)
    assert mended.decode() == HEADER.replace("from a", f"from {plain}") + HEADER + TAGS
    assert [one.code for one in made] == ["html-markup"]


def test_emphasis_beside_a_stray_line_does_not_make_the_other_fields_html() -> None:
    mended, made = repair(HEADER.replace("from a", "from <b>a</b>") + "stray line\n" + TAGS)
    assert mended.decode() == f"{HEADER}stray line\n{TAGS}"
    assert [one.code for one in made] == ["html-markup"]


@pytest.mark.parametrize("tag", ["<br>", "<br/>\n", "</p>", "<span></span><br />\n", "</div><div>\n"])
def test_a_break_after_each_received_field_makes_the_header_a_page(tag: str) -> None:
    mended, made = repair(f"{HEADER.rstrip()}{tag}{HEADER.rstrip()}{tag}Subject: a &lt;b&gt; <i>c</i>{tag}".rstrip())
    assert fields(mended) == fields((HEADER + HEADER + "Subject: a <b> c\n").encode())
    assert [one.code for one in made] == ["html-markup"]


def test_repairs_terminate() -> None:
    mended, made = repair("[code]\n" * 100 + HEADER)
    assert [one.code for one in made] == ["code-fence"]
    assert mended.endswith(HEADER.encode())


# Unknown or ambiguous damage: returned unchanged.
DOUBTFUL = [
    pytest.param("", id="nothing"),
    pytest.param("\n\n", id="blank"),
    pytest.param("\0\x01\x02\n\0", id="binary"),
    pytest.param("Hello Ann,\nthis is a letter.\n\nRegards: none\n", id="prose"),
    pytest.param("stray line\nReceived: from a by b\n", id="stray-line-above"),
    pytest.param("Received: from a by b; Tue, 31 Jul 2012 21:52:42 +1000\nstray line\nX-A: b\n", id="behind-the-date"),
    pytest.param("Received: from a by b\n>From a Tue\nX-A: b\n", id="quoted-mbox-line"),
    pytest.param("Received: from a by b\n------\nX-A: b\n", id="ruler"),
    pytest.param("X-A: b\nshort\nX-B: c\n d\n", id="stray-line-behind-a-short-one"),
    pytest.param("> quoted prose\n> of Ann\n", id="quoted-prose"),
    pytest.param(">" * 12 + " Received: from a by b\n", id="quoted-too-often"),
    pytest.param(
        "Received: from a (&lt; <) by b; Tue, 31 Jul 2012 21:52:42 +1000\nstray line\n", id="reference-and-its-sign"
    ),
    pytest.param("1: Received: a\n3: by b\nX-A: b\nX-B: c\n", id="numbers-with-a-gap"),
    pytest.param("```\nprint(1)\n```\n", id="other-code"),
    pytest.param("X-A: b\nstray\nReceived: from a by b;\n date\n```\nReceived: c\n```\n", id="code-behind"),
    pytest.param("Hello\n\n> nothing: here\n", id="letter-without-fields"),
    pytest.param("  stray line\nReceived: from a by b\n", id="indented-stray-line-above"),
    pytest.param("  by b; Tue, 31 Jul 2012 21:52:42 +1000\nX-A: b\n", id="starts-in-a-continuation"),
]


@pytest.mark.parametrize("text", DOUBTFUL)
def test_ambiguous_text_is_not_changed(text: str) -> None:
    data = text.encode()
    mended, made = repair(data)
    assert mended is data
    assert made == ()


HEADER = "Received: from a by b; Tue, 31 Jul 2012 21:52:42 +1000\n"
TAGS = 'Subject: <script>alert(1)</script><b>bold</b>\nMessage-ID: <"><img src=x>@x>\n'
DIGEST = "Received: from c by d\n\nSubject: one\n\nReceived: from e by f\n\nSubject: two\n"
INTACT = [
    pytest.param(EXCHANGE, id="exchange"),
    pytest.param(OTHERS.replace("\n", "\r\n"), id="others-crlf"),
    pytest.param("From ann@a.example Tue Jul 31 21:52:42 2012\n" + OTHERS, id="mbox-line"),
    pytest.param(HEADER + "\nHello,\n\nBob\n", id="body"),
    pytest.param(EXCHANGE + "\n" + DIGEST, id="digest"),
    pytest.param(EXCHANGE + "\n" + doubled(OTHERS), id="message-about-damage"),
    pytest.param(EXCHANGE + "\n" + indent(OTHERS, "> "), id="message-that-quotes-one"),
    pytest.param(HEADER * 2 + "\n" + HEADER * 2 + "\n" + HEADER * 2, id="stamps-of-three-messages"),
    pytest.param(HEADER + "\nReceived: from c by d\n\nHello\n", id="one-returned-field"),
    pytest.param("Subject: x\n\nFrom: a\n\nTo: b\n\nReceived the parcel\n", id="short-letter"),
    pytest.param(HEADER + "Subject: &lt;b&gt; &amp; =3D &#43;\n", id="references-in-a-subject"),
    *(
        pytest.param(f"{above}{HEADER}{fields}", id=f"tags-{name}")
        for name, above, fields in (
            ("in-other-fields", "", f"{TAGS}X-A: <p>Date: a</p><br>\n"),
            ("above", f"{TAGS}Reply-To: <td>a</td><br>\n", ""),
            ("script-as-host", HEADER.replace("a", "<script>alert(1)</script>"), TAGS),
            ("closed-as-host", HEADER.replace("a", "</b>"), TAGS),
            ("break-as-host", HEADER.replace("a", "<br>"), TAGS),
            ("block-as-host", HEADER.replace("a", "a</div><div>"), TAGS),
            ("field-as-host", HEADER.replace("a", "a<br>Subject:"), TAGS),
            ("in-an-mbox", "From ann@a.example Tue Jul 31 21:52:42 2012\n" + HEADER.replace("a", "</p>"), TAGS),
            ("page-as-body", HEADER.replace("a", "</p>"), f"{TAGS}\n<html><body><p>{HEADER}</p></body></html>\n"),
        )
    ),
    pytest.param(HEADER + "Subject:\u00a0a\u00a0b\n\u00a0\n".rstrip("\u00a0\n"), id="no-break-space-in-a-subject"),
    pytest.param(HEADER.replace("by", "(&lt; < &gt; >) by"), id="references-beside-their-signs"),
    pytest.param(HEADER + "X-Note: see Received: from a by b Date: now\n", id="field-names-in-a-field"),
    pytest.param(f"Received: from a by b{DATED}: Received:from a by b{DATED}\nX-A: b\n", id="stamp-said-twice"),
    pytest.param(f"Received: from a by b (was\n {DATED[2:]} Received: from c by d{DATED}){DATED}\n", id="in-a-comment"),
    pytest.param(
        f'Received: from "{DATED} Received: from c by d{DATED}" by b{DATED}\nX-A: b\n',
        id="in-a-quoted-string",
    ),
    pytest.param(f"Received: from a by b Received: from c by d{DATED}\nX-A: b\n", id="no-date-between"),
    pytest.param(f"Received: from a by b{DATED} Received: from c\nX-A: b\n", id="no-second-stamp"),
    pytest.param(f"Received: from a\u200b (b) by c{DATED}\nX-A: b\n", id="client-that-hides-a-sign"),
    pytest.param("Received: from a (CORP\\n b) by c\nX-A: b\n", id="account-that-looks-like-an-escape"),
    pytest.param("Received: from a (CORP\\n\n b) by c\n", id="account-that-looks-like-an-escape-before-a-fold"),
    pytest.param("Subject: (?<!\\r)\\r++\\n\r\n b\r\n", id="subject-that-ends-with-an-escape"),
    pytest.param("Subject: a\\n\n b\\n\n c\n", id="two-lines-that-end-with-an-escape-and-no-stamp"),
    pytest.param(HEADER + "\n" + HEADER + "Hello\n", id="stamps-and-a-word"),
    pytest.param(HEADER.replace("by b", "by b (version=3DTLS1_2)"), id="an-encoded-equals-sign"),
    pytest.param("Subject: x\n\nReceived: by card\n", id="a-bill-that-says-received"),
    pytest.param("Subject: x\n\nPayment received: by card; thanks\n", id="a-sentence-that-says-received"),
    pytest.param(EXCHANGE + "\n-----Original Message-----\n" + EXCHANGE * 3, id="message-that-quotes-a-longer-way"),
    pytest.param("A: b\n \n c\n\n", id="white-space-line"),
    pytest.param("Received:\u00ad\nReceived:;\u00ad\u00a0\n", id="signs-without-a-stamp"),
    pytest.param(f"A: b\\\n{HEADER}", id="backslash-at-the-end-of-a-field"),
    pytest.param(f"A: '\n \n x'\n{HEADER}", id="quotation-mark-of-a-field"),
    pytest.param(f"A: |\n {HEADER}{HEADER}", id="bar-that-ends-a-line"),
    pytest.param("A \t: b\r\r\nC: d\r\r\n\r\r\nE", id="cr-cr-lf"),
    pytest.param("Subject: x\n\n indented prose\n\nmore\n", id="indented-body"),
]


@pytest.mark.parametrize("text", INTACT)
def test_intact_text_is_not_changed(text: str) -> None:
    data = text.encode()
    mended, made = repair(data)
    assert mended is data
    assert made == ()


@pytest.mark.parametrize("field", ["WDCIronportException", "Acme-Sender", "Y_Sent"])
@pytest.mark.parametrize("base64", ["Og=", "gzs=", "fUtWk2=="])
def test_the_end_of_a_signature_is_not_a_soft_break(base64: str, field: str) -> None:
    assert soft_breaks(f"{HEADER}IronPort-SDR: kaJKHVoPu8\n {base64}\n{field}: Internal\n{HEADER}") is None


# Any header block that RFC 5322 section 2.2 allows, with any body; a body may hold header fields
# only below a complete block: otherwise it could continue it. Tags in a Received field, where its grammar
# does not allow them, are damage, and so is "=" at the end of a line, which is a soft line break.
LINE = st.binary(max_size=30).map(lambda text: re.sub(rb"[\r\n]|<(?=[/bB])|=\s*\Z", b"", text))
LINE_END = st.sampled_from([b"\r\n", b"\n"])
FTEXT = [chr(code) for code in range(33, 127) if chr(code) != ":"]
NAME = st.sampled_from([b"Received", b"X-A", b"Subject"]) | st.text(FTEXT, min_size=1).map(str.encode)
FOLD = st.tuples(LINE_END, st.sampled_from([b" ", b"\t"]), LINE).map(b"".join)
BODY = st.tuples(LINE, st.lists(FOLD, max_size=3).map(b"".join), LINE_END).map(b"".join)
FIELD = st.tuples(NAME, st.sampled_from([b":", b": ", b" :"]), BODY).map(b"".join)
FIELDS = st.lists(FIELD, min_size=1, max_size=8).map(b"".join)
PROSE = st.tuples(LINE_END, st.binary(max_size=60)).map(b"".join) | st.just(b"")
NESTED = st.lists(st.sampled_from([*HEADER.splitlines(), "From: a", "", "", " c", "Date: b", "Hi"]), max_size=12)


@given(FIELDS, PROSE)
@example(b"Subject: x\n", b"\n  prose\n\n  prose\n\n  prose")
@example(b"Received: from a by b\n", b"\n From: a\n\n d\n\n e")
@example(b"Received:\xc2\xa0&lt;&gt;&#43; Received: x\n", b"")
@example(b"'TO:\r\n", b"")
@example(b"Received:\\\r\n", b"")
@example(b"Received:=20\r\n", b"")
@example("Received: grün & weiß\n".encode(), b"")
@example(b">:received:\r\n", b"")
@example(b"Subject: (?<!\\r)\\r++\\n\r\n b\r\n\tc\n", b"")
def test_a_well_formed_header_block_is_never_changed(block: bytes, body: bytes) -> None:
    message = block + body
    mended, made = repair(message)
    assert mended is message
    assert made == ()


@given(FIELDS, NESTED)
def test_fields_in_the_body_are_not_added_to_a_complete_header(block: bytes, body: list[str]) -> None:
    message = block + b"Received: from a by b\nFrom: a@b.example\nDate: now\n\n" + "\n".join(body).encode()
    mended, made = repair(message)
    assert mended is message
    assert made == ()


@given(st.text())
def test_text_is_read_as_utf_8(text: str) -> None:
    assert repair("A: b\nC: " + text.translate({10: 32, 13: 32})) == (
        ("A: b\nC: " + text.translate({10: 32, 13: 32})).encode(),
        (),
    )


def test_surrogate_escapes_become_their_bytes() -> None:
    assert repair("Subject: gr\udcfcn\n") == (b"Subject: gr\xfcn\n", ())


PIECES = [
    *["Received: from a by b; Tue, 31 Jul 2012 21:52:42 +1000", "Received:", "From: a", "Date: b", "X-A: b", "by c"],
    *["\n", "\n\n", "\r", "\r\n", " ", "\t", "> ", ">", "|", "```", "1:", "\u00a0", "\ufeff", "\0", "\ud800", "&lt;"],
    *["=\n", "=3D", "21:52:42 +1000", "(2001:db8::1)", "Hello", "--", "received: from b", "Received", "|", "\\", "\\n"],
    *[
        '"',
        '""',
        "'",
        '{"headers": "',
        '": "',
        '", "',
        '"Received": "',
        "name: Received\nvalue: from",
        ",",
        "- ",
        "1. ",
    ],
    *["<br>", "<p>", "</td><td>", "<pre>", "</pre>", "<!--", "<style>", "**", "`", "\\<", "\\_", "\x1b[1m", "\u201c"],
    *["<http://", "](http://", ">", "{code}", "-----Original Message-----\n", "base64\n", "Headers: ", "\u2013"],
]


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join) | st.binary())
@example("\udc80\ud800")
@example(b"\xff\xfe\n")
@example("Received: from a\n\nby b\n\n")
def test_any_text_gives_bytes_and_only_malformed_text_is_repaired(data: str | bytes) -> None:
    mended, made = repair(data)
    if isinstance(data, bytes):
        assert (mended is data) == (not made)
        assert not (made and is_well_formed(data))
    assert len({one.code for one in made}) == len(made)


# Fields of an intact header other than Received may contain any of this and are not changed.
SIGNS = st.lists(st.sampled_from([piece for piece in PIECES if not set(piece) & set("\n\r\ud800")]), max_size=6)
OTHER = st.tuples(st.sampled_from(["Subject", "X-A", "From", "x-b"]), SIGNS).map(lambda f: f"{f[0]}: {''.join(f[1])}\n")


@given(st.lists(OTHER, max_size=4), st.lists(OTHER | st.just(HEADER), max_size=4), st.sampled_from(["", "\nHello\n"]))
def test_unusual_characters_in_other_fields_are_not_damage(above: list[str], below: list[str], body: str) -> None:
    message = "".join([*above, HEADER, *below, body]).encode()
    mended, made = repair(message)
    assert mended is message
    assert made == ()


@given(st.lists(st.sampled_from([piece for piece in PIECES if piece != "\ud800"])).map("".join))
def test_no_repair_drops_a_received_field(text: str) -> None:
    data = text.encode()
    seen = [field for field in split(data).fields if field.name == "Received" and "2012" in field.body]
    assert repair(data)[0].count(b"2012") >= len(seen)


@pytest.mark.parametrize("digits", [7, 5000])
def test_a_line_of_digits_is_not_a_line_number(digits: int) -> None:
    block = f"{'1' * digits}\nReceived: from a.example by b.example; Tue, 31 Jul 2012 21:52:42 +1000\n\n"
    assert b"from a.example by b.example" in repair(block)[0]


def test_codes_and_messages_describe_the_repair() -> None:
    assert codes("> " + HEADER) == ["quoting"]
    assert [one.message for one in repair("> " + HEADER)[1]] == ["removed quote marks at the start of lines"]
