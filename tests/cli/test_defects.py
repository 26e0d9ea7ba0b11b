"""A defect of hopscope, wherever it is, costs the messages that show it: they are named, and the run goes on."""

import io
import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopscope import cli
from hopscope.errors import DEBUG, SourceError, internal_error

SAMPLES = Path(__file__).parents[2] / "samples"
SHOWN = SAMPLES / "exchange-2019-inbound.eml"
FILES = tuple(str(SAMPLES / name) for name in ("exchange-2013-internal.eml", SHOWN.name, "postfix-to-gmail.eml"))
MARK = "mail.shop.example.org"
"""A host that only the second message has: the defects show where it is processed."""
FORMATS = ("plain", "table", "json", "jsonl", "csv", "markdown", "svg", "html")
COMMANDS = (
    *(("show", "-f", format_) for format_ in FORMATS),
    ("show", "-f", "table", "--timeline", "--defects"),
    ("check", "-f", "json"),
    ("stats", "-f", "json"),
    ("graph", "-f", "json"),
    ("report",),
    ("redact",),
)
STAGES = (
    "hopscope.sources",
    "hopscope.paste",
    "hopscope.parser",
    "hopscope.classifier",
    "hopscope.analysis",
    "hopscope.checks",
    "hopscope.statistics.digest",
    "hopscope.redaction",
    "hopscope.renderers.message",
    "hopscope.renderers.schema.message",
)
"""The modules that process a message by itself."""
NOT_OF_A_MESSAGE = {"document", "messages", "read", "fingerprint"}
"""Functions of these modules that make up the output, or read a file after its message. Generator expressions are also
excluded: Python ignores errors while it closes one."""


class InjectedError(Exception):
    """A defect."""


class Calls:
    """Traces the functions that process the marked message; raises an error in one of them."""

    def __init__(self, defective: CodeType | None = None) -> None:
        self.functions: dict[CodeType, None] = {}
        self._defective = defective

    def __call__(self, frame: FrameType, _event: str, _argument: object) -> None:
        code = frame.f_code
        if code is not self._defective and (self._defective or not _in_a_stage(frame)):
            return
        if MARK in repr(frame.f_locals):
            self.functions[code] = None
            if self._defective:
                raise InjectedError(MARK)


def _in_a_stage(frame: FrameType) -> bool:
    name = frame.f_code.co_name
    module = frame.f_globals.get("__name__", "")
    return module.startswith(STAGES) and name not in NOT_OF_A_MESSAGE and not name.startswith("<")


class Outcome(NamedTuple):
    """Result of a run."""

    status: Any
    out: str
    err: str


def outcome(*arguments: str, calls: Calls | None = None) -> Outcome:
    out, err, previous = io.StringIO(), io.StringIO(), sys.gettrace()
    environment = {name: value for name, value in os.environ.items() if name != DEBUG}

    def traced_again(source: str, error: Exception) -> SourceError:
        """Python stops tracing at an error; the message is processed again, and fails again."""
        sys.settrace(calls)
        return internal_error(source, error)

    with (
        patch.dict("os.environ", environment, clear=True),
        patch("hopscope.scale.isolation.internal_error", traced_again),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        sys.settrace(calls)
        try:
            cli.main(arguments)
        except SystemExit as end:
            return Outcome(end.code, out.getvalue(), err.getvalue())
        finally:
            sys.settrace(previous)
    raise AssertionError("main returned")


@cache
def processing(command: tuple[str, ...]) -> tuple[CodeType, ...]:
    """The functions of a command that process the marked message."""
    outcome(*command, *FILES)  # what is computed once for all messages is computed here
    calls = Calls()
    outcome(*command, *FILES, calls=calls)
    return tuple(calls.functions)


@cache
def without_the_message(command: tuple[str, ...]) -> str:
    return comparable(outcome(*command, FILES[0], FILES[2]).out)


def comparable(out: str) -> str:
    """The output without the numbers of messages, the count of unreadable ones, and random pseudonyms."""
    numbers = re.sub(r'\bm[123]\b|"unreadable": \d|[^<]*could not be read', "", out)
    return re.sub(r"\w+", "", numbers) if out.startswith("From redacted") else numbers


@settings(max_examples=60)
@given(st.data(), st.sampled_from(COMMANDS))
def test_a_defect_costs_only_the_message_that_shows_it(data: st.DataObject, command: tuple[str, ...]) -> None:
    function = data.draw(st.sampled_from(processing(command)))
    found = outcome(*command, *FILES, calls=Calls(function))
    assert found.status == 2
    (error,) = [line for line in found.err.splitlines() if "internal error" in line]
    assert re.match(
        rf"hopscope: {re.escape(FILES[1])}: internal error \(InjectedError in hopscope\.[\w.]+, line \d+\); ", error
    )
    assert MARK not in error
    assert comparable(found.out) == without_the_message(command)


def test_under_debug_a_defect_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise InjectedError

    monkeypatch.setattr("hopscope.classifier.label", broken)
    for command in (*COMMANDS, ("explain",)):
        monkeypatch.setenv(DEBUG, "")
        with pytest.raises(InjectedError):
            cli.main([*command, "-vv", FILES[0]])
