"""A row of a tracking log or message trace as a :class:`~hopscope.model.TrackingEvent`. Never raises."""

import csv
import re
from datetime import UTC, datetime
from typing import Any

from hopscope.model import TrackingEvent
from hopscope.tracking import times
from hopscope.tracking.forms import Form
from hopscope.tracking.writers import logged_by

__all__ = ["LOST", "cells", "custom_data", "event", "named", "split_statuses", "time", "values"]

LOST = "System."
"""How the name of a type starts that Export-Csv writes in place of several values: ``System.String[]``."""
_MAX_NUMBER = 18
"""Maximum digits of a size."""
_MAX_PAIRS = 1000
"""Maximum names and values of ``custom-data``."""
_STATUS = re.compile(r";(?=\s?(?:[245][0-9]{2}[ -]|\[\{|(?:To|Cc|Bcc|Unknown)(?:;|$)))")
"""Before the status of the next recipient: the text of a status may have semicolons."""
_ERROR, _END = "{LED=", "};{"
"""The last error of a recipient: ``[{LED=432 4.3.2 ...};{MSG=};{FQDN=...};{IP=...};{LRT=...}]``."""
_REPLY = re.compile(r"(?:^|[;=])\s?([245][0-9]{2}[ -][^\n]*+)")


def values(row: bytes, form: Form) -> dict[str, str] | None:
    """The fields of a row that are not empty; ``None`` if the row is damaged."""
    found = cells(row, form)
    return None if found is None else named(found, form)


def named(found: list[str], form: Form) -> dict[str, str]:
    """Cells that are not empty, by the names of their fields."""
    return {field: cell for field, cell in zip(form.columns, found, strict=False) if field and cell}


def cells(row: bytes, form: Form) -> list[str] | None:
    """The cells of a row; ``None`` if they are not those of the columns."""
    text = row.decode(errors="replace").rstrip("\r\n").removeprefix("\ufeff")
    try:
        found = next(csv.reader([text], delimiter=form.separator), []) if '"' in text else text.split(form.separator)
    except csv.Error:
        return None
    size = len(form.columns)
    return None if len(found) < size or (len(found) > size and any(found[size:])) else found


def time(row: bytes, form: Form) -> datetime | None:
    """The time of a row in UTC; ``None`` if unknown."""
    if form.name == "log" and form.columns[0] == "time" and not row.startswith(b'"'):
        return form.times.of({"time": row.partition(b",")[0].decode(errors="replace")})[0]
    found = values(row, form)
    return None if found is None else form.times.of(found)[0]


def event(row: bytes, form: Form, position: str) -> TrackingEvent | None:
    """The event of a row; ``None`` if the row is damaged."""
    found = values(row, form)
    if found is None:
        return None
    fields: dict[str, Any] = {name: text for name, text in found.items() if name != "message_latency"}
    fields["time"], fields["local_time"] = form.times.of(found)
    is_log = form.name in {"log", "cmdlet", "extended_trace"}
    name = found.get("event", "")
    fields["event"] = name.upper() if is_log else name or _last_status(found.get("recipient_status", ""))
    if "source" in found:
        fields["source"] = found["source"].upper()
    recipients = _several(found.get("recipients", ""))
    fields["recipients"] = recipients
    fields["recipient_status"] = _statuses(found.get("recipient_status", ""), len(recipients))
    if "##" in found.get("recipient_status", "") and not is_log:
        addresses, fields["recipient_status"] = _of_summary(found["recipient_status"])
        fields["recipients"] = addresses if all(addresses) else recipients
    size = found.get("total_bytes", "")
    fields["total_bytes"] = int(size) if size.isascii() and size.isdigit() and len(size) <= _MAX_NUMBER else None
    fields["custom_data"] = custom_data(found.get("custom_data", ""))
    fields["logged_by"] = logged_by(fields, form) if is_log else None
    fields["reply"] = _reply(fields["recipient_status"], found)
    info = _iso_time(found.get("message_info", ""))
    is_deferral = fields["event"] == "DEFER"
    is_later = info is not None and fields["time"] is not None and info > fields["time"]
    fields["next_retry"] = info if is_deferral and is_later else None
    fields["arrived_at"] = None if is_deferral else info
    return TrackingEvent(position=position, **fields)


def _several(text: str) -> tuple[str, ...]:
    """The values in a cell, which semicolons separate; none if Export-Csv wrote the name of their type instead."""
    if text.startswith(LOST):
        return ()
    plain = text.removeprefix("{").removesuffix("}")
    return tuple([part.strip() for part in plain.split(";") if part.strip()])


def _statuses(text: str, recipients: int) -> tuple[str, ...]:
    """The status of each recipient; the whole text if it cannot be divided between them."""
    if not text or text.startswith(LOST):
        return ()
    plain = text.removeprefix("{").removesuffix("}") if not text.startswith("{LED") else text
    parts = split_statuses(plain) if recipients > 1 else [plain]
    if len(parts) != recipients and recipients > 1:
        parts = [plain]
    return tuple([part.strip() for part in parts])


def split_statuses(text: str) -> list[str]:
    """A cell with several statuses, divided where the next one starts."""
    return _STATUS.split(text)


def _of_summary(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Recipients and their statuses of a summary report: ``a@example.com##Receive, Deliver;b@...``."""
    pairs = [part.rpartition("##") for part in text.split(";") if "##" in part]
    return tuple([address for address, _, _ in pairs]), tuple([status for _, _, status in pairs])


def _last_status(text: str) -> str:
    """The status of a summary report: the last event of the only recipient, or of all if they are the same."""
    statuses = {status.rpartition(",")[2].strip() for status in _of_summary(text)[1]}
    return statuses.pop() if len(statuses) == 1 else ""


def custom_data(text: str) -> tuple[tuple[str, str], ...]:
    """``S:NAME=VALUE;S:NAME=VALUE`` or ``[NAME, VALUE];[NAME, VALUE]`` as names and values."""
    if text.startswith("["):
        pairs = [pair.partition(",") for pair in text[1:].removesuffix("]").split("];[")[:_MAX_PAIRS]]
        return tuple([(name.strip(), value.strip()) for name, _, value in pairs])
    parts = [part.removeprefix("S:").partition("=") for part in text.split(";S:")[:_MAX_PAIRS] if part]
    return tuple([(name, value) for name, _, value in parts])


def _reply(statuses: tuple[str, ...], found: dict[str, str]) -> str | None:
    """The reply of a server, or the error, that an event records."""
    for text in (*statuses, found.get("source_context", "")):
        _, is_error, rest = text.partition(_ERROR)
        reply = _REPLY.search(rest.partition(_END)[0] if is_error else text)
        if reply:
            return reply[1].strip().partition(";ClientSubmitTime:")[0]
    return None


def _iso_time(text: str) -> datetime | None:
    """The time at the start of a text, in UTC."""
    written = times.read(text.partition(";")[0])
    local = written.at("dmy") if written and written.offset is not None else None
    return (local - written.offset).replace(tzinfo=UTC) if written and local and written.offset is not None else None
