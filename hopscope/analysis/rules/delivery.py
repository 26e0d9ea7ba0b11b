"""HOP461: messages that were not delivered, according to a report."""

import re
from collections.abc import Iterator

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delivery import by_outcome, headline
from hopscope.analysis.facts import Fact
from hopscope.analysis.rules.rule import Rule
from hopscope.model import DeliveryAction, DeliveryStatus, Finding, Severity

__all__ = ["RULES", "as_check", "undelivered"]

_LONGEST = 110
"""Maximum characters of a message: a diagnostic of a remote server may be long."""
_COMMAND = re.compile(
    r"[A-Z][a-z]+-[A-Z]\w+|https?://|[\w.]+@|(?:openssl|repadmin|netsh|w32tm|setspn|exinext|hopscope) "
)
"""A command, an address to look up or one to write to."""
_ENDS_WITH_COMMAND = re.compile(r": [A-Z][a-z]+-[A-Z][^:]{1,200}$")
"""A cmdlet at the end of a check, which is to be copied: no full stop after it."""
_SENTENCE = re.compile(
    "(?:ask|compare|delete|e-mail|increase|move|nothing|or|remove|request|rerun|send|test|type|use) |"
    "(?:after|at|for|from|in|on) [^:]{1,80}: |on-premises: "
)
"""A check that is a sentence, or that starts with a condition; others name what to check."""


def undelivered(context: MessageContext) -> Iterator[Finding]:
    """HOP461: A report says that the message was not delivered, or is delayed.

    Checks for the delivery status of a report (RFC 3464), or for the text of a non-delivery report or delay notice. A
    failure is an error and a delay a warning. Recipients with the same outcome are reported together.

    Why it matters: the report names the server that generated it, and the error. The path ends at that server.

    Example: `Remote Server returned '554 5.4.14 Hop count exceeded - possible mail loop'`.
    """
    for group in by_outcome(context.route.delivery_status):
        if group[0].is_undelivered:
            yield _finding(group, context.route.source)  # of no hop: the reporting server added no Received field


def _finding(group: list[DeliveryStatus], source: str) -> Finding:
    status, explanation = group[0], group[0].explanation
    text = headline(status, f"{len(group)} recipients" if len(group) > 1 else status.recipient or "")
    return Finding(
        code="HOP461",
        severity=Severity.ERROR if status.action is DeliveryAction.FAILED else Severity.WARNING,
        message=f"{text.rstrip('.')}." if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}….",
        cause=explanation.meaning if explanation else None,
        checks=tuple(map(as_check, explanation.checks)) if explanation else (_first_step(status),),
        source=source,
    )


def _first_step(status: DeliveryStatus) -> str:
    """What to check if the error is in no table."""
    server = status.reporting_mta or "the reporting server"
    if status.action is DeliveryAction.DELAYED:
        return f"Check the queue on {server}: its last error gives the reason."
    remote = status.remote_mta or (status.recipient or "").rpartition("@")[2]
    return f"Ask the administrator of {remote} about the error." if remote else f"Check the log of {server}."


def as_check(check: str) -> str:
    """A check as an imperative sentence, or as a command."""
    if _COMMAND.match(check):
        return check
    sentence = f"{check[0].upper()}{check[1:]}" if _SENTENCE.match(check) else f"Check {check}"
    return sentence if _ENDS_WITH_COMMAND.search(sentence) else f"{sentence}."


RULES = (Rule("HOP461", (Severity.ERROR, Severity.WARNING), "Message not delivered", {Fact.UNDELIVERED}, undelivered),)
"""The family, in the order of the codes."""
