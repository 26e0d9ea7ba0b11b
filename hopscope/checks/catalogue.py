"""Every rule and check with its code, severity and explanation, as its docstring and code have them."""

import re
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc, isfunction
from types import CodeType
from typing import Any

import msgspec

from hopscope.analysis.diagnosis import RULES
from hopscope.checks import CHECKS, WORST_FIRST, policy
from hopscope.checks.latency import slower_leg
from hopscope.model import Severity

__all__ = ["Entry", "codes", "entries", "entry"]

_OTHERS = (policy.unexpected_path, policy.forbidden, policy.total_delay, slower_leg)
"""Those that are called for a table of the settings, or for the run as a whole."""
_CODE = re.compile(r"^(HOP[0-9]{3}): *+", re.MULTILINE)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A rule or check."""

    code: str
    name: str
    """In words, such as ``negative delay``."""
    severities: tuple[Severity, ...]
    """Those that its findings may have, worst first."""
    summary: str
    """What it finds, in one line."""
    explanation: tuple[str, ...]
    """More of it, in paragraphs."""
    setting: bool
    """Whether it needs a setting to say anything."""


@cache
def entries() -> tuple[Entry, ...]:
    """All of them, in the order of their codes."""
    found = [each for rule in (*RULES, *CHECKS, *_OTHERS) for each in _entries(rule, setting=rule not in RULES)]
    return tuple(sorted(found, key=lambda each: each.code))


def codes() -> tuple[str, ...]:
    """All codes, in their order."""
    return tuple(each.code for each in entries())


def entry(code: str) -> Entry | None:
    """The rule or check with this code."""
    return next((each for each in entries() if each.code == code), None)


def _entries(rule: Any, *, setting: bool) -> Iterator[Entry]:  # noqa: ANN401 - a Rule or a Check
    """Of a function: its docstring starts with ``HOPnnn:``, and has a part for each further code that it may give."""
    _, *parts = _CODE.split(cleandoc(rule.__doc__ or "").replace("``", "`"))
    named = _names(rule)
    severities = tuple(each for each in WORST_FIRST if each.name in named)
    for code, part in zip(parts[::2], parts[1::2], strict=True):
        summary, *more = (" ".join(paragraph.split()) for paragraph in part.strip().split("\n\n"))
        yield Entry(
            code=code,
            name=rule.__name__.replace("_", " "),
            severities=severities or (Severity.ERROR,),  # of a table of the settings, unless that says otherwise
            summary=summary,
            explanation=tuple(more),
            setting=setting,
        )


def _names(rule: Any) -> set[str]:  # noqa: ANN401 - a function
    """The attributes that a function names, and those functions of its module that it calls.

    The members of Severity among them are the severities that its findings may have.
    """
    names: set[str] = set()
    waiting, seen = [rule], {rule}
    while waiting:
        found = _attributes(waiting.pop().__code__)
        names |= found
        named = (rule.__globals__.get(name) for name in found)
        helpers = {each for each in named if isfunction(each) and each.__module__ == rule.__module__} - seen
        helpers = {each for each in helpers if not _CODE.match(each.__doc__ or "")}  # a rule has severities of its own
        seen |= helpers
        waiting += helpers
    return names


def _attributes(code: CodeType) -> set[str]:
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*map(_attributes, inner))
