"""Diagrams as DOT and Mermaid: they can be parsed, and no text changes their structure."""

import html
import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.renderers.diagram import Arrow, Box, Diagram, Kind, Line, dot, mermaid, wrapped
from hopscope.renderers.text.escape import visible

from ..strategies import texts, unsafe_characters


class Drawn(NamedTuple):
    """A parsed diagram: boxes by name, arrows from tail to head; each with its style and lines."""

    boxes: dict[str, tuple[str, list[str]]]
    arrows: list[tuple[str, str, str, list[str]]]


_STRING = r'"((?:[^"\\]|\\.)*+)"'


def read_dot(text: str) -> Drawn:
    """The statements of a DOT graph with one statement a line, as hopscope writes it."""
    first, *lines, last = text.split("\n")[:-1]
    assert re.fullmatch(rf"digraph {_STRING} {{", first)
    assert last == "}"
    boxes, arrows = {}, []
    for line in lines:
        if box := re.fullmatch(rf"  (n\d+) \[label={_STRING}, (shape=.+)\]", line):
            boxes[box[1]] = (box[3], label(box[2]))
        elif arrow := re.fullmatch(rf"  (n\d+) -> (n\d+) \[label={_STRING}, style=(\w+)\]", line):
            arrows.append((arrow[1], arrow[2], arrow[4], label(arrow[3])))
        else:
            assert re.fullmatch(rf"  (graph|node|edge) \[(\w+=({_STRING}|\w+),? ?)+\]", line), line
    return Drawn(boxes, arrows)


def label(text: str) -> list[str]:
    r"""The lines of a label: an escString of Graphviz, in which ``\n`` parts lines, with HTML entities."""
    pieces = re.split(r"(\\.)", text)
    read = "".join({"\\n": "\n"}.get(piece, piece.removeprefix("\\")) for piece in pieces)
    return html.unescape(read).split("\n")


def read_mermaid(text: str) -> Drawn:
    """The statements of a flowchart with one statement a line."""
    first, *lines = text.split("\n")[:-1]
    assert first == "flowchart LR"
    boxes, arrows = {}, []
    for line in lines:
        if box := re.fullmatch(r'  (n\d+)([\[(]+)"([^"]*+)"[\])]+', line):
            boxes[box[1]] = (box[2], codes(box[3]))
        elif arrow := re.fullmatch(r'  (n\d+) (-->|-\.->)(?:\|"([^"]*+)"\|)? (n\d+)', line):
            arrows.append((arrow[1], arrow[4], arrow[2], codes(arrow[3] or "")))
        else:
            assert re.fullmatch(r"  %% [^{}]*+", line), line
    return Drawn(boxes, arrows)


def codes(text: str) -> list[str]:
    """The lines of a label, with its code points decoded."""
    assert not re.search(r"[^\w .,()/='?!#;<>]", text.replace("<br>", ""))
    return [re.sub(r"#(\d+);", lambda match: chr(int(match[1])), line) for line in text.split("<br>")]


def shown(lines: tuple[str, ...]) -> list[str]:
    return [visible(line) for line in lines] or [""]


READERS = {"dot": (dot.diagram, read_dot), "mermaid": (mermaid.diagram, read_mermaid)}
labels = st.lists(texts, min_size=1, max_size=3).map(tuple)


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    keys = draw(st.lists(texts, min_size=1, max_size=5, unique=True))
    boxes = [Box(key=key, lines=draw(labels), kind=draw(st.sampled_from(Kind))) for key in keys]
    ends = st.sampled_from(keys)
    arrows = draw(
        st.lists(st.builds(Arrow, tail=ends, head=ends, lines=labels, line=st.sampled_from(Line)), max_size=5)
    )
    return Diagram(title=draw(texts), legend=draw(texts), boxes=tuple(boxes), arrows=tuple(arrows))


@pytest.mark.parametrize("language", READERS)
@given(diagram=diagrams())
def test_any_text_is_read_back_and_changes_nothing(language: str, diagram: Diagram) -> None:
    write, read = READERS[language]
    text = write(diagram)
    drawn = read(text)
    names = diagram.names()
    assert not unsafe_characters(text)
    assert {name: lines for name, (_, lines) in drawn.boxes.items()} == {
        names[box.key]: blank(shown(box.lines), language) for box in diagram.boxes
    }
    assert [(tail, head, lines) for tail, head, _, lines in drawn.arrows] == [
        (names[arrow.tail], names[arrow.head], blank(shown(arrow.lines), language)) for arrow in diagram.arrows
    ]


