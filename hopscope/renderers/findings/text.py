"""Text: a line per finding as compilers print it, ``path:line: severity CODE message``, followed by its details.

An unknown line is left out. If a file has several messages, the message follows the file name, as in
``dump.mbox: message 17: warning HOP101 ...``, so that no program takes its number for a line.
"""

from collections.abc import Iterable, Iterator

from hopscope.checks.result import Checked
from hopscope.model import Finding, Severity
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import cause_and_checks, label

__all__ = ["document", "location", "message"]


def message(checked: Checked, fails_from: Severity) -> str:  # noqa: ARG001 - one signature for all
    """The lines of the findings of a message."""
    return "".join(_lines(checked, finding) for finding in checked.findings)


def _lines(checked: Checked, finding: Finding) -> str:
    summary = f"{label(finding)} {visible(finding.message)}"
    below = "".join(f"    {visible(line)}\n" for line in (*finding.detail, *cause_and_checks(finding)))
    return f"{visible(location(checked, finding.line))}: {summary}\n{below}"


def document(messages: Iterable[str]) -> Iterator[str]:
    """The lines, message by message."""
    yield from messages


def location(checked: Checked, line: int | None) -> str:
    """``mail.eml:4``, ``mail.eml``, ``dump.mbox: message 17``."""
    if checked.part is None:
        return f"{checked.file}:{line}" if line else checked.file
    return f"{checked.file}: {'message ' if checked.part.isdecimal() else ''}{checked.part}"
