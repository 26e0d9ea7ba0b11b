"""The JSON Schema of the JSON output, made from the records it is written with."""

from typing import Any, NamedTuple

import msgspec

from hopscope.renderers.schema.comparison import ComparisonDocument
from hopscope.renderers.schema.findings import CheckDocument, CheckedFindingDocument
from hopscope.renderers.schema.graph import GraphDocument
from hopscope.renderers.schema.message import RouteDocument, RoutesDocument
from hopscope.renderers.schema.pipeline import PipelineDocument
from hopscope.renderers.schema.rules import RulesDocument
from hopscope.renderers.schema.stats import DifferenceDocument, NumbersDocument

__all__ = ["SCHEMAS", "file_name", "schema"]


class Contents(NamedTuple):
    """What is printed with one value of the key ``schema``."""

    title: str
    description: str
    documents: tuple[type[msgspec.Struct], ...]


SCHEMAS = {
    "hopscope/1": Contents(
        "hopscope JSON, version 1",
        "One message, several messages, a comparison, the pipeline of a generation, findings of a check, or all rules. "
        "Unknown is null.",
        (
            RouteDocument,
            RoutesDocument,
            ComparisonDocument,
            PipelineDocument,
            CheckDocument,
            CheckedFindingDocument,
            RulesDocument,
        ),
    ),
    "hopscope-numbers/1": Contents(
        "hopscope numbers, version 1",
        "Many messages in numbers. Unknown is null, as is a table that was not asked for.",
        (NumbersDocument,),
    ),
    "hopscope-difference/1": Contents(
        "hopscope difference, version 1",
        "The statistics of two sets of messages side by side. Unknown is null.",
        (DifferenceDocument,),
    ),
    "hopscope-graph/1": Contents(
        "hopscope graph, version 1",
        "Servers and services as a graph, in the node-link form of networkx. What is unknown is left out.",
        (GraphDocument,),
    ),
}
"""Everything that ``--format json`` and ``jsonl`` print, by the value of its key ``schema``."""


def file_name(version: str) -> str:
    """The file in ``hopscope/data/`` that holds the schema of a version."""
    return f"{version.replace('/', '-')}.schema.json"


def schema(version: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a version.

    Every key is required, but for those that stand only where they are known. Further keys are not forbidden: a
    program that validates against version 1 must go on working when a later release adds a key, which does not raise
    the version.

    Args:
        version: One of SCHEMAS.
    """
    title, description, documents = SCHEMAS[version]
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
