"""Findings: problems and observations on the path of a message, worst first.

The rules are in ``rules/``, one file per family of codes, each declared next to its function.
"""

from functools import lru_cache

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact, facts
from hopscope.analysis.rules import (
    authentication,
    chain,
    dates,
    delays,
    delivery,
    detours,
    input,  # noqa: A004 - a family of rules
    labels,
    origin,
    security,
    times,
    tracking,
)
from hopscope.analysis.rules.rule import Rule
from hopscope.model import WORST_FIRST, Finding

__all__ = ["RULES", "Rule", "applicable", "diagnose"]

_FAMILIES = (times, dates, delays, labels, input, chain, detours, origin, security, authentication, delivery, tracking)
RULES: tuple[Rule, ...] = tuple(
    sorted((rule for family in _FAMILIES for rule in family.RULES), key=lambda rule: rule.code)
)
"""Every rule, in the order of the codes."""


def diagnose(context: MessageContext) -> tuple[Finding, ...]:
    """The findings of a message, worst first; of the same severity in the order of their codes, those on Date last.

    The servers' own times come before what a client or a server wrote as Date.
    """
    unsorted = [finding for rule in applicable(facts(context)) for finding in rule.check(context)]
    return tuple(sorted(unsorted, key=lambda finding: (WORST_FIRST.index(finding.severity), finding.code in _ON_DATE)))


_ON_DATE = frozenset(rule.code for rule in dates.RULES)


@lru_cache(maxsize=1024)
def applicable(holding: frozenset[Fact]) -> tuple[Rule, ...]:
    """The rules that can find something in a message of which these facts hold, in the order of the codes."""
    return tuple(rule for rule in RULES if not rule.needs.isdisjoint(holding))
