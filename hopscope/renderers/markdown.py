"""Markdown: a table per message, for tickets and job summaries (GitHub Flavored Markdown)."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis, analyze
from hopscope.analysis.compare import Comparison, Step
from hopscope.model import Hop, Route, Unstamped
from hopscope.renderers import Style, words
from hopscope.renderers.printable import markdown as text

__all__ = ["comparison", "routes", "table"]

_HEADING = ("Hop", "Time", "Delay", "From", "By", "Service", "Held by", "Protocol and TLS", "Product")


def routes(routes: Iterable[Route], style: Style) -> Iterator[str]:
    """A heading, a table and notes per message."""
    for index, route in enumerate(routes):
        yield ("\n" if index else "") + _route(analyze(route), style)


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """The two sides as a table, and the verdict."""
    sides = (comparison.left, comparison.right)
    rows = [
        (str(row.stage), _step(row.left, row.left_reason), _step(row.right, row.right_reason))
        for row in comparison.rows
    ]
    totals = ("total", *(words.total(side.total_delay) for side in sides))
    compared = table(("Stage", *(words.title(side) for side in sides)), [*rows, totals])
    changes = "".join(f"- {text(change)}\n" for change in comparison.changes)
    return "\n".join([compared, f"{text(words.verdict(comparison))}\n", *([changes] if changes else ())])


def _route(analysis: Analysis, style: Style) -> str:
    route = analysis.route
    title = route.subject or route.message_id or route.source
    blocks = [f"### {text(title)}\n", f"{text(words.heading(analysis))}\n"]
    if scenarios := words.scenarios(analysis):
        blocks.append(f"Scenario: {text(scenarios)}\n")
    if route.message_id and route.subject:
        blocks.append(f"Message-ID: {text(route.message_id)}\n")
    if route.hops:
        blocks.append(table(_HEADING, list(_rows(analysis, style))))
    notes = words.notes(analysis, with_defects=style.defects)
    if notes:
        blocks.append("".join(f"- {text(note)}\n" for note in notes))
    return "\n".join(blocks)


def _rows(analysis: Analysis, style: Style) -> Iterator[tuple[str, ...]]:
    holders = words.holders(analysis)
    for each in words.way(analysis):
        yield _hop(each, holders.get(each.number, ""), style) if isinstance(each, Hop) else _unstamped(each)


def _hop(hop: Hop, holder: str, style: Style) -> tuple[str, ...]:
    sender, server = words.route_of(hop)
    return (
        str(hop.number),
        words.time(hop, style.tz),
        words.delay(hop),
        sender,
        server,
        words.service(hop.label),
        holder,
        words.protocol(hop),
        words.product(hop.label),
    )


def _unstamped(service: Unstamped) -> tuple[str, ...]:
    return (words.NO_HOP, "", "", "", service.server or words.UNKNOWN, words.unstamped(service), "", "", "")


def _step(step: Step | None, reason: str | None) -> str:
    return words.step(step) if step else words.absent(reason)


def table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table with a heading."""
    lines = [" | ".join(map(text, row)) for row in (heading, *rows)]
    lines.insert(1, " | ".join(["---"] * len(heading)))
    return "".join(f"| {line} |\n" for line in lines)
