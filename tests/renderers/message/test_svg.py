"""The timeline as a picture."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import UTC, tzinfo
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope import render
from hopscope.analysis.analyze import analyze
from hopscope.model import Route
from hopscope.renderers import Style, rendered
from hopscope.renderers.message import wording
from hopscope.renderers.message.svg import inline
from hopscope.renderers.text.escape import visible

from ..mail import FORGED, QUEUED, SMTP, message, received
from ..strategies import HOSTILE, routes, unsafe_characters

NAMES = sorted(path.stem for path in (Path(__file__).parents[3] / "samples").glob("*.eml"))
NAMESPACE = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "title", "desc", "style", "rect", "text", "g", "line", "path", "circle", "polygon"}
"""Every element used in a picture: none of them runs or loads anything."""


def parsed(*shown: Route) -> ET.Element:
    return ET.fromstring("".join(rendered("svg", map(analyze, shown), Style())))  # noqa: S314 - our own output


def in_page(route: Route) -> list[ET.Element]:
    """The timelines in an HTML page: from left to right, and from top to bottom."""
    return list(ET.fromstring(f"<figure>{inline(analyze(route), None, key='k')}</figure>"))  # noqa: S314 - our own output


def elements(root: ET.Element, class_: str) -> list[ET.Element]:
    return [each for each in root.iter() if class_ in each.get("class", "").split()]


def marks(root: ET.Element) -> list[tuple[str, float]]:
    """Number and position of every numbered disc."""
    return [(each.text or "", float(each.get("x", ""))) for each in elements(root, "number")]


def middle(shape: ET.Element) -> float:
    return float(shape.get("y", "")) + float(shape.get("height", "")) / 2


def test_every_hop_is_a_disc_at_its_time_on_its_lane() -> None:
    found = sorted(marks(parsed(QUEUED)))
    assert [number for number, _ in found] == ["1", "2", "3"]
    first, second, third = (x for _, x in found)
    assert (second - first) / (third - first) == pytest.approx(10 / 60, abs=0.01)


def test_a_delay_is_a_bar_from_a_hop_to_the_next() -> None:
    root = parsed(QUEUED)
    bar = max(elements(root, "wait"), key=lambda each: float(each.get("width", "")))
    places = dict(marks(root))
    assert float(bar.get("x", "")) == pytest.approx(places["2"], abs=0.1)
    assert float(bar.get("x", "")) + float(bar.get("width", "")) == pytest.approx(places["3"], abs=0.2)


def test_tooltips_show_the_exact_times() -> None:
    titles = [each.text or "" for each in parsed(QUEUED).iter(f"{NAMESPACE}title")]
    assert any(re.fullmatch(r"Hop 2: Transport .*, tr, 2017-03-08 12:00:10 \+0100", each) for each in titles)
    assert "Hop 2 to hop 3: 50 s, held by tr Transport (queue for mx)" in titles


def test_an_earlier_time_has_a_backward_arrow_and_no_bar() -> None:
    root = parsed(message(f"a|{SMTP}|12:00:30", "b|with ESMTP|12:00:00"))
    assert elements(root, "negative")
    assert not elements(root, "wait")
    assert any(each.text == "-30 s" for each in elements(root, "length"))


def test_a_hop_without_a_time_is_hollow() -> None:
    root = parsed(message(f"a|{SMTP}|12:00:00", "b|with ESMTP", "c|with ESMTP|12:01:00"))
    assert [each.text for each in elements(root, "in-undated")] == ["2?"]
    assert elements(root, "legs")
    assert any(each.text == "2 hops: 1 min" for each in elements(root, "length"))


def test_a_broken_axis_is_drawn_and_labelled() -> None:
    root = parsed(message("a|with ESMTP|20:00:00", f"b|{SMTP}|01:00:00", "c|with ESMTP|01:00:02"))
    assert len(elements(root, "break")) == 2, "one through the lanes, one in the legend"
    assert "Axis break: 18 h 59 min 58 s of clock skew shortened." in "".join(root.itertext())


def labels(root: ET.Element, class_: str) -> dict[str, float]:
    return {each.text or "": float(each.get("x", "")) for each in elements(root, class_)}


def test_the_length_of_a_gap_follows_its_mark_at_the_end_of_the_axis() -> None:
    root = parsed(
        message(*(f"{name}|with ESMTP|12:00:{second:02}" for name, second in zip("abcd", (0, 20, 41, 42), strict=True)))
    )
    assert labels(root, "length")["1 s"] > dict(marks(root))["3"]


def test_a_break_does_not_cut_the_length_of_a_gap() -> None:
    for stamps in (("20:00:00", "01:00:00", "01:00:02"), ("12:00:30", "11:00:02", "11:00:09")):
        root = parsed(message(*(f"{name}|with ESMTP|{time}" for name, time in zip("abc", stamps, strict=True))))
        points = [each.get("points", "").split() for each in elements(root, "break")[:-1]]
        broken = [float(point.partition(",")[0]) for each in points for point in each]
        assert broken
        spans = [(start, start + 5 * len(text)) for text, start in labels(root, "length").items()]
        assert not any(start <= x <= end for start, end in spans for x in broken)


def test_the_last_date_is_below_its_tick_within_the_edge(samples: Path) -> None:
    root = parsed(hopscope.read((samples / "exchange-2019-inbound.eml").read_bytes()))
    last = max(labels(root, "time").values())
    assert last + 31 <= 960 - 16
    assert last == pytest.approx(
        max(map(float, re.findall(r"M([0-9.]+)", elements(root, "grid")[0].get("d", "")))), abs=1
    )


def test_a_lane_with_too_many_hops_shows_them_small_and_counts_them() -> None:
    route = message(*(f"{name}|with ESMTP|12:{minute:02}:00" for minute in range(60) for name in "aaaab"))
    root = parsed(route)
    assert len(elements(root, "hop")) == 300
    assert any(each.text == "other MTA (240)" for each in elements(root, "name"))


def test_several_messages_are_one_document_with_the_pictures_below_each_other() -> None:
    root = parsed(QUEUED, QUEUED)
    pictures = root.findall(f"{NAMESPACE}svg")
    assert [float(each.get("y", "")) for each in pictures] == [0, float(pictures[0].get("height", ""))]
    assert float(root.get("height", "")) == sum(float(each.get("height", "")) for each in pictures)
    names = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(names) == len(set(names)) == 4


def test_a_picture_is_named_and_described() -> None:
    picture = parsed(QUEUED).find(f"{NAMESPACE}svg")
    assert picture is not None
    assert picture.get("role") == "img"
    told = {each.get("id"): each.text for each in picture if each.get("id")}
    first, second = (told[name] for name in picture.get("aria-labelledby", "").split())
    assert first == "Timeline of test"
    assert second
    assert "3 hops in 1 min" in second
    assert "Hop 2 to hop 3: 50 s" in second


def test_findings_are_listed_below_the_timeline_and_described() -> None:
    route = message(f"a|{SMTP}|12:05:00", f"b|{SMTP}|12:00:00")
    root = parsed(route)
    findings = analyze(route).findings
    picture = root.find(f"{NAMESPACE}svg")
    assert picture is not None
    description = picture.findtext(f"{NAMESPACE}desc", "")
    labels = elements(root, "label")
    assert [each.text for each in labels] == [f"{finding.severity} {finding.code}" for finding in findings]
    assert "warning HOP101" in {each.text for each in labels}
    assert float(labels[0].get("y", "")) > max(map(middle, elements(root, "band")))
    drawn = " ".join(each.text or "" for each in root.iter(f"{NAMESPACE}text"))
    for text in (text for finding in findings for text in (finding.message, finding.cause or "", *finding.checks)):
        assert text in drawn
        assert text in description
    assert not elements(in_page(route)[0], "label")


def test_a_page_has_a_vertical_timeline_with_the_description_of_the_other() -> None:
    horizontal, vertical = in_page(QUEUED)
    assert vertical.get("class") == "timeline vertical"
    names = {each.get("id") for each in horizontal.iter()}
    for picture in (horizontal, vertical):
        assert picture.get("role") == "img"
        assert set(picture.get("aria-labelledby", "").split()) <= names
    assert not elements(parsed(QUEUED), "vertical")


@pytest.mark.parametrize(("count", "expected"), [(60, ["horizontal", "vertical"]), (61, [])])
def test_a_page_has_no_vertical_timeline_of_too_many_hops(count: int, expected: list[str]) -> None:
    pictures = in_page(message(*(f"a|with ESMTP|12:00:{second:02}" for second in range(count))))
    assert [name for each in pictures for name in each.get("class", "").split()[1:]] == expected


def test_the_answer_is_below_the_subject_and_wrapped() -> None:
    texts = [(each.get("class"), each.text) for each in parsed(QUEUED).iter(f"{NAMESPACE}text")]
    assert texts[:3] == [
        ("heading", "test"),
        ("answer", "3 hops in 1 min: 50 s held by tr Transport (queue for mx)"),
        ("soft", f"{wording.generations(analyze(QUEUED))} · {wording.scenarios(analyze(QUEUED))}"),
    ]
    name = ".".join(["a" * 60] * 3)
    long = elements(parsed(message(f"{name}.example|{SMTP}|12:00:00", "b|with ESMTP|12:09:00")), "answer")
    assert len(long) == 2


def test_a_picture_without_findings_has_no_space_for_them() -> None:
    route = message("a|with ESMTP|12:00:00", "b|with ESMTP|12:00:01")
    assert not analyze(route).findings
    difference = float(parsed(route).get("height", "")) - float(in_page(route)[0].get("height", ""))
    assert difference == pytest.approx(78 - 8)


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_a_picture_with_its_hops_and_services(samples: Path, name: str) -> None:
    route = hopscope.read((samples / f"{name}.eml").read_bytes(), source=name)
    text = render.svg(route)
    root = parsed(route)
    assert sorted(int(number.rstrip("?")) for number, _ in marks(root)) == [hop.number for hop in route.hops]
    assert len(elements(root, "no-header")) >= len(analyze(route).services_without_header)
    titles = "\n".join(title.text or "" for title in root.iter(f"{NAMESPACE}title"))
    assert [hop.number for hop in route.hops if f"Hop {hop.number}: {wording.service(hop.label)}, " not in titles] == []
    assert wording.heading(analyze(route)) in "".join(root.itertext())
    assert text.isascii()
    assert set(re.findall(r"https?://[^\"]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"href|src=|url\(|@import|<script|<image|<foreignObject", text)


def test_light_and_dark() -> None:
    text = render.svg(QUEUED)
    colors = set(re.findall(r"var\((--[a-z]+)\)", text))
    light, dark = text.split("prefers-color-scheme: dark")
    assert colors - {"--own"} == set(re.findall(r"(--[a-z]+): #", light)) == set(re.findall(r"(--[a-z]+): #", dark))


def contrast(*colors: str) -> float:
    """The contrast ratio of two colours, ``#rgb`` or ``#rrggbb`` (WCAG 2.2, relative luminance)."""
    full = ["".join(2 * digit for digit in color[1:]) if len(color) == len("#fff") else color[1:] for color in colors]
    parts = [[int(color[index : index + 2], 16) / 255 for index in (0, 2, 4)] for color in full]
    linear = [[part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in each] for each in parts]
    dark, light = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in linear)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(scheme: str) -> None:
    light, dark = render.svg(QUEUED).split("prefers-color-scheme: dark")
    colors = dict(re.findall(r"--([a-z]+): (#[0-9a-f]+)", light if scheme == "light" else dark))
    services = {"green", "cyan", "blue", "yellow", "magenta", "other"}
    assert services < colors.keys()
    pairs = [(ink, sheet) for ink in ("ink", "soft", "red", *services) for sheet in ("sheet", "band")]
    pairs += [("on", service) for service in services]
    assert [pair for pair in pairs if contrast(*(colors[name] for name in pair)) < 4.5] == []


