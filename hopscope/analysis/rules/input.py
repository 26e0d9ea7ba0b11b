"""HOP3xx: what is wrong with the input."""

from collections.abc import Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.rules.rule import Rule
from hopscope.model import Finding, Severity

__all__ = ["RULES", "defective", "repaired"]


def repaired(context: MessageContext) -> Iterator[Finding]:
    """HOP301: the input was damaged and was repaired before it was read."""
    if context.route.repairs:
        done = "; ".join(repair.message for repair in context.route.repairs)
        message = f"The input was repaired before it was read: {done}."
        yield Finding(code="HOP301", severity=Severity.INFO, message=message, source=context.route.source)


def defective(context: MessageContext) -> Iterator[Finding]:
    """HOP302: something in the input is against its grammar.

    Text in a Received field that belongs to no clause does not count: it is harmless, and whole mail systems write it
    (ZMailer's `convert rfc822-to-8bit`).
    """
    defects = [*context.route.defects, *(defect for hop in context.route.hops for defect in hop.stamp.defects)]
    if count := sum(defect.code not in _HARMLESS for defect in defects):
        counted, them = ("1 defect", "it") if count == 1 else (f"{count} defects", "them")
        besides = ", besides text that belongs to no clause" if count < len(defects) else ""
        message = f"{counted} in the header fields{besides}; --defects lists {them}."
        yield Finding(code="HOP302", severity=Severity.INFO, message=message, source=context.route.source)


_HARMLESS = {"additional-text"}
"""Codes of defects that are worth no finding."""

RULES = (
    Rule("HOP301", (Severity.INFO,), "repaired", {Fact.REPAIRED}, repaired),
    Rule("HOP302", (Severity.INFO,), "defective", {Fact.DEFECT}, defective),
)
"""The family, in the order of the codes."""
