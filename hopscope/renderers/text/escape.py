r"""Hostile text made harmless: the one place that every renderer takes its text from.

Header text comes from strangers. It may hold escape sequences that drive a terminal, characters that turn the
direction of writing, characters that do not show, markup, or formulas for a spreadsheet.

In the log of a CI runner a line may also be a command: ``::add-mask::x`` at its start, ``##[add-mask]x`` and
``##vso[...]x`` anywhere.

Such a character is shown as ``\x1b`` or ``\u202e``. A backslash stays one backslash, since ``DOMAIN\user`` is common:
text that spells such an escape itself looks the same, and is as harmless.
"""

import re

__all__ = ["csv", "dot", "json", "json_document", "markdown", "mermaid", "visible"]

# C0, DEL and C1 controls; line and paragraph separators; marks, overrides and isolates of direction; whatever takes no
# room or no ink: soft hyphen, zero-width and format characters, fillers, variation selectors, tags; noncharacters; and
# surrogates, which stand for bytes that are no UTF-8 (PEP 383). Unicode 17: categories Cc, Cf (but for the signs of
# Arabic, Syriac and Kaithi that do show), Zl, Zp, Cs, and Default_Ignorable_Code_Point. A variation selector can hide
# in a name and changes its width, so it is shown as well, although it makes an emoji longer.
_BREAKS = "\x00-\x1f"
_INVISIBLE = (
    "\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
)
_UNSAFE = f"[{_BREAKS}{_INVISIBLE}]"

# The patterns are compiled by the text that needs them first: most text is plain ASCII and needs none.
_OWN = frozenset("–·")
"""What tables print for an unknown value and for no hop: nearly every table, and the only text of many beyond ASCII."""

# Commands in a log: https://docs.github.com/actions/reference/workflow-commands-for-github-actions; the older form
# with "##" is read by GitHub and Azure Pipelines anywhere in a line. An IPv6 address may start with "::", too.
_COMMAND = r"#(?=#\w*+\[)|(?<!\S):(?=:(?:[a-fA-F0-9]*+[g-zG-Z-]|[^:\s]*+::))"
_COMMAND_IN_JSON = r"#(?=#\w*+\[)"

# Line breaks between the tokens of a JSON document stay; inside strings JSON has escaped them already.
_UNSAFE_IN_JSON = f"[{_INVISIBLE}]"
_UNENCODABLE = "[\ud800-\udfff]"

# Where Mermaid reads more than itself into a character of a quoted label: quotes and code points, HTML, Markdown, its
# directives (%%{...}%%) and styles. What is left are letters, digits and these; the rest is written as a code point.
_PLAIN_IN_MERMAID = frozenset(" .,()/='?!")
# Markdown again, at the start of a label: an item of a list, which Mermaid refuses to draw.
_MERMAID_ITEM = r"(\d++)([.)])"

# Vietnamese and Hebrew put up to three combining marks on a letter; heaps of them reach into the lines around.
_MOST_MARKS = 4

# Excel and LibreOffice take a cell for a formula that starts with one of these, some versions also after blanks or
# quotes, or with their full-width forms; "|" and "%" start one in older programs.
_FORMULA = "[\\s\"'`\u2018\u2019\u201c\u201d]*+[=+\\-@|%\uff1d\uff0b\uff0d\uff20]."

# Linked or replaced by GitHub and GitLab wherever it stands, escaped or not, but for code: addresses and mentions,
# URLs, numbers of issues, names of emoji. A time such as 10:20:30 is none of these.
_LIVE = r"(?i)@|://|www\.|[#!]\d|GH-\d|:(?!\d\d:)[\w+-]++:"
# What means something inside a word in GitHub-flavoured Markdown: code, emphasis, strikethrough, math, links; an
# escape, an entity and HTML where they would be read as such; an underscore that is not between letters or digits.
_MARKUP = r"[`*~$\[]|\\(?=[!-/:-@\[-`{-~]|$)|&(?=#?\w++;)|<(?=[a-zA-Z/!?])|(?<![^\W_])_|_(?![^\W_])"
# What means something at the start of a block: items of lists, rules, quotations.
_START = r"(\d*+)([.)]$|[-+](?=[-+]|$)|>)"


