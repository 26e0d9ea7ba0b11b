"""Widths of text in columns, and the bar of delay shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.analysis.delays import Share
from hopscope.renderers.text import layout

GLYPHS = layout.Glyphs(parts=".:#", negative="<")


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("mail.example.org", 16, id="ASCII"),
        pytest.param("é – ü", 5, id="Latin"),
        pytest.param("例え", 4, id="wide"),
        pytest.param("ＡＢ", 4, id="full width"),
        pytest.param("e\u0301", 1, id="combining mark"),
        pytest.param("█▏◂─→", 5, id="what the table is drawn with"),
    ],
)
def test_width(text: str, columns: int) -> None:
    from rich.cells import cell_len

    assert layout.width(text) == columns == cell_len(text)


@pytest.mark.parametrize(
    ("path", "columns", "lines"),
    [
        pytest.param("", 10, [""], id="nothing"),
        pytest.param("samples/a.eml", 20, ["samples/a.eml"], id="it fits"),
        pytest.param("samples/one-two.eml", 12, ["samples/one-", "two.eml"], id="folded after a hyphen"),
        pytest.param("C:\\mail\\one.eml", 10, ["C:\\mail\\", "one.eml"], id="a path of Windows"),
        pytest.param("a.mbox: 2 of 3 messages", 12, ["a.mbox: 2 of", "3 messages"], id="words"),
        pytest.param("x" * 12, 10, ["x" * 12], id="a word that is too wide stays in one piece"),
    ],
)
def test_a_path_is_wrapped_at_its_separators(path: str, columns: int, lines: list[str]) -> None:
    assert layout.path_lines(path, columns) == lines


@pytest.mark.parametrize(
    ("share", "drawn"),
    [
        pytest.param(None, "", id="unknown: nothing"),
        pytest.param(Share(0.5, 0.0, negative=False), "", id="zero: nothing"),
        pytest.param(Share(0.0, 1.0, negative=False), "##########", id="the whole way"),
        pytest.param(Share(0.0, 0.5, negative=False), "#####", id="the first half"),
        pytest.param(Share(0.5, 0.5, negative=False), "     #####", id="the second half"),
        pytest.param(Share(0.0, 0.0001, negative=False), ".", id="tiny: visible but small"),
        pytest.param(Share(1.0, 0.0001, negative=False), "         .", id="tiny at the end"),
        pytest.param(Share(0.0, 0.14, negative=False), "#.", id="parts of a column"),
        pytest.param(Share(0.0, 0.16, negative=False), "#:", id="larger parts of a column"),
        pytest.param(Share(0.2, 0.3, negative=True), "  <<<", id="negative: drawn differently"),
        pytest.param(Share(0.2, 0.0001, negative=True), "  <", id="tiny negative"),
    ],
)
def test_bar(share: Share | None, drawn: str) -> None:
    assert layout.bar(share, 10, GLYPHS) == drawn


@given(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_bar_is_within_its_columns_and_proportional(start: float, end: float, negative: bool) -> None:  # noqa: FBT001 - drawn
    share = Share(min(start, end), abs(end - start), negative=negative)
    drawn = layout.bar(share, 12, GLYPHS)
    assert len(drawn) <= 12
    assert abs(len(drawn.strip()) - share.length * 12) <= 1


@pytest.mark.parametrize(
    ("cuts", "start"),
    [
        pytest.param((), 10, id="none"),
        pytest.param((7, 18), 10, id="none in the way"),
        pytest.param((12,), 14, id="one within"),
        pytest.param((16,), 18, id="one beside"),
        pytest.param((18, 12), 20, id="one after the other"),
    ],
)
def test_clear_of_cuts(cuts: tuple[int, ...], start: int) -> None:
    assert layout.clear(10, 5, cuts, 2) == start


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("mail.example.org", 16, "mail.example.org"),
        ("mail.shop.example.org", 16, "mail…example.org"),
        ("mail.shop.example.org", 15, "mai…example.org"),
        ("mail-relay-07.europe.example.org", 25, "mail-relay-07…example.org"),
        ("ex2016-mbx01.corp.example.com", 16, "ex2016-mbx01…com"),
        ("ex16-02.corp.north.example", 20, "ex16-02…orth.example"),
        ("ex16-02.corp.north.example", 15, "ex16-02…example"),
        ("ex16-0x.corp.north.example", 20, "ex16-0…north.example"),
        ("a-name-without-dots", 9, "a-na…dots"),
        ("例え.テスト.example", 12, "例え…example"),
    ],
)
def test_a_host_is_shortened_in_its_middle(text: str, columns: int, expected: str) -> None:
    assert layout.shortened(text, columns) == expected


@given(st.text(alphabet="ab.例-", max_size=30), st.integers(2, 30))
def test_a_shortened_text_fits(text: str, columns: int) -> None:
    shown = layout.shortened(text, columns)
    assert layout.width(shown) <= columns
    assert shown == text or "…" in shown


@pytest.mark.parametrize(
    ("texts", "columns", "expected"),
    [
        (["mail.shop.example", "ex1.shop.example"], 13, ["mail…example", "ex1.s…example"]),
        (["mail.alpha.example", "mail.bravo.example"], 13, ["mail.alpha…", "mail.bravo…"]),
        (["mail-of-great-alpha.example", "mail-of-great-bravo.example"], 13, ["…lpha.example", "…ravo.example"]),
        (["mail.alpha.example", "mail.alpha.example"], 13, ["mail…example"] * 2),
        (["a" * 20 + "b" + "a" * 20, "a" * 20 + "c" + "a" * 20], 13, ["…" + "a" * 12] * 2),
    ],
)
def test_hosts_that_would_look_the_same_are_shortened_elsewhere(
    texts: list[str], columns: int, expected: list[str]
) -> None:
    shown = layout.shortened_apart(texts, columns)
    assert [shown[text] for text in texts] == expected


@given(st.lists(st.text(alphabet="ab.例-", max_size=30), max_size=4), st.integers(2, 30))
def test_texts_that_are_shortened_apart_fit(texts: list[str], columns: int) -> None:
    assert all(layout.width(short) <= columns for short in layout.shortened_apart(texts, columns).values())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Get-Queue -Server ex1", ["Get-Queue -Server", "ex1"]),
        ('Get-X -Id "<a b>" -Y', ['Get-X -Id "<a b>" -Y']),
        ('Get-Queues -Id "<a b>" -Y', ["Get-Queues -Id", '"<a b>" -Y']),
        ("a-word-of-more-than-20-columns x", ["a-word-of-more-than-20-columns", "x"]),
        ("", [""]),
    ],
)
def test_lines_are_broken_at_blanks_but_not_inside_an_argument(text: str, lines: list[str]) -> None:
    assert layout.wrapped(text, 20) == lines
