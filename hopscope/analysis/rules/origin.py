"""HOP45x: where a message was made, or made anew, on its way."""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import Holder
from hopscope.analysis.facts import Fact
from hopscope.analysis.phrases import duration
from hopscope.analysis.rules.delays import consistent
from hopscope.analysis.rules.finding import about, numbers
from hopscope.analysis.rules.rule import Rule
from hopscope.model import ExchangeToken, Finding, Hop, Severity

__all__ = ["RULES", "delivered_and_sent_on", "pickup", "replica", "rescan", "shadow_copy"]


def pickup(context: MessageContext) -> Iterator[Finding]:
    """HOP451: the message was not sent by a client: somebody put it into the Pickup directory of a server.

    Looks for `from Pickup`, which Exchange prints for files that it found in its Pickup directory: by applications,
    or by administrators who bring exported messages back.

    Why it matters: such a message had no SMTP session, so no authentication, no TLS and no client address stand behind
    it, and what it says of its sender is what the file said.

    Example: `from Pickup by ex1.corp.example with Microsoft SMTP Server id 15.1.2507.39`.
    """
    hops = [context.route.hops[at] for at, mark in enumerate(context.marks) if mark is not None and mark.pickup]
    if hops:
        message = (
            f"{numbers(hops)}: the message came from the Pickup directory of {hops[0].written_server}: put "
            "there by an application or an administrator, and not sent by a client or another server."
        )
        yield about(context, hops[0], Finding(code="HOP451", severity=Severity.INFO, message=message))


def shadow_copy(context: MessageContext) -> Iterator[Finding]:
    """HOP452: a server sent its shadow copy of the message, as the server with the primary copy did not answer.

    Looks for `with ShadowRedundancy`, and at the time since the stamp before. By default a server takes over after
    3 hours without an answer, or within minutes of its return where that server came back with a new queue database
    (Exchange 2013 and later).

    Why it matters: the primary server or its queue database was gone at that time. Where it comes back with its old
    database, it may send the message, too, so recipients may get it twice.

    Example: `from ex2.corp.example (10.0.0.2) by ex2.corp.example (10.0.0.2) with ShadowRedundancy id 15.1.2507.39`.
    """
    for hop in _with(context, ExchangeToken.SHADOW):
        message = (
            f"Hop {hop.number}: {hop.written_server or 'a server'} sent its shadow copy of the message"
            f"{_after(hop)}: the server with the primary copy, or its queue database, was not available. A duplicate "
            "is possible."
        )
        message = " ".join((message, *_timers(context, hop)))
        advice = (
            "Check the Transport service and the queue database of the server that had the primary copy, from the time "
            "of the hop before on; Get-MessageTrackingLog with this message id shows whether both copies were sent."
        )
        yield about(context, hop, Finding(code="HOP452", severity=Severity.WARNING, message=message, checks=(advice,)))


def _timers(context: MessageContext, hop: Hop) -> Iterator[str]:
    """The timers that the wait for the shadow copy fits, as a sentence."""
    from hopscope.analysis.timers import matches  # few messages were taken over

    hops = {other_hop.number: other_hop for other_hop in context.route.hops}
    for wait in context.attributed_delays:
        if wait.hop == hop.number:
            yield from consistent(matches(wait, hops[wait.before], hop))


def replica(context: MessageContext) -> Iterator[Finding]:
    """HOP453: Exchange Online sent the message from a replica, after it had lost the server with the message.

    Looks for `with TransportReplication`, and at the time since the stamp before: 4 to 13 hours were seen.

    Why it matters: the delay arose inside Exchange Online, and nothing of yours is to be looked at. From an hour on
    it is a warning.

    Example: `with TransportReplication id Version 15.20 (Build 7362.27)`.
    """
    for hop in _with(context, ExchangeToken.REPLICATION):
        message = f"Hop {hop.number}: Exchange Online sent the message from a replica{_after(hop)}."
        severity = Severity.WARNING if (hop.delay or _NO_TIME) >= _LONG else Severity.INFO
        yield about(context, hop, Finding(code="HOP453", severity=severity, message=message, checks=(_MICROSOFTS,)))


def rescan(context: MessageContext) -> Iterator[Finding]:
    """HOP454: Exchange Online took the message out of the mailbox again, scanned it, and delivered it anew.

    Looks for `with MailboxResubmission`, as in `with MailboxResubmission by AntispamTT`; 1 to 3 minutes since the
    stamp before were seen.

    Why it matters: what stands below that field is the first delivery, so the delay is no delay of the transport.

    Example: `with MailboxResubmission by AntispamTT id 15.20.7249.10`.
    """
    for hop in _with(context, ExchangeToken.RESUBMISSION):
        message = f"Hop {hop.number}: Exchange Online submitted the message again from the mailbox{_after(hop)}."
        yield about(context, hop, Finding(code="HOP454", severity=Severity.INFO, message=message))


def delivered_and_sent_on(context: MessageContext) -> Iterator[Finding]:
    """HOP455: the message lay in a mailbox before it went on, so the time until then is no delay of the transport.

    Looks at stamps of a delivery, by Mailbox Transport or into a mailbox of Exchange Online, and at fields of a
    delivery or resending such as Delivered-To, that another hop follows after five minutes or more; and at a submission
    from a mailbox behind other hops: forwarded by a person or a program, fetched by POP or IMAP, or put back from an
    archive.

    Why it matters: five minutes is the first wait of a queue that one would look for, and no queue was involved.

    Example: `with Microsoft SMTP Server (TLS) id 15.1.2507.39 via Mailbox Transport`, and a field above it that is
    hours younger.
    """
    waits = [wait for wait in context.attributed_delays if wait.holder is Holder.MAILBOX and wait.waited >= _LAY]
    hops = [context.route.hops[wait.hop - 1] for wait in waits]
    if hops:
        waited = " and ".join(duration(wait.delay) for wait in waits)
        message = (
            f"{numbers(hops)}: the message had been delivered into a mailbox, and was sent on {waited} later: "
            "forwarded, fetched or put back, and not held by a queue."
        )
        yield about(context, hops[0], Finding(code="HOP455", severity=Severity.INFO, message=message))


_NO_TIME = timedelta(0)
_LONG = timedelta(hours=1)
_MICROSOFTS = "Nothing of yours is to be looked at; service health tells of incidents in Exchange Online at that time."
_LAY = timedelta(minutes=5)
"""Less is the time that a rule or a program takes."""


def _with(context: MessageContext, token: ExchangeToken) -> list[Hop]:
    """The first hop with a token, if there is one: the others are of the same event."""
    marked = enumerate(context.marks)
    return [context.route.hops[at] for at, mark in marked if mark is not None and mark.token is token][:1]


def _after(hop: Hop) -> str:
    """How long after the stamp before; empty where that is unknown, or no time."""
    return f" {duration(hop.delay)} after the stamp before" if hop.delay and hop.delay > _NO_TIME else ""


RULES = (
    Rule("HOP451", (Severity.INFO,), "pickup", {Fact.PICKUP}, pickup),
    Rule("HOP452", (Severity.WARNING,), "shadow copy", {Fact.TAKE_OVER}, shadow_copy),
    Rule("HOP453", (Severity.WARNING, Severity.INFO), "replica", {Fact.TAKE_OVER}, replica),
    Rule("HOP454", (Severity.INFO,), "rescan", {Fact.TAKE_OVER}, rescan),
    Rule("HOP455", (Severity.INFO,), "delivered and sent on", {Fact.LONG_DELAY}, delivered_and_sent_on),
)
"""The family, in the order of the codes."""
