"""HOP106 and HOP107: Date compared with the first hop."""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.clock_differences import SLIGHT, near_zones
from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import DATE_TOLERANCE, Fact
from hopscope.analysis.greylisting import deferral
from hopscope.analysis.phrases import duration
from hopscope.analysis.rules.finding import about
from hopscope.analysis.rules.rule import Rule
from hopscope.model import Finding, Hop, Service, Severity

__all__ = ["RULES", "date_ahead", "date_long_before", "date_of", "sent_on_at"]

_DAY = timedelta(days=1)
"""No server clock is skewed by this much."""
_CLIENT_CLOCK = timedelta(minutes=5)
"""Smaller skew of a client's clock is ignored."""
_LATE = timedelta(hours=1)
"""A client that sends later than this after it wrote Date is not just on a slow network."""


def date_ahead(context: MessageContext) -> Iterator[Finding]:
    """HOP106: Date is later than the first hop.

    Date is written before the message is sent, usually by the client. More than 5 minutes after the first hop, it is
    consistent with a wrong clock or time zone on the client, or with a forged or damaged Date. If the message was
    submitted from a mailbox, the server writes Date itself, so a minute is enough, unless X-ClientProxiedBy shows that
    a client submitted it with SMTP AUTH. If Date fits a later hop after a delay, it was written there: the hops before
    that one may be those of an earlier message, or forged. Date fits if it is at most 10 % of the time since the first
    hop before the later one, between one and 5 minutes, or 1 % and at most an hour. If that delay was greylisting,
    HOP110 reports it, and that Date matches. A Date equal to the time of a later hop whose clock is skewed comes from
    that clock and is not reported.

    Why it matters: the message is sorted wrongly in mailboxes, and spam filters count it against the sender.

    Example: Date: Wed, 8 Mar 2017 12:20:00 +0100, and the first hop at 11:15:00 +0100.
    """
    for hop, ahead in _date_ahead(context):
        if ahead > (DATE_TOLERANCE if _is_servers(context, hop) else _CLIENT_CLOCK):
            later = _written_at(context, hop, ahead)
            if later and _is_greylisted(context, later):
                continue
            difference = f"Date is {duration(ahead)} later than hop {hop.number}"
            yield about(context, hop, _resent(difference, hop, later, ahead) if later else _fast(difference, ahead))


def _is_servers(context: MessageContext, first: Hop) -> bool:
    """Whether the server wrote Date: it was submitted from a mailbox, and not by an SMTP client through the store.

    Exchange adds X-ClientProxiedBy to a client's SMTP AUTH session that it proxies to the server of the mailbox.
    """
    return first.label.service is Service.MAPI_SUBMISSION and "x-clientproxiedby" not in context.route.names


def sent_on_at(context: MessageContext) -> int | None:
    """Number of the first hop of this message, where the hops before it appear to be those of an earlier one."""
    later = (_written_at(context, hop, ahead) for hop, ahead in _date_ahead(context) if ahead > _CLIENT_CLOCK)
    return next((hop.number for hop in later if hop and not _is_greylisted(context, hop)), None)


def date_of(context: MessageContext, number: int) -> bool:
    """Whether Date, later than the first hop, matches the hop with this number."""
    matching = (_written_at(context, hop, ahead) for hop, ahead in _date_ahead(context) if ahead > _CLIENT_CLOCK)
    return any(hop is not None and hop.number == number for hop in matching)


def _is_greylisted(context: MessageContext, hop: Hop) -> bool:
    """Whether greylisting explains the delay of a hop: it is one message, and the receiving server added Date."""
    return any(deferral(context, wait) for wait in context.attributed_delays if wait.hop == hop.number)


