"""HOP106 and HOP107: Date against the first stamp."""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.clock_differences import near_quarters
from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import DATE_TOLERANCE, Fact
from hopscope.analysis.phrases import duration
from hopscope.analysis.rules.finding import about
from hopscope.analysis.rules.rule import Rule
from hopscope.model import Finding, Hop, Service, Severity

__all__ = ["RULES", "date_ahead", "date_long_before", "sent_on_at"]

_DAY = timedelta(days=1)
"""No clock that a server keeps is off by so much."""
_CLIENT_CLOCK = timedelta(minutes=5)
"""A client's clock that is off by less is not worth a word."""
_LATE = timedelta(hours=1)
"""A client that sends later than this after it wrote Date did not just meet a slow network."""


def date_ahead(context: MessageContext) -> Iterator[Finding]:
    """HOP106: Date is later than the first stamp.

    Date is written before the message is sent, mostly by the client. Later by more than 5 minutes than the first stamp,
    it is consistent with a client whose clock or time zone is wrong, or with a forged or damaged Date. Where the store
    submitted the message, the server writes Date itself, so a minute is enough. Where Date fits a later hop instead,
    behind a long delay, the stamps before that hop seem to be of an earlier message.

    Such a message sorts wrongly in mailboxes; spam filters count it against the sender.

    Example: Date: Wed, 8 Mar 2017 12:20:00 +0100, and the first stamp at 11:15:00 +0100.
    """
    for hop, ahead in _date_ahead(context):
        if ahead > (DATE_TOLERANCE if hop.label.service is Service.MAPI_SUBMISSION else _CLIENT_CLOCK):
            later = _written_at(context, hop, ahead)
            difference = f"Date is {duration(ahead)} later than the stamp of hop {hop.number}"
            finding = _resent(difference, later, ahead) if later else _fast_client(difference, ahead)
            yield about(context, hop, finding)


def sent_on_at(context: MessageContext) -> int | None:
    """Number of the hop from which on the stamps seem to be of this message, those before of an earlier one."""
    later = (_written_at(context, hop, ahead) for hop, ahead in _date_ahead(context) if ahead > _CLIENT_CLOCK)
    return next((hop.number for hop in later if hop), None)


def _written_at(context: MessageContext, first: Hop, ahead: timedelta) -> Hop | None:
    """The hop whose stamp Date comes just before, if there is one behind the first."""
    waited = (hop for hop in context.route.hops[1:] if hop.delay is not None and hop.delay > _CLIENT_CLOCK)
    since = ((hop, hop.time - first.time - ahead) for hop in waited if hop.time and first.time)
    return next((hop for hop, span in since if -DATE_TOLERANCE <= span <= _CLIENT_CLOCK), None)


def _resent(difference: str, hop: Hop, ahead: timedelta) -> Finding:
    clock = ", or with a clock of that first hop that is behind" if ahead < _DAY else ""
    message = (
        f"{difference} and fits hop {hop.number}: consistent with a message that was sent on there with a new Date, or "
        f"into which older stamps were copied{clock}."
    )
    advice = f"Read the hops from {hop.number} on as the way of this message."
    return Finding(code="HOP106", severity=Severity.INFO, message=message, checks=(advice,))


def _fast_client(difference: str, ahead: timedelta) -> Finding:
    zone = " or time zone" if near_quarters(ahead, DATE_TOLERANCE) else ""
    message = (
        f"{difference}: consistent with a wrong clock{zone} of the sender's client, or with a Date that is not genuine."
    )
    advice = "Check clock and time zone of the device that sent it."
    return Finding(code="HOP106", severity=Severity.INFO, message=message, checks=(advice,))


def date_long_before(context: MessageContext) -> Iterator[Finding]:
    """HOP107: Date is long before the first stamp, so the message waited before any server of this way had it.

    More than an hour is consistent with delayed delivery, a draft or an outbox that was offline, an application that
    queued it, stamps that are missing at the beginning, a client whose clock or time zone is wrong, or a Date that is
    not genuine. Where the store submitted the message, Date is written within a second by the server in 99 of 100
    messages, so a minute is enough.

    The time is not part of any delay: no server can be blamed for it.

    Example: Date: Wed, 8 Mar 2017 08:00:00 +0100, and the first stamp at 11:15:00 +0100.
    """
    for hop, ahead in _date_ahead(context):
        if -ahead > (DATE_TOLERANCE if hop.label.service is Service.MAPI_SUBMISSION else _LATE):
            zone = " or time zone" if near_quarters(ahead, DATE_TOLERANCE) else ""
            message = (
                f"Date is {duration(-ahead)} before the stamp of hop {hop.number}: consistent with delayed delivery, "
                f"a draft, an outbox that was offline, missing stamps, a wrong clock{zone} of the client, or a Date "
                "that is not genuine."
            )
            advice = "Ask the sender when it was sent; no delay below covers that time."
            yield about(context, hop, Finding(code="HOP107", severity=Severity.INFO, message=message, checks=(advice,)))


def _date_ahead(context: MessageContext) -> Iterator[tuple[Hop, timedelta]]:
    """The first hop and by how much Date is later, where that is known, and the clock of the hop is not skewed."""
    ahead = context.date_ahead
    if ahead is not None and abs(ahead) > DATE_TOLERANCE:
        first = context.route.hops[0]
        if not any(clock.told and first.number in clock.hops for clock in context.clocks):
            yield first, ahead


RULES = (
    Rule("HOP106", (Severity.INFO,), "date ahead", {Fact.DATE_DIFFERS}, date_ahead),
    Rule("HOP107", (Severity.INFO,), "date long before", {Fact.DATE_DIFFERS}, date_long_before),
)
"""The family, in the order of the codes."""
