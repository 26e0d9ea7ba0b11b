"""HOP11x: where a message was delayed longer than usual, and what that is consistent with.

The module is over 300 lines because the parts of HOP110 share what is known of one wait.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from hopscope.analysis.clock_differences import LARGEST_SKEW, is_same_machine
from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import LONGEST_IN_QUEUES, MAILBOX_QUEUE, AttributedDelay, Holder
from hopscope.analysis.facts import LONG_DELAY, MINUTE_DELAY, Fact
from hopscope.analysis.greylisting import Deferral, deferral
from hopscope.analysis.phrases import duration, held_by
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.dates import date_of, sent_on_at
from hopscope.analysis.rules.finding import about, unique
from hopscope.analysis.rules.rule import Rule
from hopscope.analysis.rules.tracking import checks_of_reason, shown_by_log
from hopscope.classifier import servers
from hopscope.classifier.dialects import exchange
from hopscope.model import Finding, Hop, Severity

if TYPE_CHECKING:
    from hopscope.analysis.timers import Match
    from hopscope.analysis.usual import Usual

__all__ = ["RULES", "consistent", "held_too_long", "long_delay"]

_MOST_TIMERS = 3
"""More candidates explain nothing."""
_LONG_SENTENCE = 100
"""A sentence with long names leaves out the service, which the path shows."""
_ROUNDING = timedelta(seconds=3)
_ZERO = timedelta(0)
_HALF_HOUR = timedelta(minutes=30)
_HOUR = timedelta(hours=1)
_TRANSIT = timedelta(seconds=20)
"""Most messages take less from one server to the next; few delays are a number of hours and at most so much more."""
_WIDEST = timedelta(hours=26)
"""No two time zones differ by more."""
_DAY = timedelta(days=1)
"""Two zones differ by this, but nobody sets one for the other."""


def long_delay(context: MessageContext) -> Iterator[Finding]:
    """HOP110: A hop's delay is at least five minutes, or a minute and exceeds the 99th percentile of such hops.

    Attributes the delay between two dated hops to the service that had the message in its queue, and compares it
    with the documented retry intervals of that service and with hops between the same services in real mail. No
    percentile is given for hops that were not counted, and no interval that real delays match as often by chance.
    The part of a delay that is clock skew is not counted. If the tracking log of the server is read, too, it says
    how long the server held the message, and why it deferred it: nothing else is given as the cause then. If a
    negative delay before it or after it leaves open whether a tenth of it or more is clock skew, the finding is
    info and says so; so it is if Date matches the end of the delay, which HOP106 reports. X-Greylist may report the
    reason, in the form of postgrey, SQLgrey or milter-greylist, or X-Spamd-Result in that of Rspamd. A multiple of
    30 minutes between two servers may be a wrong time zone, and no queue keeps a message for more than five days.
    If nothing of this applies, the cause is what usually delays mail at such a service. A delay past a timeout of
    the queue is reported as HOP111 instead.

    A warning if the delay is five minutes or more, not mostly greylisting, and one of these holds: an Exchange
    service held the message, whose administrators can check its queue; a server of your organisation held it; or your
    server received it, and the delay exceeds the 99th percentile of hops from other mail systems. Otherwise info: other
    mail systems keep 1 in 100 messages for hours, and nobody can check the queues of a stranger. A delay after an
    unlinked hop is info, too, and is reported as a claim of the headers.

    Why it matters: only Hub Transport, Edge Transport and Transport have queues, so the finding names the server to
    check. A delay of 5 min 6 s before Mailbox Transport is consistent with one retry of the mailbox delivery queue.
    """
    for wait, previous, hop in _waiting(context, MINUTE_DELAY):
        from hopscope.analysis.timers import limits  # few messages wait so long, and none of the others needs them

        if not any(limits(wait, previous)):
            slow = _slow(context, wait, previous, hop)
            if slow is not None:
                yield about(context, hop, slow, wait.before)


def _slow(context: MessageContext, wait: AttributedDelay, previous: Hop, hop: Hop) -> Finding | None:
    """The finding of HOP110 for a delay; ``None`` if it is not worth one."""
    from hopscope.analysis.timers import matches
    from hopscope.analysis.usual import usual

    common, greylist = usual(previous, hop), deferral(context, wait)
    no_timer = wait.logged or greylist or wait.may_be_skew or _same_local_time(previous, hop)
    timers = () if no_timer else matches(wait, previous, hop)[:_MOST_TIMERS]
    if wait.waited < LONG_DELAY and not timers and not _is_unusual(wait, common):
        return None
    likely = (
        *([shown_by_log(wait.logged)] if wait.logged and wait.service else ()),
        *_deferred(context, wait, greylist),
        *_sent_back(wait, hop),
        *consistent(timers),
        *_held_longest(wait),
    )
    is_explained = _explains(greylist, wait)
    zones = () if greylist or wait.logged else tuple(_other_zone(wait, previous, hop, also=bool(likely)))
    usual_cause = () if zones or (likely and (is_explained or not greylist)) else _usual_cause(wait, previous, hop)
    is_resent = not greylist and date_of(context, wait.hop)
    causes = (*likely, *zones, *usual_cause, *(_resent(wait) if is_resent else ()))
    is_minor = not _is_certain(wait) or is_explained or is_resent
    return Finding(
        code="HOP110",
        severity=Severity.INFO if is_minor or not _concerns_reader(context, wait, common) else Severity.WARNING,
        message=f"{_delayed(context, wait)}.",
        cause=" ".join((*causes, *(() if zones or is_resent else _percentile(wait, common)))) or None,
        checks=(
            _logged_checks(context, wait, hop)
            if wait.logged
            else _checks(context, wait, timers, greylist) or (_both_logs(wait),)
        ),
    )


def _concerns_reader(context: MessageContext, wait: AttributedDelay, common: "Usual | None") -> bool:
    """Whether Exchange or the reader's organisation held the message, or received it after an unusual delay."""
    hops = {hop.number: hop for hop in context.route.hops}
    previous, hop = hops[wait.before], hops[wait.hop]
    receives = context.is_own(hop) is True
    holds = context.is_own(previous) is True or (receives and servers.share_domain(previous.server, hop.server))
    return wait.holder in {Holder.QUEUE, Holder.SENDER} or holds or (receives and _is_unusual(wait, common))


