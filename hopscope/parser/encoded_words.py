"""Encoded words (RFC 2047) -> text, for display. Routes hold header fields as written."""

import re

from hopscope.paste.patterns import lazy

__all__ = ["decoded"]

_WORD = r"=\?[!-<>@-~]{1,60}+\?[BbQq]\?[ -<>@-~=]*+\?="
_WORDS = lazy(rf"{_WORD}(?:[ \t\r\n]++{_WORD})*+")
_SINGLE = lazy(_WORD)
_LONGEST = 4000
"""Maximum characters of a text that is decoded: the email package takes quadratic time."""
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""Codecs of Python that are not charsets of mail."""


def decoded(text: str) -> str:
    """The text with its encoded words decoded; invalid ones stay as written.

    The result may have control characters, as any text of a message has. Longer texts than 4000 characters are
    returned as written.
    """
    return _WORDS.sub(_of_run, text) if "=?" in text and len(text) <= _LONGEST else text


def _of_run(match: re.Match[str]) -> str:
    """Adjacent encoded words, which may split a character, or else each on its own."""
    text = _decoded(match[0])
    return text if text is not None else _SINGLE.sub(lambda word: _decoded(word[0]) or word[0], match[0])


def _decoded(words: str) -> str | None:
    """The text of encoded words without other text; ``None`` if one is invalid."""
    import codecs
    from email.errors import HeaderParseError
    from email.header import decode_header  # few messages have encoded words

    try:
        pieces = decode_header(words)
        text = ""
        for data, charset in pieces:
            if isinstance(data, str) or charset is None:
                return None
            codec = codecs.lookup(charset.partition("*")[0])  # RFC 2231 section 5: utf-8*en
            if codec.name.replace("_", "-") in _NO_CHARSETS or not data:
                return None
            text += data.decode(codec.name)
        text.encode()  # UTF-7 may yield surrogates
    except (HeaderParseError, LookupError, ValueError):
        return None
    return text