def blank(lines: list[str], language: str) -> list[str]:
    """Mermaid refuses an empty label: it becomes a space."""
    return [" "] if language == "mermaid" and lines == [""] else lines


ONE = Diagram(
    title="title",
    legend="legend",
    boxes=(
        Box(key="a", lines=("service",)),
        Box(key="b", lines=("queue", "of two lines"), kind=Kind.QUEUE),
        Box(key="c", lines=("end",), kind=Kind.END),
        Box(key="d", lines=("outside",), kind=Kind.OUTSIDE),
    ),
    arrows=(
        Arrow(tail="a", head="b", lines=("SMTP 25", "at times")),
        Arrow(tail="b", head="c", line=Line.DASHED),
        Arrow(tail="d", head="b", line=Line.DOTTED),
    ),
)


def test_dot() -> None:
    assert dot.diagram(ONE) == (
        'digraph "title" {\n'
        '  graph [rankdir=LR, fontname="Helvetica", labelloc=t, label="title\\nlegend"]\n'
        '  node [fontname="Helvetica"]\n'
        '  edge [fontname="Helvetica", fontsize=10]\n'
        '  n1 [label="service", shape=box]\n'
        '  n2 [label="queue\\nof two lines", shape=box, peripheries=2]\n'
        '  n3 [label="end", shape=ellipse]\n'
        '  n4 [label="outside", shape=box, style="rounded,dashed"]\n'
        '  n1 -> n2 [label="SMTP 25\\nat times", style=solid]\n'
        '  n2 -> n3 [label="", style=dashed]\n'
        '  n4 -> n2 [label="", style=dotted]\n'
        "}\n"
    )


def test_mermaid() -> None:
    assert mermaid.diagram(ONE) == (
        "flowchart LR\n"
        "  %% title\n"
        "  %% legend\n"
        '  n1["service"]\n'
        '  n2[["queue<br>of two lines"]]\n'
        '  n3(["end"])\n'
        '  n4("outside")\n'
        '  n1 -->|"SMTP 25<br>at times"| n2\n'
        "  n2 -.-> n3\n"
        "  n4 -.-> n2\n"
    )


@pytest.mark.parametrize("language", READERS)
def test_kinds_of_boxes_and_arrows_are_distinct(language: str) -> None:
    write, read = READERS[language]
    drawn = read(write(ONE))
    assert len({shape for shape, _ in drawn.boxes.values()}) == len(Kind)
    assert len({style for _, _, style, _ in drawn.arrows}) == {"dot": 3, "mermaid": 2}[language]


@pytest.mark.parametrize(
    ("write", "text", "expected"),
    [
        pytest.param(dot.diagram, 'say "x"', '\\"x\\"', id="dot: quotes"),
        pytest.param(dot.diagram, "C:\\new", "C:\\\\new", id="dot: no line break"),
        pytest.param(dot.diagram, "&lt;", "&amp;lt;", id="dot: entities"),
        pytest.param(mermaid.diagram, "#quot;", "#35;quot#59;", id="mermaid: code points"),
        pytest.param(mermaid.diagram, "%%{init}%%", "#37;#37;#123;init#125;#37;#37;", id="mermaid: directives"),
        pytest.param(mermaid.diagram, "1. one", "1#46; one", id="mermaid: lists"),
        pytest.param(mermaid.diagram, "<b>", "#60;b#62;", id="mermaid: HTML"),
    ],
)
def test_text_with_a_meaning_in_the_language(write: Callable[[Diagram], str], text: str, expected: str) -> None:
    diagram = Diagram(title="", legend="", boxes=(Box(key="a", lines=(text,)),), arrows=())
    assert expected in write(diagram)


def test_labels_are_wrapped_and_empty_ones_omitted() -> None:
    assert wrapped(("a short one", "", "one that is longer than a line of a label may be")) == (
        "a short one",
        "one that is longer than a line",
        "of a label may be",
    )
