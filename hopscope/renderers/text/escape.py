r"""Escaping of hostile text, used by every renderer.

Header text comes from strangers. It may contain terminal escape sequences, characters that change the direction of
writing, invisible characters, markup, or spreadsheet formulas.

In the log of a CI runner, a line may also be a command: ``::add-mask::x`` at its start, ``##[add-mask]x`` and
``##vso[...]x`` anywhere.

Such characters are written as ``\x1b`` or ``\u202e``. A backslash is not doubled, as ``DOMAIN\user`` is common. Text
that literally contains ``\x1b`` therefore looks the same as an escaped character, which is harmless.
"""

import re

__all__ = ["csv", "dot", "json", "json_document", "markdown", "mermaid", "visible"]

# C0, DEL and C1 controls; line and paragraph separators; directional marks, overrides and isolates; invisible
# characters: soft hyphen, zero-width and format characters, fillers, variation selectors, tags; noncharacters; and
# surrogates, which represent bytes that are not UTF-8 (PEP 383). Unicode 17: categories Cc, Cf (except visible signs of
# Arabic, Syriac and Kaithi), Zl, Zp, Cs, and Default_Ignorable_Code_Point. A variation selector can be hidden in a name
# and changes its width, so it is escaped, too, although this makes an emoji longer.
_BREAKS = "\x00-\x1f"
_INVISIBLE = (
    "\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
)
_UNSAFE = f"[{_BREAKS}{_INVISIBLE}]"

# Patterns are compiled on first use, as most text is plain ASCII and needs none.
_PLACEHOLDERS = frozenset("–·")
"""Characters for an unknown value and a missing hop number: often the only text of a table that is not ASCII."""

# Commands in a log: https://docs.github.com/actions/reference/workflow-commands-for-github-actions. GitHub and Azure
# Pipelines read the older form with "##" anywhere in a line. An IPv6 address may also start with "::".
_COMMAND = r"#(?=#\w*+\[)|(?<!\S):(?=:(?:[a-fA-F0-9]*+[g-zG-Z-]|[^:\s]*+::))"
_COMMAND_IN_JSON = r"#(?=#\w*+\[)"

# Line breaks between the tokens of a JSON document are kept; those in strings are already escaped.
_UNSAFE_IN_JSON = f"[{_INVISIBLE}]"
_UNENCODABLE = "[\ud800-\udfff]"

# In a quoted label, Mermaid interprets quotes and code points, HTML, Markdown, directives (%%{...}%%) and styles. Only
# letters, digits and these characters are safe; all others are written as code points.
_PLAIN_IN_MERMAID = frozenset(" .,()/='?!")
# A Markdown list item at the start of a label, which Mermaid does not render.
_MERMAID_ITEM = r"(\d++)([.)])"

# Vietnamese and Hebrew use up to three combining marks per letter; many more would cover the adjacent lines.
_MOST_MARKS = 4

# Excel and LibreOffice interpret a cell that starts with one of these as a formula, some versions also after white
# space or quotes, or with full-width forms; "|" and "%" start a formula in older programs.
_FORMULA = "[\\s\"'`\u2018\u2019\u201c\u201d]*+[=+\\-@|%\uff1d\uff0b\uff0d\uff20]."

# GitHub and GitLab link or replace these everywhere except in code, even if escaped: addresses and mentions, URLs,
# numbers of issues, names of emoji. A time such as 10:20:30 is not affected.
_LIVE = r"(?i)@|://|www\.|[#!]\d|GH-\d|:(?!\d\d:)[\w+-]++:"
# Markup inside a word in GitHub Flavored Markdown: code, emphasis, strikethrough, math, links; escapes, entities and
# HTML if they would be interpreted; an underscore that is not between letters or digits.
_MARKUP = r"[`*~$\[]|\\(?=[!-/:-@\[-`{-~]|$)|&(?=#?\w++;)|<(?=[a-zA-Z/!?])|(?<![^\W_])_|_(?![^\W_])"
# Markup at the start of a block: list items, rules, quotations.
_START = r"(\d*+)([.)]$|[-+](?=[-+]|$)|>)"


