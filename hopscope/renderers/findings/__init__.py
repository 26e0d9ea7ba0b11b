"""Findings of many messages as text: one format per file, all with the same function.

    findings(checked, fails_from)  -> pieces of text, as the messages come

``fails_from`` is the least severity that makes the check fail. No format needs the last message before the first.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Protocol, cast

from hopscope.checks.result import Checked
from hopscope.model import WORST_FIRST, Severity

__all__ = ["FORMATS", "Findings", "fails", "renderer"]

FORMATS = ("text", "json", "jsonl", "markdown", "junit", "sarif", "github", "tap")
"""The formats, by the names of their files in this folder."""


class Findings(Protocol):
    """The interface of every module in this folder."""

    def findings(self, checked: Iterable[Checked], fails_from: Severity) -> Iterator[str]:
        """Text of the findings, in pieces that make up the output when joined."""


def renderer(name: str) -> Findings:
    """The format called ``name``, one of FORMATS."""
    return cast("Findings", import_module(f"{__name__}.{name}"))


def fails(severity: Severity, fails_from: Severity) -> bool:
    """Whether a finding of this severity makes the check fail."""
    return WORST_FIRST.index(severity) <= WORST_FIRST.index(fails_from)
