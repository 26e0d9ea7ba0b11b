"""What one event of a tracking log says: the service it is of, the reason it gives, and the servers it names.

Sources: Microsoft Docs, "Message tracking"; of DEFER and FAIL by agents, Microsoft, "A Note on Defer and Fail Event IDs
in Exchange 2010 Message Tracking Logs".
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from hopscope.data import table
from hopscope.model import Service, TrackingEvent

__all__ = [
    "ENDS",
    "is_deferral",
    "is_failure",
    "meaning",
    "next_attempt",
    "position_key",
    "reason",
    "receiver",
    "recipients",
    "servers_by_name",
    "service_of",
]

ENDS = frozenset({"SEND", "SUBMIT", "DELIVER", "DUPLICATEDELIVER", "FAIL", "DROP", "BADMAIL"})
"""The events after which the service no longer holds the message, for their recipients."""
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


_LAST_ERROR = r"\{LED=([^{}]*+)\}"
"""The last error of a recipient, as Exchange 2013 and later write it (observed)."""
_COMPONENT = r"^([245]\d\d[ -][245]\.\d{1,3}\.\d{1,3}) [A-Z][\w.]*+;\s*+"
"""The component that wrote the error, between its code and its words: ``432 4.3.2 STOREDRV; mailbox server is ...``."""
_KINDS = frozenset({"TO", "CC", "BCC"})
"""Values of recipient-status that only say in which field the recipient is."""
_NEXT_STATUS = r"[245]\d\d[ -]|\[|\{"
"""How the status of a recipient starts; any other part belongs to the status before, which has a semicolon."""
_LONGEST = 2_000
"""Maximum characters of a status that is searched."""


def reason(event: TrackingEvent) -> str | None:
    """Why the event happened: the first status of a recipient, or else the context; ``None`` if neither is logged.

    ``432 4.3.2 mailbox server is offline``, from ``{LED=432 4.3.2 STOREDRV; mailbox server is offline}``.
    """
    text = _first_status(event) or _context(event)
    if error := re.search(_LAST_ERROR, text):
        text = error[1].strip()
    return re.sub(_COMPONENT, r"\1 ", text) or None


_REPLY_IN_CONTEXT = r"(?:^|[;=]\s*+)([245]\d\d[ -].*)"
"""A reply after the number of the session, or the server: ``08DC83E7A1B20C47;250 2.0.0 OK;ClientSubmitTime:``."""


def _context(event: TrackingEvent) -> str:
    """The context of an event: of an SMTP session only the reply, without what Exchange adds to it."""
    text = (event.source_context or "")[:_LONGEST].strip()
    if reply := re.search(_REPLY_IN_CONTEXT, text):
        text = reply[1].partition(";ClientSubmitTime:")[0].strip()
    return text


def next_attempt(event: TrackingEvent) -> datetime | None:
    """When the next attempt after a deferral was planned, by the clock of the server; ``None`` if not logged."""
    if not is_deferral(event) or not event.message_info:
        return None
    try:
        time = datetime.fromisoformat(event.message_info[:_LONGEST_TIME].strip())
    except ValueError:
        return None
    return time if time.tzinfo else None


_LONGEST_TIME = 40


def _first_status(event: TrackingEvent) -> str:
    """The status of the first recipient that has one; statuses are separated by semicolons, and have some, too."""
    parts: list[str] = []
    length, depth = 0, 0
    for part in event.recipient_status:
        text = part.strip()
        if not text or text.upper() in _KINDS:
            continue
        if length > _LONGEST or (parts and depth <= 0 and re.match(_NEXT_STATUS, text)):
            break
        parts.append(text)
        length += len(text)
        depth += text.count("{") + text.count("[") - text.count("}") - text.count("]")
    return "; ".join(parts)[:_LONGEST]


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
    rows = _meanings().get(event.event.upper(), ())
    return next(
        (text for sources, text in rows if not sources or event.source is None or event.source in sources), None
    )


@cache
def _meanings() -> dict[str, list[tuple[frozenset[str], str]]]:
    meanings: dict[str, list[tuple[frozenset[str], str]]] = {}
    for row in table("tracking_events"):
        meanings.setdefault(row["event"], []).append((frozenset(row["sources"].split()), row["meaning"]))
    return meanings
