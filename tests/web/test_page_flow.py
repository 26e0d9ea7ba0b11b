"""One input after another: a result, its tabs and what is announced are of the input that the page has.

The module is over 300 lines because its tests share the page, and the inputs that follow each other in it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ..chromium import PATIENCE
from ..sources.helpers import mbox
from .command_line import SAMPLES
from .pages import (
    Opened,
    analyzed,
    announcement,
    cleared,
    drop,
    headers,
    opened,
    part,
    press,
    ready,
    result_text,
    status,
    tab_text,
)

FIRST, SECOND = (
    (SAMPLES / f"{name}.eml").read_text("utf-8") for name in ("exchange-2010-internal", "exchange-2013-internal")
)


@pytest.fixture
def page(loaded: Opened) -> Iterator[Page]:
    """The page, ready and empty, on a small screen; it must do nothing that it must not do."""
    page = loaded.page
    page.set_viewport_size({"width": 360, "height": 740})
    cleared(page)
    page.get_by_label("Times in UTC").uncheck()
    yield page
    page.emulate_media(media="screen")
    loaded.verify()


def result_heading(page: Page) -> Locator:
    return page.locator("#result-heading")


def other(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Headers of the other message")


def paste(box: Locator, text: str) -> None:
    box.evaluate("(_, text) => navigator.clipboard.writeText(text)", text)
    box.press("Control+V")


def analyze(page: Page, text: str) -> None:
    headers(page).fill(text)
    press(page, "Analyze")
    analyzed(page)


def compare(page: Page) -> None:
    headers(page).fill(FIRST)
    part(page, "Compare")
    paste(other(page), SECOND)
    analyzed(page, 2)


def large() -> dict[str, bytes]:
    """A mailbox that takes a while."""
    return {"large.mbox": mbox(*(SECOND.replace("id 1", f"id 1{number}").encode() for number in range(2500)))}


def read_in_part(page: Page) -> None:
    """Drop a large mailbox; some of it has been read."""
    drop(page, large())
    expect(page.locator("#worked")).to_contain_text("read", timeout=PATIENCE)


def test_the_next_paste_replaces_what_was_analyzed(page: Page) -> None:
    paste(headers(page), FIRST)
    analyzed(page)
    shown = result_text(page)
    paste(headers(page), SECOND)
    expect(headers(page)).to_have_value(SECOND)
    analyzed(page)
    assert result_text(page) != shown
    headers(page).press("Control+Z")
    expect(headers(page)).to_have_value(FIRST)


def test_a_paste_after_an_edit_or_over_a_selection_is_a_part_of_the_text(page: Page) -> None:
    block = FIRST.partition("\n\n")[0] + "\n"
    paste(headers(page), block)
    analyzed(page)
    headers(page).press("Control+End")
    headers(page).press("Enter")
    paste(headers(page), SECOND)
    analyzed(page, 2)
    expect(headers(page)).to_have_value(f"{block}\n{SECOND}")
    headers(page).evaluate("(box, length) => box.setSelectionRange(0, length)", len(block))
    paste(headers(page), SECOND)
    expect(headers(page)).to_have_value(f"{SECOND}\n{SECOND}")


def test_the_next_paste_of_a_comparison_replaces_one_side(page: Page) -> None:
    compare(page)
    paste(headers(page), SECOND)
    analyzed(page)
    paste(other(page), FIRST)
    expect(other(page)).to_have_value(FIRST)
    analyzed(page, 2)


def test_the_result_is_hidden_while_another_input_is_read_and_after_it_is_canceled(page: Page) -> None:
    analyze(page, FIRST)
    read_in_part(page)
    expect(result_heading(page)).to_be_hidden()
    page.keyboard.press("Escape")
    expect(announcement(page)).to_have_text("Canceled.")
    expect(page.locator("#headers-files")).to_contain_text("large.mbox")
    expect(result_heading(page)).to_be_hidden()


def test_the_result_is_hidden_while_the_text_is_another_one(page: Page) -> None:
    analyze(page, FIRST)
    expect(result_heading(page)).to_be_visible()
    headers(page).press("Control+End")
    headers(page).press("x")
    expect(result_heading(page)).to_be_hidden()
    assert status(page) == ""
    headers(page).press("Control+Z")
    expect(result_heading(page)).to_be_visible()


def test_a_text_that_is_edited_while_it_is_analyzed_has_no_result(browser: Browser, built: Path) -> None:
    with opened(browser, built) as open_page:
        page = open_page.page
        headers(page).fill(FIRST)
        press(page, "Analyze")
        headers(page).fill(SECOND)
        ready(page)
        expect(page.get_by_role("button", name="Cancel")).to_be_hidden(timeout=PATIENCE)
        expect(result_heading(page)).to_be_hidden()
        assert status(page) == ""


def test_blanks_have_no_result(page: Page) -> None:
    headers(page).fill("no headers at all")
    press(page, "Analyze")
    expect(announcement(page)).to_contain_text("No message found", timeout=PATIENCE)
    headers(page).fill("  ")
    press(page, "Analyze")
    expect(announcement(page)).to_contain_text("first")
    expect(result_heading(page)).to_be_hidden()


def test_a_comparison_is_hidden_when_the_other_side_changes(page: Page) -> None:
    compare(page)
    page.get_by_label("Compare the message above with").select_option("2013")
    expect(result_heading(page)).to_be_hidden()
    page.get_by_label("Compare the message above with").select_option("")
    expect(result_heading(page)).to_be_visible()
    other(page).fill("x")
    expect(result_heading(page)).to_be_hidden()


def test_the_progress_is_in_view_while_an_explanation_waits(page: Page) -> None:
    part(page, "Explain")
    question = page.get_by_label("Build, service, error text or finding code")
    question.fill("HOP301")
    press(page, "Explain")
    expect(page.locator("#answer")).to_contain_text("HOP301", timeout=PATIENCE)
    read_in_part(page)
    question.fill("HOP110")
    press(page, "Explain")
    expect(page.locator("#answer")).to_be_empty()
    page.get_by_role("heading", name="Licenses").scroll_into_view_if_needed()
    expect(page.get_by_role("progressbar")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Cancel")).to_be_in_viewport(ratio=1)
    expect(page.locator("#answer")).to_contain_text("HOP110", timeout=PATIENCE)


def test_why_nothing_happens_is_in_view(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 300})
    analyze(page, FIRST)
    part(page, "Compare")
    press(page, "Compare")
    expect(announcement(page)).to_contain_text("other message")
    expect(announcement(page)).to_be_in_viewport(ratio=0.9)


RECORD_NAMES = """() => {
  window.names = [];
  const button = document.getElementById("copy");
  new MutationObserver(() => window.names.push(button.textContent)).observe(button, { childList: true });
}"""


def test_the_button_says_for_a_moment_that_the_text_is_copied(page: Page) -> None:
    analyze(page, FIRST)
    tab_text(page, "Markdown")
    page.evaluate(RECORD_NAMES)
    press(page, "Copy")
    expect(announcement(page)).to_have_text("Copied.")
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("window.names") == ["Copied", "Copy"]


def test_the_other_message_is_compared_at_once(page: Page) -> None:
    compare(page)
    assert "Comparison of two paths" in result_text(page)
    page.locator("#other-chooser").set_input_files(SAMPLES / "exchange-2019-inbound.eml")
    expect(page.locator("#other-files")).to_contain_text("exchange-2019-inbound.eml")
    analyzed(page, 2)
    assert "exchange-2019-inbound.eml" in result_text(page)


def test_the_other_message_waits_for_the_first(page: Page) -> None:
    part(page, "Compare")
    paste(other(page), SECOND)
    expect(other(page)).to_have_value(SECOND)
    assert status(page) == ""
    assert other(page).evaluate("(box) => box === document.activeElement")


def test_the_answer_of_an_explanation_is_its_first_heading(page: Page) -> None:
    part(page, "Explain")
    page.get_by_label("Build, service, error text or finding code").fill("15.1.2507.39")
    press(page, "Explain")
    answer = page.locator("#answer").get_by_role("heading").first
    expect(answer).to_contain_text("15.1.2507.39: Exchange Server 2016", timeout=PATIENCE)
    expect(page.locator("#answer").get_by_text("15.1.2507.39", exact=True)).to_have_count(0)
    assert status(page).strip() == answer.inner_text()
    page.get_by_label("Build, service, error text or finding code").fill("")
    press(page, "Explain")
    expect(page.locator("#answer")).to_be_empty()


def test_the_tab_is_kept_for_the_next_result_of_the_kind(page: Page) -> None:
    analyze(page, FIRST)
    first = tab_text(page, "Markdown")
    headers(page).fill("")
    paste(headers(page), SECOND)
    analyzed(page)
    expect(page.get_by_role("tab", selected=True)).to_have_text("Markdown")
    text = page.get_by_label("Text to copy")
    expect(text).to_contain_text("| ", timeout=PATIENCE)
    assert text.text_content() != first
    part(page, "Compare")
    paste(other(page), FIRST)
    analyzed(page, 2)
    expect(page.get_by_role("tab", selected=True)).to_have_text("Result")


def test_the_time_zone_is_of_the_result_and_not_of_an_edited_text(page: Page) -> None:
    zone = page.get_by_label("Times in UTC")
    analyze(page, FIRST)
    recorded = result_text(page)
    headers(page).press("Control+End")
    headers(page).press("x")
    zone.check()
    expect(result_heading(page)).to_be_hidden()
    assert status(page) == ""
    headers(page).press("Control+Z")
    analyzed(page)
    assert result_text(page) != recorded
    zone.uncheck()
    analyzed(page)
    assert result_text(page) == recorded


def test_only_options_that_change_the_result_can_be_chosen(page: Page) -> None:
    zone, attached = page.get_by_label("Times in UTC"), page.get_by_label("Attached messages")
    compare(page)
    expect(zone).to_be_disabled()
    expect(attached).to_be_disabled()
    drop(page, {"several.mbox": mbox(*[FIRST.encode()] * 25)})
    expect(zone).to_be_enabled()
    analyzed(page, 25)
    expect(zone).to_be_disabled()
    expect(attached).to_be_enabled()
    headers(page).fill(FIRST)
    expect(zone).to_be_enabled()


def test_a_time_zone_that_is_chosen_while_python_loads(browser: Browser, built: Path) -> None:
    with opened(browser, built) as open_page:
        page = open_page.page
        headers(page).fill(FIRST)
        press(page, "Analyze")
        page.get_by_label("Times in UTC").check()
        analyzed(page)
        expect(page.get_by_role("button", name="Cancel")).to_be_hidden(timeout=PATIENCE)
        in_utc = result_text(page)
        press(page, "Analyze")
        analyzed(page)
        assert result_text(page) == in_utc


def test_a_comparison_fits_a_narrow_screen(page: Page) -> None:
    compare(page)
    table = page.get_by_role("tabpanel").get_by_label("Comparison", exact=True)
    widths = table.evaluate("(each) => [each.scrollWidth, each.clientWidth]")
    assert widths[0] <= widths[1]
    names = table.get_by_role("columnheader").all_text_contents()[1:]
    cells = table.locator("tbody tr").first.locator("td")
    labels = [cell.evaluate("(each) => getComputedStyle(each, '::before').content") for cell in cells.all()]
    assert len(labels) == len(names) == 2
    for label, name in zip(labels, names, strict=True):
        assert label.strip('"').split(", ")[0] in name
    answer = page.get_by_role("tabpanel").locator(".answer")
    assert answer.inner_text() in status(page)
    assert answer.evaluate("(each) => getComputedStyle(each).fontWeight") == "600"


def test_the_button_is_below_the_other_message(page: Page) -> None:
    part(page, "Compare")
    box, button = other(page).bounding_box(), page.get_by_role("button", name="Compare", exact=True).bounding_box()
    assert box
    assert button
    assert button["y"] >= box["y"] + box["height"] + 8


def test_the_page_is_printed_while_it_shows_no_result(page: Page) -> None:
    analyze(page, FIRST)
    headers(page).fill(SECOND)
    page.emulate_media(media="print")
    expect(headers(page)).to_be_visible()


def test_opened_details_have_no_closed_marker_on_paper(page: Page) -> None:
    analyze(page, FIRST)
    page.emulate_media(media="print")
    summary = page.get_by_text("Details of hop 1", exact=True)
    assert summary.evaluate("(each) => getComputedStyle(each).listStyleType") == "none"


def test_the_first_page_of_a_printed_report_has_more_than_the_findings(page: Page) -> None:
    drop(page, {"several.mbox": mbox(*[FIRST.encode()] * 25)})
    analyzed(page, 25)
    page.emulate_media(media="print")
    section = page.get_by_role("tabpanel").locator("section", has=page.get_by_text("Delays", exact=True)).first
    assert section.evaluate("(each) => getComputedStyle(each).breakBefore") == "auto"


def test_clear_opens_the_samples_again(page: Page) -> None:
    samples = page.locator("#sample-list")
    expect(samples).to_be_visible()
    analyze(page, FIRST)
    expect(samples).to_be_hidden()
    press(page, "Clear")
    expect(samples).to_be_visible()


def test_without_javascript_there_are_no_samples(browser: Browser, built: Path) -> None:
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(built.as_uri())
        expect(headers(page)).to_be_visible()
        expect(page.get_by_role("heading", name="Samples")).to_be_hidden()


def test_a_paste_belongs_to_the_field_that_has_the_focus(page: Page) -> None:
    several = {"several.mbox": mbox(*[FIRST.encode()] * 25)}
    drop(page, several)
    analyzed(page, 25)
    search = page.get_by_role("searchbox")
    paste(search, "exchange")
    expect(search).to_have_value("exchange")
    expect(result_heading(page)).to_be_visible()
    paste(page.get_by_label("Attached messages"), FIRST)
    analyzed(page)
    expect(headers(page)).to_have_value(FIRST)


RECORD_WORK = """() => {
  window.work = [];
  const sentence = document.getElementById("worked");
  new MutationObserver(() => window.work.push(sentence.textContent)).observe(sentence, { childList: true });
}"""


def test_the_next_input_does_not_wait_for_one_that_takes_long(page: Page) -> None:
    read_in_part(page)
    page.evaluate(RECORD_WORK)
    paste(headers(page), FIRST)
    analyzed(page)
    assert any("Loading Python" in sentence for sentence in page.evaluate("window.work"))
    expect(headers(page)).to_have_value(FIRST)


def test_a_canceled_change_of_an_option_is_undone(page: Page) -> None:
    attached = page.get_by_label("Attached messages")
    drop(page, large())
    analyzed(page, 2500)
    attached.check()
    expect(page.locator("#worked")).to_contain_text("read", timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(announcement(page)).to_have_text("Canceled.")
    expect(result_heading(page)).to_be_visible()
    expect(attached).not_to_be_checked()


COVERED = """() => {
  const elements = [document.activeElement, document.querySelector(".state")];
  const [focus, bar] = elements.map((each) => each.getBoundingClientRect());
  return !elements[1].contains(elements[0]) && focus.top >= bar.top && focus.bottom <= bar.bottom;
}"""


def test_the_progress_does_not_cover_the_focus(page: Page) -> None:
    for heading in ("Compare", "Explain", "Samples"):
        part(page, heading)
    read_in_part(page)
    page.get_by_text("Licenses", exact=True).first.focus()
    for _ in range(24):
        page.keyboard.press("Shift+Tab")
        assert not page.evaluate(COVERED)
    page.keyboard.press("Escape")


def test_clear_chooses_no_generation_and_an_empty_question_has_no_answer(page: Page) -> None:
    part(page, "Compare")
    page.get_by_label("Compare the message above with").select_option("2013")
    press(page, "Clear")
    expect(other(page)).to_be_visible()
    part(page, "Explain")
    read_in_part(page)
    question = page.get_by_label("Build, service, error text or finding code")
    for text in ("HOP110", ""):
        question.fill(text)
        press(page, "Explain")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden(timeout=PATIENCE)
    expect(page.locator("#answer")).to_be_empty()
