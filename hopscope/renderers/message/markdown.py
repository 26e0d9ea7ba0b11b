"""Markdown: a table per message, for tickets and job summaries (GitHub Flavored Markdown)."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.comparison import Comparison, Step
from hopscope.model import Hop, Unstamped
from hopscope.renderers import Style
from hopscope.renderers.message import labels
from hopscope.renderers.text.escape import markdown as text

__all__ = ["comparison", "messages", "table"]

_HEADING = ("Hop", "Time", "Delay", "From", "By", "Service", "Held by", "Protocol and TLS", "Product")


def messages(analyses: Iterable[Analysis], style: Style) -> Iterator[str]:
    """A heading, a table and notes per message."""
    for index, analysis in enumerate(analyses):
        yield ("\n" if index else "") + _message(analysis, style)


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """The two sides as a table, and the verdict."""
    sides = (comparison.left, comparison.right)
    rows = [
        (str(row.stage), _step(row.left, row.left_reason), _step(row.right, row.right_reason))
        for row in comparison.rows
    ]
    totals = ("total", *(labels.total(side.total_delay) for side in sides))
    compared = table(("Stage", *(labels.title(side) for side in sides)), [*rows, totals])
    changes = "".join(f"- {text(change)}\n" for change in comparison.changes)
    return "\n".join([compared, f"{text(labels.verdict(comparison))}\n", *([changes] if changes else ())])


def _message(analysis: Analysis, style: Style) -> str:
    route = analysis.route
    title = route.subject or route.message_id or route.source
    blocks = [f"### {text(title)}\n", f"{text(labels.heading(analysis))}\n"]
    if scenarios := labels.scenarios(analysis):
        blocks.append(f"Scenario: {text(scenarios)}\n")
    if route.message_id and route.subject:
        blocks.append(f"Message-ID: {text(route.message_id)}\n")
    if route.hops:
        blocks.append(table(_HEADING, list(_rows(analysis, style))))
    notes = labels.notes(analysis, with_defects=style.defects)
    if notes:
        blocks.append("".join(f"- {text(note)}\n" for note in notes))
    return "\n".join(blocks)


def _rows(analysis: Analysis, style: Style) -> Iterator[tuple[str, ...]]:
    holders = labels.holders(analysis)
    for each in labels.way(analysis):
        yield _hop(each, holders.get(each.number, ""), style) if isinstance(each, Hop) else _unstamped(each)


def _hop(hop: Hop, holder: str, style: Style) -> tuple[str, ...]:
    sender, server = labels.route_of(hop)
    return (
        str(hop.number),
        labels.time(hop, style.tz),
        labels.delay(hop),
        sender,
        server,
        labels.service(hop.label),
        holder,
        labels.protocol(hop),
        labels.product(hop.label),
    )


def _unstamped(service: Unstamped) -> tuple[str, ...]:
    return (labels.NO_HOP, "", "", "", service.server or labels.UNKNOWN, labels.unstamped(service), "", "", "")


def _step(step: Step | None, reason: str | None) -> str:
    return labels.step(step) if step else labels.absent(reason)


def table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table with a heading."""
    lines = [" | ".join(map(text, row)) for row in (heading, *rows)]
    lines.insert(1, " | ".join(["---"] * len(heading)))
    return "".join(f"| {line} |\n" for line in lines)
