"""Markdown: a table per message, for tickets and job summaries (GitHub Flavored Markdown)."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.message import authentication, wording
from hopscope.renderers.message.delivery import outcomes
from hopscope.renderers.message.hop_table import HEADINGS, hop_table
from hopscope.renderers.message.summary import summary
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import markdown as text
from hopscope.renderers.text.finding import label
from hopscope.renderers.text.markdown import table

__all__ = ["document", "message"]

_COLUMNS = {name: heading for name, heading in HEADINGS.items() if name != "timeline"}


def message(analysis: Analysis, style: Style, _number: int) -> str:
    """A heading, a table and notes."""
    route = analysis.route
    blocks = [
        f"### {text(wording.title(route))}\n",
        *_delivery(analysis, style),
        f"{text(wording.heading(analysis))}\n",
    ]
    if scenarios := wording.scenarios(analysis):
        blocks.append(f"Scenario: {text(scenarios)}\n")
    facts = summary(analysis, style.tz)
    labelled = (("From", facts.sender), ("To", facts.recipients), ("Date", facts.sent))
    blocks += [
        f"{name}: {text(value)}\n"
        for name, value in (*labelled, ("Authentication", facts.authentication), ("Antispam", facts.antispam))
        if value
    ]
    if route.message_id and route.subject:
        blocks.append(f"Message-ID: {text(route.message_id)}\n")
    if route.hops:
        blocks.append(table(tuple(_COLUMNS.values()), list(_rows(analysis, style))))
    blocks += _tracking(analysis, style)
    if results := authentication.rows(analysis, style.tz):
        blocks.append(table(authentication.HEADINGS, results))
    if findings := list(_findings(analysis, style)):
        blocks.append("".join(findings))
    if notes := wording.notes(analysis, with_defects=style.defects):
        blocks.append("".join(f"- {text(note)}\n" for note in notes))
    return "\n".join(blocks)


def document(messages: Iterable[str]) -> Iterator[str]:
    """The messages, with an empty line between two."""
    return layout.separated(messages)


def _delivery(analysis: Analysis, style: Style) -> Iterator[str]:
    """The delivery status of a report: headlines, each with a list of its facts."""
    for headline, facts in outcomes(analysis, style.tz):
        yield f"**{text(headline)}**\n"
        yield "".join(f"- {name}: {text(value)}\n" for name, value in facts)


def _findings(analysis: Analysis, style: Style) -> Iterator[str]:
    """A list item per finding, with its likely cause and checks as nested items."""
    findings, hidden = wording.worst_findings(analysis, with_defects=style.defects)
    for finding in findings:
        yield f"- {label(finding)}: {text(finding.message)}\n"
        yield from (f"  - {text(line)}\n" for line in ([finding.cause] if finding.cause else []))
        yield from (f"  - {text(check, is_cell=False)}\n" for check in finding.checks)
    if hidden:
        yield f"- {text(hidden)}\n"


def _tracking(analysis: Analysis, style: Style) -> Iterator[str]:
    """The events of the tracking logs, with the numbers of their hops."""
    if analysis.tracking is None:
        return
    from hopscope.renderers.message import tracking
    from hopscope.renderers.tracking.wording import headings

    yield f"{text(tracking.heading(analysis))}\n"
    yield table(("#", *headings(style.tz)), [(row.hop, *row.cells) for row in tracking.rows(analysis, str, style.tz)])
    yield "".join(f"- {text(line)}\n" for line in tracking.lines(analysis, str, style.tz))


def _rows(analysis: Analysis, style: Style) -> Iterator[tuple[str, ...]]:
    """The hops; a line on trust is a row of its own, in its second column."""
    for row in hop_table(analysis, style.tz).rows:
        if row.border:
            yield ("", row.border, *[""] * (len(_COLUMNS) - 2))
        yield tuple(row.full_service if name == "service" else getattr(row, name) for name in _COLUMNS)
