"""Which mail system added a Received field: real fields, look-alikes, and no field that two dialects claim."""

import gzip
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.classifier import dialects
from hopscope.classifier import software as tiers
from hopscope.classifier.dialects import exchange, names
from hopscope.data import table
from hopscope.model import Stamp


def name_of(stamp: Stamp) -> str | None:
    found = tiers.software(stamp)
    return found.name if found else None


CORPUS = Path(__file__).parent.parent / "corpus"
CASES: list[dict[str, Any]] = json.loads((CORPUS / "dialects.json").read_text(encoding="utf-8"))
TIERS = (tiers.NAMES, tiers.FORMS, tiers.HOSTS)
TABLES = {
    "names": [f"{row['where']} {row['text']}" for row in table("software_names")],
    "ids": [row["name"] for row in table("software_ids")],
    "hosts": [f"{row['host']} {row['domain']}".strip() for row in table("mail_hosts")],
}
FORGED = "by  (Postfix) with esmtpa (Exim 4.86)"
"""The only field that names two systems, in an invented message."""


@cache
def stamp(field: str) -> Stamp:
    return hopscope.read(f"Received: {field}\n\n").hops[0].stamp


@cache
def real_stamps() -> tuple[Stamp, ...]:
    return tuple(hop.stamp for headers in _headers() for hop in hopscope.read(headers).hops)


def _headers() -> Iterator[str]:
    for row in json.loads((CORPUS / "received.json").read_text(encoding="utf-8")):
        yield f"Received: {row['field']}\n\n"
    for name in ("labelled", "other"):
        with gzip.open(CORPUS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            yield from (json.loads(line)["headers"] for line in file)


def dialect_name(dialect: tiers.Dialect) -> str:
    return dialect.__module__.rpartition(".")[2]


def identified_by(one: Stamp, tier: tuple[tiers.Dialect, ...]) -> list[str]:
    return [dialect_name(dialect) for dialect in tier if dialect(one)]


@pytest.mark.parametrize(
    ("field", "software"),
    [
        pytest.param(case["field"], case["software"], id=f"{index} {case['dialect']} {case.get('row', '')}")
        for index, case in enumerate(CASES)
    ],
)
def test_software(field: str, software: str | None) -> None:
    assert name_of(stamp(field)) == software


def test_the_case_of_a_row_is_identified_by_its_table() -> None:
    modules = {name: importlib.import_module(f"hopscope.classifier.dialects.{name}") for name in TABLES}
    rows = [case for case in CASES if "row" in case]
    assert [case for case in rows if modules[case["dialect"]].software(stamp(case["field"])) != case["software"]] == []


@pytest.mark.parametrize("name", sorted({dialect_name(dialect) for tier in TIERS for dialect in tier} - set(TABLES)))
def test_every_dialect_identifies_two_cases(name: str) -> None:
    module = importlib.import_module(f"hopscope.classifier.dialects.{name}")
    own = [case for case in CASES if case["dialect"] == name and case["software"]]
    assert len([case for case in own if module.software(stamp(case["field"])) == case["software"]]) > 1


@pytest.mark.parametrize(("name", "row"), [(name, row) for name, rows in TABLES.items() for row in rows])
def test_every_row_of_a_table_has_two_cases(name: str, row: str) -> None:
    assert len([case for case in CASES if case["dialect"] == name and case.get("row") == row]) > 1


def test_every_case_names_a_dialect_or_a_row() -> None:
    names = {dialect_name(dialect) for tier in TIERS for dialect in tier}
    assert {case["dialect"] for case in CASES} == names
    assert all(case["row"] in TABLES[case["dialect"]] for case in CASES if "row" in case)


def test_every_file_of_the_package_is_used() -> None:
    files = {module.name for module in pkgutil.iter_modules(dialects.__path__)}
    assert files - {"barracuda", "exchange"} == {dialect_name(dialect) for tier in TIERS for dialect in tier}


@pytest.mark.no_cover  # real mail: the smaller tests measure it
def test_no_dialect_matches_a_field_of_exchange() -> None:
    ours = [one for one in real_stamps() if exchange.read(one)]
    assert len(ours) > 1000
    assert [one.field.body for one in ours for tier in TIERS if identified_by(one, tier)] == []


def test_the_order_of_the_dialects_does_not_matter() -> None:
    cases = [stamp(case["field"]) for case in CASES]
    for one in (*real_stamps(), *cases):
        if FORGED not in one.field.body.replace("\t", " "):
            assert [found for tier in TIERS if len(found := identified_by(one, tier)) > 1] == [], one.field.body


def test_a_product_name_outweighs_the_syntax_and_the_syntax_the_host() -> None:
    gateway = "(No client certificate requested) by {host} (Sophos Email Appliance) with ESMTPS id 1"
    field = f"from a.example (a.example [192.0.2.7]) {gateway.format(host='mx.yandex.net')}"
    branded = field.replace("Sophos Email Appliance", "Gateway")
    assert [identified_by(stamp(field), tier) for tier in TIERS] == [["names"], ["branded"], ["hosts"]]
    assert [name_of(stamp(each)) for each in (field, branded)] == ["Sophos Email Appliance", "Postfix"]


def test_most_fields_of_other_systems_are_identified() -> None:
    others = [one for one in real_stamps() if not exchange.read(one)]
    assert sum(name_of(one) is not None for one in others) / len(others) > 0.95


WORDS = sorted({word for case in CASES for word in re.split(r"([\s()])", case["field"]) if word})


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join) | st.text())
def test_any_text_is_parsed(field: str) -> None:
    for hop in hopscope.read(f"Received: {field}\n\n").hops:
        names = {dialect(hop.stamp) for tier in TIERS for dialect in tier} - {None}
        assert all(name == " ".join(str(name).split()) for name in names)


def test_literals_of_names_start_with_characters_unaffected_by_folding() -> None:
    beginnings = [row["text"][: names.BEGINNING] for row in table("software_names")]
    assert [text for text in beginnings if len(text) < names.BEGINNING or " " in text] == []


def test_table_patterns_have_no_groups() -> None:
    for row in table("software_ids"):
        assert [re.compile(row[column]).groups for column in ("id", "with", "comment")] == [0, 0, 0]


@pytest.mark.parametrize("name", ["software_names", "software_ids", "mail_hosts"])
def test_no_row_of_a_table_is_duplicated(name: str) -> None:
    keys = [tuple(value for column, value in row.items() if column not in {"name", "source"}) for row in table(name)]
    assert len(keys) == len(set(keys))
