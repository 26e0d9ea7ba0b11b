"""Plain text for pipes, files and grep: aligned columns, one line per hop, without truncation."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.message import wording
from hopscope.renderers.message.delivery import outcomes
from hopscope.renderers.message.hop_table import HEADINGS, Row, hop_table
from hopscope.renderers.message.summary import summary
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import aligned_label, cause_and_checks

__all__ = ["document", "message"]

_BAR = 10
_TIMELINE_WIDTH = 100
_GLYPHS = layout.Glyphs(parts=".#", negative="<")
_RIGHT = frozenset({0, 2})
"""Right-aligned columns: hop and delay."""


def message(analysis: Analysis, style: Style, _number: int) -> str:
    """Heading, table and notes."""
    route = analysis.route
    facts = summary(analysis, style.tz)
    labels = (
        ("Source", route.source),
        ("Subject", wording.subject(route)),
        ("From", facts.sender),
        ("To", facts.recipients),
        ("Date", facts.sent),
        ("Message-ID", route.message_id),
    )
    lines = [f"{label}: {visible(value)}\n" for label, value in labels if value and value != "-"]
    lines += _delivery(analysis, style)
    lines.append(f"{visible(wording.heading(analysis))}\n")
    if scenarios := wording.scenarios(analysis):
        lines.append(f"Scenario: {visible(scenarios)}\n")
    if facts.authentication:
        lines.append(f"Authentication: {visible(facts.authentication)}\n")
    if facts.antispam:
        lines.append(f"Antispam: {visible(facts.antispam)}\n")
    if route.hops and style.timeline:
        lines += ["\n", *_timeline(analysis, style)]
    if route.hops:
        lines += ["\n", *_table(analysis, style)]
    if analysis.tracking is not None:
        lines += ["\n", *_tracking(analysis, style)]
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


def _tracking(analysis: Analysis, style: Style) -> Iterator[str]:
    """The events of the tracking logs, with the numbers of their hops."""
    from hopscope.renderers.message import tracking
    from hopscope.renderers.tracking.wording import headings

    yield f"{visible(tracking.heading(analysis))}\n"
    rows = [(row.hop, *row.cells) for row in tracking.rows(analysis, str, style.tz)]
    yield layout.columns([("#", *headings(style.tz)), *rows], right=frozenset({0, 2}))
    yield from (f"- {visible(line)}\n" for line in tracking.lines(analysis, str, style.tz))


def _table(analysis: Analysis, style: Style) -> Iterator[str]:
    """The lines of the table, with the lines on trust before the hops where they apply."""
    rows = hop_table(analysis, style.tz).rows
    cells = [tuple(HEADINGS.values()), *map(_cells, rows)]
    heading, *lines = layout.columns(cells, right=_RIGHT).splitlines(keepends=True)
    yield heading
    for row, line in zip(rows, lines, strict=True):
        if row.border:
            yield f"-- {visible(row.border)} --\n"
        yield line


def _cells(row: Row) -> tuple[str, ...]:
    drawn = {"timeline": layout.bar(row.share, _BAR, _GLYPHS), "service": row.full_service}
    return tuple(drawn[name] if name in drawn else getattr(row, name) for name in HEADINGS)
