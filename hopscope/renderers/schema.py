"""The JSON Schema of the JSON output, made from the records it is written with."""

from typing import Any

import msgspec

from hopscope.renderers.comparison_documents import ComparisonDocument
from hopscope.renderers.documents import RouteDocument, RoutesDocument
from hopscope.renderers.pipeline_documents import PipelineDocument

__all__ = ["schema"]


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of everything that ``--format json`` and ``jsonl`` print.

    Every key is required. Further keys are not forbidden: a program that validates against version 1 must go on
    working when a later release adds a key, which does not raise the version.
    """
    documents = (RouteDocument, RoutesDocument, ComparisonDocument, PipelineDocument)
    schemas, definitions = msgspec.json.schema_components(documents, ref_template="#/$defs/{name}")
    for definition in definitions.values():
        definition["description"] = " ".join(definition["description"].split())  # docstrings are indented before 3.13
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hopscope JSON, version 1",
        "description": "One message, several messages, a comparison, or the pipeline of a generation. Unknown is null.",
        "anyOf": list(schemas),
        "$defs": definitions,
    }