@given(st.lists(routes, max_size=2), st.sampled_from((None, UTC)))
def test_hostile_text_gives_xml_that_runs_and_loads_nothing(shown: list[Route], tz: tzinfo | None) -> None:
    text = "".join(rendered("svg", map(analyze, shown), Style(tz=tz)))
    root = ET.fromstring(text)  # noqa: S314 - our own output
    assert text.isascii()
    assert not unsafe_characters("".join(root.itertext()))
    assert {each.tag.removeprefix(NAMESPACE) for each in root.iter()} <= DRAWN
    names = {name for each in root.iter() for name in each.attrib}
    assert not {name for name in names if "href" in name or name.startswith("on") or name == "style"}
    assert "url(" not in text
    assert "@import" not in text


@given(routes)
def test_everything_is_within_the_picture(route: Route) -> None:
    root = parsed(route)
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    for each in root.iter():
        across = [float(each.get(name, "0")) for name in ("x", "x1", "x2", "cx")]
        down = [float(each.get(name, "0")) for name in ("y", "y1", "y2", "cy")]
        assert all(0 <= x <= width for x in across)
        assert all(0 <= y <= height for y in down)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_remains_text(text: str) -> None:
    route = message("a|with ESMTP|12:00:00")
    hostile = parsed(replace(route, subject=text))
    assert [each.tag for each in hostile.iter()] == [each.tag for each in parsed(route).iter()]
    assert f"Timeline of {visible(text)}" in [each.text for each in hostile.iter(f"{NAMESPACE}title")]


