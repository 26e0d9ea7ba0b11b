"""What outputs share of their layout: widths of text in columns, bars, places for labels, colours of services."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING
from unicodedata import category, east_asian_width

import msgspec

from hopscope.model import Service
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from hopscope.analysis.delays import Share

__all__ = [
    "COLORS",
    "GAP",
    "Glyphs",
    "bar",
    "clear",
    "columns",
    "cut",
    "packed",
    "pad",
    "path_lines",
    "spread",
    "width",
    "within",
]

GAP = 2
"""Blank columns between two cells."""

COLORS = {
    Service.MAPI_SUBMISSION: "green",
    Service.HTTP_SUBMISSION: "green",
    Service.FRONT_END: "cyan",
    Service.TRANSPORT: "blue",
    Service.HUB_TRANSPORT: "blue",
    Service.EDGE_TRANSPORT: "yellow",
    Service.MAILBOX_TRANSPORT: "magenta",
    Service.ONLINE_DELIVERY: "magenta",
}
"""The colour of each Exchange service, by its name in a terminal."""


class Glyphs(msgspec.Struct, frozen=True):
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


def cut(text: str, columns: int) -> str:
    """``text``, and of one that is too wide as much as fits with an ellipsis."""
    if width(text) <= columns:
        return text
    shown, room = "", columns - 1
    for character in text:
        room -= width(character)
        if room < 0:
            break
        shown += character
    return f"{shown}…"


def path_lines(path: str, columns: int) -> list[str]:
    """A path or name, folded after separators and blanks; only a word that is too wide exceeds ``columns``."""
    lines = [""]
    for part in re.split(r"(?<=[/\\_ -])", path):
        if lines[-1] and width(lines[-1] + part.rstrip(" ")) > columns:
            lines.append("")
        lines[-1] += part
    return [line.rstrip(" ") for line in lines]


def packed(reaches: Sequence[tuple[float, float]], most: int) -> list[int] | None:
    """A row for each stretch, given in the order of where they start, so that none touches another one.

    ``None`` where they need more than ``most`` rows.
    """
    ends: list[float] = []
    rows = []
    for first, last in reaches:
        row = next((row for row, end in enumerate(ends) if first > end + 1), len(ends))
        if row == most:
            return None
        ends[row : row + 1] = [last]
        rows.append(row)
    return rows


def within(ends: tuple[float, float], cuts: Sequence[float], wide: float) -> float | None:
    """Where something starts that stands in the middle between two ends, or of the widest part between the cuts.

    ``None`` where it has no room.
    """
    sides = [ends[0], *(cut for cut in cuts if ends[0] <= cut < ends[1]), ends[1]]
    start, end = max(pairwise(sides), key=lambda part: part[1] - part[0])
    return start + (end - start - wide) / 2 if end - start >= wide else None


def clear(start: float, wide: float, cuts: Sequence[float], margin: float) -> float:
    """Where something starts that would stand at ``start``, so that no cut is in it or within ``margin`` beside it."""
    for cut in sorted(cuts):
        if start - margin < cut < start + wide + margin:
            start = cut + margin
    return start


def spread(labels: Sequence[tuple[float, float, bool]], room: float, gap: float = GAP) -> list[float | None]:
    """Where labels start that stand below their places: each has a centre, a width, and whether it goes first.

    ``None`` where a label has no room beside those before it.
    """
    starts: list[float | None] = [None] * len(labels)
    taken: list[tuple[float, float]] = []
    for index in sorted(range(len(labels)), key=lambda index: not labels[index][2]):
        centre, wide, _ = labels[index]
        start = max(0, min(centre - wide // 2, room - wide))
        if all(start + wide + gap <= taken_start or taken_end + gap <= start for taken_start, taken_end in taken):
            taken.append((start, start + wide))
            starts[index] = start
    return starts


def columns(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> str:
    """The rows with each column as wide as its widest cell; those in ``right`` are aligned to the right."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*shown, strict=True)]
    lines = (
        [pad(cell, wide, right=index in right) for index, (cell, wide) in enumerate(zip(row, widths, strict=True))]
        for row in shown
    )
    return "".join(f"{(' ' * GAP).join(line).rstrip(' ')}\n" for line in lines)


def bar(share: "Share | None", columns: int, glyphs: Glyphs) -> str:
    """The place of a delay on the whole way, drawn in ``columns``: a tiny one shows, but small; zero is blank."""
    if share is None or not share.length:
        return ""
    steps = len(glyphs.parts)
    full, part = divmod(max(1, round(share.length * columns * steps)), steps)
    drawn = glyphs.parts[-1] * full + (glyphs.parts[part - 1] if part else "")
    if share.negative:
        drawn = glyphs.negative * len(drawn)
    return " " * min(int(share.start * columns), columns - len(drawn)) + drawn