def visible(text: str) -> str:
    r"""``text`` with every unsafe or invisible character written as ``\x1b`` or ``\u202e``.

    A byte that is not UTF-8 (a surrogate escape, PEP 383) is written as ``\xe9``, a line break as ``\n``, and a TAB,
    which folds header fields as a space does, as a space. Combining marks are kept up to four per letter; others are
    escaped.
    """
    if "##" in text or "::" in text:
        text = re.sub(_COMMAND, _escape, text)
    if (text.isascii() and text.isprintable()) or text in _PLACEHOLDERS:
        return text
    text = re.sub(_UNSAFE, _escape, text.replace("\t", " "))
    return text if text.isascii() else _without_loose_marks(text)


def json(text: str) -> str:
    r"""``text`` with bytes that are not UTF-8, which JSON cannot contain, written as ``\xe9``.

    All other characters are data and are kept, including TAB.
    """
    return text if text.isascii() else re.sub(_UNENCODABLE, _escape, text)


def json_document(encoded: bytes) -> str:
    r"""An encoded JSON document with unsafe characters in strings escaped as ``\u202e``, which does not change data."""
    text = encoded.decode()
    if "##" in text:
        text = re.sub(_COMMAND_IN_JSON, _json_escape, text)
    return text if text.isascii() and "\x7f" not in text else re.sub(_UNSAFE_IN_JSON, _json_escape, text)


def markdown(text: str, *, is_cell: bool = True) -> str:
    """``text`` for Markdown: shown literally, without markup, HTML or links.

    Only necessary characters are escaped. A word that GitHub would link even if escaped becomes code.

    Args:
        text: Any text.
        is_cell: Whether it may be in a table. Pipes elsewhere are not escaped, so that a command can be copied from
            the source.
    """
    start, *pieces = re.split(r"(\s+|\|)", visible(text).strip())
    words = (piece if piece == "|" and not is_cell else _word(piece) for piece in pieces)
    return "".join((_start(start), *words))


def csv(text: str) -> str:
    """``text`` for a CSV cell, with an apostrophe before it if a spreadsheet could interpret it as a formula."""
    shown = visible(text)
    return f"'{shown}" if re.match(_FORMULA, shown) else shown


def dot(text: str) -> str:
    """``text`` for a quoted string of DOT, as Graphviz interprets escapes and HTML entities in labels."""
    return visible(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def mermaid(text: str) -> str:
    """``text`` for a quoted label of Mermaid, in which ``#35;`` is a character by its code point."""
    shown = visible(text)
    item = re.match(_MERMAID_ITEM, shown)
    start = f"{item[1]}#{ord(item[2])};" if item else ""
    return start + "".join(
        character if character.isalnum() or character in _PLAIN_IN_MERMAID else f"#{ord(character)};"
        for character in shown[item.end() if item else 0 :]
    )


def _escape(match: re.Match[str]) -> str:
    return _escaped(match.group())


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - the range of PEP 383
        return f"\\x{code - 0xDC00:02x}"
    if code == 0x0A:  # noqa: PLR2004 - LF
        return "\\n"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def _json_escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _without_loose_marks(text: str) -> str:
    from unicodedata import category

    shown = []
    marks = _MOST_MARKS  # a mark at the start has no letter
    for character in text:
        if category(character) in {"Mn", "Me"}:
            marks += 1
            shown.append(character if marks <= _MOST_MARKS else _escaped(character))
        else:
            marks = _MOST_MARKS if character.isspace() else 0
            shown.append(character)
    return "".join(shown)


def _start(piece: str) -> str:
    """The first word of a block, escaped so that it does not start a list or a quotation."""
    match = re.match(_START, piece)
    if match is None or re.search(_LIVE, piece):
        return _word(piece)
    return f"{match[1]}\\{_word(piece[match.start(2) :])}"


def _word(piece: str) -> str:
    """A word, a pipe or white space, for Markdown."""
    if piece == "|":
        return "&#124;"  # GitHub and other readers disagree on a backslash before an escaped pipe
    if re.search(_LIVE, piece):
        return _code(piece)
    if piece and not piece.strip("#"):
        return f"\\{piece}"
    return re.sub(_MARKUP, r"\\\g<0>", piece)


def _code(piece: str) -> str:
    """``piece`` as a code span (CommonMark section 6.1), with a fence longer than any run of backticks in it."""
    fence = "`" * (max(map(len, re.findall("`+", piece)), default=0) + 1)
    blank = " " if "`" in (piece[0], piece[-1]) else ""
    return f"{fence}{blank}{piece}{blank}{fence}"
