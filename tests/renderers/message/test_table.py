"""The hop table for a terminal."""

import re
from datetime import UTC
from itertools import pairwise
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
from hopscope.renderers.message.hop_table import short_hop_table
from hopscope.renderers.message.summary import summary

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
    analysis = analyze(message)
    shown = render.table(message, width=width)
    assert max(map(cell_len, shown.splitlines())) <= width
    text = squeezed(shown)
    table = short_hop_table(analysis, None, summary(analysis, None).day)
    for row in table.rows:
        for fact in (
            row.time,
            row.delay,
            row.service.partition(" (no header")[0],
            *([row.tls] if width >= 100 else ()),
        ):
            assert squeezed(fact) in text
        for host in (row.server, row.sender):
            assert host in shown or "…" in shown
    assert table.domains in shown


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("length", [20, 60, 300])
def test_a_host_is_shortened_in_the_middle_and_never_broken(width: int, length: int) -> None:
    hosts = [f"gw{number}.{'a' * (length - 17)}.example{number}.org" for number in range(4)]
    fields = [
        f"Received: from {previous} by {host} with ESMTP; Mon, 3 Jun 2024 18:02:33 +0000\n"
        for previous, host in pairwise(hosts)
    ]
    shown = render.table(hopscope.read("".join(reversed(fields))), width=width)
    assert max(map(cell_len, shown.splitlines())) <= width
    hops = shown[shown.index("\n#") :].split("\n\n")[0]
    words = [word.strip("():,") for word in hops.split() if "gw" in word or "a.e" in word]
    assert len(words) >= 6
    assert all(word in hosts or re.fullmatch(r"gw[^…]+…[^…]*g", word) for word in words)


@pytest.mark.parametrize(
    ("servers", "domain", "names"),
    [
        (["ex1.corp.example.com", "ex2.corp.example.com"], "corp.example.com", ["ex1", "ex2"]),
        (["ex1.corp.example.com", "EX2.Corp.example.com"], "corp.example.com", ["ex1", "EX2"]),
        (["mail.example.org", "mail.corp.example.com", "ex2.corp.example.com"], "corp.example.com",
         ["mail.example.org", "mail.corp.example.com", "ex2"]),
        (["ex1.a.example.com", "ex1.b.example.com"], "example.com", ["ex1.a", "ex1.b"]),
        (["ex1", "ex1.corp.example.com", "ex2.corp.example.com"], "corp.example.com", ["ex1", "ex1", "ex2"]),
        (["192.0.2.1", "192.0.2.2"], "", ["192.0.2.1", "192.0.2.2"]),
        (["ex1.corp.local", "ex2.corp.local"], "corp.local", ["ex1", "ex2"]),
        (["DB5PEPF00014B8B.mail.protection.outlook.com", "AM9PR07MB7891.eurprd07.prod.outlook.com"], "Exchange Online",
         ["DB5PEPF00014B8B", "AM9PR07MB7891"]),
        (["AM9PR07MB7891.eurprd07.prod.outlook.com", "ex1.corp.example.com", "ex2.corp.example.com"],
         "corp.example.com and Exchange Online", ["AM9PR07MB7891", "ex1", "ex2"]),
        (["ex1.example.com", "example.com"], "", ["ex1.example.com", "example.com"]),
    ],
)  # fmt: skip
def test_the_common_domain_is_left_out_where_names_stay_unambiguous(
    servers: list[str], domain: str, names: list[str]
) -> None:
    fields = [
        f"Received: from {previous} by {server} with ESMTP; Mon, 3 Jun 2024 18:02:33 +0000\n"
        for previous, server in pairwise(["unknown.example.net", *servers])
    ]
    table = short_hop_table(analyze(hopscope.read("".join(fields[::-1]))), None, None)
    assert table.domains == domain
    assert [row.server for row in table.rows] == names


def test_shortened_hosts_do_not_look_the_same() -> None:
    hops = "".join(
        f"Received: from mail.{peer}-large-company.example by mail.{server}-large-company.example (Postfix) with ESMTP;"
        f" Mon, 3 Jun 2024 18:02:4{second} -0{second}00\n"
        for peer, server, second in [("delta", "alphabet", 3), ("echo", "delta", 2), ("foxtrot", "echo", 1)]
    )
    rows = re.findall(r"Postfix  (\S+) +(\S+)  –", render.table(hopscope.read(hops), width=100))
    assert all("…" in host for row in rows for host in row)
    assert [len(set(column)) for column in zip(*rows, strict=True)] == [3, 3]


def test_the_delay_is_emphasised_by_how_unusual_it_is() -> None:
    def emphasis(*times: str) -> list[str]:
        fields = [
            f"Received: from {'ab'[number % 2]}.example by {'ba'[number % 2]}.example with ESMTP id {number}; "
            f"Mon, 3 Jun 2024 {time} +0000\n"
            for number, time in enumerate(times)
        ]
        return [row.emphasis for row in short_hop_table(analyze(hopscope.read("".join(fields[::-1]))), None, None).rows]

    assert emphasis("18:00:00", "18:00:00", "18:00:09") == ["zero", "zero", "ordinary"]
    assert emphasis("18:00:00", "18:00:20", "18:00:50") == ["zero", "ordinary", "longest"]
    assert emphasis("08:00:00", "18:00:00", "18:00:50") == ["zero", "unusual", "ordinary"]
    assert emphasis("18:00:00", "17:59:00") == ["zero", "negative"]


