"""HOP11x: where a message waited longer than usual, and what that is consistent with."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import LONGEST_IN_QUEUES, AttributedDelay, Holder
from hopscope.analysis.facts import LONG_DELAY, RETRY_DELAY, Fact
from hopscope.analysis.phrases import duration, held_by
from hopscope.analysis.rules.dates import sent_on_at
from hopscope.analysis.rules.finding import about
from hopscope.analysis.rules.rule import Rule
from hopscope.classifier import servers
from hopscope.model import Finding, Hop, ReferenceTime, Severity

if TYPE_CHECKING:
    from hopscope.analysis.timers import Match
    from hopscope.analysis.usual import Usual

__all__ = ["RULES", "consistent", "held_too_long", "slow_leg"]

_SHORT = timedelta(minutes=1)
"""What is shorter is not worth a finding, however unusual."""
_MOST_TIMERS = 3
"""More candidates say nothing."""
_NEAR = timedelta(seconds=30)
"""What a greylist measured, from try to try, and what stamps say differ by the time of a session."""
_ROUNDING = timedelta(seconds=3)
_HALF_HOUR = timedelta(minutes=30)
_WIDEST = timedelta(hours=26)
"""No two time zones differ by more."""


def slow_leg(context: MessageContext) -> Iterator[Finding]:
    """HOP110: a leg took longer than 99 of 100 of its kind, and more than a minute.

    Looks at the delay between two dated stamps, gives it to the service that had the message in its queue, and sets it
    against legs of the same kind in real mail, and against the documented retry timers of that service. What a clock
    that is off adds to a delay does not count. X-Greylist may tell of the wait, exact half-hours between two servers
    may be a wrong time zone, and after five days no queue has the message any more.

    Why it matters: only Hub Transport, Edge Transport and Transport have queues, so it tells on which server to look,
    and a delay of 5 min 6 s before Mailbox Transport is consistent with one retry of the mailbox delivery queue.
    """
    for wait, previous, hop in _waiting(context, RETRY_DELAY):
        from hopscope.analysis.timers import matches  # few messages wait so long, and none of the others needs them
        from hopscope.analysis.usual import usual

        common, greylist = usual(previous, hop), _greylisted(context, wait)
        timers = () if greylist or _same_local_time(previous, hop) else matches(wait, previous, hop)[:_MOST_TIMERS]
        if not _is_slow(wait, common, timers):
            continue
        parts = (_seen(wait), *_told(greylist), *_other_zone(wait, previous, hop), *_compared(wait, common))
        finding = Finding(
            code="HOP110",
            severity=Severity.WARNING if wait.waited >= LONG_DELAY and greylist is None else Severity.INFO,
            message=" ".join((*parts, *consistent(timers))),
            checks=tuple(filter(None, [_advice(wait, previous, timers, greylist)])),
        )
        yield about(context, hop, finding)


def held_too_long(context: MessageContext) -> Iterator[Finding]:
    """HOP111: a queue held the message so long that the sender was told of the delay, or that it should have expired.

    Looks at waits in queues of Exchange. After 4 hours the sender gets a delay notice, after 2 days the message
    expires (DelayNotificationTimeout, MessageExpirationTimeout; a day in Exchange Online).
    """
    for wait, previous, hop in _waiting(context, LONG_DELAY):
        from hopscope.analysis.timers import limits

        for name, limit in limits(wait, previous):
            what = "the sender should have got a delay notice" if name == "delay notice" else "it should have expired"
            message = (
                f"Hop {hop.number} came {duration(wait.delay)} after hop {previous.number}; by default {what} after "
                f"{duration(limit)}."
            )
            yield about(context, hop, Finding(code="HOP111", severity=Severity.WARNING, message=message))


def _waiting(context: MessageContext, least: timedelta) -> Iterator[tuple[AttributedDelay, Hop, Hop]]:
    """The waits of that time or more that are time spent in transport, with the hops at both ends."""
    long = [wait for wait in context.attributed_delays if wait.delay >= least and wait.waited >= least]
    if not long:
        return
    hops = {hop.number: hop for hop in context.route.hops}
    sent_on = sent_on_at(context)
    for wait in long:
        # a mailbox and a shadow queue have findings of their own; before hop sent_on it was another message
        if wait.holder not in {Holder.CLOCKS, Holder.MAILBOX, Holder.SHADOW} and wait.hop != sent_on:
            yield wait, hops[wait.before], hops[wait.hop]


def _is_slow(wait: AttributedDelay, common: "Usual", timers: "tuple[Match, ...]") -> bool:
    """Whether a wait is worth a finding.

    Lists and gateways of others take their minutes; of them a shorter one counts only where a timer of Exchange, which
    took the message from them, explains it.
    """
    if wait.holder is Holder.SYSTEM and wait.waited <= LONG_DELAY:
        return bool(timers)
    return wait.waited > _SHORT and (common.seconds is None or wait.waited > timedelta(seconds=common.seconds))


def _greylisted(context: MessageContext, wait: AttributedDelay) -> ReferenceTime | None:
    """X-Greylist, where it tells of this wait."""
    for anchor in context.times_of("X-Greylist"):
        if anchor.duration and abs(wait.waited - anchor.duration) <= _NEAR:
            return anchor
    return None


def _told(anchor: ReferenceTime | None) -> Iterator[str]:
    if anchor and anchor.duration:
        server = anchor.server or "the receiving server"
        put_off = f"{server} put it off for {duration(anchor.duration)}"
        yield f"X-Greylist (line {anchor.field.line}) tells why: {put_off}, by greylisting."


def _same_local_time(previous: Hop, hop: Hop) -> bool:
    """Whether the stamps of two servers differ by their time zones and by nothing else."""
    is_same_server = servers.same(previous.written_server, hop.written_server)
    if is_same_server or previous.time is None or hop.time is None or previous.time.utcoffset() == hop.time.utcoffset():
        return False
    return abs(hop.time.replace(tzinfo=None) - previous.time.replace(tzinfo=None)) <= _ROUNDING


def _other_zone(wait: AttributedDelay, previous: Hop, hop: Hop) -> Iterator[str]:
    """That a wait is also consistent with a wrong time zone: exact half-hours between two servers."""
    if servers.same(previous.written_server, hop.written_server):
        return
    if _same_local_time(previous, hop):
        yield "Both stamps have one local time in two zones: consistent with a wrong time zone of one of the servers."
    elif abs(wait.waited - round(wait.waited / _HALF_HOUR) * _HALF_HOUR) <= _ROUNDING and wait.waited < _WIDEST:
        yield "Whole half-hours are also consistent with a wrong time zone of one of the servers."


def _seen(wait: AttributedDelay) -> str:
    came = f"Hop {wait.hop} came {duration(wait.delay)} after hop {wait.before}"
    if wait.clock_skew:
        came = f"{came}, about {duration(wait.clock_skew)} of it by a clock that is off"
    if holder := held_by(wait):
        return f"{came}: held by {holder}."
    if wait.waited > LONGEST_IN_QUEUES:
        longest = f"queues keep mail for {duration(LONGEST_IN_QUEUES)} at most"
        return f"{came}: {longest}, so it was sent on or submitted again later, or a date is wrong."
    return f"{came}; what held the message is unknown."


def _compared(wait: AttributedDelay, common: "Usual") -> Iterator[str]:
    """How long such legs take, where such legs were counted."""
    if common.kind and wait.holder in {Holder.QUEUE, Holder.SENDER} and common.seconds is not None:
        yield f"99 of 100 {common.kind} take at most {duration(timedelta(seconds=common.seconds))}."


def consistent(timers: "tuple[Match, ...]") -> Iterator[str]:
    """The timers that fit, each with the expected time and how far the observed one is from it: a sentence, or none."""
    if timers:
        yield f"Consistent with {', or with '.join(map(_timer, timers))}."


def _timer(match: "Match") -> str:
    late = f"{duration(match.late)} later" if match.late > timedelta(0) else f"{duration(-match.late)} earlier"
    fit = "to the second" if not match.late else late
    count = f", try {match.tries}" if match.tries > 1 else ""
    return f"{match.name}{count} ({match.parameter}: expected after {duration(match.expected)}, seen {fit})"


def _advice(
    wait: AttributedDelay, previous: Hop, timers: "tuple[Match, ...]", greylist: ReferenceTime | None
) -> str | None:
    if greylist:
        return "Nothing is wrong with the sender; an exception on the greylist of that server spares it the wait."
    if timers:
        checks = dict.fromkeys(match.check for match in timers)
        where = dict.fromkeys(f"{match.parameter} in {match.set_with}" for match in timers)
        return f"Check {'; '.join(checks)}. The timers: {', '.join(where)}."
    if previous.label.is_online and wait.service is not None:
        return "Its queues are Microsoft's: a message trace tells what Exchange Online did and which answers it got."
    return _check(wait)


def _check(wait: AttributedDelay) -> str | None:
    """What to look at where no timer fits."""
    server = wait.server or "that server"
    if wait.holder is Holder.QUEUE:
        return f"Check the message tracking log of {server} for DEFER, and the queue's LastError."
    if wait.holder is not Holder.SENDER:
        return None
    if wait.detail and "clocks" not in wait.detail:
        return f"Check whether Transport ran on {server}, and its events of back pressure (15004 to 15007)."
    return "Compare the clocks of the two servers, and the protocol logs of the sender."


RULES = (
    Rule("HOP110", (Severity.WARNING, Severity.INFO), "slow leg", {Fact.RETRY_DELAY}, slow_leg),
    Rule("HOP111", (Severity.WARNING,), "held too long", {Fact.LONG_DELAY}, held_too_long),
)
"""The family, in the order of the codes."""
