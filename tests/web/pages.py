"""A page in a browser that records everything a page must not do, and what the tests do with it."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, FilePayload, Locator, Page, expect

from ..chromium import PATIENCE

__all__ = [
    "Opened",
    "analyzed",
    "announcement",
    "cleared",
    "drop",
    "headers",
    "opened",
    "part",
    "press",
    "ready",
    "result",
    "result_text",
    "status",
    "tab_text",
    "upload",
]

STATE = """async () => JSON.stringify([
  Object.keys(localStorage), Object.keys(sessionStorage), document.cookie, history.length, history.state, name,
  await indexedDB.databases(), window.caches ? await caches.keys() : [], window.executed,
])"""
"""What a page can leave behind in the browser."""


class Opened:
    """A page and what it did that it must not do: it logs, requests, opens and stores nothing."""

    def __init__(self, browser: Browser, file: Path, script: str = "", **options: Any) -> None:  # noqa: ANN401
        self.complaints: list[str] = []
        self.context = browser.new_context(offline=True, **options)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.context.add_init_script(script)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.url = file.as_uri()
        self._listen()
        self.page.goto(self.url)
        self.state = self.page.evaluate(STATE)

    def _listen(self) -> None:
        def complain(text: str) -> None:
            self.complaints.append(text[:500])

        def dismiss(dialog: Dialog) -> None:
            complain(f"dialog: {dialog.message}")
            dialog.dismiss()

        page = self.page
        self.context.on("page", lambda other: complain(f"opened {other.url}"))
        page.on("console", lambda message: complain(f"console: {message.text}"))
        page.on("pageerror", lambda error: complain(f"error: {error}"))
        page.on("dialog", dismiss)
        page.on("crash", lambda _: complain("crash"))
        page.on("download", lambda download: complain(f"download: {download.suggested_filename}"))
        page.on("request", lambda request: None if self._is_own(request.url) else complain(f"request: {request.url}"))
        # The log of the browser also has the violations of the policy in the worker.
        log = self.context.new_cdp_session(page)
        log.on("Log.entryAdded", lambda event: complain(f"log: {event['entry']['text']}"))
        log.send("Log.enable")

    def _is_own(self, url: str) -> bool:
        return url == self.url or url.startswith("blob:")

    def verify(self) -> None:
        """Nothing was recorded, and the browser keeps nothing of the mail."""
        assert self.complaints == []
        assert self.page.url == self.url
        assert self.page.evaluate(STATE) == self.state


@contextmanager
def opened(browser: Browser, file: Path, **options: Any) -> Iterator[Opened]:  # noqa: ANN401 - playwright's
    opened = Opened(browser, file, **options)
    try:
        yield opened
        opened.verify()
    finally:
        opened.context.close()


def ready(page: Page) -> None:
    """Wait until Python has loaded."""
    expect(page.get_by_role("progressbar")).to_be_hidden(timeout=PATIENCE)


def headers(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Paste headers")


def announcement(page: Page) -> Locator:
    """What the page says of its state; a report in the result has a status of its own, on its search."""
    return page.get_by_role("status").first


def status(page: Page) -> str:
    return announcement(page).inner_text()


def result(page: Page) -> Locator:
    return page.get_by_role("tabpanel").first


def result_text(page: Page) -> str:
    """The text of the result, which is in a shadow root."""
    return str(result(page).evaluate("(panel) => panel.firstElementChild.shadowRoot.textContent"))


def analyzed(page: Page, count: int = 1) -> None:
    """Wait for a result that has this number of messages."""
    announced = f"{count:,} message{'' if count == 1 else 's'}."
    expect(announcement(page)).to_contain_text(announced, timeout=PATIENCE)


def tab_text(page: Page, tab: str) -> str:
    """The text of a result in another format."""
    page.get_by_role("tab", name=tab).click()
    text = page.get_by_label("Text to copy")
    expect(text).not_to_be_empty(timeout=PATIENCE)
    content = text.text_content()
    assert content
    return content


Files = Mapping[str, bytes] | Iterable[tuple[str, bytes]]


def drop(page: Page, files: Files) -> None:
    """Drop files anywhere on the page."""
    pairs = files.items() if isinstance(files, Mapping) else files
    encoded = [[json.dumps(name), base64.b64encode(data).decode()] for name, data in pairs]
    page.evaluate(DROP, encoded)


DROP = """async (files) => {
  const dataTransfer = new DataTransfer();
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
    dataTransfer.items.add(new File([bytes], JSON.parse(name)));
  }
  for (const type of ["dragenter", "dragover", "drop"]) {
    const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector("footer").dispatchEvent(event);
    if (!event.defaultPrevented) throw new Error(`the browser opens what is dropped (${type})`);
  }
}"""


def upload(page: Page, files: Mapping[str, bytes]) -> None:
    """Choose files in the dialog of the browser."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").first.click()
    payloads: list[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files.items()
    ]
    chooser.value.set_files(payloads)


def press(page: Page, name: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=name, exact=True).click()


def part(page: Page, heading: str) -> None:
    """Open or close a part of the page."""
    page.get_by_role("heading", name=heading, exact=True).click()


def cleared(page: Page) -> None:
    """Make the page as it is when it is ready; its options stay."""
    press(page, "Clear")
    page.evaluate("() => { for (const each of document.querySelectorAll('details')) each.open = each.id === 'try'; }")
