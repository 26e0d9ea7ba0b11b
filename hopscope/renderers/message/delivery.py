"""The delivery status of a message: the answer above its table, the same in every text format."""

from collections.abc import Iterator
from datetime import timedelta, tzinfo

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.delivery import by_outcome, headline
from hopscope.analysis.phrases import duration
from hopscope.model import DateTime, DeliveryAction, DeliveryStatus
from hopscope.renderers.answers.error import confidence
from hopscope.renderers.text.finding import label

__all__ = ["Outcome", "date", "outcomes"]

_MOST = 10
"""Maximum number of outcomes that are shown."""
_MOST_RECIPIENTS = 3
_WORTH_NAMING = timedelta(seconds=10)
"""Minimum time at the reporting server that is shown."""

Outcome = tuple[str, tuple[tuple[str, str], ...]]
"""A headline, and the facts below it by name; a name may repeat."""


def outcomes(analysis: Analysis, tz: tzinfo | None) -> Iterator[Outcome]:
    """What the report says; nothing if the message is not a report. Recipients with the same outcome are grouped.

    The finding of an outcome says the same, so it is not listed again: its severity and code are the first fact.
    """
    groups = by_outcome(analysis.route.delivery_status)
    findings = iter([finding for finding in analysis.findings if finding.code == "HOP461"] if groups else ())
    for group in groups[:_MOST]:
        finding = next(findings, None) if group[0].is_undelivered else None
        code = (("Finding", label(finding)),) if finding else ()
        # Without an explanation, the checks of the finding are all that helps.
        checks = finding.checks if finding and group[0].explanation is None else ()
        named = _recipients(group) if group[0].action in _NAMED else ""
        yield headline(group[0], named), (*code, *_facts(group, tz), *(("Check", check) for check in checks))
    if len(groups) > _MOST:
        yield f"{len(groups) - _MOST} more outcomes: use -f json to list all.", ()


_NAMED = frozenset({DeliveryAction.FAILED, DeliveryAction.DELAYED, DeliveryAction.DELIVERED})
"""The actions whose headline names the recipient."""


def _recipients(group: list[DeliveryStatus]) -> str:
    """``b@remote.example``, ``2 recipients``; empty if none is reported."""
    names = [status.recipient for status in group if status.recipient]
    return names[0] if len(names) == 1 else f"{len(names)} recipients" if names else ""


def _facts(group: list[DeliveryStatus], tz: tzinfo | None) -> Iterator[tuple[str, str]]:
    status = group[0]
    names = [status.recipient for status in group if status.recipient]
    if len(names) > 1 or (names and status.action not in _NAMED):
        more = len(names) - _MOST_RECIPIENTS
        shown = ", ".join(names[:_MOST_RECIPIENTS])
        yield "Recipient" if len(names) == 1 else "Recipients", f"{shown} and {more} more" if more > 0 else shown
    if status.reporting_mta:
        yield "Reported by", f"{status.reporting_mta}{_HOLDS.get(status.action, '')}"
    if status.remote_mta:
        yield "Remote server", status.remote_mta
    if status.held and status.held >= _WORTH_NAMING:
        until = "so far" if status.action is DeliveryAction.DELAYED else "before it gave up"
        yield "Held", f"{duration(status.held)} by {status.reporting_mta or 'the reporting server'} {until} (reported)"
    for name, value in (
        ("Arrived", status.arrival_date),
        ("Last attempt", status.last_attempt),
        ("Retry until", status.will_retry_until),
    ):
        if value:
            yield name, date(value, tz)
    if explanation := status.explanation:
        yield "Means", explanation.meaning
        if explanation.at_fault:
            yield "At fault", explanation.at_fault
        yield from (("Check", check) for check in explanation.checks)
        yield "Confidence", confidence(explanation.confidence, explanation.sources)


_HOLDS: dict[DeliveryAction | None, str] = {
    DeliveryAction.FAILED: ", the last server to hold the message",
    DeliveryAction.DELAYED: ", which still held the message",
}


def date(value: DateTime, tz: tzinfo | None) -> str:
    """``2012-07-31 21:52:42 +1000``; as written if the instant is unknown."""
    if value.value is None:
        return value.text
    shown = value.value if tz is None else value.value.astimezone(tz)
    return f"{shown.replace(tzinfo=None).isoformat(' ', 'seconds')} {shown:%z}"
