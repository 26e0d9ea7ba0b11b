"""Explanations of builds, services, verdicts, error strings and finding codes, as text. No message is needed.

Each kind of question has a module here, with the same interface:

    answer(what)  -> an Answer, or None if ``what`` is not a question of this kind
    names()       -> names that can be suggested; not necessarily all that are accepted
"""

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from textwrap import wrap
from typing import Protocol, cast

import msgspec

from hopscope.renderers.text.escape import visible

__all__ = ["EXAMPLES", "KINDS", "Answer", "Fact", "Part", "answer", "facts", "kind", "kinds", "near", "text", "unknown"]

KINDS = ("finding", "windows", "build", "service", "verdict", "error")
"""The kinds of question, named as their modules, in order of precedence.

Versions of the Windows SMTP service precede Exchange builds, as they look like the first versions of Exchange. Errors
come last, as an error string may occur anywhere in a text.
"""
EXAMPLES = (
    "a build (15.1.2507.39), a service (Transport), an error text (451 4.7.0 ... PRX3), a verdict (SFV:SKN) or "
    "a finding code (HOP101)"
)
"""Examples of questions."""
_REFUSING = ("error", "build")
"""The kinds of question that have a reason for which some texts are not explained."""
_LONGEST_SHOWN = 60
"""Characters of a question that an error quotes."""
_REPLY_CODE = r"[45][0-9]{2}(?![\w.])|[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![\w.])"
"""The start of an SMTP reply."""
_STATUS_CODE = r"[245]\.[0-7]\.(?:[0-9]{1,2}|350)"
"""A status code that has the form of a version: those of Exchange 4.0 and 5.0 have three or four last digits."""
_SOCKET_ERROR = r"\b1[01][0-9]{3}\b"
_CLOSE = 0.7
"""Minimum similarity of a suggestion (difflib)."""
_MIN_START = 3
"""Minimum letters of a name that is cut short."""
_LONGEST_NAME = 60
_INDENT = "  "
_BULLET = "- "
"""Precedes each line if a label has several."""
_LEAST_WIDTH = 40
_USUAL_WIDTH = 80


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
    """``finding``, ``windows``, ``build``, ``service``, ``verdict`` or ``error``."""
    parts: tuple[Part, ...]
    question: str = ""
    """What was explained."""


class _Kind(Protocol):
    """The interface of every kind of question."""

    def answer(self, what: str) -> Answer | None:
        """The answer, or ``None`` if ``what`` is not a question of this kind."""

    def names(self) -> Iterable[str]:
        """Names that can be suggested."""


def answer(what: str) -> Answer | None:
    """The answer of the first kind that applies to ``what``, or ``None``.

    A status code that is a version or build too, such as 5.5.0, has the parts of both answers.
    """
    answers = [answer for name in kinds(what) if (answer := kind(name).answer(what.strip())) is not None]
    parts = tuple(part for answer in answers for part in answer.parts)
    return Answer(kind=answers[0].kind, parts=parts, question=what) if answers else None


def kinds(what: str) -> tuple[str, ...]:
    """The kinds of question that ``what`` is: the first that applies, after ``error`` for a status code."""
    what = what.strip()
    first = next((name for name in KINDS if kind(name).answer(what) is not None), None)
    if first is None:
        return ()
    is_code = first != "error" and re.fullmatch(_STATUS_CODE, what) and kind("error").answer(what)
    return ("error", first) if is_code else (first,)


def near(what: str) -> list[str]:
    """Up to three suggestions for ``what``: the names that start so, or else the most similar ones first.

    None for numbers, as all of them are similar, and none for an SMTP reply or a socket error: one with another code is
    another error.
    """
    has_code = re.match(_REPLY_CODE, what.strip()) or re.search(_SOCKET_ERROR, what[:_LONGEST_NAME])
    if has_code or not re.search("[a-z]", what, re.IGNORECASE):
        return []
    from difflib import SequenceMatcher, get_close_matches

    def similarity(match: str) -> tuple[float, int]:
        """The similarity, then the number of equal characters at equal positions, as codes differ in few."""
        return SequenceMatcher(None, match, question).ratio(), sum(map(str.__eq__, match, question))

    question = what.strip().lower()[:_LONGEST_NAME]
    spellings = {name.lower(): name for module in KINDS for name in kind(module).names()}
    starting = [name for name in spellings if len(question) >= _MIN_START and name.startswith(question)]
    matches = starting or get_close_matches(question, spellings, n=10, cutoff=_CLOSE)
    matches.sort(key=similarity, reverse=True)
    return list(dict.fromkeys(spellings[match] for match in matches[:3]))


def unknown(what: str, reason: str, advice: str) -> str:
    """The error for a question without an answer, in one line.

    Args:
        what: The question.
        reason: Why it has none, unless its kind has a more specific reason.
        advice: What to do, unless the question is similar to a known name.
    """
    shown = what if len(what) <= _LONGEST_SHOWN else f"{what[: _LONGEST_SHOWN - 3]}..."
    suggested = near(what)
    refusals = (import_module(f"{__name__}.{name}").refusal(what.strip()) for name in _REFUSING)
    specific = next(filter(None, refusals), reason)
    suggestion = f"did you mean {' or '.join(suggested)}?" if suggested else advice
    return f"{visible(shown)}: {specific}; {suggestion}"


def kind(name: str) -> _Kind:
    """The module of a kind of question, one of KINDS."""
    return cast("_Kind", import_module(f"{__name__}.{name}"))


def facts(pairs: Iterable[tuple[str, str | Iterable[str] | None]]) -> tuple[Fact, ...]:
    """Facts from pairs of a label and its text, of one or several lines; pairs without text are left out."""
    listed = ((label, (value,) if isinstance(value, str) else tuple(value or ())) for label, value in pairs)
    return tuple(Fact(label=label, lines=lines) for label, lines in listed if lines)


def text(answer: Answer, width: int | None) -> str:
    """The answer with its labels in a column, wrapped to ``width`` columns; not wrapped if ``width`` is ``None``."""
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
    """``line``, escaped and wrapped, with ``first`` before its first line and ``continuation`` before the others.

    Long words such as addresses and commands are not broken, as they are to be copied, unless ``width`` is small.
    """
    shown = visible(line)
    if width is None:
        return [first + shown]
    return wrap(
        shown,
        max(width, _LEAST_WIDTH),
        initial_indent=first,
        subsequent_indent=continuation,
        break_long_words=width < _USUAL_WIDTH,
        break_on_hyphens=False,
    )
