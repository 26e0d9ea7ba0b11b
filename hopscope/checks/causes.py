"""Cause and checks of findings about delays above a limit of the settings."""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import AttributedDelay, Holder, logged_skew
from hopscope.analysis.phrases import duration, held_by, rounded
from hopscope.analysis.rules import next_steps
from hopscope.model import Hop

__all__ = [
    "cause_of_delay",
    "cause_of_total",
    "checks_of_delay",
    "checks_of_total",
    "corrected",
    "corrected_total",
    "is_claimed_total",
    "total_without_skew",
]


def corrected(wait: AttributedDelay) -> str:
    """``40 s``; with the recorded delay if that has clock skew: ``40 s (5 min as recorded, with clock skew)``."""
    if not wait.clock_skew:
        return duration(wait.delay)
    return f"{duration(wait.waited)} ({duration(wait.delay)} as recorded, with clock skew)"


def total_without_skew(case: MessageContext) -> timedelta | None:
    """The total delay, without the clock skew in it that tracking logs show; ``None`` if unknown."""
    total = case.route.total_delay
    return None if total is None else total - rounded(logged_skew(case.attributed_delays))


def corrected_total(case: MessageContext, total: timedelta) -> str:
    """``2 s``; with the recorded total if that has clock skew: ``2 s (5 min 8 s as recorded, with clock skew)``."""
    recorded = case.route.total_delay
    if recorded is None or recorded == total:
        return duration(total)
    return f"{duration(total)} ({duration(recorded)} as recorded, with clock skew)"


def cause_of_delay(case: MessageContext, hop: Hop) -> str | None:
    """Which component held the message before a hop; ``None`` if unknown."""
    return " ".join(_causes(case, hop)) or None


def _causes(case: MessageContext, hop: Hop) -> Iterator[str]:
    for wait in case.attributed_delays:
        if wait.hop == hop.number:
            holder = held_by(wait)
            yield f"Held by {holder}{_claimed(case, wait)}." if holder else "Which server held the message is unknown."
            if wait.may_be_skew:
                yield f"Up to {duration(wait.possible_skew)} of it may be clock skew."


def cause_of_total(case: MessageContext) -> str | None:
    """The longest delay of a message, and the component that held it; ``None`` if no delay is known."""
    wait = max(case.attributed_delays, key=lambda wait: wait.waited, default=None)
    if wait is None:
        return None
    holder = held_by(wait)
    claimed = _claimed(case, wait)
    return f"{f'Held by {holder}' if holder else 'Longest delay'}: {corrected(wait)} before hop {wait.hop}{claimed}."


def _claimed(case: MessageContext, wait: AttributedDelay) -> str:
    return ", as the headers claim" if case.is_claim(wait) else ""


def is_claimed_total(case: MessageContext, limit: timedelta) -> bool:
    """Whether the total delay exceeds a limit only with the time before unlinked hops."""
    times = [hop.time for hop in case.route.hops[case.last_unlinked :] if hop.time is not None]
    return case.last_unlinked > 0 and (not times or times[-1] - times[0] <= limit)


def checks_of_total(case: MessageContext) -> tuple[str, ...]:
    """The command that lists all delays."""
    return (next_steps.hopscope(case, "show", "it lists each delay and the service that held the message"),)


def checks_of_delay(case: MessageContext, hop: Hop) -> tuple[str, ...]:
    """How to check the server that held the message before a hop."""
    hops = {other_hop.number: other_hop for other_hop in case.route.hops}
    for wait in case.attributed_delays:
        if wait.hop == hop.number and wait.holder is not Holder.CLOCKS:
            previous = hops[wait.before]
            queues = next_steps.queues(case, previous) if wait.holder is Holder.QUEUE else ()
            return *queues, *next_steps.tracking(case, previous, "DEFER" if queues else "")
    return ()
