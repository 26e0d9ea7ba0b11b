"""README is short, and starts with the two commands of the set-up."""

import re
from pathlib import Path

import pytest

from tests.documents import blocks


@pytest.fixture
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_first_block_is_exactly_the_two_install_commands(readme: str) -> None:
    lines = blocks(readme, "console")[0].splitlines()
    assert len(lines) == 2
    assert all(line.startswith("$ ") and "pip install" in line for line in lines)


def test_it_has_at_most_1200_words(readme: str) -> None:
    assert len(readme.split()) <= 1200


def test_link_targets_exist(root: Path, readme: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", readme)
    assert targets
    assert [target for target in targets if not (root / target).exists()] == []
