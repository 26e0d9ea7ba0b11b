"""The findings as records for JSON."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from hopscope.checks.result import Checked, fingerprint
from hopscope.renderers.printable import json as text

__all__ = ["SCHEMA", "FindingDocument", "finding_documents"]

SCHEMA = "hopscope-check/1"


class FindingDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of ``check``; unknown is null."""

    code: str
    severity: Literal["info", "warning", "error"]
    message: str
    advice: str | None
    source: str
    """As in the JSON of messages: the file, and behind a colon what stands in it."""
    file: str
    part: str | None
    """The message in the file, where that holds more than it."""
    line: int | None
    """Line in the file, where that is known."""
    hop: int | None
    fingerprint: str
    """The same in a later run, also where lines, hops and durations changed."""


def finding_documents(checked: Checked) -> Iterator[FindingDocument]:
    """The records of a message's findings."""
    for finding in checked.findings:
        yield FindingDocument(
            code=finding.code,
            severity=finding.severity.value,
            message=text(finding.message),
            advice=text(finding.advice) if finding.advice else None,
            source=text(checked.source),
            file=text(checked.file),
            part=text(checked.part) if checked.part else None,
            line=finding.line,
            hop=finding.hop,
            fingerprint=fingerprint(checked, finding),
        )
