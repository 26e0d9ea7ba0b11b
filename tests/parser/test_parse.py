"""The parser as a whole: from bytes to a route; and its patterns, which cannot backtrack."""

import importlib
import pkgutil
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

import hopscope.parser
from hopscope.model import Label, Route, Service
from hopscope.parser import parse
from hopscope.parser.damage.patterns import FIELD

BLOCK = (
    "Received: from b.example by c.example with SMTP; Tue, 31 Jul 2012 21:52:44 +1000\r\n"
    "RECEIVED: from a.example by b.example\r\n\twith SMTP; Tue, 31 Jul 2012 21:52:42 +1000\r\n"
    "From: <a@a.example>\r\n"
    "Date: Tue, 31 Jul 2012 21:52:40 +1000\r\n"
    "message-id: <1@a.example>\r\n"
    "Message-ID: <2@a.example>\r\n"
    "Subject: =?utf-8?q?x?=\r\n"
)


def test_a_header_block_becomes_a_route() -> None:
    route = parse(BLOCK, source="mail.eml")
    assert route.source == "mail.eml"
    assert [hop.stamp.field.line for hop in route.hops] == [2, 1]
    assert [field.name for field in route.headers] == ["From", "Date", "message-id", "Message-ID", "Subject"]
    assert (route.message_id, route.subject) == ("<1@a.example>", "=?utf-8?q?x?=")
    assert (route.repairs, route.defects) == ((), ())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(BLOCK.encode(), id="bytes"),
        pytest.param(BLOCK.replace("\r\n", "\n"), id="line feeds"),
        pytest.param(BLOCK + "\r\nReceived: this is the body\r\n", id="with a body"),
    ],
)
def test_the_same_block_in_another_form_is_the_same_route(data: bytes | str) -> None:
    assert parse(data) == parse(BLOCK)


def test_hops_have_no_label_yet() -> None:
    assert {hop.label for hop in parse(BLOCK).hops} == {Label(service=Service.UNKNOWN)}


@pytest.mark.parametrize("data", ["", "\r\n\r\n", "Subject: x\r\n"])
def test_without_a_received_field_there_are_no_hops(data: str) -> None:
    route = parse(data)
    assert (route.hops, route.message_id, route.total_delay) == ((), None, None)


def test_nothing_is_an_empty_route() -> None:
    assert parse(b"") == Route()


def test_repairs_and_defects_are_told() -> None:
    quoted = "".join(f"> {line}\n" for line in BLOCK.splitlines())
    assert [repair.code for repair in parse(quoted).repairs] == ["quoting"]
    stray = parse("Received: by b; Tue, 31 Jul 2012 21:52:42 +1000\r\nno field\r\nFrom: x\r\n\r\nbody\r\n")
    assert [defect.code for defect in stray.defects] == ["line-not-a-field"]


def patterns(value: object) -> Iterator[re.Pattern[Any]]:
    """The patterns that a value is, or holds; text may be a pattern that is compiled when it is first needed."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (str, bytes)):
        with suppress(re.error), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # a part of a pattern may look odd on its own
            yield re.compile(value)
    elif isinstance(value, (tuple, list, frozenset)):
        for item in value:
            yield from patterns(item)
    elif isinstance(value, type(FIELD)):  # not compiled before it is used
        yield re.compile(value.pattern, value.flags)


def all_patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern of the parser, by module, name and place."""
    modules = [info.name for info in pkgutil.walk_packages(hopscope.parser.__path__, "hopscope.parser.")]
    return {
        f"{module.removeprefix('hopscope.parser.')}.{name}[{number}]": pattern
        for module in modules
        for name, value in vars(importlib.import_module(module)).items()
        for number, pattern in enumerate(patterns(value))
        if not name.startswith("__")
    }


# The standard library's own reading of a pattern; both modules are undocumented, but as old as ``re``.
READING, CONSTANTS = importlib.import_module("re._parser"), importlib.import_module("re._constants")
GIVING_BACK = (CONSTANTS.MAX_REPEAT, CONSTANTS.MIN_REPEAT)
FEW = 16


def giving_back(items: Any, *, within: bool = False) -> Iterator[str]:  # noqa: ANN401 - its type is private
    """The repeats in a pattern that can give back more than a few characters, or are nested."""
    for operation, argument in items:
        repeats = operation in GIVING_BACK and argument[0] != argument[1]
        many = repeats and argument[1] > FEW
        nested = repeats and within and argument[1] > 1
        if many or nested:
            yield f"{operation} {argument}"
        for part in parts(argument):
            yield from giving_back(part, within=within or (repeats and argument[1] > 1))


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
    "text", ["a*", "a+?", "(a+)+", "(?:ab|a*)", "(?=a*)b", "a{2,}", "a{0,99}", "(?:a{1,2}){1,2}", "(?:x(?:a*b)++)"]
)
def test_the_check_finds_repeats_that_give_back(text: str) -> None:
    assert repeats_that_give_back(re.compile(text))


@pytest.mark.parametrize("text", ["a*+", "(?:a++b)*+", "(?>a++)", "a{1,3}", "a{99}", "(?:a{3}){2}", "(?:ab?)?", "a|b"])
def test_the_check_lets_the_others_pass(text: str) -> None:
    assert repeats_that_give_back(re.compile(text)) == []


@pytest.mark.parametrize("name", all_patterns())
def test_no_pattern_can_backtrack(name: str) -> None:
    """A match then reads each character a bounded number of times: every unlimited repeat is possessive."""
    assert repeats_that_give_back(all_patterns()[name]) == []


@pytest.mark.parametrize("name", ["lexer._OUTSIDE[0]", "tls._PATTERNS[8]", "grammar._DATE_START[0]", "dates._USUAL[0]"])
def test_the_check_sees_the_patterns_of_all_modules(name: str) -> None:
    assert name in all_patterns()
