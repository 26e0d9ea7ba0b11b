"""JSON records of the list of rules."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hopscope.renderers.schema.message import Version

__all__ = ["RuleDocument", "RulesDocument"]


class RuleDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A rule or check."""

    code: str
    name: str
    severities: Annotated[
        tuple[str, ...], Meta(description="Those that its findings may have, worst first; settings may change them.")
    ]
    needs_setting: Annotated[bool, Meta(description="Whether it finds nothing without a setting.")]
    summary: str
    explanation: tuple[str, ...]


class RulesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule and check."""

    schema: Version
    rules: tuple[RuleDocument, ...]
