"""README.md as PyPI shows it."""

import re
from importlib import import_module

import pytest

from .conftest import ROOT

pytest.importorskip("hatchling")


def test_links_of_the_long_description_are_absolute() -> None:
    plugins = import_module("hatchling.plugin.manager").PluginManager()
    metadata = import_module("hatchling.metadata.core").ProjectMetadata(str(ROOT), plugins)
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)]*)\)", metadata.core.readme)
    assert [target for _, target in links if not target.startswith("https://")] == []
    source = re.compile(
        rf"{re.escape(metadata.core.urls['Source'])}/(blob|raw)/v{re.escape(metadata.version)}/([^#]+)(#.*)?"
    )
    files = [(image, match[1], match[2]) for image, target in links if (match := source.fullmatch(target))]
    assert {(image, kind) for image, kind, _ in files} == {("!", "raw"), ("", "blob")}
    assert [file for _, _, file in files if not (ROOT / file).is_file()] == []
    assert len(files) == len(re.findall(r"\]\((?!https:)", (ROOT / "README.md").read_text(encoding="utf-8")))
