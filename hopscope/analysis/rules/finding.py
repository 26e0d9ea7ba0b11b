"""What rules make their findings with."""

from collections.abc import Sequence

from msgspec.structs import replace

from hopscope.analysis.context import MessageContext
from hopscope.analysis.phrases import numbers
from hopscope.model import Finding, Hop, Severity

__all__ = ["about", "as_claimed", "listed", "numbers", "shortened", "unique"]


def about(context: MessageContext, hop: Hop, finding: Finding, rests_on: int = 0) -> Finding:
    """The finding with its location: the message, the hop and the line of its field.

    It is information, and says "As the headers claim", if it rests on an unlinked hop.

    Args:
        context: The message.
        hop: The hop that the finding is about.
        finding: The finding without its location.
        rests_on: Number of another hop that it rests on: the lowest of those that it needs, or the last of several of
            which each suffices.
    """
    located = replace(finding, source=context.route.source, line=hop.stamp.field.line, hop=hop.number)
    return as_claimed(located) if (rests_on or hop.number) <= context.last_unlinked else located


def as_claimed(finding: Finding) -> Finding:
    """The finding as information about what the headers claim."""
    first, space, others = finding.message.partition(" ")
    first = first.lower() if first in _LOWERED else first
    return replace(finding, severity=Severity.INFO, message=f"As the headers claim: {first}{space}{others}")


_LOWERED = frozenset({"A", "Between", "Dates", "Hop", "Hops", "Received", "The", "Times", "Total"})
"""First words of messages, as opposed to names of servers and fields."""


def listed(names: Sequence[str], most: int = 2) -> str:
    """``a``, ``a, b``, ``a, b and 3 more``: no more than ``most`` are named."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def shortened(text: str, most: int) -> str:
    """At most so many characters of a text from a header or log, so that a finding fits its line."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def unique(*checks: tuple[str, ...]) -> tuple[str, ...]:
    """The checks in their order, each once."""
    return tuple(dict.fromkeys(check for group in checks for check in group))
