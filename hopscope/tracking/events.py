"""A row of a tracking log or message trace as a :class:`~hopscope.model.TrackingEvent`. Never raises."""

import csv
from datetime import UTC, datetime
from typing import Any

from hopscope.model import TrackingEvent
from hopscope.tracking.forms import Form

__all__ = ["event", "values"]

_LISTS = ("recipients", "recipient_status")
_DIGITS = 18
"""Maximum digits of a size."""


def values(row: bytes, form: Form) -> dict[str, str] | None:
    """The fields of a row that are not empty; ``None`` if it does not have the columns of the form."""
    text = row.decode(errors="replace").rstrip("\r\n")
    try:
        cells = next(csv.reader([text], delimiter=form.separator), [])
    except csv.Error:
        return None
    if len(cells) < len(form.columns):
        return None
    return {field: cell for field, cell in zip(form.columns, cells, strict=False) if field and cell}


def event(row: bytes, form: Form, position: str) -> TrackingEvent | None:
    """The event of a row; ``None`` if the row is damaged."""
    cells = values(row, form)
    if cells is None:
        return None
    fields: dict[str, Any] = dict(cells)
    fields["time"] = _time(cells.get("time", ""))
    fields["event"] = cells.get("event", "").upper() if form.name in {"log", "cmdlet"} else cells.get("event", "")
    fields["source"] = cells["source"].upper() if "source" in cells else None
    for name in _LISTS:
        fields[name] = tuple(part for part in cells.get(name, "").split(";") if part)
    size = cells.get("total_bytes", "")
    fields["total_bytes"] = int(size) if size.isascii() and size.isdigit() and len(size) <= _DIGITS else None
    fields["custom_data"] = custom_data(cells.get("custom_data", ""))
    return TrackingEvent(position=position, **fields)


def custom_data(text: str) -> tuple[tuple[str, str], ...]:
    """``S:Name=value;S:Name=value`` as names and values."""
    pairs = [part.removeprefix("S:").partition("=") for part in text.split(";") if part]
    return tuple((name, value) for name, _, value in pairs)


def _time(text: str) -> datetime | None:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return value.astimezone(UTC) if value.tzinfo else None
