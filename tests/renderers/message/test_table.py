"""The hop table for a terminal."""

import re
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len  # noqa: TID253 - a test has no start-up time to save

import hopscope
from hopscope import render
from hopscope.analysis.analyze import analyze
from hopscope.model import Route
from hopscope.renderers import Style, rendered
from hopscope.renderers.message import wording

from ..strategies import routes, unsafe_characters

SAMPLES = Path(__file__).parents[3] / "samples"
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
WIDTHS = (40, 60, 80, 100, 120, 160, 200, 400)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["odd", *sorted(path.name for path in SAMPLES.glob("*.eml"))])
def test_at_any_width_every_fact_is_shown_and_no_line_is_too_long(name: str, width: int) -> None:
    message = hopscope.read(ODD if name == "odd" else (SAMPLES / name).read_bytes(), source=name)
    shown = render.table(message, width=width)
    assert max(map(cell_len, shown.splitlines())) <= width
    text = squeezed(shown)
    for hop in message.hops:
        facts = (*wording.route_of(hop), wording.time(hop, None), wording.service(hop.label), wording.delay(hop))
        details = (wording.protocol(hop), wording.product(hop.label))
        folded_beside_others = width < 60
        for fact in (*facts, *details):
            assert fact == wording.UNKNOWN or folded_beside_others or squeezed(fact) in text


@given(routes, st.sampled_from(WIDTHS), st.booleans())
def test_hostile_routes_fit_and_show_no_unsafe_character(message: Route, width: int, defects: bool) -> None:  # noqa: FBT001 - drawn
    style = Style(width=width, defects=defects, tz=UTC)
    shown = "".join(rendered("table", [analyze(message)], style))
    assert all(cell_len(line) <= width for line in shown.split("\n"))
    assert not unsafe_characters(shown)
    assert all(line == line.rstrip(" ") for line in shown.split("\n"))


@given(routes)
def test_colour_changes_nothing_but_colour(message: Route) -> None:
    coloured = render.table(message, color=True)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured).split() == render.table(message).split()


def test_rich_markup_in_a_header_is_text() -> None:
    message = hopscope.read(b"Subject: [red]x[/red] :smile:\nReceived: by a.example; Mon, 3 Jun 2024 18:02:33 +0000\n")
    assert "[red]x[/red] :smile:" in render.table(message, color=True)


@pytest.mark.parametrize(("width", "lines"), [(400, 1), (160, 2), (100, 3), (80, 3), (60, 5)])
def test_a_hop_takes_as_few_lines_as_the_width_allows(width: int, lines: int) -> None:
    message = hopscope.read((SAMPLES / "exchange-2019-inbound.eml").read_bytes())
    body = render.table(message, width=width).split("─\n", 1)[1]
    second, third = (body.index(f"\n{number}  ") for number in (2, 3))
    assert body[second:third].count("\n") == lines


def test_a_line_without_known_facts_is_omitted() -> None:
    shown = render.table(hopscope.read(b"Received: by b.example; Mon, 3 Jun 2024 18:02:33 +0000\n"), width=60)
    assert "– → b.example" in shown
    assert "\n   –\n" not in shown


def line_of(shown: str, text: str) -> str:
    (line,) = (line for line in shown.splitlines() if text in line)
    return line


def test_a_negative_delay_is_signed_red_and_drawn_differently() -> None:
    line = line_of(render.table(hopscope.read(ODD), color=True), "-1 min")
    assert re.search("\x1b\\[1;31m *-1 min\x1b\\[0m", line)
    assert "◂" in line
    assert not set(line) & set("▏▎▍▌▋▊▉█")


def test_an_unknown_delay_is_a_dash_and_zero_is_not_highlighted() -> None:
    stamp = b"Received: by b.example; Mon, 3 Jun 2024 18:02:33 +0000\n"
    shown = render.table(hopscope.read(stamp * 2), color=True)
    assert re.search("\x1b\\[2m *–\x1b\\[0m", line_of(shown, "1\x1b[0m  2024"))
    assert re.search("\x1b\\[2m *\\+0 s\x1b\\[0m", line_of(shown, "2\x1b[0m  2024"))


def test_one_zone_for_all_times() -> None:
    shown = render.table(hopscope.read(ODD), tz=UTC)
    assert "-0400" not in shown
    assert shown.count("+0000") == 4


def test_the_heading_shows_known_facts() -> None:
    assert render.table(hopscope.read(ODD, source="odd.eml")).startswith("odd.eml\nOdd\n<odd@example.org>\n5 hops in ")
    assert render.table(Route()) == "(no subject)\n0 hops, total time unknown; no Exchange\n"


def test_messages_are_separated_by_a_blank_line() -> None:
    assert "".join(rendered("table", [analyze(Route())] * 2, Style())).count("\n\n(no subject)") == 1


def test_the_table_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render.table(hopscope.read(ODD), color=True)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "20", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert render.table(hopscope.read(ODD), color=True) == before
