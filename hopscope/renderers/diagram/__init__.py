"""What a diagram is made of, whatever language it is written in: boxes with lines of text, and arrows between them."""

from collections.abc import Iterable
from enum import StrEnum
from textwrap import wrap

import msgspec

__all__ = ["Arrow", "Box", "Diagram", "Kind", "Line", "wrapped"]

_LABEL_WIDTH = 32
"""Characters on a line of a label."""


class Kind(StrEnum):
    """What a box stands for."""

    SERVICE = "service"
    QUEUE = "queue"
    """A service where messages wait."""
    END = "end"
    """Where a way begins or ends."""
    OUTSIDE = "outside"
    """Something that is not part of what is drawn, but has an arrow to or from it."""


class Line(StrEnum):
    """How an arrow is drawn."""

    SOLID = "solid"
    DASHED = "dashed"
    """What goes this way leaves no stamp."""
    DOTTED = "dotted"
    """It does not always leave one."""


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A box; its key is for arrows and is not shown."""

    key: str
    lines: tuple[str, ...]
    kind: Kind = Kind.SERVICE


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """An arrow from one box to another."""

    tail: str
    head: str
    lines: tuple[str, ...] = ()
    line: Line = Line.SOLID


class Diagram(msgspec.Struct, frozen=True, kw_only=True):
    """Boxes with different keys, and arrows between them."""

    title: str
    legend: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    def names(self) -> dict[str, str]:
        """A name for each box, by its key: ``n1``, ``n2`` ..., which every language of diagrams takes."""
        return {box.key: f"n{number}" for number, box in enumerate(self.boxes, 1)}


def wrapped(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts, each wrapped to the width of a label."""
    return tuple(line for text in texts for line in wrap(text, _LABEL_WIDTH))
