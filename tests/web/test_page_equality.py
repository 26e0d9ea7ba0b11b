"""The page saves what the command line writes, byte for byte: CPython as WebAssembly gives the answers of CPython.

Of the corpora there are 100 messages at equal distances, so that both have their share; most are others than
in ``test_engine.py``. They are dropped in groups, which are as large as the page shows one by one.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from web.engine import MAX_SHOWN

from ..corpora import blocks
from .command_line import SAMPLES, printed
from .pages import Opened, analyzed, drop, headers, opened, ready

CORPUS = [blocks()[number * len(blocks()) // 100] for number in range(100)]
FORMATS = {"Result": "html", "JSON": "json", "Markdown": "markdown"}
NO_RANDOMNESS = """document.addEventListener("DOMContentLoaded", () => {
  const worker = document.getElementById("worker");
  worker.textContent = `crypto.getRandomValues = (array) => array.fill(0);${worker.textContent}`;
})"""
"""Before Python starts: its ``os.urandom`` has only zeros, so that redaction has the pseudonyms of a known key."""


@pytest.fixture(scope="module")
def loaded(browser: Browser, built: Path) -> Iterator[Opened]:
    with opened(browser, built, script=NO_RANDOMNESS) as open_page:
        ready(open_page.page)
        yield open_page


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, in which the command line finds the files that the page receives."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "urandom", bytes)
    return tmp_path


def dropped(page: Page, folder: Path, files: dict[str, bytes]) -> None:
    """Drop files, and write them for the command line."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    drop(page, files)
    analyzed(page, len(files))


def saved(loaded: Opened, tab: str) -> str:
    """What the page saves of the result in a format."""
    page = loaded.page
    page.get_by_role("tab", name=tab, exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    assert loaded.complaints.pop().startswith("download: ")
    return download.value.path().read_bytes().decode()


def check_messages(loaded: Opened, arguments: Iterable[str], stdin: str | None = None) -> None:
    """The result is what the command line prints in each format."""
    for tab, format_ in FORMATS.items():
        assert saved(loaded, tab) == printed("show", "-f", format_, *arguments, stdin=stdin)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.eml")))
def test_a_sample_is_shown_as_on_the_command_line(loaded: Opened, name: str) -> None:
    text = (SAMPLES / name).read_text("utf-8")
    headers(loaded.page).fill(text)
    loaded.page.get_by_role("button", name="Analyze").click()
    analyzed(loaded.page)
    check_messages(loaded, (), stdin=text)
    assert saved(loaded, "Redacted headers") == printed("redact", stdin=text)


def test_a_folder_is_shown_as_on_the_command_line(loaded: Opened, folder: Path) -> None:
    paths = sorted((SAMPLES / "organisation").glob("*.eml"))
    dropped(loaded.page, folder, {f"organisation/{path.name}": path.read_bytes() for path in paths})
    check_messages(loaded, ["organisation"])
    assert saved(loaded, "Redacted headers") == printed("redact", "organisation")


@pytest.mark.parametrize("start", range(0, len(CORPUS), MAX_SHOWN))
def test_real_messages_are_shown_as_on_the_command_line(loaded: Opened, folder: Path, start: int) -> None:
    group = CORPUS[start : start + MAX_SHOWN]
    files = {f"{number}.eml": data for number, data in enumerate(group, start)}
    dropped(loaded.page, folder, files)
    check_messages(loaded, files)


def test_a_report_is_that_of_the_command_line(loaded: Opened, folder: Path) -> None:
    files = {f"{number}.eml": data for number, data in enumerate(CORPUS[::4])}
    dropped(loaded.page, folder, files)
    assert saved(loaded, "Result") == printed("report", *files)
    for tab in ("JSON", "Markdown"):
        assert saved(loaded, tab) == printed("stats", "-f", FORMATS[tab], *files)
