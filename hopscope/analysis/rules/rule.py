"""The record that declares a rule, next to its function."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

import msgspec

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.model import Finding, Severity

__all__ = ["Rule"]


class Rule(msgspec.Struct, frozen=True):
    """What a rule finds, and when it can find anything."""

    code: str
    """Stable, such as ``HOP101``."""
    severities: tuple[Severity, ...]
    """Those that its findings may have, worst first."""
    title: str
    """A noun phrase."""
    needs: AbstractSet[Fact]
    """Where none of these facts holds, the rule cannot find anything, and is not run."""
    check: Callable[[MessageContext], Iterator[Finding]]
    """Its docstring explains the rule."""
