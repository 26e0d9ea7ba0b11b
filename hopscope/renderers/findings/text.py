"""Text: a line per finding as compilers print it, ``path:line: severity CODE message``, followed by its details.

An unknown line is left out. If a file has several messages, the message follows the file name, as in
``dump.mbox: message 17: warning HOP101 ...``, so that no program takes its number for a line.
"""

from collections.abc import Iterable, Iterator

from hopscope.checks.result import Checked
from hopscope.model import Severity
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import cause_and_checks, label

__all__ = ["findings", "location"]


def findings(checked: Iterable[Checked], fails_from: Severity) -> Iterator[str]:  # noqa: ARG001 - one signature for all
    """The lines, message by message."""
    for message in checked:
        for finding in message.findings:
            summary = f"{label(finding)} {visible(finding.message)}"
            below = "".join(f"    {visible(line)}\n" for line in (*finding.detail, *cause_and_checks(finding)))
            yield f"{visible(location(message, finding.line))}: {summary}\n{below}"


def location(checked: Checked, line: int | None) -> str:
    """``mail.eml:4``, ``mail.eml``, ``dump.mbox: message 17``."""
    if checked.part is None:
        return f"{checked.file}:{line}" if line else checked.file
    return f"{checked.file}: {'message ' if checked.part.isdecimal() else ''}{checked.part}"
