"""Checks of findings: cmdlets and commands with their arguments filled in, for servers that the reader can check.

Exchange servers on-premises get cmdlets, Exchange Online a message trace, and any other mail system its administrator.
If it is unknown whether a server is the reader's, its checks say so. A header is hostile text and a check is pasted
into PowerShell, so an argument with any character outside a safe set is left out.

Source of the cmdlets: Microsoft Docs, Exchange PowerShell; of w32tm: Microsoft Docs, Windows Time service tools.
"""

import re
from functools import cache, lru_cache

from hopscope.analysis.context import MessageContext
from hopscope.data import table
from hopscope.model import Hop

__all__ = [
    "ask",
    "ask_host",
    "cipher_suites",
    "clock",
    "connectors",
    "database_copies",
    "exchange_server",
    "hopscope",
    "inbox_rules",
    "is_microsofts",
    "is_on_premises",
    "is_safe_host",
    "message_trace",
    "on_server",
    "queues",
    "send_connectors",
    "tenant",
    "time_zone",
    "tls_versions",
    "tracking",
    "transport_service",
]

_HOST = re.compile(r"(?!-)[A-Za-z0-9._-]{1,255}")
_MESSAGE_ID = re.compile(r"<?[A-Za-z0-9.!#*+/=?^_{}~@:\[\]-]{1,250}>?")
"""Inside double quotes PowerShell gives a meaning to a double quote of any script, a backtick and ``$`` only."""
_FILE = re.compile(r"(?!-)[\w./\\-]{1,200}", re.ASCII)
"""A path that every shell takes as it is; a colon and a number would name a message of a mailbox."""
_MAILBOX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9.-]{1,250}")

_BEFORE_2013 = {"2007", "2010"}


def is_on_premises(hop: Hop) -> bool:
    """Whether the hop was received by an Exchange server that is not one of Microsoft's mail services."""
    return hop.mark is not None and not is_microsofts(hop)


def is_microsofts(hop: Hop) -> bool:
    """Whether the server belongs to one of Microsoft's mail services, such as Exchange Online or Outlook.com."""
    return hop.label.is_online or _is_microsofts_host(hop.server)


def on_server(context: MessageContext, hop: Hop, *checks: str) -> tuple[str, ...]:
    """The checks of an on-premises Exchange server.

    If it is unknown whose server it is, each check starts with "If ... is yours"; none if it is a stranger's.
    """
    own = context.is_own(hop)
    if own is False or not is_on_premises(hop):
        return ()
    server = _host(context, hop) or f"the server of hop {hop.number}"
    return checks if own else tuple(f"If {server} is yours: {_continued(check)}" for check in checks)


def tenant(context: MessageContext, hop: Hop, *checks: str) -> tuple[str, ...]:
    """The checks of the Exchange Online tenant of a hop, with the condition that it is the reader's where unknown."""
    if context.is_own(hop):
        return checks
    return tuple(f"If the Exchange Online tenant of hop {hop.number} is yours: {_continued(check)}" for check in checks)


def _continued(check: str) -> str:
    """The check after a colon: a sentence in lower case, a cmdlet as it is."""
    return check if re.match("[A-Z][a-z]+-", check) else f"{check[:1].lower()}{check[1:]}"


def tracking(context: MessageContext, hop: Hop, event: str = "") -> tuple[str, ...]:
    """Where the server of a hop records the message: the tracking log, or a message trace; nothing if it was read.

    Args:
        context: The message.
        hop: A hop.
        event: The event of the tracking log to look for, such as ``DEFER``.
    """
    if context.tracking and (tracked := context.tracking.hop(hop.number)) and tracked.events:
        return ()
    if is_microsofts(hop):
        return message_trace(context, hop)
    filters = f"{_message_id(context)}{f' -EventId {event}' if event else ''}"
    return on_server(context, hop, f"Get-MessageTrackingLog{_server(context, hop)}{filters}") or ask(context, hop)


