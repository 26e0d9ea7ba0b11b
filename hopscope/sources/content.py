"""Detects the kind of data of an entry by its first bytes, or by its name if these are not sufficient.

Each kind has one module with the same interface, ``read(entry)``, imported on demand.

The module is over 300 lines because the signs of all kinds, in bytes and in names, are compared here.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from io import BytesIO
from typing import BinaryIO, cast

from msgspec.structs import replace

from hopscope.errors import NotMailError, SourceError, internal_error
from hopscope.parser.encoding import utf_16
from hopscope.sources.address import may_contain
from hopscope.sources.entry import MAX_DEPTH, PIECE, Budget, Counted, Entry, Packed, Readable, Stream, checked
from hopscope.sources.message import EMPTY, NOT_TEXT, Message
from hopscope.sources.meter import Meter

__all__ = [
    "KINDS",
    "SUFFIXES",
    "checked_by_content",
    "is_mail_file",
    "is_mail_member",
    "is_other_data",
    "member",
    "no_mail_error",
    "other_data_error",
    "read",
    "read_bytes",
    "read_stream",
]

SUFFIXES = (
    ".eml",
    ".emlx",
    ".hdr",
    ".headers",
    ".txt",
    ".mbox",
    ".msg",
    ".json",
    ".jsonl",
    ".ndjson",
    ".csv",
    ".tsv",
    ".zip",
    ".tar",
    ".tgz",
    ".tbz2",
    ".txz",
    ".gz",
    ".bz2",
    ".xz",
)
"""Suffixes, in any letter case, of the files that are read in folders and archives. Other files are skipped."""


def is_mail_file(name: str) -> bool:
    """Whether a file in a folder, or a member of an archive, is read.

    ``mbox`` is the name of the file in a mailbox exported by Apple Mail; files whose names start with
    ``._`` contain only attributes that macOS stores for other files.
    """
    lowered = name.lower()
    return (lowered.endswith(SUFFIXES) and not lowered.startswith("._")) or lowered == "mbox"


def is_mail_member(path: str) -> bool:
    """Whether a member of an archive is read: by its name or, as in folders, as part of a Maildir."""
    *_, folder, name = ["", *path.replace("\\", "/").split("/")]
    return is_mail_file(name) or (folder in {"cur", "new"} and name.partition(".")[0].isdecimal())


def no_mail_error(archive: Entry) -> NotMailError:
    """The error for an archive without any mail file."""
    names = " ".join(SUFFIXES)
    return NotMailError(
        archive.source, f"no mail file in this archive ({names})", "unpack it and name the files explicitly"
    )


def _is_compressed(head: bytes, _name: str) -> bool:
    """RFC 1952 section 2.3.1; the .xz file format, section 2.1.1.1; bzip2 is specified only by its source."""
    return head.startswith((b"\x1f\x8b\x08", b"\xfd7zXZ\0")) or (
        head.startswith(b"BZh") and head[4:10] in {b"1AY&SY", b"\x17rE8P\x90"}
    )


def _is_zip(head: bytes, _name: str) -> bool:
    """APPNOTE.TXT sections 4.3.7 and 4.3.16."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def _is_outlook(head: bytes, _name: str) -> bool:
    """[MS-CFB] section 2.2."""
    return head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


_TAR_BLOCK = 512


def _is_tar(head: bytes, _name: str) -> bool:
    """Whether the checksum of the first header is correct (POSIX.1, pax, ustar Interchange Format)."""
    field = head[148:156].strip(b" \0")
    if len(head) < _TAR_BLOCK or b"\0" not in head[:_TAR_BLOCK] or not field.isdigit():
        return False
    total = sum(head[:148]) + 8 * ord(" ") + sum(head[156:_TAR_BLOCK])
    return f"{total:o}".encode() == field.lstrip(b"0")


def _is_mbox(head: bytes, _name: str) -> bool:
    """RFC 4155, appendix A."""
    if not head[:64].lstrip(b"\r\n").startswith(b"From "):
        return False
    from hopscope.sources import mbox

    return mbox.is_separator(head.lstrip(b"\r\n"))


def _is_zip_by_name(head: bytes, name: str) -> bool:
    """By name, because a self-extracting archive starts with a program."""
    return name.lower().endswith(".zip") and b"\0" in head


