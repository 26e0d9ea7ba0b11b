"""JSON Lines: one object per finding."""

from collections.abc import Iterable, Iterator

import msgspec

from hopscope.checks.result import Checked
from hopscope.model import Severity
from hopscope.renderers.schema.findings import finding_documents
from hopscope.renderers.text.escape import json_document

__all__ = ["findings"]


def findings(checked: Iterable[Checked], fails_from: Severity) -> Iterator[str]:  # noqa: ARG001 - one signature for all
    """A line per finding."""
    for message in checked:
        for document in finding_documents(message):
            yield f"{json_document(msgspec.json.encode(document))}\n"
