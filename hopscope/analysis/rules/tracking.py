"""HOP70x: what the tracking logs of servers show that Received fields do not, or not so."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import AttributedDelay
from hopscope.analysis.facts import LONG_DELAY, MINUTE_DELAY, Fact
from hopscope.analysis.logged_delay import LoggedDelay, Verdict
from hopscope.analysis.phrases import duration, rounded
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.finding import about, listed, shortened, unique
from hopscope.analysis.rules.rule import Rule
from hopscope.classifier import servers
from hopscope.model import Explanation, Finding, Hop, Service, Severity

if TYPE_CHECKING:
    from hopscope.analysis.tracking.ordering import OrderedEvent
    from hopscope.analysis.tracking.trail import Outcome

__all__ = ["RULES", "checks_of_reason", "contradicted", "deferred", "failed", "shown_by_log"]

_ZERO = timedelta(0)
_LONGEST = 90
"""Maximum characters of a reply in a message."""


def contradicted(context: MessageContext) -> Iterator[Finding]:
    """HOP701: The tracking log shows another holder of the message, or clock skew, where the headers suggest a queue.

    Checks delays of a minute or more, of which the log of the first server has both ends: RECEIVE and SEND, by one
    clock. If the server sent the message to the server of the next hop after a shorter time, the rest of the delay is
    clock skew. If it sent it to another server, that one or a later one held it, or clocks differ. A warning if the log
    contradicts what the headers suggest; info if it shows the holder among several servers, or a part of the delay as
    clock skew.

    Why it matters: the queue that the headers suggest need not be checked.

    Example: 5 min 6 s between two hops, and SEND 1 s after RECEIVE: the clocks differ by 5 min 5 s.
    """
    for wait in context.attributed_delays:
        logged = wait.logged
        if logged is None or abs(wait.delay) < MINUTE_DELAY or logged.verdict is Verdict.CONFIRMED:
            continue
        hop = context.route.hops[wait.hop - 1]
        severity = Severity.WARNING if logged.verdict is Verdict.CONTRADICTED else Severity.INFO
        found = _other_holder(context, wait, logged, hop)
        if found is not None:
            message, cause, checks = found
            finding = Finding(code="HOP701", severity=severity, message=message, cause=cause, checks=checks)
            yield about(context, hop, finding, wait.before)


def _other_holder(
    context: MessageContext, wait: AttributedDelay, logged: LoggedDelay, hop: Hop
) -> tuple[str, str, tuple[str, ...]] | None:
    """Message, cause and checks of HOP701; ``None`` if the log only shows that there is no clock skew."""
    held, previous = duration(rounded(logged.held)), context.route.hops[wait.before - 1]
    to = logged.sent_to or "another server"
    if logged.unexplained:
        after = duration(rounded(logged.unexplained))
        return (
            f"{logged.server} had sent the message to {to} {after} before hop {wait.hop} received it.",
            (
                f"Its tracking log has SEND {held} after RECEIVE: {to} or a later server held the message, or the "
                f"clocks of hops {wait.before} and {wait.hop} differ."
            ),
            (f"Look for the message in the log of {to}.",) if next_steps.is_safe_host(to) else (),
        )
    if logged.clock_skew:
        skew = duration(rounded(abs(logged.clock_skew)))
        return (
            f"Of {duration(wait.delay)} before hop {wait.hop}, {logged.server} held the message for {held}.",
            (
                f"Its tracking log has SEND to {to} {held} after RECEIVE: the clocks of hops {wait.before} and "
                f"{wait.hop} differ by {skew}."
            ),
            unique(next_steps.clock(context, previous), next_steps.clock(context, hop)),
        )
    if servers.same(logged.server, previous.written_server):
        return None
    service = f" ({logged.service})" if logged.service else ""
    return (
        f"{logged.server}{service} held the message for {held} before hop {wait.hop}, and added no Received field.",
        shown_by_log(logged),
        checks_of_reason(logged.reason),
    )


def shown_by_log(logged: LoggedDelay) -> str:
    """What the log shows of a delay, in a sentence."""
    holder = f"{logged.server} {logged.service}" if logged.service else logged.server
    held = f"The tracking log shows the message at {holder} for {duration(rounded(logged.held))}"
    if not logged.deferrals:
        return f"{held}."
    times = "once" if logged.deferrals == 1 else f"{logged.deferrals} times"
    return f"{held}, deferred {times}: {_cut(logged.reason)}." if logged.reason else f"{held}, deferred {times}."


def deferred(context: MessageContext) -> Iterator[Finding]:
    """HOP702: A server deferred the message, according to its tracking log.

    Checks for DEFER, SUBMITDEFER and RESUBMITDEFER. A DEFER of an agent does not count: a transport rule that adds a
    recipient returns the message to the categorizer at once. A deferral within a delay of five minutes or more is
    reported there (HOP110). A warning if the log has no later event for a recipient, so that the message may still be
    in the queue, and the header does not show that it has left; otherwise info.

    Example: `DEFER 451 4.4.0 DNS query failed`, and SEND a minute later.
    """
    if context.tracking is None:
        return
    from hopscope.analysis.tracking.events import is_deferral, reason

    reported = {wait.logged.server for wait in context.attributed_delays if wait.logged and wait.waited >= LONG_DELAY}
    waiting = {outcome.recipient.lower() for outcome in context.tracking.outcomes if is_deferral(outcome.event.event)}
    groups: dict[tuple[str | None, Service | None, str | None], list[OrderedEvent]] = {}
    hops: dict[tuple[str | None, Service | None, str | None], int | None] = {}
    for place in context.tracking.events:
        event = place.event
        if is_deferral(event.event) and event.server not in reported:
            key = event.server, event.service, reason(event.event)
            groups.setdefault(key, []).append(event)
            hops.setdefault(key, place.hop)
    for key, events in groups.items():
        server, _, why = key
        has_left = len(context.tracking.outcomes) == 1 and 0 < (hops[key] or 0) < len(context.route.hops)
        is_waiting = not has_left and any(recipient.lower() in waiting for recipient in events[-1].event.recipients)
        times = "" if len(events) == 1 else f" {len(events)} times"
        text = f": {_cut(why)}" if why else ""
        attempt = events[-1].next_attempt if is_waiting else None
        planned = f" The next attempt was planned for {attempt:%Y-%m-%d %H:%M:%S} UTC (inferred)." if attempt else ""
        cause = _meaning(why)
        finding = Finding(
            code="HOP702",
            severity=Severity.WARNING if is_waiting else Severity.INFO,
            message=f"{server or 'A server'} deferred the message{times}{text}.",
            cause=f"{cause or ''}{planned}".strip() or None,
            checks=checks_of_reason(why),
        )
        yield _at(context, finding, hops[key])


def failed(context: MessageContext) -> Iterator[Finding]:
    """HOP703: The message was not delivered to a recipient, according to a tracking log.

    Checks the last event of each recipient: FAIL and BADMAIL are errors, DROP and SUPPRESSED warnings. A FAIL of an
    agent does not count: a transport rule that redirects a message removes the original recipient. Recipients with the
    same reason are reported together.

    Example: `FAIL 550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found`.
    """
    if context.tracking is None:
        return
    from hopscope.analysis.tracking.events import outcome as outcome_of

    hops = {place.event.event: place.hop for place in context.tracking.events}
    groups: dict[tuple[str, str | None, str | None], list[Outcome]] = {}
    for outcome in context.tracking.outcomes:
        name = outcome.event.event.event.upper()
        if name in _FAILURES and (outcome.event.event.source != "AGENT" or name not in {"FAIL", "BADMAIL"}):
            groups.setdefault((name, outcome.event.server, outcome.reason), []).append(outcome)
    for (name, server, why), outcomes in groups.items():
        event = outcomes[0].event.event
        done = outcome_of(event) or "failed"
        by = f" by {server}" if server else ""
        text = f": {_cut(why)}" if why else ""
        recipients = listed([outcome.recipient for outcome in outcomes])
        finding = Finding(
            code="HOP703",
            severity=_FAILURES[name],
            message=f"{'Not delivered' if done == 'failed' else done.capitalize()}{by} for {recipients}{text}.",
            cause=_meaning(why),
            checks=checks_of_reason(why),
        )
        yield _at(context, finding, hops.get(event))


_FAILURES = {
    **dict.fromkeys(("FAIL", "BADMAIL", "FAILED", "FILTEREDASSPAM"), Severity.ERROR),
    **dict.fromkeys(("DROP", "SUPPRESSED"), Severity.WARNING),
}


def _at(context: MessageContext, finding: Finding, hop: int | None) -> Finding:
    """The finding at its hop, whose field need not be trusted: the log shows it; of the message without a hop."""
    line = context.route.hops[hop - 1].stamp.field.line if hop else None
    return replace(finding, source=context.route.source, line=line, hop=hop)


def _explanation(reason: str | None) -> Explanation | None:
    """What the table of errors knows of a reason."""
    if reason is None:
        return None
    from hopscope.classifier.error_strings import explain_reply  # few messages come with a log

    known = [explanation for explanation in explain_reply(reason) if explanation.confidence in _SPECIFIC]
    return known[-1] if known else None


_SPECIFIC = frozenset({"documented", "practitioners"})
"""The registered meaning of a code says no more than the reason itself."""


def _meaning(reason: str | None) -> str | None:
    explanation = _explanation(reason)
    return explanation.meaning if explanation else None


_MOST_CHECKS = 2


def checks_of_reason(reason: str | None) -> tuple[str, ...]:
    """What to check next for a logged reason."""
    from hopscope.analysis.rules.delivery import as_check

    explanation = _explanation(reason)
    return tuple(map(as_check, explanation.checks[:_MOST_CHECKS])) if explanation else ()


def _cut(text: str | None) -> str:
    return shortened((text or "").rstrip("."), _LONGEST)


RULES: Sequence[Rule] = (
    Rule(
        "HOP701",
        (Severity.WARNING, Severity.INFO),
        "Tracking log contradicts the headers",
        {Fact.TRACKED},
        contradicted,
    ),
    Rule("HOP702", (Severity.WARNING, Severity.INFO), "Delivery deferred", {Fact.TRACKED}, deferred),
    Rule("HOP703", (Severity.ERROR, Severity.WARNING), "Delivery failed in the tracking log", {Fact.TRACKED}, failed),
)
"""The family, in the order of the codes."""
