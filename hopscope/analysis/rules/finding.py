"""What rules make their findings with."""

from collections.abc import Sequence

from msgspec.structs import replace

from hopscope.analysis.context import MessageContext
from hopscope.model import Finding, Hop

__all__ = ["about", "listed", "numbers", "unique"]

_FEWEST_OF_A_RANGE = 3


def about(context: MessageContext, hop: Hop, finding: Finding) -> Finding:
    """The finding with its location: the message, the hop and the line of its field."""
    return replace(finding, source=context.route.source, line=hop.stamp.field.line, hop=hop.number)


def numbers(hops: Sequence[Hop]) -> str:
    """``Hop 2``, ``Hops 2 and 3``, ``Hops 1 and 3 to 5``."""
    runs: list[list[int]] = []
    for hop in hops:
        if runs and hop.number == runs[-1][-1] + 1:
            runs[-1].append(hop.number)
        else:
            runs.append([hop.number])
    parts = [part for run in runs for part in _run(run)]
    return f"Hop {parts[0]}" if len(hops) == 1 else f"Hops {_joined(parts)}"


def _run(run: list[int]) -> list[str]:
    return [f"{run[0]} to {run[-1]}"] if len(run) >= _FEWEST_OF_A_RANGE else list(map(str, run))


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def listed(names: Sequence[str], most: int = 2) -> str:
    """``a``, ``a, b``, ``a, b and 3 more``: no more than ``most`` are named."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def unique(*checks: tuple[str, ...]) -> tuple[str, ...]:
    """The checks in their order, each once."""
    return tuple(dict.fromkeys(check for group in checks for check in group))
