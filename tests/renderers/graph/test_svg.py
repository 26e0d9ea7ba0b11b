"""The image of a topology: what is drawn, and that nothing overlaps, computed on the drawn geometry."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopscope.renderers.graph import render
from hopscope.statistics.topology import topology
from tests.statistics.organisations import message, stamps_of, summary

SPACE = "{http://www.w3.org/2000/svg}"
Paths = list[tuple[str, ...]]


class Rectangle(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Rectangle", slack: float = 0.5) -> bool:
        return (
            self.left < other.right - slack
            and other.left < self.right - slack
            and self.top < other.bottom - slack
            and other.top < self.bottom - slack
        )

    def contains(self, x: float, y: float, slack: float = 0.5) -> bool:
        return self.left + slack < x < self.right - slack and self.top + slack < y < self.bottom - slack


class Drawn(NamedTuple):
    """What an image shows."""

    titles: list[str]
    boxes: list[Rectangle]
    lines: list[list[tuple[float, float]]]
    """Points on each arrow, close to each other."""
    heads: list[Rectangle]
    labels: list[tuple[int, Rectangle, str]]
    """Number of the arrow, extent and text."""
    width: float
    height: float


def read(text: str) -> Drawn:
    root = ET.fromstring(text)  # noqa: S314 - our own
    boxes, lines, heads, labels = [], [], [], []
    for group in root.iter(f"{SPACE}g"):
        if (rect := group.find(f"{SPACE}rect")) is not None:
            x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
            boxes.append(Rectangle(x, y, x + width, y + height))
        if (path := group.find(f"{SPACE}path")) is not None:
            lines.append(list(points(path.get("d", ""))))
            polygon = group.find(f"{SPACE}polygon")
            assert polygon is not None, "every arrow has a head"
            corners = [tuple(map(float, corner.split(","))) for corner in polygon.get("points", "").split()]
            heads.append(Rectangle(*(pick(axis) for pick in (min, max) for axis in zip(*corners, strict=True))))
            if (label := group.find(f"{SPACE}text")) is not None:
                x, y, shown = float(label.get("x", "")), float(label.get("y", "")), label.text or ""
                labels.append((len(lines) - 1, Rectangle(x, y - 8, x + 5.6 * len(shown), y), shown))
    titles = [each.text or "" for each in root.iter(f"{SPACE}title")]
    return Drawn(titles, boxes, lines, heads, labels, float(root.get("width", "")), float(root.get("height", "")))


def points(data: str) -> Iterator[tuple[float, float]]:
    """Points on the straight lines and curves of a path."""
    x = y = 0.0
    for command, numbers in re.findall(r"([MHC])([^MHC]*)", data):
        values = list(map(float, numbers.split()))
        if command == "M":
            x, y = values
            yield x, y
        elif command == "H":
            for step in range(1, 21):
                yield x + (values[0] - x) * step / 20, y
            x = values[0]
        else:
            corners = [(x, y), *zip(values[::2], values[1::2], strict=True)]
            for step in range(1, 61):
                t = step / 60
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                yield (
                    sum(weight * corner[0] for weight, corner in zip(weights, corners, strict=True)),
                    sum(weight * corner[1] for weight, corner in zip(weights, corners, strict=True)),
                )
            x, y = corners[-1]


def check(text: str) -> Drawn:
    """Check that boxes do not overlap, no arrow passes a box, and labels have space of their own."""
    drawn = read(text)
    for box, other in combinations(drawn.boxes, 2):
        assert not box.overlaps(other)
    for line in drawn.lines:
        for x, y in line:
            assert not any(box.contains(x, y) for box in drawn.boxes)
            assert -12 <= x <= drawn.width - 12
            assert 0 <= y <= drawn.height
    for number, label, shown in drawn.labels:
        assert not any(label.overlaps(box) for box in drawn.boxes), shown
        assert not any(label.overlaps(head) for head in drawn.heads), shown
        assert not any(label.overlaps(other) for _, other, _ in drawn.labels if other is not label), shown
        for other_number, line in enumerate(drawn.lines):
            if other_number != number:
                assert not any(label.contains(x, y) for x, y in line), shown
    return drawn


MESH: Paths = [
    (f"out:p{n % 3}.example", f"fe:f{n % 4}.x.example", f"tr:t{n // 4 % 6}.x.example", f"mb:m{n // 24 % 6}.x.example")
    for n in range(480)
]
SITES: Paths = [
    (f"fe:f{n % 2}.s{site}.x.example", *(f"tr:t{n // 2 % 2}.s{hop}.x.example" for hop in range(site, last + 1)))
    for site in range(4)
    for last in range(site, 4)
    for n in range(8)
]
MANY: Paths = [
    (
        f"out:p{n % 7}.example",
        f"fe:f{n * 7 % 60}.x.example",
        f"tr:t{n * 11 % 80}.x.example",
        f"mb:m{n * 13 % 60}.x.example",
    )
    for n in range(1500)
]
ROUND = ("fe:a.x.example", "tr:a.x.example", "tr:b.x.example", "mb:c.x.example")
OUT: Paths = [
    ("out:p.example", "fe:a.x.example", "tr:a.x.example"),
    ("mapi:a.x.example", "tr:a.x.example", "fe:a.x.example", "out:p.example", "out:q.example"),
    ("out:client.example", "out:p.example", "fe:a.x.example", "mb:a.x.example"),
]


@pytest.mark.parametrize(
    ("paths", "boxes", "arrows"),
    [
        pytest.param([("tr:a.x.example",)], 1, 0, id="one hop"),
        pytest.param([ROUND], 4, 3, id="one message"),
        pytest.param([ROUND * 3], 4, 4, id="a loop"),
        pytest.param([("out:a.example", "out:b.example", "out:c.example")], 3, 2, id="no Exchange"),
        pytest.param([("tr:a.x.example", "tr:b.x.example"), ("tr:b.x.example", "tr:a.x.example")], 2, 2, id="both"),
        pytest.param(MESH, 6, 5, id="meshes of 4 by 6 and 6 by 6"),
        pytest.param(SITES, 8, 7, id="four sites"),
        pytest.param(OUT, 8, 8, id="a system on both sides"),
    ],
)
def test_what_is_drawn_does_not_overlap(paths: Paths, boxes: int, arrows: int) -> None:
    drawn = check(render("svg", topology(summary(message(*stamps_of(*path)) for path in paths))))
    assert (len(drawn.boxes), len(drawn.lines), len(drawn.labels)) == (boxes, arrows, arrows)


def test_an_organisation_of_two_hundred_servers_is_readable() -> None:
    drawn = check(render("svg", topology(summary(message(*stamps_of(*path)) for path in MANY))))
    assert len(drawn.lines) <= 100
    assert drawn.height < 2000


ENDS = st.tuples(st.sampled_from(["out", "fe", "tr", "mb", "mapi"]), st.sampled_from(["a.x.y", "b.x.y", "c.x.y", ""]))


@given(st.lists(st.lists(ENDS.map(":".join), min_size=1, max_size=6).map(tuple), min_size=1, max_size=12))
@settings(max_examples=25)
def test_no_topology_has_overlaps(paths: Paths) -> None:
    check(render("svg", topology(summary(message(*stamps_of(*path)) for path in paths))))


def test_a_loop_is_drawn_and_named_and_a_connection_in_both_directions_is_not() -> None:
    looping = read(render("svg", topology(summary([message(*stamps_of(*ROUND * 3))]))))
    assert [label for _, _, label in looping.labels if "loop" in label] == ["loop 2"]
    assert "Mailbox Transport@c.x.example to Front End Transport@a.x.example: loop: 1 hop; " in " ".join(looping.titles)
    both = [("tr:a.x.example", "tr:b.x.example"), ("tr:b.x.example", "tr:a.x.example")]
    assert (
        "loop" not in render("svg", topology(summary(message(*stamps_of(*path)) for path in both))).partition("<g>")[2]
    )


@pytest.mark.parametrize(
    ("uneven", "label", "title"),
    [
        (2, "96", "1 s; evenly"),
        (12, "96 uneven", "unevenly: t1 91.7 %, t0 8.3 %"),
    ],
)
def test_shares_are_shown_only_where_uneven(uneven: int, label: str, title: str) -> None:
    paths = [(f"fe:f{n // 12 % 2}.x.example", f"tr:t{int(n % uneven != 0)}.x.example") for n in range(96)]
    drawn = read(render("svg", topology(summary(message(*stamps_of(*path)) for path in paths))))
    assert [shown for _, _, shown in drawn.labels] == [label]
    assert any(title in text for text in drawn.titles)


def test_long_names_fit_their_boxes_and_remain_different() -> None:
    hosts = [f"exchange-mailbox-server-{number}.corporation-{number}.example" for number in (1, 2, 3)]
    services = ("fe", "tr", "mb")
    found = [message(*stamps_of(*(f"{service}:{host}" for service, host in zip(services, hosts, strict=True))))]
    root = ET.fromstring(render("svg", topology(summary(found))))  # noqa: S314 - our own output
    texts = [element.text or "" for element in root.iter(f"{SPACE}text")]
    names = {text for text in texts if text.startswith("exchange-mailbox")}
    assert len(names) == len(hosts)
    assert max(map(len, names)) <= 27
