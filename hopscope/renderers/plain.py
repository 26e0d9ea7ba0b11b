"""Plain text: aligned columns, one line per hop, nothing cut: for pipes, files and grep."""

from collections.abc import Iterable, Iterator, Sequence

from hopscope.analysis.compare import Comparison, Step
from hopscope.analysis.timing import Share, shares
from hopscope.model import Hop, Route
from hopscope.renderers import Style, words
from hopscope.renderers.printable import visible

__all__ = ["comparison", "routes"]

_BAR = 10


def routes(routes: Iterable[Route], style: Style) -> Iterator[str]:
    """Heading, table and notes per message, with a blank line between messages."""
    for index, route in enumerate(routes):
        yield ("\n" if index else "") + _route(route, style)


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """The two sides as columns, and the verdict."""
    rows = [
        ["Stage", comparison.left.title, comparison.right.title],
        *(
            [str(row.stage), _step(row.left, row.left_reason), _step(row.right, row.right_reason)]
            for row in comparison.rows
        ),
        ["total", words.total(comparison.left.total_delay), words.total(comparison.right.total_delay)],
    ]
    return f"{_columns(rows)}\n{visible(words.verdict(comparison))}\n"


def _route(route: Route, style: Style) -> str:
    labels = (("Source", route.source), ("Subject", route.subject), ("Message-ID", route.message_id))
    lines = [f"{label}: {visible(value)}" for label, value in labels if value and value != "-"]
    heading = ["#", "Time", "Delay", "Where", "From", "By", "Service", "Protocol and TLS", "Product"]
    rows = [_hop(hop, share, style) for hop, share in zip(route.hops, shares(route), strict=True)]
    lines += [visible(words.heading(route)), "", _columns([heading, *rows])]
    lines += [f"- {visible(note)}" for note in words.notes(route, with_defects=style.defects)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _hop(hop: Hop, share: Share | None, style: Style) -> list[str]:
    sender, server = words.route_of(hop)
    return [
        str(hop.number),
        words.time(hop, style.tz),
        words.delay(hop),
        _bar(share),
        sender,
        server,
        words.service(hop.label),
        words.protocol(hop),
        words.product(hop.label),
    ]


def _bar(share: Share | None) -> str:
    """The place of the delay on the whole way; ``<`` where it is negative."""
    if share is None or not share.length:
        return ""
    start = min(round(share.start * _BAR), _BAR - 1)
    return " " * start + ("<" if share.negative else "#") * max(1, min(round(share.length * _BAR), _BAR - start))


def _step(step: Step | None, reason: str | None) -> str:
    return words.step(step) if step else words.absent(reason)


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """The rows with each column as wide as its widest cell."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in shown
    )
