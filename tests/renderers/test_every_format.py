"""Every message of both corpora, and odd ones (no hosts, hostile hosts), is read back from every format.

The messages of a format are in one document. Its hops, hosts and counts must be those of the records.
"""

import csv
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import cache
from html import unescape
from html.parser import HTMLParser
from io import BytesIO, StringIO

import jsonschema
import networkx as nx  # noqa: TID253 - it reads back what was written
import pyarrow as pa  # noqa: TID253 - it reads back what was written
import pyarrow.parquet as pq  # noqa: TID253 - it reads back what was written
import pytest
from junitparser import JUnitXml

import hopscope
from hopscope import checks, renderers
from hopscope.analysis.analyze import Analysis
from hopscope.checks.result import Checked
from hopscope.config.settings import MinimumTls, Organisation, Settings
from hopscope.model import Finding, Severity
from hopscope.renderers import RENDERERS, Style, comparison, findings, graph, stats
from hopscope.renderers.graph.bundles import drawing
from hopscope.renderers.message import parquet
from hopscope.renderers.stats.figures import Figures
from hopscope.renderers.stats.tables import TABLES
from hopscope.renderers.text import escape
from hopscope.scale.locations import located
from hopscope.statistics.digest import digest
from hopscope.statistics.summary import Summary
from hopscope.statistics.topology import Topology, topology
from tests import corpora

from ..official_schemas import SARIF, official_schema
from .documents import checked
from .strategies import HOSTILE, unsafe_characters

pytestmark = pytest.mark.no_cover  # the tests of each format measure it

DATE = "; Tue, 31 Jul 2012 21:52:42 +1000\n"
ODD = (
    f"Received: with ESMTP id 1{DATE}Received: by{DATE}Received:\nReceived: from{DATE}",
    "".join(f"Received: from x{text!r} by {text!r}.example with SMTP{DATE}" for text in HOSTILE),
    "".join(f'Received: from "{text}" by [{text}] via "{text}"{DATE}' for text in HOSTILE if "\n" not in text),
)
STRICT = Settings(
    forbidden_hosts=("*.outlook.com",),
    tls=MinimumTls(internal="TLS1.2", inbound="TLS1.2", outbound="TLS1.2"),
    organisation=Organisation(domains=("example", "com")),
)


@cache
def messages() -> tuple[Analysis, ...]:
    """The odd messages, then those of the corpora."""
    blocks = [*(text.encode("utf-8", "surrogatepass") for text in ODD), *corpora.blocks()]
    return tuple(Analysis(route=hopscope.read(block, source=f"{n}.eml")) for n, block in enumerate(blocks))


@cache
def checked_messages() -> tuple[Checked, ...]:
    return tuple(located(message.route, message.route.source, checks.check(message, STRICT)) for message in messages())


def all_findings() -> list[Finding]:
    return [finding for message in checked_messages() for finding in message.findings]


@cache
def summary() -> Summary:
    result = Summary()
    for message in messages():
        result.add(digest(message))
    return result


@cache
def network() -> Topology:
    return topology(summary(), 0)


