"""Finds the rows of a message in tracking logs of any size.

The logs are read once, and for each row the hashes of its Message-ID and Network-Message-ID are stored with its
position in a temporary SQLite file. Rows are read again from the log, so that memory does not grow with it.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from hopscope.errors import SourceError, reason_of
from hopscope.model import TrackingEvent
from hopscope.tracking import events as event_rows
from hopscope.tracking import forms
from hopscope.tracking.forms import Form
from hopscope.tracking.rows import rows

__all__ = ["MAX_EVENTS", "TrackedMessage", "TrackingIndex", "open_index"]

MAX_EVENTS = 10_000
"""Maximum events of one message that are returned."""
_FILE = 1 << 43
"""Positions are offset + file number * _FILE: 8 TiB a file, a million files."""
_BATCH = 10_000


class TrackedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message in tracking logs, in outline."""

    message_id: str | None
    """The Message-ID field, angle brackets included."""
    network_message_id: str | None
    """The first one; copies of the message may have others."""
    subject: str | None
    first_time: datetime | None
    """The earliest time of its events; ``None`` if none can be read."""
    last_time: datetime | None
    events: int
    """How many, of at most ``MAX_EVENTS``."""
    last_event: TrackingEvent
    """The latest; of those without a time, the last in the order of files and lines."""


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """A log that was read."""

    name: str
    """For messages to the user."""
    path: str
    """To be opened: the file itself, or its contents unpacked."""
    form: Form


