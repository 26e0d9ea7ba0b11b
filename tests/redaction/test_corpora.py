"""Redacted real messages tell the same, and name nobody."""

import pytest

from hopscope.api import read

from .helpers import KEY, leaks, messages, originals, redacted, told

OTHER_KEY = bytes(reversed(KEY))
CHANGED_SOFTWARE = 20
"""Stamps of the corpora whose software only the server's name, or an address in the place of a version, tells."""


@pytest.fixture(scope="module")
def pairs() -> dict[str, tuple[str, str]]:
    """Messages, as they are and redacted."""
    return {name: (text, redacted(text)) for name, text in messages().items()}


def test_the_same_is_told_and_nobody_is_named(pairs: dict[str, tuple[str, str]]) -> None:
    different: dict[tuple[str, str], object] = {}
    leaking: dict[str, set[str]] = {}
    software = 0
    for name, (text, shown) in pairs.items():
        before, after = read(text), read(shown)
        expected, got = told(before), told(after)
        different |= {(name, key): (expected[key], got[key]) for key in expected if expected[key] != got[key]}
        leaking[name] = leaks(originals(before), shown)
        hops = zip(before.hops, after.hops, strict=True)
        software += sum(one.label.software != other.label.software for one, other in hops)
    assert different == {}
    assert {name: found for name, found in leaking.items() if found} == {}
    assert software <= CHANGED_SOFTWARE


def test_a_redacted_message_is_whole(pairs: dict[str, tuple[str, str]]) -> None:
    for _, shown in pairs.values():
        assert shown.isascii()
        assert shown.endswith("\n\n")
        assert shown.index("\n\n") == len(shown) - 2
        route = read(shown)
        assert not route.repairs
        assert not route.defects


def test_the_same_key_gives_the_same_and_another_key_other_names(pairs: dict[str, tuple[str, str]]) -> None:
    for text, shown in list(pairs.values())[::20]:
        assert redacted(text) == shown
        assert redacted(text, OTHER_KEY) != shown


def test_what_is_redacted_can_be_redacted_again(pairs: dict[str, tuple[str, str]]) -> None:
    for _, shown in list(pairs.values())[::10]:
        again = redacted(shown, OTHER_KEY)
        assert told(read(again)) == told(read(shown))
        assert not leaks(originals(read(shown)), again)
