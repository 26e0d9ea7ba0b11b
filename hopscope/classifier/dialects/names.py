"""Systems that write their name, and often their version, in a Received field; software_names.tsv lists them.

``by a.example (Haraka/3.0.1) with ESMTP``; ``by a.example with Novell_GroupWise``; ``by Forcepoint Email with ESMTPS``;
``by localhost with IMAP (fetchmail-6.3.8)``; ``by a.example via csmap (V4.1)``.
"""

import re
from functools import cache

from hopscope.data import table
from hopscope.model import Stamp

__all__ = ["BEGINNING", "software"]

_FIRST_WORD = re.compile(r"[^\W\d_]++")
_END = r"(?i)[ /,:()]|[-_.]?(?:PRO\.)?v?[0-9]|$"
"""Text allowed after a name: no more letters, as in "Postfixed", and no domain, as in "cyrus.example"."""
_VERSION = (
    r"(?i)[ /_.,-]?(?:[A-Z()][A-Z()/]*+[ .,]++){0,5}?"  # words in between, such as "Release" and "for Windows NT"
    r"(?:[VR]?(?P<number>[0-9]++(?:[\w+-]*+\.[\w+-]++)++)|(?P<other>V[0-9][\w+-]*+)(?![\w.]))"
    r"(?P<modifier>(?: (?:alpha|beta|build|hotfix|patch)(?: [0-9][\w.]*+))*+)"
)
_VERSION_ALONE = r"(?i)(?:version )?+v?+(?P<number>[0-9]++(?:\.\w++)++)(?:;.*+)?+"


@cache
def _names() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """The texts and names of the table by position in the field and first word, long texts first."""
    names: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in sorted(table("software_names"), key=lambda row: -len(row["text"])):
        text = row["text"].lower()
        for position in ("by", "comment") if row["where"] == "any" else (row["where"],):
            names.setdefault((position, _first_word(text)), []).append((text, row["name"]))
    return names


def _first_word(text: str) -> str:
    match = _FIRST_WORD.search(text)
    return match.group() if match else ""


@cache
def _beginnings() -> dict[str, frozenset[str]]:
    """The first characters of the texts of the table by position in the field: few fields have any of them."""
    positions = {position for position, _ in _names()}
    return {
        position: frozenset(
            text[:BEGINNING] for key, names in _names().items() if key[0] == position for text, _ in names
        )
        for position in positions
    }


BEGINNING = 3
"""Characters; no text of the table is shorter or has a space among them."""


def software(stamp: Stamp) -> str | None:
    """Name and version of the system that the field names."""
    beginnings = _beginnings()
    for position, text in _texts_with_names(stamp):
        if text.lstrip()[:BEGINNING].lower() not in beginnings[position]:
            continue
        key = (position, _first_word(text).lower())
        if (names := _names().get(key)) and (named := _longest_name(names, text)):
            name, suffix = named
            version = _version(suffix) or (_version_alone(stamp.comments) if position in {"with", "via"} else None)
            return f"{name} {version}" if version else name
    return None


def _texts_with_names(stamp: Stamp) -> list[tuple[str, str]]:
    """Position and text of every part of a field where systems write their name."""
    by, from_ = stamp.by_domain, stamp.from_domain
    texts = []
    if by:
        if by.domain:
            texts.append(("name", by.domain))
        texts += [("by", comment) for comment in by.comments]
    texts += [("comment", comment) for comment in stamp.comments]
    if stamp.via:
        texts.append(("via", stamp.via))
    if stamp.with_:
        texts.append(("with", stamp.with_))
        if " " in stamp.with_:
            texts.append(("with", stamp.with_.partition(" ")[2]))
    if from_:
        texts += [("from", comment) for comment in from_.comments]
    return texts


def _longest_name(names: list[tuple[str, str]], written: str) -> tuple[str, str] | None:
    """The longest name that ``written`` starts with, and the text after it."""
    written = " ".join(written.split())  # a comment may be folded
    for text, name in names:
        suffix = written[len(text) :]
        if written.lower().startswith(text) and (not text[-1].isalnum() or re.match(_END, suffix)):
            return name, suffix
    return None


def _version(suffix: str) -> str | None:
    match = re.match(_VERSION, suffix)
    return (match["number"] or match["other"]) + match["modifier"] if match else None


def _version_alone(comments: tuple[str, ...]) -> str | None:
    """The version in a separate comment: ``via csmap (V4.1)``."""
    return next((match["number"] for comment in comments if (match := re.fullmatch(_VERSION_ALONE, comment))), None)
