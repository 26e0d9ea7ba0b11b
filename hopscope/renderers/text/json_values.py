"""Values and records as JSON has them: unknown is null, dates are ISO 8601 with the offset."""

from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from hopscope.renderers.text.escape import json as text
from hopscope.renderers.text.escape import json_document

__all__ = ["indented", "iso", "line", "maybe_text", "seconds"]

_MINUTE = 60


def maybe_text(value: str | None) -> str | None:
    """``value`` for JSON; null stays null."""
    return value if value is None or value.isascii() else text(value)


def seconds(value: timedelta | None) -> float | None:
    """``value`` in seconds; null stays null."""
    return None if value is None else value.total_seconds()


def iso(value: datetime | None, tz: tzinfo | None) -> str | None:
    """``value`` in ``tz``, or in its own zone; null stays null."""
    if value is None:
        return None
    shown = value if tz is None else value.astimezone(tz)
    offset = shown.utcoffset()
    if offset is not None and (offset.seconds % _MINUTE or offset.microseconds):
        shown = shown.astimezone(UTC)  # local mean time, before there were zones: ISO 8601 has no seconds in an offset
    return shown.isoformat()


def line(record: msgspec.Struct) -> str:
    """The record as an object on one line."""
    return f"{json_document(msgspec.json.encode(record))}\n"


def indented(record: msgspec.Struct) -> str:
    """The record as an object with a key on each line."""
    return f"{json_document(msgspec.json.format(msgspec.json.encode(record), indent=2))}\n"
