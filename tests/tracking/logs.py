"""Tracking logs for tests, in all forms."""

import csv
import io
from collections.abc import Mapping, Sequence

_LOG = (
    "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,"
    "internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,"
    "related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,"
    "tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version"
)
LOG = _LOG.split(",")
"""The columns of Exchange 2016 and later."""
OF_2010 = [name for name in LOG[:27] if name != "network-message-id"]
"""The columns of Exchange 2010 SP3."""
_CMDLET = (
    "Timestamp,ClientHostname,ServerHostname,SourceContext,Source,EventId,MessageId,NetworkMessageId,Recipients,"
    "RecipientStatus,MessageInfo,MessageLatency,EventData"
)
CMDLET = _CMDLET.split(",")
EXTENDED = ["date_time_utc", *(name.replace("-", "_") for name in LOG[1:27])]
_SUMMARY = (
    "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,"
    "original_client_ip,directionality,connector_id,delivery_priority"
)
SUMMARY = _SUMMARY.split(",")
_TRACE = (
    "PSComputerName,RunspaceId,Organization,MessageId,Received,SenderAddress,RecipientAddress,Subject,Status,ToIP,"
    "FromIP,Size,MessageTraceId,StartDate,EndDate,Index"
)
TRACE = _TRACE.split(",")

HEAD = "#Software: Microsoft Exchange Server\r\n#Version: 15.02.1544.004\r\n#Log-type: Message Tracking Log\r\n"

Row = Mapping[str, str]


def table(columns: Sequence[str], *rows: Row, separator: str = ",") -> str:
    """A header row and rows."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([[row.get(column, "") for column in columns] for row in rows])
    return out.getvalue()


def log(*rows: Row, columns: Sequence[str] = LOG, head: str = HEAD) -> str:
    """A ``MSGTRK*.LOG``."""
    return f"{head}#Date: 2024-06-03T18:00:00.000Z\r\n#Fields: {table(columns, *rows)}"


def received(**cells: str) -> dict[str, str]:
    """A row of a RECEIVE event by SMTP; ``_`` in names of cells stands for ``-``."""
    return {
        "date-time": "2024-06-03T18:02:35.172Z",
        "client-hostname": "EX1.corp.example",
        "server-hostname": "EX2",
        "source-context": "08DC83E7A1B20C41;2024-06-03T18:02:35.043Z;0",
        "source": "SMTP",
        "event-id": "RECEIVE",
        "message-id": "<a@b.example>",
        "network-message-id": "3f1c8a52-9d04-4b7e-6a21-08dc83f4c1b2",
        "recipient-address": "bob@corp.example",
        **{name.replace("_", "-"): cell for name, cell in cells.items()},
    }


def exported(timestamp: str, **cells: str) -> dict[str, str]:
    """A row of Get-MessageTrackingLog."""
    return {"Timestamp": timestamp, "EventId": "RECEIVE", "Source": "SMTP", "MessageId": "<a@b.example>", **cells}


_TEXTS = (log(received()), table(CMDLET, exported("3/6/2024 2:02:35 PM")), ",".join(LOG))
_SIGNS = b'"|,|;|\r\n|\n|\r|#Fields: |#Version: 14|\0|\xff|\xef\xbb\xbf|\xff\xfe|{LED=|[|]|##|S:|System.|<a@b.example>'
PIECES = [*(text.encode() for text in _TEXTS), *_SIGNS.split(b"|")]
"""Parts of logs, and bytes that have a meaning in them."""
