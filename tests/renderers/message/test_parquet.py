"""Rows of hops: as documented, and the same as in the JSON of a message."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import hopscope
from hopscope.analysis.analyze import analyze
from hopscope.model import Route
from hopscope.renderers.message import parquet
from hopscope.renderers.schema.parquet import COLUMNS, HEADER_COLUMNS
from tests import corpora


def rows(*routes: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parquet.rows(map(analyze, routes)).to_pylist()
    return found


def test_the_columns_are_those_of_the_documentation(root: Path) -> None:
    text = (root / "docs" / "export.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| (.*) \|$", text, re.MULTILINE)
    assert documented == [*((each.name, each.type, each.description) for each in COLUMNS), *HEADER_COLUMNS]
    fields = [*parquet.schema(), *parquet.header_schema()]
    assert [field.name for field in fields] == [name for name, _, _ in documented]
    assert [field.metadata[b"description"].decode() for field in fields] == [text for _, _, text in documented]


def expected(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts of the JSON of a message under the names of columns."""
    found = []
    for hop in document["hops"]:
        tls = hop["tls"] or {"version": None, "cipher": None, "bits": None}
        time = datetime.fromisoformat(hop["date"]).astimezone(UTC) if hop["date"] else None
        same = (
            "service",
            "confidence",
            "product",
            "release",
            "build",
            "software",
            "via",
            "with",
            "id",
            "trust",
        )
        found.append(
            {name: hop[name] for name in (*same, "delay_seconds", "hops_covered", "line")}
            | {"source": document["source"], "message_id": document["message_id"], "hop": hop["number"]}
            | {"hops": len(document["hops"]), "server": hop["by"]["domain"], "server_address": hop["by"]["address"]}
            | {f"from_{name}": hop["from"][name] for name in ("domain", "helo", "rdns", "address")}
            | {"tls": hop["tls"] is not None, **{f"tls_{name}": value for name, value in tls.items()}}
            | {"authenticated": hop["auth"] is not None, "time": time, "scenario": document["scenario"]}
            | {"total_delay_seconds": document["total_delay_seconds"]}
            | {"findings": [each["code"] for each in document["findings"]]}
            | {"hop_findings": [each["code"] for each in document["findings"] if each["hop"] == hop["number"]]}
        )
    return found


@pytest.mark.parametrize("number", range(0, len(corpora.blocks()), 8))
def test_values_are_those_of_the_json(number: int) -> None:
    route = hopscope.read(corpora.blocks()[number], source="x")
    found = rows(route)
    wanted = expected(json.loads(hopscope.render.json(route)))
    assert [{name: row[name] for name in want} for row, want in zip(found, wanted, strict=True)] == wanted


def test_unknown_is_null_and_hostile_text_is_text() -> None:
    text = b"Received: from \xff\x1b[31m by b\xfe.example with ESMTP id 1\nMessage-ID: <\xfd>\n\n"
    (row,) = rows(hopscope.read(text, source="\udcff"))
    assert (row["time"], row["delay_seconds"], row["utc_offset_minutes"], row["tls_version"]) == (
        None,
        None,
        None,
        None,
    )
    assert (row["server"], row["source"], row["message_id"]) == (r"b\xfe.example", r"\xff", r"<\xfd>")
    assert row["defects"] == ["date-missing"]


def test_the_offset_is_the_written_one() -> None:
    (row,) = rows(hopscope.read("Received: from a by b.example; Tue, 31 Jul 2012 21:52:42 +0530\n\n"))
    assert (row["utc_offset_minutes"], row["time"].hour) == (330, 16)


def test_no_messages_give_no_rows() -> None:
    assert rows() == []
