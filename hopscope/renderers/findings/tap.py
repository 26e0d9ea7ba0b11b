"""TAP, the Test Anything Protocol, version 14: a test per message, its findings as comments."""

from collections.abc import Iterable, Iterator

from hopscope.checks.result import Checked
from hopscope.model import Finding, Severity
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.finding import cause_and_checks, label

__all__ = ["document", "message"]


def message(checked: Checked, fails_from: Severity) -> tuple[str, str]:
    """The parts of a test before and after its number."""
    failed = any(finding.severity >= fails_from for finding in checked.findings)
    comments = "".join(f"# {line}\n" for finding in checked.findings for line in _lines(finding))
    return "not ok" if failed else "ok", f"{_description(checked.source)}\n{comments}"


def document(messages: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The tests, written while the messages are read; the plan with their number comes last."""
    yield "TAP version 14\n"
    number = 0
    for number, (result, test) in enumerate(messages, 1):
        yield f"{result} {number} - {test}"
    yield f"1..{number}\n"


def _lines(finding: Finding) -> Iterator[str]:
    line = f" line {finding.line}" if finding.line else ""
    yield f"{label(finding)}{line} {visible(finding.message)}"
    yield from (f"  {visible(line)}" for line in cause_and_checks(finding))


def _description(text: str) -> str:
    r"""Text in which ``#`` and ``\`` are escaped with a backslash, so that ``#`` does not start a directive."""
    return visible(text).replace("\\", "\\\\").replace("#", "\\#")
