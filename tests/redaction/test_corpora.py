"""Redacted real messages give the same analysis and name nobody."""

from functools import cache

import pytest

from hopscope.api import read

from .helpers import KEY, leaks, messages, originals, preserved_facts, redacted

OTHER_KEY = bytes(reversed(KEY))
EXCEPTIONS = {
    ("labelled 128", "protocols"): "`with neko2`, no known protocol",
    ("labelled 354", "protocols"): "`with Microsoft S=`, cut off",
    ("labelled 403", "protocols"): "`with Something New`, a name that its administrator chose",
    ("labelled 349", "software"): "KumoMTA 198.18.157.134: a version that has the form of an address",
    ("other 44", "software"): "AvMailGate-198.19.154.185: the same",
    ("other 84", "software"): "ecelerity 198.19.148.238: the same",
}
"""Facts of 601 messages that change, since the text that shows them may identify somebody."""


pytestmark = pytest.mark.no_cover  # the smaller tests measure it


@cache
def pairs() -> dict[str, tuple[str, str]]:
    """Pairs of original and redacted messages."""
    return {name: (text, redacted(text)) for name, text in messages().items()}


def test_redacted_messages_give_the_same_analysis_and_name_nobody() -> None:
    different: dict[tuple[str, str], object] = {}
    leaking: dict[str, set[str]] = {}
    for name, (text, shown) in pairs().items():
        before = read(text)
        expected, got = preserved_facts(before), preserved_facts(read(shown))
        different |= {(name, key): (expected[key], got[key]) for key in expected if expected[key] != got[key]}
        leaking[name] = leaks(originals(before), shown)
    assert {key: facts for key, facts in different.items() if key not in EXCEPTIONS} == {}
    assert different.keys() == EXCEPTIONS.keys()
    assert {name: found for name, found in leaking.items() if found} == {}


def test_a_redacted_message_is_complete() -> None:
    for _, shown in pairs().values():
        assert shown.isascii()
        assert shown.endswith("\n\n")
        assert shown.index("\n\n") == len(shown) - 2
        route = read(shown)
        assert not route.repairs
        assert not route.defects


def test_pseudonyms_depend_on_the_key_alone() -> None:
    for text, shown in list(pairs().values())[::20]:
        assert redacted(text) == shown
        assert redacted(text, OTHER_KEY) != shown


def test_redacted_messages_can_be_redacted_again() -> None:
    for _, shown in list(pairs().values())[::10]:
        again = redacted(shown, OTHER_KEY)
        assert preserved_facts(read(again)) == preserved_facts(read(shown))
        assert not leaks(originals(read(shown)), again)
