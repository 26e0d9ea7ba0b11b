"""The most common path of a dump, and what a migration changes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.classifier import pipeline
from hopscope.comparison import compare, compare_with_model
from hopscope.comparison.migration import changes
from hopscope.comparison.typical import typical
from hopscope.data import table
from hopscope.model import Route, Service, Stage
from tests.analysis.messages import FE, MBX, POSTFIX, mapi, message, smtp

MB1, MB2, CA1 = (f"{name}.contoso.example" for name in ("mb1", "mb2", "ca1"))
MX = "mx.partner.example"


def timed(*stamps: tuple[str, int]) -> Route:
    """A message whose Received fields, oldest first, have these seconds."""
    return message(*(f"{stamp}; Wed, 8 Mar 2017 11:15:{second:02} +0100" for stamp, second in stamps))


def inbound(wait: int, build: str = "15.1.2507.39", server: str = MB1) -> Route:
    return timed(
        (smtp(MX, CA1, build, FE), 0), (smtp(CA1, server, build), 1), (smtp(server, server, build, MBX), 1 + wait)
    )


INTERNAL = message(mapi(MB1), smtp(MB1, MB1), smtp(MB1, MB1, via=MBX))


def test_the_most_frequent_path_is_typical() -> None:
    found = typical([INTERNAL, inbound(2), inbound(40, server=MB2), inbound(4)])
    assert found is not None
    assert (found.messages, found.matching_messages) == (4, 3)
    assert [hop.label.service for hop in found.route.hops] == [
        Service.FRONT_END,
        Service.TRANSPORT,
        Service.MAILBOX_TRANSPORT,
    ]
    assert [hop.delay for hop in found.route.hops] == [None, timedelta(seconds=1), timedelta(seconds=4)]
    assert found.total_delay == timedelta(seconds=5)


def test_the_first_of_equally_frequent_paths_is_typical() -> None:
    found = typical([INTERNAL, inbound(2)])
    assert found is not None
    assert found.route is INTERNAL


def test_runs_of_other_systems_count_as_one_hop() -> None:
    short, long = message(POSTFIX, smtp(MX, CA1, via=FE)), message(POSTFIX, POSTFIX, smtp(MX, CA1, via=FE))
    found = typical([INTERNAL, long, short, long])
    assert found is not None
    assert (found.messages, found.matching_messages, len(found.route.hops)) == (4, 3, 3)


def test_one_message_is_its_own_typical_path() -> None:
    found = typical([INTERNAL])
    assert found is not None
    assert found.route is INTERNAL
    assert (found.messages, found.matching_messages, found.total_delay) == (1, 1, INTERNAL.total_delay)


def test_no_messages() -> None:
    assert typical([]) is None


def test_only_the_common_part_of_builds_is_kept() -> None:
    found = typical([inbound(1, "15.1.2507.39"), inbound(1, "15.1.2507.6")])
    assert found is not None
    label = found.route.hops[1].label
    assert (label.product, label.release, label.build) == ("Exchange Server 2016", None, None)
    mixed = typical([inbound(1), inbound(1, "15.2.1544.4")])
    assert mixed is not None
    assert mixed.route.hops[1].label.product is None


def test_undated_hops_have_no_median() -> None:
    undated = timed((smtp(MX, CA1, via=FE), 0))
    found = typical([undated, undated])
    assert found is not None
    assert (found.route.hops[0].delay, found.total_delay) == (None, None)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=7))
def test_a_median_lies_between_the_delays(waits: list[int]) -> None:
    found = typical(inbound(wait) for wait in waits)
    assert found is not None
    delay = found.route.hops[2].delay
    assert delay is not None
    assert min(waits) <= delay.total_seconds() <= max(waits)
    assert (found.messages, found.matching_messages) == (len(waits), len(waits))


def test_comparison_of_two_dumps() -> None:
    before, after = typical([inbound(1), inbound(3), INTERNAL]), typical([inbound(10)])
    assert before is not None
    assert after is not None
    comparison = compare(before, after)
    assert comparison.same
    assert (comparison.left.messages, comparison.left.matching_messages) == (3, 2)
    assert comparison.left.total_delay == timedelta(seconds=3)
    assert (comparison.right.messages, comparison.right.matching_messages) == (1, 1)
    assert compare_with_model(before, "2016").left.matching_messages == 2


P2010, V2010 = "14.03.0496.000", "14.3.496.0"
RPC = "One more SMTP hop: Transport sends to Mailbox Transport Delivery; the store driver no longer delivers by RPC."


@pytest.mark.parametrize(
    ("route", "model", "stages"),
    [
        (message(mapi(MB1, CA1, P2010), smtp(CA1, MB2, V2010)), "2013", ["submission", "transport", "delivery"]),
        (message(mapi(MB1, CA1, P2010)), "2019", ["submission", "transport", "delivery"]),
        (message(smtp(MX, CA1, V2010)), "2016", ["front end", "transport", "delivery"]),
        (INTERNAL, "2010", ["submission", "transport", "delivery"]),
        (inbound(1), "2010", ["front end", "transport", "delivery"]),
        (inbound(1, "15.0.1497.2"), "2019", ["front end"]),
        (inbound(1), "2019", []),
        (inbound(1), "Online", ["front end", "delivery"]),
        (message(smtp(MX, CA1, V2010)), "Online", ["front end", "delivery"]),
        (message(POSTFIX), "2013", []),
    ],
)
def test_what_another_generation_changes(route: Route, model: str, stages: list[str]) -> None:
    sentences = compare_with_model(route, model).changes
    stage_of = {row["text"]: row["stage"] for row in table("migrations")}
    assert [stage_of[sentence] for sentence in sentences] == stages


def test_two_messages_of_two_generations() -> None:
    before = message(mapi(MB1, CA1, P2010), smtp(CA1, MB2, V2010))
    assert RPC in compare(before, INTERNAL).changes
    assert RPC not in compare(INTERNAL, before).changes
    assert compare(INTERNAL, INTERNAL).changes == ()


def test_the_table_of_changes_names_known_services() -> None:
    for row in table("migrations"):
        assert set(row["from"].split()) | set(row["to"].split()) <= set(pipeline.generations())
        assert not set(row["from"].split()) & set(row["to"].split())
        had, has = {"more": (False, True), "less": (True, False), "other": (True, True)}[row["change"]]
        before, after = row["from"].split()[0], row["to"].split()[0]
        assert row["text"] in changes(before, after, Stage(row["stage"]), had=had, has=has)
        assert row["text"].endswith(".")


def test_no_change_at_a_stage_missing_on_both_sides() -> None:
    assert list(changes("2010", "2013", Stage.DELIVERY, had=False, has=False)) == []
    assert list(changes("", "2013", Stage.DELIVERY, had=False, has=True)) == []
