"""Finds the rows of a message in tracking logs of any size.

The logs are read once, and for each row the hashes of its Message-ID and Network-Message-ID are stored with its
position in a temporary SQLite file. Rows are read again from the log, so that memory does not grow with it.

The module is over 300 lines because what writes the index and what reads it are in one place.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import msgspec
from msgspec.structs import replace

from hopscope.analysis.tracking.copies import without_copies
from hopscope.errors import SourceError, reason_of
from hopscope.model import TrackingEvent
from hopscope.sources.meter import Meter
from hopscope.tracking import events as event_rows
from hopscope.tracking import files as files_of
from hopscope.tracking.builder import Builder, LogFile
from hopscope.tracking.forms import Form
from hopscope.tracking.keys import hash_of, keys, message_key, network_key
from hopscope.tracking.rows import rows
from hopscope.tracking.writers import with_writers

__all__ = ["MAX_EVENTS", "TrackedMessage", "TrackingIndex", "open_index"]

MAX_EVENTS = 10_000
"""Maximum events of one message that are returned."""
_MAX_BYTES = 1 << 25
"""Maximum bytes of the rows of one message that are read: 10,000 usual rows have half of it."""
_FILE = 1 << 43
"""Positions are offset + file number * _FILE: 8 TiB a file, a million files."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH = 10_000
"""Rows after which progress is shown."""
_MAX_OPEN = 64
"""Maximum logs that are open at a time."""


class _Limits(msgspec.Struct):
    """How much may be read of one message."""

    rows: int
    size: int
    """In bytes."""


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
    """How many, of at most ``MAX_EVENTS``; rows that several files have count once."""
    last_event: TrackingEvent
    """The latest; of those without a time, the last in the order of files and lines."""


