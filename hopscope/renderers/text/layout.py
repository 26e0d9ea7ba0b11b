"""Layout shared by several outputs: widths of text in columns, bars, positions of labels, colours of services."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    "separated",
    "shortened",
    "shortened_apart",
    "spread",
    "width",
    "within",
    "wrapped",
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
"""The terminal colour of each Exchange service."""


class Glyphs(msgspec.Struct, frozen=True):
    """The characters of a bar."""

    parts: str
    """Fractions of a column, smallest first; the last one fills the column."""
    negative: str
    """One column of a negative delay."""


def width(text: str) -> int:
    """Width of ``text`` in columns: wide characters count two, combining marks none (UAX #11)."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if category(character) in {"Mn", "Me"}:
        return 0
    return 2 if east_asian_width(character) in {"W", "F"} else 1


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """``text`` padded with spaces to ``columns``."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def cut(text: str, columns: int) -> str:
    """``text``, truncated with an ellipsis if it is wider than ``columns``."""
    if width(text) <= columns:
        return text
    shown, remaining = "", columns - 1
    for character in text:
        remaining -= width(character)
        if remaining < 0:
            break
        shown += character
    return f"{shown}…"


def shortened(text: str, columns: int, measure: Callable[[str], int] = width) -> str:
    """``text`` with an ellipsis in its middle if it is wider than ``columns``: ``mail-relay…example.org``.

    Of a host name, the first label, which names the host, and the last labels, which name the organisation, are kept
    as far as they fit.

    Args:
        text: A host name, or any other text without line breaks.
        columns: At least 2.
        measure: The width of a text in columns; adding a character never makes it smaller.
    """
    if measure(text) <= columns:
        return text
    host, _, domain = text.partition(".")
    start = min(measure(host), max(columns - 1 - _LEAST_END, 1)) if domain else columns // 2
    labels = text[-columns:].split(".")
    ends = [".".join(labels[first:]) for first in range(1, len(labels))]
    is_numbered = start == measure(host) and host[-1:].isdigit()  # its number distinguishes the host from others
    for least in (start,) if is_numbered else (start, max(start - 1, 1)):
        available = columns - 1 - least
        tail = next((end for end in ends if measure(end) <= available), "")
        if measure(tail) >= _MOST_OF_IT * available:
            break
    else:
        tail = _start(text[::-1], columns - 1 - start, measure)[::-1]
    return f"{_start(text, columns - 1 - measure(tail), measure).rstrip('.')}…{tail}"


def shortened_apart(texts: Iterable[str], columns: int, measure: Callable[[str], int] = width) -> dict[str, str]:
    """Each text as ``shortened`` has it, unless others would look the same: then without its end, or its start.

    Texts of which nothing that differs fits still look the same.
    """
    shown = {text: shortened(text, columns, measure) for text in texts}
    for form in (_first_labels, _first_columns, _last_columns):
        counts = Counter(shown.values())
        equal = [text for text, short in shown.items() if counts[short] > 1]
        if not equal:
            break
        shown |= {text: form(text, columns, measure) for text in equal}
    return shown


def _first_labels(text: str, columns: int, measure: Callable[[str], int]) -> str:
    """``mail.shop…`` for ``mail.shop.example.org``: the labels of a host name that fit; all of the text if it fits."""
    start = _first_columns(text, columns, measure)
    return start if start == text or "." not in start else f"{start.rpartition('.')[0]}…"


def _first_columns(text: str, columns: int, measure: Callable[[str], int]) -> str:
    return text if measure(text) <= columns else f"{_start(text, columns - 1, measure)}…"


def _last_columns(text: str, columns: int, measure: Callable[[str], int]) -> str:
    return text if measure(text) <= columns else f"…{_start(text[::-1], columns - 1, measure)[::-1]}"


_LEAST_END = 3
"""Columns that the end of a host name has at least."""
_MOST_OF_IT = 0.6
"""Minimum share of the columns after the ellipsis that whole labels must fill."""


def _start(text: str, columns: int, measure: Callable[[str], int]) -> str:
    """The longest start of a text that fits."""
    length = max(min(len(text), columns), 0)
    while length and measure(text[:length]) > columns:
        length -= 1
    return text[:length]


_ARGUMENT = r'[^\s"]*+"[^"]*+"\S*+|\S++'
"""A word, or an argument in double quotes: it may have blanks."""


def wrapped(text: str, columns: int, measure: Callable[[str], int] = width) -> list[str]:
    """``text`` in lines, broken at blanks, but not inside a quoted argument that fits a line.

    Only a word that is wider than ``columns`` makes a longer line.
    """
    pieces = (
        piece
        for argument in re.findall(_ARGUMENT, text)
        for piece in ([argument] if measure(argument) <= columns else argument.split())
    )
    lines = [""]
    for piece in pieces:
        if lines[-1] and measure(lines[-1]) + 1 + measure(piece) > columns:
            lines.append("")
        lines[-1] += f" {piece}" if lines[-1] else piece
    return lines


def path_lines(path: str, columns: int) -> list[str]:
    """A path or name, folded after separators and blanks; only a word that is too wide exceeds ``columns``."""
    lines = [""]
    for part in re.split(r"(?<=[/\\_ -])", path):
        if lines[-1] and width(lines[-1] + part.rstrip(" ")) > columns:
            lines.append("")
        lines[-1] += part
    return [line.rstrip(" ") for line in lines]


def packed(reaches: Sequence[tuple[float, float]], most: int) -> list[int] | None:
    """A row for each interval, so that the intervals of a row do not touch; they must be sorted by their starts.

    ``None`` if more than ``most`` rows are needed.
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
    """The start of an item of width ``wide`` centred between two ends, or in the widest part between the cuts.

    ``None`` if it does not fit.
    """
    sides = [ends[0], *(cut for cut in cuts if ends[0] <= cut < ends[1]), ends[1]]
    start, end = max(pairwise(sides), key=lambda part: part[1] - part[0])
    return start + (end - start - wide) / 2 if end - start >= wide else None


def clear(start: float, wide: float, cuts: Sequence[float], margin: float) -> float:
    """The first start from ``start`` at which an item of width ``wide`` is at least ``margin`` away from any cut."""
    for cut in sorted(cuts):
        if start - margin < cut < start + wide + margin:
            start = cut + margin
    return start


def spread(labels: Sequence[tuple[float, float, bool]], total: float, gap: float = GAP) -> list[float | None]:
    """The starts of labels on a line of width ``total``; each has a centre, a width, and whether it takes precedence.

    ``None`` if a label would overlap one that is already positioned.
    """
    starts: list[float | None] = [None] * len(labels)
    taken: list[tuple[float, float]] = []
    for index in sorted(range(len(labels)), key=lambda index: not labels[index][2]):
        centre, wide, _ = labels[index]
        start = max(0, min(centre - wide // 2, total - wide))
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
    """The position of a delay in the total delay, drawn in ``columns``. A tiny delay is visible, a zero one is not."""
    if share is None or not share.length:
        return ""
    steps = len(glyphs.parts)
    full, part = divmod(max(1, round(share.length * columns * steps)), steps)
    drawn = glyphs.parts[-1] * full + (glyphs.parts[part - 1] if part else "")
    if share.negative:
        drawn = glyphs.negative * len(drawn)
    return " " * min(int(share.start * columns), columns - len(drawn)) + drawn


def separated(blocks: Iterable[str]) -> Iterator[str]:
    """Blocks of lines, with an empty line between two."""
    for index, block in enumerate(blocks):
        yield f"\n{block}" if index else block
