"""Messages pasted one below the other -> the header block of each, with the list of repairs.

A large paste is processed window by window, so that the time is linear in its size: a repair in a window that changes
only the first message is not repeated for the text below it. Any other repair, such as that of a quotation, is made
once to all of the remaining text.
"""

import re
from collections.abc import Iterator

from hopscope.model import Repair
from hopscope.parser.encoding import to_bytes, to_text
from hopscope.paste.repair import is_well_formed, repair
from hopscope.paste.report_signs import is_signed

__all__ = ["MAX_REPAIRS_OF_ALL", "WINDOW", "messages"]

WINDOW = 1 << 12
"""Bytes, up to the next blank line, in which the end of a message is searched first; then twice as many, and so on."""
MAX_REPAIRS_OF_ALL = 50
"""Maximum repairs of all of the remaining text; more are a paste in which each message is damaged in another way. The
Received fields below are counted as not read."""

_Block = tuple[bytes, tuple[Repair, ...]]


def messages(data: bytes) -> Iterator[_Block]:
    """The header blocks in a text, from top to bottom, and the repairs made to each.

    A text with one message gives one block, with the text below it; a text without damage is returned unchanged.
    """
    end = _BLANK_LINE.search(data)
    first_header = data[: end.start() if end else None] if _STARTS_WITH_FIELD.match(data) else b""
    is_report = is_signed(first_header)
    if is_report or b"eceived" not in first_header:
        from hopscope.paste.reports import reports  # few inputs are reports or start with other text

        pieces = reports(data)
        if len(pieces) > 1:
            yield from ((piece, ()) for piece in pieces)
            return
    yield from _separated(data) if not is_report and _may_have_two(data) else [(data, ())]


_BLANK_LINE = re.compile(rb"\n[ \t\r]*+\n")
_STARTS_WITH_FIELD = re.compile(rb"\s*+[A-Za-z][!-9;-~]*+[ \t]*+:")


def _may_have_two(data: bytes) -> bool:
    """Whether a text may have Received fields below its header block, or those of two messages, or is damaged."""
    if b"\0" not in data and data.count(b"eceived") + data.count(b"ECEIVED") < 2:  # noqa: PLR2004 - two messages
        return False
    end = max(data.find(b"\n\n"), data.find(b"\n\r\n"))
    if not is_well_formed(data) or (end >= 0 and b"eceived" in data[end:]):
        return True
    names = (b"\nFrom:", b"\nDate:", b"\nSubject:")
    return data.count(b"\nMessage-I") > 1 or sum(data.count(name) > 1 for name in names) > 1


def _separated(data: bytes) -> Iterator[_Block]:
    if len(data) > WINDOW and b"\0" not in data:
        data = to_bytes(to_text(data))  # LF line ends, as below the first message
    start, size, repairs_of_all = 0, WINDOW, 0
    earlier_repairs: tuple[Repair, ...] = ()
    while True:
        end = data.find(b"\n\n", start + size) + 2
        is_rest = end == 1 or end == len(data)
        window = data[start:] if is_rest else data[start:end]
        if is_rest and (repairs_of_all == MAX_REPAIRS_OF_ALL or not _may_have_two(window)):
            yield window, earlier_repairs
            return
        mended, repairs = repair(window)
        header, below = _first(mended)
        if below is None and not is_rest:
            size *= 2
            continue
        all_repairs = tuple(dict.fromkeys((*earlier_repairs, *repairs)))
        if below is None:
            yield mended, all_repairs
            return
        if not window.endswith(below) and not is_rest:
            size = len(data)
            continue
        yield header, all_repairs
        if window.endswith(below):
            start += len(window) - len(below)
        else:
            data, start, earlier_repairs = below, 0, all_repairs
            repairs_of_all += 1
        size = WINDOW


def _first(mended: bytes) -> tuple[bytes, bytes | None]:
    """The first header block of a repaired text, and the text from the next message on; ``None`` without one."""
    from hopscope.paste.blocks import next_message, second_message
    from hopscope.paste.patterns import STAMP

    text = to_text(mended)
    header, _, below = text.partition("\n\n")
    fields = list(_FIELDS.finditer(header))
    if second := second_message([(field[1].lower(), field[2]) for field in fields]):
        end = fields[second].start()
        return to_bytes(f"{header[:end]}\n"), to_bytes(text[end:])
    start = next_message(header, below) if STAMP.search(header) else None
    return to_bytes(f"{header}\n\n"), None if start is None else to_bytes(below[start:])


_FIELDS = re.compile(r"^([!-9;-~]++)[ \t]*+:(.*+(?:\n[ \t].*+)*+)", re.MULTILINE)
