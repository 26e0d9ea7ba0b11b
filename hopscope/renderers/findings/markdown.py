"""Markdown: a table of findings and their counts, for the summary of a CI job (GitHub Flavored Markdown)."""

from collections.abc import Iterable, Iterator

from hopscope.checks.result import Checked
from hopscope.model import Severity
from hopscope.renderers.findings import fails
from hopscope.renderers.findings.text import place
from hopscope.renderers.text.escape import markdown as text

__all__ = ["findings"]

_HEADING = "| Severity | Code | Where | Finding | What to do |\n| --- | --- | --- | --- | --- |\n"


def findings(checked: Iterable[Checked], fails_from: Severity) -> Iterator[str]:
    """A heading, the table as the messages come, and what it adds up to."""
    messages = found = failing = 0
    yield "### Mail flow\n\n"
    for each in checked:
        messages += each.messages
        for finding in each.findings:
            yield "" if found else _HEADING
            found += 1
            failing += fails(finding.severity, fails_from)
            cells = (finding.severity, finding.code, place(each, finding.line), finding.message, finding.advice or "")
            yield f"| {' | '.join(map(text, cells))} |\n"
    told = f"findings: {found}, of which {failing} fail" if found else "no findings"
    yield "\n" if found else ""
    yield f"Messages checked: {messages}; {told}.\n"
