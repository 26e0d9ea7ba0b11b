"""JSON Lines: one object per finding."""

from collections.abc import Iterable, Iterator

import msgspec

from hopscope.checks.result import Checked
from hopscope.model import Severity
from hopscope.renderers.schema.findings import finding_documents
from hopscope.renderers.text.escape import json_document

__all__ = ["document", "message"]


def message(checked: Checked, fails_from: Severity) -> str:  # noqa: ARG001 - one signature for all
    """A line per finding."""
    return "".join(f"{json_document(msgspec.json.encode(finding))}\n" for finding in finding_documents(checked))


def document(messages: Iterable[str]) -> Iterator[str]:
    """The lines, message by message."""
    yield from messages
