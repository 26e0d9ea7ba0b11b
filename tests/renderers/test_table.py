"""The timing table for a terminal."""

import re
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope import render
from hopscope.model import Hop, Label, Route, Service
from hopscope.renderers import layout, table, words
from hopscope.renderers.printable import visible

from .strategies import routes, unsafe_characters

SAMPLES = sorted((Path(__file__).parent.parent.parent / "samples").glob("*.eml"))
ODD = b"""\
Received: from b.example (192.0.2.2) by c.example (192.0.2.3) with Microsoft SMTP Server id 15.2.1544.4;
 Mon, 3 Jun 2024 14:05:41 -0400
Received: from a-very-long-name-of-a-gateway-in-the-perimeter.some-department.subsidiary.example.org ([2001:db8::7])
 by b.example with ESMTP; Mon, 3 Jun 2024 18:02:00 +0000
Received: by relay.example with SMTP; Mon, 3 Jun 2024 18:03:00 +0000
Received: from [192.0.2.1] by relay.example with SMTP; soon
Received: by origin.example with SMTP; Mon, 3 Jun 2024 18:02:33 +0000
Subject: Odd
Message-ID: <odd@example.org>
"""
"""A long name, missing from clauses, a hop without a date, a negative delay."""
WIDTHS = (24, 40, 60, 80, 100, 120, 160, 200, 400)


def squeezed(text: str) -> str:
    return "".join(text.split())


def messages() -> list[Route]:
    return [hopscope.read(ODD), *(hopscope.read(path.read_bytes(), source=path.name) for path in SAMPLES)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("message", messages(), ids=lambda message: message.source)
def test_at_any_width_every_fact_is_there_and_no_line_is_too_long(message: Route, width: int) -> None:
    shown = render.table(message, width=width)
    assert max(map(layout.width, shown.splitlines())) <= width
    text = squeezed(shown)
    for hop in message.hops:
        way, protocol, product = "→".join(words.route_of(hop)), words.protocol(hop), words.product(hop.label)
        for fact in (words.time(hop, None), words.service(hop.label), protocol, product):
            assert fact == words.UNKNOWN or width < 60 or squeezed(fact) in text
        assert width < 60 or squeezed(way) in text or all(name in text for name in words.route_of(hop))


@given(routes, st.sampled_from(WIDTHS), st.booleans())
def test_hostile_routes_fit_as_well_and_show_nothing_unsafe(message: Route, width: int, defects: bool) -> None:  # noqa: FBT001 - drawn
    style = table.Style(width=width, defects=defects, tz=UTC)
    shown = "".join(table.routes([message], style))
    assert all(layout.width(line) <= width for line in shown.split("\n"))
    assert not unsafe_characters(shown)
    assert all(line == line.rstrip(" ") for line in shown.split("\n"))


@given(routes)
def test_colour_changes_nothing_but_colour(message: Route) -> None:
    coloured = render.table(message, color=True)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured).split() == render.table(message).split()


def test_rich_markup_in_a_header_is_text() -> None:
    message = hopscope.read(b"Subject: [red]x[/red] :smile:\nReceived: by a.example; Mon, 3 Jun 2024 18:02:33 +0000\n")
    assert "[red]x[/red] :smile:" in render.table(message, color=True)


def test_the_arrangement_follows_the_width() -> None:
    (sample,) = (path for path in SAMPLES if path.stem == "exchange-2019-inbound")
    message = hopscope.read(sample.read_bytes())
    lines_per_hop = [(len(render.table(message, width=width).splitlines()) - 4) // 5 for width in (400, 160, 100, 80, 60)]
    assert lines_per_hop == [1, 2, 2, 3, 4]


def test_a_negative_delay_is_signed_red_and_drawn_differently() -> None:
    lines = render.table(hopscope.read(ODD), color=True).splitlines()
    (line,) = (line for line in lines if "-1 min" in line)
    assert "\x1b[1;31m-1 min\x1b[0m" in squeezed(line).replace("-1min", "-1 min")
    assert "◂" in line
    assert "█" not in line


def test_an_unknown_delay_is_a_dash_and_zero_is_calm() -> None:
    stamps = b"Received: by b.example; Mon, 3 Jun 2024 18:02:33 +0000\n"
    first, second = render.table(hopscope.read(stamps * 2), color=True).splitlines()[-4:-2], None
    assert second is None
    assert first