def held_too_long(context: MessageContext) -> Iterator[Finding]:
    """HOP111: A queue held the message longer than the delay notification or expiration timeout.

    Checks delays in Exchange queues. By default the sender gets a delay DSN after 4 hours, and the message expires
    after 2 days (DelayNotificationTimeout, MessageExpirationTimeout), or after a day in Exchange Online. The longest
    timeout that has passed is reported, in place of HOP110, with the causes that HOP110 would give. A delay after an
    unlinked hop is info, and is reported as a claim of the headers.
    """
    for wait, previous, hop in _waiting(context, LONG_DELAY):
        from hopscope.analysis.timers import limits

        passed = tuple(limits(wait, previous))
        slow = _slow(context, wait, previous, hop) if passed else None
        if slow is None:
            continue
        name, limit = max(passed, key=lambda timeout: timeout[1])
        is_notice = name == "delay notice"
        timeout = "delay notification" if is_notice else "expiration"
        expected = f"Past the default {timeout} timeout ({duration(limit)}): {_EXPECTED[is_notice]}."
        values = next_steps.transport_service(context, previous, "DelayNotificationTimeout", "MessageExpirationTimeout")
        finding = Finding(
            code="HOP111",
            severity=Severity.INFO if date_of(context, wait.hop) else Severity.WARNING,
            message=slow.message,
            cause=f"{expected} {slow.cause}" if slow.cause else expected,
            checks=unique(slow.checks, values),
        )
        yield about(context, hop, finding, wait.before)


_EXPECTED = {
    True: "the sender should have received a delay DSN",
    False: "consistent with settings that differ from the default",
}
"""What the documented timeouts imply, by whether it is the delay notification."""


def _waiting(context: MessageContext, least: timedelta) -> Iterator[tuple[AttributedDelay, Hop, Hop]]:
    """The delays of at least this time that were spent in transport, with the hops at both ends."""
    long = [wait for wait in context.attributed_delays if wait.delay >= least and wait.waited >= least]
    if not long:
        return
    hops = {hop.number: hop for hop in context.route.hops}
    sent_on = sent_on_at(context)
    for wait in long:
        # a mailbox and a shadow copy have findings of their own
        is_copy = hops[wait.hop].stamp.with_ in exchange.TAKE_OVERS
        is_another_message = wait.hop == sent_on and not _is_plausible(wait)
        if wait.holder not in {Holder.CLOCKS, Holder.MAILBOX} and not is_copy and not is_another_message:
            yield wait, hops[wait.before], hops[wait.hop]


def _is_plausible(wait: AttributedDelay) -> bool:
    """Whether both servers' clocks are consistent, and a queue may keep a message for so long."""
    return not (wait.clock_skew or wait.possible_skew or wait.waited > LONGEST_IN_QUEUES)


