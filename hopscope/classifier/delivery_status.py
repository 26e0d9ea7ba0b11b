"""DeliveryStatus -> the same with an explanation of its error, from ``data/error_strings.tsv``.

The table explains an error to whoever runs the servers. A reader of a report runs neither Exchange Online, which may
have generated it, nor the server of the recipient, which may have replied: checks on these are replaced.
"""

import re

from msgspec.structs import replace

from hopscope.classifier import builds, error_strings, servers
from hopscope.classifier.error_rows import with_errors_of_vendor
from hopscope.data import table
from hopscope.model import DeliveryAction, DeliveryStatus, Explanation
from hopscope.parser.grammar import address

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
    if meanings and status.action is DeliveryAction.DELAYED:  # 4.4.7 is also the code of an expiry
        meanings = tuple(meaning for meaning in meanings if not _is_expiry(meaning)) or (_DELAY,)
    known = [meaning for meaning in meanings if meaning.confidence != _REGISTERED]
    if not known and not meanings:
        return status
    first, *others = known or meanings
    cause = others[-1] if others and "; last error: " in (status.diagnostic or "") else None
    explanation = _joined(first, cause) if cause else first
    if explanation.confidence == _REGISTERED and explanation.codes and status.remote_mta:
        explanation = with_errors_of_vendor(explanation, status.remote_mta)
    explanation = _of_remote_server(explanation, status)
    checks = explanation.checks
    if status.reporting_mta and builds.is_online_host(status.reporting_mta.lower()):
        checks = _in_exchange_online(checks)
        fault = explanation.at_fault and explanation.at_fault.partition("; the queue is")[0]
        meaning = explanation.meaning.replace("LastError of the queue gives", "The message trace gives")
        explanation = replace(explanation, at_fault=fault, meaning=meaning)
    return replace(status, explanation=replace(explanation, checks=tuple(_filled(check, status) for check in checks)))


_DELAY = Explanation(
    text="",
    codes=(),
    at_fault=None,
    meaning="A delay, not a failure: the message is still in the queue, and the server retries.",
    wrapper=False,
    checks=("the text after the code, and the host that sent it",),
    confidence=_REGISTERED,
    sources=("RFC 3464",),
)
"""The explanation of a delay whose code has no other meaning than that the message expired."""

_OF_RECEIVING_EXCHANGE = re.compile(r"Front End Transport(?!, as)|Receive connector|receiving Exchange server")
_ON_RECEIVING_EXCHANGE = re.compile(
    r"-(?:ReceiveConnector|ExchangeCertificate|Server\w+State|Service|AcceptedDomain|TransportService|Frontend\w+)\b"
    r"|MSExchange|SmtpReceive|Front End Transport|Application log|[Oo]n the receiving|nothing on-premises"
)


def _of_remote_server(explanation: Explanation, status: DeliveryStatus) -> Explanation:
    """The explanation of a reply by a server of others, which the reader cannot check and which may not be Exchange."""
    remote, service = status.remote_mta, explanation.at_fault or ""
    if not remote or not _OF_RECEIVING_EXCHANGE.search(service) or _is_own(remote, status.reporting_mta or ""):
        return explanation
    service = service.replace(" of the server that replied", "")
    name = f".{remote.lower().rstrip('.')}"
    software = f"; if it is Exchange: {service}"
    if builds.is_online_host(name[1:]):
        software = " (Exchange Online)"
    elif any(name.endswith(f".{row['domain']}") for row in table("error_vendors")):
        software = ""
    checks = (check for check in explanation.checks if not _ON_RECEIVING_EXCHANGE.search(check))
    return replace(
        explanation,
        at_fault=f"the server that replied, {remote}{software}",
        checks=tuple(dict.fromkeys((f"ask the administrator of {remote} about the error", *checks))),
    )


def _is_own(remote: str, reporting: str) -> bool:
    """Whether a server is of the organisation that generated the report: a name without a domain, or its domain."""
    remote = remote.lower()
    if builds.is_online_host(remote) or address(remote):
        return False
    return "." not in remote or servers.registered_domain(remote) == servers.registered_domain(reporting.lower())


def _is_expiry(explanation: Explanation) -> bool:
    words = explanation.meaning if explanation.confidence == _REGISTERED else explanation.text
    return "expired" in words.lower()


_OF_SENDING_SERVER = re.compile(
    r"(?:Get|Retry)-Queue\b|-SendConnector\b|TransportService\b|network adapter|on the sending server|"
    r"whether MSExchange\w+ runs|outbound port 25|SmtpSend protocol log|Send connector"
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
