"""The JSON Schema of the JSON output, made from the records it is written with."""

from typing import Any

import msgspec

from hopscope.renderers.schema.comparison import ComparisonDocument
from hopscope.renderers.schema.findings import CheckDocument, CheckedFindingDocument
from hopscope.renderers.schema.message import RouteDocument, RoutesDocument
from hopscope.renderers.schema.pipeline import PipelineDocument
from hopscope.renderers.schema.rules import RulesDocument
from hopscope.renderers.schema.stats import NumbersDocument

__all__ = ["numbers_schema", "schema"]

_ABOUT = (
    "One message, several messages, a comparison, the pipeline of a generation, findings of a check, or all rules. "
    "Unknown is null."
)


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of everything that ``--format json`` and ``jsonl`` print.

    Every key is required. Further keys are not forbidden: a program that validates against version 1 must go on
    working when a later release adds a key, which does not raise the version.
    """
    return _schema(
        "hopscope JSON, version 1",
        _ABOUT,
        RouteDocument,
        RoutesDocument,
        ComparisonDocument,
        PipelineDocument,
        CheckDocument,
        CheckedFindingDocument,
        RulesDocument,
    )


def numbers_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of what ``stats --format json`` prints; as with ``schema``, but ``--by`` chooses tables."""
    about = "Many messages in numbers. Unknown is null, as is a table that was not asked for."
    return _schema("hopscope numbers, version 1", about, NumbersDocument)


def _schema(title: str, description: str, *documents: type[msgspec.Struct]) -> dict[str, Any]:
    schemas, definitions = msgspec.json.schema_components(documents, ref_template="#/$defs/{name}")
    for definition in definitions.values():
        definition["description"] = " ".join(definition["description"].split())  # docstrings are indented before 3.13
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": description,
        "anyOf": list(schemas),
        "$defs": definitions,
    }
