"""Cause and checks of findings about delays above a limit of the settings."""

from collections.abc import Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import Holder
from hopscope.analysis.phrases import duration, held_by
from hopscope.analysis.rules import next_steps
from hopscope.model import Hop

__all__ = ["cause_of_delay", "cause_of_total", "checks_of_delay", "checks_of_total"]


def cause_of_delay(case: MessageContext, hop: Hop) -> str | None:
    """Which component held the message before a hop; ``None`` if unknown."""
    return " ".join(_causes(case, hop)) or None


def _causes(case: MessageContext, hop: Hop) -> Iterator[str]:
    for wait in case.attributed_delays:
        if wait.hop == hop.number:
            holder = held_by(wait)
            yield f"Held by {holder}." if holder else "Which server held the message is unknown."
            if wait.clock_skew:
                yield f"About {duration(wait.clock_skew)} of it is clock skew."


def cause_of_total(case: MessageContext) -> str | None:
    """The longest delay of a message, and the component that held it; ``None`` if no delay is known."""
    hop = _longest(case)
    if hop is None or hop.delay is None:
        return None
    return f"Longest delay: {duration(hop.delay)} before hop {hop.number}. {cause_of_delay(case, hop) or ''}".rstrip()


def checks_of_total(case: MessageContext) -> tuple[str, ...]:
    """How to check the server that held the message longest."""
    hop = _longest(case)
    return checks_of_delay(case, hop) if hop is not None else ()


def _longest(case: MessageContext) -> Hop | None:
    """The hop with the longest delay, the first of several."""
    delays = [(hop.delay, -hop.number, hop) for hop in case.route.hops if hop.delay is not None]
    return max(delays)[2] if delays else None


def checks_of_delay(case: MessageContext, hop: Hop) -> tuple[str, ...]:
    """How to check the server that held the message before a hop."""
    hops = {other_hop.number: other_hop for other_hop in case.route.hops}
    for wait in case.attributed_delays:
        if wait.hop == hop.number and wait.holder is not Holder.CLOCKS:
            previous = hops[wait.before]
            queues = next_steps.queues(case, previous) if wait.holder is Holder.QUEUE else ()
            return *queues, *next_steps.tracking(case, previous, "DEFER" if queues else "")
    return ()
