"""Tokens: kinds, positions, and linear time for any text."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hopscope.parser import lexer
from hopscope.parser.lexer import CLOSE, OPEN, SEMICOLON, SPACE, WORD, Kind, tokenize

# The characters with a meaning in the syntax, and a few without.
TEXT = st.text(alphabet=st.sampled_from('()()"\\;<>[] \t\r\nab.@é\u00a0\udc80'), max_size=40) | st.text(max_size=20)


def outside(text: str) -> list[str]:
    """The words and semicolons outside comments."""
    return [token.text for token in tokenize(text) if token.depth == 0 and token.kind is not SPACE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("by a.example", [(WORD, "by", 0), (SPACE, " ", 0), (WORD, "a.example", 0)], id="words"),
        pytest.param(" \t\r\n ", [(SPACE, " \t\r\n ", 0)], id="one run of white space"),
        pytest.param("a;b", [(WORD, "a", 0), (SEMICOLON, ";", 0), (WORD, "b", 0)], id="semicolon"),
        pytest.param("(a)", [(OPEN, "(", 1), (WORD, "a", 1), (CLOSE, ")", 1)], id="comment"),
        pytest.param("()", [(OPEN, "(", 1), (CLOSE, ")", 1)], id="empty comment"),
        pytest.param(
            "(a(b))",
            [(OPEN, "(", 1), (WORD, "a", 1), (OPEN, "(", 2), (WORD, "b", 2), (CLOSE, ")", 2), (CLOSE, ")", 1)],
            id="nested comment",
        ),
        pytest.param("(a;)", [(OPEN, "(", 1), (WORD, "a;", 1), (CLOSE, ")", 1)], id="semicolon in a comment"),
        pytest.param(r"(\))", [(OPEN, "(", 1), (WORD, r"\)", 1), (CLOSE, ")", 1)], id="escape in a comment"),
        pytest.param('(")', [(OPEN, "(", 1), (WORD, '"', 1), (CLOSE, ")", 1)], id="quotation mark in a comment"),
        pytest.param("(a\\", [(WORD, "(", 0), (WORD, "a\\", 0)], id="unclosed, ends with a backslash"),
    ],
)
def test_tokens(text: str, expected: list[tuple[Kind, str, int]]) -> None:
    assert [(token.kind, token.text, token.depth) for token in tokenize(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a (b", ["a", "(", "b"], id="never closed"),
        pytest.param("a (b) (c (d) e", ["a", "(", "c", "e"], id="only the outer one is never closed"),
        pytest.param("((( a)", ["(", "("], id="two of three are never closed"),
        pytest.param("a ) b", ["a", ")", "b"], id="closes nothing"),
        pytest.param("(a)) b", [")", "b"], id="one too many"),
        pytest.param("a(b)c", ["a", "c"], id="comment between words"),
        pytest.param('a "b; (c" d', ["a", '"b; (c"', "d"], id="quoted string"),
        pytest.param('"a b"@c.example', ['"a b"@c.example'], id="quoted local part"),
        pytest.param('<"a b"@c.example>', ['<"a b"@c.example>'], id="quoted local part in angle brackets"),
        pytest.param(r'"a \" b" c', [r'"a \" b"', "c"], id="escape in a quoted string"),
        pytest.param('a " b (c) d', ["a", '"', "b", "d"], id="quotation mark without its partner"),
        pytest.param('a" b', ["a", '"', "b"], id="quotation mark without its partner at the end of a word"),
        pytest.param(r"a\ b \; c", [r"a\ b", r"\;", "c"], id="escapes"),
        pytest.param(r"\(a (b)", [r"\(a"], id="escaped parenthesis"),
        pytest.param("<a;b@c.example>; d", ["<a;b@c.example>", ";", "d"], id="semicolon in angle brackets"),
        pytest.param("[a;b]; c", ["[a;b]", ";", "c"], id="semicolon in a domain literal"),
        pytest.param("<a; b>", ["<a", ";", "b>"], id="white space in angle brackets"),
        pytest.param("[a; b", ["[a", ";", "b"], id="domain literal without its end"),
        pytest.param("[(192.0.2.1)]", ["[", "]"], id="brackets around a comment"),
        pytest.param("a\u00a0b", ["a\u00a0b"], id="no-break space is part of a word"),
    ],
)
def test_text_outside_comments(text: str, expected: list[str]) -> None:
    assert outside(text) == expected


@given(TEXT)
def test_the_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(token.text for token in tokenize(text)) == text


@given(TEXT)
def test_a_token_has_a_position_and_is_never_empty(text: str) -> None:
    for token in tokenize(text):
        assert token.text
        assert text.startswith(token.text, token.start)


@given(TEXT)
@example("( (")
@example('( "(" )')
def test_comments_are_closed_and_the_depth_is_that_of_the_open_ones(text: str) -> None:
    depth = 0
    for token in tokenize(text):
        depth += token.kind is OPEN
        assert token.depth == depth
        depth -= token.kind is CLOSE
        assert depth >= 0
    assert depth == 0


@given(TEXT)
def test_white_space_ends_every_word_outside_quoted_strings(text: str) -> None:
    for token in tokenize(text.replace('"', "").replace("\\", "")):
        assert (token.kind is SPACE) == (token.text.strip(" \t\r\n") == "")
        assert token.kind is SPACE or not re.search(r"[ \t\r\n]", token.text)


HARMLESS = st.text(alphabet=st.sampled_from(" \tab;<>[]@."), max_size=10)


@given(HARMLESS, HARMLESS, st.sampled_from(["by", "with", "id"]), st.sampled_from(["()", '""']))
def test_a_keyword_in_a_comment_or_quoted_string_is_not_a_word(
    before: str, after: str, keyword: str, marks: str
) -> None:
    text = f"{marks[0]}{before} {keyword} {after}{marks[1]}"
    assert keyword not in outside(f"from {text} tail")
    assert outside(f"from {text} {keyword} tail")[-2:] == [keyword, "tail"]


class Counter:
    """A pattern that counts its match attempts."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.tries = 0

    def match(self, text: str, position: int) -> re.Match[str] | None:
        """Match like the pattern."""
        self.tries += 1
        return self.pattern.match(text, position)


@pytest.mark.parametrize("piece", ["(", ")", "()", '"', '("', "\\", "[", "<", ";", "a ", '(a"b) ', "(\\"])
def test_no_text_takes_more_than_two_tries_for_a_character(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The patterns themselves cannot backtrack, see test_patterns.py: so the time is linear."""
    inside, outer = Counter(lexer._INSIDE), Counter(lexer._OUTSIDE)  # noqa: SLF001 - they are what is counted
    monkeypatch.setattr(lexer, "_INSIDE", inside)
    monkeypatch.setattr(lexer, "_OUTSIDE", outer)
    for length in (500, 1000):
        inside.tries = outer.tries = 0
        tokens = tokenize(piece * length)
        assert len(tokens) <= inside.tries + outer.tries <= 2 * len(piece) * length
