"""The transport pipeline of a generation in every format."""

import re

import pytest

from hopscope.classifier import pipeline as facts
from hopscope.data import table
from hopscope.renderers import Style, pipeline
from hopscope.renderers.pipeline import wording
from hopscope.renderers.text import layout

from ..diagram.test_diagrams import READERS
from ..documents import checked
from ..strategies import unsafe_characters

GENERATIONS = facts.generations()
FORMATS = tuple(pipeline.FORMATS)
BOTH = pytest.mark.parametrize("coexistence", [False, True], ids=["alone", "with others"])


@BOTH
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_generation_in_every_format(generation: str, format_: str, *, coexistence: bool) -> None:
    text = pipeline.render(format_, generation, Style(width=80), coexistence=coexistence)
    assert text.endswith("\n")
    assert not unsafe_characters(text)
    for node in facts.services(generation):
        assert node.name in text


@BOTH
@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_table_is_wrapped_to_the_width(generation: str, width: int, *, coexistence: bool) -> None:
    text = pipeline.render("table", generation, Style(width=width), coexistence=coexistence)
    assert max(map(layout.width, text.split("\n"))) <= width
    assert "…" not in text


@BOTH
@pytest.mark.parametrize("format_", ["table", "plain", "markdown"])
@pytest.mark.parametrize("generation", GENERATIONS)
def test_no_fact_is_lost(generation: str, format_: str, *, coexistence: bool) -> None:
    text = pipeline.render(format_, generation, Style(width=1000), coexistence=coexistence).replace("\\", "")
    edges = (*facts.edges(generation), *(facts.crossings(generation) if coexistence else ()))
    told = [
        fact
        for node in facts.services(generation)
        if node.stage
        for fact in (node.role, node.received_field, node.note)
    ]
    told += [fact for edge in edges for fact in (wording.over(edge), wording.condition(edge), edge.no_header_reason)]
    assert [fact for fact in told if fact and fact not in text] == []


@BOTH
@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("generation", GENERATIONS)
def test_wrapping_the_table_loses_no_word(generation: str, width: int, *, coexistence: bool) -> None:
    page = wording.page(generation, coexistence=coexistence)
    text = pipeline.render("table", generation, Style(width=width), coexistence=coexistence)
    told = [
        fact for node in page.services for fact in (node.name, node.role, node.windows_service, node.received_field)
    ]
    told += [fact for node in page.services for fact in (wording.queues(node), *wording.listens(node))]
    told += [fact for edge in (*page.edges, *page.crossings) for fact in (wording.over(edge), wording.condition(edge))]
    shown = {word.strip(";:") for word in text.split()}
    missing = {word.strip(";:") for fact in told if fact for word in fact.split()} - shown
    assert missing == set()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_fact_names_its_sources(generation: str) -> None:
    page = wording.page(generation, coexistence=True)
    text = pipeline.render("plain", generation, Style(), coexistence=True)
    rows = [line for line in text.split("\n") if re.search(r"  \[[0-9,]+\]$", line)]
    assert len(rows) == len(page.services) + len(page.edges) + len(page.crossings)
    for number, source in enumerate(page.sources, 1):
        assert f"[{number}] {source}\n" in text
    for node in page.services:
        numbers = page.references(node).strip("[]").split(",")
        assert [page.sources[int(number) - 1] for number in numbers] == node.source.split("; ")


@pytest.mark.parametrize("generation", GENERATIONS)
def test_plain_is_one_line_per_fact_for_grep(generation: str) -> None:
    lines = pipeline.render("plain", generation, Style()).split("\n")
    for edge in facts.edges(generation):
        assert any(re.match(rf"{re.escape(edge.sender)} +{re.escape(edge.receiver)} ", line) for line in lines)


def test_paths_to_other_generations_are_shown_on_request() -> None:
    alone = pipeline.render("plain", "2013", Style())
    beside = pipeline.render("plain", "2013", Style(), coexistence=True)
    assert "Hub Transport" not in alone
    assert re.search(r"Hub Transport \(2007, 2010\) +Front End Transport \(2013\) +SMTP 25 ", beside)
    assert re.search(r"Transport \(2013\) +Hub Transport \(2007, 2010\) +SMTP 25 ", beside)


