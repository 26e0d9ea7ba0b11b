"""GitHub Actions workflow commands: each finding becomes an annotation of its file.

GitHub shows at most ten errors, ten warnings and ten notices per step.
"""

from collections.abc import Iterable, Iterator

from hopscope.checks.result import Checked
from hopscope.model import Finding, Severity
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import cause_and_checks, label

__all__ = ["document", "message"]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = _IN_DATA | str.maketrans({":": "%3A", ",": "%2C"})


def message(checked: Checked, fails_from: Severity) -> str:  # noqa: ARG001 - one signature for all
    """A command per finding."""
    return "".join(_command(checked, finding) for finding in checked.findings)


def _command(checked: Checked, finding: Finding) -> str:
    title = f"{label(finding)} {checked.part}" if checked.part else label(finding)
    properties = {"file": checked.file, "line": str(finding.line or ""), "title": title}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    body = "\n".join(map(visible, (finding.message, *finding.detail, *cause_and_checks(finding))))
    return f"::{_COMMANDS[finding.severity]} {listed}::{body.translate(_IN_DATA)}\n"


def document(messages: Iterable[str]) -> Iterator[str]:
    """The commands, message by message."""
    yield from messages


def _property(value: str) -> str:
    return visible(value).translate(_IN_PROPERTIES)
