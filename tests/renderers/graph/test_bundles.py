"""What is drawn as one: full meshes, many servers; and what is apart: senders and receivers."""

import re

import pytest

from hopscope.renderers.graph import render
from hopscope.renderers.graph.bundles import MOST_ARROWS, Side, drawing
from hopscope.statistics.topology import topology
from tests.statistics.organisations import message, stamps_of, summary

Paths = list[tuple[str, ...]]


def mesh(tails: str, heads: str, domain: str = "x.example") -> Paths:
    """Every front end to every transport server of these names."""
    return [(f"fe:{tail}.{domain}", f"tr:{head}.{domain}") for tail in tails for head in heads]


@pytest.mark.parametrize(
    ("paths", "groups"),
    [
        pytest.param(mesh("abcd", "rstuvw"), [["a", "b", "c", "d"], ["r", "s", "t", "u", "v", "w"]], id="4 by 6"),
        pytest.param(mesh("ab", "rs"), [["a", "b"], ["r", "s"]], id="2 by 2"),
        pytest.param(mesh("a", "rstu"), [["a"], ["r"], ["s"], ["t"], ["u"]], id="one to many"),
        pytest.param(mesh("abcd", "r"), [["a"], ["b"], ["c"], ["d"], ["r"]], id="many to one"),
        pytest.param(mesh("abc", "rs") + mesh("d", "r"), [["a", "b", "c"], ["d"], ["r", "s"]], id="an incomplete one"),
        pytest.param(mesh("ab", "r") + mesh("bc", "s"), [["a"], ["b"], ["c"], ["r"], ["s"]], id="a chain"),
        pytest.param(
            mesh("ab", "rs") + mesh("cd", "tu"), [["a", "b"], ["c", "d"], ["r", "s"], ["t", "u"]], id="two sites"
        ),
        pytest.param(
            [(f"tr:{tail}.x.example", f"tr:{head}.x.example") for tail in "abc" for head in "abc"],
            [["a"], ["b"], ["c"]],
            id="one service",
        ),
    ],
)
def test_full_meshes_are_one_group_per_service(paths: Paths, groups: list[list[str]]) -> None:
    whole = topology(summary(message(*stamps_of(*path)) for path in paths))
    drawn = drawing(whole)
    assert sorted([drawn.names[node.key] for node in group.nodes] for group in drawn.groups) == groups
    assert sum(bundle.count for bundle in drawn.bundles) == len(paths)
    assert sum(len(bundle.legs) for bundle in drawn.bundles) == len({(edge.tail, edge.head) for edge in whole.edges})


@pytest.mark.parametrize(
    ("paths", "sides"),
    [
        pytest.param([("out:p.example", "fe:a.x.example")], {Side.SENDER: 1, Side.ORGANISATION: 1}, id="in"),
        pytest.param([("tr:a.x.example", "out:p.example")], {Side.RECEIVER: 1, Side.ORGANISATION: 1}, id="out"),
        pytest.param(
            [("out:p.example", "fe:a.x.example"), ("fe:a.x.example", "out:p.example")],
            {Side.SENDER: 1, Side.RECEIVER: 1, Side.ORGANISATION: 1},
            id="both",
        ),
        pytest.param(
            [("out:c.example", "out:p.example", "fe:a.x.example", "out:q.example", "out:r.example")],
            {Side.SENDER: 2, Side.RECEIVER: 2, Side.ORGANISATION: 1},
            id="over relays",
        ),
        pytest.param([("out:c.example", "out:p.example")], {Side.SENDER: 2}, id="no organisation"),
        pytest.param([("out:c.example",)], {Side.SENDER: 1}, id="one hop"),
    ],
)
def test_senders_and_receivers_are_apart(paths: Paths, sides: dict[Side, int]) -> None:
    drawn = drawing(topology(summary(message(*stamps_of(*path)) for path in paths)))
    shown = [group.side for group in drawn.groups]
    assert {side: shown.count(side) for side in Side if side in shown} == sides


def test_the_least_busy_of_many_servers_are_one_group() -> None:
    paths = [(f"fe:f{n * 7 % 60}.x.example", f"tr:t{n * 11 % 79}.x.example") for n in range(900)]
    drawn = drawing(topology(summary(message(*stamps_of(*path)) for path in paths)))
    assert len(drawn.bundles) <= MOST_ARROWS
    assert sum(len(group.nodes) for group in drawn.groups) == 139
    assert sum(bundle.count for bundle in drawn.bundles) == 900
    table = render("plain", topology(summary(message(*stamps_of(*path)) for path in paths)))
    assert re.search(r"FE f\d+ \+\d+: f\d+, .* and \d+ more servers\n", table)


@pytest.mark.parametrize(
    ("hosts", "domain", "names"),
    [
        (("a.corp.example", "b.corp.example"), "corp.example", ["a", "b"]),
        (("a.s1.corp.example", "b.corp.example"), "corp.example", ["a.s1", "b"]),
        (("a.corp.example", "b.other.test"), "corp.example", ["a", "b.other.test"]),
        (("a.corp.example", "b.other.example"), "other.example", ["a.corp.example", "b"]),
        (("a", "a.corp.example"), "corp.example", ["a", "a.corp.example"]),
        (("a.corp.example", "b"), "corp.example", ["a", "b"]),
        (("a", "b"), "", ["a", "b"]),
    ],
)
def test_the_common_domain_is_named_once(hosts: tuple[str, ...], domain: str, names: list[str]) -> None:
    drawn = drawing(topology(summary([message(*stamps_of(*(f"tr:{host}" for host in hosts)))])))
    assert (drawn.domain, [drawn.names[group.key] for group in drawn.groups]) == (domain, names)
