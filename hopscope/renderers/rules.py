"""The list of all rules and checks, as text, Markdown or JSON."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from hopscope.checks.catalogue import Entry, entries
from hopscope.renderers import layout
from hopscope.renderers.documents import SCHEMA, Version
from hopscope.renderers.markdown import table

__all__ = ["FORMATS", "RulesDocument", "render"]


class RuleDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A rule or check."""

    code: str
    name: str
    severities: Annotated[
        tuple[str, ...], Meta(description="Those that its findings may have, worst first; settings may change them.")
    ]
    needs_setting: Annotated[bool, Meta(description="Whether it finds nothing without a setting.")]
    summary: str
    explanation: tuple[str, ...]


class RulesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule and check."""

    schema: Version
    rules: tuple[RuleDocument, ...]


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
