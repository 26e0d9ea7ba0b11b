"""Fields that people mark to point at a hop: bold, coloured, quoted, numbered, with an arrow; no hop is lost."""

import re

import pytest

import hopscope

pytestmark = pytest.mark.no_cover  # the smaller tests of paste measure it

FOLDED = """\
Received: from MBX2.contoso.example (192.0.2.2) by MBX1.contoso.example
 (192.0.2.1) with Microsoft SMTP Server (TLS) id 15.0.466.10 via Mailbox
 Transport; Tue, 31 Jul 2012 21:52:47 +1000
Received: from client.example ([192.0.2.7]) by MBX2.contoso.example
 (192.0.2.2) with Microsoft SMTP Server id 15.0.466.10; Tue, 31 Jul 2012 21:52:42 +1000
Received: from a.example by client.example with ESMTP id 1; Tue, 31 Jul 2012 21:52:41 +1000
From: Ann <ann@contoso.example>
Subject: hello
"""
UNFOLDED = re.sub(r"\n[ \t]+", " ", FOLDED)
MARKS = [
    *(("**", "**"), ("*", "*"), ("***", "***"), ("__", "__"), ("_", "_"), ("~~", "~~"), ("==", "=="), ("`", "`")),
    *(("<b>", "</b>"), ("<strong>", "</strong>"), ("<mark>", "</mark>"), ('<font color="red">', "</font>")),
    *(("<li>", "</li>"), ("<p>", "</p>"), ("[b]", "[/b]"), ("[color=red]", "[/color]"), ("[b][i]", "[/i][/b]")),
    *(("{color:red}", "{color}"), ("--> ", ""), ("-> ", ""), ("=> ", ""), (">>> ", ""), ("! ", ""), ("+ ", "")),
    *(("-", ""), ("> ", ""), ("| ", ""), ("[1] ", ""), ("[14:00] ", ""), ("(3) ", ""), ("3) ", ""), ("#3 ", "")),
    *(("\u2022 ", ""), ("\u2192 ", ""), ("\u00bb ", ""), ("\f", ""), ('"', '"'), ("'", "'"), ("\u201c", "\u201d")),
    *((">>>", "<<<"), ("[code]", "[/code]"), ("[quote]", "[/quote]"), ("", " <-- this one"), ("**", "** <-- here")),
]


def marked(text: str, opening: str, closing: str, *, only: int | None) -> str:
    """The text with marks around one Received field, or around all of them."""
    fields = re.split(r"\n(?=\S)", text)
    for number, field in enumerate(fields):
        if field.startswith("Received:") and only in {number, None}:
            fields[number] = f"{opening}{field}{closing}"
    return "\n".join(fields)


def hops(text: str) -> list[tuple[object, ...]]:
    route = hopscope.read(text)
    return [(hop.label.service, hop.written_server, hop.time, hop.stamp.id, hop.stamp.via) for hop in route.hops]


@pytest.mark.parametrize(("opening", "closing"), MARKS)
def test_a_marked_field_is_read(opening: str, closing: str) -> None:
    for text in (FOLDED, UNFOLDED):
        for only in (0, 1, 2, None):
            assert hops(marked(text, opening, closing, only=only)) == hops(text), only


@pytest.mark.parametrize("mark", ["**", "*", "_", "~~", "==", "`", "'''", "__"])
def test_marks_around_each_line_or_a_clause_are_removed(mark: str) -> None:
    lines = [f"{mark}{line.strip()}{mark}" for line in FOLDED.split("\n")[3:5]]
    for marked_text in (
        "\n".join([*FOLDED.split("\n")[:3], "\n ".join(lines), *FOLDED.split("\n")[5:]]),
        FOLDED.replace("from client.example ([192.0.2.7])", f"{mark}from client.example ([192.0.2.7]){mark}"),
        UNFOLDED.replace("from a.example", f"{mark}from a.example{mark}"),
    ):
        assert hops(marked_text) == hops(FOLDED)


