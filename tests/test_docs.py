"""README and the pages of docs/ are true: their commands print what stands there, their settings can be read."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from hopscope import config
from hopscope.checks.catalogue import codes
from hopscope.config import Organisation, PathRule, Settings, Tls
from hopscope.renderers.findings import FORMATS
from tests.documents import ROOT, pages, refreshed


def text(root: Path) -> str:
    return (root / "docs" / "check.md").read_text(encoding="utf-8")


def test_the_example_of_settings_is_read(root: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", text(root), re.DOTALL)
    settings = config.complete(Settings(**config.read(tomllib.loads(block), codes(), "check.md")), "check.md")
    defaults = msgspec.structs.asdict(Settings())
    unset = {key for key, value in msgspec.structs.asdict(settings).items() if value == defaults[key]}
    assert unset == {"fail_on", "tls_unknown", "file"}


def test_every_key_and_format_is_in_it(root: Path) -> None:
    known = {
        *Settings.__struct_fields__,
        *Organisation.__struct_fields__,
        *Tls.__struct_fields__,
        *PathRule.__struct_fields__,
        *FORMATS,
    } - {"file"}
    assert {word for word in known if not re.search(rf"\b{word}\b", text(root))} == set()


def test_every_code_in_it_is_one(root: Path) -> None:
    assert set(re.findall(r"HOP\d{3}", text(root))) <= set(codes())


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_command_prints_what_stands_under_it(page: Path, update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    text = page.read_text(encoding="utf-8")
    expected = refreshed(text)
    if update_golden:
        page.write_text(expected, encoding="utf-8", newline="\n")
    else:
        assert text == expected
