"""Markdown: a table per message, for tickets and job summaries."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.compare import Comparison, Step
from hopscope.model import Hop, Route
from hopscope.renderers import Style, words
from hopscope.renderers.printable import markdown as text

__all__ = ["comparison", "routes"]


def routes(routes: Iterable[Route], style: Style) -> Iterator[str]:
    """A heading, a table and notes per message."""
    for index, route in enumerate(routes):
        yield ("\n" if index else "") + _route(route, style)


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """The two sides as a table, and the verdict."""
    rows = [
        (str(row.stage), _step(row.left, row.left_reason), _step(row.right, row.right_reason))
        for row in comparison.rows
    ]
    totals = (words.total(comparison.left.total_delay), words.total(comparison.right.total_delay))
    table = _table(("Stage", comparison.left.title, comparison.right.title), [*rows, ("total", *totals)])
    return f"{table}\n{text(words.verdict(comparison))}\n"


def _route(route: Route, style: Style) -> str:
    title = route.subject or route.message_id or route.source
    lines = [f"### {text(title)}", "", text(words.heading(route))]
    if route.message_id and route.subject:
        lines += ["", f"Message-ID: {text(route.message_id)}"]
    heading = ("#", "Time", "Delay", "From", "By", "Service", "Protocol and TLS", "Product")
    lines += ["", _table(heading, [_hop(hop, style) for hop in route.hops])]
    lines += [f"- {text(note)}" for note in words.notes(route, with_defects=style.defects)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _hop(hop: Hop, style: Style) -> tuple[str, ...]:
    sender, server = words.route_of(hop)
    return (
        str(hop.number),
        words.time(hop, style.tz),
        words.delay(hop),
        sender,
        server,
        words.service(hop.label),
        words.protocol(hop),
        words.product(hop.label),
    )


def _step(step: Step | None, reason: str | None) -> str:
    return words.step(step) if step else words.absent(reason)


def _table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "".join(f"| {' | '.join(cell if cell == '---' else text(cell) for cell in line)} |\n" for line in lines)
