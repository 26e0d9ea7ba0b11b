"""What rules make their findings with."""

from collections.abc import Sequence

from msgspec.structs import replace

from hopscope.analysis.context import MessageContext
from hopscope.analysis.phrases import numbers
from hopscope.model import Finding, Hop

__all__ = ["about", "listed", "numbers", "unique"]


def about(context: MessageContext, hop: Hop, finding: Finding) -> Finding:
    """The finding with its location: the message, the hop and the line of its field."""
    return replace(finding, source=context.route.source, line=hop.stamp.field.line, hop=hop.number)


def listed(names: Sequence[str], most: int = 2) -> str:
    """``a``, ``a, b``, ``a, b and 3 more``: no more than ``most`` are named."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def unique(*checks: tuple[str, ...]) -> tuple[str, ...]:
    """The checks in their order, each once."""
    return tuple(dict.fromkeys(check for group in checks for check in group))
