"""Markdown: a table of findings and their counts, for the summary of a CI job (GitHub Flavored Markdown)."""

from collections.abc import Iterable, Iterator

from hopscope.checks.result import Checked
from hopscope.model import Severity
from hopscope.renderers.findings import fails
from hopscope.renderers.findings.text import location
from hopscope.renderers.text.escape import markdown as text

__all__ = ["findings"]

_HEADING = "| Severity | Code | Location | Finding | Likely cause | Checks |\n| --- | --- | --- | --- | --- | --- |\n"


def findings(checked: Iterable[Checked], fails_from: Severity) -> Iterator[str]:
    """A heading, the table, written while the messages are read, and the totals."""
    messages = count = failing = 0
    yield "### Mail flow\n\n"
    for message in checked:
        messages += message.messages
        for finding in message.findings:
            yield "" if count else _HEADING
            count += 1
            failing += fails(finding.severity, fails_from)
            cells = (
                finding.severity,
                finding.code,
                location(message, finding.line),
                finding.message,
                finding.cause or "",
            )
            checks = "<br>".join(map(text, finding.checks))
            yield f"| {' | '.join((*map(text, cells), checks))} |\n"
    totals = f"findings: {count}, of which {failing} fail" if count else "no findings"
    yield "\n" if count else ""
    yield f"Messages checked: {messages}; {totals}.\n"
