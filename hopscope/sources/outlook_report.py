"""Reports saved as Outlook items: their text, and the header block of the attached message, as one text.

Outlook stores the parts of a report as properties ([MS-OXOMSG] section 2.2.2): the text, the error of each recipient,
and the returned message as an attached item. They are put together in the form of a report by Exchange.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hopscope.paste.report_signs import is_signed

if TYPE_CHECKING:
    from olefile import OleFileIO

__all__ = ["report", "returns_message"]

_MAX_TEXT = 1 << 19
"""Maximum bytes of a property that are read."""
_CLASS, _BODY, _REPORT_TEXT, _HEADERS = "001A", "1000", "1001", "007D"
_REPORTING_MTA, _REMOTE_MTA, _SUPPLEMENTARY_INFO = "6820", "0C21", "0C1B"
_SMTP_ADDRESS, _ADDRESS = "39FE", "3003"
_RECIPIENT = "__recip_version1.0_"
_ABOVE_RETURNED = "Original message headers:"
_EMBEDDED = "__substg1.0_3701000D"


def report(item: "OleFileIO[Any]", storage: list[str], headers: bytes) -> bytes:
    """The text of a report in a storage, below its Internet headers; only these if the item is not a report."""
    if not (_text(item, storage, _CLASS).startswith("REPORT.") or is_signed(headers)):
        return headers
    parts = [
        _text(item, storage, _REPORT_TEXT) or _text(item, storage, _BODY),
        *_recipients(item, storage),
        *_returned(item, storage),
    ]
    text = "\n".join(parts).encode("utf-8", "replace")
    return headers.rstrip() + b"\n\n" * bool(headers.strip()) + text if text.strip() else headers


def _recipients(item: "OleFileIO[Any]", storage: list[str]) -> Iterator[str]:
    """The part for administrators, from the properties of the recipients; nothing if none has an error."""
    depth = len(storage)
    paths = [path for path in item.listdir(streams=False, storages=True) if path[:depth] == storage]
    recipients = [path for path in paths if len(path) == depth + 1 and path[-1].startswith(_RECIPIENT)]
    errors = [(path, error) for path in recipients if (error := _text(item, path, _SUPPLEMENTARY_INFO))]
    if errors:
        yield "Diagnostic information for administrators:"
        if server := _text(item, storage, _REPORTING_MTA):
            yield f"Generating server: {server}"
    for path, error in errors:
        yield _text(item, path, _SMTP_ADDRESS) or _text(item, path, _ADDRESS)
        yield _text(item, path, _REMOTE_MTA)
        yield error


def _returned(item: "OleFileIO[Any]", storage: list[str]) -> Iterator[str]:
    """The header block of the first attached item."""
    depth = len(storage)
    for path in item.listdir(streams=False, storages=True):
        if path[:depth] == storage and len(path) == depth + 2 and path[-1] == _EMBEDDED:
            yield _ABOVE_RETURNED
            yield _text(item, path, _HEADERS)
            break


def returns_message(text: bytes) -> bool:
    """Whether :func:`report` has put the header block of an attached message into a text."""
    return f"\n{_ABOVE_RETURNED}\n".encode() in text


def _text(item: "OleFileIO[Any]", storage: list[str], name: str) -> str:
    """A text property, in UTF-16 or 8-bit text; empty if the storage has none."""
    for suffix, codec in (("001F", "utf-16-le"), ("001E", "cp1252")):
        path = [*storage, f"__substg1.0_{name}{suffix}"]
        if item.exists(path) and item.get_type(path) == _STREAM:
            return item.openstream(path).read(_MAX_TEXT).decode(codec, "replace").rstrip("\0")
    return ""


_STREAM = 2
