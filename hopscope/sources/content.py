"""What kind of data an entry is: by its first bytes, and only where they do not tell, by its name.

One file per kind, each with the same door, ``read(entry)``; loaded when such data is there.
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import BinaryIO

from msgspec.structs import replace

from hopscope.errors import SourceError
from hopscope.sources.entry import MAX_DEPTH, MAX_MEMBER, Budget, Counted, Entry, Readable, Stream, checked
from hopscope.sources.message import Message

__all__ = ["KINDS", "SUFFIXES", "has_mail", "is_mail_member", "member", "read", "top", "without_mail"]

SUFFIXES = (
    ".eml",
    ".hdr",
    ".headers",
    ".txt",
    ".mbox",
    ".msg",
    ".zip",
    ".tar",
    ".tgz",
    ".tbz2",
    ".txz",
    ".gz",
    ".bz2",
    ".xz",
)
"""Ends of the names, in any case, of files in folders and archives that are read. Others are passed over."""


def has_mail(name: str) -> bool:
    """Whether a file in a folder, or a member of an archive, is read.

    ``mbox`` is how Apple Mail names the file in an exported mailbox; ``._`` starts the names of the
    files in which macOS keeps attributes of others.
    """
    lowered = name.lower()
    return (lowered.endswith(SUFFIXES) and not lowered.startswith("._")) or lowered == "mbox"


def is_mail_member(path: str) -> bool:
    """Whether a member of an archive is read: as in folders, by its name or as part of a Maildir."""
    *_, folder, name = ["", *path.replace("\\", "/").split("/")]
    return has_mail(name) or (folder in {"cur", "new"} and name.partition(".")[0].isdecimal())


def without_mail(archive: Entry) -> SourceError:
    """What to tell about an archive without such a member."""
    names = " ".join(SUFFIXES)
    return SourceError(
        archive.source, f"no mail file in this archive ({names})", "unpack it and name the files explicitly"
    )


def _is_compressed(head: bytes, _name: str) -> bool:
    """RFC 1952 section 2.3.1; the .xz file format, section 2.1.1.1; bzip2 has no specification but its source."""
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
    """Whether the checksum of the first header is right (POSIX.1, pax, ustar Interchange Format)."""
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


def _is_called_zip(head: bytes, name: str) -> bool:
    """A program that unpacks itself may stand before an archive."""
    return name.lower().endswith(".zip") and b"\0" in head


def _is_called_mbox(head: bytes, name: str) -> bool:
    """The first message may have lost its line ``From ``."""
    return name.lower().endswith(".mbox") and b"\0" not in head and not head.isspace() and bool(head)


def _is_message(_head: bytes, _name: str) -> bool:
    """What is nothing else is taken as one message."""
    return True


KINDS: tuple[tuple[str, Callable[[bytes, str], bool]], ...] = (
    ("compressed", _is_compressed),
    ("ziparchive", _is_zip),
    ("outlook", _is_outlook),
    ("tararchive", _is_tar),
    ("mbox", _is_mbox),
    ("ziparchive", _is_called_zip),
    ("mbox", _is_called_mbox),
    ("eml", _is_message),
)
"""The kinds of data: the module that reads it, and whether the first bytes, or the name, are of this kind."""

_CONTAINERS = frozenset({"compressed", "ziparchive", "tararchive"})


def top(path: str, file: BinaryIO, *, attached: bool) -> Iterator[Message | SourceError]:
    """The messages in a file, or on standard input.

    Args:
        path: What to call it.
        file: A buffered stream, whose reads are short only at its end.
        attached: Whether the messages attached to messages are wanted, too.

    Raises:
        OSError: The stream cannot be read.
        ValueError: The stream is closed.
    """
    seekable = file.seekable() and file.tell() == 0
    entry = Entry(
        source=path,
        name=path,
        stream=Stream(file),
        budget=Budget(path),
        file=file if seekable else None,
        attached=attached,
    )
    try:
        yield from read(entry)
    except SourceError as error:
        yield error


def read(entry: Entry) -> Iterator[Message | SourceError]:
    """The messages in an entry, whatever it is.

    Raises:
        SourceError: The entry, or one that it is part of, cannot be read any further.
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


def member(archive: Entry, name: str, data: Callable[[], Readable], *, packed: bool) -> Iterator[Message | SourceError]:
    """The messages in a member of an archive. What is wrong with the member is told, and ends only it.

    Args:
        archive: The archive.
        name: Name of the member. It is never opened, only printed.
        data: Opens the member.
        packed: Whether its bytes are unpacked while they are read.

    Raises:
        SourceError: The archive, or one that it is part of, cannot be read any further.
        OSError: The stream cannot be read.
    """
    source = f"{archive.source}:{name}"
    try:
        counted = Counted(source, checked(source, data), MAX_MEMBER, archive.budget if packed else None)
        stream = Stream(counted)
        depth = archive.depth + 1
        yield from read(replace(archive, source=source, name=name, stream=stream, file=None, depth=depth))
    except SourceError as error:
        if error.source != source:
            raise
        yield error
