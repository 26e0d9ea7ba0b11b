"""Header block -> the groups of its Received fields, in one pass, for the blocks that nearly all mail has.

A block is usual where it needs no repair (:func:`hopscope.paste.repair.is_well_formed`), is short, and every line is
a field whose name starts with a letter, or the continuation of one. For any other block there is no answer, and
:func:`hopscope.parser.parse` has to read it.

This is the seam for a compiled reader: :func:`scan` has to give the same for the same bytes, and ``None`` where it is
not sure.
"""

import re
from typing import NamedTuple

from hopscope.parser import usual
from hopscope.parser.fields import header_end
from hopscope.parser.usual import Group
from hopscope.paste import repair

__all__ = ["Scanned", "scan"]

_LONGEST = 1 << 15
"""Bytes. So a block has fewer fields than ``fields.MAX_FIELDS``, and none is longer than ``fields.MAX_FIELD``."""

_LONGEST_STAMP = 1 << 11
"""Bytes. No server writes so much; what is remembered of the parts of stamps would take too much memory."""

_LINES = r"[^\n]*+(?:\n[ \t][^\n]*+)*+"
_RECEIVED = r"[Rr][Ee][Cc][Ee][Ii][Vv][Ee][Dd]"
# The other fields that tell of the way; the last ones are those of hopscope.classifier.latency.
_TELLING = (
    r"[Mm][Ee][Ss][Ss][Aa][Gg][Ee]-[Ii][Dd]"
    r"|[Xx]-(?i:ClientProxiedBy|MS-Exchange-Organization-(?:Auth(?:Source|As)"
    r"|MessageLatency(?:InProgress)?|OrderedPrecisionLatencyInProgress|MessageHighPrecisionLatencyInProgress))"
)
_PASSED = rf"(?:(?!(?:{_RECEIVED}|{_TELLING})[ \t]*+:)[A-Za-z][!-9;-~]*+[ \t]*+:{_LINES}\n)*+"
# The white space of a stamp may be any line break, so the end of its field is looked for first.
_NEXT = re.compile(
    rf"{_PASSED}(?:{_RECEIVED}[ \t]*+:(?=({_LINES})\n){usual.STAMP}[ \t]*+(?:\n[ \t]++)*+"
    rf"|({_RECEIVED}|{_TELLING})[ \t]*+:({_LINES}))\n"
)
_NAME, _TEXT = _NEXT.groups - 1, _NEXT.groups
_REST = re.compile(rf"{_PASSED}(?:\n|\Z)")
_BARE_CR = re.compile(rb"\r(?!\n)")
_MAILBOX_LINE = re.compile(r"From (?![ \t]*+:)[^\n]*+\n")
_MARKUP = re.compile(r"<(?:br|/|http|mailto:)|\](?:\(http|\(mailto:)")


class Scanned(NamedTuple):
    """What a usual header block tells of the way."""

    received: list[usual.Match | str]
    """The Received fields, top to bottom: their groups, or the body of one that is not usual."""
    headers: list[tuple[str, str]]
    """The other fields that tell of the way: the name in lower case, and the body."""
    bare: bool
    """There is no field but Received."""


def scan(block: bytes) -> Scanned | None:
    """The fields of a usual header block that tell of the way; ``None`` where it is not usual.

    Args:
        block: A header block with the empty line that ends it, and perhaps the body.
    """
    if not block.endswith((b"\n\n", b"\n\r\n")):
        end = header_end(block)
        if end and block.find(b"eceived:", end[1]) >= 0:
            return None
        block = block[: end[1]] if end else block + b"\n"
    if len(block) > _LONGEST or _is_odd(block):
        return None
    if b"\r" in block:
        if _BARE_CR.search(block):
            return None
        block = block.replace(b"\r", b"")
    return _scan(block.decode("utf-8", "surrogateescape"))


def _is_odd(block: bytes) -> bool:
    """Whether there are signs that damage may have left."""
    signs = b"&" in block or b"\\" in block or b"*" in block or b"\x1b" in block or b"^" in block
    return (signs or not block.isascii()) and repair.has_odd_signs(block)


def _scan(text: str) -> Scanned | None:
    """The same of text whose lines end in LF."""
    line = _MAILBOX_LINE.match(text)
    scanner = _NEXT.scanner(text, line.end() if line else 0)  # type: ignore[attr-defined]  # undocumented, but old
    fields: list[re.Match[str]] = list(iter(scanner.match, None))
    rest = _REST.match(text, fields[-1].end()) if fields else None
    if rest is None or rest.end() != len(text) or "\n" not in text.rstrip("\n"):
        return None
    received: list[usual.Match | str] = []
    headers = []
    linked = "](" in text
    for found in fields:
        if found.lastindex == _DATE:
            start, end = found.span(1)
            markup = start if linked else text.find("<", start, end)  # mostly nowhere, which is soon seen
            is_odd = end != found.end() - 1 or end - start > _LONGEST_STAMP
            if is_odd or (markup >= 0 and _MARKUP.search(text, markup, end)):
                return None
            received.append(found)
        elif (name := found[_NAME].lower()) == "received":
            if len(found[_TEXT]) > _LONGEST_STAMP or _MARKUP.search(found[_TEXT]):
                return None
            received.append(found[_TEXT].replace("\n", "").strip(" \t"))
        else:
            headers.append((name, found[_TEXT].replace("\n", "").strip(" \t")))
    elsewhere = text.count("eceived:") - len(received)
    if not received or (elsewhere and elsewhere != text.count("-Received:")):
        return None
    return Scanned(received, headers, bare=not headers and _is_bare(fields, rest))


_DATE = int(Group.DATE)


def _is_bare(fields: list[re.Match[str]], rest: re.Match[str]) -> bool:
    """Whether no other field was passed over."""
    others = any(found[0][: len("received")].lower() != "received" for found in fields)
    return not others and rest.end() - rest.start() <= 1
