"""HOP61x: what took longer than the settings allow."""

from collections.abc import Iterator
from datetime import timedelta

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import Spent, spent
from hopscope.analysis.phrases import duration
from hopscope.analysis.rules.finding import about
from hopscope.config.settings import Settings
from hopscope.model import Finding, Severity

__all__ = ["hop_over_limit", "leg_over_limit", "service_over_limit", "total_over_limit"]


def total_over_limit(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP611: the message took longer than max_total.

    Looks at the time from the first dated stamp to the last one. What came before the first stamp is in no stamp.
    """
    total, limit = case.route.total_delay, settings.max_total
    if total is not None and limit is not None and total > limit:
        message = f"The message took {duration(total)}, longer than max_total of {duration(limit)}."
        advice = "Look at the longest waits first: hopscope show lists who held the message."
        source = case.route.source
        yield Finding(code="HOP611", severity=Severity.ERROR, message=message, checks=(advice,), source=source)


def hop_over_limit(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP612: a hop came later after the one before than max_hop."""
    if settings.max_hop is None:
        return
    for hop in case.route.hops:
        if hop.delay is not None and hop.delay > settings.max_hop:
            came = f"Hop {hop.number} came {duration(hop.delay)} after hop {hop.number - hop.hops_covered}"
            message = f"{came}, longer than max_hop of {duration(settings.max_hop)}."
            yield about(case, hop, Finding(code="HOP612", severity=Severity.ERROR, message=message))


def service_over_limit(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP613: a service of a server had the message for longer than its max_service.

    Adds up the waits that are given to the service: the time after its stamps, where it has queues. The finding stands
    at the hop that came after the longest of them.
    """
    if not settings.max_service:
        return
    for total in spent(case.attributed_delays):
        limit = settings.max_service.get(total.service)
        if limit is not None and total.time > limit:
            who = f"{total.service} on {total.server}" if total.server else str(total.service)
            message = f"{who} had the message for {duration(total.time)}, longer than max_service of {duration(limit)}."
            advice = f"Check the queues and the message tracking log of {total.server or 'that server'}."
            finding = Finding(code="HOP613", severity=Severity.ERROR, message=message, checks=(advice,))
            longest = _longest(case, total)
            yield about(case, next(hop for hop in case.route.hops if hop.number == longest), finding)


def leg_over_limit(case: MessageContext, settings: Settings) -> Iterator[Finding]:
    """HOP614: a leg between two kinds of service took longer than its max_leg.

    Looks at two hops that follow each other and both have a date.
    """
    if not settings.max_leg:
        return
    for previous, hop in zip(case.route.hops, case.route.hops[1:], strict=False):
        kind = f"{previous.label.service} -> {hop.label.service}"
        limit = settings.max_leg.get(kind)
        if limit is not None and hop.delay is not None and hop.hops_covered == 1 and hop.delay > limit:
            took = f"Hop {hop.number}: the leg {kind} took {duration(hop.delay)}"
            message = f"{took}, longer than max_leg of {duration(limit)}."
            yield about(case, hop, Finding(code="HOP614", severity=Severity.ERROR, message=message))


def _longest(case: MessageContext, total: Spent) -> int:
    """Number of the hop behind the longest wait of a service of a server."""
    waits = [wait for wait in case.attributed_delays if (wait.service, wait.server) == (total.service, total.server)]
    return max(waits, key=lambda wait: wait.delay or timedelta(0)).hop