def _is_unusual(wait: AttributedDelay, common: "Usual | None") -> bool:
    """Whether a delay exceeds the 99th percentile of such hops; not if they were not counted, or not that far."""
    return common is not None and common.seconds is not None and wait.waited > timedelta(seconds=common.seconds)


def _explains(greylist: Deferral | None, wait: AttributedDelay) -> bool:
    """Whether greylisting explains most of a delay; if it does not record how long, all of it."""
    return greylist is not None and (greylist.time is None or greylist.time >= wait.waited / 2)


def _deferred(context: MessageContext, wait: AttributedDelay, greylist: Deferral | None) -> Iterator[str]:
    """What the header records of greylisting, and what follows for the remaining time and for Date."""
    if greylist is None:
        return
    line = f"{greylist.field.name} (line {greylist.field.line})"
    if greylist.is_earlier and greylist.time is not None:
        longer = duration(greylist.time)
        yield f"Consistent with greylisting: {line} reports {longer}, counted from an earlier message of this sender."
    elif greylist.time is None:
        yield f"Consistent with greylisting: {line} records that Rspamd had deferred this message before."
    else:
        server = greylist.server or "the receiving server"
        yield f"{line} reports greylisting: {server} deferred the message for {duration(greylist.time)}."
        rest = wait.waited - greylist.time
        if not _explains(greylist, wait):
            yield f"The other {duration(rest)} are not recorded as greylisting."
        elif rest >= MINUTE_DELAY:
            yield (
                f"The {duration(rest)} before: consistent with attempts from other addresses, which are counted "
                "separately."
            )
    if date_of(context, wait.hop):
        yield f"Date matches hop {wait.hop}: consistent with a Date that its server added."


def _resent(wait: AttributedDelay) -> Iterator[str]:
    """What Date says of a delay if it matches its end: HOP106 reports the same."""
    skew = f", or with clock skew at hop {wait.before}" if wait.waited < _DAY else ""
    yield f"Date matches hop {wait.hop}: also consistent with a message resent there{skew}."


def _same_local_time(previous: Hop, hop: Hop) -> bool:
    """Whether the times of two servers differ by their time zones only."""
    is_same_server = servers.same(previous.written_server, hop.written_server)
    if is_same_server or previous.time is None or hop.time is None or previous.time.utcoffset() == hop.time.utcoffset():
        return False
    return abs(hop.time.replace(tzinfo=None) - previous.time.replace(tzinfo=None)) <= _ROUNDING


def _other_zone(wait: AttributedDelay, previous: Hop, hop: Hop, *, also: bool) -> Iterator[str]:
    """That a delay is consistent with a wrong time zone: a multiple of 30 minutes, but no day, between two servers."""
    if servers.same(previous.written_server, hop.written_server) or is_same_machine(previous, hop):
        return
    if _same_local_time(previous, hop):
        yield "Consistent with a wrong time zone on one server: both hops have the same local time in two time zones."
    elif wait.waited < _WIDEST and (zones := round(wait.waited / _HALF_HOUR) * _HALF_HOUR) != _DAY:
        consistent_with = "Also consistent" if also else "Consistent"
        if abs(wait.waited - zones) <= _ROUNDING:
            yield f"{consistent_with} with a wrong time zone on one server (a multiple of 30 min)."
        elif not zones % _HOUR and _ZERO < wait.waited - zones <= _TRANSIT:
            rest = duration(wait.waited - zones)
            yield f"{consistent_with} with a wrong time zone on one server ({duration(zones)}, and {rest} in transit)."


def _delayed(context: MessageContext, wait: AttributedDelay) -> str:
    """Where the message was delayed for how long: a sentence without its full stop."""
    about = ("up to " if wait.possible_skew else "about ") if wait.clock_skew else ""
    delayed = f"Hop {wait.hop} delayed {about}{duration(wait.waited)}"
    holder = held_by(wait)
    if wait.holder is Holder.QUEUE and wait.server and wait.detail:
        queued = f"{delayed} in the {wait.detail} of {wait.server}"
        delayed = f"{queued} ({wait.service})" if len(queued) < _LONG_SENTENCE else queued
    elif wait.holder is Holder.FILTER:
        delayed = f"{delayed} before the {holder} sent it back"
    elif holder:
        delayed = f"{delayed} at {holder}"
    else:
        delayed = f"{delayed} after hop {wait.before}; which server held the message is unknown"
    if wait.clock_skew:
        rest = "clock skew" if wait.clock_skew <= LARGEST_SKEW else "a wrong date"
        return f"{delayed}; {duration(wait.delay)} recorded, the rest is {rest}"
    return f"{delayed}, {_or_skew(context, wait)}" if wait.may_be_skew else delayed


