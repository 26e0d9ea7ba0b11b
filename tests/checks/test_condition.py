"""Conditions: which messages they match, and errors with a position."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.analysis.analyze import Analysis, analyze
from hopscope.analysis.scanner import MAX_DEPTH
from hopscope.checks.condition import FACTS, parse
from hopscope.errors import PolicyError

SAMPLE = Path(__file__).parents[2] / "samples" / "exchange-2016-inbound.eml"
INBOUND = analyze(hopscope.read(SAMPLE.read_text(encoding="utf-8"), source="inbound/one.eml"))
EMPTY = analyze(hopscope.read(""))


@pytest.mark.parametrize(
    ("condition", "inbound", "empty"),
    [
        ("scenario == 'inbound'", True, False),
        ("scenario == 'Inbound via Front End'", True, False),
        ("scenario == 'in'", False, False),
        ("scenario != 'inbound'", False, True),
        ("scenario ~ '*front end*'", True, False),
        ("scenario == 'unknown'", False, True),
        ('source ~ "inbound/*.eml"', True, False),
        ("subject == ''", False, True),
        ("message_id ~ '<*>'", True, False),
        ("hops == 4", True, False),
        ("hops != 4", False, True),
        ("hops > 3 and hops < 5", True, False),
        ("hops >= 4 and hops <= 4", True, False),
        ("hops > 4 or hops < 1", False, True),
        ("hops < 1 or hops > 3 and hops > 4", False, True),
        ("(hops < 1 or hops > 3) and hops > 3", True, False),
        ("not hops == 4", False, True),
        ("not (hops == 4 and scenario == 'inbound')", False, True),
        ("total_seconds <= 3600", True, True),
        ("services has 'front end transport'", True, False),
        ("services has 'edge*'", False, False),
        ("services has 'fe'", True, False),
        ("services has '*submission'", False, False),
        ("services has '*box transport'", True, False),
        ("services has 'hub'", False, False),
        ("products has '*2016'", True, False),
        ("generations has '2016'", True, False),
        ("hosts has '*.example*'", True, False),
        ("hosts has '[[]'", False, False),
    ],
)
def test_conditions(condition: str, inbound: bool, empty: bool) -> None:  # noqa: FBT001 - columns of a table
    holds = parse(condition)
    assert (holds(INBOUND), holds(EMPTY)) == (inbound, empty)


@pytest.mark.parametrize(
    ("condition", "position", "reason"),
    [
        ("", 0, "expected a fact, not the end"),
        ("scenaro == 'inbound'", 0, "unknown fact 'scenaro'; did you mean 'scenario'?"),
        ("scenario", 8, "expected an operator after 'scenario': ==, !=, ~, has, <, <=, >, >="),
        ("scenario = 'inbound'", 9, "unexpected character '='"),
        ("scenario == inbound", 12, "expected a text in quotation marks"),
        ("scenario == 'inbound", 12, 'unexpected character "\'"'),
        ("scenario < 'inbound'", 9, "'<' cannot be used with 'scenario', which is a text"),
        ("hops ~ '3'", 5, "'~' cannot be used with 'hops', which is a number"),
        ("hops == 'three'", 8, "expected a number"),
        ("hops == -1", 8, "unexpected character '-'"),
        ("hops == 1e9", 8, "expected a number"),
        ("hops == nan", 8, "expected a number"),
        ("services == 'Transport'", 9, "'services' is a list; use `has`"),
        ("(hops == 1", 0, "'(' is never closed"),
        ("hops == 1 hops == 2", 10, "unexpected 'hops'"),
        ("hops == 1 and", 13, "expected a fact, not the end"),
        ("not not hops == 1", 4, "unknown fact 'not'"),
        (f"{'(' * 60}hops == 1{')' * 60}", MAX_DEPTH, f"parentheses nested deeper than {MAX_DEPTH}"),
    ],
)
def test_errors_point_at_the_character(condition: str, position: int, reason: str) -> None:
    with pytest.raises(PolicyError) as raised:
        parse(condition)
    assert (raised.value.position, raised.value.reason) == (position, reason)


PIECES = (*FACTS, "==", "!=", "~", "has", "<", "<=", "and", "or", "not", "(", ")", "'in*'", '"["', "4", "1.5", "=", "'")


@given(st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_text_is_a_condition_or_an_error_with_a_position(text: str) -> None:
    position = 0
    try:
        assert parse(text)(INBOUND) in {True, False}
    except PolicyError as error:
        position = error.position
    assert 0 <= position <= len(text)


def test_every_fact_is_defined_for_an_empty_message() -> None:
    assert all(isinstance(fact(EMPTY), str | float | list) for fact in FACTS.values())


def test_and_binds_closer_than_or() -> None:
    def value(text: str) -> bool:
        return parse(text)(INBOUND)

    true, false = "hops == 4", "hops == 5"
    assert value(f"{true} or {false} and {false}")
    assert not value(f"({true} or {false}) and {false}")


def test_a_condition_of_one_message_does_not_change_another() -> None:
    holds = parse("hops == 4")
    answers: list[Analysis] = [INBOUND, EMPTY, INBOUND]
    assert [holds(each) for each in answers] == [True, False, True]
