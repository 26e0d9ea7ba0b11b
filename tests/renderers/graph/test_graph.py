"""Every format of the topology can be parsed, for any names."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from io import BytesIO

import networkx as nx  # noqa: TID253 - it reads back what was written
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.renderers.graph import FORMATS, render
from hopscope.renderers.graph.bundles import Bundle, drawing
from hopscope.renderers.graph.svg import picture
from hopscope.renderers.text.escape import visible
from hopscope.statistics.summary import Summary
from hopscope.statistics.topology import Topology, topology
from tests.statistics.organisations import message, stamps_of, summary

from ..documents import checked
from ..strategies import HOSTILE, unsafe_characters

DOT_PROGRAM = shutil.which("dot")
NAMES = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=12) | st.just("x" * 10_000)


@st.composite
def topologies(draw: st.DrawFn) -> Topology:
    names = draw(st.lists(NAMES | st.just(""), min_size=1, max_size=4))
    ends = st.tuples(st.sampled_from(["out", "fe", "tr", "mb"]), st.sampled_from(names)).map(":".join)
    ways = draw(st.lists(st.lists(ends, min_size=1, max_size=4), min_size=1, max_size=6))
    tls = st.none() | NAMES
    return topology(summary(message(*stamps_of(*each), tls=draw(tls)) for each in ways), top=draw(st.integers(0, 4)))


@given(topologies())
def test_json_is_read_back_by_networkx(whole: Topology) -> None:
    found = checked(render("json", whole))
    assert found["schema"] == "hopscope-graph/2"
    graph = nx.node_link_graph(found, edges="edges")
    assert graph.number_of_nodes() == len(whole.nodes)
    assert sorted(edge["count"] for *_, edge in graph.edges(data=True)) == sorted(edge.count for edge in whole.edges)


@given(topologies())
def test_graphml_is_read_back_by_networkx(whole: Topology) -> None:
    graph = nx.read_graphml(BytesIO(render("graphml", whole).encode()), force_multigraph=True)
    names = sorted(str(node["name"]) for _, node in graph.nodes(data=True))
    assert names == sorted(visible(node.key) for node in whole.nodes)
    assert sorted(edge["count"] for *_, edge in graph.edges(data=True)) == sorted(edge.count for edge in whole.edges)


@given(topologies())
def test_svg_is_read_back_and_has_every_group_and_bundle(whole: Topology) -> None:
    root = ET.fromstring(render("svg", whole))  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    drawn = drawing(whole)
    assert len(list(root.iter(f"{space}rect"))) == len(drawn.groups)
    assert len(list(root.iter(f"{space}path"))) == len(arrows(whole))
    assert not {each.tag for each in root.iter()} & {f"{space}script", f"{space}image", f"{space}a"}


def arrows(whole: Topology) -> list[Bundle]:
    return [bundle for bundle in drawing(whole).bundles if bundle.tail != bundle.head]


STRING = r'"(?:[^"\\\n]|\\.)*"'
DOT = (
    rf'digraph {STRING} \{{\n  graph \[rankdir=LR, fontname="Helvetica", labelloc=t, label={STRING}\]\n'
    r'  node \[fontname="Helvetica"\]\n  edge \[fontname="Helvetica", fontsize=10\]\n'
    rf'(?P<nodes>(?:  n\d+ \[label={STRING}, shape=\w+(?:, peripheries=2|, style="rounded,dashed")?\]\n)*)'
    rf"(?P<edges>(?:  n\d+ -> n\d+ \[label={STRING}, style=\w+\]\n)*)\}}\n"
)
LABEL = r'"[^"\n]*"'
MERMAID = (
    r"flowchart LR\n  %% [^\n]*\n  %% [^\n]*\n"
    rf"(?P<nodes>(?:  n\d+(?:\[{LABEL}\]|\[\[{LABEL}\]\]|\({LABEL}\))\n)*)"
    rf"(?P<edges>(?:  n\d+ (?:-->|-\.->)\|{LABEL}\| n\d+\n)*)"
)


@pytest.mark.parametrize(("format_", "grammar"), [("dot", DOT), ("mermaid", MERMAID)])
@given(whole=topologies())
def test_diagrams_are_valid(format_: str, grammar: str, whole: Topology) -> None:
    text = render(format_, whole)
    match = re.fullmatch(grammar, text)
    assert match
    assert match["nodes"].count("\n") == len(drawing(whole).groups)
    assert match["edges"].count("\n") == len(arrows(whole))


@pytest.mark.skipif(DOT_PROGRAM is None, reason="Graphviz is not installed (Debian: apt-get install graphviz)")
def test_dot_is_read_by_graphviz() -> None:
    path = stamps_of("out:p.example", "fe:a.x.example", "tr:a.x.example", "tr:b.x.example")
    whole = topology(summary([message(*path, *path[1:], *path[1:3])]))
    command = [str(DOT_PROGRAM), "-Tplain"]
    output = subprocess.run(command, check=True, input=render("dot", whole).encode(), capture_output=True).stdout
    kinds = [line.partition(" ")[0] for line in output.decode().splitlines()]
    assert (kinds.count("node"), kinds.count("edge")) == (4, 4)
    assert b"loop" in output


@given(topologies())
def test_no_format_has_a_control_character(whole: Topology) -> None:
    for format_ in FORMATS:
        assert not unsafe_characters(render(format_, whole, width=80))


@pytest.mark.parametrize("format_", FORMATS)
def test_an_empty_topology_is_shown_and_output_is_reproducible(format_: str) -> None:
    empty = topology(Summary())
    assert render(format_, empty, width=80) == render(format_, empty, width=80) != ""


@pytest.mark.parametrize("format_", FORMATS)
def test_a_server_without_a_name_is_shown_as_its_service(format_: str) -> None:
    assert "Mailbox Transport" in render(format_, topology(summary([message(*stamps_of("tr:", "mb:"))])), width=80)


def test_an_empty_topology_has_no_picture() -> None:
    assert picture(topology(Summary())) == ""


def test_the_table_has_a_row_for_each_bundle_and_lists_the_servers_of_groups() -> None:
    paths = [
        ("out:p.example", f"fe:f{number % 2}.x.example", f"tr:t{number // 2 % 2}.x.example") for number in range(60)
    ]
    text = render("plain", topology(summary(message(*stamps_of(*path)) for path in paths)))
    assert text == (
        "4 services on 4 Exchange servers, 1 other system, 6 connections, 60 messages\n"
        "\n"
        "Connections (servers in x.example)\n"
        "From          To        Messages  Legs  Each  p90  Max  TLS     Negative\n"
        "FE f0 +1      T  t0 +1        60     4  15    1 s  1 s  TLS1.2         0\n"
        "X  p.example  FE f0 +1        60     2  30    1 s  1 s  TLS1.2         0\n"
        "FE f0 +1: f0, f1\n"
        "T t0 +1: t0, t1\n"
        "Codes: FE Front End Transport, T Transport, X other MTA.\n"
    )


@pytest.mark.parametrize(("uneven", "expected"), [(2, False), (12, True)])
def test_shares_are_observed_for_readers_only_where_uneven(uneven: int, expected: bool) -> None:  # noqa: FBT001 - a case
    paths = [("fe:f.x.example", f"tr:t{number % uneven and 1}.x.example") for number in range(96)]
    graph = topology(summary(message(*stamps_of(*path)) for path in paths))
    assert len(graph.observations) >= 1
    assert ("uneven shares: " in render("plain", graph)) is expected
    assert "\nshares: " not in render("plain", graph)


def test_hidden_columns_are_named_with_a_format_of_the_command() -> None:
    text = render("table", topology(summary([message(*stamps_of("out:p.example", "fe:f.x.example"))])), width=40)
    (format_,) = re.findall(r"Hidden columns: .*\(use -f (\w+)", " ".join(text.split()))
    assert format_ in FORMATS


@pytest.mark.parametrize(
    ("format_", "delays", "note"),
    [
        ("plain", "3 s  1.1 min*", "Delays between skewed clocks are corrected; * is as recorded."),
        ("dot", "p90 3 s (1 min 3 s*)", "*: as recorded, before correction for clock skew."),
        ("svg", "p90 3 s (1 min 3 s*)", "(* as recorded)"),
        ("json", '"corrected_p90_seconds": 3', '"p90_seconds": 6'),
    ],
)
def test_delays_between_skewed_clocks_have_the_recorded_ones_marked(format_: str, delays: str, note: str) -> None:
    ahead = [message(*stamps_of("tr:a.corp.example", "tr:b.corp.example"), took=63)] * 6
    back = [message(*stamps_of("tr:b.corp.example", "tr:a.corp.example"), took=-57)] * 6
    text = render(format_, topology(summary([*ahead, *back])))
    assert delays in text
    assert note in text
    assert "*" not in render("dot", topology(summary(ahead)))