class TrackingIndex:
    """The messages in a set of logs. A context manager: its temporary files are removed on exit.

    It can be pickled: another process opens its own connection. Only the process that made it removes the files.
    """

    def __init__(self, folder: str, files: Sequence[_File]) -> None:
        self._folder = folder
        self._files = tuple(files)
        self._process = os.getpid()
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the index, and removes its temporary files."""
        if self._connection:
            self._connection.close()
            self._connection = None
        if self._process == os.getpid():
            for path in list(Path(self._folder).glob("*")):
                with suppress(OSError):
                    path.unlink()
            with suppress(OSError):
                Path(self._folder).rmdir()

    def __getstate__(self) -> tuple[str, tuple[_File, ...], int]:
        return self._folder, self._files, self._process

    def __setstate__(self, state: tuple[str, tuple[_File, ...], int]) -> None:
        self._folder, self._files, self._process = state
        self._connection = None

    def events(
        self, *, message_ids: Iterable[str] = (), network_message_ids: Iterable[str] = ()
    ) -> tuple[TrackingEvent, ...]:
        """The events of the messages with these ids, in the order of files and lines; at most ``MAX_EVENTS``.

        Events of either id are followed to the other id once: all rows of a message that was split into copies are
        found by its Message-ID, and rows that lack one by the network message id.

        Args:
            message_ids: Values of Message-ID fields, with or without angle brackets. Case matters.
            network_message_ids: GUIDs, with or without hyphens and braces.
        """
        wanted = {_message_key(text) for text in message_ids} | {_network_key(text) for text in network_message_ids}
        found = self._rows_of(wanted)
        more = {key for row in found.values() for key in _keys(row)} - wanted
        found |= self._rows_of(more)
        return tuple([found[position] for position in sorted(found)[:MAX_EVENTS]])

    def messages(self) -> Iterator[TrackedMessage]:
        """All messages, in the order of their first rows, by Message-ID, or network message id without one."""
        query = "SELECT hash, MIN(position) AS first FROM ids WHERE main GROUP BY hash ORDER BY first"
        for hashed, _ in self._connected().execute(query):
            groups: dict[str, list[TrackingEvent]] = {}
            for event in self._by_hash(hashed).values():
                keys = _keys(event)
                if keys and _hash(keys[0]) == hashed:
                    groups.setdefault(keys[0], []).append(event)
            for group in groups.values():
                yield _outline(group)

    def _rows_of(self, keys: Iterable[str]) -> dict[int, TrackingEvent]:
        """By position, the rows with one of the keys."""
        return {
            position: event
            for key in sorted(keys)
            for position, event in self._by_hash(_hash(key)).items()
            if key in _keys(event)
        }

    def _by_hash(self, hashed: int) -> dict[int, TrackingEvent]:
        query = "SELECT position, line FROM ids WHERE hash = ? ORDER BY position LIMIT ?"
        found = {}
        for position, line in self._connected().execute(query, (hashed, MAX_EVENTS)):
            event = self._event(position, line)
            if event:
                found[position] = event
        return found

    def _event(self, position: int, line: int) -> TrackingEvent | None:
        number, offset = divmod(position, _FILE)
        log = self._files[number]
        with suppress(OSError), Path(log.path).open("rb") as file:
            row = next(rows(file, offset, line), None)
            if row:
                return event_rows.event(row[2], log.form, f"{Path(log.name).name}:{line}")
        return None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _opened(self._folder)
        return self._connection


def open_index(paths: Sequence[str], stdin: BinaryIO | None, report: Callable[[SourceError], object]) -> TrackingIndex:
    """Reads the logs at ``paths``: files, folders of ``MSGTRK*.LOG``, and ``-`` for ``stdin``.

    A file that cannot be read, or is not a log, and damaged rows are passed to ``report``; the other files are read.
    """
    folder = tempfile.mkdtemp(prefix="hopscope-")
    index = TrackingIndex(folder, ())
    try:
        index = TrackingIndex(folder, _indexed(folder, paths, stdin, report))
    except BaseException:
        index.close()
        raise
    return index


def _indexed(
    folder: str, paths: Sequence[str], stdin: BinaryIO | None, report: Callable[[SourceError], object]
) -> list[_File]:
    connection = _opened(folder)
    connection.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "CREATE TABLE ids (hash INTEGER, position INTEGER, line INTEGER, main INTEGER)"
    )
    files: list[_File] = []
    for name in _expanded(paths):
        try:
            path = _spooled(folder, stdin, len(files)) if name == "-" and stdin else name
            with Path(path).open("rb") as file:
                form = forms.recognised(file.read(1 << 16).decode("utf-8-sig", errors="replace"))
                if form is None:
                    advice = "a tracking log has a line #Fields:, a message trace a header row: see docs/tracking.md"
                    report(SourceError(name, "not a message tracking log or message trace", advice))
                    continue
                damaged = _add(connection, file, form, len(files) * _FILE)
            files.append(_File(name=name, path=path, form=form))
            if damaged:
                report(SourceError(name, f"{damaged} damaged rows", "they were skipped; the others were read"))
        except OSError as error:
            report(SourceError(name, reason_of(error), "check the path"))
    connection.execute("CREATE INDEX by_hash ON ids (hash)")
    connection.commit()
    connection.close()
    return files


def _add(connection: sqlite3.Connection, file: BinaryIO, form: Form, base: int) -> int:
    """Adds the rows of a file to the index; the number of damaged rows."""
    damaged = 0
    batch: list[tuple[int, int, int, bool]] = []
    header = form.name == "log"
    for offset, line, row in rows(file):
        if row.startswith((b"#", b"\xef\xbb\xbf#")) or row in {b"\n", b"\r\n"}:
            continue
        if not header:
            header = True
            continue
        cells = event_rows.values(row, form)
        if cells is None:
            damaged += 1
            continue
        keys = _keys_of(cells.get("message_id"), cells.get("network_message_id"))
        batch += [(_hash(key), base + offset, line, not number) for number, key in enumerate(keys)]
        if len(batch) >= _BATCH:
            connection.executemany("INSERT INTO ids VALUES (?, ?, ?, ?)", batch)
            batch.clear()
    connection.executemany("INSERT INTO ids VALUES (?, ?, ?, ?)", batch)
    return damaged


def _expanded(paths: Sequence[str]) -> Iterator[str]:
    """The paths, with each folder replaced by its logs."""
    for path in paths:
        if Path(path).is_dir():
            yield from sorted(str(file) for file in Path(path).iterdir() if file.name.upper().startswith("MSGTRK"))
        else:
            yield path


def _spooled(folder: str, stream: BinaryIO, number: int) -> str:
    path = Path(folder) / f"{number}.log"
    with path.open("wb") as file:
        while data := stream.read(1 << 16):
            file.write(data)
    return str(path)


def _opened(folder: str) -> sqlite3.Connection:
    return sqlite3.connect(str(Path(folder) / "index.sqlite"))


def _outline(events: list[TrackingEvent]) -> TrackedMessage:
    times = [event.time for event in events if event.time]
    last_time = max(times, default=None)
    return TrackedMessage(
        message_id=next((event.message_id for event in events if event.message_id), None),
        network_message_id=next((event.network_message_id for event in events if event.network_message_id), None),
        subject=next((event.subject for event in events if event.subject), None),
        first_time=min(times, default=None),
        last_time=last_time,
        events=len(events),
        last_event=[event for event in events if event.time == last_time][-1],
    )


def _keys(event: TrackingEvent) -> list[str]:
    return _keys_of(event.message_id, event.network_message_id)


def _keys_of(message_id: str | None, network_message_id: str | None) -> list[str]:
    """The Message-ID first, which groups the rows of a message."""
    keys = [_message_key(message_id)] if message_id else []
    if network_message_id:
        keys.append(_network_key(network_message_id))
    return keys


def _message_key(text: str) -> str:
    return "<" + text.strip().removeprefix("<").removesuffix(">")


def _network_key(text: str) -> str:
    return text.strip().strip("{}").replace("-", "").lower()


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)