class TrackingIndex:
    """The messages in a set of logs. A context manager: its temporary files are removed on exit.

    It can be pickled: another process opens its own connection. Only the original removes the files.
    """

    def __init__(self, folder: str, files: Sequence[LogFile]) -> None:
        self._folder = folder
        self._files = tuple(files)
        self.is_limited = False
        """Whether the last message that was looked up has more events than were returned."""
        self._owner: int | None = os.getpid()
        self._process = os.getpid()
        self._connection: sqlite3.Connection | None = None
        self._open: dict[int, BinaryIO] = {}

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
        for file in self._open.values():
            file.close()
        self._open.clear()
        if self._owner == os.getpid():
            shutil.rmtree(self._folder, ignore_errors=True)

    def __getstate__(self) -> tuple[str, tuple[LogFile, ...]]:
        return self._folder, self._files

    def __setstate__(self, state: tuple[str, tuple[LogFile, ...]]) -> None:
        self._folder, self._files = state
        self.is_limited = False
        self._owner = None
        self._process = os.getpid()
        self._connection = None
        self._open = {}

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
        wanted = {message_key(text) for text in message_ids} | {network_key(text) for text in network_message_ids}
        found: dict[int, TrackingEvent] = {}
        limits = _Limits(MAX_EVENTS, _MAX_BYTES)
        self._find(wanted, found, limits)
        self._find({key for event in found.values() for key in _keys(event)} - wanted, found, limits)
        self.is_limited = limits.rows < 0 or limits.size < 0
        return _each_once(with_writers(found[position] for position in sorted(found)))

    def messages(self) -> Iterator[TrackedMessage]:
        """All messages, in the order of their first rows, by Message-ID, or network message id without one."""
        query = "SELECT hash, MIN(position) AS first FROM ids WHERE main GROUP BY hash ORDER BY first"
        for hashed, _ in self._connected().execute(query):
            yield from self._outlines(hashed)

    @property
    def size(self) -> int:
        """The number of messages."""
        return int(self._connected().execute("SELECT COUNT(DISTINCT hash) FROM ids WHERE main").fetchone()[0])

    def slowest(self, limit: int | None = None, progress: "Progress | None" = None) -> Iterator[TrackedMessage]:
        """The messages with the longest time from first to last event, the longest first; those without times last.

        The logs are read once more, from start to end, and the rows of the messages that are returned.

        Args:
            limit: Maximum number of messages; ``None`` for all.
            progress: Receives the progress of reading.

        Raises:
            SourceError: The temporary files cannot be written.
        """
        try:
            found = self._slowest(-1 if limit is None else limit, progress)
        except sqlite3.Error as error:
            raise _unwritable(self._folder, error) from None
        for hashed in found:
            yield from self._outlines(hashed)

    def _slowest(self, limit: int, progress: "Progress | None") -> list[int]:
        """The hashes of the messages; of all, 8 bytes each."""
        connection = self._connected()
        connection.executescript(
            "PRAGMA temp_store = FILE; DROP TABLE IF EXISTS times;"
            "CREATE TEMP TABLE times (hash INTEGER, position INTEGER, time INTEGER)"
        )
        connection.executemany("INSERT INTO times VALUES (?, ?, ?)", self._times(progress))
        query = "SELECT hash FROM times GROUP BY hash ORDER BY MAX(time) - MIN(time) DESC, MIN(position) LIMIT ?"
        found = [hashed for (hashed,) in connection.execute(query, (limit,))]
        connection.execute("DROP TABLE times")
        connection.commit()
        return found

    def _times(self, progress: "Progress | None") -> Iterator[tuple[int, int, int | None]]:
        """Hash, position and time of all rows, in the order of files and lines."""
        meter, done = (progress.meter, progress.done) if progress else (Meter(), _ignored)
        found = self._connected().execute("SELECT hash, position, line FROM ids WHERE main ORDER BY position")
        number = -1
        with meter.level(len(self._files)):
            for count, (hashed, position, line) in enumerate(found, 1):
                if position // _FILE != number:
                    number = position // _FILE
                    meter.step()
                yield hashed, position, _microseconds(self._time(position, line))
                if count % _BATCH == 0:
                    done(_BATCH)

    def _outlines(self, hashed: int) -> Iterator[TrackedMessage]:
        """The messages with this hash, nearly always one."""
        groups: dict[str, list[TrackingEvent]] = {}
        for _, event in self._events_of(hashed, (), _Limits(MAX_EVENTS, _MAX_BYTES)):
            keys = _keys(event)
            if keys and hash_of(keys[0]) == hashed:
                groups.setdefault(keys[0], []).append(event)
        for group in groups.values():
            yield _outline(without_copies(_each_once(group)))

    def _find(self, keys: Iterable[str], found: dict[int, TrackingEvent], limits: "_Limits") -> None:
        """Adds the events with one of the keys, by position."""
        for key in sorted(keys):
            events = self._events_of(hash_of(key), found, limits)
            found |= {position: event for position, event in events if key in _keys(event)}

    def _events_of(self, hashed: int, known: Container[int], limits: "_Limits") -> Iterator[tuple[int, TrackingEvent]]:
        """The events with this hash that are not known, with their positions, until a limit is reached."""
        query = "SELECT position, line FROM ids WHERE hash = ? ORDER BY position"
        for position, line in self._connected().execute(query, (hashed,)):
            if position in known:
                continue
            log, form, row = self._row(position, line)
            limits.rows -= 1
            limits.size -= len(row)
            if limits.rows < 0 or limits.size < 0:
                return
            if event := event_rows.event(row, form, f"{log.name}:{line}") if row else None:
                yield position, event

    def _time(self, position: int, line: int) -> datetime | None:
        _, form, row = self._row(position, line)
        return event_rows.time(row, form) if row else None

    def _row(self, position: int, line: int) -> tuple[LogFile, Form, bytes]:
        """The row at a position; empty if it cannot be read."""
        number, offset = divmod(position, _FILE)
        log = self._files[number]
        form = log.form(offset)
        with suppress(OSError):
            file = self._opened_file(number)
            for *_, row in rows(file, offset, line, may_have_line_breaks=form.may_have_line_breaks):
                return log, form, row
        return log, form, b""

    def _disown(self) -> None:
        """Forgets connection and files of the parent of a forked process, which share its positions."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._connection, self._open = None, {}

    def _opened_file(self, number: int) -> BinaryIO:
        self._disown()
        file = self._open.get(number)
        if file is None:
            if len(self._open) == _MAX_OPEN:
                self._open.pop(next(iter(self._open))).close()
            file = self._open[number] = Path(self._files[number].path).open("rb")  # noqa: SIM115 - closed by close()
        return file

    def _connected(self) -> sqlite3.Connection:
        self._disown()
        if self._connection is None:
            self._connection = _opened(self._folder)
        return self._connection


class Progress(Protocol):
    """Receives the progress of reading."""

    @property
    def meter(self) -> Meter:
        """Measures how much of the logs was read."""

    def done(self, rows: int, /) -> None:
        """A number of further rows was read."""


def open_index(
    paths: Sequence[str],
    stdin: BinaryIO | None,
    report: Callable[[SourceError], object],
    progress: Progress | None = None,
) -> TrackingIndex:
    """Reads the logs at ``paths``: files, folders with ``MSGTRK*.LOG``, and ``-`` for ``stdin``.

    Errors are passed to ``report``, and the other files are read: a :class:`~hopscope.errors.SourceError` for a file
    that cannot be read or is not a log, a :class:`~hopscope.errors.PartlyReadError` for one of which a part was not.

    Raises:
        SourceError: The temporary files cannot be written.
    """
    try:
        folder = tempfile.mkdtemp(prefix="hopscope-")
    except OSError as error:
        raise _unwritable("temporary folder", error) from None
    try:
        meter = progress.meter if progress else Meter()
        with closing(_opened(folder)) as connection:
            items = _items(paths, stdin, folder, meter)
            files = _indexed(connection, items, report, meter, progress.done if progress else _ignored)
        return TrackingIndex(folder, files)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, sqlite3.Error):
            raise _unwritable(folder, error) from None
        raise


def _unwritable(folder: str, error: Exception) -> SourceError:
    reason = f"the index of the tracking logs cannot be written ({error})"
    return SourceError(folder, reason, "free space there, or name another folder in TMPDIR")


def _ignored(_: int) -> None:
    """Receives the progress of reading without an effect."""


def _items(
    paths: Sequence[str], stdin: BinaryIO | None, folder: str, meter: Meter
) -> Iterator[tuple[str, str] | SourceError]:
    """Name and path of each log, and errors."""
    expanded = list(files_of.expanded(paths))
    with meter.level(len(expanded)):
        for path in expanded:
            meter.step()
            if isinstance(path, SourceError):
                yield path
            else:
                yield from files_of.readable(path, stdin, folder)


def _indexed(
    connection: sqlite3.Connection,
    items: Iterable[tuple[str, str] | SourceError],
    report: Callable[[SourceError], object],
    meter: Meter,
    done: Callable[[int], object],
) -> list[LogFile]:
    connection.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;"
        "CREATE TEMP TABLE unsorted (hash INTEGER, position INTEGER, line INTEGER, main INTEGER)"
    )
    files: list[LogFile] = []
    for item in items:
        if isinstance(item, SourceError):
            report(item)
            continue
        builder = Builder(connection, *item, base=len(files) * _FILE, done=done)
        try:
            file = builder.read(meter)
        except OSError as error:
            report(SourceError(item[0], reason_of(error), "check the path"))
            continue
        for problem in builder.problems():
            report(problem)
        if file:
            files.append(file)
    connection.executescript(
        "CREATE TABLE ids (hash INTEGER, position INTEGER, line INTEGER, main INTEGER, PRIMARY KEY (hash, position))"
        " WITHOUT ROWID;"
        "INSERT OR IGNORE INTO ids SELECT * FROM unsorted ORDER BY hash, position; DROP TABLE unsorted"
    )
    connection.commit()
    return files


def _opened(folder: str) -> sqlite3.Connection:
    return sqlite3.connect(str(Path(folder) / "index.sqlite"))


def _each_once(events: Iterable[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """The events without repetitions: of a row that several files have, the first is kept."""
    unique: dict[TrackingEvent, TrackingEvent] = {}
    for event in events:
        unique.setdefault(replace(event, position=""), event)
    return tuple(unique.values())


def _microseconds(time: datetime | None) -> int | None:
    return None if time is None else (time - _EPOCH) // timedelta(microseconds=1)


def _outline(events: Sequence[TrackingEvent]) -> TrackedMessage:
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
    return keys(event.message_id, event.network_message_id)
