"""A defect of hopscope, wherever it is, costs the messages that show it: they are named, and the run goes on."""

import io
import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from itertools import permutations
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple
from unittest.mock import patch
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopscope import cli
from hopscope.errors import DEBUG, SourceError, internal_error
from hopscope.paste.blocks import is_continued

from .conftest import Run

SAMPLES = Path(__file__).parents[2] / "samples"
SHOWN = SAMPLES / "exchange-2019-inbound.eml"
FILES = tuple(str(SAMPLES / name) for name in ("exchange-2013-internal.eml", SHOWN.name, "postfix-to-gmail.eml"))
MARK = "mail.shop.example.org"
"""A host that only the second message has: the defects show where it is processed."""
FORMATS = ("plain", "table", "json", "jsonl", "csv", "markdown", "svg", "html")
COMMANDS = (
    *(("show", "-f", format_) for format_ in FORMATS),
    ("show", "-f", "table", "--timeline", "--defects"),
    *(("check", "-f", format_) for format_ in ("text", "json", "sarif", "junit")),
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
    "hopscope.renderers.findings",
    "hopscope.renderers.schema.message",
)

pytestmark = pytest.mark.no_cover  # other tests of the commands measure it
"""The modules that process a message by itself."""
NOT_OF_A_MESSAGE = {"document", "messages", "read"}
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
    """The output without the numbers of messages, and the count of unreadable ones."""
    return re.sub(r'\bm[123]\b|"unreadable": \d', "", out)


@settings(max_examples=30)
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
    if command == ("report",):  # which counts a message that it cannot show in detail
        assert [Path(file).name in found.out for file in FILES] == [True, False, True]
    elif command == ("redact",):  # whose pseudonyms are random
        assert found.out.count("\nReceived:") == without_the_message(command).count("\nReceived:")
    else:
        assert comparable(found.out) == without_the_message(command)


def test_a_defect_while_a_message_is_explained_names_it() -> None:
    outcome("explain", FILES[1])
    calls = Calls()
    outcome("explain", FILES[1], calls=calls)
    for function in list(calls.functions)[::12]:
        found = outcome("explain", FILES[1], calls=Calls(function))
        assert (found.status, found.out) == (2, "")
        assert found.err.startswith(f"hopscope: {FILES[1]}: internal error (InjectedError in hopscope.")


