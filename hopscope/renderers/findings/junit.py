"""JUnit XML: a suite per message, a case per finding. Findings that do not fail are passing cases with output."""

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from hopscope.checks.result import Checked
from hopscope.model import Finding, Severity
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import cause_and_checks, label

__all__ = ["document", "message"]


def message(checked: Checked, fails_from: Severity) -> str:
    """A suite."""
    failures = sum(finding.severity >= fails_from for finding in checked.findings)
    name = _quoted(checked.source)
    cases = [_case(checked, finding, failed=finding.severity >= fails_from) for finding in checked.findings]
    clean = f'    <testcase classname={name} name="mail flow" file={_quoted(checked.file)}/>\n'
    counts = f'tests="{max(len(cases), 1)}" failures="{failures}" errors="0" skipped="0"'
    return f"  <testsuite name={name} {counts}>\n{''.join(cases) or clean}  </testsuite>\n"


def document(messages: Iterable[str]) -> Iterator[str]:
    """The suites, written while the messages are read."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="hopscope">\n'
    yield from messages
    yield "</testsuites>\n"


def _case(checked: Checked, finding: Finding, *, failed: bool) -> str:
    hop = f" hop {finding.hop}" if finding.hop else ""
    line = f' line="{finding.line}"' if finding.line else ""
    name = f'classname={_quoted(checked.source)} name="{finding.code}{hop}" file={_quoted(checked.file)}{line}'
    summary = f"{label(finding)}: {finding.message}"
    lines = (summary, *finding.detail, *cause_and_checks(finding))
    text = escape("\n".join(map(visible, lines)))
    if failed:
        outcome = f"<failure type={_quoted(finding.code)} message={_quoted(summary)}>{text}</failure>"
    else:
        outcome = f"<system-out>{text}</system-out>"
    return f"    <testcase {name}>{outcome}</testcase>\n"


def _quoted(text: str) -> str:
    """An attribute value; characters that XML forbids are escaped."""
    return quoteattr(visible(text))
