"""Reads a log once: where the rows of each message are, and how the rows are to be read."""

import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from hopscope.errors import PartlyReadError, SourceError
from hopscope.sources.meter import Meter
from hopscope.tracking import events, forms
from hopscope.tracking.forms import Form
from hopscope.tracking.keys import hashes
from hopscope.tracking.rows import rows
from hopscope.tracking.times import Evidence, Times
from hopscope.tracking.writers import Writers

__all__ = ["Builder", "LogFile"]

_BATCH = 10_000
"""Entries that are written at a time."""
_MAX_SECTIONS = 1000
"""Maximum changes of columns in a file; the rows after more of them are damaged."""


class LogFile(msgspec.Struct, frozen=True, kw_only=True):
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


class Builder:
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
        self._writers = Writers()
        self._batch: list[tuple[int, int, int, bool]] = []

    def read(self, meter: Meter) -> LogFile | None:
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
            for offset, line, row in rows(file, may_have_line_breaks=form.may_have_line_breaks):
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
            times = Times(order=times.order, offset_minutes=form.times.offset_minutes)
        if self._evidence.without_zone:
            sections = [(offset, replace(section, times=times)) for offset, section in sections]
        if writer := self._writers.writer:
            sections = [(offset, replace(section, writer=writer)) for offset, section in sections]
        return LogFile(name=self._name, path=self._path, sections=tuple(sections))

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
        if self._evidence.without_seconds:
            advice = "use the file as it was exported: Excel removes seconds when it saves a file"
            yield PartlyReadError(self._name, "times without seconds", advice)
        if self._evidence.has_other_forms:
            advice = "export times with ToString('o'), as in docs/tracking.md"
            yield PartlyReadError(self._name, "times in a form that is not read", advice)
        times = self._evidence.times()
        if self._evidence.is_ambiguous and times.order is None:
            advice = "export times with ToString('s') or ToString('o'), as in docs/tracking.md"
            yield PartlyReadError(self._name, "times unknown: days and months may be in either order", advice)
        elif self._form.times.offset_minutes is None and self._evidence.without_zone and times.offset_minutes is None:
            advice = "export Timestamp with ToUniversalTime().ToString('o'), as in docs/tracking.md"
            yield PartlyReadError(self._name, "times of an unknown time zone", advice)

    def _add(self, row: bytes, form: Form, offset: int, line: int) -> None:
        cells = events.cells(row, form) if row else None
        if cells is None:
            self._damaged += not row.isspace()
            return
        if form.name == "log":
            self._writers.add(cells, form)
        elif not self._note(events.named(cells, form)):
            return
        self._rows += 1
        first, second = form.id_columns
        ids = hashes(cells[first] if first is not None else "", cells[second] if second is not None else "")
        position = self._base + offset
        for hashed in ids:
            self._batch.append((hashed, position, line, hashed == ids[0]))
        if len(self._batch) >= _BATCH:
            self._flush()

    def _note(self, cells: dict[str, str]) -> bool:
        """Notes what a row of an export shows of all; false if it repeats the names of the columns."""
        if forms.is_header(cells):
            return False
        self._lost += cells.get("recipients", "").startswith(events.LOST)
        if "time" in cells:
            self._evidence.add(cells)
        return True

    def _flush(self) -> None:
        self._connection.executemany("INSERT INTO unsorted VALUES (?, ?, ?, ?)", self._batch)
        self._batch.clear()
        self._done(self._rows)
        self._rows = 0