def test_pictures_import_neither_rich_nor_jinja(samples: Path) -> None:
    program = (
        "import sys, pathlib, hopscope\n"
        f"hopscope.render.svg(hopscope.read(pathlib.Path({str(samples / 'postfix-to-gmail.eml')!r}).read_bytes()))\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"rich", "jinja2"} & set(done.stdout.split())


def test_lines_on_trust_are_between_the_lanes_and_unlinked_hops_are_hollow() -> None:
    root = parsed(received(*FORGED))
    lanes = [float(each.get("y", "")) for each in elements(root, "name")]
    borders = [(each.text, float(each.get("y", ""))) for each in elements(root, "on-border")]
    assert [text for text, _ in borders] == [
        "hop 1 is unlinked: not borne out by the peer of hop 2, mail.evil.example [203.0.113.7]",
        "corp.example: attested from here on; peer mx.isp.example [198.51.100.7]",
    ]
    assert [y for _, y in borders] == sorted([*lanes, *(y for _, y in borders)])[1:4:2]
    assert [each.text for each in elements(root, "in-unlinked")] == ["1"]
    (description,) = root.iter(f"{NAMESPACE}desc")
    assert all(str(text) in str(description.text) for text, _ in borders)


def test_servers_that_differ_in_their_domain_have_different_labels() -> None:
    hosts = [f"mailbox-server-01.{domain}.corporation.example" for domain in ("emea", "apac", "north")]
    route = message(*(f"{host}|{SMTP}|12:00:1{number}" for number, host in enumerate(hosts)))
    for drawing in in_page(route):
        texts = [text.text or "" for text in drawing.iter("text")]
        assert len({text for text in texts if text.startswith(("mailbox", "…"))}) == len(hosts)
