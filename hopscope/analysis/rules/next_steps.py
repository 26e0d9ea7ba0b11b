"""Checks of findings: cmdlets and commands with their arguments filled in, for servers that the reader can look at.

Servers of Exchange on-premises get cmdlets, Exchange Online a message trace, and any other mail system its
administrator. A header is hostile text and a check is pasted into PowerShell, so an argument with any character
outside a safe set is left out.

Source of the cmdlets: Microsoft Docs, Exchange PowerShell; of w32tm: Microsoft Docs, Windows Time service tools.
"""

import re
from functools import cache, lru_cache

from hopscope.data import table
from hopscope.model import Hop

__all__ = [
    "ask",
    "clock",
    "connectors",
    "database_copies",
    "exchange_server",
    "is_on_premises",
    "message_trace",
    "queues",
    "time_zone",
    "tls_settings",
    "tracking",
    "transport_service",
]

_HOST = re.compile(r"(?!-)[A-Za-z0-9._-]{1,255}")
_MESSAGE_ID = re.compile(r"<?[A-Za-z0-9.!#*+/=?^_{}~@:\[\]-]{1,250}>?")
"""Inside double quotes PowerShell gives a meaning to a double quote of any script, a backtick and ``$`` only."""

_BEFORE_2013 = {"2007", "2010"}


def is_on_premises(hop: Hop) -> bool:
    """Whether the hop was received by an Exchange server that is not one of Exchange Online."""
    return hop.mark is not None and not hop.label.is_online and not _is_microsofts(hop.server)


def tracking(hop: Hop, message_id: str | None, event: str = "") -> tuple[str, ...]:
    """Where the server of a hop records the message: the tracking log, or a message trace.

    Args:
        hop: A hop.
        message_id: The Message-ID as written in the header, if any.
        event: The event of the tracking log to look for, such as ``DEFER``.
    """
    if not is_on_premises(hop):
        return (message_trace(message_id),) if _is_online(hop) else ask(hop)
    filters = f"{_message_id(message_id)}{f' -EventId {event}' if event else ''}"
    return (f"Get-MessageTrackingLog{_server(hop)}{filters}",)


def message_trace(message_id: str | None) -> str:
    """The message in Exchange Online."""
    return f"Get-MessageTraceV2{_message_id(message_id)}" if _message_id(message_id) else "Run a message trace."


def queues(hop: Hop) -> tuple[str, ...]:
    """The queues of an on-premises server and their last errors."""
    return (f"Get-Queue{_server(hop)} | Format-List Identity, Status, LastError",) if is_on_premises(hop) else ()


def connectors(hop: Hop, *properties: str) -> tuple[str, ...]:
    """These properties of the Receive connectors of an on-premises server."""
    listed = ", ".join(("Name", *properties))
    return (f"Get-ReceiveConnector{_server(hop)} | Format-List {listed}",) if is_on_premises(hop) else ()


def transport_service(hop: Hop, *properties: str) -> tuple[str, ...]:
    """These properties of the Transport service of an on-premises server."""
    cmdlet = "Get-TransportServer" if hop.label.generation in _BEFORE_2013 else "Get-TransportService"
    return (_listed(cmdlet, hop, properties),) if is_on_premises(hop) else ()


def exchange_server(hop: Hop) -> tuple[str, ...]:
    """The version of an on-premises server."""
    properties = ("Name", "Edition", "AdminDisplayVersion")
    return (_listed("Get-ExchangeServer", hop, properties),) if is_on_premises(hop) else ()


def database_copies(hop: Hop) -> tuple[str, ...]:
    """The mailbox databases of an on-premises server."""
    is_mounted = "was the mailbox database mounted?"
    return (f"Get-MailboxDatabaseCopyStatus{_server(hop)}: {is_mounted}",) if is_on_premises(hop) else ()


def clock(hop: Hop) -> tuple[str, ...]:
    """The time source of the server of a hop; nothing for Exchange Online."""
    if is_on_premises(hop):
        computer = f" /computer:{hop.written_server}" if _is_safe_host(hop.written_server) else ""
        return (f"w32tm /query{computer} /status /verbose",)
    return () if _is_online(hop) else ask(hop, "to check its clock")


def time_zone(hop: Hop) -> tuple[str, ...]:
    """The time zone of the server of a hop; nothing for Exchange Online."""
    if is_on_premises(hop):
        return (_remote(hop, "Get-TimeZone"),)
    return () if _is_online(hop) else ask(hop, "to check its time zone and daylight saving time")


def tls_settings(hop: Hop) -> tuple[str, ...]:
    """The cipher suites of an on-premises server, and where its TLS versions are set."""
    protocols = r"HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"
    if not is_on_premises(hop):
        return ()
    return _remote(hop, "Get-TlsCipherSuite"), _remote(hop, f"Get-ChildItem {protocols} -Recurse")


def ask(hop: Hop, request: str = "for its log of this message") -> tuple[str, ...]:
    """The administrator of the server of a hop, where that is named and not one of Exchange."""
    is_other = not is_on_premises(hop) and not _is_online(hop) and _is_safe_host(hop.written_server)
    return (f"Ask the administrator of {hop.written_server} {request}.",) if is_other else ()


def _listed(cmdlet: str, hop: Hop, properties: tuple[str, ...]) -> str:
    identity = f" -Identity {hop.written_server}" if _is_safe_host(hop.written_server) else ""
    return f"{cmdlet}{identity} | Format-List {', '.join(properties)}"


def _remote(hop: Hop, command: str) -> str:
    if not _is_safe_host(hop.written_server):
        return command
    return f"Invoke-Command -ComputerName {hop.written_server} {{ {command} }}"


def _server(hop: Hop) -> str:
    return f" -Server {hop.written_server}" if _is_safe_host(hop.written_server) else ""


def _message_id(message_id: str | None) -> str:
    return f' -MessageId "{message_id}"' if message_id and _MESSAGE_ID.fullmatch(message_id) else ""


def _is_safe_host(host: str | None) -> bool:
    return host is not None and _HOST.fullmatch(host) is not None


def _is_online(hop: Hop) -> bool:
    return hop.label.is_online or _is_microsofts(hop.server)


@lru_cache(maxsize=4096)
def _is_microsofts(host: str) -> bool:
    return f".{host}".endswith(_online_domains())


@cache
def _online_domains() -> tuple[str, ...]:
    return tuple(f".{row['domain']}" for row in table("online_hosts"))
