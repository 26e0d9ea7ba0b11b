"""DeliveryStatus -> the same with an explanation of its error, from ``data/error_strings.tsv``."""

import re

from msgspec.structs import replace

from hopscope.classifier import builds, error_strings
from hopscope.classifier.error_rows import with_errors_of_vendor
from hopscope.model import DeliveryAction, DeliveryStatus, Explanation

__all__ = ["explained"]

_REGISTERED = "registered"
"""The confidence of an explanation that has no more than the registered meaning of the code."""


def explained(status: DeliveryStatus) -> DeliveryStatus:
    """The status with the explanation of its diagnostic and of the last error in it, or else of its code.

    A message that was delivered needs no explanation.
    """
    if status.action is not None and not status.is_undelivered:
        return status
    meanings = error_strings.explain_reply(status.diagnostic or "")
    if not any(meaning.codes or meaning.confidence != _REGISTERED for meaning in meanings):
        meanings = error_strings.explain_reply(status.status or "") or meanings
    if status.action is DeliveryAction.DELAYED:  # 4.4.7 is also the code of an expiry
        meanings = tuple(meaning for meaning in meanings if not _is_expiry(meaning))
    known = [meaning for meaning in meanings if meaning.confidence != _REGISTERED]
    if not known and not meanings:
        return status
    first, *others = known or meanings
    cause = others[-1] if others and "; last error: " in (status.diagnostic or "") else None
    explanation = _joined(first, cause) if cause else first
    if explanation.confidence == _REGISTERED and explanation.codes and status.remote_mta:
        explanation = with_errors_of_vendor(explanation, status.remote_mta)
    checks = explanation.checks
    if status.reporting_mta and builds.is_online_host(status.reporting_mta.lower()):
        checks = _in_exchange_online(checks)
    return replace(status, explanation=replace(explanation, checks=tuple(_filled(check, status) for check in checks)))


def _is_expiry(explanation: Explanation) -> bool:
    words = explanation.meaning if explanation.confidence == _REGISTERED else explanation.text
    return "expired" in words.lower()


_OF_SENDING_SERVER = re.compile(
    r"(?:Get|Retry)-Queue\b|-SendConnector\b|TransportService\b|network adapter|on the sending server|"
    r"whether MSExchange\w+ runs|outbound port 25|SmtpSend protocol log"
)
"""A check of the server that sent the message, which is not possible in Exchange Online."""
_ONLINE_CHECKS = (
    "Get-MessageTraceV2 and Get-MessageTraceDetailV2: the events of the message, and the last error",
    "Get-OutboundConnector | Format-List Name,RecipientDomains,SmartHosts: whether a connector routes the domain",
    "Resolve-DnsName DOMAIN -Type MX: whether the MX record names the right server",
)


def _in_exchange_online(checks: tuple[str, ...]) -> tuple[str, ...]:
    """The checks if Exchange Online sent the message: its own in place of those of an on-premises server."""
    possible = tuple(check for check in checks if not _OF_SENDING_SERVER.search(check))
    return checks if possible == checks else tuple(dict.fromkeys((*_ONLINE_CHECKS, *possible)))


_SAFE_HOST = re.compile(r"(?!-)[A-Za-z0-9._-]{1,255}")
_SAFE_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,250}")
"""A report is hostile text and a check is pasted into PowerShell, so other values are not filled in."""


def _filled(check: str, status: DeliveryStatus) -> str:
    """The check with the reporting server, the recipient or its domain in place of the parameter of a cmdlet."""
    server, recipient = status.reporting_mta or "", status.recipient or ""
    if _SAFE_HOST.fullmatch(server) and not builds.is_online_host(server.lower()):
        check = check.replace("Get-Queue -Server SERVER", f"Get-Queue -Server {server}")
    if _SAFE_ADDRESS.fullmatch(recipient):
        domain = recipient.rpartition("@")[2]
        check = check.replace("Get-Recipient ADDRESS", f"Get-Recipient {recipient}")
        check = check.replace("Get-AcceptedDomain DOMAIN", f"Get-AcceptedDomain {domain}")
        check = check.replace("Resolve-DnsName DOMAIN -Type MX", f"Resolve-DnsName {domain} -Type MX")
    return check


def _joined(first: Explanation, cause: Explanation) -> Explanation:
    return replace(
        first,
        at_fault=cause.at_fault or first.at_fault,
        meaning=f"{first.meaning} Last error: {cause.meaning}",
        checks=tuple(dict.fromkeys((*cause.checks, *first.checks))),
        sources=tuple(dict.fromkeys((*first.sources, *cause.sources))),
    )
