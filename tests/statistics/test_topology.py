"""The topology of a dump: its counts, and the observations in known organisations."""

import pytest

from hopscope.model import Stage
from hopscope.statistics.clock_offsets import skew
from hopscope.statistics.legs import legs
from hopscope.statistics.saved import dumps, loads
from hopscope.statistics.summary import Summary
from hopscope.statistics.topology import Observation, ObservationKind, Topology, topology

from .organisations import message, stamps_of, summary


def observation_kinds(whole: Topology) -> set[ObservationKind]:
    return {each.kind for each in whole.observations}


INBOUND = [
    message(
        *stamps_of(f"out:a{number % 3}.example", f"fe:ex{number % 2}", f"tr:ex{number % 2}", f"mb:ex{(number + 1) % 2}")
    )
    for number in range(120)
]


def test_nodes_and_edges_have_the_counts_of_the_summary() -> None:
    whole = topology(summary(INBOUND))
    assert sum(node.hops for node in whole.nodes) == 480
    assert sum(node.messages_originated for node in whole.nodes) == 120
    assert sum(edge.count for edge in whole.edges) == 360
    (node,) = (node for node in whole.nodes if node.key == "Transport@ex0")
    assert node.hops == 60
    legs = {(edge.tail, edge.head, edge.tls): edge for edge in whole.edges}
    edge = legs["Front End Transport@ex0", "Transport@ex0", "TLS1.2"]
    assert (edge.count, edge.p90, edge.most, edge.negative) == (60, 1.0, 1, 0)
    assert whole.nodes[0].stage is Stage.OUTSIDE


def test_each_kind_of_security_is_a_parallel_edge() -> None:
    found = [
        message(*stamps_of("tr:ex1", "mb:ex2"), tls=tls) for tls in (None, "TLS1.0 A", "TLS1.2 A", "TLS1.2 B", "TLS")
    ]
    edges = topology(summary(found)).edges
    assert [(edge.tls, edge.count) for edge in edges] == [("", 1), ("TLS", 1), ("TLS1.0", 1), ("TLS1.2", 2)]


def test_an_ordinary_organisation_has_only_share_observations() -> None:
    assert observation_kinds(topology(summary(INBOUND))) == {ObservationKind.SHARES}


def test_the_rarest_systems_outside_are_one_node_with_exact_counts() -> None:
    found = [message(*stamps_of(f"out:a{number}.example", "fe:ex1")) for number in range(10) for _ in range(number + 1)]
    whole = topology(summary(found), top=3)
    outside = {node.key: node for node in whole.nodes if node.stage is Stage.OUTSIDE}
    assert outside.keys() == {"other MTA@a9.example", "other MTA@a8.example", "other MTA@a7.example", "7 other systems"}
    assert (outside["7 other systems"].hops, outside["7 other systems"].members) == (28, 7)
    assert sum(edge.count for edge in whole.edges) == 55


def test_one_system_above_the_limit_is_not_grouped() -> None:
    found = [message(*stamps_of(f"out:a{number}.example", "fe:ex1")) for number in range(4)]
    assert len(topology(summary(found), top=3).nodes) == 5


ROUND = ("tr:ex1.a.example", "tr:ex2.a.example", "tr:ex3.a.example")
RELAYS = ("out:a.example", "out:b.example")


@pytest.mark.parametrize(
    ("paths", "observed"),
    [
        pytest.param(
            [(*ROUND, *ROUND, ROUND[0])], "The message loops: it returns to {0}: {0} -> {1} -> {2} -> {0}.", id="one"
        ),
        pytest.param(
            [(*ROUND, *ROUND, ROUND[0]), ("fe:ex1.a.example", ROUND[0])],
            "1 hop of a message in a loop returns to {0}: {0} -> {1} -> {2} -> {0}.",
            id="three passes",
        ),
        pytest.param(
            [(*ROUND, *ROUND, *ROUND, ROUND[0]), (*ROUND, *ROUND, ROUND[0])],
            "3 hops of messages in a loop return to {0}: {0} -> {1} -> {2} -> {0}.",
            id="several messages",
        ),
        pytest.param([ROUND[:2], ROUND[1::-1]], None, id="both directions"),
        pytest.param([ROUND[:2], ROUND[1:], (ROUND[2], ROUND[0])], None, id="a circle of three"),
        pytest.param([(*ROUND, ROUND[0])], None, id="back once, as from a scanner"),
        pytest.param([(ROUND[0],) * 5], None, id="one server"),
        pytest.param([(*[ROUND[0]] * 3, "mb:ex1.a.example", "mb:ex1.a.example")] * 2, None, id="repeated fields"),
        pytest.param([("mapi:ex1.a.example", ROUND[0], "mb:ex1.a.example")], None, id="services of one server"),
        pytest.param([(*RELAYS, *RELAYS, RELAYS[0])], None, id="domains met again"),
        pytest.param([("out:a.example", "out:localhost") * 4], None, id="a content filter"),
        pytest.param([("tr:Exchange Online", "fe:Exchange Online") * 4], None, id="a name of many machines"),
        pytest.param([("tr:", "mb:") * 4], None, id="no names"),
    ],
)
def test_only_a_message_that_returns_again_is_a_loop(paths: list[tuple[str, ...]], observed: str | None) -> None:
    merged = Summary()
    for path in paths:
        merged.merge(loads(dumps(summary([message(*stamps_of(*path))]))))
    whole = topology(merged)
    loops = [each.text for each in whole.observations if each.kind is ObservationKind.LOOP]
    names = [f"Transport@ex{number}.a.example" for number in (1, 2, 3)]
    assert loops == ([observed.format(*names)] if observed else [])
    assert [edge.head for edge in whole.edges if edge.loops] == names[: bool(observed)]


