"""Comparison of two paths: rows by stage, reasons for missing stages, and the verdict."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope.classifier import pipeline
from hopscope.comparison import Comparison, Row, compare, compare_with_model
from hopscope.errors import OptionError
from hopscope.model import Route, Service, Stage

SAMPLES = {path.stem: path for path in sorted((Path(__file__).parent.parent.parent / "samples").glob("*.eml"))}
NO_FRONT_END_2010 = "Exchange 2010 has no Front End Transport: Hub Transport receives on port 25 itself"
FROM_MAILBOX = "submitted from a mailbox, not through Front End Transport"
BY_SMTP = "not submitted from a mailbox"
RPC_2010 = "Exchange 2010 delivers by RPC and adds no Received field"
LEFT = "sent to another mail system"
ELSEWHERE = "fewer transport hops on this side"
NO_EXCHANGE = "no Received field of an Exchange service"
NO_OTHER = "no hop of another mail system"
ONE_SERVER = "on one server the store driver submits to Hub Transport without SMTP, so only the mapi hop is recorded"
A, B = "a.example (10.0.0.1)", "b.example (10.0.0.2)"
POSTFIX = "from a.example (a.example [192.0.2.9]) by y.example (Postfix) with ESMTP id A1"
MAPI, MAPI_2010 = f"from {A} by {A} with mapi id 15.01.2507.039", f"from {A} by {A} with mapi id 14.03.0496.000"


def smtp(sender: str, server: str, build: str = "15.1.2507.39", via: str = "") -> str:
    return f"from {sender} by {server} with Microsoft SMTP Server (TLS) id {build}{via}"


def read(*stamps: str, headers: str = "") -> Route:
    """A labelled message with these stamps, oldest first."""
    text = "".join(f"Received: {stamp}; Wed, 8 Mar 2017 11:15:00 +0100\n" for stamp in reversed(stamps))
    return hopscope.read(f"{text}{headers}Subject: test\n\n")


def sample(name: str) -> Route:
    return hopscope.read(SAMPLES[name].read_bytes(), source=name)


def shown(row: Row) -> tuple[str, str | None, str | None]:
    """Stage and both sides: ``number service``, or the reason why the stage is missing."""
    sides = []
    for step, reason in ((row.left, row.left_reason), (row.right, row.right_reason)):
        number = f"{step.hop.number} " if step and step.hop else ""
        sides.append(f"{number}{step.service}" if step else reason)
    return (str(row.stage), sides[0], sides[1])


def rows(comparison: Comparison) -> list[tuple[str, str | None, str | None]]:
    return [shown(row) for row in comparison.rows]


def ending_at_edge() -> Route:
    """A message whose last hop is labelled Edge Transport, which is the end of no path."""
    (hop,) = read(MAPI_2010).hops
    return Route(hops=(replace(hop, label=replace(hop.label, service=Service.EDGE_TRANSPORT)),))


def test_2010_with_2013() -> None:
    comparison = compare(sample("exchange-2010-internal"), sample("exchange-2013-internal"))
    assert rows(comparison) == [
        ("submission", "1 mapi submission", "1 mapi submission"),
        ("front end", NO_FRONT_END_2010, FROM_MAILBOX),
        ("transport", "2 Hub Transport", "2 Transport"),
        ("delivery", RPC_2010, "3 Mailbox Transport"),
    ]
    assert not comparison.same
    for side, name, seconds in ((comparison.left, "2010", 4), (comparison.right, "2013", 3)):
        assert side.title == f"exchange-{name}-internal"
        assert side.products == (f"Exchange Server {name}",)
        assert side.total_delay is not None
        assert side.total_delay.total_seconds() == seconds
        assert side.message_id


def test_a_message_that_left_has_no_delivery() -> None:
    comparison = compare(read(MAPI, smtp(A, A), POSTFIX), sample("postfix-to-gmail"))
    assert rows(comparison) == [
        ("submission", "1 mapi submission", NO_EXCHANGE),
        ("front end", FROM_MAILBOX, NO_EXCHANGE),
        ("transport", "2 Transport", NO_EXCHANGE),
        ("delivery", LEFT, NO_EXCHANGE),
        ("outside Exchange", "3 other MTA", "1 other MTA"),
        ("outside Exchange", "fewer hops of other systems", "2 other MTA"),
        ("outside Exchange", "fewer hops of other systems", "3 other MTA"),
    ]


def test_another_mail_system_on_one_side_only() -> None:
    comparison = compare(read(MAPI, smtp(A, A)), read(MAPI, smtp(A, A), POSTFIX))
    assert rows(comparison)[-2:] == [
        ("delivery", "no Received field of a delivery", LEFT),
        ("outside Exchange", NO_OTHER, "3 other MTA"),
    ]
    assert not comparison.same


def test_2010_that_left() -> None:
    assert rows(compare(read(MAPI_2010, POSTFIX), read(MAPI_2010, POSTFIX))) == [
        ("submission", "1 mapi submission", "1 mapi submission"),
        ("front end", NO_FRONT_END_2010, NO_FRONT_END_2010),
        ("transport", ONE_SERVER, ONE_SERVER),
        ("delivery", LEFT, LEFT),
        ("outside Exchange", "2 other MTA", "2 other MTA"),
    ]


@pytest.mark.parametrize(
    ("route", "reasons"),
    [
        pytest.param(read(MAPI_2010), [None, NO_FRONT_END_2010, ONE_SERVER, RPC_2010], id="2010, one server"),
        pytest.param(
            read(MAPI),
            [None, FROM_MAILBOX, "no Received field of Transport", "no Received field of a delivery"],
            id="2016, cut off",
        ),
        pytest.param(
            ending_at_edge(),
            [BY_SMTP, NO_FRONT_END_2010, None, "no Received field of a delivery"],
            id="Edge Transport of 2010 has no mailboxes to deliver to",
        ),
        pytest.param(
            sample("authenticated-client"),
            [
                "submitted by an authenticated SMTP client",
                (
                    "Front End Transport on EX16-01.corp.example.com accepted the client session "
                    "and adds no Received field for it"
                ),
                None,
                None,
            ],
            id="client",
        ),
        pytest.param(
            read(smtp("[192.0.2.7]", A), headers="X-ClientProxiedBy: FE.example To B.example\n"),
            [BY_SMTP, "no Received field of Front End Transport", None, "no Received field of a delivery"],
            id="client of another server",
        ),
        pytest.param(read(POSTFIX), [NO_EXCHANGE] * 4, id="no Exchange"),
        pytest.param(read(), [NO_EXCHANGE] * 4, id="no hops"),
    ],
)
def test_reasons(route: Route, reasons: list[str | None]) -> None:
    found = {row.stage: row.left_reason for row in compare(route, route).rows}
    stages = (Stage.SUBMISSION, Stage.FRONT_END, Stage.TRANSPORT, Stage.DELIVERY)
    assert [found[stage] for stage in stages] == reasons


def test_the_same_stage_twice() -> None:
    stamps = [MAPI, smtp(A, A), smtp(A, B), smtp(B, B, via=" via Mailbox Transport")]
    comparison = compare(read(*stamps), read(stamps[0], stamps[1], stamps[3]))
    assert rows(comparison) == [
        ("submission", "1 mapi submission", "1 mapi submission"),
        ("front end", FROM_MAILBOX, FROM_MAILBOX),
        ("transport", "2 Transport", "2 Transport"),
        ("transport", "3 Transport", ELSEWHERE),
        ("delivery", "4 Mailbox Transport", "3 Mailbox Transport"),
    ]
    assert not comparison.same


def test_runs_of_other_systems_count_as_one() -> None:
    inside = [smtp("x (192.0.2.7)", A, via=" via Frontend Transport"), smtp(A, A)]
    assert compare(read(POSTFIX, *inside), read(POSTFIX, POSTFIX, POSTFIX, *inside)).same
    assert not compare(read(POSTFIX, *inside), read(*inside)).same


@pytest.mark.parametrize("name", SAMPLES)
def test_a_message_with_itself(name: str) -> None:
    comparison = compare(sample(name), sample(name))
    assert comparison.same
    assert all((row.left, row.left_reason) == (row.right, row.right_reason) for row in comparison.rows)


@pytest.mark.parametrize(("left", "right"), list(product(SAMPLES, SAMPLES)))
def test_the_same_from_both_sides(left: str, right: str) -> None:
    one, other = compare(sample(left), sample(right)), compare(sample(right), sample(left))
    assert one.same == other.same
    assert (one.left, one.right) == (other.right, other.left)


STAMPS = [
    MAPI,
    MAPI_2010,
    POSTFIX,
    smtp(A, B),
    smtp(A, A, via=" via Frontend Transport"),
    smtp(A, A, via=" via Mailbox Transport"),
    smtp(A, B, "14.3.496.0"),
    smtp(A, B, "x"),
]
paths = st.lists(st.sampled_from(STAMPS), max_size=6)


@given(paths, paths)
def test_any_two_paths(left: list[str], right: list[str]) -> None:
    comparison = compare(read(*left), read(*right))
    assert comparison.same == compare(read(*right), read(*left)).same
    assert [row.left for row in comparison.rows if row.left] == list(comparison.left.steps)
    assert [row.right for row in comparison.rows if row.right] == list(comparison.right.steps)
    for row in comparison.rows:
        assert (row.left is None) == bool(row.left_reason)
        assert (row.right is None) == bool(row.right_reason)
    stages = {row.stage for row in comparison.rows}
    assert stages | {Stage.OUTSIDE} == set(Stage)


# The generation whose documented path a sample follows; None: it passes servers of two generations, or no server.
OWN_MODEL = {
    "authenticated-client": "2016",
    "coexistence-2010-to-2013": None,
    "exchange-2010-internal": "2010",
    "exchange-2013-internal": "2013",
    "exchange-2016-inbound": "2016",
    "exchange-2019-inbound": "2019",
    "exchange-online-inbound": "Online",
    "exchange-online-spam": "Online",
    "inbound-edge-2010-to-2013": "2013",  # after an Edge Transport, which may precede the path of every model
    "postfix-to-gmail": None,
}


@pytest.mark.parametrize(("name", "generation"), list(product(SAMPLES, pipeline.generations())))
def test_models(name: str, generation: str) -> None:
    comparison = compare_with_model(sample(name), generation)
    alike = [("2007", "2010"), ("2013", "2016", "2019", "SE"), ("Online",)]
    own = next((each for each in alike if OWN_MODEL[name] in each), ())
    assert comparison.same == (generation in own)
    assert (comparison.right.title, comparison.right.releases) == ("documented mail flow", (f"Exchange {generation}",))
    assert all(row.stage is not Stage.OUTSIDE for row in comparison.rows)


def test_2013_with_the_model_of_2010() -> None:
    comparison = compare_with_model(sample("exchange-2013-internal"), "2010")
    assert rows(comparison) == [
        ("submission", "1 mapi submission", "mapi submission"),
        ("front end", FROM_MAILBOX, NO_FRONT_END_2010),
        ("transport", "2 Transport", "Hub Transport"),
        (
            "delivery",
            "3 Mailbox Transport",
            "the store driver of Hub Transport delivers by RPC and adds no Received field",
        ),
    ]
    assert not comparison.same


def test_client_with_its_model() -> None:
    comparison = compare_with_model(sample("authenticated-client"), "2016")
    assert [row[2] for row in rows(comparison)] == [
        "submitted by an authenticated SMTP client",
        "Front End Transport adds no Received field for an authenticated session; X-ClientProxiedBy names it",
        "Transport",
        "Mailbox Transport",
    ]


@pytest.mark.parametrize(
    ("route", "generation", "delivery"),
    [
        pytest.param(read(MAPI_2010, POSTFIX), "2010", LEFT, id="2010 that left"),
        pytest.param(
            read(MAPI_2010),
            "2010",
            "the store driver of Hub Transport delivers by RPC and adds no Received field",
            id="2010",
        ),
        pytest.param(read(MAPI, smtp(A, A), POSTFIX), "2016", LEFT, id="2016 that left"),
        pytest.param(read(MAPI, smtp(A, A), smtp(A, B), POSTFIX), "2016", LEFT, id="two servers of one service"),
    ],
)
def test_same_as_the_model(route: Route, generation: str, delivery: str) -> None:
    comparison = compare_with_model(route, generation)
    assert comparison.same
    assert [row.right_reason for row in comparison.rows if row.stage is Stage.DELIVERY] == [delivery]


def test_a_message_without_exchange_with_a_model() -> None:
    comparison = compare_with_model(sample("postfix-to-gmail"), "2013")
    assert rows(comparison) == [
        ("submission", NO_EXCHANGE, BY_SMTP),
        ("front end", NO_EXCHANGE, "Front End Transport"),
        ("transport", NO_EXCHANGE, "Transport"),
        ("delivery", NO_EXCHANGE, "Mailbox Transport"),
    ]


def test_unknown_generation() -> None:
    with pytest.raises(OptionError, match="2012"):
        compare_with_model(sample("exchange-2013-internal"), "2012")
