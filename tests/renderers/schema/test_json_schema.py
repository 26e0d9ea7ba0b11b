"""The JSON Schemas that are shipped."""

from pathlib import Path

import jsonschema
import msgspec
import pytest

from hopscope.data import read_text
from hopscope.renderers.schema.json_schema import SCHEMAS, file_name, schema, text

OPTIONAL = {
    "NodeDocument": {"host"},
    "EdgeDocument": {
        "p50_seconds",
        "p90_seconds",
        "max_seconds",
        "corrected_p50_seconds",
        "corrected_p90_seconds",
        "corrected_max_seconds",
    },
    "StatsDocument": {
        *(
            "scenarios",
            "findings",
            "statuses",
            "authentication",
            "services",
            "legs",
            "negative_legs",
            "clocks",
            "tls",
            "products",
            "servers",
            "hours",
        ),
        *("slowest", "days", "corrected_legs", "leg_kinds"),
    },
}
"""Keys that are present only if known or requested."""


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_shipped_schema_is_generated_from_the_records(
    name: str,
    root: Path,
    update_golden: bool,  # noqa: FBT001 - a fixture
) -> None:
    if update_golden:
        (root / "hopscope" / "data" / file_name(name)).write_text(text(name), encoding="utf-8", newline="\n")
    assert read_text(file_name(name)) == text(name)


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_requires_every_key_and_forbids_no_new_one(name: str) -> None:
    records = [record for record in schema(name)["$defs"].values() if record.get("type") == "object"]
    for record in records:
        optional = OPTIONAL.get(record["title"], set())
        assert record["required"] == [key for key in record["properties"] if key not in optional]
    assert not any("additionalProperties" in record for record in records)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_document_has_the_version_of_its_schema(name: str) -> None:
    for document in SCHEMAS[name].documents:
        (field,) = (field for field in msgspec.structs.fields(document) if field.name == "schema")
        assert msgspec.json.schema(field.type)["enum"] == [SCHEMAS[name].version]


def test_every_shipped_schema_is_listed(root: Path) -> None:
    files = {path.name for path in (root / "hopscope" / "data").glob("*.schema.json")}
    assert files == set(map(file_name, SCHEMAS))
