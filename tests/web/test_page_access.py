"""The page is accessible: by keyboard, to screen readers, on narrow and wide screens, in both color schemes, on paper.

Each test that is about a state of the page runs in all of them. The module is over 300 lines because they share these
states.
"""

import re
import tarfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from web import build

from ..chromium import PATIENCE
from .command_line import SAMPLES
from .pages import Opened, analyzed, announcement, cleared, drop, headers, opened, part, press, tab_text

SAMPLE = (SAMPLES / "exchange-2019-inbound.eml").read_text("utf-8")


def all_parts(page: Page) -> None:
    for heading in ("Compare", "Explain", "Privacy", "Licenses"):
        part(page, heading)


def one_message(page: Page) -> None:
    headers(page).fill(SAMPLE)
    press(page, "Analyze")
    analyzed(page)


def details_of_a_hop(page: Page) -> None:
    one_message(page)
    page.get_by_text("Details of hop 3", exact=True).click()


def messages(page: Page) -> None:
    drop(page, {path.name: path.read_bytes() for path in (SAMPLES / "organisation").glob("*.eml")})
    analyzed(page, 5)


def report(page: Page) -> None:
    samples = [path.read_bytes() for path in sorted(SAMPLES.rglob("*.eml"))]
    drop(page, {f"{number}.eml": data for number, data in enumerate(samples * 2)})
    analyzed(page, len(samples) * 2)


def comparison(page: Page) -> None:
    headers(page).fill(SAMPLE)
    part(page, "Compare")
    page.get_by_label("Headers of the other message").fill((SAMPLES / "exchange-2013-internal.eml").read_text("utf-8"))
    press(page, "Compare")
    analyzed(page, 2)


def explanation(page: Page) -> None:
    part(page, "Explain")
    page.get_by_label("Build, service, error text or finding code").fill("15.1.2507.39")
    press(page, "Explain")
    expect(page.locator("#answer")).to_contain_text("Exchange Server 2016", timeout=PATIENCE)


def no_message(page: Page) -> None:
    headers(page).fill("mailbox transpot")
    press(page, "Analyze")
    expect(announcement(page)).to_contain_text("No message found", timeout=PATIENCE)


def other_format(page: Page) -> None:
    one_message(page)
    tab_text(page, "JSON")


STATES: dict[str, Callable[[Page], None]] = {
    "loading": all_parts,
    "failed": all_parts,
    "ready": all_parts,
    "message": details_of_a_hop,
    "messages": messages,
    "report": report,
    "comparison": comparison,
    "explanation": explanation,
    "nothing": no_message,
    "JSON": other_format,
}
SCRIPTS = {
    "loading": "window.Worker = class extends EventTarget { postMessage() {} }",
    "failed": "delete window.Worker",
}
"""Why Python does not load in the first two states."""
SCREEN: ViewportSize = {"width": 1280, "height": 720}


@pytest.fixture(scope="module", params=STATES)
def state(request: pytest.FixtureRequest, loaded: Opened, browser: Browser, built: Path) -> Iterator[Opened]:
    """The page in one of its states."""
    if script := SCRIPTS.get(request.param):
        with opened(browser, built, script=script, viewport=SCREEN) as open_page:
            STATES[request.param](open_page.page)
            yield open_page
    else:
        cleared(loaded.page)
        STATES[request.param](loaded.page)
        yield loaded


