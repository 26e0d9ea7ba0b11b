"""Markdown for tickets and job summaries."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

import hopscope
from hopscope import render
from hopscope.analysis.analyze import analyze
from hopscope.model import Route
from hopscope.renderers import Style, rendered
from hopscope.renderers.message import wording
from hopscope.renderers.message.hop_table import HEADINGS, Row, hop_table
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import label

from ..strategies import routes, unsafe_characters

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MESSAGE = b"""\
Received: from b.example by c.example with ESMTP; Mon, 3 Jun 2024 18:02:34 +0000
Received: by b.example with SMTP; Mon, 3 Jun 2024 18:02:33 +0000
Subject: Your order
Message-ID: <a@example.org>
"""


def inlines(text: str) -> Iterator[tuple[str, str]]:
    """Kind of block and text of each piece of a document, whose only markup must be code."""
    kinds: list[str] = []
    for token in PARSER.parse(text):
        if token.nesting == 1:
            kinds.append(token.tag)
        elif token.nesting == -1:
            kinds.pop()
        elif token.type == "inline":
            yield kinds[-1] if kinds[-1] != "p" else (kinds[-2] if len(kinds) > 1 else "p"), plain(token)
        else:
            raise AssertionError(token.type)


def plain(token: Token) -> str:
    children = token.children or []
    assert {child.type for child in children} <= {"text", "text_special", "code_inline"}
    return "".join(child.content for child in children)


def kept(text: str | None) -> str:
    return visible(text or "").strip()


def shown_cells(row: Row) -> tuple[str, ...]:
    names = [name for name in HEADINGS if name != "timeline"]
    border = ("", row.border, *[""] * (len(names) - 2)) if row.border else ()
    return (*border, *(row.full_service if name == "service" else getattr(row, name) for name in names))


@given(routes, st.booleans())
def test_a_document_keeps_its_texts_without_other_markup(message: Route, defects: bool) -> None:  # noqa: FBT001 - drawn
    shown = "".join(rendered("markdown", [analyze(message)], Style(defects=defects)))
    assert not unsafe_characters(shown)
    found = list(inlines(shown))
    cells = [text for kind, text in found if kind == "td"]
    analysis = analyze(message)
    expected = [kept(text) for row in hop_table(analysis, None).rows for text in shown_cells(row)]
    assert cells == expected
    findings, hidden = wording.worst_findings(analysis, with_defects=defects)
    lines = [
        line
        for finding in findings
        for line in (f"{label(finding)}: {finding.message}", finding.cause or "", *finding.checks)
    ]
    listed = [*lines, hidden, *wording.notes(analysis, with_defects=defects)]
    assert [text for kind, text in found if kind == "li"] == [kept(line) for line in listed if kept(line)]
    title = kept(message.subject or message.message_id or message.source)
    assert [text for kind, text in found if kind == "h3"] == [title]


def test_the_title_is_the_subject_or_its_substitute() -> None:
    assert render.markdown(hopscope.read(MESSAGE)).startswith(
        "### Your order\n\n2 hops in 1 s; no Exchange\n\nMessage-ID: `<a@example.org>`\n"
    )
    without = hopscope.read(MESSAGE.replace(b"Subject: Your order\n", b""), source="a.eml")
    assert render.markdown(without).startswith("### `<a@example.org>`\n\n2 hops")
    assert render.markdown(Route(source="a.eml")).startswith(
        "### a.eml\n\nNo Received field, so the path is unknown.\n\n- info HOP304"
    )


def test_messages_are_separated_by_a_blank_line() -> None:
    one = render.markdown(hopscope.read(MESSAGE))
    assert "".join(rendered("markdown", [analyze(hopscope.read(MESSAGE))] * 2, Style())) == f"{one}\n{one}"