def test_a_defect_in_a_comparison_names_its_files(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError(MARK)

    monkeypatch.delenv(DEBUG)
    for function in ("comparison.compare", "comparison.typical.typical", "renderers.comparison.json.comparison"):
        with monkeypatch.context() as patched:
            patched.setattr(f"hopscope.{function}", broken)
            found = run("compare", "-f", "json", FILES[0], FILES[1])
        assert found.status == 2
        assert not found.out
        assert all(line.startswith("hopscope: ") and FILES[0] in line for line in found.err.splitlines()[:1])
        assert "internal error (ValueError in hopscope." in found.err
        assert MARK not in found.err


def test_a_value_error_of_a_reader_is_not_taken_for_damage(
    monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path
) -> None:
    mail = SHOWN.read_bytes()
    (tmp_path / "1.mbox").write_bytes(b"From a@b.example Tue Jul 31 21:52:42 2012\n" + mail)
    with ZipFile(tmp_path / "2.zip", "w") as archive:
        archive.writestr("3.mbox", (tmp_path / "1.mbox").read_bytes())

    def broken(*_: object, **__: object) -> None:
        raise ValueError(MARK)

    monkeypatch.delenv(DEBUG)
    monkeypatch.setattr("hopscope.sources.mbox.header_end", broken)
    for path, named in (("1.mbox", "1.mbox"), ("2.zip", "2.zip:3.mbox")):
        found = run("stats", tmp_path / path, FILES[0])
        assert found.status == 2
        assert found.err.startswith(
            f"hopscope: {tmp_path}/{named}: internal error (ValueError in hopscope.sources.mbox"
        )
        assert found.err.count("\n") == 1
        assert MARK not in found.err


def test_under_debug_a_defect_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise InjectedError

    monkeypatch.setattr("hopscope.scale.reading.label", broken)
    for command in (*COMMANDS, ("explain",)):
        for arguments in ((*command, "-vv", FILES[0]), ("-vv", *command, FILES[0]), (*command, FILES[0], "-v", "-v")):
            monkeypatch.setenv(DEBUG, "")
            with pytest.raises(InjectedError):
                cli.main(arguments)


FULL_COMMANDS = (("show", "-f", "html"), ("show", "-f", "table", "--timeline", "--defects"), ("check",), ("redact",))
"""Between them, they compute everything that is known of a message."""
DIGITS = "1" * 4301
"""More than Python converts to a number."""
NUMBERS = (DIGITS, f"0{DIGITS}", "0" * 4301, f"{DIGITS}.5", f"-{DIGITS}", f"1e{DIGITS}", "²", "1_0", "9" * 19)
FIELDS = (
    "{0}",
    "Content-Length: {0}\nReceived: from a.example by b.example; Tue, 1 Oct 2024 10:00:00 +0000",
    "Received: from a.example by b.example with ESMTP id {0}; Tue, 1 Oct 2024 10:00:00 +0000",
    "Received: from a.example ([192.0.2.{0}]:{0}) by b.example ({0}) (Postfix {0}.1) with ESMTPS (TLSv{0}, {0} bits)",
    "Received: from a.example by b.example with Microsoft SMTP Server id 15.{0}.1.{0}; Tue, 1 Oct 2024 10:00:00 +0000",
    "Received: from a.example by b.example; Tue, {0} Oct 2024 10:00:00 +0000",
    "Received: from a.example by b.example; Tue, 1 Oct {0} 10:00:00 +0000",
    "Received: from a.example by b.example; Tue, 1 Oct 2024 {0}:{0}:{0} +{0}",
    "Received: from a.example by b.example; 2024-01-01T10:{0}:00.{0}+00:00",
    "Received: from a.example by b.example; {0}",
    "Received: (qmail {0} invoked by uid {0}); {0} Oct 2024 10:00:00 -0000",
    """X-MS-Exchange-Transport-EndToEndLatency: {0}:{0}:{0}.{0}
Received: from a.example by b.example; Tue, 1 Oct 2024 10:00:00 +0000
Date: {0}""",
    """<html>Delivery has failed to these recipients:<br>&#{0};@b.example&#x{0};<br>#550 5.1.1 &#{0}; #SMTP#
Generating server: &#{0}.example</html>""",
    """Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; {0}
Arrival-Date: {0}

Status: {0}.{0}.{0}
Action: failed
Final-Recipient: rfc822; a@{0}
Diagnostic-Code: smtp; {0} {0}.1.1
Will-Retry-Until: {0}

--b--""",
)


@pytest.mark.parametrize("field", FIELDS, ids=range(len(FIELDS)))
def test_numbers_of_any_length_are_read(field: str, tmp_path: Path) -> None:
    for index, number in enumerate(NUMBERS):
        (tmp_path / f"{index}.eml").write_text(f"{field.format(number)}\nSubject: {number}\n\n{number}\n")
    for command in FULL_COMMANDS:
        with pytest.raises(SystemExit):
            cli.main([*command, str(tmp_path)])
    for number in NUMBERS:
        with pytest.raises(SystemExit):
            cli.main(["explain", f"550 5.1.1 &#{number}; {field.format(number)}"[:20_000]])


LATE = ("Thu, 22 Jun 2023 11:35:10 +0000", "Fri, 2 Jun 6071 05:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 -1200")
EARLY = ("Mon, 1 Jan 0001 00:00:00 +1400", "1 Jan 1900 00:00 +0000", "Thu, 22 Jun 2023 11:34:59 -2359")


@pytest.mark.parametrize("dates", [*permutations(LATE), *permutations(EARLY)], ids=range(12))
def test_dates_of_any_year_are_read(dates: tuple[str, ...], tmp_path: Path) -> None:
    fields = [
        f"Received: from {peer}.example by {host}.example with ESMTP; {date}\n"
        for peer, host, date in zip("adb", "dbe", dates, strict=True)
    ]
    (tmp_path / "1.eml").write_text(f"{''.join(reversed(fields))}Date: {dates[0]}\n\n")
    for command in (*FULL_COMMANDS, *(("show", "--tz", zone) for zone in ("-12:00", "+14:00", "America/New_York"))):
        with pytest.raises(SystemExit):
            cli.main([*command, str(tmp_path)])


@pytest.mark.parametrize("number", ["9" * 10, "9" * 20, "9" * 4301])
@pytest.mark.parametrize("date", ["Tue, {} Oct 2024 10:00:00 +0000", "1 Oct {} 10:00 +0000", "1 Oct 2024 {}:{}:{} +{}"])
def test_two_blocks_with_impossible_dates_are_not_continued(date: str, number: str) -> None:
    dated = date.replace("{}", number)
    above = f"Received: from a.example by b.example; {dated}\n"
    below = f"Received: from c.example by d.example; {dated}\n"
    assert not is_continued(above, below)
