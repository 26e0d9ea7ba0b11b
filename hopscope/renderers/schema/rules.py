"""The JSON records of ``hopscope rules``."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from hopscope.checks.catalogue import Entry
from hopscope.renderers.schema.message import SCHEMA, Version

__all__ = ["RuleDocument", "RulesDocument", "rule_document", "rules_document"]


class RuleDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A rule or check."""

    code: str
    name: str
    severities: Annotated[
        tuple[str, ...], Meta(description="Severities of its findings, worst first; settings may change them.")
    ]
    needs_setting: Annotated[bool, Meta(description="Whether it finds nothing without a setting.")]
    summary: str
    explanation: tuple[str, ...]


class RulesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule and check."""

    schema: Version
    rules: tuple[RuleDocument, ...]


def rules_document(entries: Iterable[Entry]) -> RulesDocument:
    """The record of the list of rules."""
    return RulesDocument(schema=SCHEMA, rules=tuple(map(rule_document, entries)))


def rule_document(entry: Entry) -> RuleDocument:
    """The record of a rule or check."""
    return RuleDocument(
        code=entry.code,
        name=entry.name,
        severities=tuple(severity.value for severity in entry.severities),
        needs_setting=entry.setting,
        summary=entry.summary,
        explanation=entry.explanation,
    )
