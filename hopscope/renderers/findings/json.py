"""JSON: one object with all findings, and the counts behind them."""

from collections.abc import Iterable, Iterator

import msgspec

from hopscope.checks.result import Checked
from hopscope.model import Severity
from hopscope.renderers.findings import fails
from hopscope.renderers.schema.findings import finding_documents
from hopscope.renderers.schema.message import SCHEMA
from hopscope.renderers.text.escape import json_document

__all__ = ["findings"]


def findings(checked: Iterable[Checked], fails_from: Severity) -> Iterator[str]:
    """The object; written as the messages come, so that any number fits into memory."""
    messages, counts, failed = 0, dict.fromkeys(Severity, 0), False
    yield f'{{\n  "schema": "{SCHEMA}",\n  "findings": ['
    separator = "\n"
    for each in checked:
        messages += each.messages
        for document in finding_documents(each):
            severity = Severity(document.severity)
            counts[severity] += 1
            failed |= fails(severity, fails_from)
            yield f"{separator}    {json_document(msgspec.json.encode(document))}"
            separator = ",\n"
    told = "".join(f'  "{name}": {count},\n' for name, count in counts.items())
    yield f'\n  ],\n  "messages": {messages},\n{told}  "failed": {str(failed).lower()}\n}}\n'