def test_a_loop_of_domains_is_a_loop() -> None:
    (loop,) = topology(summary([message(*stamps_of(*RELAYS * 4))])).observations
    assert loop.kind is ObservationKind.LOOP


def single_points(hub: str) -> list[Observation]:
    """What is observed of one hub between three front ends and three mailbox servers."""
    found = [message(*stamps_of(f"fe:ex{number % 3}", f"tr:{hub}", f"mb:ex{number % 3}")) for number in range(60)]
    return [each for each in topology(summary(found)).observations if each.kind is ObservationKind.SINGLE_POINT]


def test_exchange_online_is_never_called_a_single_point_of_failure() -> None:
    assert single_points("Exchange Online") == []


def test_a_single_point_of_failure_is_named() -> None:
    points = single_points("hub")
    assert [each.nodes for each in points] == [("Transport@hub",)]
    assert "All 60 hops of Transport are on one server, hub; it receives from 3 and sends to 3." in points[0].text


def test_different_inbound_and_outbound_servers_are_reported() -> None:
    found = [message(*stamps_of("out:a.example", "fe:ex1", "tr:ex1")) for _ in range(30)]
    found += [message(*stamps_of("tr:ex2", "out:a.example")) for _ in range(30)]
    (told,) = (each for each in topology(summary(found)).observations if each.kind is ObservationKind.ASYMMETRIC)
    assert told.text == ("Mail from a.example arrives at ex1 (30 messages), but mail to it leaves from ex2 (30).")


def test_uneven_shares_are_distinguished_from_even_ones() -> None:
    found = [message(*stamps_of("fe:ex1", "tr:ex2" if number % 10 else "tr:ex3")) for number in range(100)]
    (told,) = (each for each in topology(summary(found)).observations if each.kind is not ObservationKind.SINGLE_POINT)
    assert told.kind is ObservationKind.UNEVEN
    assert told.text.endswith("unevenly over 2 Transport servers: ex2 90 %, ex3 10 %; an even share is 50 % each.")


def test_even_shares_of_several_servers_are_one_observation() -> None:
    found = [
        message(*stamps_of(f"fe:ex{number % 3}", f"tr:ex{number // 3 % 2}", f"mb:ex{number % 2}"))
        for number in range(240)
    ]
    assert [each.text for each in topology(summary(found)).observations] == [
        "3 Front End Transport servers distribute 240 messages evenly over 2 Transport servers.",
        "2 Transport servers distribute 240 messages evenly over 2 Mailbox Transport servers.",
    ]


def test_few_messages_show_no_pattern() -> None:
    found = [message(*stamps_of("fe:ex1", f"tr:ex{number}", "mb:ex1")) for number in range(3)]
    assert observation_kinds(topology(summary(found))) == set()


def test_an_empty_dump_has_an_empty_topology() -> None:
    assert topology(Summary()) == Topology(messages=0)


def test_delays_between_skewed_clocks_are_corrected() -> None:
    ahead = [message(*stamps_of("tr:a.corp.example", "tr:b.corp.example"), took=63)] * 6
    back = [message(*stamps_of("tr:b.corp.example", "tr:a.corp.example"), took=-57)] * 6
    exact = [message(*stamps_of("tr:a.corp.example", "tr:c.corp.example"), took=20)] * 6
    returned = [message(*stamps_of("tr:c.corp.example", "tr:a.corp.example"), took=20)] * 6
    edges = topology(summary([*ahead, *back, *exact, *returned])).edges
    corrected = {(edge.tail, edge.head): (edge.most, edge.corrected_most) for edge in edges}
    a, b, c = (f"Transport@{name}.corp.example" for name in "abc")
    assert corrected == {
        (a, b): (63, pytest.approx(3)),
        (b, a): (-57, pytest.approx(3)),
        (a, c): (20, None),
        (c, a): (20, None),
    }


def test_delays_that_messages_correct_are_those_of_the_tables_of_legs() -> None:
    found = summary([message(*stamps_of("out:a.example", "tr:b.corp.example"), took=took) for took in (-13, -12, 40)])
    leg = next(leg for key, leg in found.legs.items() if key.from_service is not None)
    leg.corrected = leg.delay.moved(14.0)
    timed = next(leg for leg in legs(found, skew(found)) if leg.key.from_service is not None)
    (edge,) = topology(found).edges
    assert (edge.p50, edge.most) == (leg.delay.quantile(0.5), 40.0)
    figures = (timed.quantile(0.5), timed.quantile(0.9), timed.most)
    assert (edge.corrected_p50, edge.corrected_p90, edge.corrected_most) == figures
    assert edge.corrected_p50 == pytest.approx(2, rel=0.02)
