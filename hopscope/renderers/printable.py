"""Hostile text made harmless: the one place that every renderer takes its text from.

Header text comes from strangers. It may hold escape sequences that drive a terminal, characters that turn the
direction of writing, markup, or formulas for a spreadsheet.
"""

import re

__all__ = ["csv", "json", "json_document", "markdown", "visible"]

# C0, DEL and C1 controls; soft hyphen; direction marks, overrides and isolates; zero-width and other invisible
# format characters; line and paragraph separators; noncharacters; tag characters; bytes that are no UTF-8.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff\ud800-\udfff]"
)
_UNENCODABLE = re.compile("[\ud800-\udfff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~$@:-])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_FORMULA = tuple("=+-@\t\r|%")


def visible(text: str) -> str:
    r"""``text`` with every character that does not show as itself written as ``\x1b`` or ``\u202e``.

    A byte that is no UTF-8 (a surrogate escape, PEP 383) shows as that byte: ``\xe9``. A line break shows as ``\n``.
    """
    return _UNSAFE.sub(_escape, text) if _UNSAFE.search(text) else text


def json(text: str) -> str:
    r"""``text`` with the bytes that are no UTF-8, which JSON cannot hold, written as ``\xe9``."""
    return _UNENCODABLE.sub(_escape, text) if _UNENCODABLE.search(text) else text


def json_document(encoded: bytes) -> str:
    r"""An encoded JSON document with the unsafe characters in its strings escaped as ``\u202e``: the same data."""
    text = encoded.decode()
    return _JSON_UNSAFE.sub(_json_escape, text) if _JSON_UNSAFE.search(text) else text


def markdown(text: str) -> str:
    """``text`` for a cell of a Markdown table: no markup, no HTML, no links, no new cell."""
    shown = _MARKDOWN.sub(r"\\\1", visible(text))
    return "".join(_ENTITIES.get(character, character) for character in shown)


def csv(text: str) -> str:
    """``text`` for a CSV cell that no spreadsheet takes for a formula: an apostrophe before it where one could."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip(" ").startswith(_FORMULA) else shown


# Line breaks between the tokens of a document stay; inside strings JSON has escaped them already.
_JSON_UNSAFE = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", ""))


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - the range of PEP 383
        return f"\\x{code - 0xDC00:02x}"
    if code == 0x0A:  # noqa: PLR2004 - LF
        return "\\n"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def _json_escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
