"""CSV for spreadsheets and scripts."""

import csv as csv_module
import io
from datetime import UTC

from hypothesis import given

import hopscope
from hopscope import render
from hopscope.analysis.analyze import analyze
from hopscope.model import Route
from hopscope.renderers import Style, rendered
from hopscope.renderers.message import csv
from hopscope.renderers.schema.message import analysis_document
from hopscope.renderers.text.escape import csv as written

from ..strategies import routes, unsafe_characters

MESSAGE = b"""\
Received: from b.example (c.example [192.0.2.7]) by c.example ([2001:db8::1])
 (version=TLS1_2, cipher=X, bits=256) with ESMTPS id 7 for <x@c.example>; Mon, 3 Jun 2024 14:02:34 -0400
Received: by b.example with SMTP; soon
Subject: Your order
Message-ID: =a@example.org
"""


def read(text: str) -> list[dict[str, str]]:
    return list(csv_module.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_row_per_hop_with_an_empty_cell_for_what_is_unknown() -> None:
    first, second = read(render.csv(hopscope.read(MESSAGE, source="a.eml"), tz=UTC))
    assert (first["source"], first["hop"], first["by"], first["date"], first["delay_seconds"]) == (
        "a.eml",
        "1",
        "b.example",
        "",
        "",
    )
    assert (second["date"], second["delay_seconds"], second["hops_covered"]) == ("2024-06-03T18:02:34+00:00", "", "1")
    assert second["message_id"] == "'=a@example.org"
    assert (second["by_address"], second["inferred"]) == ("2001:db8::1", "no")


def test_findings_are_those_of_the_hop_and_in_the_first_row_those_of_the_message() -> None:
    route = hopscope.read(
        "Received: by c.example; soon\n"
        "Received: by b.example; Wed, 8 Mar 2017 12:00:00 +0100\n"
        "Received: by a.example; Wed, 8 Mar 2017 12:05:00 +0100\n"
        "X-MS-Exchange-Inbox-Rules-Loop: anna@contoso.com\n\n"
    )
    texts = {finding.code: finding.message.removesuffix(".") for finding in hopscope.findings(route)}
    assert [row["findings"] for row in read(render.csv(route))] == [
        f"info HOP302: {texts['HOP302']}; info HOP407: {texts['HOP407']}",
        f"info HOP101: {texts['HOP101']}",
        f"info HOP102: {texts['HOP102']}",
    ]


def test_lines_end_with_a_line_feed() -> None:
    shown = render.csv(hopscope.read(MESSAGE))
    assert shown.count("\n") == 3
    assert "\r" not in shown


def test_one_heading_for_several_messages() -> None:
    shown = "".join(
        rendered("csv", map(analyze, [hopscope.read(MESSAGE, source=str(number)) for number in range(3)]), Style())
    )
    assert [row["source"] for row in read(shown)] == ["0", "0", "1", "1", "2", "2"]


@given(routes)
def test_every_cell_is_read_back_and_none_is_a_formula(message: Route) -> None:
    shown = render.csv(message)
    assert not unsafe_characters(shown)
    rows = read(shown)
    hops = analysis_document(analyze(message)).hops
    assert [tuple(row) for row in rows] == [csv.COLUMNS] * len(hops)
    for row, hop in zip(rows, hops, strict=True):
        texts = (message.source, message.message_id, hop.from_.domain, hop.by.domain, hop.with_, hop.id, hop.product)
        columns = ("source", "message_id", "from", "by", "with", "id", "product")
        assert [row[column] for column in columns] == [written(text or "") for text in texts]
        assert row["trust"] == hop.trust
        assert row["delay_seconds"] == ("" if hop.delay_seconds is None else str(hop.delay_seconds))
