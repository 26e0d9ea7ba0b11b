"""The JSON Schema of the JSON output, generated from the records."""

import json
from typing import Any, NamedTuple

import msgspec

from hopscope.renderers.schema.comparison import ComparisonDocument
from hopscope.renderers.schema.explain import ExplainDocument
from hopscope.renderers.schema.findings import CheckDocument, CheckedFindingDocument
from hopscope.renderers.schema.graph import GraphDocument
from hopscope.renderers.schema.message import MessageDocument, MessagesDocument
from hopscope.renderers.schema.pipeline import PipelineDocument
from hopscope.renderers.schema.rules import RulesDocument
from hopscope.renderers.schema.stats import DifferenceDocument, StatsDocument
from hopscope.renderers.schema.tracking import TrackDocument, TrackedMessagesDocument

__all__ = ["SCHEMAS", "file_name", "schema", "text"]


class Contents(NamedTuple):
    """The JSON output of a command."""

    version: str
    """The value of the key ``schema``."""
    description: str
    documents: tuple[type[msgspec.Struct], ...]


SCHEMAS = {
    "message": Contents(
        "hopscope/2",
        "Output of `hopscope show` as json or jsonl: one message, or several.",
        (MessageDocument, MessagesDocument),
    ),
    "check": Contents(
        "hopscope/2",
        "Output of `hopscope check`: the findings of all messages (json), or one finding a line (jsonl).",
        (CheckDocument, CheckedFindingDocument),
    ),
    "explain": Contents(
        "hopscope/2",
        "Output of `hopscope explain`: a message, build, service, error or finding code.",
        (ExplainDocument,),
    ),
    "rules": Contents("hopscope/2", "Output of `hopscope rules`: every rule and check.", (RulesDocument,)),
    "pipeline": Contents(
        "hopscope/2",
        "Output of `hopscope pipeline`: the transport pipeline of an Exchange generation.",
        (PipelineDocument,),
    ),
    "compare": Contents(
        "hopscope/2", "Output of `hopscope compare`: two paths, stage by stage.", (ComparisonDocument,)
    ),
    "stats": Contents(
        "hopscope-stats/2",
        "Output of `hopscope stats`: statistics of a mailbox or dump. A table that was not requested is null or "
        "absent.",
        (StatsDocument,),
    ),
    "graph": Contents(
        "hopscope-graph/2",
        "Output of `hopscope graph`: the topology as node-link data of networkx. Unknown values are absent.",
        (GraphDocument,),
    ),
    "difference": Contents(
        "hopscope-difference/2",
        "Output of `hopscope compare --stats`: the statistics of two sets of messages.",
        (DifferenceDocument,),
    ),
    "track": Contents(
        "hopscope/2",
        "Output of `hopscope track`: the events of one message in tracking logs, or several messages.",
        (TrackDocument, TrackedMessagesDocument),
    ),
}
"""The output of ``--format json`` and ``jsonl``, by the argument of ``hopscope schema``."""


def file_name(name: str) -> str:
    """The name of the schema file in ``hopscope/data/``."""
    return f"hopscope-{name}-{SCHEMAS[name].version.rpartition('/')[2]}.schema.json"


def text(name: str) -> str:
    """A schema as text, as it is printed and shipped."""
    return json.dumps(schema(name), indent=2) + "\n"


def schema(name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of the output of a command.

    Every key is required, unless it is present only if its value is known or requested. Additional keys are allowed:
    a later release may add keys without a new version, and programs that validate the output keep working.

    Args:
        name: One of SCHEMAS.
    """
    version, description, documents = SCHEMAS[name]
    schemas, definitions = msgspec.json.schema_components(documents, ref_template="#/$defs/{name}")
    for definition in definitions.values():
        definition["description"] = " ".join(definition["description"].split())  # docstrings are indented before 3.13
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"hopscope {name} ({version})",
        "description": f"{description} Unknown values are null." if name != "graph" else description,
        **(schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}),
        "$defs": definitions,
    }