def _is_mbox_by_name(head: bytes, name: str) -> bool:
    """By name, because the ``From `` line of the first message may be missing."""
    return name.lower().endswith(".mbox") and b"\0" not in head and not head.isspace() and bool(head)


_STRUCTURED = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
_SEARCHED = 1 << 20
_FIELD = re.compile(rb"eceived[\"':,;\t\\]", re.IGNORECASE)
"""The name of a Received field in a text, as a key or value of JSON, or in a cell; not the word in a sentence."""


def is_other_data(name: str, read: Callable[[int], bytes]) -> bool:
    """Whether a file in a folder or archive is JSON or CSV without mail: no Received field in its first 1 MiB.

    Args:
        name: The name of the file.
        read: Reads its first bytes.
    """
    return name.lower().endswith(_STRUCTURED) and not _FIELD.search(read(_SEARCHED).replace(b"\0", b""))


_TEXT_OR_DATA = (".txt", *_STRUCTURED)
"""Suffixes of mail and of much else, such as ``requirements.txt`` and ``package.json``."""
_RECEIVED = re.compile(rb"^Received:[ \t]", re.IGNORECASE | re.MULTILINE)


def checked_by_content(
    items: Iterable[Message | SourceError], source: str, name: str
) -> Iterator[Message | SourceError]:
    """The messages of a file in a folder or archive; a file that is not mail, and need not be by its name, is an error.

    Args:
        items: What was read from the file.
        source: The name of the source, for the error.
        name: The name of the file.
    """
    uncertain = _is_uncertain(name)
    for item in items:
        yield other_data_error(source) if uncertain and not _is_mail(item) else item


def other_data_error(source: str) -> NotMailError:
    """The error for a file in a folder or archive that is not mail."""
    return NotMailError(source, "not mail", "use a message or its headers")


def _is_uncertain(name: str) -> bool:
    """Whether a file of this name may be no mail; any other name is used for mail only."""
    stem = _COMPRESSED.sub("", name.lower())
    return stem.endswith(_TEXT_OR_DATA) or (stem != name.lower() and not is_mail_file(stem))


_COMPRESSED = re.compile(r"\.(?:gz|bz2|xz)\Z")


def _is_mail(item: Message | SourceError) -> bool:
    """Whether an item is a message, or an error other than that there is none."""
    if isinstance(item, SourceError):
        return item.reason not in {EMPTY, NOT_TEXT}
    if _RECEIVED.search(item.data):
        return True
    if len(item.data) > PIECE and b"eceived" not in item.data.replace(b"\0", b"").lower():
        return False  # parsing 1 MiB of other text takes 2 seconds
    from hopscope.parser import parse  # only damaged headers and reports without header fields come here

    route = parse(item.data)
    return bool(route.hops or route.delivery_status)


def _is_structured(head: bytes, name: str) -> bool:
    """Whether the data may be JSON (RFC 8259) or CSV (RFC 4180): by name, or by its start and a Received field."""
    if name.lower().endswith(_STRUCTURED):
        return True
    if b"\0" in head:  # UTF-16, as PowerShell writes it
        head = head.decode(utf_16(head) or "utf-8", "replace").encode()
    if b"eceived" not in head and b'"raw"' not in head:
        return False
    from hopscope.paste import records  # few entries are JSON or CSV

    return records.may_be_structured(head.decode("utf-8", "replace"))


def _is_emlx(head: bytes, name: str) -> bool:
    """Whether the data is a message of Apple Mail: a line with its size is above it."""
    return name.lower().endswith(".emlx") and head.partition(b"\n")[0].strip().isdigit()


def _is_message(_head: bytes, _name: str) -> bool:
    """All other data is treated as one message."""
    return True


KINDS: tuple[tuple[str, Callable[[bytes, str], bool]], ...] = (
    ("compressed", _is_compressed),
    ("ziparchive", _is_zip),
    ("outlook", _is_outlook),
    ("tararchive", _is_tar),
    ("mbox", _is_mbox),
    ("ziparchive", _is_zip_by_name),
    ("mbox", _is_mbox_by_name),
    ("structured", _is_structured),
    ("emlx", _is_emlx),
    ("eml", _is_message),
)
"""The kinds of data: module, and predicate for the first bytes and the name. The first match is used."""

