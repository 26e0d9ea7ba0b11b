"""HOP3xx: damaged or invalid input."""

from collections.abc import Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.rules.rule import Rule
from hopscope.model import Finding, Severity

__all__ = ["RULES", "defective", "repaired"]


def repaired(context: MessageContext) -> Iterator[Finding]:
    """HOP301: The input was damaged and was repaired before parsing.

    Pasted headers often lose line breaks, indentation or characters. The repairs are listed in the JSON output.
    """
    repairs = context.route.repairs
    if repairs:
        yield Finding(
            code="HOP301",
            severity=Severity.INFO,
            message=f"{len(repairs)} repair{'s' * (len(repairs) > 1)} made to damaged input before parsing.",
            cause=f"Repaired: {'; '.join(repair.message for repair in repairs)}.",
            source=context.route.source,
        )


def defective(context: MessageContext) -> Iterator[Finding]:
    """HOP302: The header fields violate the syntax of RFC 5322 or RFC 5321.

    Text in a Received field that belongs to no clause is not counted: it is harmless, and some mail systems always
    write it (ZMailer's `convert rfc822-to-8bit`).
    """
    defects = [*context.route.defects, *(defect for hop in context.route.hops for defect in hop.stamp.defects)]
    if count := sum(defect.code not in _HARMLESS for defect in defects):
        counted, them = ("1 syntax violation", "it") if count == 1 else (f"{count} syntax violations", "them")
        uncounted = ", not counting text outside any clause" if count < len(defects) else ""
        message = f"{counted} (RFC 5322, RFC 5321) in the header fields{uncounted}; --defects lists {them}."
        yield Finding(code="HOP302", severity=Severity.INFO, message=message, source=context.route.source)


_HARMLESS = {"additional-text"}
"""Codes of defects that are not counted."""

RULES = (
    Rule("HOP301", (Severity.INFO,), "Repaired input", {Fact.REPAIRED}, repaired),
    Rule("HOP302", (Severity.INFO,), "Syntax violations in the header", {Fact.DEFECT}, defective),
)
"""The family, in the order of the codes."""
