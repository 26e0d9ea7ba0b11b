"""Plain text for pipes: one uncut line per hop."""

import re
from datetime import UTC

from hypothesis import given

import hopscope
from hopscope import render
from hopscope.analysis.analyze import analyze
from hopscope.model import Route
from hopscope.renderers import Style, rendered
from hopscope.renderers.message import wording
from hopscope.renderers.message.hop_table import HEADINGS
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible

from ..strategies import routes, unsafe_characters

MESSAGE = b"""\
Received: from b.example by c.example with ESMTP; Mon, 3 Jun 2024 14:02:00 -0400
Received: from [192.0.2.1] by b.example with SMTP; soon
Received: by a.example with SMTP; Mon, 3 Jun 2024 18:02:33 +0000
Subject: Odd
"""


def hop_lines(shown: str) -> list[str]:
    return [line for line in shown.split("\n\n")[1].splitlines() if not line.startswith("-- ")]


def test_columns_are_aligned_and_numbers_to_the_right() -> None:
    heading, *hops = hop_lines(render.plain(hopscope.read(MESSAGE)))
    assert re.split("  +", heading) == list(HEADINGS.values())
    assert [hop[heading.index("Server") :].split()[:2] for hop in hops] == [
        ["a.example", "–"],
        ["b.example", "[192.0.2.1]"],
        ["c.example", "b.example"],
    ]
    assert not any(line.endswith(" ") for line in (heading, *hops))
    ends = {len(line[: heading.index("Timeline")].rstrip()) for line in (heading, *hops)}
    assert len(ends) == 1


def test_wide_characters_do_not_break_the_columns() -> None:
    message = hopscope.read(MESSAGE.replace(b"b.example", "例え.テスト".encode()))
    heading, *hops = hop_lines(render.plain(message))
    start = layout.width(heading[: heading.index("Service")])
    assert {layout.width(hop[: hop.index("other MTA")]) for hop in hops} == {start}


def test_negative_and_unknown_delays_are_not_zero() -> None:
    first, second, third = hop_lines(render.plain(hopscope.read(MESSAGE)))[1:]
    assert "  –  " in first
    assert " – " in second
    assert "2 hops: -33 s  <<<<<<<<<<" in third


def test_one_zone_for_all_times() -> None:
    assert "2024-06-03 18:02:00 +0000" in render.plain(hopscope.read(MESSAGE), tz=UTC)


def test_missing_facts_are_omitted() -> None:
    assert render.plain(Route()).startswith("No Received field, so the path is unknown.\n\ninfo    HOP304")
    assert render.plain(Route(source="a.eml", message_id="<x>")).splitlines()[:2] == [
        "Source: a.eml",
        "Message-ID: <x>",
    ]


def test_messages_are_separated_by_a_blank_line() -> None:
    one = render.plain(hopscope.read(MESSAGE))
    assert "".join(rendered("plain", [analyze(hopscope.read(MESSAGE))] * 2, Style())) == f"{one}\n{one}"


@given(routes)
def test_every_hop_is_one_safe_uncut_line(message: Route) -> None:
    shown = render.plain(message)
    assert not unsafe_characters(shown)
    lines = [line for line in shown.split("\n") if line]
    for hop in message.hops:
        facts = (*wording.route_of(hop), wording.protocol(hop), wording.cipher(hop), wording.build(hop.label))
        assert any(all(visible(fact).rstrip(" ") in line for fact in facts) for line in lines)


def test_a_field_folded_with_tabs_is_shown_with_spaces() -> None:
    stamps = (
        "Received: from b.example by c.example (Postfix); Mon, 3 Jun 2024 18:02:33 +0000\n"
        "X-Received: by 10.0.0.1 with SMTP id x1;\tMon, 3 Jun 2024\t18:02:32 +0000\n"
        "Received: from a.example by b.example (Postfix); Mon, 3 Jun 2024 18:02:31 +0000\n"
    )
    text = render.plain(hopscope.read(f"{stamps}Subject: An order\n\tof tea\n"))
    assert "Subject: An order of tea\n" in text
    assert "at Mon, 3 Jun 2024 18:02:32 +0000;" in text
    assert "\\x09" not in text
