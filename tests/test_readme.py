"""README says what is true: its commands print what stands there, its Python runs."""

from pathlib import Path

import pytest

from tests.documents import blocks, run


def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_first_block_holds_exactly_the_two_commands_that_do_the_set_up(root: Path) -> None:
    lines = blocks(readme(root), "console")[0].splitlines()
    assert len(lines) == 2
    assert all(line.startswith("$ ") and "pip install" in line for line in lines)


def test_the_table_of_rules_is_that_of_the_program(root: Path, update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    readme = root / "README.md"
    before, marked, rest = readme.read_text(encoding="utf-8").partition("<!-- rules -->\n")
    table, end, after = rest.partition("<!-- end of rules -->\n")
    expected = f"\n{run('hopscope rules -f markdown')}\n"
    if update_golden:
        readme.write_text(f"{before}{marked}{expected}{end}{after}", encoding="utf-8")
    else:
        assert table == expected


def test_the_python_example_runs(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    for block in blocks(readme(root), "python"):
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - the README's own example
    printed = capsys.readouterr().out
    assert "1 mapi submission None 1.0" in printed
    assert "False" in printed


def test_every_option_of_every_command_is_mentioned(root: Path) -> None:
    from hopscope.cli import COMMANDS, commands

    text = (root / "README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        command = commands.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.help
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        missing = {option for option in options if option not in text} - {"--output", "--verbose"}
        assert not missing, name
