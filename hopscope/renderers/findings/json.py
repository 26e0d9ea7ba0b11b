"""JSON: one object with all findings, followed by the counts."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from hopscope.checks.result import Checked
from hopscope.model import Severity
from hopscope.renderers.schema.findings import CheckDocument, finding_documents
from hopscope.renderers.schema.message import SCHEMA
from hopscope.renderers.text.escape import json_document
from hopscope.renderers.text.json_values import indented

__all__ = ["document", "message"]


class Part(NamedTuple):
    """A message, or several whose findings are one entry."""

    messages: int
    failed: bool
    severities: list[Severity]
    findings: list[str]


def message(checked: Checked, fails_from: Severity) -> Part:
    """The objects of the findings of a message."""
    severities = [finding.severity for finding in checked.findings]
    failed = any(severity >= fails_from for severity in severities)
    findings = [json_document(msgspec.json.encode(finding)) for finding in finding_documents(checked)]
    return Part(checked.messages, failed, severities, findings)


def document(messages: Iterable[Part]) -> Iterator[str]:
    """The object, written while the messages are read, so that memory does not limit their number."""
    count, counts, failed = 0, dict.fromkeys(Severity, 0), False
    head, _ = _parts(count, counts, failed=failed)
    yield f"{head}["
    separator = "\n"
    for part in messages:
        count += part.messages
        failed |= part.failed
        for severity in part.severities:
            counts[severity] += 1
        text = ",\n".join(f"    {finding}" for finding in part.findings)
        yield f"{separator}{text}" if text else ""
        separator = ",\n" if text else separator
    _, tail = _parts(count, counts, failed=failed)
    yield f"\n  ]{tail}"


def _parts(messages: int, counts: dict[Severity, int], *, failed: bool) -> list[str]:
    """The JSON text before and after the findings."""
    by_name = {severity.value: count for severity, count in counts.items()}
    return indented(CheckDocument(schema=SCHEMA, findings=(), messages=messages, **by_name, failed=failed)).split("[]")
