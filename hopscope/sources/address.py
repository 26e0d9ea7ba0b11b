"""Addresses of messages in a file: ``dump.mbox:17``, ``dump.zip:inbox/17.eml``, ``dump.mbox:<id@host.example>``.

The name of every source is its address, so that each printed name can be used as an argument. An address of a
container inside a file, such as ``dump.zip:a.mbox``, selects all its messages.
"""
# ruff: noqa: PTH110
# os.path as in the other sources: importing pathlib takes 3 ms at start-up

import os
import re
from collections.abc import Iterator
from typing import Protocol

from hopscope.errors import NotMailError, SourceError
from hopscope.parser.fields import header_end
from hopscope.sources.message import Message

__all__ = ["Read", "container", "may_contain", "selected"]

_MAX_NAMES = 2000
"""Maximum sources, or Message-IDs, that a wrong address is compared with."""
_CLOSE, _CLOSE_ID = 0.8, 0.9
"""Minimum similarity of a suggestion (difflib); higher for Message-IDs, many of which have the same host."""
_ATTACHED = re.compile(r"(?::|\A)(?:attached:[0-9]++|report)\Z")
_ID = re.compile(r"(?:(.*):)?<([^<>]++)>|([^<>\s@]++@[^<>\s]++)", re.DOTALL)
_DIGITS = re.compile("[0-9]++")
_ID_FIELD = re.compile(rb"^message-id[ \t]*+:\s*+<?([^<>\s]++)", re.IGNORECASE | re.MULTILINE)


class Read(Protocol):
    """Reads a container, in which an address selects messages."""

    def __call__(self, *, attached: bool, only: str | None) -> Iterator[Message | SourceError]:
        """The messages, with those attached to them if ``attached`` is set.

        Members of an archive whose messages do not have the address ``only`` may be skipped.
        """


def container(path: str) -> str:
    """The file or folder in which an address selects messages, or ``-``; any other path itself.

    The names of files and sources may contain colons, so the longest prefix that exists is the container.
    """
    if ":" not in path or os.path.lexists(path):
        return path
    drive = len(os.path.splitdrive(path)[0])
    end = path.rfind(":", 0, len(path) - 1)
    while end > drive:
        if path[:end] == "-" or os.path.exists(path[:end]):
            return path[:end]
        end = path.rfind(":", drive, end)
    return path


def may_contain(source: str, address: str) -> bool:
    """Whether the messages of an entry called ``source`` may have this address."""
    return source == address or address.startswith(f"{source}:") or source.startswith(f"{address}:")


def selected(address: str, file: str, read: Read, *, attached: bool) -> Iterator[Message | SourceError]:
    """The messages with an address, or one error if there is none.

    Reading ends as soon as no further message can have the address. Errors that concern ``file`` or another container
    of the message are yielded in its place.

    Args:
        address: The address.
        file: Its container.
        read: Reads the container.
        attached: Whether to yield the messages attached to a message as well.
    """
    wanted = _Wanted(address, file)
    skips = wanted.identifier is None and wanted.number is None and os.path.isfile(file)  # noqa: PTH113
    results = read(attached=attached or bool(_ATTACHED.search(wanted.selector)), only=address if skips else None)
    matched = failed = False
    for item in results:
        wanted.count(item)
        if wanted.matches(item):
            matched = True
            yield item
            if item.source == address and not attached:
                return
        elif isinstance(item, NotMailError):
            continue
        elif isinstance(item, SourceError) and (item.source == file or address.startswith(f"{item.source}:")):
            failed = True
            yield item
        elif matched and wanted.identifier is None:
            return
    if matched or failed:
        return
    if skips and not wanted.is_near:
        wanted = _Wanted(address, file)
        for item in read(attached=attached, only=None):
            wanted.count(item)
    yield wanted.missing()


class _Messages:
    """How many messages of a container there are, and the first and last of them."""

    def __init__(self, name: str, noun: str = "message") -> None:
        self._name = "standard input" if name == "-" else name
        self._noun = noun
        self.number = 0
        self.first = self.last = ""

    def add(self, source: str) -> None:
        self.number += 1
        self.first, self.last = self.first or source, source

    def __str__(self) -> str:
        """``dump.mbox has 12 messages (dump.mbox:1 to dump.mbox:12)``."""
        if self.number == 0:
            return f"{self._name} has no {self._noun}s"
        if self.number == 1:
            return f"{self._name} has 1 {self._noun} ({self.first})"
        return f"{self._name} has {self.number:,} {self._noun}s ({self.first} to {self.last})"


