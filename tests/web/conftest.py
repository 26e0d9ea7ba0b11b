"""The page, and a browser to open it in."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from ..chromium import CHROMIUM, PATIENCE, QUIET
from .pages import Opened, opened, ready


@pytest.fixture(scope="session")
def built() -> Path:
    """The page that the environment names, as building it takes Node.js, npm and half a minute."""
    path = os.environ.get("HOPSCOPE_PAGE")
    if not path:
        pytest.skip("HOPSCOPE_PAGE names no page (python web/build.py -o hopscope.html)")
    return Path(path).resolve(strict=True)


@pytest.fixture(scope="module")
def browser(built: Path) -> Iterator[Browser]:  # noqa: ARG001 - without a page, no browser is needed
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=CHROMIUM, args=[*QUIET], timeout=PATIENCE)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def loaded(browser: Browser, built: Path) -> Iterator[Opened]:
    with opened(browser, built) as open_page:
        ready(open_page.page)
        yield open_page
