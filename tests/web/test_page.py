"""The page in a browser: what people do with it, from a file and without a network."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

import hopscope

from ..chromium import PATIENCE
from ..sources.compound import compound, item
from ..sources.helpers import mbox, zipped
from .pages import (
    Opened,
    analyzed,
    announcement,
    drop,
    headers,
    opened,
    result,
    result_text,
    status,
    tab_text,
    upload,
)

DATE = "; Mon, 3 Jun 2024 18:02:33 +0000\n"
MAIL = f"Received: from a.example by b.example with ESMTP{DATE}Subject: x\n\n"


@pytest.fixture
def page(loaded: Opened) -> Iterator[Page]:
    """The page, ready and empty, which must do nothing that it must not do."""
    loaded.page.get_by_role("button", name="Clear").click()
    yield loaded.page
    loaded.verify()


@pytest.fixture(scope="module")
def sample() -> str:
    return (Path(__file__).parents[2] / "samples" / "exchange-2019-inbound.eml").read_text(encoding="utf-8")


RECORD_PROGRESS = """() => {
  window.shares = [];
  const bar = document.querySelector("progress");
  const record = () => bar.hasAttribute("value") && window.shares.push(bar.value);
  new MutationObserver(record).observe(bar, { attributes: true });
}"""


def test_a_text_that_is_pasted_while_python_loads_is_analyzed_when_it_is_ready(
    browser: Browser, built: Path, sample: str
) -> None:
    with opened(browser, built) as open_page:
        page = open_page.page
        page.evaluate(RECORD_PROGRESS)
        expect(page.get_by_role("progressbar")).to_be_visible()
        headers(page).click()
        page.keyboard.insert_text("x")
        expect(headers(page)).to_have_value("x")
        headers(page).fill(sample)
        page.get_by_role("button", name="Analyze").click()
        analyzed(page)
        assert "EX19-02" in result_text(page)
        shares = page.evaluate("window.shares")
        assert shares == sorted(shares)
        assert len(shares) >= 3
        page.reload()
        assert headers(page).input_value() == ""
        expect(page.get_by_role("heading", name="Result", exact=True)).to_be_hidden()


WHILE_DOWNLOADING = """document.addEventListener("DOMContentLoaded", () => {
  const find = (id) => document.getElementById(id);
  const record = () => states.push(`${find("work").hidden ? "" : find("worked").textContent} ${find("cancel").hidden}`);
  window.states = [];
  record();
  find("headers").value = "Received: from a.example by b.example";
  find("analyze").requestSubmit();
  record();
  find("clear").click();
  record();
}, { capture: true });"""


def test_the_page_says_when_it_is_ready(browser: Browser, built: Path) -> None:
    with opened(browser, built) as open_page:
        expect(announcement(open_page.page)).to_have_text("Ready.", timeout=PATIENCE)
        expect(open_page.page.get_by_role("progressbar")).to_be_hidden()


def test_the_page_can_be_used_and_cleared_before_python_starts_to_load(browser: Browser, built: Path) -> None:
    with browser.new_page() as page:
        page.add_init_script(WHILE_DOWNLOADING)  # its listener is called before that of the page, which starts Python
        page.goto(built.as_uri())
        before, waiting, cleared = page.evaluate("states")
    assert before.startswith("Loading Python: 0 %")
    assert waiting != before
    assert before.endswith("true")
    assert waiting.endswith("false")
    assert cleared == before


def test_a_paste_is_analyzed_at_once(page: Page, sample: str) -> None:
    page.evaluate("(text) => navigator.clipboard.writeText(text)", sample)
    headers(page).press("Control+V")
    analyzed(page)
    assert headers(page).input_value() == sample
    assert "5 min 6 s" in status(page)


def test_ctrl_enter_analyzes(page: Page, sample: str) -> None:
    headers(page).fill(sample)
    headers(page).press("Control+Enter")
    analyzed(page)


def test_every_sample_is_analyzed(page: Page) -> None:
    samples = page.get_by_role("group").filter(has=page.get_by_text("Samples", exact=True)).first
    samples.evaluate("(each) => { each.open = true }")
    names = samples.get_by_role("button").all_inner_texts()
    assert len(names) >= 5
    for name in names:
        samples.evaluate("(each) => { each.open = true }")
        samples.get_by_role("button", name=name, exact=True).click()
        analyzed(page)


def eml(subject: str) -> bytes:
    return MAIL.replace("Subject: x", f"Subject: {subject}").encode()


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"a.eml": eml("one")}, 1),
        ({"a.msg": compound(item(MAIL.replace("\n", "\r\n")))}, 1),
        ({"a.mbox": mbox(eml("one"), eml("two"))}, 2),
        ({"a.zip": zipped({"in/a.eml": eml("one"), "b.eml": eml("two"), "c.mbox": mbox(eml("three"))})}, 3),
        ({"a.eml": eml("one"), "b.eml": eml("two"), "b (1).eml": eml("three")}, 3),
    ],
    ids=["eml", "msg", "mbox", "zip", "several"],
)
def test_files_are_dropped_or_chosen(page: Page, files: dict[str, bytes], count: int) -> None:
    for send in (drop, upload):
        page.get_by_role("button", name="Clear").click()
        send(page, files)
        analyzed(page, count)
        assert page.get_by_role("textbox", name="Paste headers").input_value() == ""


def test_files_of_one_name_are_all_read(page: Page) -> None:
    drop(page, [("a.eml", eml("one")), ("a.eml", eml("two"))])
    analyzed(page, 2)
    assert {"one", "two"} <= set(re.findall("one|two", result_text(page)))


def test_a_message_and_a_file_that_is_none(page: Page) -> None:
    drop(page, {"a.eml": eml("one"), "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(100)})
    analyzed(page, 1)
    expect(page.get_by_text("picture.png").last).to_be_visible()


def test_a_file_that_was_changed_after_it_was_chosen(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(eml("one"))
    page.locator("#headers-chooser").set_input_files(file)
    analyzed(page)
    file.write_bytes(eml("one that is longer"))
    page.get_by_role("button", name="Analyze").click()
    expect(announcement(page)).to_contain_text("choose the file again", timeout=PATIENCE)
    page.locator("#headers-chooser").set_input_files(file)
    analyzed(page)


FIVE_FRAMES = """async () => {
  for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
}"""


def many(count: int) -> bytes:
    return mbox(
        *(eml(f"message {number}").replace(b"b.example", b"b%d.example" % (number % 9)) for number in range(count))
    )


def test_more_than_twenty_messages_are_a_report(page: Page) -> None:
    drop(page, {"a.mbox": many(25)})
    analyzed(page, 25)
    expect(page.get_by_role("heading", name="Mail flow report")).to_be_visible()
    expect(page.get_by_role("tab", name="Redacted headers")).to_be_hidden()
    assert json.loads(tab_text(page, "JSON"))["messages"] == 25


NDR = f"""Received: from ex1.example by ex2.example with ESMTP{DATE}Subject: Undeliverable
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; ex0.example

