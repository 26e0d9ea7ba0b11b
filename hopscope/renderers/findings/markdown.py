"""Markdown: a table of findings and their counts, for the summary of a CI job (GitHub Flavored Markdown)."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hopscope.checks.result import Checked
from hopscope.model import Finding, Severity
from hopscope.renderers.findings.text import location
from hopscope.renderers.text.escape import markdown as text

__all__ = ["document", "message"]

_HEADING = "| Severity | Code | Location | Finding | Likely cause | Checks |\n| --- | --- | --- | --- | --- | --- |\n"


class Part(NamedTuple):
    """A message, or several whose findings are one entry."""

    messages: int
    failing: int
    rows: list[str]


def message(checked: Checked, fails_from: Severity) -> Part:
    """The rows of the findings of a message."""
    failing = sum(finding.severity >= fails_from for finding in checked.findings)
    return Part(checked.messages, failing, [_row(checked, finding) for finding in checked.findings])


def _row(checked: Checked, finding: Finding) -> str:
    place = location(checked, finding.line)
    cells = (finding.severity, finding.code, place, finding.message, finding.cause or "")
    return f"| {' | '.join((*map(text, cells), '<br>'.join(map(text, finding.checks))))} |\n"


def document(messages: Iterable[Part]) -> Iterator[str]:
    """A heading, the table, written while the messages are read, and the totals."""
    count = failing = findings = 0
    yield "### Mail flow\n\n"
    for part in messages:
        count += part.messages
        failing += part.failing
        yield "".join((*([_HEADING] if part.rows and not findings else []), *part.rows))
        findings += len(part.rows)
    totals = f"findings: {findings}, of which {failing} fail" if findings else "no findings"
    yield "\n" if findings else ""
    yield f"Messages checked: {count}; {totals}.\n"
