"""The timeline in columns of text."""

import re
from collections.abc import Callable
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope import render
from hopscope.analysis.analyze import analyze
from hopscope.model import Label, Route, Service
from hopscope.renderers.message.timeline import text as timeline_text
from hopscope.renderers.message.timeline.wording import CROWDED
from hopscope.renderers.text import layout

from ...mail import FORGED, QUEUED, SMTP, message, received
from ...strategies import routes, unsafe_characters


def lines(route: Route, width: int = 80, glyphs: timeline_text.Glyphs = timeline_text.ASCII) -> list[str]:
    found = timeline_text.lines(analyze(route), glyphs, width=width, tz=None)
    return ["".join(text for text, _ in line).rstrip() for line in found]


def lane(route: Route, name: str, width: int = 80) -> str:
    (found,) = [line for line in lines(route, width) if line.startswith(name)]
    return found.removeprefix(name).strip()


def test_a_bar_runs_to_the_next_hop_on_the_lane_of_the_holding_service() -> None:
    found = lines(QUEUED)
    starts = [line.index("*") for line in found if "*" in line]
    assert starts == sorted(starts)
    assert re.fullmatch(r"1\*#+ ?10 s ?#*", lane(QUEUED, "Front End Transport, fe"))
    assert re.fullmatch(r"2\*#+ 50 s #+", lane(QUEUED, "Transport, tr"))
    assert lane(QUEUED, "other MTA, mx") == "3*"


def test_the_next_hop_is_at_the_end_of_the_bar() -> None:
    found = lines(QUEUED)
    bar = next(line for line in found if "2*" in line)
    assert len(bar) == next(line for line in found if "3*" in line).index("3*") + 1


def test_an_earlier_time_points_back_and_is_not_a_delay() -> None:
    route = message(f"a|{SMTP}|12:00:30", "b|with ESMTP|12:00:00", "c|with ESMTP|12:01:00")
    back = next(line for line in lines(route) if "1*" in line)
    assert re.search(r"<+ -30 s <+1\*", back)
    assert "#" not in back
    assert any("negative delay (clock skew)" in line for line in lines(route))


def test_a_delay_across_several_hops_is_labelled() -> None:
    route = message(f"a|{SMTP}|12:00:00", "b|with ESMTP", "c|with ESMTP|12:01:00")
    assert any(re.search(r"1\*~+ 2 hops: 1 min ~+", line) for line in lines(route))
    assert any(re.search(r" 2\?$", line) for line in lines(route))
    assert any("delay across hops without a time" in line for line in lines(route))


def test_without_any_time_only_the_order_is_drawn() -> None:
    found = lines(message("a|with ESMTP", "b|with ESMTP"))
    assert found[-1].endswith("the timeline shows only their order.")
    assert [line.index("?") for line in found[:2]] == sorted(line.index("?") for line in found[:2])
    assert not any("+" in line for line in found[:2])


def test_one_hop_and_hops_at_one_time() -> None:
    assert [line.count("*") for line in lines(message("a|with ESMTP|12:00:00"))] == [0, 0, 0, 1]
    same = lines(message("a|with ESMTP|12:00:00", "b|with ESMTP|12:00:00"))
    assert len({line.index("*") for line in same if "*" in line}) == 1


def test_a_service_without_header_is_hollow(samples: Path) -> None:
    data = (samples / "authenticated-client.eml").read_bytes()
    found = lines(hopscope.read(data), glyphs=timeline_text.UNICODE)
    assert sum(line.count("○") for line in found) == 2, "one mark, and the legend"


def test_a_broken_axis_crosses_all_lanes_and_has_a_legend() -> None:
    found = lines(message("a|with ESMTP|20:00:00", f"b|{SMTP}|01:00:00", "c|with ESMTP|01:00:02"))
    broken = {line.index("/") for line in found[2:-2] if "/" in line}
    assert len(broken) == 1
    assert "Axis break: 18 h 59 min 58 s of clock skew shortened." in " ".join(found)


def test_the_length_of_a_gap_follows_its_mark_at_the_end_of_the_axis() -> None:
    """Before the mark it would look like the length of the previous gap."""
    route = message(
        *(f"{name}|with ESMTP|12:00:{second:02}" for name, second in zip("abcd", (0, 20, 41, 42), strict=True))
    )
    assert re.search(r"^3\*#+ 1 s$", lane(route, "other MTA, c"))


