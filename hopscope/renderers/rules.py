"""The list of all rules and checks, as text, Markdown or JSON."""

from collections.abc import Callable

import msgspec

from hopscope.checks.catalogue import Entry, entries
from hopscope.renderers import layout
from hopscope.renderers.markdown import table

__all__ = ["FORMATS", "render"]


class RuleDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A rule or check."""

    code: str
    name: str
    severities: tuple[str, ...]
    """Those that its findings may have, worst first, without settings for them."""
    needs_setting: bool
    summary: str
    explanation: tuple[str, ...]


def render(format_: str) -> str:
    """The list in one of FORMATS."""
    return FORMATS[format_](entries())


_HEADING = ("Code", "Severity", "What it finds")


def _text(listed: tuple[Entry, ...]) -> str:
    return layout.columns([_HEADING, *map(_row, listed)])


def _markdown(listed: tuple[Entry, ...]) -> str:
    return table(_HEADING, map(_row, listed))


def _json(listed: tuple[Entry, ...]) -> str:
    documents = [
        RuleDocument(
            code=each.code,
            name=each.name,
            severities=tuple(severity.value for severity in each.severities),
            needs_setting=each.setting,
            summary=each.summary,
            explanation=each.explanation,
        )
        for each in listed
    ]
    encoded = msgspec.json.encode({"schema": "hopscope-rules/1", "rules": documents})
    return f"{msgspec.json.format(encoded, indent=2).decode()}\n"


def _row(entry: Entry) -> tuple[str, str, str]:
    return entry.code, " or ".join(entry.severities), entry.summary


FORMATS: dict[str, Callable[[tuple[Entry, ...]], str]] = {"text": _text, "markdown": _markdown, "json": _json}
"""The formats by their names."""
