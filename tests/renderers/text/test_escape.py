"""How hostile text is escaped in each output."""

import csv as csv_module
import io
import json as json_module
import sys
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from markdown_it import MarkdownIt

from hopscope.renderers.text import escape as printable

from ..strategies import SHOWN_FORMAT_CHARACTERS, is_unsafe, texts, unsafe_characters

# Unicode 17, DerivedCoreProperties.txt: Default_Ignorable_Code_Point.
DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("mail.example.org", "mail.example.org", id="plain"),
        pytest.param("\x1b[31mred", r"\x1b[31mred", id="escape sequence"),
        pytest.param("\x1b]8;;http://x\x07y", r"\x1b]8;;http://x\x07y", id="OSC 8 link"),
        pytest.param("\x9b31m", r"\x9b31m", id="C1: CSI in one byte"),
        pytest.param("a\x7fb", r"a\x7fb", id="DEL"),
        pytest.param("a\nb\rc\td", r"a\nb\x0dc d", id="line breaks and tab"),
        pytest.param("\u202egnp.exe", r"\u202egnp.exe", id="override of direction"),
        pytest.param("\u2066x\u2069\u200f\u061c", r"\u2066x\u2069\u200f\u061c", id="isolates and marks of direction"),
        pytest.param("a\u200bb\u2060c\ufeff\u00ad", r"a\u200bb\u2060c\ufeff\xad", id="zero width"),
        pytest.param("\u3164\u2800\u115f", r"\u3164\u2800\u115f", id="characters without ink"),
        pytest.param("a\u2028b\u2029", r"a\u2028b\u2029", id="line and paragraph separators"),
        pytest.param("\U000e0041\U000e007f", r"\U000e0041\U000e007f", id="tags"),
        pytest.param("\u2764\ufe0f", "\u2764\\ufe0f", id="variation selector"),
        pytest.param("\ufdd0\uffff\U0010ffff", r"\ufdd0\uffff\U0010ffff", id="noncharacters"),
        pytest.param("caf\udce9", r"caf\xe9", id="byte that is no UTF-8"),
        pytest.param("\ud83d", r"\ud83d", id="half of a surrogate pair"),
        pytest.param("e\u0301te\u0301", "e\u0301te\u0301", id="combining marks on letters"),
        pytest.param("\u0301x \u0301", r"\u0301x \u0301", id="combining marks on nothing"),
        pytest.param("e" + "\u0301" * 6, "e" + "\u0301" * 4 + r"\u0301\u0301", id="heap of combining marks"),
        pytest.param("a\U0001e000", "a\U0001e000", id="mark above the basic plane"),
        pytest.param(" \U0001e000", r" \U0001e000", id="mark above the basic plane on nothing"),
        pytest.param("例え.テスト אבג", "例え.テスト אבג", id="other scripts"),
        pytest.param("##[add-mask]x", r"\x23#[add-mask]x", id="command of a CI runner"),
        pytest.param("a ##vso[task.complete]", r"a \x23#vso[task.complete]", id="command of Azure Pipelines"),
        pytest.param("::stop-commands::x", r"\x3a:stop-commands::x", id="command of GitHub Actions"),
        pytest.param("a ::add-mask", r"a \x3a:add-mask", id="command, when the line is wrapped before it"),
        pytest.param(
            "::ffff:192.0.2.1 ::1 fe80::1%ens160 a::b ## [x]",
            "::ffff:192.0.2.1 ::1 fe80::1%ens160 a::b ## [x]",
            id="IPv6",
        ),
        pytest.param("[red]x[/red] <b> =1+1 *x*", "[red]x[/red] <b> =1+1 *x*", id="markup is text"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert printable.visible(text) == shown


def is_escaped(codes: Iterable[int]) -> bool:
    text = "".join(f"a{chr(code)}" for code in codes)
    return printable.visible(text) != text


def test_every_invisible_character_is_escaped() -> None:
    ignorable = {code for first, last in DEFAULT_IGNORABLE for code in range(first, last + 1)}
    escaped = {
        code
        for first in range(0, sys.maxunicode + 1, 256)
        if is_escaped(range(first, first + 256))
        for code in range(first, first + 256)
        if is_escaped([code])
    }
    unsafe = {code for code in range(sys.maxunicode + 1) if is_unsafe(chr(code))}
    assert not (ignorable | unsafe) - escaped
    assert not escaped & {ord(character) for character in SHOWN_FORMAT_CHARACTERS}


@given(texts)
def test_visible_text_is_one_safe_line_and_unchanged_when_escaped_again(text: str) -> None:
    shown = printable.visible(text)
    assert not unsafe_characters(shown)
    assert "\n" not in shown
    assert printable.visible(shown) == shown


@given(texts)
def test_json_keeps_every_text_except_invalid_utf_8(text: str) -> None:
    kept = printable.json(text)
    document = printable.json_document(json_module.dumps(kept, ensure_ascii=False).encode())
    assert json_module.loads(document) == kept
    assert not unsafe_characters(document)
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert kept == text


def test_json_writes_an_invalid_utf_8_byte_as_its_value() -> None:
    assert printable.json("caf\udce9 \ud800 \u202e") == "caf\\xe9 \\ud800 \u202e"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        pytest.param("=1+1", "'=1+1", id="equals sign"),
        pytest.param("+1", "'+1", id="plus"),
        pytest.param("-1", "'-1", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at sign"),
        pytest.param("  =1+1", "'  =1+1", id="after blanks"),
        pytest.param('"=1+1"', '\'"=1+1"', id="after a quote"),
        pytest.param("'=1+1", "''=1+1", id="after an apostrophe"),
        pytest.param("\uff1d1", "'\uff1d1", id="full width"),
        pytest.param("|calc", "'|calc", id="pipe"),
        pytest.param("\t=1+1", "' =1+1", id="after a tab"),
        pytest.param("\r=1+1", r"\x0d=1+1", id="carriage return: escaped, so no longer at the start"),
        pytest.param("-", "-", id="a sign alone is no formula"),
        pytest.param("<a=b@example.org>", "<a=b@example.org>", id="inside"),
        pytest.param("– (no stamp)", "– (no stamp)", id="dash"),
    ],
)
def test_csv(text: str, cell: str) -> None:
    assert printable.csv(text) == cell