def test_the_table_names_the_option_for_more() -> None:
    assert "--coexistence adds" in pipeline.render("table", "2013", Style(width=80))
    assert "--coexistence adds" not in pipeline.render("table", "2013", Style(width=80), coexistence=True)


def test_the_table_has_colour_on_request_only() -> None:
    assert "\x1b" not in pipeline.render("table", "2013", Style(width=80))
    assert "\x1b[" in pipeline.render("table", "2013", Style(width=80, color=True))


@pytest.mark.parametrize("generation", GENERATIONS)
def test_json_is_valid_and_complete(generation: str) -> None:
    document = checked(pipeline.render("json", generation, Style()))
    assert list(document) == ["schema", "generation", "services", "connections", "coexistence"]
    assert document["generation"] == generation
    assert [each["name"] for each in document["services"]] == [node.name for node in facts.services(generation)]
    ways = [(each["from"], each["to"]) for each in document["connections"]]
    assert ways == [(edge.sender, edge.receiver) for edge in facts.edges(generation)]
    assert len(document["coexistence"]) == len(facts.crossings(generation))
    for way in (*document["connections"], *document["coexistence"]):
        assert generation in (*way["from_generations"], *way["to_generations"])
        assert way["sources"]
        assert way["adds_received_field"] == "yes" or way["no_header_reason"]


def test_json_separates_ports_and_conditions() -> None:
    document = checked(pipeline.render("json", "2013", Style()))
    transport = next(each for each in document["services"] if each["name"] == "Transport")
    assert transport["windows_service"] == "MSExchangeTransport (EdgeTransport.exe)"
    assert transport["queues"] is True
    assert transport["ports"][0] == {"number": 25, "note": "Default, on a server without the Client Access role"}
    way = next(each for each in document["connections"] if (each["from"], each["to"]) == ("mailbox", "mapi submission"))
    assert way["from_generations"] == way["to_generations"] == ["2013"]
    assert (way["protocol"], way["ports"], way["condition"], way["adds_received_field"]) == ("RPC", [], None, "yes")


@BOTH
@pytest.mark.parametrize("language", READERS)
@pytest.mark.parametrize("generation", GENERATIONS)
def test_diagrams_draw_every_service_and_connection(generation: str, language: str, *, coexistence: bool) -> None:
    drawn = READERS[language][1](pipeline.render(language, generation, Style(), coexistence=coexistence))
    edges = (*facts.edges(generation), *(facts.crossings(generation) if coexistence else ()))
    names = {name: lines[0] for name, (_, lines) in drawn.boxes.items()}
    assert [(names[tail], names[head]) for tail, head, _, _ in drawn.arrows] == [
        (edge.sender, edge.receiver) for edge in edges
    ]
    assert list(names.values())[: len(facts.services(generation))] == [node.name for node in facts.services(generation)]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_diagrams_mark_queues_end_points_and_connections_without_header(generation: str) -> None:
    drawn = READERS["dot"][1](pipeline.render("dot", generation, Style()))
    shapes = {lines[0]: shape for shape, lines in drawn.boxes.values()}
    for node in facts.services(generation):
        assert ("peripheries=2" in shapes[node.name]) == (node.queues is True)
        assert ("ellipse" in shapes[node.name]) == (node.stage is None)
    styles = [style for _, _, style, _ in drawn.arrows]
    stamped = [facts.adds_received_field(edge, generation)[0] for edge in facts.edges(generation)]
    assert styles == [{True: "solid", False: "dashed", None: "dotted"}[each] for each in stamped]


def test_other_generations_are_drawn_outside() -> None:
    drawn = READERS["dot"][1](pipeline.render("dot", "2013", Style(), coexistence=True))
    outside = [lines for shape, lines in drawn.boxes.values() if "rounded" in shape]
    assert ["Hub Transport", "Exchange 2007, 2010"] in outside
    assert all(lines[1].startswith("Exchange ") for lines in outside)


def test_table_rows_are_valid_markdown() -> None:
    for row in (*table("pipeline_services"), *table("pipeline_edges"), *table("pipeline_crossings")):
        assert not any("|" in cell for cell in row.values()), row
