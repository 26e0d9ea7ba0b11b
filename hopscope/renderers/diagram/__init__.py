"""Diagrams independent of their language: boxes with lines of text, and arrows between them."""

from collections.abc import Iterable
from enum import StrEnum
from textwrap import wrap

import msgspec

__all__ = ["Arrow", "Box", "Diagram", "Kind", "Line", "wrapped"]

_LABEL_WIDTH = 32
"""Maximum characters per line of a label."""


class Kind(StrEnum):
    """The kind of a box."""

    SERVICE = "service"
    QUEUE = "queue"
    """A service with queues."""
    END = "end"
    """The start or end of a path."""
    OUTSIDE = "outside"
    """A service outside the diagram's subject, with a connection to it."""


class Line(StrEnum):
    """The line style of an arrow."""

    SOLID = "solid"
    DASHED = "dashed"
    """The receiver adds no Received field."""
    DOTTED = "dotted"
    """The receiver does not always add one."""


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A box. Arrows refer to its key, which is not shown."""

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
    """Boxes with unique keys, and arrows between them."""

    title: str
    legend: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    def names(self) -> dict[str, str]:
        """An identifier for each box, by its key: ``n1``, ``n2`` ..., valid in every diagram language."""
        return {box.key: f"n{number}" for number, box in enumerate(self.boxes, 1)}


def wrapped(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts, each wrapped to the width of a label."""
    return tuple(line for text in texts for line in wrap(text, _LABEL_WIDTH))
