"""The transport pipeline of a generation, as ``hopscope pipeline`` prints it: one function per format."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from hopscope.classifier import pipeline as facts
from hopscope.classifier.pipeline import Edge, Node
from hopscope.renderers import Style
from hopscope.renderers.diagram import Arrow, Box, Diagram, Kind, Line, wrapped
from hopscope.renderers.pipeline import wording
from hopscope.renderers.pipeline.wording import Page

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = ["FORMATS", "diagram", "render"]

_SERVICES = ("Service", "Role", "Windows service", "Queues", "Listens on (TCP)", "Received field", "Note", "Sources")
_EDGES = ("From", "To", "By", "When", "Received field", "Sources")
_WITHIN, _ACROSS = "Connections between services", "Connections to and from other generations"
_UNWRAPPED_WIDTH = 80
"""Minimum width at which names are not wrapped."""
_LEGEND = "double border: has queues; dashed: adds no Received field; dotted: does not always add one"


def render(format_: str, generation: str, style: Style, *, coexistence: bool = False) -> str:
    """The pipeline of ``generation`` as text.

    Args:
        format_: One of FORMATS.
        generation: One of ``pipeline.generations()``.
        style: Width and colour, which only ``table`` uses.
        coexistence: Whether to include connections to and from other generations. JSON always includes them.
    """
    return FORMATS[format_](wording.page(generation, coexistence=coexistence), style)


def table(page: Page, style: Style) -> str:
    """Tables wrapped to the width, with the sources as numbers."""
    from hopscope.renderers.text import terminal

    return terminal.printed(_blocks(page, narrow=style.width < _UNWRAPPED_WIDTH), style)


def plain(page: Page, style: Style) -> str:  # noqa: ARG001 - the same door for every format
    """Aligned columns without truncation."""
    from hopscope.renderers.text import layout

    tables = [f"{heading}\n{layout.columns(rows)}" for heading, rows in _tables(page)]
    sources = "".join(f"[{number}] {source}\n" for number, source in enumerate(page.sources, 1))
    return "\n".join([f"{page.title}\n", *tables, f"Sources\n{sources}"])


def markdown(page: Page, style: Style) -> str:  # noqa: ARG001 - the same door for every format
    """A heading and a table per part."""
    from hopscope.renderers.text.escape import markdown as text
    from hopscope.renderers.text.markdown import table as rows_as_table

    tables = [f"#### {text(heading)}\n\n{rows_as_table(rows[0], rows[1:])}" for heading, rows in _tables(page)]
    sources = "".join(f"{number}. {text(source)}\n" for number, source in enumerate(page.sources, 1))
    return "\n".join([f"### {text(page.title)}\n", *tables, sources])


def json(page: Page, style: Style) -> str:  # noqa: ARG001 - the same door for every format
    """One object, as the schema describes it."""
    from hopscope.renderers.schema.pipeline import pipeline_document
    from hopscope.renderers.text.json_values import indented

    return indented(pipeline_document(page.generation))


def dot(page: Page, style: Style) -> str:  # noqa: ARG001 - the same door for every format
    """A directed graph for Graphviz."""
    from hopscope.renderers.diagram import dot as language

    return language.diagram(diagram(page))


def mermaid(page: Page, style: Style) -> str:  # noqa: ARG001 - the same door for every format
    """A flowchart for Mermaid."""
    from hopscope.renderers.diagram import mermaid as language

    return language.diagram(diagram(page))


FORMATS: dict[str, Callable[[Page, Style], str]] = {
    "table": table,
    "plain": plain,
    "markdown": markdown,
    "json": json,
    "dot": dot,
    "mermaid": mermaid,
}
"""Every format of this output."""


def _tables(page: Page) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Each part of the page as a heading and rows; the first row has the column headings."""
    yield "Services", [_SERVICES, *(_service(page, node) for node in page.services)]
    yield _WITHIN, [_EDGES, *(_edge(page, edge) for edge in page.edges)]
    if page.crossings:
        yield _ACROSS, [_EDGES, *(_edge(page, edge) for edge in page.crossings)]


def _service(page: Page, node: Node) -> tuple[str, ...]:
    return (
        node.name,
        node.role or "–",
        node.windows_service or "–",
        wording.queues(node),
        "; ".join(wording.listens(node)),
        wording.received_field(node),
        node.note or "–",
        page.references(node),
    )


def _edge(page: Page, edge: Edge) -> tuple[str, ...]:
    return (
        wording.sender(edge),
        wording.receiver(edge),
        wording.over(edge),
        wording.condition(edge),
        wording.adds_received_field(edge, page.generation),
        page.references(edge),
    )


def _blocks(page: Page, *, narrow: bool) -> Iterator["RenderableType"]:
    """The parts of the page for a terminal."""
    from hopscope.renderers.text.terminal import text

    yield text(page.title, "bold")
    yield from (text(""), _service_table(page, narrow=narrow), text(""), _stamp_table(page, narrow=narrow))
    yield from (text(""), text(_WITHIN, "bold"), _edge_table(page, page.edges, narrow=narrow))
    if page.crossings:
        yield from (text(""), text(_ACROSS, "bold"), _edge_table(page, page.crossings, narrow=narrow))
    else:
        yield from (text(""), text("--coexistence adds the connections to and from other generations.", "dim"))
    yield from (text(""), text("Sources", "bold"), _numbered(page.sources))