def _or_skew(context: MessageContext, wait: AttributedDelay) -> str:
    """What else the delay may be: no queue, but a clock, or a date too far away for a clock."""
    number = wait.suspect or wait.before
    if wait.logged:
        return f"of which {duration(wait.possible_skew)} after {wait.logged.server} sent it to {wait.logged.sent_to}"
    if wait.possible_skew > LARGEST_SKEW:
        return f"or hop {number} is dated wrongly"
    hop = context.route.hops[number - 1]
    is_named = hop.written_server and not servers.is_local_name(hop.written_server)
    server = hop.written_server if is_named else f"hop {number}"
    skew = "clock skew there" if number == wait.before and wait.server else f"clock skew at {server}"
    is_part = wait.possible_skew < wait.surely_waited
    return f"of which up to {duration(wait.possible_skew)} may be {skew}" if is_part else f"or {skew}"


def _is_certain(wait: AttributedDelay) -> bool:
    """Whether the message was delayed for minutes, whatever clocks may be skewed."""
    return wait.surely_waited >= LONG_DELAY and not (wait.may_be_skew and not wait.clock_skew)


def _sent_back(wait: AttributedDelay, hop: Hop) -> Iterator[str]:
    """That software between two hops of one server held the message."""
    if wait.holder is Holder.FILTER:
        yield (
            f"Hop {hop.number} took the message back from software without a Received field: consistent with a "
            "moderated list, a content filter, or the queue that leads to it."
        )


def _held_longest(wait: AttributedDelay) -> Iterator[str]:
    """That no queue keeps mail for so long."""
    if held_by(wait) is None and wait.waited > LONGEST_IN_QUEUES:
        longest = duration(LONGEST_IN_QUEUES)
        yield (
            "Consistent with a moderated list, a message resent later, or a wrong date: queues keep mail for at most "
            f"{longest}."
        )


def _percentile(wait: AttributedDelay, common: "Usual | None") -> Iterator[str]:
    """The 99th percentile of such hops, where they were counted; not of a delay that may be none."""
    holders = {Holder.QUEUE, Holder.SENDER, Holder.SYSTEM}
    if wait.may_be_skew or wait.holder not in holders:
        return
    if common and common.seconds is not None and _is_unusual(wait, common):
        limit = duration(timedelta(seconds=common.seconds))
        yield f"Exceeds the 99th percentile of {common.kind} ({limit})."


def consistent(timers: "tuple[Match, ...]") -> Iterator[str]:
    """The timers that match, each with the documented and the observed time: a sentence, or none."""
    if timers:
        yield f"Consistent with {', or with '.join(map(_timer, timers))}."


def _timer(match: "Match") -> str:
    number = f"try {match.tries}: " if match.tries > 1 else ""
    times = f"{number}{duration(match.expected)}, observed {duration(match.expected + match.late)}"
    return f"{match.parameter} ({times})"


def _usual_cause(wait: AttributedDelay, previous: Hop, hop: Hop) -> Iterator[str]:
    """What usually delays mail where it was held, if nothing in the message shows more."""
    receiver = hop.written_server or "the next server"
    held_on = (previous.written_server, wait.server)
    is_same_server = servers.is_local_name(receiver) or any(servers.same(server, receiver) for server in held_on)
    if wait.holder is Holder.QUEUE and wait.detail == MAILBOX_QUEUE:
        yield f"Consistent with a mailbox database or Mailbox Transport Delivery that was unavailable on {receiver}."
    elif _is_sent_by_google(previous, hop):
        yield (
            f"Consistent with a server after hop {hop.number} being unreachable or deferring the message: Google adds "
            "this field at each attempt."
        )
    elif wait.holder in {Holder.QUEUE, Holder.SYSTEM} and is_same_server:
        yield "Consistent with a queue or a content filter on that server."
    elif wait.holder in {Holder.QUEUE, Holder.SYSTEM}:
        filters = "a content filter" if wait.holder is Holder.QUEUE else "a content filter or list manager"
        yield f"Consistent with {receiver} being unreachable or deferring the message, or with {filters}."
    elif wait.holder is Holder.SENDER:
        skew = ", or clock skew" if "clock skew" in (wait.detail or "") else ""
        yield f"Consistent with back pressure, or a retry by the sending client or server{skew}."


