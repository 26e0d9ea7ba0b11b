"""Messages pasted one below the other: each is separated, at a cost that grows with the size of the paste."""

import re
from collections.abc import Callable
from itertools import cycle
from textwrap import indent

import pytest

import hopscope.paste.messages as separation
from hopscope.api import read
from hopscope.parser.fields import split
from hopscope.paste.messages import MAX_REPAIRS_OF_ALL, WINDOW, messages
from hopscope.paste.repair import repair

pytestmark = pytest.mark.no_cover  # the smaller tests of paste measure it

BLOCK = """\
Received: from MBX2.contoso.example (192.0.2.2) by
 MBX1.contoso.example (192.0.2.1) with Microsoft SMTP Server
 (TLS) id 15.0.466.10 via Mailbox Transport; Tue, 31 Jul 2012 21:52:47 +1000
Received: from client.example ([192.0.2.7]) by MBX2.contoso.example
 (192.0.2.2) with Microsoft SMTP Server id 15.0.466.10; Tue, 31 Jul 2012
 21:52:42 +1000
From: Ann <ann@contoso.example>
Date: Tue, 31 Jul 2012 21:52:40 +1000
Message-ID: <%d@contoso.example>
"""
MANY = 100


def flat(text: str) -> str:
    return re.sub(r"\n[ \t]+", "\n", text)


def bold(text: str) -> str:
    return text.replace("via Mailbox Transport", "**via Mailbox Transport**")


def joined(*damages: Callable[[str], str]) -> str:
    """Many messages, each with the next one of the damages."""
    numbers = range(1, MANY + 1)
    return "\n".join(damage(BLOCK % number) for number, damage in zip(numbers, cycle(damages), strict=False))


PASTES = [
    pytest.param(joined(str), id="undamaged"),
    pytest.param(joined(str).replace("\n", "\r\n"), id="crlf"),
    pytest.param(joined(str).replace("\n", "\r"), id="cr"),
    pytest.param(indent(joined(str), "> ", lambda _: True), id="quoted"),
    pytest.param("Hello,\nplease look at these.\n\n" + joined(str), id="below-a-letter"),
    pytest.param(joined(str).replace("\n\n", "\n\n\n"), id="several-blank-lines"),
    pytest.param(joined(flat), id="without-indentation"),
    pytest.param(joined(bold), id="bold"),
    pytest.param(joined(flat, str, bold), id="damaged-in-several-ways"),
    pytest.param(joined(lambda text: " ".join(text.split()) + "\n"), id="each-on-one-line"),
    pytest.param(joined(str, lambda text: "X-A: b\n c\n" * WINDOW + text), id="longer-than-a-window"),
]


def ids(data: bytes) -> list[str]:
    return re.findall(r"Message-ID: <(\d+)@", data.decode())


@pytest.mark.parametrize("paste", PASTES)
def test_each_of_many_messages_is_separated(paste: str) -> None:
    blocks = [block for block, _ in messages(paste.encode())]
    assert [ids(repair(block)[0]) for block in blocks] == [[str(number)] for number in range(1, MANY + 1)]
    assert {len(read(block).hops) for block in blocks} == {2}


def test_a_message_has_the_repairs_that_were_made_to_it() -> None:
    codes = [[made.code for made in repairs] for _, repairs in messages(joined(flat, str).encode())]
    assert codes[:4] == [["continuation-lines"], [], ["continuation-lines"], []]


def test_text_that_is_damaged_anew_in_each_message_is_read_or_counted() -> None:
    paste = joined(str, lambda text: indent(text, "> "), lambda text: indent(text, "| "))
    routes = [read(block) for block, _ in messages(paste.encode())]
    unread = [re.match(r"\d+", defect.message) for route in routes for defect in route.defects]
    assert len(routes) <= 2 * MAX_REPAIRS_OF_ALL
    assert sum(len(route.hops) for route in routes) + sum(int(match[0]) for match in unread if match) == 2 * MANY


@pytest.mark.parametrize("paste", PASTES[:-1])
def test_the_text_that_is_repaired_grows_with_the_paste(paste: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counted(data: bytes) -> object:
        sizes.append(len(data))
        return repair(data)

    monkeypatch.setattr(separation, "repair", counted)
    list(messages(paste.encode()))
    assert sum(sizes) <= 3 * len(paste) + 2 * MANY * WINDOW


def test_one_message_is_unchanged() -> None:
    data = f"{BLOCK % 1}\nHello\n".encode()
    assert list(messages(data)) == [(data, ())]
    assert split(data).fields
