"""Findings of many messages as text: one format per file, all with the same function.

    findings(checked, fails_from)  -> pieces of text, generated while the messages are read

``fails_from`` is the minimum severity that makes the check fail. Every format is streamed.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Protocol, cast

from hopscope.checks.result import Checked
from hopscope.model import WORST_FIRST, Severity

__all__ = ["FORMATS", "Findings", "fails", "renderer"]

FORMATS = ("text", "json", "jsonl", "markdown", "junit", "sarif", "github", "tap")
"""The formats: the modules in this folder."""


class Findings(Protocol):
    """The interface of every module in this folder."""

    def findings(self, checked: Iterable[Checked], fails_from: Severity) -> Iterator[str]:
        """Text of the findings, in pieces that make up the output when joined."""


def renderer(name: str) -> Findings:
    """The module of a format, one of FORMATS."""
    return cast("Findings", import_module(f"{__name__}.{name}"))


def fails(severity: Severity, fails_from: Severity) -> bool:
    """Whether a finding of this severity makes the check fail."""
    return WORST_FIRST.index(severity) <= WORST_FIRST.index(fails_from)