def test_the_axis_leaves_space_only_for_lengths_that_need_it() -> None:
    """``4 min 32 s`` is on its bar; for ``1 s`` at the end, six columns are enough."""
    times = {"a": "12:00:00", "b": "12:04:32", "c": "12:04:33"}
    found = lines(message(*(f"{name}|with ESMTP|{time}" for name, time in times.items())))
    (last,) = [line for line in found if line.startswith("other MTA, c")]
    assert last.index("*") == 80 - len("1 s") - 3


def test_the_longest_wait_of_a_crowded_lane_has_its_length() -> None:
    times = [*(f"12:00:{number:02}" for number in range(12)), *(f"12:50:{number:02}" for number in range(12))]
    found = "\n".join(lines(message(*(f"mx{number}|with ESMTP|{time}" for number, time in enumerate(times)))))
    assert CROWDED in found
    assert " 49 min 49 s " in found


def test_names_are_shortened_for_width_unless_ambiguous() -> None:
    long = message(f"mb1.a-very-long-domain.contoso.example|{SMTP}|12:00:00")
    assert any(line.startswith("Transport, mb1 ") for line in lines(long))
    alike = message(*(f"mx.{name}.contoso-of-the-world.example|with ESMTP|12:00:00" for name in ("one", "two")))
    assert sum("mx.one.contoso" in line or "mx.two.contoso" in line for line in lines(alike, 120)) == 2


def test_names_are_those_of_the_table(samples: Path) -> None:
    route = hopscope.read((samples / "exchange-2019-inbound.eml").read_bytes())
    drawn = render.table(route, width=120, timeline=True)
    assert "\nTransport, EX19-02 " in drawn
    assert "\nPostfix, mail.shop.example.org " in drawn


def test_a_narrow_terminal_shows_names_above_lanes() -> None:
    found = lines(QUEUED, 40)
    assert "Front End Transport, fe" in found
    assert max(map(len, found)) <= 40


def test_an_offset_longer_than_the_names_has_a_separate_line() -> None:
    label = Label(service=Service.OTHER_MTA, software="mox")
    hops = [replace(hop, label=label, stamp=replace(hop.stamp, by_domain=None)) for hop in QUEUED.hops]
    local_mean_time = timezone(timedelta(minutes=53, seconds=28))
    drawn = timeline_text.lines(
        analyze(replace(QUEUED, hops=tuple(hops))), timeline_text.ASCII, width=60, tz=local_mean_time
    )
    shown = ["".join(text for text, _ in line) for line in drawn]
    assert "  Times in +00:53" in shown
    assert max(map(layout.width, shown)) <= 60


@pytest.mark.parametrize(
    ("offsets", "expected"),
    [
        pytest.param(("+0000", "-0400", "-0400"), "-04:00", id="of most hops"),
        pytest.param(("-0400", "-0400", "+0000"), "-04:00", id="of most hops, not the last"),
        pytest.param(("+0000", "-0400"), "-04:00", id="of the later of two"),
        pytest.param(("-0000",), "+00:00", id="one that is unknown"),
    ],
)
def test_the_axis_has_the_zone_of_most_hops(offsets: tuple[str, ...], expected: str) -> None:
    fields = (
        f"from a{number} by b{number}.example (Postfix) with ESMTP id {number}; Mon, 3 Jun 2024 12:00:00 {offset}"
        for number, offset in enumerate(offsets)
    )
    assert any(re.match(rf"(  Times in )?\{expected}\b", line) for line in lines(received(*fields)))


def test_overlapping_marks_are_stacked() -> None:
    route = message(*(f"a|with ESMTP|12:00:0{second}" for second in (0, 0, 0)))
    numbers = [re.findall(r"(\d)\*", line) for line in lines(route)]
    assert [each for each in numbers if each] == [["1"], ["2"], ["3"]]


def test_too_many_marks_share_a_row_with_a_legend() -> None:
    route = message(*(f"{name}|with ESMTP|12:{minute:02}:00" for minute in range(60) for name in ("a", "b", "a")))
    found = lines(route)
    assert sum("*" in line for line in found[:-2]) <= 8
    assert any("see the table" in line for line in found)


