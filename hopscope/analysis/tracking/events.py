"""What one event of a tracking log says: the service it is of, the reason it gives, and the servers it names.

Sources: Microsoft Docs, "Message tracking"; of DEFER and FAIL by agents, Microsoft, "A Note on Defer and Fail Event IDs
in Exchange 2010 Message Tracking Logs".
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from msgspec.structs import replace

from hopscope.data import table
from hopscope.model import Service, TrackingEvent

__all__ = [
    "CHANGES_RECIPIENTS",
    "ENDS",
    "SENDS",
    "by_status",
    "is_deferral",
    "is_failure",
    "is_resubmitted",
    "meaning",
    "outcome",
    "position_key",
    "reason",
    "receiver",
    "recipients",
    "servers_by_name",
    "service_of",
]

SENDS = frozenset({"SEND", "SENDEXTERNAL"})
"""The events of a message that was sent by SMTP."""
ENDS = SENDS | {"SUBMIT", "DELIVER", "DUPLICATEDELIVER", "FAIL", "DROP", "BADMAIL"}
"""The events after which the service no longer holds the message, for their recipients."""
CHANGES_RECIPIENTS = frozenset({"EXPAND", "REDIRECT", "RESOLVE"})
"""The events that replace ``related_recipient`` with the recipients."""
_SUBMISSION = frozenset(
    {"NOTIFYMAPI", "NOTIFYSHADOW", "CLIENTSUBMISSION", "SUBMIT", "SUBMITDEFER", "SUBMITFAIL", "THROTTLE"}
)
"""The events of Mailbox Transport Submission, or before 2013 of the Mail Submission service."""
_DELIVERY = frozenset({"DELIVER", "DUPLICATEDELIVER", "DELIVERFAIL", "PROCESSMEETINGMESSAGE"})
"""The events of Mailbox Transport Delivery, or before 2013 of Hub Transport."""
_STORE = "STOREDRIVER"
_FILES = (("MSGTRKMS", Service.MAPI_SUBMISSION), ("MSGTRKMD", Service.MAILBOX_TRANSPORT), ("MSGTRKMA", None))
"""The services whose log files have names of their own; MSGTRKMA is of moderation."""


def service_of(event: TrackingEvent) -> Service | None:
    """The service that logged an event; ``None`` if the event does not show it, as of a message trace.

    Exchange 2013 introduced network-message-id together with the services of Mailbox Transport; before, Hub Transport
    wrote the events of the store driver. On an Edge Transport server, Transport is the name of that service, too.
    """
    if event.source is None:
        return None
    name = event.position.replace("\\", "/").rpartition("/")[2].upper()
    for prefix, service in _FILES:
        if name.startswith(prefix):
            return service
    is_of_2013 = event.network_message_id is not None
    if event.source == _STORE:
        if event.event in _SUBMISSION or (event.event == "RECEIVE" and is_of_2013):
            return Service.MAPI_SUBMISSION
        if event.event in _DELIVERY:
            return Service.MAILBOX_TRANSPORT if is_of_2013 else Service.HUB_TRANSPORT
        if event.event == "RECEIVE":
            return Service.HUB_TRANSPORT
    return Service.TRANSPORT if is_of_2013 else Service.HUB_TRANSPORT


def is_deferral(event: TrackingEvent) -> bool:
    """Whether the event says that the message was deferred.

    A DEFER of an agent is not: a transport rule that adds a recipient returns the message to the categorizer at once.
    """
    return event.event in {"DEFER", "SUBMITDEFER", "RESUBMITDEFER"} and event.source != "AGENT"


def is_failure(event: TrackingEvent) -> bool:
    """Whether the event says that delivery to its recipients failed.

    A FAIL of an agent is not: a transport rule that redirects a message removes the original recipient.
    """
    return event.event in {"FAIL", "BADMAIL", "SUBMITFAIL"} and event.source != "AGENT"


def is_resubmitted(event: TrackingEvent) -> bool:
    """Whether Safety Net or shadow redundancy sent a message again; the RESUBMIT of a mailbox is a submission."""
    return event.event == "RESUBMIT" and event.source != _STORE


_COMPONENT = r"^([45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}) [A-Z]++;\s*+"
"""The component that wrote the error, between its code and its words: ``432 4.3.2 STOREDRV; mailbox server is ...``.

