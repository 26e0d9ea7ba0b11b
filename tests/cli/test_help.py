"""The help of every command: one imperative sentence, options grouped by purpose, valid examples."""

import re
import shlex

import click
import pytest

from hopscope.cli import COMMANDS, commands
from hopscope.cli.options import Command

from .conftest import Run


def command(name: str) -> Command:
    loaded = commands.get_command(click.Context(commands), name)
    assert isinstance(loaded, Command)
    return loaded


def examples(text: str) -> list[str]:
    return text.rstrip("\n").partition("\nExamples:\n")[2].splitlines()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_is_a_complete_sentence_in_the_list_of_commands(run: Run, name: str) -> None:
    listed = run("--help").out
    summary = re.search(rf"^  {name} +(.*)$", listed, re.MULTILINE)
    assert summary is not None
    assert summary[1].endswith((".", "(default command)."))
    assert not summary[1].endswith("...")


@pytest.mark.parametrize("name", COMMANDS)
def test_options_are_grouped_and_none_is_missing(run: Run, name: str) -> None:
    shown = run(name, "--help").out
    headings = re.findall(r"^([A-Z]\w+):$", shown, re.MULTILINE)
    assert "Options" not in headings
    assert headings[-2:] == ["Other", "Examples"]
    options = [option for option in command(name).params if isinstance(option, click.Option)]
    assert options
    _, *sections = re.split(r"^[A-Z]\w+:$", shown, flags=re.MULTILINE)
    rows = re.findall(r"^  (?:-\w, )?+(--[a-z-]+)", "".join(sections), re.MULTILINE)
    assert sorted(rows) == sorted({*(option.opts[-1] for option in options), "--help"})
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_two_examples_use_options_of_the_command(run: Run, name: str) -> None:
    lines = examples(run(name, "--help").out)
    assert len(lines) == 2
    own = [words for line in lines if (words := shlex.split(line))[0] == "hopscope"]
    assert own
    for _, example, *arguments in own:
        assert example == name
        until_pipe = arguments[: arguments.index("|")] if "|" in arguments else arguments
        command(name).make_parser(click.Context(command(name))).parse_args(until_pipe)


def test_the_program_shows_examples(run: Run) -> None:
    assert len(examples(run("--help").out)) == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("show", "--nonsense"), "hopscope: no such option --nonsense; see hopscope show --help\n"),
        (("show", "--tz", "x"), "hopscope: --tz: x is not a time zone (examples: utc, local, "),
        (("compare",), "hopscope: compare needs two FILES, or one with --model; got 0\n"),
        (
            ("pipeline",),
            "hopscope: GENERATION is missing; choose from 2007, 2010, 2013, 2016, 2019, SE, Online\n",
        ),
    ],
)
def test_a_usage_error_is_one_line_with_advice(run: Run, arguments: tuple[str, ...], expected: str) -> None:
    outcome = run(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    unquoted = outcome.err.replace("'", "").replace("option:", "option")  # this depends on the version of click
    assert unquoted.startswith(expected)
    assert outcome.err.count("\n") == 1
