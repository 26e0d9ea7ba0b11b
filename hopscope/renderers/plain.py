"""Plain text: aligned columns, one line per hop, nothing cut: for pipes, files and grep."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.compare import Comparison, Step
from hopscope.analysis.timing import Share, shares
from hopscope.model import Hop, Route
from hopscope.renderers import Style, layout, words
from hopscope.renderers.printable import visible

__all__ = ["comparison", "routes"]

_BAR = 10
_GLYPHS = layout.Glyphs(parts=".#", negative="<")
_HEADING = ("#", "Time", "Delay", "Where", "From", "By", "Service", "Protocol and TLS", "Product")
_RIGHT = frozenset({0, 2})
"""The columns of numbers: hop and delay."""


def routes(routes: Iterable[Route], style: Style) -> Iterator[str]:
    """Heading, table and notes per message, with a blank line between messages."""
    for index, route in enumerate(routes):
        yield ("\n" if index else "") + _route(route, style)


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """The two sides as columns, and the verdict."""
    sides = (comparison.left, comparison.right)
    rows = [
        ("Stage", *(side.title for side in sides)),
        *(
            (str(row.stage), _step(row.left, row.left_reason), _step(row.right, row.right_reason))
            for row in comparison.rows
        ),
        ("total", *(words.total(side.total_delay) for side in sides)),
    ]
    return f"{layout.columns(rows)}\n{visible(words.verdict(comparison))}\n"


def _route(route: Route, style: Style) -> str:
    labels = (("Source", route.source), ("Subject", route.subject), ("Message-ID", route.message_id))
    lines = [f"{label}: {visible(value)}\n" for label, value in labels if value and value != "-"]
    lines.append(f"{visible(words.heading(route))}\n")
    if route.hops:
        rows = [_hop(hop, share, style) for hop, share in zip(route.hops, shares(route), strict=True)]
        lines += ["\n", layout.columns([_HEADING, *rows], right=_RIGHT)]
    notes = words.notes(route, with_defects=style.defects)
    return "".join([*lines, *(["\n"] if notes else ()), *(f"- {visible(note)}\n" for note in notes)])


def _hop(hop: Hop, share: Share | None, style: Style) -> tuple[str, ...]:
    sender, server = words.route_of(hop)
    return (
        str(hop.number),
        words.time(hop, style.tz),
        words.delay(hop),
        layout.bar(share, _BAR, _GLYPHS),
        sender,
        server,
        words.service(hop.label),
        words.protocol(hop),
        words.product(hop.label),
    )


def _step(step: Step | None, reason: str | None) -> str:
    return words.step(step) if step else words.absent(reason)
