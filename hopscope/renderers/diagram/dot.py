"""Graphviz DOT: the language of ``dot -Tsvg``."""

from collections.abc import Iterable, Iterator

from hopscope.renderers.diagram import Diagram, Kind
from hopscope.renderers.text.escape import dot as text

__all__ = ["diagram"]

_SHAPES = {
    Kind.SERVICE: "shape=box",
    Kind.QUEUE: "shape=box, peripheries=2",
    Kind.END: "shape=ellipse",
    Kind.OUTSIDE: 'shape=box, style="rounded,dashed"',
}


def diagram(diagram: Diagram) -> str:
    """The diagram as a directed graph, drawn from left to right."""
    return "".join(f"{line}\n" for line in _lines(diagram))


def _lines(diagram: Diagram) -> Iterator[str]:
    names = diagram.names()
    yield f"digraph {_quoted([diagram.title])} {{"
    yield f'  graph [rankdir=LR, fontname="Helvetica", labelloc=t, label={_quoted([diagram.title, diagram.legend])}]'
    yield '  node [fontname="Helvetica"]'
    yield '  edge [fontname="Helvetica", fontsize=10]'
    for box in diagram.boxes:
        yield f"  {names[box.key]} [label={_quoted(box.lines)}, {_SHAPES[box.kind]}]"
    for arrow in diagram.arrows:
        yield f"  {names[arrow.tail]} -> {names[arrow.head]} [label={_quoted(arrow.lines)}, style={arrow.line}]"
    yield "}"


def _quoted(lines: Iterable[str]) -> str:
    r"""A quoted string with the lines separated by ``\n``, which centres them."""
    return '"' + "\\n".join(map(text, lines)) + '"'