def _service_table(page: Page, *, narrow: bool) -> "Table":
    table = _table(("Service", "Role, Windows service", "Queues", "Listens on (TCP)"), 0 if narrow else 1)
    names = [part for node in page.services for part in (node.windows_service or "").split()]
    if names and not narrow:
        table.columns[1].width = max(map(len, names))
    for node in page.services:
        role = _lines(node.role or "–", *(node.windows_service or "").split(" ", 1))
        name = _lines(node.name, page.references(node))
        table.add_row(name, role, _lines(wording.queues(node)), _lines(*wording.listens(node), dim=False))
    return table


def _stamp_table(page: Page, *, narrow: bool) -> "Table":
    table = _table(("Service", "Received field"), 0 if narrow else 1)
    for node in page.services:
        table.add_row(_lines(node.name), _lines(wording.received_field(node), node.note or ""))
    return table


def _edge_table(page: Page, edges: Sequence[Edge], *, narrow: bool) -> "Table":
    """A line per sender and, below it, a row per connection; services of other generations name the generation."""
    table = _table(("From, to", "By", "When, and whether a Received field is added"), 0 if narrow else 1)
    by_sender: dict[tuple[str, tuple[str, ...]], list[Edge]] = {}
    for edge in edges:
        by_sender.setdefault((edge.sender, _generations(page, edge.sender_generations)), []).append(edge)
    for (sender, generations), outgoing in by_sender.items():
        table.add_row(_lines(f"{sender}:", *generations))
        for edge in outgoing:
            generations_of_receiver = (
                f"  {generation}" for generation in _generations(page, edge.receiver_generations)
            )
            name = _lines(f"  {edge.receiver}", *generations_of_receiver)
            table.add_row(name, _lines(wording.over(edge)), _remarks(page, edge))
    return table


def _generations(page: Page, generations: tuple[str, ...]) -> tuple[str, ...]:
    """A line that names the generations, unless they are the generation of the page."""
    return () if generations in {(), (page.generation,)} else (f"of {', '.join(generations)}",)


def _remarks(page: Page, edge: Edge) -> "Text":
    """The condition of a connection, whether the Received field may be missing, and the sources."""
    from hopscope.renderers.text.terminal import text

    answer, _, reason = wording.adds_received_field(edge, page.generation).partition(": ")
    stamp = (
        ""
        if answer == "yes"
        else f"{'no Received field' if answer == 'no' else 'Received field not always added'}: {reason}"
    )
    remarks = "; ".join(filter(None, (wording.condition(edge), stamp)))
    return text(f"{remarks} ").append_text(text(page.references(edge), "dim"))


def _numbered(sources: Iterable[str]) -> "Table":
    from rich.table import Table

    table = Table.grid(padding=(0, 1, 0, 0))
    for number, source in enumerate(sources, 1):
        table.add_row(_lines(f"[{number}]"), _lines(source))
    return table


def _table(headings: Iterable[str], fixed: int) -> "Table":
    """A table whose first ``fixed`` columns are never wrapped."""
    from hopscope.renderers.text import terminal

    table = terminal.table()
    for index, heading in enumerate(headings):
        table.add_column(heading, no_wrap=index < fixed)
    return table


def _lines(first: str, *following: str, dim: bool = True) -> "Text":
    """A cell of several lines, those after the first one dim."""
    from hopscope.renderers.text.terminal import text

    cell = text(first)
    for line in filter(None, following):
        cell.append("\n").append_text(text(line, "dim" if dim else ""))
    return cell


def diagram(page: Page) -> Diagram:
    """Services and end points as boxes, connections as arrows; services of other generations as outside boxes."""
    outside = dict.fromkeys(
        end
        for edge in page.crossings
        for end in ((edge.sender, edge.sender_generations), (edge.receiver, edge.receiver_generations))
        if end[1] != (page.generation,)
    )
    return Diagram(
        title=page.title,
        legend=_LEGEND,
        boxes=(*(_box(node) for node in (*page.services, *page.ends)), *(_outside(*end) for end in outside)),
        arrows=tuple(_arrow(page, edge) for edge in (*page.edges, *page.crossings)),
    )


def _box(node: Node) -> Box:
    ports = ", ".join(str(port.number) for port in node.ports)
    lines = (node.name, f"role: {node.role}" if node.role else "", f"TCP {ports}" if ports else "")
    kind = Kind.END if node.stage is None else Kind.QUEUE if node.queues else Kind.SERVICE
    return Box(key=node.name, lines=wrapped(lines), kind=kind)


def _outside(name: str, generations: tuple[str, ...]) -> Box:
    return Box(key=_key(name, generations), lines=(name, f"Exchange {', '.join(generations)}"), kind=Kind.OUTSIDE)


def _key(name: str, generations: tuple[str, ...]) -> str:
    return f"{name} {generations}"


def _arrow(page: Page, edge: Edge) -> Arrow:
    adds_field, _ = facts.adds_received_field(edge, page.generation)
    shown = {(), (page.generation,)}
    return Arrow(
        tail=edge.sender if edge.sender_generations in shown else _key(edge.sender, edge.sender_generations),
        head=edge.receiver if edge.receiver_generations in shown else _key(edge.receiver, edge.receiver_generations),
        lines=wrapped((wording.over(edge), edge.condition or "")),
        line=Line.DOTTED if adds_field is None else Line.SOLID if adds_field else Line.DASHED,
    )
