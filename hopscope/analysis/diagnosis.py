"""Findings in plain words: what is wrong with a message's way, or worth a look, worst first.

Each rule is a function with a stable code, in a file of its family in ``rules/``.
"""

from collections.abc import Callable, Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.rules import (
    chain,
    dates,
    delays,
    detours,
    input,  # noqa: A004 - a family of rules
    labels,
    origin,
    security,
    times,
)
from hopscope.model import Finding, Route, Severity

__all__ = ["RULES", "Rule", "diagnose", "findings"]

Rule = Callable[[MessageContext], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    times.negative_delay,
    times.undated_hop,
    times.wrong_zone,
    times.wrong_clock,
    times.foreign_entry,
    dates.date_ahead,
    dates.date_long_before,
    times.shorter_latency,
    delays.slow_leg,
    delays.held_too_long,
    labels.unknown_label,
    labels.newer_build,
    labels.out_of_support,
    labels.unreleased_build,
    input.repaired,
    input.defective,
    chain.broken_chain,
    chain.loop,
    chain.many_hops,
    detours.smart_host_detour,
    detours.double_filtering,
    detours.hybrid_as_internet,
    detours.redirected,
    origin.pickup,
    origin.shadow_copy,
    origin.replica,
    origin.rescan,
    origin.delivered_and_sent_on,
    security.clear_text_inside,
    security.clear_text_from_outside,
    security.old_tls,
    security.weak_cipher,
)
"""Every rule, in the order of the codes."""

_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def findings(route: Route) -> tuple[Finding, ...]:
    """What is wrong with a labelled route, worst first; empty where nothing is."""
    return diagnose(MessageContext(route=route))


def diagnose(context: MessageContext) -> tuple[Finding, ...]:
    """The findings of a message, worst first, and of the same severity in the order of their codes."""
    found = [finding for rule in RULES for finding in rule(context)]
    return tuple(sorted(found, key=lambda finding: _WORST_FIRST.index(finding.severity)))
