"""Why each hop got its label, in words."""

import re
from collections.abc import Iterable, Iterator
from textwrap import wrap

from hopscope.model import Hop, Label, Service
from hopscope.renderers import words
from hopscope.renderers.printable import visible

__all__ = ["hops"]


_FOLD = re.compile(r"[ \t]++")
"""White space as folding leaves it."""


def hops(hops: Iterable[Hop], width: int | None = None) -> str:
    """A paragraph per hop: label, header text, product, evidence, alternatives with their weight.

    Lines are folded to ``width`` columns, or uncut.
    """
    return "\n".join("".join(f"{line}\n" for line in _folded(_hop(hop), width)) for hop in hops)


def _folded(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """The lines made harmless; what does not fit goes on below, indented more."""
    for line in map(visible, lines):
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        yield from [line] if width is None else wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)


def _hop(hop: Hop) -> list[str]:
    label, field = hop.label, hop.stamp.field
    lines = [
        f"Hop {hop.number}: {_verdict(label)}",
        f"  Header (line {field.line}): {field.name}: {_FOLD.sub(' ', field.body)}",
        f"  Product: {words.product(label)}",
        "  Why:",
        *(f"    - {reason}" for reason in label.evidence or ("nothing in the stamp or around it tells",)),
    ]
    if label.alternatives:
        lines.append("  May also be:")
        lines += [f"    - {each.service}: {words.percent(each.probability)}" for each in label.alternatives]
    return lines


def _verdict(label: Label) -> str:
    """``Transport, 92 % sure, inferred from the path``; what the stamp says itself needs no number."""
    if label.service is Service.UNKNOWN:
        return str(label.service)
    if label.confidence >= 1:
        return f"{label.service}, stated by the stamp itself"
    origin = "inferred from the path" if label.inferred else "by rule"
    return f"{label.service}, {words.percent(label.confidence)} sure, {origin}"
