"""HOP45x: where a message was created, or sent again, along its path."""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import Holder
from hopscope.analysis.facts import Fact
from hopscope.analysis.mailboxes import FETCHED
from hopscope.analysis.phrases import duration
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.delays import consistent
from hopscope.analysis.rules.finding import about, listed, numbers
from hopscope.analysis.rules.rule import Rule
from hopscope.analysis.services_without_header import primary_copy
from hopscope.model import ExchangeToken, Finding, Hop, Severity

__all__ = ["RULES", "delivered_and_sent_on", "pickup", "replica", "rescan", "shadow_copy"]


def pickup(context: MessageContext) -> Iterator[Finding]:
    """HOP451: The message came from the Pickup directory of a server, not from an SMTP client.

    Checks for `from Pickup`, which Exchange records for files found in its Pickup directory: from applications, or
    from administrators who import exported messages.

    Why it matters: such a message had no SMTP session, so there was no authentication, no TLS and no client address,
    and the file sets its sender.

    Example: `from Pickup by ex1.corp.example with Microsoft SMTP Server id 15.1.2507.39`.
    """
    hops = [context.route.hops[at] for at, mark in enumerate(context.marks) if mark is not None and mark.pickup]
    if hops:
        finding = Finding(
            code="HOP451",
            severity=Severity.INFO,
            message=f"{numbers(hops)}: read from the Pickup directory of {hops[0].written_server or 'a server'}.",
            cause="Consistent with an application that writes files there, or an administrator who placed the message.",
            checks=next_steps.transport_service(context, hops[0], "PickupDirectoryPath"),
        )
        yield about(context, hops[0], finding, hops[-1].number)


def shadow_copy(context: MessageContext) -> Iterator[Finding]:
    """HOP452: A server sent its shadow copy of the message because the primary server did not respond.

    Checks for `with ShadowRedundancy`, and the time since the previous hop. By default a server takes over after 3
    hours without a response, or within minutes after the primary server returns with a new queue database (Exchange
    2013 and later).

    Why it matters: the primary server or its queue database was unavailable at that time. If it returns with its old
    database, it may send the message as well, so recipients may get it twice.

    Example: `from ex2.corp.example (10.0.0.2) by ex2.corp.example (10.0.0.2) with ShadowRedundancy id 15.1.2507.39`.
    """
    for hop in _with(context, ExchangeToken.SHADOW):
        primary = f"the primary server{_primary(context, hop)}"
        unavailable = f"Consistent with {primary} or its queue database being unavailable; a duplicate is possible."
        finding = Finding(
            code="HOP452",
            severity=Severity.WARNING,
            message=f"Hop {hop.number}: {hop.written_server or 'a server'} sent its shadow copy{_after(hop)}.",
            cause=" ".join((unavailable, *_timers(context, hop))),
            checks=(
                *next_steps.tracking(context, hop),
                *next_steps.on_server(
                    context, hop, f"Check the Transport service and queue database of {primary} at that time."
                ),
            ),
        )
        yield about(context, hop, finding)


def _primary(context: MessageContext, hop: Hop) -> str:
    """The server that had the message and gave this one the copy; empty if the path does not show it."""
    server = next((service.server for service in primary_copy(context) if service.after < hop.number), None)
    return f" ({server})" if server else ""


def _timers(context: MessageContext, hop: Hop) -> Iterator[str]:
    """The timers that match the wait for the shadow copy, as a sentence."""
    from hopscope.analysis.timers import matches  # few messages were taken over

    hops = {other_hop.number: other_hop for other_hop in context.route.hops}
    for wait in context.attributed_delays:
        if wait.hop == hop.number:
            yield from consistent(matches(wait, hops[wait.before], hop))


def replica(context: MessageContext) -> Iterator[Finding]:
    """HOP453: Exchange Online sent the message from a replica after losing the server that had it.

    Checks for `with TransportReplication`, and the time since the previous hop (observed: 4 to 13 hours).

    Why it matters: the delay arose inside Exchange Online, so there is nothing to check on your servers. From an hour
    on it is a warning.

    Example: `with TransportReplication id Version 15.20 (Build 7362.27)`.
    """
    for hop in _with(context, ExchangeToken.REPLICATION):
        finding = Finding(
            code="HOP453",
            severity=Severity.WARNING if (hop.delay or _NO_TIME) >= _LONG else Severity.INFO,
            message=f"Hop {hop.number}: Exchange Online sent the message from a replica{_after(hop)}.",
            cause="The delay arose inside Exchange Online, not on your servers.",
            checks=(
                *next_steps.message_trace(context, hop),
                "Check service health for Exchange Online incidents at that time.",
            ),
        )
        yield about(context, hop, finding)


