"""The JSON records of ``hopscope check``."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hopscope.checks.result import Checked, fingerprint
from hopscope.renderers.schema.message import SCHEMA, Version
from hopscope.renderers.text.escape import json as text

__all__ = ["CheckDocument", "CheckedFindingDocument", "finding_documents"]


class CheckedFindingDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of a message that was checked."""

    schema: Version
    code: str
    severity: Literal["info", "warning", "error"]
    message: str
    cause: Annotated[str | None, Meta(description="Likely cause; null if unknown.")]
    checks: Annotated[tuple[str, ...], Meta(description="What to check next, one step each.")]
    detail: Annotated[tuple[str, ...], Meta(description="Details, one line each.")]
    source: Annotated[str, Meta(description="The message: its file, and after a colon its position in the file.")]
    file: Annotated[str, Meta(description="Relative to the current folder if it is inside that folder.")]
    part: Annotated[str | None, Meta(description="The message in the file; null if the file has only one.")]
    line: Annotated[
        int | None, Meta(description="Line of the file; null if unknown, or if the finding concerns no line.")
    ]
    hop: int | None
    fingerprint: Annotated[
        str, Meta(description="Stable identifier; unchanged if only lines, hops, times or builds differ.")
    ]


class CheckDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of all messages that were checked, and how many there are."""

    schema: Version
    findings: tuple[CheckedFindingDocument, ...]
    messages: int
    info: int
    warning: int
    error: int
    failed: Annotated[bool, Meta(description="Whether any finding is of a severity that fails.")]


def finding_documents(checked: Checked) -> Iterator[CheckedFindingDocument]:
    """The records of a message's findings."""
    for finding in checked.findings:
        yield CheckedFindingDocument(
            schema=SCHEMA,
            code=finding.code,
            severity=finding.severity.value,
            message=text(finding.message),
            cause=text(finding.cause) if finding.cause else None,
            checks=tuple(map(text, finding.checks)),
            detail=tuple(map(text, finding.detail)),
            source=text(checked.source),
            file=text(checked.file),
            part=text(checked.part) if checked.part else None,
            line=finding.line,
            hop=finding.hop,
            fingerprint=fingerprint(checked, finding),
        )
