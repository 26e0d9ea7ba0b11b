"""What the table and the plain text share: widths of text in columns, and the bar of where the time went."""

from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import category, east_asian_width

from hopscope.analysis.timing import Share
from hopscope.renderers.printable import visible

__all__ = ["GAP", "Glyphs", "bar", "columns", "pad", "width"]

GAP = 2
"""Blank columns between two cells."""


class Glyphs(NamedTuple):
    """What a bar is drawn with."""

    parts: str
    """Parts of a column, smallest first, the whole one last."""
    negative: str
    """A column of a negative delay."""


def width(text: str) -> int:
    """Columns that ``text`` takes: wide characters take two, combining marks none (UAX #11)."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if category(character) in {"Mn", "Me"}:
        return 0
    return 2 if east_asian_width(character) in {"W", "F"} else 1


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """``text`` with blanks to fill ``columns``."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def columns(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> str:
    """The rows with each column as wide as its widest cell; those in ``right`` are aligned to the right."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*shown, strict=True)]
    lines = (
        [pad(cell, wide, right=place in right) for place, (cell, wide) in enumerate(zip(row, widths, strict=True))]
        for row in shown
    )
    return "".join(f"{(' ' * GAP).join(line).rstrip(' ')}\n" for line in lines)


def bar(share: Share | None, columns: int, glyphs: Glyphs) -> str:
    """The place of a delay on the whole way, drawn in ``columns``: a tiny one shows, but small; zero is blank."""
    if share is None or not share.length:
        return ""
    steps = len(glyphs.parts)
    whole, part = divmod(max(1, round(share.length * columns * steps)), steps)
    drawn = glyphs.parts[-1] * whole + (glyphs.parts[part - 1] if part else "")
    if share.negative:
        drawn = glyphs.negative * len(drawn)
    return " " * min(int(share.start * columns), columns - len(drawn)) + drawn