def visible(text: str) -> str:
    r"""``text`` with every character that does not show as itself written as ``\x1b`` or ``\u202e``.

    A byte that is no UTF-8 (a surrogate escape, PEP 383) shows as that byte: ``\xe9``. A line break shows as ``\n``.
    A TAB, which folds header fields as a space does, shows as a space.
    Combining marks stay with the letter they stand on, but not without one, nor in heaps.
    """
    if "##" in text or "::" in text:
        text = re.sub(_COMMAND, _escape, text)
    if (text.isascii() and text.isprintable()) or text in _OWN:
        return text
    text = re.sub(_UNSAFE, _escape, text.replace("\t", " "))
    return text if text.isascii() else _without_loose_marks(text)


def json(text: str) -> str:
    r"""``text`` with the bytes that are no UTF-8, which JSON cannot hold, written as ``\xe9``.

    All else is data and stays as it was read, a TAB as well.
    """
    return text if text.isascii() else re.sub(_UNENCODABLE, _escape, text)


def json_document(encoded: bytes) -> str:
    r"""An encoded JSON document with the unsafe characters in its strings escaped as ``\u202e``: the same data."""
    text = encoded.decode()
    if "##" in text:
        text = re.sub(_COMMAND_IN_JSON, _json_escape, text)
    return text if text.isascii() and "\x7f" not in text else re.sub(_UNSAFE_IN_JSON, _json_escape, text)


def markdown(text: str) -> str:
    """``text`` for Markdown, in a cell of a table as elsewhere: it reads as itself, without markup, HTML or links.

    No more is escaped than has to be. A word that GitHub would link however it is escaped becomes code.
    """
    start, *tokens = re.split(r"(\s+|\|)", visible(text).strip())
    return "".join((_start(start), *map(_word, tokens)))


def csv(text: str) -> str:
    """``text`` for a CSV cell that no spreadsheet takes for a formula: an apostrophe before it where one could."""
    shown = visible(text)
    return f"'{shown}" if re.match(_FORMULA, shown) else shown


def dot(text: str) -> str:
    """``text`` for a quoted string of DOT: Graphviz reads escapes and HTML entities in a label."""
    return visible(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def mermaid(text: str) -> str:
    """``text`` for a quoted label of Mermaid; ``#35;`` is its way to write a character by its code point."""
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
    marks = _MOST_MARKS  # none may stand at the start
    for character in text:
        if category(character) in {"Mn", "Me"}:
            marks += 1
            shown.append(character if marks <= _MOST_MARKS else _escaped(character))
        else:
            marks = _MOST_MARKS if character.isspace() else 0
            shown.append(character)
    return "".join(shown)


def _start(piece: str) -> str:
    """The first word of a block, which must not begin a list or a quotation."""
    match = re.match(_START, piece)
    if match is None or re.search(_LIVE, piece):
        return _word(piece)
    return f"{match[1]}\\{_word(piece[match.start(2) :])}"


def _word(piece: str) -> str:
    """A word, a pipe or the blanks between, for Markdown."""
    if piece == "|":
        return "&#124;"  # GitHub and other readers disagree on a backslash before an escaped pipe
    if re.search(_LIVE, piece):
        return _code(piece)
    if piece and not piece.strip("#"):
        return f"\\{piece}"
    return re.sub(_MARKUP, r"\\\g<0>", piece)


def _code(piece: str) -> str:
    """``piece`` as a code span (CommonMark section 6.1), fenced by more backticks than it holds in a row."""
    fence = "`" * (max(map(len, re.findall("`+", piece)), default=0) + 1)
    blank = " " if "`" in (piece[0], piece[-1]) else ""
    return f"{fence}{blank}{piece}{blank}{fence}"
