"""The list of all rules and checks, as text, Markdown or JSON."""

from collections.abc import Callable

import msgspec

from hopscope.checks.catalogue import Entry, entries
from hopscope.renderers.message.markdown import table
from hopscope.renderers.schema.message import SCHEMA
from hopscope.renderers.schema.rules import RuleDocument, RulesDocument
from hopscope.renderers.text import layout

__all__ = ["FORMATS", "render"]


def render(format_: str) -> str:
    """The list in one of FORMATS."""
    return FORMATS[format_](entries())


_HEADING = ("Code", "Severity", "What it finds")


def _text(listed: tuple[Entry, ...]) -> str:
    return layout.columns([_HEADING, *map(_row, listed)])


def _markdown(listed: tuple[Entry, ...]) -> str:
    return table(_HEADING, map(_row, listed))


def _json(listed: tuple[Entry, ...]) -> str:
    documents = (
        RuleDocument(
            code=each.code,
            name=each.name,
            severities=tuple(severity.value for severity in each.severities),
            needs_setting=each.setting,
            summary=each.summary,
            explanation=each.explanation,
        )
        for each in listed
    )
    encoded = msgspec.json.encode(RulesDocument(schema=SCHEMA, rules=tuple(documents)))
    return f"{msgspec.json.format(encoded, indent=2).decode()}\n"


def _row(entry: Entry) -> tuple[str, str, str]:
    return entry.code, " or ".join(entry.severities), entry.summary


FORMATS: dict[str, Callable[[tuple[Entry, ...]], str]] = {"text": _text, "markdown": _markdown, "json": _json}
"""The formats by their names."""
