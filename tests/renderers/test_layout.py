"""Text in columns: measured, folded, side by side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.analysis.timing import Share
from hopscope.renderers import layout
from hopscope.renderers.layout import Cell
from hopscope.renderers.printable import visible

from .strategies import texts

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
    ("text", "columns", "lines"),
    [
        pytest.param("short", 10, ["short"], id="fits"),
        pytest.param("", 10, [""], id="nothing"),
        pytest.param("two words", 5, ["two", "words"], id="at a blank"),
        pytest.param("a b c d", 3, ["a b", "c d"], id="as many words as fit"),
        pytest.param("mail.shop.example.org", 12, ["mail.shop.", "example.org"], id="long word: after a dot"),
        pytest.param("TLS_AES_256_GCM", 8, ["TLS_AES_", "256_GCM"], id="long word: after an underscore"),
        pytest.param("abcdefghij", 4, ["abcd", "efgh", "ij"], id="long word: where it must"),
        pytest.param("a.bcdefghij", 6, ["a.bcde", "fghij"], id="long word: not for the sake of an early dot"),
        pytest.param("x abcdefghij y", 6, ["x", "abcdef", "ghij y"], id="long word among others"),
        pytest.param("例え例え", 5, ["例え", "例え"], id="wide characters are not halved"),
        pytest.param("ae\u0301b", 2, ["ae\u0301", "b"], id="a mark stays with its letter"),
    ],
)
def test_fold(text: str, columns: int, lines: list[str]) -> None:
    assert layout.fold(text, columns) == lines


@given(texts.map(visible), st.integers(min_value=2, max_value=40))
def test_folding_loses_nothing_but_blanks_and_fits(text: str, columns: int) -> None:
    lines = layout.fold(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(layout.width(line) <= columns for line in lines)


def test_a_row_stands_side_by_side_without_blanks_at_the_ends() -> None:
    row = [[Cell("1", right=True)], [Cell("one two"), Cell("three", "dim")], [Cell("")], [Cell("end")]]
    lines = list(layout.beside(row, [2, 4, 1, 3], indent=1))
    assert ["".join(cell.text for cell in line) for line in lines] == [
        "  1  one      end",
        "     two",
        "     thre",
        "     e",
    ]
    assert [cell.style for cell in lines[2]][-1] == "dim"


def test_an_empty_row_is_an_empty_line() -> None:
    assert list(layout.beside([[Cell("")]], [3], indent=2)) == [[]]


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
def test_a_bar_stays_in_its_columns_and_is_as_long_as_its_share(start: float, end: float, negative: bool) -> None:  # noqa: FBT001 - drawn
    share = Share(min(start, end), abs(end - start), negative=negative)
    drawn = layout.bar(share, 12, GLYPHS)
    assert len(drawn) <= 12
    assert abs(len(drawn.strip()) - share.length * 12) <= 1
