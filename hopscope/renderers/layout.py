"""Text in the columns of a terminal: measured, folded and put side by side. Nothing is ever cut."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple
from unicodedata import category, east_asian_width

from hopscope.analysis.timing import Share

__all__ = ["GAP", "Cell", "Glyphs", "bar", "beside", "fold", "pad", "total_width", "width"]

GAP = 2
"""Blank columns between two cells."""

_BREAKS = ".-_@:/,;="
"""A word that is longer than a line is folded after one of these, where there is one."""


class Cell(NamedTuple):
    """A piece of text and how to show it."""

    text: str
    style: str = ""
    """As rich names it: ``bold red``, ``dim``."""
    right: bool = False
    """Aligned to the right."""


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


def total_width(widths: Iterable[int]) -> int:
    """Columns that cells of these widths take side by side."""
    taken = list(widths)
    return sum(taken) + GAP * (len(taken) - 1)


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """``text`` with blanks to fill ``columns``."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def fold(text: str, columns: int) -> list[str]:
    """Lines of at most ``columns`` (two or more) that hold all of ``text``, broken at blanks where possible."""
    if width(text) <= columns:
        return [text]
    lines = [""]
    for word in text.split(" "):
        for piece in _pieces(word, columns):
            joined = f"{lines[-1]} {piece}" if lines[-1] else piece
            if piece is word and width(joined) <= columns:
                lines[-1] = joined
            else:
                lines.append(piece)
    return lines[1:] if not lines[0] else lines


def _pieces(word: str, columns: int) -> Iterator[str]:
    """``word``, or where it is longer than a line, the parts of it that fit."""
    if width(word) <= columns:
        yield word
        return
    start = 0
    while start < len(word):
        end = _end(word, start, columns)
        mark = max(word.rfind(mark, start, end) for mark in _BREAKS) + 1
        if end < len(word) and mark > start + (end - start) // 2:
            end = mark
        yield word[start:end]
        start = end


def _end(word: str, start: int, columns: int) -> int:
    """Where the part of ``word`` ends that starts at ``start`` and fits into ``columns``."""
    taken = 0
    for end in range(start, len(word)):
        taken += _columns(word[end])
        if taken > columns:
            return end
    return len(word)


def beside(row: Sequence[Sequence[Cell]], widths: Sequence[int], *, indent: int = 0) -> Iterator[list[Cell]]:
    """The lines of a row: the cells of each place one below the other, folded to its width; the places side by side."""
    folded = [
        [cell._replace(text=line) for cell in cells for line in fold(cell.text, columns)]
        for cells, columns in zip(row, widths, strict=True)
    ]
    for places in zip_longest(*folded, fillvalue=Cell("")):
        line = [Cell(" " * indent)]
        for cell, columns in zip(places, widths, strict=True):
            line += [cell._replace(text=pad(cell.text, columns, right=cell.right)), Cell(" " * GAP)]
        yield _trimmed(line)


def _trimmed(line: list[Cell]) -> list[Cell]:
    """``line`` without blanks at its end and without empty cells."""
    while line and not line[-1].text.strip(" "):
        line.pop()
    ends = [cell for cell in line if cell.text]
    return [*ends[:-1], *(cell._replace(text=cell.text.rstrip(" ")) for cell in ends[-1:])]


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
