"""Encoded words in the text of a header field, and what shows them."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope import render
from hopscope.parser.encoded_words import decoded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße", id="base64"),
        pytest.param("=?UTF-8?B?R3LDvMOfZQ?=", "Grüße", id="base64 without padding"),
        pytest.param("Re: =?iso-8859-1?q?Gr=FC=DFe_aus?= Berlin", "Re: Grüße aus Berlin", id="with other text"),
        pytest.param("=?utf-8?Q?a?= \t=?utf-8?Q?b?=", "ab", id="white space between words"),
        pytest.param("=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "ü", id="a character in two words"),
        pytest.param("=?utf-8?Q?hello world?=", "hello world", id="a space"),
        pytest.param("=?UTF-8*en?Q?ok?=", "ok", id="a language"),
        pytest.param("=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "テスト", id="iso-2022-jp"),
        pytest.param("=?utf-8?Q?good?= =?nocharset?Q?x?=", "good =?nocharset?Q?x?=", id="one of two is invalid"),
        *(
            pytest.param(text, text, id=name)
            for name, text in {
                "unknown charset": "=?nocharset?Q?abc?=",
                "unknown encoding": "=?utf-8?X?abc?=",
                "no base64": "=?utf-8?B?####?=",
                "not UTF-8": "=?utf-8?Q?=FF?=",
                "surrogate": "=?utf-7?Q?+2AA-?=",
                "no charset of mail": "=?rot13?Q?abc?= =?idna?Q?abc?= =?unicode_escape?Q?=5Cud800?=",
                "unfinished": "=?utf-8?Q?abc",
                "too long": "=?utf-8?Q?a?= " * 400,
                "none": "What=? is this?=",
            }.items()
        ),
    ],
)
def test_encoded_words(text: str, expected: str) -> None:
    assert decoded(text) == expected


@given(st.text(st.sampled_from(list("=?utf-8BQbq_ a1\n\x1bü")), max_size=60))
def test_any_text_can_be_decoded(text: str) -> None:
    decoded(f"=?{text}").encode()


@pytest.mark.parametrize("form", ["plain", "table", "markdown", "html", "svg", "json", "jsonl"])
def test_a_subject_is_decoded_and_escaped(form: str) -> None:
    subject = "=?utf-8?Q?caf=C3=A9=1B=E2=80=AE?="
    received = "Received: from a.example by b.example; Mon, 6 Jan 2020 09:00:30 +0100\n"
    route = hopscope.read(f"{received}Subject: {subject}\n")
    assert route.subject == subject
    shown = getattr(render, form)(hopscope.analyze(route))
    assert re.search(r"caf(?:é|\\u00e9|&#233;)", shown)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    if form == "json":
        assert json.loads(shown)["subject"] == "café\x1b\u202e"