class _Wanted:
    """The address of messages, and what was read while they were searched."""

    def __init__(self, address: str, file: str) -> None:
        self.address = address
        self.file = file
        self.selector = address[len(file) + 1 :]
        self.number = int(self.selector) if re.fullmatch(r"[0-9]{1,9}", self.selector) else None
        """Position of the message in the container."""
        match = _ID.fullmatch(self.selector)
        self.identifier = (match[2] or match[3]).lower().encode("utf-8", "surrogateescape") if match else None
        """The Message-ID, without brackets and in lower case."""
        self._below = f"{file}:{match[1]}" if match and match[1] else None
        self._parent, attached, _ = address.rpartition(":attached:")
        self._parent = self._parent or address.rpartition(":")[0]
        self._siblings = _Messages(self._parent, "attached message") if attached else _Messages(self._parent)
        self._siblings_start = f"{self._parent}{attached or ':'}"
        self._in_file = self._parent == file and not attached
        self._all = _Messages(file)
        self._names: list[str] = []
        self._previous: str | None = None
        self.is_near = False
        """Whether the container with the nearest name was read, such as the mbox file in an archive."""

    def count(self, item: Message | SourceError) -> None:
        """Count a message, but no file that is not mail; those attached to the previous message are counted apart."""
        if isinstance(item, NotMailError):
            return
        source = item.source
        if source.startswith(self._siblings_start):
            self._siblings.add(source)
        self.is_near = self.is_near or may_contain(source, self._parent)
        if self._previous is None or not source.startswith(f"{self._previous}:"):
            self._previous = source
            self._all.add(source)
        if self.number is None and self.identifier is None and len(self._names) < _MAX_NAMES:
            self._names.append(source)

    def matches(self, item: Message | SourceError) -> bool:
        """Whether an item, which was counted, has the address."""
        source = item.source
        if source == self.address or source.startswith(f"{self.address}:") or f"{source}:1" == self.address:
            return True
        if self.number is not None:  # of an archive or a folder, whose messages have names
            numbered = self._all.first == f"{self.file}:1"
            return not numbered and source == self._previous and self._all.number == self.number
        if self.identifier is None or isinstance(item, SourceError):
            return False
        return (self._below is None or may_contain(source, self._below)) and self._has_identifier(item)

    def _has_identifier(self, message: Message) -> bool:
        """Whether the message has the Message-ID: in its header block or, if it is a report, in the returned one."""
        assert self.identifier is not None  # noqa: S101 - checked by the caller
        end = header_end(message.data)
        field = _ID_FIELD.search(message.data, 0, end[0] if end else len(message.data))
        if field and len(self._names) < _MAX_NAMES:
            self._names.append(field[1].decode("utf-8", "replace"))
        if field and field[1].lower() == self.identifier:
            return True
        if field and self.identifier not in message.data.lower():
            return False
        from hopscope.parser import parse  # for few messages: damaged ones, reports, and those that quote the id

        shown = parse(message.data).message_id or ""
        return shown.strip("<> ").lower().encode("utf-8", "surrogateescape") == self.identifier

    def missing(self) -> SourceError:
        """The error if no message has the address."""
        reason = "no such message" if self.identifier is None else "no message with this Message-ID"
        counted = self._siblings if self.is_near and not self._in_file else self._all
        return SourceError(self.address, reason, self._near() or str(counted))

    def _near(self) -> str | None:
        """The nearest Message-ID or name, if it is near; no number, and no name that differs in its digits only."""
        from difflib import get_close_matches

        if self.identifier is not None:
            near = get_close_matches(self.identifier.decode("utf-8", "replace"), self._names, 1, _CLOSE_ID)
            return f"did you mean {self.file}:<{near[0]}>?" if near else None
        if self.is_near and not self._in_file:
            return None
        names = (name[len(self.file) + 1 :] for name in self._names)
        excluded = {"", _DIGITS.sub("", self.selector)}
        candidates = [name for name in names if _DIGITS.sub("", name) not in excluded]
        near = get_close_matches(self.selector, candidates, 1, _CLOSE)
        return f"did you mean {self.file}:{near[0]}?" if near else None