def _is_sent_by_google(previous: Hop, hop: Hop) -> bool:
    """Whether a hop is of a server by which Google sends: it has the time of the attempt that succeeded (observed).

    In a quarter of such delays, X-Greylist of the next server measured the same time.
    """
    return previous.label.software == hop.label.software == "Google" and hop.stamp.from_domain is None


def _both_logs(wait: AttributedDelay) -> str:
    return f"Look for the message in the logs of the servers of hops {wait.before} and {wait.hop}."


def _checks(
    context: MessageContext, wait: AttributedDelay, timers: "tuple[Match, ...]", greylist: Deferral | None
) -> tuple[str, ...]:
    hops = {hop.number: hop for hop in context.route.hops}
    previous, hop = hops[wait.before], hops[wait.hop]
    if greylist:
        exempt = "Ask the receiving organisation to exempt the sender from greylisting."
        return (exempt,) if _explains(greylist, wait) else (exempt, *_checks(context, wait, (), None))
    if timers:
        timer_checks = (_timer_checks(context, match, hop, previous) for match in timers)
        return unique(_queue_checks(context, wait, previous), *timer_checks)
    if wait.holder is Holder.QUEUE:
        return _queue_checks(context, wait, previous)
    if wait.holder is Holder.SYSTEM:
        return next_steps.ask_host(wait.server, "for its log of this message")
    if wait.holder is Holder.FILTER:
        return _filter_checks(context, wait, hop)
    return _sender_checks(context, wait, previous, hop) if wait.holder is Holder.SENDER else ()


def _logged_checks(context: MessageContext, wait: AttributedDelay, hop: Hop) -> tuple[str, ...]:
    """What to check for the reason in the tracking log."""
    mounted = next_steps.database_copies(context, hop) if wait.detail == MAILBOX_QUEUE else ()
    return unique(mounted, checks_of_reason(wait.logged.reason if wait.logged else None))


def _filter_checks(context: MessageContext, wait: AttributedDelay, hop: Hop) -> tuple[str, ...]:
    """Whether software without a Received field had the message: the server's log, or a question."""
    if hop.mark is not None:
        return next_steps.tracking(context, hop)
    question = "whether a list moderator or a content filter held this message"
    return next_steps.ask(context, hop, question) or next_steps.ask_host(wait.server, question)


def _sender_checks(context: MessageContext, wait: AttributedDelay, previous: Hop, hop: Hop) -> tuple[str, ...]:
    """Why a service without a queue was late."""
    if not next_steps.is_on_premises(previous):
        return next_steps.tracking(context, previous)
    if wait.detail and "clocks" not in wait.detail:
        return next_steps.on_server(
            context,
            previous,
            f"Check on {wait.server or 'this server'} that Transport was running.",
            "Look for back pressure: events 15004 to 15007 of MSExchangeTransport.",
        )
    return (
        *next_steps.clock(context, previous),
        *next_steps.clock(context, hop),
        *next_steps.on_server(context, previous, "Compare the protocol logs of the sending server."),
    )


def _queue_checks(context: MessageContext, wait: AttributedDelay, previous: Hop) -> tuple[str, ...]:
    """How to check the queue that held the message, and its deferrals."""
    if wait.holder is not Holder.QUEUE:
        return ()
    return *next_steps.queues(context, previous), *next_steps.tracking(context, previous, "DEFER")


def _timer_checks(context: MessageContext, match: "Match", hop: Hop, previous: Hop) -> tuple[str, ...]:
    """How to confirm one timer: the event that starts it, and its value."""
    if match.check.endswith("?"):  # about the value of the parameter
        return tuple(
            f"{check}: {match.check}" for check in next_steps.transport_service(context, previous, match.parameter)
        )
    if match.parameter == "MailboxDeliveryQueueRetryInterval":
        event = next_steps.database_copies(context, hop)
    else:
        event = next_steps.on_server(context, previous, f"Check {match.check}.") if match.check else ()
    if match.set_with == "Set-TransportService":
        return *event, *next_steps.transport_service(context, previous, match.parameter)
    if match.set_with.endswith(".config"):
        value = f"Check {match.parameter} in {match.set_with} (if set)."
        return *event, *next_steps.on_server(context, previous, value)
    return event


RULES = (
    Rule("HOP110", (Severity.WARNING, Severity.INFO), "Long delay", {Fact.MINUTE_DELAY}, long_delay),
    Rule(
        "HOP111",
        (Severity.WARNING, Severity.INFO),
        "Delay past the notification or expiration timeout",
        {Fact.LONG_DELAY},
        held_too_long,
    ),
)
"""The family, in the order of the codes."""
