"""SARIF 2.1.0, the Static Analysis Results Interchange Format of OASIS, as required by GitHub code scanning.

A result without a line gets line 1, as GitHub rejects results without a region. The logical location names the message
inside the file.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from hopscope import __version__
from hopscope.checks.catalogue import Entry, entries
from hopscope.checks.result import Checked, fingerprint
from hopscope.model import Finding, Severity
from hopscope.renderers.text.escape import json_document, visible
from hopscope.renderers.text.finding import cause_and_checks

__all__ = ["document", "message"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def message(checked: Checked, fails_from: Severity) -> list[str]:  # noqa: ARG001 - one signature for all
    """A result per finding."""
    return [_encoded(_result(checked, finding)) for finding in checked.findings]


def document(messages: Iterable[list[str]]) -> Iterator[str]:
    """The log of one run; its results are written while the messages are read."""
    rules = [_rule(entry) for entry in entries()]
    driver = {"name": "hopscope", "version": __version__, "semanticVersion": __version__, "rules": rules}
    yield f'{{"$schema":"{_SCHEMA}","version":"2.1.0","runs":[{{"tool":{{"driver":{_encoded(driver)}}},"results":['
    separator = "\n"
    for results in messages:
        yield separator + ",\n".join(results) if results else ""
        separator = ",\n" if results else separator
    yield "\n]}]}\n"


def _rule(entry: Entry) -> dict[str, Any]:
    """A reportingDescriptor (section 3.49)."""
    summary = f"{entry.summary[:1].upper()}{entry.summary[1:]}"
    return {
        "id": entry.code,
        "name": "".join(part.capitalize() for part in re.findall("[A-Za-z0-9]+", entry.name)),
        "shortDescription": {"text": summary},
        "fullDescription": {"text": " ".join((summary, *entry.explanation))},
        "help": {"text": "\n\n".join((summary, *entry.explanation))},
        "defaultConfiguration": {"level": _LEVELS[entry.severities[0]] if entry.severities else "warning"},
    }


def _result(checked: Checked, finding: Finding) -> dict[str, Any]:
    """A result (section 3.27)."""
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(checked.file)},
            "region": {"startLine": finding.line or 1},
        }
    }
    if checked.part:
        location["logicalLocations"] = [{"fullyQualifiedName": visible(checked.source)}]
    return {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join(map(_text, (finding.message, *cause_and_checks(finding))))},
        "locations": [location],
        "partialFingerprints": {"hopscopeFinding/v1": fingerprint(checked, finding)},
    }


def _text(text: str) -> str:
    """Text of a message in which links are disabled (section 3.11.6)."""
    return visible(text).replace("](", "] (")


def _uri(file: str) -> str:
    """A relative reference, or a file URI for an absolute path."""
    path = quote(file.encode("utf-8", "surrogateescape"), safe="/")
    if file.startswith("/"):
        return f"file://{path}"
    return path if ":" not in file.partition("/")[0] else f"./{path}"


def _encoded(document: dict[str, Any]) -> str:
    return json_document(msgspec.json.encode(document))
