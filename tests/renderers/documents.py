"""JSON output, parsed and validated against its schema."""

import json
from datetime import datetime
from functools import cache
from typing import Any

import jsonschema

from hopscope.renderers.schema.json_schema import SCHEMAS, schema

__all__ = ["checked", "validator"]


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """A schema that forbids additional keys: every key that hopscope prints is documented."""
    checker = jsonschema.FormatChecker(())
    checker.checks("date-time", raises=ValueError)(_is_date_time)
    return jsonschema.Draft202012Validator(_closed(schema(name)), format_checker=checker)


def checked(text: str) -> Any:  # noqa: ANN401 - any JSON
    """The document, validated against the schema of the version it names."""
    document = json.loads(text)
    names = [name for name, contents in SCHEMAS.items() if contents.version == document["schema"]]
    if len(names) == 1:
        validator(names[0]).validate(document)
    else:
        assert [name for name in names if validator(name).is_valid(document)], sorted(document)
    return document


def _is_date_time(value: object) -> bool:
    """ISO 8601 with seconds and an offset of hours and minutes, as RFC 3339 has it."""
    if not isinstance(value, str):
        return True
    date = datetime.fromisoformat(value)
    return date.isoformat() == value and value[-6] in "+-" and value[10] == "T"


def _closed(part: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(part, list):
        return [_closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    extra = {"additionalProperties": False} if part.get("type") == "object" else {}
    return extra | {key: _closed(value) for key, value in part.items()}
