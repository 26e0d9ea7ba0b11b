"""Outlook items (.msg): only the stream with the Internet headers, and the text of a report, are read.

It is PidTagTransportMessageHeaders, property 0x007D (https://learn.microsoft.com/en-us/office/client-developer/
outlook/mapi/pidtagtransportmessageheaders-canonical-property), in UTF-16 (type 001F) or 8-bit text (type
001E). [MS-OXMSG] section 2.1.3 defines the names of property streams. Requires ``olefile``.
"""

from collections.abc import Iterator
from io import SEEK_END, BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from hopscope.errors import SourceError, missing
from hopscope.parser.fields import MAX_BLOCK
from hopscope.sources.entry import Entry, checked, damaged, seekable_file
from hopscope.sources.message import Message, message
from hopscope.sources.outlook_report import report, returns_message

if TYPE_CHECKING:
    from olefile import OleFileIO

__all__ = ["MAX_ENTRIES", "MAX_FILE", "MAX_HEADERS", "read"]

MAX_FILE = 1 << 28
"""Maximum bytes of a .msg file, whose tables are loaded into memory."""
MAX_ENTRIES = 1 << 15
"""Maximum entries of the directory of a .msg file; a recipient has about 10."""
_ENTRY = 128  # bytes ([MS-CFB] section 2.6.1)
MAX_HEADERS = 2 * MAX_BLOCK
"""Maximum bytes of the stream with the Internet headers, which has two bytes per character."""

_UNICODE = "__substg1.0_007D001F"
_EIGHT_BIT = "__substg1.0_007D001E"
_PROPERTIES = "__properties_version1.0"  # every item has this stream ([MS-OXMSG] section 2.2.1)
_EMBEDDED = "__substg1.0_3701000D"  # a message as an attachment ([MS-OXMSG] section 2.2.2.1)


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The message of an Outlook item, followed by those of attached Outlook items if ``entry.attached`` is set."""
    try:
        from olefile import OleFileIO
    except ImportError:
        yield SourceError(entry.source, *missing("reading Outlook items", "olefile", "outlook"))
        return

    class Item(OleFileIO):  # type: ignore[type-arg] # generic in the stub only
        def loaddirectory(self, sect: int) -> None:  # olefile reads all of it before it counts the entries
            start, sectors = sect, 0
            while sect < len(self.fat):  # type: ignore[attr-defined] # the stub lacks it
                sectors += 1
                if sectors * self.sectorsize > MAX_ENTRIES * _ENTRY:  # type: ignore[attr-defined]
                    reason = f"a directory with more than {MAX_ENTRIES:,} entries, or a circular one"
                    raise SourceError(entry.source, reason, "save its Internet headers as text")
                sect = self.fat[sect]  # type: ignore[attr-defined]
            super().loaddirectory(start)

    file = seekable_file(entry)
    size = _checked_size(entry.source, file)
    with checked(entry.source, Item, file) as item:
        storages = checked(entry.source, _storages, entry.source, item, size)
        outer = _message(entry.source, item, storages[0])
        yield outer
        for number, storage in enumerate(storages[1:] if entry.attached else (), 1):
            if number == 1 and isinstance(outer, Message) and returns_message(outer.data):
                continue  # the report is read as this message
            yield _message(f"{entry.source}:attached:{number}", item, storage)


_HEADER = 512
_SHIFT_FAT_MINIFAT = ((30, 32), (44, 48), (64, 68))  # offsets of these fields in the header ([MS-CFB] section 2.2)
_MINI_SHIFT = 6
_SHIFTS = (9, 12)  # sector sizes of 512 and 4096 bytes; tables have 4 bytes per sector


def _checked_size(source: str, file: BinaryIO) -> int:
    """The size of a file. Raises an error if its declared table sizes are implausible: olefile trusts them."""
    size = file.seek(0, SEEK_END)
    file.seek(0)
    header = file.read(_HEADER)
    if size > MAX_FILE:
        raise SourceError(source, f"more than {MAX_FILE >> 20} MiB", "save its Internet headers as text")
    if len(header) < _HEADER:
        raise damaged(source, "truncated header")
    shift, fat, mini_fat = (int.from_bytes(header[start:end], "little") for start, end in _SHIFT_FAT_MINIFAT)
    if shift not in _SHIFTS:
        raise damaged(source, "invalid sector size")
    # A sector of the FAT is for as many sectors as it has entries, one of the mini FAT for as many pieces of 64 bytes.
    most, most_mini = (2 * (size >> shift - 2 + bits) + 16 for bits in (shift, _MINI_SHIFT))
    if fat > most or mini_fat > most_mini:
        raise damaged(source, "invalid table sizes")
    return size


def _storages(source: str, item: "OleFileIO[Any]", size: int) -> list[list[str]]:
    """The storages of the item and of the items attached to it, at any depth."""
    if item.root is None or item.root.size > size:  # type: ignore[attr-defined] # the stub lacks it
        raise ValueError("mini stream larger than the file")
    if not item.exists(_PROPERTIES):
        raise SourceError(source, "a compound file, but not an Outlook item", "save the message as .msg or .eml")
    return [[], *(path for path in item.listdir(streams=False, storages=True) if path[-1] == _EMBEDDED)]


def _message(source: str, item: "OleFileIO[Any]", storage: list[str]) -> Message | SourceError:
    try:
        headers = checked(source, report, item, storage, checked(source, _headers, source, item, storage))
    except SourceError as error:
        return error
    if not headers:
        reason = "no Internet headers (a draft, a sent item, or never sent by SMTP)"
        return SourceError(source, reason, "use the copy that a recipient received")
    return message(source, BytesIO(headers))


def _headers(source: str, item: "OleFileIO[Any]", storage: list[str]) -> bytes:
    for name in (_UNICODE, _EIGHT_BIT):
        path = [*storage, name]
        if item.exists(path):
            if item.get_size(path) > MAX_HEADERS:
                reason = f"Internet headers larger than {MAX_HEADERS >> 20} MiB"
                raise SourceError(source, reason, "save them as text")
            data: bytes = item.openstream(path).read()
            return data.decode("utf-16-le", "replace").encode() if name == _UNICODE else data
    return b""
