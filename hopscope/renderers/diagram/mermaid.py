"""Mermaid: a flowchart that GitHub, GitLab and many wikis render from a fenced code block."""

from collections.abc import Iterable, Iterator

from hopscope.renderers.diagram import Diagram, Kind, Line
from hopscope.renderers.text.escape import mermaid as text

__all__ = ["diagram"]

_SHAPES = {Kind.SERVICE: ("[", "]"), Kind.QUEUE: ("[[", "]]"), Kind.END: ("([", "])"), Kind.OUTSIDE: ("(", ")")}
_ARROWS = {Line.SOLID: "-->", Line.DASHED: "-.->", Line.DOTTED: "-.->"}


def diagram(diagram: Diagram) -> str:
    """The diagram as a flowchart from left to right, with its title and legend as a comment.

    A Mermaid title would be parsed as YAML, which needs different escaping of hostile text.
    """
    return "".join(f"{line}\n" for line in _lines(diagram))


def _lines(diagram: Diagram) -> Iterator[str]:
    names = diagram.names()
    yield "flowchart LR"
    yield f"  %% {text(diagram.title)}"
    yield f"  %% {text(diagram.legend)}"
    for box in diagram.boxes:
        opening, closing = _SHAPES[box.kind]
        yield f"  {names[box.key]}{opening}{_quoted(box.lines)}{closing}"
    for arrow in diagram.arrows:
        label = f"|{_quoted(arrow.lines)}|" if arrow.lines else ""
        yield f"  {names[arrow.tail]} {_ARROWS[arrow.line]}{label} {names[arrow.head]}"


def _quoted(lines: Iterable[str]) -> str:
    shown = "<br>".join(map(text, lines))
    return f'"{shown or " "}"'
