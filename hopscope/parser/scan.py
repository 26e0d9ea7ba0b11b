"""Header block -> Received fields and other fields, in one pass, for the form that nearly all mail has.

A block is usual if it needs no repair (:func:`hopscope.paste.repair.is_well_formed`), is short, and every line is a
field whose name starts with a letter, or the continuation of one. Any other block gives ``None``, and is
repaired and split field by field (:func:`hopscope.parser.parse`).

A compiled parser can replace this module: its :func:`scan` must return the same records for the same bytes, or
``None`` if it is not certain.
"""

import re
from typing import NamedTuple

from hopscope.model import HeaderField, HeaderFields
from hopscope.parser.fields import MAX_LINE, has_repeats, header_end
from hopscope.paste import repair

__all__ = ["Scanned", "scan"]

_MAX_BLOCK = 1 << 15
"""Bytes; keeps the number of fields below ``fields.MAX_FIELDS`` and each field within ``fields.MAX_FIELD``."""

_NAME, _VALUE = 76, 920
"""Maximum characters of a field name and of the rest of its line, together within ``fields.MAX_LINE``."""
_FIELD = re.compile(
    rf"([A-Za-z][!-9;-~]{{0,{_NAME - 1}}}+):(.{{0,{_VALUE}}}+(?:\n[ \t].{{0,{MAX_LINE - 1}}}+)*+)\n|(?s:.++)"
)
"""A field, or else the remaining text."""
_BARE_CR = re.compile(rb"\r(?!\n)")
_MAILBOX_LINE = re.compile(r"From (?![ \t]*+:)[^\n]*+\n")
_NO_FIELDS = ("-Received:", "SizeAsReceived:")
"""Where the name of the field ends other words: in names such as X-Received, and in the headers of Outlook.com."""
_MARKUP = re.compile(r"<(?:br[ \t\n/>]|/|http|mailto:)|\](?:\(http|\(mailto:)")


class Scanned(NamedTuple):
    """The header fields of a usual header block."""

    received: list[HeaderField]
    """Top to bottom."""
    other_fields: HeaderFields


def scan(block: bytes) -> Scanned | None:
    """The header fields of a usual block; ``None`` if it is not usual.

    Args:
        block: A header block with the empty line that ends it, optionally followed by the body.
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
    return _scan(block.decode("utf-8", "surrogateescape"))


def _may_be_damaged(block: bytes) -> bool:
    """Whether the block has bytes typical of damage. Single bytes are searched first because that is fast."""
    signs = b"&" in block or b"\\" in block or b"*" in block or b"\x1b" in block or b"^" in block
    return (signs or not block.isascii()) and repair.has_suspect_characters(block)


def _scan(text: str) -> Scanned | None:
    """:func:`scan` for text with LF line ends."""
    mailbox_line = _MAILBOX_LINE.match(text)
    start = mailbox_line.end() if mailbox_line else 0
    end = len(text) - text.endswith("\n\n")
    fields = _FIELD.findall(text, start, end)
    if text.find("\n", 0, end - 1) < 0 or ("", "") in fields:
        return None
    first_line = 2 if mailbox_line else 1
    other_fields = HeaderFields(fields, first_line)
    if has_repeats(other_fields.names) or not repair.KEYS_OF_REPORTS.isdisjoint(other_fields.names):
        return None  # it may be two messages, or a field that lost its indentation
    received = _received(fields, other_fields.names, first_line)
    elsewhere = text.count("eceived:") - len(received)
    if not received or (elsewhere and elsewhere != sum(map(text.count, _NO_FIELDS))):
        return None
    return Scanned(received, other_fields)


def _received(fields: list[tuple[str, str]], names: list[str], line: int) -> list[HeaderField]:
    """The Received fields; empty if one may contain markup."""
    received: list[HeaderField] = []
    previous = 0
    for position in [position for position, name in enumerate(names) if name == "received"]:
        line += position - previous + sum([body.count("\n") for _, body in fields[previous:position]])
        previous = position
        name, body = fields[position]
        if ("<" in body or "](" in body) and _MARKUP.search(body):
            return []
        if (
            "*" in body
            or "__" in body
            or " _" in body
            or "`" in body
            or "~~" in body
            or "[/" in body
            or "=\n" in body
            or "=20\n" in body
        ):
            return []
        received.append(HeaderField(name=name, body=body.replace("\n", "").strip(" \t"), line=line))
    return received
