"""Patterns of the parser cannot backtrack, and no pattern can take exponential time.

Two checks: every text of the parser's modules that may be a pattern, used or not; and every pattern that is compiled
anywhere in the program while it reads the corpora.
"""

import importlib
import json
import pkgutil
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import hopscope.parser
import hopscope.paste


def patterns(value: object) -> Iterator[re.Pattern[Any]]:
    """The patterns in a value; text may be a pattern that is compiled lazily."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (str, bytes)):
        with suppress(re.error), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # a part of a pattern may be invalid by itself
            yield re.compile(value)
    elif isinstance(value, (tuple, list, frozenset)):
        for item in value:
            yield from patterns(item)


@cache
def all_patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern of the parser, by module, name and place."""
    modules = [
        info.name
        for package in (hopscope.parser, hopscope.paste)
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return {
        f"{module.removeprefix('hopscope.')}.{name}[{number}]": pattern
        for module in modules
        for name, value in vars(importlib.import_module(module)).items()
        for number, pattern in enumerate(patterns(value))
        if not name.startswith("__")
    }


# The parser of patterns in the standard library; both modules are undocumented, but as old as ``re``.
READING, CONSTANTS = importlib.import_module("re._parser"), importlib.import_module("re._constants")
GIVING_BACK = (CONSTANTS.MAX_REPEAT, CONSTANTS.MIN_REPEAT)
FEW = 16


def giving_back(items: Any, *, outer: int = 1) -> Iterator[str]:  # noqa: ANN401 - its type is private
    """The repeats in a pattern that can backtrack more than a few times, enclosing repeats included."""
    for operation, argument in items:
        repeats = operation in GIVING_BACK and argument[0] != argument[1]
        times = outer * max(argument[1], 1) if repeats else outer
        if repeats and times > FEW:
            yield f"{operation} {argument}"
        for part in parts(argument):
            yield from giving_back(part, outer=times)


def ambiguous(items: Any, *, outer: int = 1) -> Iterator[str]:  # noqa: ANN401 - its type is private
    """The repeats and alternatives within a repeat that can backtrack more than a few times."""
    for operation, argument in items:
        repeats = operation in GIVING_BACK and argument[0] != argument[1]
        if outer > FEW and (repeats or operation is CONSTANTS.BRANCH):
            yield f"{operation} {argument}"
        for part in parts(argument):
            yield from ambiguous(part, outer=outer * max(argument[1], 1) if repeats else outer)


def parts(argument: Any) -> Iterator[Any]:  # noqa: ANN401 - its type is private
    """The patterns within the argument of an operation."""
    if isinstance(argument, READING.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for item in argument:
            yield from parts(item)


def repeats_that_give_back(pattern: re.Pattern[Any]) -> list[str]:
    return list(giving_back(READING.parse(pattern.pattern, pattern.flags)))


@pytest.mark.parametrize(
    "text", ["a*", "a+?", "(a+)+", "(?:ab|a*)", "(?=a*)b", "a{2,}", "a{0,99}", "(?:a{1,9}){1,9}", "(?:x(?:a*b)++)"]
)
def test_the_check_finds_repeats_that_backtrack(text: str) -> None:
    assert repeats_that_give_back(re.compile(text))


@pytest.mark.parametrize(
    "text", ["a*+", "(?:a++b)*+", "(?>a++)", "a{1,3}", "a{99}", "(?:a{3}){2}", "(?:ab?)?", "(?:a{1,2}){1,2}", "a|b"]
)
def test_the_check_accepts_other_patterns(text: str) -> None:
    assert repeats_that_give_back(re.compile(text)) == []


def test_no_pattern_of_the_parser_can_backtrack() -> None:
    """A match then reads each character a bounded number of times: every unlimited repeat is possessive."""
    found = {name: repeats_that_give_back(pattern) for name, pattern in all_patterns().items()}
    assert {name: repeats for name, repeats in found.items() if repeats} == {}


@pytest.mark.parametrize(
    "name",
    ["parser.lexer._OUTSIDE[0]", "parser.tls._PATTERNS[8]", "parser.grammar._DATE_START[0]", "parser.dates._USUAL[0]"],
)
def test_the_check_covers_the_patterns_of_all_modules(name: str) -> None:
    assert name in all_patterns()


@cache
def compiled() -> list[tuple[str, int, str]]:
    """Every pattern that the program compiles while it reads the corpora: text, flags, place."""
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("compiled_patterns.py")], capture_output=True, check=True
    )
    return [tuple(row) for row in json.loads(done.stdout)]


def test_no_compiled_pattern_can_take_exponential_time() -> None:
    """Exponential time needs a choice within a repeat that backtracks: two matches of the same text at each step."""
    found = {(where, text): list(ambiguous(READING.parse(text, flags))) for text, flags, where in compiled()}
    assert {key: choices for key, choices in found.items() if choices} == {}


@pytest.mark.parametrize(
    "text", ["(a+)+", "(?:a|ab)*", "(?:a?b)*", "(?:(?:ab)*+|a)*", "(?:x(?:a*b)+)", "(?:a{1,9}){1,20}"]
)
def test_the_check_finds_choices_within_repeats(text: str) -> None:
    assert list(ambiguous(READING.parse(text)))


@pytest.mark.parametrize("text", ["a*", "a+b*", "(?:a|b)", "(?:a+)*+", "(?:a*+b)*", "(?:a|b)++", "(?:a|b){1,3}"])
def test_the_check_accepts_single_repeats(text: str) -> None:
    assert not list(ambiguous(READING.parse(text)))


@pytest.mark.parametrize(
    "module",
    ["parser.lexer", "parser.tls", "parser.auth", "paste.patterns", "classifier.builds", "sources.mbox"],
)
def test_patterns_are_recorded_wherever_they_are_compiled(module: str) -> None:
    assert any(where.startswith(f"hopscope.{module}:") for _, _, where in compiled())