A name with dots is that of the error, as in ``550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found``."""
_LONGEST = 2_000
"""Maximum characters of a reason."""


def by_status(event: TrackingEvent) -> Iterable[TrackingEvent]:
    """The row of a summary report whose recipients have different statuses, as an event for each status."""
    if event.event or len(event.recipients) != len(event.recipient_status):
        return (event,)
    recipients_of: dict[str, list[tuple[str, str]]] = {}
    for recipient, status in zip(event.recipients, event.recipient_status, strict=True):
        recipients_of.setdefault(status.rpartition(",")[2].strip(), []).append((recipient, status))
    return [
        replace(
            event,
            event=name,
            recipients=tuple([recipient for recipient, _ in pairs]),
            recipient_status=tuple([status for _, status in pairs]),
        )
        for name, pairs in recipients_of.items()
    ]


def reason(event: TrackingEvent) -> str | None:
    """The reply or error that the event records, without the component; of an agent, its name. ``None`` without one.

    ``432 4.3.2 mailbox server is offline``, from ``432 4.3.2 STOREDRV; mailbox server is offline``.
    """
    text = event.reply or (event.source_context if event.source == "AGENT" else None)
    return re.sub(_COMPONENT, r"\1 ", text[:_LONGEST].strip()) or None if text else None


def recipients(event: TrackingEvent) -> frozenset[str]:
    """The recipients, in lower case."""
    return frozenset([recipient.lower() for recipient in event.recipients])


def receiver(event: TrackingEvent) -> str | None:
    """The server that a message was sent to; of HAREDIRECT, the holder of the copy: ``EX02=250 2.6.0 ...``."""
    if event.event != "HAREDIRECT":
        return event.server
    host, is_reply, _ = (event.source_context or "").partition("=")
    return host if is_reply and " " not in host else None


def servers_by_name(events: Iterable[TrackingEvent]) -> Mapping[str, str]:
    """One name for each server, as written first, by every name that events use, in lower case.

    The short name of a server stands for the FQDN that starts with it, if there is only one.
    """
    names: dict[str, str] = {}
    for event in events:
        for name in (event.logged_by, event.client, event.server, receiver(event)):
            if name and name.lower() not in names:
                names[name.lower()] = name
    full: dict[str, set[str]] = {}
    for name in names:
        short, dot, _ = name.partition(".")
        if dot:
            full.setdefault(short, set()).add(name)
    return {name: names[next(iter(full[name])) if len(full.get(name, ())) == 1 else name] for name in names}


_LONGEST_LINE = 15


def position_key(event: TrackingEvent) -> tuple[str, int]:
    """File and line of an event, for sorting."""
    file, _, line = event.position.rpartition(":")
    is_line = line.isascii() and line.isdigit() and len(line) <= _LONGEST_LINE
    return (file, int(line)) if is_line else (event.position, 0)


def meaning(event: TrackingEvent) -> str | None:
    """The documented meaning of an event; ``None`` if it is not in the table."""
    row = _row(event.event, event.source)
    return row["meaning"] if row else None


def outcome(event: TrackingEvent) -> str | None:
    """What an event says of its recipients, such as ``delivered``; ``None`` if it says nothing of them."""
    row = _row(event.event, event.source) or _row(event.event, None)
    return (row["outcome"] or None) if row else None


def _row(event: str, source: str | None) -> Mapping[str, str] | None:
    """The row of the table about an event of a source; without a source, that of any source, or else the first."""
    rows = _rows().get(event.upper(), ())
    fitting = (row for sources, row in rows if not sources or source in sources)
    return next(fitting, rows[0][1] if rows and source is None else None)


@cache
def _rows() -> dict[str, list[tuple[frozenset[str], Mapping[str, str]]]]:
    rows: dict[str, list[tuple[frozenset[str], Mapping[str, str]]]] = {}
    for row in table("tracking_events"):
        rows.setdefault(row["event"], []).append((frozenset(row["sources"].split()), row))
    return rows
