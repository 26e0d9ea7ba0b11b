"""HOP61x: delays above the limits of the settings."""

from collections.abc import Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import AttributedDelay, Holder, Spent, spent
from hopscope.analysis.phrases import duration
from hopscope.analysis.rules.finding import about, as_claimed
from hopscope.checks.causes import (
    cause_of_delay,
    cause_of_total,
    checks_of_delay,
    checks_of_total,
    corrected,
    corrected_total,
    is_claimed_total,
    total_without_skew,
)
from hopscope.config.settings import Settings
from hopscope.model import Finding, Hop, Severity

__all__ = ["hop_over_limit", "leg_over_limit", "service_over_limit", "total_over_limit"]


def total_over_limit(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP611: The total delay of the message exceeds max_total.

    Measures from the first dated hop to the last one. Time before the first hop is not recorded. Clock skew that a
    tracking log shows does not count.

    Example: `max_total = "2m"`.
    """
    total, limit = total_without_skew(case), settings.max_total
    if total is not None and limit is not None and total > limit:
        finding = Finding(
            code="HOP611",
            severity=Severity.ERROR,
            message=f"Total delay {corrected_total(case, total)}, limit {duration(limit)} (max_total).",
            cause=cause_of_total(case),
            checks=checks_of_total(case),
            source=case.route.source,
        )
        yield as_claimed(finding) if is_claimed_total(case, limit) else finding


def hop_over_limit(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP612: The delay of a hop, corrected for known clock skew, exceeds max_hop.

    Example: `max_hop = "30s"`.
    """
    if settings.max_hop is None:
        return
    for wait in case.attributed_delays:
        if wait.waited > settings.max_hop:
            delayed = f"Hop {wait.hop} delayed {corrected(wait)} after hop {wait.before}"
            message = f"{delayed}, limit {duration(settings.max_hop)} (max_hop)."
            hop = case.route.hops[wait.hop - 1]
            yield about(case, hop, _over("HOP612", case, hop, message), wait.before)


def service_over_limit(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP613: A service on one server held the message longer than its max_service.

    Adds up the delays attributed to the service: the time after its hops, if it has queues. The finding is reported at
    the hop after the longest of them.

    Example: `max_service = { Transport = "1m" }`.
    """
    if not settings.max_service:
        return
    for total in spent(case.attributed_delays):
        limit = None if total.holder is Holder.MAILBOX else settings.max_service.get(total.service)
        if limit is not None and total.time > limit:
            who = f"{total.service} on {total.server}" if total.server else str(total.service)
            wait = _longest(case, total)
            hop = next(hop for hop in case.route.hops if hop.number == wait.hop)
            queue = f" ({wait.detail})" if wait.detail else ""
            finding = Finding(
                code="HOP613",
                severity=Severity.ERROR,
                message=f"{who} held the message for {duration(total.time)}, limit {duration(limit)} (max_service).",
                cause=f"Longest delay: {corrected(wait)} before hop {wait.hop}{queue}.",
                checks=checks_of_delay(case, hop),
            )
            yield about(case, hop, finding, wait.before)


def leg_over_limit(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP614: The delay between two services exceeds its max_leg.

    Checks consecutive hops that both have a date. Delays are corrected for known clock skew.

    Example: `max_leg = { "Transport -> Mailbox Transport" = "30s" }`.
    """
    if not settings.max_leg:
        return
    for wait in case.attributed_delays:
        previous, hop = case.route.hops[wait.before - 1], case.route.hops[wait.hop - 1]
        kind = f"{previous.label.service} -> {hop.label.service}"
        limit = settings.max_leg.get(kind)
        if limit is not None and hop.hops_covered == 1 and wait.waited > limit:
            took = corrected(wait)
            message = f"Hop {hop.number}: {kind} took {took}, limit {duration(limit)} (max_leg)."
            yield about(case, hop, _over("HOP614", case, hop, message), wait.before)


def _over(code: str, case: MessageContext, hop: Hop, message: str) -> Finding:
    """The finding about the delay of one hop."""
    cause, checks = cause_of_delay(case, hop), checks_of_delay(case, hop)
    return Finding(code=code, severity=Severity.ERROR, message=message, cause=cause, checks=checks)


def _longest(case: MessageContext, total: Spent) -> AttributedDelay:
    """The longest delay at a service on a server."""
    key = total.holder, total.service, total.server
    waits = [wait for wait in case.attributed_delays if (wait.holder, wait.service, wait.server) == key]
    return max(waits, key=lambda wait: wait.waited)
