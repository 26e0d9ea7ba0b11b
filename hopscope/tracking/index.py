"""Finds the rows of a message in tracking logs of any size.

The logs are read once, and for each row the hashes of its Message-ID and Network-Message-ID are stored with its
position in a temporary SQLite file. Rows are read again from the log, so that memory does not grow with it.
"""

import os
import shutil
import sqlite3
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import msgspec
from msgspec.structs import replace

from hopscope.errors import PartlyReadError, SourceError, reason_of
from hopscope.model import TrackingEvent
from hopscope.sources.meter import Meter
from hopscope.tracking import events as event_rows
from hopscope.tracking import files as files_of
from hopscope.tracking import forms
from hopscope.tracking.forms import Form
from hopscope.tracking.rows import rows
from hopscope.tracking.times import Evidence

__all__ = ["MAX_EVENTS", "TrackedMessage", "TrackingIndex", "open_index"]

MAX_EVENTS = 10_000
"""Maximum events of one message that are returned."""
_FILE = 1 << 43
"""Positions are offset + file number * _FILE: 8 TiB a file, a million files."""
_BATCH = 10_000
_MAX_OPEN = 64
"""Maximum logs that are open at a time."""
_MAX_SECTIONS = 1000
"""Maximum changes of columns in a file; the rows after more of them are damaged."""


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
    sections: tuple[tuple[int, Form], ...]
    """Offsets from which on the rows have a form; a log that was appended to by another version has several."""

    def form(self, offset: int) -> Form:
        """The form of the row at an offset."""
        return self.sections[bisect_right(self.sections, offset, key=lambda section: section[0]) - 1][1]


class TrackingIndex:
    """The messages in a set of logs. A context manager: its temporary files are removed on exit.

    It can be pickled: another process opens its own connection. Only the original removes the files.
    """

    def __init__(self, folder: str, files: Sequence[_File]) -> None:
        self._folder = folder
        self._files = tuple(files)
        self._owner: int | None = os.getpid()
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

    def __getstate__(self) -> tuple[str, tuple[_File, ...]]:
        return self._folder, self._files

    def __setstate__(self, state: tuple[str, tuple[_File, ...]]) -> None:
        self._folder, self._files = state
        self._owner = None
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
        wanted = {_message_key(text) for text in message_ids} | {_network_key(text) for text in network_message_ids}
        found = self._rows_of(wanted, MAX_EVENTS)
        more = {key for event in found.values() for key in _keys(event)} - wanted
        found |= self._rows_of(more, MAX_EVENTS - len(found))
        return _each_once([found[position] for position in sorted(found)])

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

    def _rows_of(self, keys: Iterable[str], limit: int) -> dict[int, TrackingEvent]:
        """By position, the rows with one of the keys, up to a limit."""
        found: dict[int, TrackingEvent] = {}
        for key in sorted(keys):
            if len(found) >= limit:
                break
            events = self._by_hash(_hash(key), limit - len(found))
            found |= {position: event for position, event in events.items() if key in _keys(event)}
        return found

    def _by_hash(self, hashed: int, limit: int = MAX_EVENTS) -> dict[int, TrackingEvent]:
        query = "SELECT position, line FROM ids WHERE hash = ? ORDER BY position LIMIT ?"
        found = {}
        for position, line in self._connected().execute(query, (hashed, limit)):
            event = self._event(position, line)
            if event:
                found[position] = event
        return found

    def _event(self, position: int, line: int) -> TrackingEvent | None:
        number, offset = divmod(position, _FILE)
        log = self._files[number]
        with suppress(OSError):
            row = next(rows(self._opened_file(number), offset, line), None)
            if row:
                return event_rows.event(row[2], log.form(offset), f"{log.name}:{line}")
        return None

    def _opened_file(self, number: int) -> BinaryIO:
        file = self._open.get(number)
        if file is None:
            if len(self._open) == _MAX_OPEN:
                self._open.pop(next(iter(self._open))).close()
            file = self._open[number] = Path(self._files[number].path).open("rb")  # noqa: SIM115 - closed by close()
        return file

    def _connected(self) -> sqlite3.Connection:
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
        raise _unwritable(tempfile.gettempdir(), error) from None
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
) -> list[_File]:
    connection.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;"
        "CREATE TEMP TABLE unsorted (hash INTEGER, position INTEGER, line INTEGER, main INTEGER)"
    )
    files: list[_File] = []
    for item in items:
        if isinstance(item, SourceError):
            report(item)
            continue
        builder = _Builder(connection, *item, base=len(files) * _FILE, done=done)
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


