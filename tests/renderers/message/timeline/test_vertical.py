"""The timeline from top to bottom, for narrow screens."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.analysis.analyze import analyze
from hopscope.model import Route
from hopscope.renderers.message.timeline import wording as timeline_wording
from hopscope.renderers.message.timeline.vertical import vertical

from ...mail import FORGED, QUEUED, SMTP, message, received
from ...strategies import routes, unsafe_characters


def drawn(route: Route) -> ET.Element:
    analysis = analyze(route)
    return vertical(analysis, timeline_wording.drawn(analysis), None, "m1")


def elements(svg: ET.Element, class_: str) -> list[ET.Element]:
    return [each for each in svg.iter() if class_ in each.get("class", "").split()]


def texts(svg: ET.Element, class_: str) -> list[str]:
    return [each.text or "" for each in elements(svg, class_)]


def heights(svg: ET.Element) -> list[float]:
    return [float(bar.get("height", "")) for bar in elements(svg, "wait") if bar.get("width") == "14"]


def test_hops_are_in_path_order_with_services_servers_and_times() -> None:
    svg = drawn(QUEUED)
    assert texts(svg, "number") == ["1", "2", "3"]
    assert texts(svg, "name") == ["Front End Transport", "Transport", "other MTA"]
    assert texts(svg, "end") == ["12:00:00", "2017-03-08 +01:00", "12:00:10", "12:01:00"]
    assert texts(svg, "length") == ["10 s", "50 s"]
    ys = [float(each.get("y", "")) for each in elements(svg, "number")]
    assert ys == sorted(ys)


def at(*times: str) -> Route:
    """A message with a hop at each of these times."""
    return message(*(f"h{index}|with ESMTP|{time}" for index, time in enumerate(times)))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param(("01:00:00", "03:00:00", "06:00:00"), [54, 81], id="in proportion"),
        pytest.param(("12:00:00", "12:00:02", "13:16:00"), [54, 81], id="a minimum"),
        pytest.param(("12:00:00", "12:00:01", "12:00:02", "12:00:03", "13:16:00"), [54, 54, 54, 243], id="60 %"),
        pytest.param(("12:00:00", *(f"12:00:{index:02}" for index in range(1, 9)), "13:00:00"), [*[54] * 8, 324],
                     id="a maximum"),
        pytest.param(("12:00:00", "12:00:00", "12:00:05"), [81], id="no time has no bar"),
        pytest.param(("12:00:00",), [], id="one hop"),
    ],
)  # fmt: skip
def test_bars_are_as_long_as_their_delays(times: tuple[str, ...], expected: list[float]) -> None:
    assert heights(drawn(at(*times))) == pytest.approx(expected)


@given(st.lists(st.integers(1, 20) | st.integers(1, 5000), min_size=1, max_size=12))
def test_a_longer_delay_is_never_drawn_shorter(delays: list[int]) -> None:
    ends = [sum(delays[:count]) for count in range(len(delays) + 1)]
    found = heights(drawn(at(*(f"{end // 3600:02}:{end // 60 % 60:02}:{end % 60:02}" for end in ends))))
    in_order = [height for _, height in sorted(zip(delays, found, strict=True))]
    assert all(height <= longer for height, longer in pairwise(in_order))
    assert min(found) >= 54
    assert sum(found) <= 54 * len(delays) + 270.5


def test_a_negative_delay_and_a_hop_without_a_time() -> None:
    svg = drawn(message(f"a|{SMTP}|12:00:30", "b|with ESMTP", "c|with ESMTP|12:00:00", "d|with ESMTP|12:00:07"))
    assert texts(svg, "number") == ["1", "2?", "3", "4"]
    assert texts(svg, "length") == ["2 hops: -30 s", "7 s"]
    assert any("M" in (each.get("d") or "") for each in elements(svg, "negative"))
    assert "negative delay (clock skew)" in texts(svg, "soft")


def test_the_lines_on_trust_are_notes() -> None:
    notes = " ".join(texts(drawn(received(*FORGED)), "note"))
    assert "Hop 3: corp.example: attested from here on; peer mx.isp.example [198.51.100.7]" in notes


@given(routes)
def test_any_text_is_safe_and_within_the_drawing(route: Route) -> None:
    svg = drawn(route)
    _, _, width, height = map(float, svg.get("viewBox", "").split())
    assert not unsafe_characters("".join(svg.itertext()))
    for each in svg.iter():
        assert 0 <= float(each.get("x", "0")) <= width
        assert 0 <= float(each.get("y", "0")) <= height
    assert {name.rpartition("}")[2] for name in {each.tag for each in svg.iter()}} <= {
        "svg", "rect", "g", "path", "circle", "text", "polygon"
    }  # fmt: skip