Final-Recipient: rfc822; b@remote.example
Action: failed
Status: 5.7.1
Diagnostic-Code: smtp; 550 5.7.1 rejected
Remote-MTA: dns; remote-example.mail.protection.outlook.com

--b
Content-Type: message/rfc822

{MAIL}
--b--
"""


def test_attached_messages_are_read_if_they_are_selected(page: Page) -> None:
    drop(page, {"ndr.eml": NDR.encode()})
    analyzed(page)
    expect(page.locator("#notes")).to_contain_text("Attached messages")
    box = page.get_by_role("checkbox", name="Attached messages")
    box.check()
    analyzed(page, 2)
    expect(page.locator("#notes")).to_be_hidden()
    box.uncheck()
    analyzed(page)


@pytest.mark.parametrize("count", [1, 25])
def test_commands_are_in_the_saved_result_alone(loaded: Opened, page: Page, count: int) -> None:
    drop(page, {f"{number}.eml": NDR.encode() for number in range(count)})
    analyzed(page, count)
    assert "hopscope " not in result_text(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save").click()
    assert loaded.complaints.pop().startswith("download: ")
    html = saved.value.path().read_text(encoding="utf-8")
    assert "un hopscope show --attached" in html
    assert "hopscope explain " in html


def test_a_large_mailbox_leaves_the_page_responsive_and_can_be_canceled(page: Page) -> None:
    drop(page, {"large.mbox": many(2000)})
    expect(page.get_by_text(re.compile("[0-9] messages? read"))).to_be_visible()
    page.evaluate(FIVE_FRAMES)  # a page that is busy itself draws none
    page.get_by_role("button", name="Cancel").click()
    expect(announcement(page)).to_contain_text("Canceled")
    drop(page, {"large.mbox": many(2000)})
    analyzed(page, 2000)


def test_a_compared_file_has_its_own_name(page: Page) -> None:
    drop(page, {"before.eml": eml("one")})
    analyzed(page)
    page.get_by_role("group").filter(has=page.get_by_role("heading", name="Compare")).evaluate(
        "(each) => { each.open = true }"
    )
    after = FilePayload(name="after.eml", mimeType="message/rfc822", buffer=eml("two"))
    page.locator("#other-chooser").set_input_files(after)
    page.get_by_role("button", name="Compare").click()
    analyzed(page, 2)
    text = result_text(page)
    assert "before.eml" in text
    assert "after.eml" in text
    assert "left/" not in text
    assert "right/" not in text


def test_two_messages_are_compared(page: Page, samples: Path) -> None:
    left, right = (
        (samples / f"{name}.eml").read_text(encoding="utf-8")
        for name in ("exchange-2010-internal", "exchange-2013-internal")
    )
    headers(page).fill(left)
    group = page.get_by_role("group").filter(has=page.get_by_role("heading", name="Compare"))
    group.evaluate("(each) => { each.open = true }")
    page.get_by_role("button", name="Compare").click()
    expect(announcement(page)).to_contain_text("first")
    page.get_by_role("textbox", name="Headers of the other message").fill(right)
    page.get_by_role("button", name="Compare").click()
    analyzed(page, 2)
    expected = hopscope.compare(hopscope.read(left, source="message"), hopscope.read(right, source="other message"))
    assert json.loads(tab_text(page, "JSON")) == json.loads(hopscope.render.json(expected))
    page.get_by_label("Compare the message above with").select_option("2013")
    page.get_by_role("button", name="Compare").click()
    expect(announcement(page)).to_contain_text("1 message.")
    page.get_by_role("tab", name="Result").click()
    assert "Exchange 2013" in result_text(page)


def test_a_file_for_the_comparison_takes_the_place_of_a_generation(page: Page) -> None:
    group = page.get_by_role("group").filter(has=page.get_by_role("heading", name="Compare"))
    group.evaluate("(each) => { each.open = true }")
    page.get_by_label("Compare the message above with").select_option("2013")
    expect(page.locator("#other")).to_be_hidden()
    after = FilePayload(name="after.eml", mimeType="message/rfc822", buffer=eml("two"))
    page.locator("#other-chooser").set_input_files(after)
    expect(page.get_by_label("Compare the message above with")).to_have_value("")
    expect(page.locator("#other-files")).to_contain_text("after.eml")
    expect(page.locator("#other")).to_be_visible()


def explain(page: Page, question: str) -> Locator:
    """Ask a question; the answer, when there is one."""
    page.evaluate("document.getElementById('answer').replaceChildren()")
    group = page.get_by_role("group").filter(has=page.get_by_role("heading", name="Explain"))
    group.evaluate("(each) => { each.open = true }")
    page.get_by_role("textbox", name="Build, service, error text or finding code").fill(question)
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("#answer")).not_to_be_empty(timeout=PATIENCE)
    return group


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("15.1.2507.39", "Exchange Server 2016"),
        ("550 5.7.708", "5.7.708"),
        ("HOP110", "HOP110"),
        ("mailbox transpot", "Mailbox Transport"),
    ],
)
def test_a_build_an_error_and_a_finding_are_explained(page: Page, question: str, answer: str) -> None:
    expect(explain(page, question)).to_contain_text(answer, timeout=PATIENCE)


def test_code_and_sources_in_an_explanation(page: Page) -> None:
    group = explain(page, "15.1.2507.39")
    expect(group.get_by_role("code").first).to_have_text("via Frontend Transport")
    expect(group).not_to_contain_text("`")
    sources = explain(page, "550 5.7.708").get_by_role("link")
    expect(sources.first).to_have_attribute("href", re.compile("^https://learn[.]microsoft[.]com/.*[a-z0-9]$"))
    for source in sources.all():
        expect(source).to_have_attribute("rel", "noreferrer noopener")
        expect(source).to_have_attribute("target", "_blank")


def test_clear_also_removes_the_question_and_its_explanation(page: Page) -> None:
    explain(page, "HOP110")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#answer")).to_be_empty()
    assert page.locator("#question").input_value() == ""


def test_the_other_formats_are_shown_and_copied(page: Page, sample: str) -> None:
    headers(page).fill(sample)
    page.get_by_role("button", name="Analyze").click()
    analyzed(page)
    route = hopscope.read(sample)
    shown = json.loads(tab_text(page, "JSON"))
    expected = json.loads(hopscope.render.json(hopscope.analyze(route)))
    assert shown["hops"] == expected["hops"]
    assert tab_text(page, "Markdown").count("\n| ") > len(route.hops)
    redacted = tab_text(page, "Redacted headers")
    for host in ("EX19-02", "corp.example.com", "shop.example.org", "203.0.113.80", "bob@"):
        assert host.lower() in sample.lower()
        assert host.lower() not in redacted.lower()
    page.get_by_role("button", name="Copy").click()
    expect(announcement(page)).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == redacted
    page.get_by_role("tab", name="JSON").click()
    expect(announcement(page)).to_have_text("")


@pytest.mark.parametrize(("tab", "name"), [("Result", "hopscope-result.html"), ("JSON", "hopscope-result.json")])
def test_a_result_is_saved(loaded: Opened, page: Page, sample: str, tab: str, name: str) -> None:
    headers(page).fill(sample)
    page.get_by_role("button", name="Analyze").click()
    analyzed(page)
    page.get_by_role("tab", name=tab).click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save").click()
    assert loaded.complaints.pop() == f"download: {name}"
    assert "EX19-02" in saved.value.path().read_text(encoding="utf-8")


def test_a_slow_format_does_not_replace_one_that_was_chosen_later(page: Page, sample: str) -> None:
    headers(page).fill(sample)
    page.get_by_role("button", name="Analyze").click()
    analyzed(page)
    markdown = tab_text(page, "Markdown")
    page.evaluate("""() => {
      for (const name of ["json", "markdown"]) document.getElementById(`tab-${name}`).click();
    }""")
    explain(page, "HOP110")  # answered after the JSON, which was requested first
    expect(page.get_by_label("Text to copy")).to_have_text(markdown)


RECORD_ANNOUNCEMENTS = """() => {
  window.announcements = [];
  const status = document.querySelector("[role=status]");
  const record = () => window.announcements.push(status.textContent);
  new MutationObserver(record).observe(status, { childList: true });
}"""


def test_a_format_that_is_chosen_while_the_next_input_is_analyzed(page: Page, sample: str) -> None:
    page.evaluate(RECORD_ANNOUNCEMENTS)
    headers(page).fill(sample)
    page.get_by_role("button", name="Analyze").click()
    analyzed(page)
    headers(page).fill("no headers at all")
    page.evaluate("""() => {
      document.getElementById("analyze").requestSubmit();
      document.getElementById("tab-json").click();
    }""")
    explain(page, "HOP110")  # answered last
    announcements = page.evaluate("window.announcements")
    assert any("No message found" in each for each in announcements)
    assert not any("failed" in each for each in announcements)


def test_links_in_a_result_do_not_change_the_address(page: Page) -> None:
    drop(page, {"a.mbox": mbox(eml("one"), eml("two"))})
    analyzed(page, 2)
    for link in result(page).get_by_role("link").all():
        link.click()
    assert "#" not in page.url


def test_a_text_without_messages_and_an_empty_box(page: Page) -> None:
    headers(page).fill("no headers at all")
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("main")).to_contain_text(re.compile("no .*(header|message)", re.IGNORECASE))
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Analyze").click()
    expect(announcement(page)).to_contain_text("first")
