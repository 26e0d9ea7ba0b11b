"""A rule that is skipped because a fact is missing would have no finding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.analysis.context import MessageContext
from hopscope.analysis.diagnosis import RULES, applicable, diagnose
from hopscope.analysis.facts import Fact, facts
from hopscope.analysis.rules import dates
from hopscope.model import WORST_FIRST, Finding, Route
from tests.corpora import blocks, mutated
from tests.renderers.strategies import routes

from .test_diagnosis import CASES


def unfiltered(route: Route) -> list[Finding]:
    """The findings of every rule, each with a new context."""
    findings = [finding for rule in RULES for finding in rule.check(MessageContext(route=route))]
    on_date = {rule.code for rule in dates.RULES}
    return sorted(findings, key=lambda finding: (WORST_FIRST.index(finding.severity), finding.code in on_date))


def filtered(route: Route) -> list[Finding]:
    return list(diagnose(MessageContext(route=route)))


@pytest.mark.no_cover
def test_skipped_rules_have_no_findings_in_real_messages() -> None:
    for block in blocks():
        route = hopscope.read(block)
        assert filtered(route) == unfiltered(route)


@pytest.mark.parametrize("code", sorted(CASES))
def test_skipped_rules_have_no_findings_in_the_cases(code: str) -> None:
    for _, route, _ in CASES[code]:
        assert filtered(route) == unfiltered(route)


@given(st.data())
def test_skipped_rules_have_no_findings_in_damaged_messages(data: st.DataObject) -> None:
    block = data.draw(st.sampled_from(blocks())).decode("utf-8", "surrogateescape")
    route = hopscope.read(data.draw(mutated(block)).encode("utf-8", "surrogateescape"))
    assert filtered(route) == unfiltered(route)


@given(routes)
def test_skipped_rules_have_no_findings_in_any_route(route: Route) -> None:
    assert filtered(route) == unfiltered(route)


def test_every_fact_is_needed_and_occurs() -> None:
    needed = {fact for rule in RULES for fact in rule.needs}
    occurring = {
        fact for cases in CASES.values() for _, route, _ in cases for fact in facts(MessageContext(route=route))
    }
    assert needed == occurring | {Fact.TRACKED} == set(Fact)  # no header has an event


@pytest.mark.no_cover
def test_few_rules_are_run_for_real_messages() -> None:
    run = [len(applicable(facts(MessageContext(route=hopscope.read(block))))) for block in blocks()]
    assert sum(run) <= 6 * len(run)
