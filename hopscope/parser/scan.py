"""Header block -> its Received fields and the groups of the usual ones, in one pass, as nearly all mail allows.

A block is usual where it needs no repair (:func:`hopscope.paste.repair.is_well_formed`), is short, and every line is a
field whose name starts with a letter, or the continuation of one. For any other block there is no answer, and it is
repaired and split field by field (:func:`hopscope.parser.parse`).

This is the seam for a compiled reader: :func:`scan` has to give the same for the same bytes, and ``None`` where it is
not sure.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from hopscope.model import HeaderField
from hopscope.parser import usual
from hopscope.parser.fields import MAX_LINE, header_end
from hopscope.parser.usual import Groups
from hopscope.paste import repair

__all__ = ["MAX_STAMP", "Received", "Scanned", "scan"]

_MAX_BLOCK = 1 << 15
"""Bytes. So a block has fewer fields than ``fields.MAX_FIELDS``, and none is longer than ``fields.MAX_FIELD``."""

MAX_STAMP = 1 << 11
"""Characters. No server writes so much; the parts of a longer stamp would take too much memory to be remembered."""

_LINES = r"[^\n]*+(?:\n[ \t][^\n]*+)*+"
_RECEIVED = r"[Rr][Ee][Cc][Ee][Ii][Vv][Ee][Dd]"
_OTHER_FIELDS = rf"(?:(?!{_RECEIVED}[ \t]*+:)[A-Za-z][!-9;-~]*+[ \t]*+:{_LINES}\n)*+"
# The white space of a stamp may be any line break, so the end of its field is looked for first.
_NEXT_RECEIVED = re.compile(
    rf"{_OTHER_FIELDS}(?:{_RECEIVED}[ \t]*+:(?=({_LINES})\n){usual.STAMP}[ \t]*+(?:\n[ \t]++)*+"
    rf"|{_RECEIVED}[ \t]*+:({_LINES}))\n"
)
_BODY, _USUAL_END, _UNUSUAL_BODY = 1, Groups._fields.index("date") + 1, len(Groups._fields) + 1
"""Groups of the pattern: the body of a usual field, the last one that is closed in it, the body of any other."""
_REST = re.compile(rf"{_OTHER_FIELDS}(?:\n|\Z)")
_BARE_CR = re.compile(rb"\r(?!\n)")
_MAILBOX_LINE = re.compile(r"From (?![ \t]*+:)[^\n]*+\n")
_MARKUP = re.compile(r"<(?:br|/|http|mailto:)|\](?:\(http|\(mailto:)")


class Received(NamedTuple):
    """A Received field."""

    field: HeaderField
    groups: Groups | None
    """``None`` where the field is not usual, and the lexer has to read it."""


class Scanned(NamedTuple):
    """What a usual header block holds."""

    text: str
    """The block; its lines end in LF, and the line ``From `` of an mbox file is among them."""
    received: list[Received]
    """Top to bottom."""


def scan(block: bytes) -> Scanned | None:
    """The Received fields of a usual header block; ``None`` where it is not usual.

    Args:
        block: A header block with the empty line that ends it, and perhaps the body.
    """
    if not block.endswith((b"\n\n", b"\n\r\n")):
        end = header_end(block)
        if end and block.find(b"eceived:", end[1]) >= 0:
            return None
        block = block[: end[1]] if end else block + b"\n"
    if len(block) > _MAX_BLOCK or _may_be_damaged(block):
        return None
    if b"\r" in block:
        if _BARE_CR.search(block):
            return None
        block = block.replace(b"\r", b"")
    text = block.decode("utf-8", "surrogateescape")
    return _scan(text) if max(map(len, text.split("\n"))) <= MAX_LINE else None


def _may_be_damaged(block: bytes) -> bool:
    """Whether there are signs that damage may have left. Single bytes come first: they are found fast."""
    signs = b"&" in block or b"\\" in block or b"*" in block or b"\x1b" in block or b"^" in block
    return (signs or not block.isascii()) and repair.has_odd_signs(block)


def _scan(text: str) -> Scanned | None:
    """The same of text whose lines end in LF."""
    line = _MAILBOX_LINE.match(text)
    scanner = _NEXT_RECEIVED.scanner(text, line.end() if line else 0)  # type: ignore[attr-defined]  # undocumented, but old
    matches: list[re.Match[str]] = list(iter(scanner.match, None))
    rest = _REST.match(text, matches[-1].end()) if matches else None
    if rest is None or rest.end() != len(text) or "\n" not in text.rstrip("\n"):
        return None
    linked = "](" in text
    if any(_is_odd(match, linked=linked) for match in matches):
        return None
    elsewhere = text.count("eceived:") - len(matches)
    if elsewhere and elsewhere != text.count("-Received:"):
        return None
    return Scanned(text, list(_received(text, matches)))


def _is_odd(match: re.Match[str], *, linked: bool) -> bool:
    """Whether a Received field ends elsewhere than its pattern, or holds markup."""
    if match.lastindex != _USUAL_END:
        return _MARKUP.search(match[_UNUSUAL_BODY]) is not None
    start, end = match.span(_BODY)
    if end != match.end() - 1:
        return True
    markup = start if linked else match.string.find("<", start, end)  # mostly nowhere, which is soon seen
    return markup >= 0 and _MARKUP.search(match.string, markup, end) is not None


def _received(text: str, matches: list[re.Match[str]]) -> Iterator[Received]:
    line, counted = 1, 0
    for match in matches:
        is_usual = match.lastindex == _USUAL_END
        start, end = match.span(_BODY if is_usual else _UNUSUAL_BODY)
        begin = text.rfind("\n", 0, start) + 1
        line, counted = line + text.count("\n", counted, begin), begin
        body = text[start:end].replace("\n", "").strip(" \t")
        field = HeaderField(name=text[begin : begin + len("received")], body=body, line=line)
        yield Received(field, Groups._make(match.groups()[:-1]) if is_usual and end - start <= MAX_STAMP else None)
