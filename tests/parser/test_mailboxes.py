"""Addresses in From and To."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.parser.mailboxes import mailboxes


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a@b.example", ["a@b.example"]),
        ('"Doe, John" <a@b.example>, c@d.example (Jane, home)', ["a@b.example", "c@d.example"]),
        ("Doe, John <a@b.example>", ["a@b.example"]),
        ("=?utf-8?Q?Doe,_J=C3=A9?= <x@y.example>", ["x@y.example"]),
        ("Board: a@b.example, <c@d.example>;", ["a@b.example", "c@d.example"]),
        ("undisclosed-recipients:;", ["undisclosed-recipients"]),
        ("=?utf-8?Q?J=C3=A9?=", ["Jé"]),
        ("a@b.example (unclosed, <c@d.example>", ["a@b.example"]),
        ("", []),
    ],
)
def test_addresses_of_a_field(body: str, expected: list[str]) -> None:
    assert mailboxes(body) == expected


@given(st.text(alphabet='<>()";:,@\\ a\0é', max_size=60))
def test_any_text_is_read(body: str) -> None:
    assert all(mailboxes(body))
