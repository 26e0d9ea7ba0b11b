"""The page, built once, and a browser to open it in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from .pages import CHROMIUM, PATIENCE, QUIET

ROOT = Path(__file__).parents[2]


def _build(path: Path) -> None:
    """Build the page, or skip the test if what the build needs is missing."""
    missing = [name for name in ("node", "npm") if not shutil.which(name)]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed (Debian: apt-get install nodejs npm)")
    command = [sys.executable, str(ROOT / "web" / "build.py"), "-o", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.fail(f"the page could not be built:\n{result.stdout}{result.stderr}")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page: the file named by ``HOPSCOPE_PAGE``, or built once for all processes of a test run."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    if given := os.environ.get("HOPSCOPE_PAGE"):
        return Path(given).resolve(strict=True)
    import fcntl

    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder
    path = folder / "hopscope.html"
    with (folder / "hopscope.html.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _build(path)
    return path


@pytest.fixture(scope="module")
def browser(built: Path) -> Iterator[Browser]:  # noqa: ARG001 - without a page, no browser is needed
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=CHROMIUM, args=[*QUIET], timeout=PATIENCE)
        yield launched
        launched.close()
