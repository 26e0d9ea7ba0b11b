"""What hopscope knows of a build, a service, an error string or a finding code, as text. No message is read for it.

Each kind of question has a file here, with the same doors:

    answer(what)  -> an Answer, or None where ``what`` is no question of this kind
    names()       -> what can be asked, for suggestions; not everything, where anything can be
"""

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from textwrap import wrap
from typing import Protocol, cast

import msgspec

from hopscope.renderers.text.escape import visible

__all__ = ["KINDS", "Answer", "Fact", "Part", "answer", "doors", "facts", "near", "text"]

KINDS = ("finding", "windows", "build", "service", "error")
"""The kinds of question by the names of their files, in the order in which they are tried.

The numbers of the SMTP service of Windows come before those of Exchange, whose first versions they look like, and
errors last, since they are found anywhere in a text.
"""
_CLOSE = 0.6
"""How alike a name must be to be suggested (difflib)."""
_LONGEST_NAME = 60
_INDENT = "  "
_BULLET = "- "
"""Before each line of several under one label."""
_LEAST_WIDTH = 40


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of text under a label."""

    label: str
    lines: tuple[str, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Facts under a heading."""

    heading: str
    facts: tuple[Fact, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a question."""

    kind: str
    """One of KINDS."""
    parts: tuple[Part, ...]


class _Kind(Protocol):
    """The doors of every file in this folder."""

    def answer(self, what: str) -> Answer | None:
        """The answer, or ``None`` where ``what`` is no question of this kind."""

    def names(self) -> Iterable[str]:
        """What can be asked."""


def answer(what: str) -> Answer | None:
    """The answer of the first kind that knows ``what``; ``None`` where none does."""
    what = what.strip()
    answers = (doors(name).answer(what) for name in KINDS)
    return next((answer for answer in answers if answer is not None), None)


def near(what: str) -> list[str]:
    """What ``what`` may have been meant to be, most alike first; nothing for mere numbers, which are all alike."""
    if not re.search("[a-z]", what, re.IGNORECASE):
        return []
    from difflib import SequenceMatcher, get_close_matches

    def likeness(match: str) -> tuple[float, int]:
        """How alike it is; of codes, which differ in little, the one with most characters in their places."""
        return SequenceMatcher(None, match, question).ratio(), sum(map(str.__eq__, match, question))

    question = what.strip().lower()[:_LONGEST_NAME]
    spellings = {name.lower(): name for kind in KINDS for name in doors(kind).names()}
    matches = get_close_matches(question, spellings, n=10, cutoff=_CLOSE)
    matches.sort(key=likeness, reverse=True)
    return list(dict.fromkeys(spellings[match] for match in matches[:3]))


def doors(name: str) -> _Kind:
    """The file of the kind called ``name``, one of KINDS."""
    return cast("_Kind", import_module(f"{__name__}.{name}"))


def facts(pairs: Iterable[tuple[str, str | Iterable[str] | None]]) -> tuple[Fact, ...]:
    """Facts of labels and their text, one line or several; without those that are not known."""
    listed = ((label, (value,) if isinstance(value, str) else tuple(value or ())) for label, value in pairs)
    return tuple(Fact(label=label, lines=lines) for label, lines in listed if lines)


def text(answer: Answer, width: int | None) -> str:
    """The answer with its labels in a column; wrapped to ``width`` columns, or uncut."""
    labels = max(len(fact.label) for part in answer.parts for fact in part.facts)
    parts = ("".join(f"{line}\n" for line in _part(part, labels + len(_INDENT), width)) for part in answer.parts)
    return "\n".join(parts)


def _part(part: Part, column: int, width: int | None) -> Iterator[str]:
    yield from _wrapped(part.heading, "", "", width)
    for fact in part.facts:
        label = f"{_INDENT}{fact.label:<{column}}"
        bullet = _BULLET if len(fact.lines) > 1 else ""
        for line in fact.lines:
            yield from _wrapped(line, label + bullet, " " * len(label + bullet), width)
            label = " " * len(label)


def _wrapped(line: str, first: str, continuation: str, width: int | None) -> list[str]:
    """``line`` made harmless, behind ``first`` and, where it goes on, ``continuation``."""
    shown = visible(line)
    if width is None:
        return [first + shown]
    return wrap(
        shown,
        max(width, _LEAST_WIDTH),
        initial_indent=first,
        subsequent_indent=continuation,
        break_on_hyphens=False,
    )
