"""Draw docs/browser.png, the picture of the page: ``python tasks/page_picture.py hopscope.html`` (in Chromium)."""

import shutil
import sys
from pathlib import Path

PICTURE = Path(__file__).parent.parent / "docs" / "browser.png"
WIDTH = 860
MARGIN = 16


def draw(page: Path, picture: Path) -> None:
    """The page after the first sample was analyzed, from its top to the end of the timeline."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDTH, "height": 2000}, color_scheme="light")
        tab.goto(page.resolve().as_uri())
        tab.locator("#sample-list button").first.click()
        end = tab.locator("#panel-html svg").first.bounding_box(timeout=60_000)
        if end is None:
            raise SystemExit("page_picture.py: the result has no timeline")
        tab.locator("#result-heading").blur()
        height = end["y"] + end["height"] + MARGIN
        tab.screenshot(path=picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
        browser.close()


if __name__ == "__main__":
    _, built = sys.argv
    draw(Path(built), PICTURE)