RESTART = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
}"""
"""The next press of the tab key is the first."""


@pytest.fixture
def page(state: Opened) -> Iterator[Page]:
    """The page in one of its states, as it is before anybody uses it."""
    page = state.page
    page.evaluate(RESTART)
    yield page
    page.emulate_media(media="screen", color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size(SCREEN)
    state.verify()


ALL = """
const inner = ({ shadowRoot }) => (shadowRoot ? within(shadowRoot) : []);
const within = (root) => [...root.querySelectorAll("*")].flatMap((each) => [each, ...inner(each)]);
const all = () => within(document);
const isVisible = (each) => each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length > 0;
const named = (each) => `${each.localName} ${each.id || each.textContent.trim().slice(0, 30)}`;
"""
"""All elements, also those of the result, which has a shadow root."""


class Node(NamedTuple):
    """What a screen reader receives of an element."""

    role: str
    name: str
    level: int | None


def nodes(page: Page) -> list[Node]:
    """What screen readers receive, in this order."""
    session = page.context.new_cdp_session(page)
    received = {each["nodeId"]: each for each in session.send("Accessibility.getFullAXTree")["nodes"]}
    session.detach()

    def walk(node: dict[str, Any]) -> Iterator[Node]:
        if not node["ignored"]:
            levels = [each["value"]["value"] for each in node["properties"] if each["name"] == "level"]
            yield Node(node["role"]["value"], node["name"]["value"], levels[0] if levels else None)
        for child in node["childIds"]:
            if child in received:
                yield from walk(received[child])

    return list(walk(next(iter(received.values()))))


NAMED = {
    *("button", "checkbox", "combobox", "DisclosureTriangle", "link", "option", "progressbar", "searchbox", "tab"),
    *("textbox", "image", "graphics-symbol", "heading", "navigation", "region", "tablist", "tabpanel"),
}
"""Roles that are useless without a name."""


def test_everything_that_is_used_has_a_name(page: Page) -> None:
    found = [node for node in nodes(page) if node.role in NAMED]
    assert {"button", "checkbox", "DisclosureTriangle", "heading", "textbox"} <= {node.role for node in found}
    assert [node for node in found if not node.name.strip()] == []


def test_no_level_of_headings_is_skipped(page: Page) -> None:
    levels = [node.level or 0 for node in nodes(page) if node.role == "heading"]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert [(one, other) for one, other in pairwise(levels) if other > one + 1] == []


FOCUSABLE = f"""() => {{
  {ALL}
  const others = "[role='tab'][aria-selected='false']"; // the arrow keys reach them
  const controls = `a[href], button:not(${{others}}), input:enabled, select, textarea, summary, [tabindex='0']`;
  window.focusable = all().filter((each) => each.matches(controls) && isVisible(each));
  return window.focusable.map((each) => {{
    const box = each.getBoundingClientRect();
    return {{ name: named(each), top: box.top, bottom: box.bottom, left: box.left }};
  }});
}}"""
FOCUSED = """() => {
  let focused = document.activeElement;
  while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  return [window.focusable.indexOf(focused), outlineStyle !== "none" && parseFloat(outlineWidth) > 0];
}"""


def test_the_keyboard_reaches_everything_in_visual_order(page: Page) -> None:
    boxes = page.evaluate(FOCUSABLE)
    steps = []
    for _ in boxes:
        page.keyboard.press("Tab")
        steps.append(page.evaluate(FOCUSED))
    order = [index for index, _ in steps]
    assert order == list(range(len(boxes)))
    assert [boxes[index]["name"] for index, has_outline in steps if not has_outline] == []
    for one, other in pairwise(boxes):
        is_below = other["top"] >= one["bottom"] - 1
        is_beside = other["bottom"] > one["top"] and other["left"] >= one["left"]
        assert is_below or is_beside, (one, other)


@pytest.mark.parametrize("width", [360, 1600])
def test_the_page_is_as_wide_as_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_answer_is_at_first_sight_below_a_long_subject(loaded: Opened) -> None:
    page, subject = loaded.page, "long subject " * 25
    cleared(page)
    page.set_viewport_size({"width": 360, "height": 740})
    headers(page).fill(SAMPLE.replace("Subject: Your order", f"Subject: {subject}"))
    press(page, "Analyze")
    analyzed(page)
    expect(page.get_by_role("tabpanel").locator(".answer")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("definition").filter(has_text=subject.strip())).to_be_visible()
    title = page.get_by_role("heading", name="long subject")
    height = title.evaluate("(each) => each.clientHeight")
    page.emulate_media(media="print")
    assert title.evaluate("(each) => each.clientHeight") > height
    page.emulate_media(media="screen")
    page.set_viewport_size(SCREEN)
    loaded.verify()


MOVING = f"""() => {{
  {ALL}
  const moves = ({{ transitionDuration, animationName, scrollBehavior }}) =>
    parseFloat(transitionDuration) > 0 || animationName !== "none" || scrollBehavior !== "auto";
  return all().filter((each) => moves(getComputedStyle(each))).map(named);
}}"""


def test_nothing_moves_for_those_who_do_not_want_it(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == []


BRIGHTNESS = f"""() => {{
  {ALL}
  const bright = (color) => color.match(/[0-9.]+/g).slice(0, 3).reduce((sum, each) => sum + Number(each), 0);
  const isOpaque = (color) => !/, 0[)]$|transparent/.test(color);
  const surface = (each) => {{
    const color = getComputedStyle(each).backgroundColor;
    return isOpaque(color) ? color : surface(each.parentElement ?? each.getRootNode().host);
  }};
  const names = "p, h1, h2, h3, dd, td, th, button, textarea, pre, li";
  const texts = all().filter((each) => isVisible(each) && each.matches(names));
  return texts.map((each) => [named(each), bright(getComputedStyle(each).color) > bright(surface(each))]);
}}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_texts_are_of_the_color_scheme(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    texts = page.evaluate(BRIGHTNESS)
    assert len(texts) > 10
    wrong = [name for name, is_bright in texts if is_bright != (scheme == "dark")]
    assert set(wrong) <= {"button Analyze", "button Compare", "button Explain"}


@pytest.fixture(scope="session")
def axe() -> str:
    """The program axe-core, at its pinned version."""
    pin = build.PACKAGES["tests"]["axe-core"]
    build.CACHE.mkdir(parents=True, exist_ok=True)
    try:
        archive = build.npm_archive(build.CACHE, "axe-core", pin)
    except build.BuildError as error:
        if "SHA-256" in str(error):
            raise
        pytest.skip(f"axe-core could not be downloaded: {error}")
    with tarfile.open(archive) as files:
        program = files.extractfile("package/axe.min.js")
        assert program
        return program.read().decode()


AXE = """async (rules) => {
  const skipped = ["svg *", "details.message ~ details.message"];
  const exclude = skipped.map((each) => ({ fromShadowDom: ["#panel-html > *", each] }));
  const context = { include: [["html"]], exclude };
  const { violations, passes } = await axe.run(context, rules.length ? { runOnly: rules } : {});
  const targets = ({ id, nodes }) => [id, nodes.map((each) => each.target.join(" "))];
  return [violations.map(targets), passes.length];
}"""
"""Without the contrast of texts in pictures, which it cannot determine, and with one of the messages of a report."""


def test_axe_finds_nothing(page: Page, axe: str) -> None:
    page.evaluate(axe)
    violations, passed = page.evaluate(AXE, [])
    assert violations == []
    assert passed > 30
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(AXE, ["color-contrast"]) == [[], 1]


PRINTED = f"""() => {{
  {ALL}
  const isText = ({{ nodeType, data }}) => nodeType === Node.TEXT_NODE && data.trim();
  const hasText = (each) => [...each.childNodes].some(isText);
  const parts = "#errors, #notes, [role='tabpanel']";
  const isResult = (each) => each.getRootNode() !== document || Boolean(each.closest(parts));
  const visible = all().filter((each) => each.localName !== "option" && isVisible(each));
  const texts = visible.filter(hasText);
  const isCut = ({{ scrollHeight, clientHeight }}) => scrollHeight > clientHeight + 2;
  const cut = visible.filter((each) => each.matches("pre, .scroll") && isCut(each));
  return [texts.filter(isResult).length, [...texts.filter((each) => !isResult(each)), ...cut].map(named)];
}}"""
WITH_RESULT = ["message", "messages", "report", "comparison", "nothing", "JSON"]


@pytest.mark.parametrize("state", WITH_RESULT, indirect=True)
def test_only_the_result_is_printed_and_all_of_it(page: Page) -> None:
    shown, _ = page.evaluate(PRINTED)
    page.emulate_media(media="print")
    printed, others = page.evaluate(PRINTED)
    assert others == []
    assert printed >= shown


@pytest.mark.parametrize("state", ["messages"], indirect=True)
def test_closed_details_are_printed(page: Page) -> None:
    field = page.get_by_text(re.compile("^Received: ")).last
    expect(field).to_be_hidden()
    page.emulate_media(media="print")
    expect(field).to_be_visible()


def selected(page: Page) -> list[str]:
    """The selected tab, the focused one, the one in the order of the keyboard, and the name of what it shows."""
    tabs, visible = page.get_by_role("tab"), page.get_by_role("tabpanel")
    states = ("[aria-selected=true]", ":focus", ":not([tabindex='-1'])")
    names = [tabs.and_(page.locator(each)).all_inner_texts() for each in states]
    label = visible.evaluate("(each) => document.getElementById(each.getAttribute('aria-labelledby')).textContent")
    return [*(" and ".join(each) for each in names), label]


@pytest.mark.parametrize(
    ("state", "names"),
    [("message", ["Result", "JSON", "Markdown", "Redacted headers"]), ("report", ["Result", "JSON", "Markdown"])],
    indirect=["state"],
)
def test_arrow_keys_select_tabs(page: Page, names: list[str]) -> None:
    page.get_by_role("tab", name="Result").focus()
    steps = [("ArrowRight", name) for name in [*names[1:], names[0]]]
    steps += [("ArrowLeft", names[-1]), ("ArrowLeft", names[-2]), ("End", names[-1]), ("Home", names[0])]
    for key, name in steps:
        page.keyboard.press(key)
        assert selected(page) == [name] * 4


def test_what_happens_is_announced(loaded: Opened) -> None:
    page = loaded.page
    cleared(page)
    page.evaluate("""() => {
      window.announcements = [];
      const region = document.querySelector("[role='status']");
      const record = () => region.textContent && window.announcements.push(region.textContent);
      new MutationObserver(record).observe(region, { childList: true, characterData: true, subtree: true });
    }""")
    press(page, "Analyze")
    one_message(page)
    answer = page.get_by_role("tabpanel").locator(".answer").inner_text()
    page.get_by_role("tab", name="Markdown").click()
    expect(page.get_by_label("Text to copy")).not_to_be_empty()
    press(page, "Copy")
    expect(announcement(page)).to_contain_text("Copied")
    no_message(page)
    explanation(page)
    comparison(page)
    empty, message, copied, missing, explained, compared = dict.fromkeys(page.evaluate("window.announcements"))
    assert empty == "Paste headers or choose files first."
    assert answer
    assert message == f"1 message. {answer}"
    assert copied == "Copied."
    assert missing.startswith("No message found. ")
    assert "15.1.2507.39" in explained
    assert compared.startswith("2 messages. ")
    loaded.verify()
