"""Text: a line per finding as compilers print it, ``path:line: severity CODE message``, followed by its details.

An unknown line is left out. If a file has several messages, the address of the message takes the place of the file and
the line, as in ``dump.mbox:17: warning HOP101 ...``, so that it can be used as an argument.
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
    """``mail.eml:4`` for line 4, ``mail.eml``, or ``dump.mbox:17`` for message 17."""
    position = checked.part or line
    return f"{checked.file}:{position}" if position else checked.file
