"""Values and records as JSON: unknown values are null, dates are ISO 8601 with the offset."""

from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from hopscope.renderers.text.escape import json as text
from hopscope.renderers.text.escape import json_document

__all__ = ["indented", "iso", "line", "maybe_text", "seconds"]


def maybe_text(value: str | None) -> str | None:
    """``value`` escaped for JSON; ``None`` is kept."""
    return value if value is None or value.isascii() else text(value)


def seconds(value: timedelta | None) -> float | None:
    """``value`` in seconds; ``None`` is kept."""
    return None if value is None else value.total_seconds()


def iso(value: datetime | None, tz: tzinfo | None) -> str | None:
    """``value``, which has a zone, as ISO 8601 in ``tz`` or in its own zone; ``None`` is kept."""
    if value is None:
        return None
    shown = (value if tz is None else value.astimezone(tz)).isoformat()
    if shown[-6] in "+-":
        return shown
    return value.astimezone(UTC).isoformat()  # an offset of local mean time has seconds, which ISO 8601 lacks


def line(record: msgspec.Struct) -> str:
    """The record as an object on one line."""
    return f"{json_document(_encoded(record))}\n"


def indented(record: msgspec.Struct | dict[str, object]) -> str:
    """The record as an object with a key on each line."""
    return f"{json_document(msgspec.json.format(_encoded(record), indent=2))}\n"


def _encoded(record: msgspec.Struct | dict[str, object]) -> bytes:
    """The record in UTF-8, with bytes that are not UTF-8 escaped.

    They are rare, and searching every text for them would take a fifth of the time to encode a record.
    """
    try:
        return msgspec.json.encode(record)
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(msgspec.to_builtins(record)))


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list | tuple) else value
