"""The words and signs of the small languages of settings, and errors that point at a character."""

import re
from collections.abc import Iterable
from functools import cache

import msgspec

from hopscope.errors import PolicyError

__all__ = ["MAX_DEPTH", "Scanner", "Token"]

MAX_DEPTH = 50
"""How many parentheses may be inside each other."""

_WORD = r"[^\s|?*+()\[\],<>~='\"@-]++"
_HOST = r"(?:(?!->)[^\s|?+()\[\],<>~='\"])++"


@cache
def _token(words: str) -> re.Pattern[str]:
    """The pattern of a token; compiled when first needed, as a message needs but that of the documented paths."""
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
    """Offset in the text that is read."""


class Scanner:
    """Gives one token after the other.

    Args:
        text: What is read.
        phrases: Words with spaces between them are one token, as names of services are, with a host behind an ``@``.
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
        """The next token; the one after it becomes the next."""
        token = self.next
        self.next = self._read()
        return token

    def take(self, *signs: str) -> Token | None:
        """The next token if it is one of these signs."""
        return self.advance() if self.next.kind == "sign" and self.next.text in signs else None

    def take_word(self, *words: str) -> Token | None:
        """The next token if it is one of these words."""
        return self.advance() if self.next.kind == "words" and self.next.text in words else None

    def open(self) -> Token | None:
        """Take a parenthesis that opens."""
        opened = self.take("(")
        if opened is not None:
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise self.error(opened, f"parentheses nested deeper than {MAX_DEPTH}")
        return opened

    def close(self, opened: Token) -> None:
        """Take the parenthesis that closes ``opened``."""
        if self.take(")") is None:
            raise self.error(opened, "'(' is never closed")
        self._depth -= 1

    def expect_words(self, what: str) -> Token:
        """Take words that name something."""
        if self.next.kind != "words":
            actual = repr(self.next.text) if self.next.text else "the end"
            raise self.error(self.next, f"expected {what}, not {actual}")
        return self.advance()

    def expect_end(self) -> None:
        """There is nothing more."""
        if self.next.kind != "end":
            raise self.error(self.next, f"unexpected {self.next.text!r}")

    def error(self, token: Token, reason: str, known: Iterable[str] = ()) -> PolicyError:
        """An error that points at a token, with the nearest of what is known."""
        from difflib import get_close_matches

        name = token.text.partition("@")[0].strip()
        near = get_close_matches(name.lower(), list(known), n=1)
        return PolicyError(self.text, token.start, f"{reason}; did you mean {near[0]!r}?" if near else reason)