class _Rows(HTMLParser):
    """The cells of every row of the tables of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the method of the library
        if tag == "tr":
            self.rows.append([])
        elif tag in {"th", "td"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def page_rows(text: str) -> list[list[str]]:
    parser = _Rows()
    parser.feed(text)
    parser.close()
    return parser.rows


def markdown_rows(text: str) -> list[list[str]]:
    """The cells of the rows of all Markdown tables."""
    return [line.removeprefix("|").removesuffix("|").split("|") for line in text.splitlines() if line.startswith("| ")]


def elements(text: str, name: str) -> list[ET.Element]:
    return [part for part in ET.fromstring(text).iter() if part.tag.rpartition("}")[2] == name]  # noqa: S314 - our own


Hops = list[tuple[int, str]]
"""The number of each hop, and the server that added its field; empty if it is unknown."""


def of_json(text: str) -> Hops:
    return [(hop["number"], hop["by"]["domain"] or "") for each in json.loads(text)["messages"] for hop in each["hops"]]


def of_json_lines(text: str) -> Hops:
    documents = map(json.loads, text.splitlines())
    return [(hop["number"], hop["by"]["domain"] or "") for document in documents for hop in document["hops"]]


def of_csv(text: str) -> Hops:
    return [(int(row["hop"]), row["by"]) for row in csv.DictReader(StringIO(text, newline=""))]


def of_markdown(text: str) -> Hops:
    return [(int(row[0]), row[5].strip()) for row in markdown_rows(text) if row[0].strip().isdecimal()]


def of_page(text: str) -> Hops:
    """The full name of a server is in the details of its hop."""
    hops = re.split(r'<th scope="row" class="number">(\d+)</th>', text)[1:]
    servers = (re.search("<dt>Server</dt><dd>(.*?)</dd>", hop) for hop in hops[1::2])
    return [
        (int(number), unescape(server[1]) if server else "") for number, server in zip(hops[::2], servers, strict=True)
    ]


READERS: dict[str, tuple[int, Callable[[str], Hops], Callable[[str], str]]] = {
    "json": (1, of_json, escape.json),
    "jsonl": (1, of_json_lines, escape.json),
    "csv": (1, of_csv, escape.csv),
    "markdown": (3, of_markdown, escape.markdown),
    "html": (4, of_page, escape.visible),
}
"""The formats that name every server: one message of how many is tried, the reader, and how text is escaped."""


def rendered(name: str, analyses: tuple[Analysis, ...]) -> str:
    text = "".join(renderers.rendered(name, analyses, Style()))
    assert not unsafe_characters(text)
    return text


@pytest.mark.parametrize("name", READERS)
def test_messages_keep_their_hops_and_servers(name: str) -> None:
    step, read, escaped = READERS[name]
    tried = (*messages()[: len(ODD)], *messages()[len(ODD) :: step])
    expected = [(hop.number, hop.stamp.by_domain) for message in tried for hop in message.route.hops]
    found = read(rendered(name, tried))
    assert [number for number, _ in found] == [number for number, _ in expected]
    named = [(server, domain.domain) for (_, server), (_, domain) in zip(found, expected, strict=True) if domain]
    assert [server for server, domain in named if domain] == [escaped(domain) for _, domain in named if domain]


@pytest.mark.parametrize(("name", "step"), [("plain", 1), ("table", 15)])
def test_texts_have_a_line_for_each_hop(name: str, step: int) -> None:
    tried = messages()[len(ODD) :: step]
    numbers = re.findall(r"^ {0,2}(\d+)  ", rendered(name, tried), re.MULTILINE)
    assert list(map(int, numbers)) == [hop.number for message in tried for hop in message.route.hops]


def test_the_picture_describes_every_message() -> None:
    tried = (*messages()[: len(ODD)], *messages()[len(ODD) :: 4])
    descriptions = [part.text or "" for part in elements(rendered("svg", tried), "desc")]
    assert [int(text.partition(" ")[0]) for text in descriptions] == [len(message.route.hops) for message in tried]


def test_all_formats_of_messages_are_tried() -> None:
    assert {*READERS, "plain", "table", "svg"} == {*RENDERERS}


def test_parquet_has_a_row_for_each_hop() -> None:
    file = BytesIO()
    pq.write_table(pa.Table.from_batches([parquet.rows(messages())]), file)
    rows = pq.read_table(file).select(["source", "hop", "server"]).to_pylist()
    hops = [(message.route.source, hop) for message in messages() for hop in message.route.hops]
    assert [(row["source"], row["hop"]) for row in rows] == [(source, hop.number) for source, hop in hops]
    servers = [
        (row["server"], hop.stamp.by_domain.domain)
        for row, (_, hop) in zip(rows, hops, strict=True)
        if hop.stamp.by_domain
    ]
    assert [server for server, _ in servers] == [domain and escape.json(domain) for _, domain in servers]


def codes_of_sarif(text: str) -> list[str]:
    log = json.loads(text)
    jsonschema.Draft7Validator(official_schema(SARIF)).validate(log)
    return [result["ruleId"] for result in log["runs"][0]["results"]]


def codes_of_junit(text: str) -> list[str]:
    suites = JUnitXml.fromstring(text.encode())
    return [case.name.split()[0] for suite in suites for case in suite for _ in case.result]


CODES: dict[str, Callable[[str], list[str]]] = {
    "text": lambda text: re.findall(r"^\S.*?: (?:error|warning|info) (HOP\d+) ", text, re.MULTILINE),
    "json": lambda text: [finding["code"] for finding in json.loads(text)["findings"]],
    "jsonl": lambda text: [json.loads(line)["code"] for line in text.splitlines()],
    "markdown": lambda text: [row[1].strip() for row in markdown_rows(text) if row[1].startswith(" HOP")],
    "junit": codes_of_junit,
    "sarif": codes_of_sarif,
    "github": lambda text: re.findall(r"^::.*?title=\w+ (HOP\d+)::", text, re.MULTILINE),
    "tap": lambda text: re.findall(r"^# (?:error|warning|info) (HOP\d+) ", text, re.MULTILINE),
}


@pytest.mark.parametrize("name", findings.FORMATS)
def test_findings_are_complete_and_in_order(name: str) -> None:
    text = "".join(findings.rendered(name, checked_messages(), Severity.INFO))
    assert not unsafe_characters(text)
    assert CODES[name](text) == [finding.code for finding in all_findings()]


@pytest.mark.parametrize("name", TABLES)
def test_statistics_have_the_rows_of_their_tables(name: str) -> None:
    content = stats.Content(summary=summary(), by=(name,), top=0)
    texts = {format_: stats.render(format_, content, width=100) for format_ in stats.FORMATS}
    assert not unsafe_characters("".join(texts.values()).replace("\r\n", "\n"))
    document = json.loads(texts["json"])
    assert (document["messages"], document["hops"]) == (
        len(messages()),
        sum(len(each.route.hops) for each in messages()),
    )
    count = len(list(csv.reader(StringIO(texts["csv"], newline="")))) - 1
    assert count == len(TABLES[name](Figures(summary())).rows)
    assert len(markdown_rows(texts["markdown"])) in {count + 2, 0 if not count else -1}


def nodes_and_edges(name: str, text: str) -> tuple[int, int]:
    if name == "svg":
        return len(elements(text, "rect")), len(elements(text, "path"))
    string = r'"(?:[^"\\\n]|\\.)*"'
    node, edge = {
        "dot": (rf"  n\d+ \[label={string}, .*\]", rf"  n\d+ -> n\d+ \[label={string}, style=\w+\]"),
        "mermaid": (r'  n\d+[\[(]{1,2}"[^"]*"[\])]{1,2}', r'  n\d+ (?:-->|-\.->)\|"[^"]*"\| n\d+'),
    }[name]
    lines = text.splitlines()
    return sum(bool(re.fullmatch(node, line)) for line in lines), sum(bool(re.fullmatch(edge, line)) for line in lines)


@pytest.mark.parametrize("name", graph.FORMATS)
def test_graphs_have_every_node_and_connection(name: str) -> None:
    text = graph.render(name, network(), width=100)
    assert not unsafe_characters(text)
    hosts = sorted(escape.visible(node.key) for node in network().nodes)
    if name in {"graphml", "json"}:
        file = BytesIO(text.encode())
        read = (
            nx.node_link_graph(checked(text), edges="edges")
            if name == "json"
            else nx.read_graphml(file, force_multigraph=True)
        )
        assert sorted(escape.visible(str(node.get("name", key))) for key, node in read.nodes(data=True)) == hosts
        counts = [edge["count"] for *_, edge in read.edges(data=True)]
        assert sorted(counts) == sorted(edge.count for edge in network().edges)
    elif name in {"table", "plain"}:
        assert f"{len(messages())} messages" in text
    else:
        drawn = drawing(network())
        assert {node.key for group in drawn.groups for node in group.nodes} == {node.key for node in network().nodes}
        arrows = [bundle for bundle in drawn.bundles if bundle.tail != bundle.head]
        assert nodes_and_edges(name, text) == (len(drawn.groups), len(arrows))


@pytest.mark.parametrize("name", [name for name in RENDERERS if name != "svg"])
def test_comparisons_have_every_row(name: str) -> None:
    for left, right in zip(messages()[::12], messages()[3::12], strict=False):
        compared = hopscope.compare(left.route, right.route)
        text = comparison.renderer(name).comparison(compared, Style())
        assert not unsafe_characters(text)
        stages = [row.stage for row in compared.rows]
        if name in {"json", "jsonl"}:
            assert [row["stage"] for row in checked(text)["rows"]] == stages
        elif name == "csv":
            assert [row["stage"] for row in csv.DictReader(StringIO(text, newline=""))][:-1] == stages
        elif name == "markdown":
            assert [row[0].strip() for row in markdown_rows(text)][3 : 3 + len(stages)] == stages
        elif name == "html":
            assert [row[0] for row in page_rows(text)][1 : 1 + len(stages)] == stages
        else:
            assert all(stage in text for stage in stages)