def _written_at(context: MessageContext, first: Hop, ahead: timedelta) -> Hop | None:
    """The hop after the first one that Date precedes by little, compared with how far it is from the first one."""
    little = max(DATE_TOLERANCE, min(ahead / 10, _CLIENT_CLOCK), min(ahead / 100, _LATE))
    waited = (hop for hop in context.route.hops[1:] if hop.delay is not None and hop.delay > DATE_TOLERANCE)
    since = ((hop, hop.time - first.time - ahead) for hop in waited if hop.time and first.time)
    return next((hop for hop, span in since if -DATE_TOLERANCE <= span <= little), None)


def _resent(difference: str, first: Hop, hop: Hop, ahead: timedelta) -> Finding:
    skew = f", or with clock skew at hop {first.number} or on the sender's device" if ahead < _DAY else ""
    since = hop.time - first.time - ahead if hop.time and first.time else timedelta(0)
    fits = "matches" if abs(since) <= DATE_TOLERANCE else f"{duration(since)} earlier than"
    return Finding(
        code="HOP106",
        severity=Severity.INFO,
        message=f"{difference} and {fits} hop {hop.number}.",
        cause=(
            f"Consistent with a message resent at hop {hop.number} with a new Date, after older or forged Received "
            f"fields{skew}."
        ),
        checks=(f"Treat hop {hop.number} as the start of the path.",),
    )


def _fast(difference: str, ahead: timedelta) -> Finding:
    zone = " or time zone" if near_zones(ahead, DATE_TOLERANCE) else ""
    return Finding(
        code="HOP106",
        severity=Severity.INFO,
        message=f"{difference}.",
        cause=f"Consistent with a wrong clock{zone} on the sender's device, or with a forged Date.",
        checks=("Check clock and time zone of the sender's device.",),
    )


def date_long_before(context: MessageContext) -> Iterator[Finding]:
    """HOP107: Date is long before the first hop, so the message waited before the first server recorded it.

    More than an hour is consistent with delayed delivery, a draft or an offline outbox, an application that queued the
    message, missing Received fields at the origin, a wrong clock or time zone on the client, or a forged Date. If the
    message was submitted from a mailbox, the server writes Date within a second in 99 % of messages, so a minute is
    enough, unless X-ClientProxiedBy shows that a client submitted it with SMTP AUTH.

    Why it matters: this time is part of no delay, and no server in the path caused it.

    Example: Date: Wed, 8 Mar 2017 08:00:00 +0100, and the first hop at 11:15:00 +0100.
    """
    for hop, ahead in _date_ahead(context):
        if -ahead > (DATE_TOLERANCE if _is_servers(context, hop) else _LATE):
            zone = " or time zone" if near_zones(ahead, DATE_TOLERANCE) else ""
            finding = Finding(
                code="HOP107",
                severity=Severity.INFO,
                message=f"Date is {duration(-ahead)} before hop {hop.number}; no delay of the path includes this time.",
                cause=(
                    "Consistent with delayed delivery, a draft, an offline outbox, missing Received fields, a wrong "
                    f"clock{zone} on the client, or a forged Date."
                ),
                checks=("Ask the sender when the message was sent.",),
            )
            yield about(context, hop, finding)


def _date_ahead(context: MessageContext) -> Iterator[tuple[Hop, timedelta]]:
    """The first hop and how much later Date is, where that is known and neither is from a skewed clock."""
    ahead = context.date_ahead
    if ahead is None or abs(ahead) <= DATE_TOLERANCE:
        return
    first = context.route.hops[0]
    skewed = {number for clock in context.clocks if clock.is_identified for number in clock.hops}
    times = [hop.time for hop in context.route.hops if hop.number in skewed and hop.time is not None]
    if (
        first.number not in skewed
        and first.time
        and not any(abs(time - first.time - ahead) <= SLIGHT for time in times)
    ):
        yield first, ahead


RULES = (
    Rule("HOP106", (Severity.INFO,), "Date later than the first hop", {Fact.DATE_DIFFERS}, date_ahead),
    Rule("HOP107", (Severity.INFO,), "Date long before the first hop", {Fact.DATE_DIFFERS}, date_long_before),
)
"""The family, in the order of the codes."""