@given(routes, st.sampled_from((40, 60, 100)), st.sampled_from((timeline_text.UNICODE, timeline_text.ASCII)))
def test_no_line_is_too_wide_or_unsafe_for_any_text(route: Route, width: int, glyphs: timeline_text.Glyphs) -> None:
    for line in timeline_text.lines(analyze(route), glyphs, width=width, tz=None):
        text = "".join(piece for piece, _ in line)
        assert layout.width(text) <= width
        assert not unsafe_characters(text)


@given(routes)
def test_every_hop_of_a_few_is_drawn_once(route: Route) -> None:
    """Without server names, so that no number belongs to one."""
    hops = tuple(replace(hop, stamp=replace(hop.stamp, by_domain=None)) for hop in route.hops)
    bare = [replace(hop, label=replace(hop.label, software=None, product=None)) for hop in hops]
    found = "\n".join(lines(replace(route, hops=tuple(bare)), 100, timeline_text.UNICODE))
    drawn = re.findall(r"(\d+)[●◌?](?=[^\w])", f"{found}\n")
    assert sorted(map(int, drawn)) == [hop.number for hop in route.hops]


@pytest.mark.parametrize("door", [render.table, render.plain])
def test_the_timeline_is_between_heading_and_table_on_request(door: Callable[..., str]) -> None:
    text = door(QUEUED, timeline=True)
    assert text.index("3 hops in 1 min") < text.index("held or in transit") < text.index("Delay")
    assert "held or in transit" not in door(QUEUED)


def test_the_timeline_is_coloured_in_the_table_and_ascii_in_plain_text() -> None:
    assert "\x1b[34m" in render.table(QUEUED, color=True, timeline=True)
    drawn = render.plain(QUEUED, timeline=True).partition("Delay")[0]
    assert "2*##" in drawn
    assert drawn.isascii()


@pytest.mark.parametrize(
    ("fields", "trust", "marks"),
    [
        pytest.param(
            FORGED,
            [
                "1 -- hop 1 is unlinked: not borne out by the peer of hop 2, mail.evil.example [203.0.113.7]",
                "2 -- corp.example: attested from here on; peer mx.isp.example [198.51.100.7]",
            ],
            "x**",
            id="before the lanes of their hops",
        ),
        pytest.param(
            (FORGED[0].replace("a.bank", "in.corp"), *FORGED[1:]),
            [
                "2 Hop 2: hop 1 is unlinked: not borne out by the peer of hop 2, mail.evil.example [203.0.113.7]",
                "2 Hop 3: corp.example: attested from here on; peer mx.isp.example [198.51.100.7]",
            ],
            "x**",
            id="below all lanes if one has hops of both sides",
        ),
        pytest.param(
            FORGED[1:],
            ["1 -- corp.example: attested from here on; peer mx.isp.example [198.51.100.7]"],
            "**",
            id="linked",
        ),
        pytest.param(FORGED[2:], [], "*", id="attested"),
    ],
)
def test_lines_on_trust_are_between_the_lanes(fields: tuple[str, ...], trust: list[str], marks: str) -> None:
    found = lines(received(*fields), 100)
    lanes = [index for index, line in enumerate(found) if line.startswith("Postfix")]
    numbered = [f"{sum(lane < index for lane in lanes)} {line.rstrip(' -')}" for index, line in enumerate(found)]
    assert [line for line in numbered if line[2:].startswith(("-- ", "Hop "))] == trust
    assert "".join(re.findall(r"\d([x*])", "".join(found[lane] for lane in lanes))) == marks


def test_a_delay_with_clock_skew_is_shown_corrected_with_the_recorded_one() -> None:
    route = message("a|with ESMTP|12:04:58", "b|with ESMTP|10:58:08", "c|with ESMTP|12:08:42")
    assert any("3 min 44 s (1 h 10 min 34 s*)" in line for line in lines(route, 120))
    assert any(line.endswith("* as recorded, with clock skew") for line in lines(route, 120))
    assert not any("*" in line and "recorded" in line for line in lines(QUEUED))