def message_trace(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """The message in Exchange Online."""
    message_id = _message_id(context)
    return tenant(context, hop, f"Get-MessageTraceV2{message_id}" if message_id else "Run a message trace.")


def queues(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """The queues of an on-premises server and their last errors."""
    return on_server(context, hop, f"Get-Queue{_server(context, hop)} | Format-List Identity, Status, LastError")


def connectors(context: MessageContext, hop: Hop, *properties: str) -> tuple[str, ...]:
    """These properties of the Receive connectors of an on-premises server."""
    listed = ", ".join(("Name", *properties))
    return on_server(context, hop, f"Get-ReceiveConnector{_server(context, hop)} | Format-List {listed}")


def send_connectors(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """The Send connectors of the organisation of an on-premises server."""
    return on_server(context, hop, "Get-SendConnector | Format-List Name, AddressSpaces, SmartHosts")


def transport_service(context: MessageContext, hop: Hop, *properties: str) -> tuple[str, ...]:
    """These properties of the Transport service of an on-premises server."""
    cmdlet = "Get-TransportServer" if hop.label.generation in _BEFORE_2013 else "Get-TransportService"
    return on_server(context, hop, _listed(context, cmdlet, hop, properties))


def exchange_server(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """The version of an on-premises server."""
    properties = ("Name", "Edition", "AdminDisplayVersion")
    return on_server(context, hop, _listed(context, "Get-ExchangeServer", hop, properties))


def database_copies(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """The mailbox databases of an on-premises server."""
    is_mounted = "was the mailbox database mounted?"
    return on_server(context, hop, f"Get-MailboxDatabaseCopyStatus{_server(context, hop)}: {is_mounted}")


def clock(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """The time source of the server of a hop; nothing for Exchange Online."""
    host = _host(context, hop)
    computer = f" /computer:{host}" if host else ""
    return on_server(context, hop, f"w32tm /query{computer} /status /verbose") or ask(
        context, hop, "to check its clock"
    )


def time_zone(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """The time zone of the server of a hop; nothing for Exchange Online."""
    request = "to check its time zone and daylight saving time"
    return on_server(context, hop, _remote(context, hop, "Get-TimeZone")) or ask(context, hop, request)


def tls_versions(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """Where the TLS versions of an on-premises server are set."""
    protocols = r"HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"
    return on_server(context, hop, _remote(context, hop, f"Get-ChildItem {protocols} -Recurse"))


def cipher_suites(context: MessageContext, hop: Hop) -> tuple[str, ...]:
    """The cipher suites of an on-premises server."""
    return on_server(context, hop, _remote(context, hop, "Get-TlsCipherSuite"))


def hopscope(context: MessageContext, arguments: str, purpose: str) -> str:
    """A command of hopscope on the file of the message, and what it is for."""
    source = context.route.source
    file = f" {source}" if source != "-" and _FILE.fullmatch(source) else ""
    return f"Run hopscope {arguments}{file}: {purpose}."


def inbox_rules(mailbox: str) -> str:
    """The inbox rules of a mailbox that forward or redirect."""
    if not _MAILBOX.fullmatch(mailbox):
        return "If that mailbox is yours: check its inbox rules."
    return f"If {mailbox} is yours: Get-InboxRule -Mailbox {mailbox} | Format-List Name, RedirectTo, ForwardTo"


def ask(context: MessageContext, hop: Hop, request: str = "for its log entries for this message") -> tuple[str, ...]:
    """A question to the administrator of the server of a hop.

    Nothing if the server has no name, is one of Exchange Online, or an Exchange server that may be the reader's.
    """
    is_other = not is_microsofts(hop) and (not is_on_premises(hop) or context.is_own(hop) is False)
    return ask_host(hop.written_server, request) if is_other else ()


def ask_host(host: str | None, request: str) -> tuple[str, ...]:
    """A question to the administrator of a host; none if its name is not one that others know it by."""
    first, _, domain = (host or "").rpartition(".")
    is_known = first and not domain.isdigit() and not first.lower().startswith("localhost")
    return (f"Ask the administrator of {host} {request}.",) if is_known and is_safe_host(host) else ()


def _listed(context: MessageContext, cmdlet: str, hop: Hop, properties: tuple[str, ...]) -> str:
    host = _host(context, hop)
    identity = f" -Identity {host}" if host else ""
    return f"{cmdlet}{identity} | Format-List {', '.join(properties)}"


def _remote(context: MessageContext, hop: Hop, command: str) -> str:
    host = _host(context, hop)
    return f"Invoke-Command -ComputerName {host} {{ {command} }}" if host else command


def _server(context: MessageContext, hop: Hop) -> str:
    host = _host(context, hop)
    return f" -Server {host}" if host else ""


def _host(context: MessageContext, hop: Hop) -> str | None:
    """The name of the server of an Exchange hop, for a cmdlet; ``None`` if it has none that is safe there.

    Front End Transport records the FQDN of its Receive connector after `by`, and sends to Transport by the name of the
    server; the address of both is the same. Nothing shows that for a hop that may be forged.
    """
    next_hop = context.route.hops[hop.number] if hop.number < len(context.route.hops) else None
    host = hop.written_server
    is_claim = hop.number <= context.last_unlinked
    if next_hop is not None and next_hop.mark is not None and not is_claim and (by := hop.stamp.by_domain):
        sender = next_hop.stamp.from_domain
        if sender is not None and by.tcp_info.address and by.tcp_info.address == sender.tcp_info.address:
            host = next_hop.written_peer or host
    return host if is_safe_host(host) else None


def _message_id(context: MessageContext) -> str:
    message_id = context.route.message_id
    return f' -MessageId "{message_id}"' if message_id and _MESSAGE_ID.fullmatch(message_id) else ""


def is_safe_host(host: str | None) -> bool:
    """Whether a name is safe as an argument of a check."""
    return host is not None and _HOST.fullmatch(host) is not None


@lru_cache(maxsize=4096)
def _is_microsofts_host(host: str) -> bool:
    return f".{host}".endswith(_online_domains())


@cache
def _online_domains() -> tuple[str, ...]:
    return tuple(f".{row['domain']}" for row in table("online_hosts"))
