"""Hostile mail in the page: nothing in it runs, loads or becomes markup, and the page still works."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ..chromium import PATIENCE
from .hostile import NAMES, PAYLOADS, archives, broken, many_hops, message, one_line
from .pages import Opened, analyzed, announcement, drop

MARKUP = """() => {
  const forbidden = /^(img|script|iframe|object|embed|link|style|base|meta|form|template|set|animate|foreignObject)$/;
  const roots = [...document.querySelectorAll("#result *")].map((each) => each.shadowRoot).filter(Boolean);
  const found = [];
  for (const each of roots.flatMap((root) => [...root.querySelectorAll("*")])) {
    if (forbidden.test(each.localName)) found.push(each.localName);
    for (const { name, value } of each.attributes) {
      const isLink = /(^|:)(href|src|action|data)$/.test(name);
      if (/^on|^style$|^srcdoc$/.test(name) || (isLink && !value.startsWith("#"))) found.push(`${name}=${value}`);
    }
  }
  return [roots.length, found];
}"""
PLAIN = message("plain").encode()


@pytest.fixture
def page(loaded: Opened) -> Iterator[Page]:
    """The page, which works after each test as before."""
    loaded.page.get_by_role("button", name="Clear").click()
    yield loaded.page
    loaded.page.get_by_role("button", name="Clear").click()
    drop(loaded.page, {"plain.eml": PLAIN})
    analyzed(loaded.page)
    loaded.verify()


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_text_of_a_message_becomes_markup(page: Page, payload: str) -> None:
    data = message(payload).encode("utf-8", "surrogatepass")
    drop(page, {"a.eml": data})
    analyzed(page)
    assert page.evaluate(MARKUP) == [1, []]
    drop(page, {"a.eml": data, "b.eml": data})
    analyzed(page, 2)
    assert page.evaluate(MARKUP) == [1, []]


def test_names_of_files_are_text(page: Page) -> None:
    drop(page, [(name, message(name).encode("utf-8", "surrogatepass")) for name in NAMES])
    analyzed(page, len(NAMES))
    assert page.evaluate(MARKUP) == [1, []]
    drop(page, [(name, b"no mail") for name in NAMES])
    expect(announcement(page)).to_contain_text("No message found", timeout=PATIENCE)


@pytest.mark.parametrize("name", archives(b""))
def test_an_archive_is_read_within_limits(page: Page, name: str) -> None:
    drop(page, {name: archives(PLAIN)[name]})
    expect(announcement(page)).not_to_have_text("", timeout=PATIENCE)
    assert "failed" not in announcement(page).inner_text()


@pytest.mark.parametrize(
    "data",
    [broken(), many_hops(5000).encode(), one_line(10_000_000).encode()],
    ids=["encodings", "many-hops", "one-line"],
)
def test_a_large_or_broken_message_is_read(page: Page, data: bytes) -> None:
    drop(page, {"a.eml": data})
    analyzed(page)
    assert page.evaluate(MARKUP) == [1, []]
