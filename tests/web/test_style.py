"""The style sheet of the page has the colors of hopscope's own pages."""

import re
from pathlib import Path

from hopscope.renderers.text.page import style_sheet

SHEET = Path(__file__).parents[2] / "web" / "page.css"


def test_page_has_the_colors_of_the_result() -> None:
    colors = re.compile(r"(--[\w-]+): (#\w+)")
    assert colors.findall(style_sheet("timeline.css")) == colors.findall(SHEET.read_text("ascii"))