_CONTAINERS = frozenset({"compressed", "ziparchive", "tararchive"})


def read_stream(
    path: str, file: BinaryIO, *, attached: bool, meter: Meter | None = None, only: str | None = None
) -> Iterator[Message | SourceError]:
    """The messages in a file, or on standard input.

    Args:
        path: The name of the source.
        file: A buffered stream, whose reads are short only at its end.
        attached: Whether to read the messages attached to messages as well.
        meter: Measures the position in the file.
        only: The address of the messages to read: members of an archive that do not have them are skipped.

    Raises:
        OSError: The stream cannot be read.
        ValueError: The stream is closed.
    """
    seekable = file.seekable() and file.tell() == 0
    if meter:
        meter.open(file)
    budget = Budget(path)
    packed = cast("BinaryIO", Packed(file, budget))
    entry = Entry(
        source=path,
        name=path,
        stream=Stream(packed),
        budget=budget,
        file=packed if seekable else None,
        meter=meter,
        attached=attached,
        only=only,
    )
    yield from _errors_as_items(entry)


def read_bytes(source: str, data: bytes, *, attached: bool = False) -> Iterator[Message | SourceError]:
    """The messages in data that was read already: a message, its header block, an mbox file, an archive ...

    The kind is detected by the data alone, as the source may be the address of a message in a file of another kind.

    Args:
        source: The name of the source.
        data: The complete data.
        attached: Whether to read the messages attached to messages as well.
    """
    try:
        budget = Budget(source)
        packed = cast("BinaryIO", Packed(BytesIO(data), budget))
        entry = Entry(source=source, name="", stream=Stream(packed), budget=budget, file=packed, attached=attached)
        yield from _errors_as_items(entry)
    except Exception as error:  # noqa: BLE001 - a defect of hopscope ends only this source
        yield internal_error(source, error)


def _errors_as_items(entry: Entry) -> Iterator[Message | SourceError]:
    try:
        yield from read(entry)
    except SourceError as error:
        yield error


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The messages in an entry of any kind.

    Raises:
        SourceError: The rest of the entry, or of an entry that contains it, cannot be read.
        OSError: The stream cannot be read.
        ValueError: The stream is closed.
    """
    kind = next(kind for kind, accepts in KINDS if accepts(entry.stream.head, entry.name))
    if kind in _CONTAINERS and entry.depth >= MAX_DEPTH:
        reason = f"archives and compressed files are nested deeper than {MAX_DEPTH}"
        raise SourceError(entry.source, reason, "unpack it if you trust it, and use the files")
    yield from _reader(kind)(entry)


@cache
def _reader(kind: str) -> Callable[[Entry], Iterator[Message | SourceError]]:
    reader: Callable[[Entry], Iterator[Message | SourceError]] = import_module(f"hopscope.sources.{kind}").read
    return reader


def member(
    archive: Entry, name: str, data: Callable[[], Readable], *, packed: bool, meter: Meter | None = None
) -> Iterator[Message | SourceError]:
    """The messages in a member of an archive. An error in the member is yielded and ends only this member.

    Args:
        archive: The archive.
        name: Name of the member; used only for display, never opened.
        data: Opens the member.
        packed: Whether the bytes of the member are unpacked while they are read.
        meter: Measures the position in the member; by default, only that in the archive is measured.

    Raises:
        SourceError: The rest of the archive, or of an entry that contains it, cannot be read.
        OSError: The stream cannot be read.
    """
    source = f"{archive.source}:{name}"
    if archive.only is not None and not may_contain(source, archive.only):
        return
    try:
        counted = Counted(source, checked(source, data), archive.budget if packed else None)
        stream = Stream(counted)
        if is_other_data(name, lambda _: stream.head):
            yield other_data_error(source)
            return
        depth = archive.depth + 1
        items = read(replace(archive, source=source, name=name, stream=stream, file=None, depth=depth, meter=meter))
        yield from checked_by_content(items, source, name)
    except SourceError as error:
        if error.source != source:
            raise
        yield error
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect of hopscope ends only this member
        yield internal_error(source, error)
