"""The hop table for a terminal: colours, a delay bar, lines wrapped to the width, no text cut."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.delays import Share, shares
from hopscope.model import Hop, Route, ServiceWithoutHeader
from hopscope.renderers import Style
from hopscope.renderers.message import wording
from hopscope.renderers.message.delivery import outcomes
from hopscope.renderers.text import layout, terminal
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = ["document", "message"]

_LONG_BAR_WIDTH = 120
"""Minimum width of the terminal for a long bar."""
_LONG_BAR, _SHORT_BAR = 20, 12
_GLYPHS = layout.Glyphs(parts="▏▎▍▌▋▊▉█", negative="◂")
_LEAST_SHOWN_HOLD = timedelta(seconds=10)
"""Minimum delay for which the holder of the message is shown."""
_UNLIMITED = 1_000_000
"""Width at which rich measures the natural width of a table."""
_SERVICE_WIDTH = 19
"""Columns of ``Front End Transport``, the longest common service, next to the bar."""


def message(analysis: Analysis, style: Style, _number: int) -> str:
    """Heading, table and notes."""
    return terminal.printed(_parts(analysis, style), style)


def document(messages: Iterable[str]) -> Iterator[str]:
    """The messages, with an empty line between two."""
    return layout.separated(messages)


def _parts(analysis: Analysis, style: Style) -> Iterator["RenderableType"]:
    route = analysis.route
    yield from _names(route)
    for headline, facts in outcomes(analysis, style.tz):
        yield terminal.text(headline, "bold red")
        yield from (terminal.fact(name, value) for name, value in facts)
    yield terminal.text(wording.heading(analysis))
    if scenarios := wording.scenarios(analysis):
        yield terminal.text(f"Scenario: {scenarios}")
    if route.hops and style.timeline:
        from hopscope.renderers.message.timeline import text as timeline_text

        yield terminal.text("")
        drawn = timeline_text.lines(analysis, timeline_text.UNICODE, width=style.width, tz=style.tz)
        yield from (terminal.text("").append_tokens(line) for line in drawn)
    if route.hops:
        yield terminal.text("")
        yield from _timing_table(analysis, style)
    findings, hidden = wording.worst_findings(analysis, with_defects=style.defects)
    if findings:
        yield terminal.text("")
        yield from map(terminal.finding, findings)
    if hidden:
        yield terminal.text(hidden, "dim")
    if notes := wording.notes(analysis, with_defects=style.defects):
        yield terminal.text("")
    yield from (terminal.note(note) for note in notes)


def _names(route: Route) -> Iterator["Text"]:
    """Source, subject and Message-ID; the text of a report may have no subject."""
    if route.source != "-":
        yield terminal.text(route.source, "dim")
    subject = wording.subject(route)
    if subject or not route.delivery_status:
        yield terminal.text(subject or "(no subject)", "bold" if subject else "dim")
    if route.message_id:
        yield terminal.text(route.message_id, "dim")


def _timing_table(analysis: Analysis, style: Style) -> Iterator["RenderableType"]:
    """A column per fact if all fit without wrapping; otherwise the facts of a hop below its times."""
    columns = max(style.width, terminal.LEAST_WIDTH)
    bar = _LONG_BAR if columns >= _LONG_BAR_WIDTH else _SHORT_BAR
    parts, holders = iter(shares(analysis.route)), wording.holders(analysis, least=_LEAST_SHOWN_HOLD)
    rows = [
        (_times(stop, next(parts), bar, style.tz), _facts(stop, holders.get(stop.number)))
        if isinstance(stop, Hop)
        else _without_header(stop)
        for stop in wording.hops_and_services_without_header(analysis)
    ]
    wide = _wide(rows, bar)
    natural_width = terminal.console(Style(width=_UNLIMITED)).measure(wide).maximum
    borders = _borders(analysis, min(natural_width, columns))
    if natural_width <= columns:
        yield terminal.WithLines(wide, {row + _LINES_OF_HEADING: border for row, border in borders.items()})
    else:
        yield from _stacked(rows, borders, bar, columns)


_LINES_OF_HEADING = 2


def _borders(analysis: Analysis, columns: int) -> dict[int, "RenderableType"]:
    """The lines on trust, by the index of the row that they precede; longer ones are wrapped."""
    from rich.padding import Padding

    borders = wording.borders(analysis)
    indent = len(str(len(analysis.route.hops))) + layout.GAP
    lines = {
        row: visible(f"── {borders[stop.number]} ")
        for row, stop in enumerate(wording.hops_and_services_without_header(analysis))
        if isinstance(stop, Hop) and stop.number in borders
    }
    return {
        row: Padding(terminal.text(line + "─" * (columns - indent - layout.width(line)), "dim"), (0, 0, 0, indent))
        for row, line in lines.items()
    }


_Times = list["Text"]
_Facts = dict[str, "Text"]


def _times(hop: Hop, share: Share | None, bar: int, tz: tzinfo | None) -> _Times:
    """Number, time, delay, and the delay bar."""
    return [
        terminal.text(str(hop.number), "bold"),
        terminal.text(wording.time(hop, tz)),
        terminal.text(wording.delay(hop), _delay_style(hop.delay)),
        terminal.text(layout.bar(share, bar, _GLYPHS), "red" if share and share.negative else "blue"),
    ]


def _facts(hop: Hop, holder: str | None) -> _Facts:
    sender, server = wording.route_of(hop)
    return {
        "Service": terminal.text(wording.service(hop.label), layout.COLORS.get(hop.label.service, "")),
        "From → by": terminal.text(f"{sender} → {server}"),
        "Waited": terminal.text(wording.held(holder) if holder else ""),
        "Protocol and TLS": terminal.text(wording.protocol(hop), "dim"),
        "Product": terminal.text(wording.product(hop.label), "dim"),
    }


def _without_header(service: ServiceWithoutHeader) -> tuple[_Times, _Facts]:
    """The row of a service that added no Received field."""
    server = terminal.text(f"→ {service.server}" if service.server else "", "dim")
    facts = {"Service": terminal.text(wording.service_without_header(service), "dim"), "From → by": server}
    return [terminal.text(wording.NO_HOP, "dim"), *(terminal.text("") for _ in range(3))], facts | dict.fromkeys(
        ("Waited", "Protocol and TLS", "Product"), terminal.text("")
    )


def _delay_style(delay: timedelta | None) -> str:
    """Red if negative, dim if zero or unknown."""
    if not delay:
        return "dim"
    return "bold red" if delay < timedelta(0) else "bold"


_RIGHT = frozenset({"#", "Delay"})


_HEADINGS = ("#", "Time", "Delay", "Timeline")


def _widths(rows: Sequence[tuple[_Times, _Facts]], bar: int) -> list[int]:
    """Widths of the time columns: each as wide as its widest cell."""
    columns = zip(_HEADINGS, zip(*(times for times, _ in rows), strict=True), strict=True)
    widths = [max(len(heading), *(cell.cell_len for cell in cells)) for heading, cells in columns]
    return [*widths[:-1], max(bar, widths[-1])]


def _wide(rows: Sequence[tuple[_Times, _Facts]], bar: int) -> "Table":
    table = terminal.table()
    for heading, width in zip(_HEADINGS, _widths(rows, bar), strict=True):
        table.add_column(heading, width=width, justify="right" if heading in _RIGHT else "left")
    for heading in rows[0][1]:
        table.add_column(heading, no_wrap=True)
    for times, facts in rows:
        table.add_row(*times, *facts.values())
    return table


def _stacked(
    rows: Sequence[tuple[_Times, _Facts]], borders: Mapping[int, "RenderableType"], bar: int, columns: int
) -> Iterator["RenderableType"]:
    """A line of times per hop, with the service if it fits, and the other facts below."""
    from rich.padding import Padding
    from rich.rule import Rule

    widths = _widths(rows, bar)
    indent = widths[0] + layout.GAP
    inline = ["Service"] if sum(widths) + len(widths) * layout.GAP + _SERVICE_WIDTH <= columns else []
    yield terminal.row([terminal.text(heading, "bold") for heading in (*_HEADINGS, *inline)], widths)
    yield Rule(style="dim", characters="─")
    for index, (times, facts) in enumerate(rows):
        if index in borders:
            yield borders[index]
        yield terminal.row([*times, *(facts[name] for name in inline)], widths)
        below = [fact for name, fact in facts.items() if name not in inline and fact.plain not in {"", wording.UNKNOWN}]
        yield from (Padding(line, (0, 0, 0, indent)) for line in _joined(below, columns - indent))


def _joined(facts: Iterable["Text"], columns: int) -> Iterator["Text"]:
    """The facts, as many per line as fit."""
    line: Text | None = None
    for fact in facts:
        if line is not None and line.cell_len + 3 + fact.cell_len <= columns:
            line = line + terminal.text(" · ", "dim") + fact
            continue
        if line is not None:
            yield line
        line = fact
    if line is not None:
        yield line