def test_the_holder_is_named_for_delays_that_matter() -> None:
    def named(*times: str) -> list[str]:
        fields = [
            f"Received: from e{number}.a.example by e{number + 1}.a.example with Microsoft SMTP Server id 15.2.1544.4; "
            f"Mon, 3 Jun 2024 {time} +0000\n"
            for number, time in enumerate(times)
        ]
        return re.findall(r"(?m)^ +held by (e\d) ", render.table(hopscope.read("".join(fields[::-1]))))

    assert named("18:00:00", "18:00:09", "18:00:10") == []
    assert named("18:00:00", "18:00:20", "18:00:50") == ["e1", "e2"]
    assert named("18:00:00", "18:00:20", "18:50:00") == ["e2"]


@pytest.mark.parametrize(
    ("stamps", "heading", "times"),
    [
        ("18:02:33 +0000|18:02:34 +0000", "Time +00:00", "18:02:33|18:02:34"),
        ("18:02:33 +0000|14:02:34 -0400", "Time ", "18:02:33 +00:00|14:02:34 -04:00"),
        ("18:02:33 -0000|14:02:34 -0400", "Time ", "18:02:33 -00:00|14:02:34 -04:00"),
    ],
)
def test_a_common_zone_is_in_the_heading(stamps: str, heading: str, times: str) -> None:
    fields = [f"Received: by a.example; Mon, 3 Jun 2024 {stamp}\n" for stamp in reversed(stamps.split("|"))]
    shown = render.table(hopscope.read("".join(fields)))
    assert shown.startswith("(no subject)")
    assert "\n2024-06-03\n" in shown
    assert f"#  {heading}" in shown
    assert all(f"{number}  {time}  " in shown for number, time in enumerate(times.split("|"), 1))


def test_times_of_several_days_have_their_date() -> None:
    fields = [f"Received: by a.example; {day} Jun 2024 18:02:33 +0000\n" for day in ("Tue, 4", "Mon, 3")]
    shown = render.table(hopscope.read("".join(fields)))
    assert "1  2024-06-03 18:02:33  " in shown
    assert "2  2024-06-04 18:02:33  " in shown


def test_the_summary_has_people_day_and_authentication() -> None:
    shown = render.table(
        hopscope.read(
            "Authentication-Results: mx.example.org; dkim=pass; spf=pass; dmarc=fail\n"
            "Received: by a.example; Mon, 3 Jun 2024 18:02:33 +0000\n"
            'From: "Doe, Jane" <jane@shop.example>\nTo: a@corp.example, b@corp.example, c@corp.example\n'
            "Date: Mon, 3 Jun 2024 18:02:31 +0000\nSubject: =?utf-8?Q?Caf=C3=A9?=\n"
        )
    )
    assert shown.splitlines()[:2] == [
        f"{'Café':<89}no Exchange",
        "jane@shop.example to a@corp.example and 2 more, 2024-06-03",
    ]
    assert "\nspf=pass dkim=pass dmarc=fail (by mx.example.org, attested)\n" in shown


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


@pytest.mark.parametrize(("width", "lines"), [(400, 1), (160, 1), (100, 1), (80, 2), (60, 2)])
def test_a_hop_takes_as_few_lines_as_the_width_allows(width: int, lines: int) -> None:
    message = hopscope.read((SAMPLES / "exchange-2019-inbound.eml").read_bytes())
    body = render.table(message, width=width)
    second, third = (body.index(f"\n{number}  ") for number in (2, 3))
    assert body[second:third].count("\n") == lines


def test_commands_are_broken_at_blanks_only() -> None:
    message = hopscope.read((SAMPLES / "exchange-2019-inbound.eml").read_bytes())
    for width in (80, 100, 120):
        assert '"<20240603180233.4VtK3w2pQ9z1@mail.shop.example.org>"' in render.table(message, width=width)


def line_of(shown: str, text: str) -> str:
    (line,) = (line for line in shown.splitlines() if text in line)
    return line


def test_a_negative_delay_is_signed_red_and_drawn_differently() -> None:
    line = line_of(render.table(hopscope.read(ODD), color=True), "-1 min")
    assert "\x1b[31m-1 min\x1b[0m" in line
    assert "◂" in line
    assert not set(line) & set("▏▎▍▌▋▊▉█")


def test_an_unknown_delay_is_a_dash_and_zero_is_not_highlighted() -> None:
    stamp = b"Received: by b.example; Mon, 3 Jun 2024 18:02:33 +0000\n"
    shown = render.table(hopscope.read(stamp * 2), color=True)
    assert "\x1b[2m–\x1b[0m" in line_of(shown, "1  18:02:33")
    assert "\x1b[2m0 s\x1b[0m" in line_of(shown, "2  18:02:33")


def test_one_zone_for_all_times() -> None:
    shown = render.table(hopscope.read(ODD), tz=UTC)
    assert "-04:00" not in shown
    assert shown.count("+00:00") == 1


def test_the_heading_shows_known_facts() -> None:
    first, *_, last = render.table(hopscope.read(ODD, source="odd.eml")).split("\n\n")[0].splitlines()
    assert first.split() == ["Odd", "Exchange", "Server", "2019", "CU14"]
    assert last.split() == ["odd.eml", "<odd@example.org>"]
    assert render.table(Route()).splitlines()[:2] == ["(no subject)", "No Received field, so the path is unknown."]


def test_messages_are_separated_by_a_blank_line() -> None:
    assert "".join(rendered("table", [analyze(Route())] * 2, Style())).count("\n\n(no subject)") == 1


def test_the_table_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render.table(hopscope.read(ODD), color=True)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "20", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert render.table(hopscope.read(ODD), color=True) == before