class _Builder:
    """Adds the rows of one file to the index."""

    def __init__(
        self, connection: sqlite3.Connection, name: str, path: str, *, base: int, done: Callable[[int], object]
    ) -> None:
        self._connection = connection
        self._done = done
        self._name, self._path, self._base = name, path, base
        self._form: Form | None = None
        self._lacks_ids = False
        self._damaged = self._lost = self._rows = 0
        self._evidence = Evidence()
        self._batch: list[tuple[int, int, int, bool]] = []

    def read(self, meter: Meter) -> _File | None:
        """The file, if it is a log.

        Args:
            meter: Measures how much of it was read.

        Raises:
            OSError: It cannot be read.
        """
        with Path(self._path).open("rb") as file:
            meter.open(file)
            head = file.read(forms.HEAD).decode("utf-8-sig", "replace")
            form = self._form = forms.recognised(head)
            if form is None:
                self._lacks_ids = forms.lacks_ids(head)
                return None
            sections = [(0, form)]
            columns_are_named = form.name == "log"
            for offset, line, row in rows(file):
                if forms.is_directive(row):
                    section = forms.with_directive(form, row)
                    if section != form and len(sections) < _MAX_SECTIONS:
                        form = section
                        sections.append((offset, form))
                elif columns_are_named:
                    self._add(row, form, offset, line)
                else:
                    columns_are_named = not row.isspace()
        self._flush()
        times = self._evidence.times()
        if form.times.offset_minutes is not None:
            times = replace(times, offset_minutes=form.times.offset_minutes)
        if self._evidence.without_zone:
            sections = [(offset, replace(section, times=times)) for offset, section in sections]
        return _File(name=self._name, path=self._path, sections=tuple(sections))

    def problems(self) -> Iterator[SourceError]:
        """What could not be read."""
        if self._lacks_ids:
            advice = "export MessageId and NetworkMessageId as well: see docs/tracking.md"
            yield SourceError(self._name, "no column with the ids of the messages", advice)
            return
        if self._form is None:
            advice = "it has neither a line #Fields: nor a header row of a message trace: see docs/tracking.md"
            yield SourceError(self._name, "not a message tracking log or message trace", advice)
            return
        if self._damaged:
            rows_ = "1 damaged row" if self._damaged == 1 else f"{self._damaged} damaged rows"
            yield PartlyReadError(self._name, f"{rows_} skipped", "compare the number of cells with the header row")
        if self._lost:
            advice = "export with Select-Object and -join, as in docs/tracking.md"
            yield PartlyReadError(self._name, "recipients unknown: Export-Csv wrote System.String[]", advice)
        times = self._evidence.times()
        if self._form.times.offset_minutes is None and self._evidence.without_zone and times.offset_minutes is None:
            advice = "export Timestamp with ToUniversalTime().ToString('o'), as in docs/tracking.md"
            yield PartlyReadError(self._name, "times of an unknown time zone", advice)

    def _add(self, row: bytes, form: Form, offset: int, line: int) -> None:
        cells = event_rows.cells(row, form) if row else None
        if cells is None:
            self._damaged += not row.isspace()
            return
        if form.name != "log" and not self._note(event_rows.named(cells, form)):
            return
        self._rows += 1
        first, second = form.id_columns
        hashes = _hashes(cells[first] if first is not None else "", cells[second] if second is not None else "")
        position = self._base + offset
        for hashed in hashes:
            self._batch.append((hashed, position, line, hashed == hashes[0]))
        if len(self._batch) >= _BATCH:
            self._flush()

    def _note(self, cells: dict[str, str]) -> bool:
        """Notes what a row of an export shows of all; false if it repeats the names of the columns."""
        if forms.is_header(cells):
            return False
        self._lost += cells.get("recipients", "").startswith(event_rows.LOST)
        if "time" in cells:
            self._evidence.add(cells)
        return True

    def _flush(self) -> None:
        self._connection.executemany("INSERT INTO unsorted VALUES (?, ?, ?, ?)", self._batch)
        self._batch.clear()
        self._done(self._rows)
        self._rows = 0


def _opened(folder: str) -> sqlite3.Connection:
    return sqlite3.connect(str(Path(folder) / "index.sqlite"))


def _each_once(events: list[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """The events without repetitions: of a row that several files have, the first is kept."""
    return tuple({replace(event, position=""): event for event in reversed(events)}.values())[::-1]


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


@lru_cache(1 << 10)  # the rows of a message follow each other
def _hashes(message_id: str, network_message_id: str) -> tuple[int, ...]:
    """The hashes of the ids of a row."""
    return tuple([_hash(key) for key in _keys_of(message_id, network_message_id)])


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)