def rescan(context: MessageContext) -> Iterator[Finding]:
    """HOP454: Exchange Online took the message out of the mailbox, scanned it again and delivered it anew.

    Checks for `with MailboxResubmission`, as in `with MailboxResubmission by AntispamTT`, and the time since the
    previous hop (observed: 1 to 3 minutes).

    Why it matters: the fields below belong to the first delivery, so the delay is not a transport delay.

    Example: `with MailboxResubmission by AntispamTT id 15.20.7249.10`.
    """
    for hop in _with(context, ExchangeToken.RESUBMISSION):
        finding = Finding(
            code="HOP454",
            severity=Severity.INFO,
            message=f"Hop {hop.number}: Exchange Online resubmitted the message from the mailbox{_after(hop)}.",
            cause="Consistent with another scan after delivery; this is not a transport delay.",
            checks=next_steps.message_trace(context, hop),
        )
        yield about(context, hop, finding)


def delivered_and_sent_on(context: MessageContext) -> Iterator[Finding]:
    """HOP455: The message was in a mailbox before it was resent, so that time is not a transport delay.

    Checks for hops that deliver, by Mailbox Transport or into a mailbox of Exchange Online, if another hop follows
    after five minutes or more; for a submission from a mailbox after other hops; for a program that fetched the
    message, such as `with IMAP (fetchmail-6.4.37)`; and for fields of a resending, or Delivered-To where the next hop
    came from elsewhere.
    Delivered-To alone shows no mailbox: lists and aliases add it too, and the same server sends the message on.

    Why it matters: such a delay resembles a retry interval, but no queue was involved.

    Example: `with Microsoft SMTP Server (TLS) id 15.1.2507.39 via Mailbox Transport`, and a field above it that is
    hours later.
    """
    again = {hop.number for hop in _with(context, ExchangeToken.RESUBMISSION)}  # HOP454 reports it
    waits = [
        wait
        for wait in context.attributed_delays
        if wait.holder is Holder.MAILBOX and wait.surely_waited >= _LAY and wait.hop not in again
    ]
    hops = [context.route.hops[wait.hop - 1] for wait in waits]
    if hops:
        waited = listed([duration(wait.delay) for wait in waits])
        is_fetch = all(wait.detail == FETCHED for wait in waits)
        finding = Finding(
            code="HOP455",
            severity=Severity.INFO,
            message=f"{numbers(hops)}: {'fetched' if is_fetch else 'resent'} {waited} after delivery into a mailbox.",
            cause=(
                "Consistent with a program that fetches mail from time to time; no queue held it."
                if is_fetch
                else "Consistent with a forwarded, fetched or restored message; no queue held it."
            ),
            checks=(
                "Ask the mailbox owner how often mail is fetched."
                if is_fetch
                else "Ask the mailbox owner whether the message was forwarded, fetched by POP or IMAP, or restored.",
            ),
        )
        yield about(context, hops[0], finding, waits[-1].before)


_NO_TIME = timedelta(0)
_LONG = timedelta(hours=1)
_LAY = timedelta(minutes=5)
"""Less is how long a rule or a program takes."""


def _with(context: MessageContext, token: ExchangeToken) -> list[Hop]:
    """The first hop with a token, if any: further ones are of the same event."""
    marked = enumerate(context.marks)
    return [context.route.hops[at] for at, mark in marked if mark is not None and mark.token is token][:1]


def _after(hop: Hop) -> str:
    """How long after the previous hop; empty where that is unknown or zero."""
    return f" {duration(hop.delay)} after the previous hop" if hop.delay and hop.delay > _NO_TIME else ""


RULES = (
    Rule("HOP451", (Severity.INFO,), "Message from the Pickup directory", {Fact.PICKUP}, pickup),
    Rule("HOP452", (Severity.WARNING, Severity.INFO), "Shadow copy sent", {Fact.TAKE_OVER}, shadow_copy),
    Rule("HOP453", (Severity.WARNING, Severity.INFO), "Replica sent by Exchange Online", {Fact.TAKE_OVER}, replica),
    Rule("HOP454", (Severity.INFO,), "Resubmission from the mailbox", {Fact.TAKE_OVER}, rescan),
    Rule("HOP455", (Severity.INFO,), "Message resent after delivery", {Fact.LONG_DELAY}, delivered_and_sent_on),
)
"""The family, in the order of the codes."""
