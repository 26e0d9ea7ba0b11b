"""HOP11x: where a message waited longer than usual, and what that is consistent with."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from hopscope.analysis.case import Case
from hopscope.analysis.delays import Holder, Wait
from hopscope.analysis.phrases import duration, held_by
from hopscope.analysis.rules.finding import about
from hopscope.model import Finding, Hop, Severity

if TYPE_CHECKING:
    from hopscope.analysis.timers import Match
    from hopscope.analysis.usual import Usual

__all__ = ["consistent", "held_too_long", "slow_leg"]

_SHORT = timedelta(minutes=1)
"""What is shorter is not worth a finding, however unusual."""
_LONG = timedelta(minutes=5)
"""From here on a wait is a warning: the first retry that is not for a moment comes after five minutes."""
_MOST_TIMERS = 3
"""More candidates say nothing."""


def slow_leg(case: Case) -> Iterator[Finding]:
    """HOP110: a leg took longer than 99 of 100 of its kind, and more than a minute.

    Looks at the delay between two dated stamps, gives it to the service that had the message in its queue, and sets it
    against legs of the same kind in real mail, and against the documented retry timers of that service.

    Why it matters: only Hub Transport, Edge Transport and Transport have queues, so it tells on which server to look,
    and a delay of 5 min 6 s before Mailbox Transport is consistent with one retry of the mailbox delivery queue.
    """
    for wait, before, hop in _waiting(case):
        if wait.delay <= _worth_a_line(wait):
            continue
        from hopscope.analysis.timers import matches  # few messages wait so long, and none of the others needs them
        from hopscope.analysis.usual import usual

        common = usual(before, hop)
        if common.seconds is not None and wait.delay <= timedelta(seconds=common.seconds):
            continue
        found = matches(wait, before, hop)[:_MOST_TIMERS]
        finding = Finding(
            code="HOP110",
            severity=Severity.WARNING if wait.delay >= _LONG else Severity.INFO,
            message=" ".join((_seen(wait), *_compared(wait, common), *consistent(found))),
            advice=_advice(wait, found),
        )
        yield about(case, hop, finding)


def held_too_long(case: Case) -> Iterator[Finding]:
    """HOP111: a queue held the message so long that the sender was told of the delay, or that it should have expired.

    Looks at waits in queues of Exchange. After 4 hours the sender gets a delay notice, after 2 days the message
    expires (DelayNotificationTimeout, MessageExpirationTimeout; a day in Exchange Online).
    """
    for wait, before, hop in _waiting(case):
        if wait.delay <= _LONG:
            continue
        from hopscope.analysis.timers import limits

        for name, limit in limits(wait, before):
            what = "the sender should have got a delay notice" if name == "delay notice" else "it should have expired"
            message = (
                f"Hop {hop.number} came {duration(wait.delay)} after hop {before.number}; by default {what} after "
                f"{duration(limit)}."
            )
            yield about(case, hop, Finding(code="HOP111", severity=Severity.WARNING, message=message))


def _waiting(case: Case) -> Iterator[tuple[Wait, Hop, Hop]]:
    """The waits that are time spent in transport, with the hops at both ends."""
    hops = {hop.number: hop for hop in case.route.hops}
    for wait in case.waits:
        if wait.holder not in {Holder.CLOCKS, Holder.MAILBOX, Holder.SHADOW}:  # the last two have findings of their own
            yield wait, hops[wait.before], hops[wait.hop]


def _worth_a_line(wait: Wait) -> timedelta:
    """What is no longer than this is not worth a finding: lists and gateways of others take their minutes."""
    return _LONG if wait.holder is Holder.SYSTEM else _SHORT


def _seen(wait: Wait) -> str:
    came = f"Hop {wait.hop} came {duration(wait.delay)} after hop {wait.before}"
    holder = held_by(wait)
    return f"{came}: held by {holder}." if holder else f"{came}; what held the message is unknown."


def _compared(wait: Wait, common: "Usual") -> Iterator[str]:
    """How long such legs take, where such legs were counted."""
    if common.kind and wait.holder in {Holder.QUEUE, Holder.SENDER} and common.seconds is not None:
        yield f"99 of 100 {common.kind} take at most {duration(timedelta(seconds=common.seconds))}."


def consistent(found: "tuple[Match, ...]") -> Iterator[str]:
    """The timers that fit, each with the expected time and how far the observed one is from it: a sentence, or none."""
    if found:
        yield f"Consistent with {', or with '.join(map(_timer, found))}."


def _timer(match: "Match") -> str:
    late = f"{duration(match.late)} later" if match.late > timedelta(0) else f"{duration(-match.late)} earlier"
    fit = "to the second" if not match.late else late
    count = f", try {match.tries}" if match.tries > 1 else ""
    return f"{match.name}{count} ({match.parameter}: expected after {duration(match.expected)}, seen {fit})"


def _advice(wait: Wait, found: "tuple[Match, ...]") -> str | None:
    if found:
        checks = dict.fromkeys(match.check for match in found)
        where = dict.fromkeys(f"{match.parameter} in {match.set_with}" for match in found)
        return f"Check {'; '.join(checks)}. The timers: {', '.join(where)}."
    if wait.holder is Holder.QUEUE:
        return f"Check the message tracking log of {wait.server or 'that server'} for DEFER, and the queue's LastError."
    if wait.holder is Holder.SENDER:
        return "Compare the clocks of the two servers, and the protocol logs of the sender."
    return None