def test_a_quoted_field_is_read_without_its_marks() -> None:
    for mark in ("> ", "| ", ">"):
        for number in range(3):
            fields = re.split(r"\n(?=\S)", FOLDED)
            fields[number] = "\n".join(f"{mark}{line}" for line in fields[number].split("\n"))
            assert hops("\n".join(fields)) == hops(FOLDED), (mark, number)


def test_marks_around_a_folded_line_are_removed() -> None:
    for mark in ("**", "*", "_", "~~", "`"):
        line = "(192.0.2.2) with Microsoft SMTP Server id 15.0.466.10; Tue, 31 Jul 2012 21:52:42 +1000"
        assert hops(FOLDED.replace(line, f"{mark}{line}{mark}")) == hops(FOLDED), mark


NAMES = ["**Received:**", "**Received**:", "[b]Received:[/b]", "[color=red]Received[/color]:", "~~Received:~~"]


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        *(("[i]", "[/i]:"), ("==", "==:"), ("`", "`:"), ("[font=Arial][b]", ":[/b][/font]"), ("<u>", ":</u>")),
        *(("{color:red}", ":{color}"), ("'''", ":'''"), ("***", ":***")),
    ],
)
def test_marks_around_all_names_are_removed(opening: str, closing: str) -> None:
    for text in (FOLDED, UNFOLDED):
        assert hops(re.sub(r"(?m)^([A-Za-z]+):", rf"{opening}\1{closing}", text)) == hops(text)


@pytest.mark.parametrize("name", [*NAMES, "__Received:__", "<b>Received:</b>", ">>>Received<<<:", "`Received:`"])
def test_a_marked_name_is_read(name: str) -> None:
    for text in (FOLDED, UNFOLDED):
        assert hops(text.replace("Received:", name)) == hops(text)
        assert hops(text.replace("Received:", name, 1)) == hops(text)


WORDS = ["via Mailbox Transport", "Mailbox Transport", "MBX2.contoso.example", "192.0.2.7", "192.0.2.2", "21:52:42"]
AROUND = [
    "_{}_",
    "**{}**",
    "'''{}'''",
    "''{}''",
    "{{color:red}}{}{{color}}",
    "{{color}}{}{{color}}",
    ">>>{}<<<",
    ">>> {}<<<",
]


@pytest.mark.parametrize("around", [*AROUND, "=={}==", "!!{}!!", "->{}<-", "~~{}~~", "`{}`", "[color=red]{}[/color]"])
def test_a_marked_word_is_read(around: str) -> None:
    for word in WORDS:
        assert hops(UNFOLDED.replace(word, around.format(word), 1)) == hops(UNFOLDED), word
        assert hops(FOLDED.replace(word, around.format(word), 1)) == hops(FOLDED), word


UNMARKED = ["_tcp.example", "x_y.example", "a_b_c.example", "_a.b_c.example"]


@pytest.mark.parametrize("host", UNMARKED)
def test_a_name_with_underscores_is_kept(host: str) -> None:
    text = FOLDED.replace("client.example", host)
    assert hopscope.read(text).repairs == ()
    assert any(host == (hop.stamp.from_domain and hop.stamp.from_domain.domain) for hop in hopscope.read(text).hops)


OTHER_FIELDS = [
    "X-Received: by a.example with SMTP; Tue, 31 Jul 2012 21:52:41 +1000",
    "X-Original-Received: from a.example by b.example; Tue, 31 Jul 2012 21:52:41 +1000",
    "DKIM-Signature: v=1; h=Received:From:To; b=abc",
    "DKIM-Signature: v=1; h=Received : From : To; b=abc",
    "Subject: received: by whom?",
]


@pytest.mark.parametrize("field", OTHER_FIELDS)
def test_another_field_adds_no_hop(field: str) -> None:
    route = hopscope.read(f"{FOLDED}{field}\n\n")
    assert (len(route.hops), route.repairs, route.defects) == (3, (), ())


def test_a_field_inside_a_line_is_counted() -> None:
    text = UNFOLDED.replace("Received: from a.example", "I think that Received: from a.example")
    (unread,) = [defect for defect in hopscope.read(text).defects if defect.code == "received-unread"]
    assert unread.message == "1 Received field was not read: inside another line of the header"
