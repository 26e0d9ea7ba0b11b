"""HOP3xx: damaged or invalid input."""

from collections.abc import Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.facts import Fact
from hopscope.analysis.rules import next_steps
from hopscope.analysis.rules.finding import listed
from hopscope.analysis.rules.rule import Rule
from hopscope.model import Finding, Severity

__all__ = ["NO_VIOLATIONS", "RULES", "defective", "repaired", "unread", "without_received"]


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
            checks=("Read the message from a file instead of a paste if a hop looks wrong.",),
            source=context.route.source,
        )


def defective(context: MessageContext) -> Iterator[Finding]:
    """HOP302: The header fields violate the syntax of RFC 5322 or RFC 5321.

    Names the first kinds of violations with their lines; `hopscope show --defects` lists all. Text in a Received field
    that belongs to no clause is not counted: it is harmless, and some mail systems always write it (ZMailer's `convert
    rfc822-to-8bit`).
    """
    defects = [*context.route.defects, *(defect for hop in context.route.hops for defect in hop.stamp.defects)]
    violations = [defect for defect in defects if defect.code not in _HARMLESS]
    if violations:
        count = len(violations)
        kinds: dict[str, list[int]] = {}
        for defect in sorted(violations, key=lambda defect: defect.line or 0):
            kinds.setdefault(defect.message.partition(": ")[0], []).extend([defect.line] if defect.line else [])
        yield Finding(
            code="HOP302",
            severity=Severity.INFO,
            message=(
                f"{count} RFC 5322/5321 syntax violation{'s' * (count > 1)}: "
                f"{listed([f'{kind}{_lines(lines)}' for kind, lines in kinds.items()])}."
            ),
            cause="Consistent with a mail system that writes nonstandard fields, or with fields changed on the path.",
            checks=(next_steps.hopscope(context, "show --defects", "it lists each with its line"),),
            source=context.route.source,
        )


def unread(context: MessageContext) -> Iterator[Finding]:
    """HOP303: Received fields of the input are in no hop of the message.

    They are below the header, as in an attached message, or in another message of the same paste. Their number and
    position are named, so that no message is left out silently.
    """
    for defect in context.route.defects:
        if defect.code == "received-unread":
            count, _, position = defect.message.partition(": ")
            yield Finding(
                code="HOP303",
                severity=Severity.INFO,
                message=f"{count}.",
                cause=f"{'It is' if count.startswith('1 ') else 'They are'} {position}.",
                checks=_how_to_read(context, position),
                source=context.route.source,
            )


def without_received(context: MessageContext) -> Iterator[Finding]:
    """HOP304: The header has no Received field, so the path of the message is missing.

    Results of authentication, signatures and what Exchange found are shown, but no hop shows which server wrote them:
    anyone may have. Not reported for a report, as it need not return the header of its message.

    Example: only the Authentication-Results field of a message was pasted.
    """
    if not context.route.hops and not context.route.delivery_status:
        yield Finding(
            code="HOP304",
            severity=Severity.INFO,
            message="No Received field: the path is missing, and nothing shows who wrote the other fields.",
            cause="Consistent with a part of a header, or with a message that was not sent, such as a draft.",
            checks=("Read the whole header of the message, from its first line on.",),
            source=context.route.source,
        )


def _how_to_read(context: MessageContext, position: str) -> tuple[str, ...]:
    """Checks: how to read the fields that were not read."""
    if position.startswith("in the header of the report"):
        return (next_steps.hopscope(context, "show --attached", "it also shows the path of the report"),)
    command = next_steps.hopscope(context, "show --attached", "it reads attached messages")
    attached = f"If the message is attached: {command[0].lower()}{command[1:]}"
    return attached, "Read each message from its own file if the input has several."


def _lines(lines: list[int]) -> str:
    """`` (line 9)``, `` (lines 1, 6 and 2 more)``; empty without lines."""
    return f" (line{'s' * (len(lines) > 1)} {listed(list(map(str, lines)))})" if lines else ""


NO_VIOLATIONS = frozenset({"received-unread", "mbox-from-line"})
"""Codes of defects that violate no syntax: text that was not read, which HOP303 or a note reports."""
_HARMLESS = NO_VIOLATIONS | {"additional-text"}
"""Codes of defects that are not counted."""

RULES = (
    Rule("HOP301", (Severity.INFO,), "Repaired input", {Fact.REPAIRED}, repaired),
    Rule("HOP302", (Severity.INFO,), "Syntax violations in the header", {Fact.DEFECT}, defective),
    Rule("HOP303", (Severity.INFO,), "Received fields that were not read", {Fact.DEFECT}, unread),
    Rule("HOP304", (Severity.INFO,), "No Received field", {Fact.WITHOUT_PATH}, without_received),
)
"""The family, in the order of the codes."""
