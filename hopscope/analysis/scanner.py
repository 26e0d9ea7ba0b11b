"""The scanner for path patterns and conditions: words and signs, and errors that point at a character."""

import re
from collections.abc import Iterable
from functools import cache

import msgspec

from hopscope.errors import PolicyError

__all__ = ["MAX_DEPTH", "Scanner", "Token"]

MAX_DEPTH = 50
"""Maximum nesting of parentheses."""

_WORD = r"[^\s|?*+()\[\],<>~='\"@-]++"
_HOST = r"(?:(?!->)[^\s|?+()\[\],<>~='\"])++"


@cache
def _token(words: str) -> re.Pattern[str]:
    """The pattern of a token; compiled on first use, as most messages only need the one for documented paths."""
    return re.compile(
        r"\s*+(?:(?P<sign>->|==|!=|<=|>=|[|?*+()\[\],<>~])"
        r"|'(?P<single>[^']*+)'|\"(?P<double>[^\"]*+)\""
        rf"|(?P<words>{words})|(?P<end>\Z)|(?P<other>.))",
        re.DOTALL,
    )


_PHRASE = rf"{_WORD}(?:[ ]++{_WORD})*+(?:\s*+@\s*+{_HOST})?+"


class Token(msgspec.Struct, frozen=True):
    """A sign, a quoted text, or words."""

    kind: str
    """``sign``, ``text``, ``words`` or ``end``."""
    text: str
    start: int
    """Offset in the scanned text."""


class Scanner:
    """Splits a text into tokens.

    Args:
        text: The text to scan.
        phrases: Words separated by spaces form one token, as in the name of a service, with an optional ``@`` and host.
    """

    def __init__(self, text: str, *, phrases: bool) -> None:
        self.text = text
        self._pattern = _token(_PHRASE if phrases else _WORD)
        self._position = 0
        self._depth = 0
        self.next = self._read()

    def _read(self) -> Token:
        match = self._pattern.match(self.text, self._position)
        assert match is not None  # noqa: S101 - the last alternative takes any character
        self._position = match.end()
        kind, text = next((kind, text) for kind, text in match.groupdict().items() if text is not None)
        start = match.start(kind)
        if kind == "other":
            raise PolicyError(self.text, start, f"unexpected character {text!r}")
        return Token("text", text, start - 1) if kind in {"single", "double"} else Token(kind, text, start)

    def advance(self) -> Token:
        """Return the next token and move to the one after it."""
        token = self.next
        self.next = self._read()
        return token

    def take(self, *signs: str) -> Token | None:
        """Take the next token if it is one of these signs; otherwise ``None``."""
        return self.advance() if self.next.kind == "sign" and self.next.text in signs else None

    def take_word(self, *words: str) -> Token | None:
        """Take the next token if it is one of these words; otherwise ``None``."""
        return self.advance() if self.next.kind == "words" and self.next.text in words else None

    def open(self) -> Token | None:
        """Take an opening parenthesis, if it is next."""
        opened = self.take("(")
        if opened is not None:
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise self.error(opened, f"parentheses nested deeper than {MAX_DEPTH}")
        return opened

    def close(self, opened: Token) -> None:
        """Take the closing parenthesis for ``opened``."""
        if self.take(")") is None:
            raise self.error(opened, "'(' is never closed")
        self._depth -= 1

    def expect_words(self, what: str) -> Token:
        """Take words; ``what`` describes them in the error."""
        if self.next.kind != "words":
            actual = repr(self.next.text) if self.next.text else "the end"
            raise self.error(self.next, f"expected {what}, not {actual}")
        return self.advance()

    def expect_end(self) -> None:
        """Require the end of the text."""
        if self.next.kind != "end":
            raise self.error(self.next, f"unexpected {self.next.text!r}")

    def error(self, token: Token, reason: str, known: Iterable[str] = ()) -> PolicyError:
        """An error that points at a token, with the nearest of the ``known`` words as a suggestion."""
        from difflib import get_close_matches

        name = token.text.partition("@")[0].strip()
        near = get_close_matches(name.lower(), list(known), n=1)
        return PolicyError(self.text, token.start, f"{reason}; did you mean {near[0]!r}?" if near else reason)
