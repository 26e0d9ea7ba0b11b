"""What rules make their findings with."""

from msgspec.structs import replace

from hopscope.analysis.context import MessageContext
from hopscope.model import Finding, Hop

__all__ = ["about", "numbers"]


def about(context: MessageContext, hop: Hop, finding: Finding) -> Finding:
    """The finding with its place: the message, the hop and the line of its field."""
    return replace(finding, source=context.route.source, line=hop.stamp.field.line, hop=hop.number)


def numbers(hops: list[Hop]) -> str:
    """``Hop 2``, ``Hops 2 and 3``, ``Hops 2, 3 and 4``."""
    numbered = [str(hop.number) for hop in hops]
    return f"Hop {numbered[0]}" if len(numbered) == 1 else f"Hops {', '.join(numbered[:-1])} and {numbered[-1]}"
