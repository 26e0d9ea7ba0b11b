"""The list of all rules and checks, as text, Markdown or JSON."""

from collections.abc import Callable

from hopscope.checks.catalogue import Entry, entries
from hopscope.renderers.schema.rules import rules_document
from hopscope.renderers.text import layout
from hopscope.renderers.text.json_values import indented
from hopscope.renderers.text.markdown import table

__all__ = ["FORMATS", "render"]


def render(format_: str) -> str:
    """The list in one of FORMATS."""
    return FORMATS[format_](entries())


_HEADING = ("Code", "Severity", "Title")
_SETTINGS = (
    "HOP601 to HOP651 apply to `hopscope check` only, and need a setting. HOP701 and above need a tracking log "
    "(`--tracking-log`)."
)


def _text(listed: tuple[Entry, ...]) -> str:
    return f"{layout.columns([_HEADING, *map(_row, listed)])}\n{_SETTINGS.replace('`', '')}\n"


def _markdown(listed: tuple[Entry, ...]) -> str:
    return f"{table(_HEADING, map(_row, listed))}\n{_SETTINGS}\n"


def _json(listed: tuple[Entry, ...]) -> str:
    return indented(rules_document(listed))


def _row(entry: Entry) -> tuple[str, str, str]:
    return entry.code, " or ".join(entry.severities), entry.name


FORMATS: dict[str, Callable[[tuple[Entry, ...]], str]] = {"text": _text, "markdown": _markdown, "json": _json}
"""The function of each format."""
