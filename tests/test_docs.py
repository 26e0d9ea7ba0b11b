"""README and docs/ are up to date: command output, settings and links."""

import html
import re
import shlex
import tomllib
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

import hopscope
from hopscope import errors, model
from hopscope.checks.catalogue import codes
from hopscope.config import keys
from hopscope.config.settings import MinimumTls, Organisation, PathRule, Settings
from hopscope.renderers.findings import FORMATS
from tests.documents import (
    DRAW_TIMELINE,
    LIBRARY,
    PICTURE,
    ROOT,
    SESSION,
    TIMELINE,
    WIDTH,
    blocks,
    pages,
    refreshed,
    run,
    with_printed,
)


def text(root: Path) -> str:
    return (root / "docs" / "check.md").read_text(encoding="utf-8")


def test_the_example_of_settings_is_read(root: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", text(root), re.DOTALL)
    settings = keys.complete(Settings(**keys.read(tomllib.loads(block), codes(), "check.md")), "check.md")
    defaults = msgspec.structs.asdict(Settings())
    unset = {key for key, value in msgspec.structs.asdict(settings).items() if value == defaults[key]}
    assert unset == {"fail_on", "tls_unknown", "file", "folder"}


def test_every_key_is_in_the_example_of_settings(root: Path) -> None:
    known = {
        *Settings.__struct_fields__,
        *Organisation.__struct_fields__,
        *MinimumTls.__struct_fields__,
        *PathRule.__struct_fields__,
    } - {"file", "folder"}
    assert {word for word in known if not re.search(rf"\b{word}\b", text(root))} == set()


def test_every_format_of_check_is_on_the_page_about_ci(root: Path) -> None:
    page = (root / "docs" / "ci.md").read_text(encoding="utf-8")
    assert {name for name in FORMATS if f"`{name}`" not in page} == set()


def test_every_code_in_the_docs_exists(root: Path) -> None:
    assert set(re.findall(r"HOP\d{3}", text(root))) <= set(codes())


@pytest.mark.posix
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_command_prints_the_output_below_it(page: Path, update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    text = page.read_text(encoding="utf-8")
    expected = refreshed(text)
    if update_golden:
        page.write_text(expected, encoding="utf-8", newline="\n")
    else:
        assert text == expected, "run python -m tests.documents and read the difference"


def test_the_terminal_picture_shows_the_output_of_the_command() -> None:
    pieces = re.findall(r"<text[^>]*>([^<]*)</text>", PICTURE.read_text(encoding="utf-8"))
    shown = html.unescape(" ".join(pieces)).split()
    printed = run(SESSION.replace("--color always ", "")).split()
    assert [word for word in printed if word not in shown] == [], "run python -m tests.documents"


def test_the_first_picture_is_what_the_command_draws() -> None:
    assert TIMELINE.read_text(encoding="utf-8") == run(DRAW_TIMELINE), "run python -m tests.documents"


@pytest.mark.posix
def test_each_example_of_the_library_prints_the_output_below_it(update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    text = LIBRARY.read_text(encoding="utf-8")
    expected = with_printed(text)
    if update_golden:
        LIBRARY.write_text(expected, encoding="utf-8", newline="\n")
    else:
        assert text == expected, "run python -m tests.documents and read the difference"


def test_the_reference_of_the_api_has_every_public_name(root: Path) -> None:
    listed = re.findall(r"^::: (\S+)$", (root / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE)
    in_modules = {f"hopscope.{name}" for module in (model, errors) for name in module.__all__}
    assert {f"hopscope.{name}" for name in hopscope.__all__} - {*listed} - in_modules == {"hopscope.__version__"}
    for name in listed:
        module, _, attribute = name.rpartition(".")
        assert hasattr(import_module(module), attribute), name


def test_the_reference_has_the_help_of_every_command(root: Path) -> None:
    from hopscope.cli import COMMANDS

    reference = blocks((root / "docs" / "reference.md").read_text(encoding="utf-8"), "console")
    shown = {block.splitlines()[0] for block in reference}
    assert shown == {"$ hopscope --help", *(f"$ hopscope {name} --help" for name in COMMANDS)}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_without_output_use_options_that_exist(page: Path) -> None:
    """Commands that are not run here because they need the reader's files."""
    from hopscope.cli import COMMANDS, commands

    text = page.read_text(encoding="utf-8")
    for line in [
        line for language in ("sh", "powershell") for block in blocks(text, language) for line in block.splitlines()
    ]:
        words = shlex.split(line.partition(" | ")[0], comments=True, posix="\\" not in line)
        if words[:1] != ["hopscope"] or words[1:2] == ["--version"]:
            continue
        command = commands.get_command(None, words[1] if words[1] in COMMANDS else "show")  # type: ignore[arg-type]
        assert command is not None
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("-") and word != "-"} <= options, line


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_code_fits_a_terminal_of_100_columns(page: Path) -> None:
    fenced = re.findall(r"^ *```\w*\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line for block in fenced for line in block.splitlines()]
    assert [line for line in lines if len(line) > WIDTH and "https://" not in line] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_pages_and_headings(page: Path) -> None:
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.*)", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {_anchor(title) for title in headings}, heading


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