@given(texts)
def test_no_csv_cell_is_a_formula(text: str) -> None:
    cell = printable.csv(text)
    assert not (len(cell) > 1 and cell.lstrip(' "')[:1] in set("=+-@\t\r"))
    row = io.StringIO()
    csv_module.writer(row, lineterminator="\n").writerow([cell, "end"])
    assert next(csv_module.reader(io.StringIO(row.getvalue()))) == [cell, "end"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("EX19-01.corp.example.com", "EX19-01.corp.example.com", id="host"),
        pytest.param("TLS1.2 TLS_AES_256_GCM_SHA384", "TLS1.2 TLS_AES_256_GCM_SHA384", id="underscores inside words"),
        pytest.param("2024-06-03 14:02:34 -0400", "2024-06-03 14:02:34 -0400", id="time"),
        pytest.param("5 min 6 s", "5 min 6 s", id="delay"),
        pytest.param("Transport (inferred 99 %)", "Transport (inferred 99 %)", id="label"),
        pytest.param("CORP\\user AT&T a < b", "CORP\\user AT&T a < b", id="no markup"),
        pytest.param("<id@example.org>", "`<id@example.org>`", id="Message-ID: an address would be linked"),
        pytest.param("see http://evil.example now", "see `http://evil.example` now", id="URL"),
        pytest.param("www.evil.example", "`www.evil.example`", id="URL without a scheme"),
        pytest.param("ping @user", "ping `@user`", id="mention"),
        pytest.param("Ticket #12", "Ticket `#12`", id="number of an issue"),
        pytest.param("2002:a05:100::1", "`2002:a05:100::1`", id="colons as around the name of an emoji"),
        pytest.param("`a@b", "`` `a@b ``", id="code with a backtick"),
        pytest.param("[192.0.2.1]", "\\[192.0.2.1]", id="bracket"),
        pytest.param("<b>", "\\<b>", id="HTML"),
        pytest.param("&lt;", "\\&lt;", id="entity"),
        pytest.param("a|b", "a&#124;b", id="pipe"),
        pytest.param("http://a|b", "`http://a`&#124;b", id="pipe after a URL"),
        pytest.param("*a* _b_ ~c~ `d` $e$", "\\*a\\* \\_b\\_ \\~c\\~ \\`d\\` \\$e\\$", id="emphasis, code, math"),
        pytest.param("a\\*b\\", "a\\\\\\*b\\\\", id="backslash"),
        pytest.param("# a #", "\\# a \\#", id="heading"),
        pytest.param("- a - b", "\\- a - b", id="list"),
        pytest.param("12. a", "12\\. a", id="numbered list"),
        pytest.param("---", "\\---", id="rule"),
        pytest.param("> a > b", "\\> a > b", id="quotation"),
        pytest.param(">a@b", "`>a@b`", id="quotation with an address"),
        pytest.param("  code?", "code?", id="indented code"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_markdown(text: str, written: str) -> None:
    assert printable.markdown(text) == written


def read_back(markdown: str) -> str:
    """The text of the single block of ``markdown``, which must be text and code only."""
    opening, inline, closing = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    assert (opening.type, closing.type) == ("paragraph_open", "paragraph_close")
    assert {child.type for child in inline.children or ()} <= {"text", "text_special", "code_inline"}
    return "".join(child.content for child in inline.children or ())


@given(texts.filter(lambda text: printable.visible(text).strip() != ""))
@example("\\|")
@example("_|_")
@example("&|amp;")
def test_markdown_reads_as_the_visible_text(text: str) -> None:
    assert read_back(printable.markdown(text)) == printable.visible(text).strip()
