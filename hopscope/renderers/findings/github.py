"""GitHub Actions workflow commands: each finding becomes an annotation of its file.

GitHub shows at most ten errors, ten warnings and ten notices per step.
"""

from collections.abc import Iterable, Iterator

from hopscope.checks.result import Checked
from hopscope.model import Severity
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import cause_and_checks, label

__all__ = ["findings"]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = _IN_DATA | str.maketrans({":": "%3A", ",": "%2C"})


def findings(checked: Iterable[Checked], fails_from: Severity) -> Iterator[str]:  # noqa: ARG001 - one signature for all
    """A command per finding."""
    for message in checked:
        for finding in message.findings:
            title = f"{label(finding)} {message.part}" if message.part else label(finding)
            properties = {"file": message.file, "line": str(finding.line or ""), "title": title}
            listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
            lines = (finding.message, *finding.detail, *cause_and_checks(finding))
            body = "\n".join(map(visible, lines))
            yield f"::{_COMMANDS[finding.severity]} {listed}::{body.translate(_IN_DATA)}\n"


def _property(value: str) -> str:
    return visible(value).translate(_IN_PROPERTIES)
