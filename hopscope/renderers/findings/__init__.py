"""Findings of many messages as text: one format per file, all with the same function.

    message(checked, fails_from)  -> a part of the output
    document(parts)               -> pieces of text, at least one for each part, generated while the messages are read

``fails_from`` is the minimum severity that makes the check fail. Every format is streamed.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any, Protocol, cast

from hopscope.checks.result import Checked
from hopscope.model import Severity

__all__ = ["FORMATS", "Findings", "rendered", "renderer"]

FORMATS = ("text", "json", "jsonl", "markdown", "junit", "sarif", "github", "tap")
"""The formats: the modules in this folder."""


class Findings(Protocol):
    """The interface of every module in this folder."""

    def message(self, checked: Checked, fails_from: Severity) -> Any:  # noqa: ANN401 - as ``document`` takes it
        """The part of the output for a message, with everything that is computed for it."""

    def document(self, messages: Iterable[Any]) -> Iterator[str]:
        """The output from the parts of its messages, in pieces of text that make it up when joined."""


def renderer(name: str) -> Findings:
    """The module of a format, one of FORMATS."""
    return cast("Findings", import_module(f"{__name__}.{name}"))


def rendered(name: str, checked: Iterable[Checked], fails_from: Severity) -> Iterator[str]:
    """The findings of messages in a format, one of FORMATS, in pieces of text that make up the output when joined."""
    format_ = renderer(name)
    return format_.document(format_.message(message, fails_from) for message in checked)
