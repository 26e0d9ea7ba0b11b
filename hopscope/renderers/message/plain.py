"""Plain text for pipes, files and grep: aligned columns, one line per hop, without truncation."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.delays import Share, shares
from hopscope.model import Hop, ServiceWithoutHeader
from hopscope.renderers import Style
from hopscope.renderers.message import wording
from hopscope.renderers.message.delivery import outcomes
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import aligned_label, cause_and_checks

__all__ = ["document", "message"]

_BAR = 10
_TIMELINE_WIDTH = 100
_GLYPHS = layout.Glyphs(parts=".#", negative="<")
_HEADING = ("#", "Time", "Delay", "Timeline", "From", "By", "Service", "Held by", "Protocol and TLS", "Product")
_RIGHT = frozenset({0, 2})
"""Right-aligned columns: hop and delay."""


def message(analysis: Analysis, style: Style, _number: int) -> str:
    """Heading, table and notes."""
    route = analysis.route
    labels = (("Source", route.source), ("Subject", wording.subject(route)), ("Message-ID", route.message_id))
    lines = [f"{label}: {visible(value)}\n" for label, value in labels if value and value != "-"]
    lines += _delivery(analysis, style)
    lines.append(f"{visible(wording.heading(analysis))}\n")
    if scenarios := wording.scenarios(analysis):
        lines.append(f"Scenario: {visible(scenarios)}\n")
    if route.hops and style.timeline:
        lines += ["\n", *_timeline(analysis, style)]
    if route.hops:
        lines += ["\n", *_table(analysis, style)]
    if findings := list(_findings(analysis, style)):
        lines += ["\n", *findings]
    if notes := wording.notes(analysis, with_defects=style.defects):
        lines += ["\n", *(f"- {visible(note)}\n" for note in notes)]
    return "".join(lines)


def document(messages: Iterable[str]) -> Iterator[str]:
    """The messages, with an empty line between two."""
    return layout.separated(messages)


def _delivery(analysis: Analysis, style: Style) -> Iterator[str]:
    """The delivery status of a report: headlines with their facts, a line each."""
    for headline, facts in outcomes(analysis, style.tz):
        yield f"{visible(headline)}\n"
        yield from (f"    {f'{name}:':<15}{visible(value)}\n" for name, value in facts)


def _findings(analysis: Analysis, style: Style) -> Iterator[str]:
    """The worst findings, each with its likely cause and checks below its message."""
    findings, hidden = wording.worst_findings(analysis, with_defects=style.defects)
    for finding in findings:
        label = f"{aligned_label(finding)}{' ' * layout.GAP}"
        yield f"{label}{visible(finding.message)}\n"
        yield from (f"{' ' * len(label)}{visible(line)}\n" for line in cause_and_checks(finding))
    if hidden:
        yield f"{hidden}\n"


def _timeline(analysis: Analysis, style: Style) -> Iterator[str]:
    from hopscope.renderers.message.timeline import text as timeline_text

    for line in timeline_text.lines(analysis, timeline_text.ASCII, width=_TIMELINE_WIDTH, tz=style.tz):
        yield f"{''.join(text for text, _ in line).rstrip(' ')}\n"


def _table(analysis: Analysis, style: Style) -> Iterator[str]:
    """The lines of the table, with the lines on trust before the hops where they apply."""
    heading, *rows = layout.columns([_HEADING, *_rows(analysis, style)], right=_RIGHT).splitlines(keepends=True)
    yield heading
    borders = wording.borders(analysis)
    for stop, row in zip(wording.hops_and_services_without_header(analysis), rows, strict=True):
        if isinstance(stop, Hop) and stop.number in borders:
            yield f"-- {visible(borders[stop.number])} --\n"
        yield row


def _rows(analysis: Analysis, style: Style) -> Iterator[tuple[str, ...]]:
    parts, holders = iter(shares(analysis.route)), wording.holders(analysis)
    for stop in wording.hops_and_services_without_header(analysis):
        if isinstance(stop, Hop):
            yield _hop(stop, next(parts), holders.get(stop.number, ""), style)
        else:
            yield _without_header(stop)


def _hop(hop: Hop, share: Share | None, holder: str, style: Style) -> tuple[str, ...]:
    sender, server = wording.route_of(hop)
    return (
        str(hop.number),
        wording.time(hop, style.tz),
        wording.delay(hop),
        layout.bar(share, _BAR, _GLYPHS),
        sender,
        server,
        wording.service(hop.label),
        holder,
        wording.protocol(hop),
        wording.product(hop.label),
    )


def _without_header(service: ServiceWithoutHeader) -> tuple[str, ...]:
    server = service.server or wording.UNKNOWN
    return (wording.NO_HOP, "", "", "", "", server, wording.service_without_header(service), "", "", "")
