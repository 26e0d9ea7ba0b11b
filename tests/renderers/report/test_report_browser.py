"""The report in a browser: from a file, under its content security policy, by keyboard, in dark mode, and printed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import hopscope
from hopscope.analysis.analyze import analyze
from hopscope.renderers.report import Report, detailed, render
from hopscope.scale.reporting import Sample, inspect
from hopscope.sources import messages
from hopscope.statistics.summary import Summary

from ...chromium import CHROMIUM, PATIENCE, QUIET
from ..mail import QUEUED

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)")

CONTRASTS = """() => {
  const numbers = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (each) => {
    for (; each; each = each.parentElement) {
      const found = numbers(getComputedStyle(each).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const worst = {};
  for (const each of document.querySelectorAll("body *")) {
    const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || each.closest(".timeline, script, style, title, desc, .picture")) continue;
    const style = getComputedStyle(each);
    const ink = light(numbers(each.closest("svg") ? style.fill : style.color)), sheet = light(behind(each));
    const ratio = (Math.max(ink, sheet) + 0.05) / (Math.min(ink, sheet) + 0.05);
    const name = `${each.localName}.${each.getAttribute("class")}`;
    worst[name] = Math.min(worst[name] ?? 99, ratio);
  }
  return worst;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=CHROMIUM, args=[*QUIET], timeout=PATIENCE)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples = Path(__file__).parents[3] / "samples"
    sample = Sample()
    sample.merge(inspect([*messages([str(samples)], None)], details=200), 200)
    path = tmp_path_factory.mktemp("report") / "report.html"
    shown = (analyze(hopscope.read(message.data, source=message.source)) for message in sample.shown())
    details = tuple(detailed(analysis, number) for number, analysis in enumerate(shown, 1))
    report = Report(title="Mail flow report", summary=sample.summary, details=details)
    path.write_text("".join(render(report)), encoding="utf-8")
    return path


def opened(browser: Browser, file: Path, complaints: list[str], **options: Any) -> Page:  # noqa: ANN401 - playwright's
    page = browser.new_page(**options)
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url == file.as_uri() else complaints.append(request.url))
    page.goto(file.as_uri())
    return page


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """The page, which must log no error and request nothing except itself."""
    complaints: list[str] = []
    page = opened(browser, file, complaints)
    yield page
    page.close()
    assert not complaints


def visible(page: Page) -> int:
    return page.locator("details.message:visible").count()


def test_it_opens_from_a_file_and_has_its_style_and_script(page: Page) -> None:
    assert page.locator("#search").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.scroll')).overflowX") == "auto"


def test_the_search_filters_and_announces(page: Page) -> None:
    number = visible(page)
    page.fill("#search", "HOP110")
    found = visible(page)
    assert 0 < found < number
    assert page.locator("#found").inner_text() == f"{found} of {number} messages"
    page.fill("#search", "hop110 no-such-word")
    assert visible(page) == 0
    assert page.locator("#found").inner_text() == f"0 of {number} messages"
    page.keyboard.press("Escape")
    assert visible(page) == number
    assert page.locator("#found").inner_text() == ""


@pytest.mark.parametrize("words", ["ex16-02.corp.north.example", "broken.eml", "mailbox transport", "@PARTNER.example"])
def test_hosts_sources_services_and_identities_are_found(page: Page, words: str) -> None:
    page.fill("#search", words)
    assert 0 < visible(page) < page.locator("details.message").count()


def test_slash_focuses_the_search_unless_typing(page: Page) -> None:
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("a/b")
    assert page.input_value("#search") == "a/b"


def test_a_link_opens_its_message_even_if_the_search_hides_it(page: Page) -> None:
    page.fill("#search", "no such message")
    link = page.locator(".see a").first
    key = str(link.get_attribute("href"))[1:]
    link.click()
    assert page.locator(f"#{key}").evaluate("each => each.open && !each.hidden")
    assert page.locator(f"#{key} svg.horizontal").is_visible()
    assert page.evaluate("document.activeElement.parentElement.id") == key


def test_everything_is_reachable_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    reached: list[str] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.parentElement.id"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        if reached[-1] == "m1":
            assert outline == "solid"
            break
    assert reached.index("search") < reached.index("m1")
    page.keyboard.press("Enter")
    assert page.locator("#m1").evaluate("each => each.open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_light_and_dark(browser: Browser, file: Path, scheme: str) -> None:
    page = opened(browser, file, [], color_scheme=scheme)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    contrasts: dict[str, float] = page.evaluate(CONTRASTS)
    page.close()
    assert (background == "rgb(255, 255, 255)") is (scheme == "light")
    assert len(contrasts) > 20
    assert {name: ratio for name, ratio in contrasts.items() if ratio < 4.5} == {}


BROKEN_WORDS = """() => {
  const broken = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (!text.parentElement.closest("tbody") || text.parentElement.closest("svg, .message, .what")) continue;
    for (const word of text.data.matchAll(/[A-Za-z0-9]+/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((each) => each.top)).size > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""


@pytest.mark.parametrize("width", [400, 1400])
def test_no_word_breaks_and_no_time_does(browser: Browser, file: Path, width: int) -> None:
    page = opened(browser, file, [], viewport={"width": width, "height": 800})
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate(BROKEN_WORDS) == []
    spaces = "[...document.querySelectorAll('section .n, .time')].map((each) => getComputedStyle(each).whiteSpace)"
    assert set(page.evaluate(spaces)) == {"nowrap"}
    page.close()


def test_rows_are_cards_in_a_narrow_window(browser: Browser, file: Path) -> None:
    page = opened(browser, file, [], viewport={"width": 400, "height": 800})
    widths = (
        """[...document.querySelectorAll('.cards')].map(({parentElement: box}) => [box.scrollWidth, box.clientWidth])"""
    )
    assert all(content <= box for content, box in page.evaluate(widths))
    page.close()


def test_nothing_overflows_a_narrow_window(browser: Browser, file: Path) -> None:
    page = opened(browser, file, [], viewport={"width": 400, "height": 800})
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    displays = "[...document.querySelectorAll('figure .timeline')].map((each) => getComputedStyle(each).display)"
    drawn = page.evaluate(displays)
    assert drawn == ["none", "block"] * (len(drawn) // 2) != []
    page.close()


def test_print_shows_everything_without_controls(browser: Browser, file: Path) -> None:
    page = opened(browser, file, [], color_scheme="dark")
    page.emulate_media(media="print")
    assert min(message_heights(page)) > 200
    assert not page.locator("#search").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.close()


def message_heights(page: Page) -> list[float]:
    heights: list[float] = page.evaluate(
        "[...document.querySelectorAll('details.message')].map((each) => each.getBoundingClientRect().height)"
    )
    return heights


def test_the_first_twenty_messages_are_printed(browser: Browser, tmp_path: Path) -> None:
    analysis = analyze(QUEUED)
    details = tuple(detailed(analysis, number) for number in range(1, 24))
    path = tmp_path / "many.html"
    path.write_text("".join(render(Report(title="Many", summary=Summary(), details=details))), encoding="utf-8")
    page = opened(browser, path, [])
    assert not page.locator(".only-print").is_visible()
    page.emulate_media(media="print")
    heights = message_heights(page)
    assert [height > 200 for height in heights] == [True] * 20 + [False] * 3
    assert max(heights[20:]) == 0
    assert page.locator(".only-print").inner_text().strip() == "The first 20 are printed; the other 3 are in the file."
    page.close()


@pytest.mark.parametrize("script", [True, False])
def test_an_address_opens_its_message(browser: Browser, file: Path, *, script: bool) -> None:
    page = browser.new_page(java_script_enabled=script)
    page.goto(f"{file.as_uri()}#m2")
    assert page.locator("#m2 svg.timeline").first.is_visible()
    assert not page.locator("#m3 svg.timeline").first.is_visible()
    page.close()


def test_the_page_is_complete_without_script(browser: Browser, file: Path) -> None:
    page = opened(browser, file, [], java_script_enabled=False)
    assert not page.locator("#search").is_visible()
    page.locator("#m1 > summary").click()
    assert page.locator("#m1 svg.horizontal").is_visible()
    page.close()
