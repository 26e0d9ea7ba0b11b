"""Selection of legs and servers."""

import pytest

from hopscope.statistics.selection import Selection, select
from hopscope.statistics.summary import LegKey

from .organisations import message, stamps_of, summary

WHOLE = summary(
    [
        message(*stamps_of("out:a.example", "fe:ex1", "tr:ex1", "mb:ex2")),
        message(*stamps_of("mapi:ex2", "tr:ex2", "out:a.example")),
    ]
)


def legs(selection: Selection) -> set[tuple[str | None, str | None]]:
    return {(key.from_host, key.to_host) for key in select(WHOLE, selection).legs}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(legs=(("*", "Mailbox*"),)), {("ex1", "ex2")}),
        (Selection(legs=(("front end transport@ex1", "*"),)), {("ex1", "ex1")}),
        (
            Selection(legs=(("ex1", "*"), ("*", "a.example"))),
            {("ex1", "ex1"), ("ex1", "ex2"), (None, "a.example"), ("ex2", "a.example")},
        ),
        (Selection(services=("mapi*",)), {(None, "ex2"), ("ex2", "ex2")}),
        (Selection(hosts=("EX2",)), {("ex1", "ex2"), (None, "ex2"), ("ex2", "ex2"), ("ex2", "a.example")}),
        (Selection(services=("Transport",), hosts=("ex1",)), {("ex1", "ex1"), ("ex1", "ex2")}),
        (Selection(hosts=("nothing",)), set()),
        (Selection(hosts=("mx7.a.example",)), {(None, "a.example"), ("a.example", "ex1"), ("ex2", "a.example")}),
    ],
)
def test_legs_are_selected_by_patterns(selection: Selection, expected: set[tuple[str | None, str | None]]) -> None:
    assert legs(selection) == expected


def test_selected_servers_match_and_message_counts_are_unchanged() -> None:
    found = select(WHOLE, Selection(hosts=("ex1",)))
    assert found.servers.keys() == {"ex1"}
    assert (found.messages, found.services) == (2, WHOLE.services)
    assert LegKey("Front End Transport", "ex1", "Transport", "ex1") in found.legs


def test_without_a_selection_everything_is_kept() -> None:
    assert select(WHOLE, Selection()) is WHOLE
