"""JSON: one object with all findings, followed by the counts."""

from collections.abc import Iterable, Iterator

import msgspec

from hopscope.checks.result import Checked
from hopscope.model import Severity
from hopscope.renderers.findings import fails
from hopscope.renderers.schema.findings import CheckDocument, finding_documents
from hopscope.renderers.schema.message import SCHEMA
from hopscope.renderers.text.escape import json_document
from hopscope.renderers.text.json_values import indented

__all__ = ["findings"]


def findings(checked: Iterable[Checked], fails_from: Severity) -> Iterator[str]:
    """The object, written while the messages are read, so that memory does not limit their number."""
    messages, counts, failed = 0, dict.fromkeys(Severity, 0), False
    head, _ = _parts(messages, counts, failed=failed)
    yield f"{head}["
    separator = "\n"
    for message in checked:
        messages += message.messages
        for document in finding_documents(message):
            severity = Severity(document.severity)
            counts[severity] += 1
            failed |= fails(severity, fails_from)
            yield f"{separator}    {json_document(msgspec.json.encode(document))}"
            separator = ",\n"
    _, tail = _parts(messages, counts, failed=failed)
    yield f"\n  ]{tail}"


def _parts(messages: int, counts: dict[Severity, int], *, failed: bool) -> list[str]:
    """The JSON text before and after the findings."""
    by_name = {severity.value: count for severity, count in counts.items()}
    return indented(CheckDocument(schema=SCHEMA, findings=(), messages=messages, **by_name, failed=failed)).split("[]")
