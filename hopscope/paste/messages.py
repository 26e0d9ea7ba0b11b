"""Messages pasted one below the other -> the header block of each, with the list of repairs."""

import re

from hopscope.model import Repair
from hopscope.parser.encoding import to_bytes, to_text
from hopscope.paste.repair import is_well_formed, repair
from hopscope.paste.report_signs import is_signed

__all__ = ["MAX_MESSAGES", "messages"]

MAX_MESSAGES = 50
"""Maximum messages of a text that are separated; the Received fields below are counted as not read."""


def messages(data: bytes) -> list[tuple[bytes, tuple[Repair, ...]]]:
    """The header blocks in a text, from top to bottom, and the repairs made to each.

    A text with one message gives one block, with the text below it; a text without damage is returned unchanged.
    """
    end = _BLANK_LINE.search(data)
    first_header = data[: end.start() if end else None] if _STARTS_WITH_FIELD.match(data) else b""
    is_report = is_signed(first_header)
    if is_report or b"eceived" not in first_header:
        from hopscope.paste.report import reports  # few inputs are reports or start with other text

        pieces = reports(data, MAX_MESSAGES)
        if len(pieces) > 1:
            return [(piece, ()) for piece in pieces]
    if is_report:
        return [(data, ())]
    blocks: list[tuple[bytes, tuple[Repair, ...]]] = []
    earlier_repairs: tuple[Repair, ...] = ()
    while True:
        if len(blocks) == MAX_MESSAGES or not _may_have_two(data):
            blocks.append((data, earlier_repairs))
            return blocks
        from hopscope.paste.blocks import next_message
        from hopscope.paste.patterns import STAMP

        mended, repairs = repair(data)
        repairs = tuple(dict.fromkeys((*earlier_repairs, *repairs)))
        header, _, below = to_text(mended).partition("\n\n")
        start = next_message(header, below) if STAMP.search(header) else None
        if start is None:
            blocks.append((mended, repairs))
            return blocks
        blocks.append((to_bytes(f"{header}\n\n"), repairs))
        data, earlier_repairs = to_bytes(below[start:]), repairs


_BLANK_LINE = re.compile(rb"\n[ \t\r]*+\n")
_STARTS_WITH_FIELD = re.compile(rb"\s*+[A-Za-z][!-9;-~]*+[ \t]*+:")


def _may_have_two(data: bytes) -> bool:
    """Whether a text may have Received fields below its header block, or is damaged."""
    if b"\0" not in data and data.count(b"eceived") + data.count(b"ECEIVED") < 2:  # noqa: PLR2004 - two messages
        return False
    end = max(data.find(b"\n\n"), data.find(b"\n\r\n"))
    return not is_well_formed(data) or (end >= 0 and b"eceived" in data[end:])
