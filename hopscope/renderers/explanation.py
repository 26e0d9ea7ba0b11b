"""Why each hop got its label, in words."""

from collections.abc import Iterable

from hopscope.model import Hop
from hopscope.renderers import words
from hopscope.renderers.printable import visible

__all__ = ["hops"]


def hops(hops: Iterable[Hop]) -> str:
    """A paragraph per hop: header text, label, evidence, alternatives with their weight."""
    return "\n".join(_hop(hop) for hop in hops)


def _hop(hop: Hop) -> str:
    label, field = hop.label, hop.stamp.field
    stated = "stated by the stamp itself" if label.confidence >= 1 else "inferred" if label.inferred else "by rule"
    lines = [
        f"Hop {hop.number}: {label.service}, {words.percent(label.confidence)} sure, {stated}",
        f"  Header (line {field.line}): {field.name}: {field.body}",
        f"  Product: {words.product(label)}",
        "  Why:",
        *(f"    - {reason}" for reason in label.evidence),
    ]
    if label.alternatives:
        lines.append("  May also be:")
        lines += [f"    - {each.service}: {words.percent(each.probability)}" for each in label.alternatives]
    return "".join(f"{visible(line)}\n" for line in lines)
