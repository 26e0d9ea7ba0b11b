"""Messages named on the command line, read by worker processes; progress bar and one-line errors on stderr."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import click

from hopscope.cli import notes, table_age
from hopscope.cli.reading import Reader
from hopscope.cli.supplements import SuppliedFiles
from hopscope.scale.work import Progress as RunProgress

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from hopscope.scale.filters import MessageFilter, Selected
    from hopscope.scale.reading import Result

__all__ = ["Dump"]

_PATIENCE = 1.0
"""Seconds after which the progress bar appears."""

R = TypeVar("R", bound="Result")


class Dump(Reader):
    """Reads the messages named on the command line in chunks; records whether any could not be read."""

    def __init__(
        self,
        paths: Sequence[str],
        *,
        attached: bool = False,
        filter_: "MessageFilter | None" = None,
        counted: bool = False,
        supplied: SuppliedFiles | None = None,
    ) -> None:
        """Prepare to read messages.

        Args:
            paths: The files, folders, and ``-`` for standard input.
            attached: Whether to include messages attached to messages.
            filter_: Selects the messages of a run.
            counted: Whether to print how many were selected, as the output does not contain it.
            supplied: The user's files about messages.
        """
        super().__init__(paths, attached=attached, supplied=supplied)
        self.filter = filter_
        self.selected: Selected | None = None
        """What the filter selected of the messages read so far."""
        self._counted = counted
        self.paths = self._paths
        self.attached = attached
        self.stdin: BinaryIO | None = sys.stdin.buffer if sys.stdin else None

    def results(
        self,
        start: Callable[[RunProgress], Iterator[R]],
        *,
        bar: bool = True,
        is_output: Callable[[R], bool] | None = None,
    ) -> Iterator[R]:
        """The results of a run, whose errors are reported.

        Args:
            start: Starts the run, which reports its progress to the argument.
            bar: Whether to show progress on a terminal; false if the results are printed to the same terminal.
            is_output: Whether a result is printed to the same terminal: the progress bar ends with the first of these.
        """
        self.invite()
        bar = bar and bool(sys.stderr and sys.stderr.isatty()) and not notes.is_quiet()
        progress = _ProgressBar() if bar else _PlainProgress()
        try:
            for result in start(progress):
                for error in result.errors:
                    progress.errors += 1
                    self.report(error)
                for error in result.skipped:
                    self.report(error)
                if result.newer_build:
                    table_age.note()
                if self.supplements:
                    self.supplements.note(tracked=result.tracked)
                if result.selected and self.selected:
                    self.selected.merge(result.selected)
                self.selected = self.selected or result.selected
                if is_output and is_output(result):
                    progress.end()
                yield result
        finally:
            progress.end()
        if self.filter:
            self._report_selection(self.filter)

    def _report_selection(self, filter_: "MessageFilter") -> None:
        """Print what the filter selected; a name that occurs in no message is an error, as it may be a typo."""
        from hopscope.cli import filters
        from hopscope.scale.filters import Selected

        selected = self.selected or Selected()
        errors = list(filters.missing_names(filter_, selected))
        self.failed |= bool(errors)
        for error in errors:
            click.echo(f"hopscope: {error}", err=True)
        for note in () if errors else filters.notes(filter_, selected, counted=self._counted):
            notes.note(f"hopscope: {note}")


class _PlainProgress(RunProgress):
    """Prints the events of a run, one per line."""

    def __init__(self) -> None:
        super().__init__()
        self.errors = 0

    def died(self, reason: str) -> None:
        click.echo(f"hopscope: {reason}", err=True)

    def end(self) -> None:
        """Show no more progress."""


class _ProgressBar(_PlainProgress):
    """Shows a progress bar on stderr once the run has taken a second."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()
        self._has_ended = False
        self._messages = 0
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def done(self, messages: int) -> None:
        self._messages += messages
        if self._has_ended:
            return
        if self._progress is None and time.monotonic() - self._began > _PATIENCE:
            self._start()
        if self._progress is not None and self._task is not None:
            rate = self._messages / (time.monotonic() - self._began)
            errors = f", {self.errors} errors" if self.errors else ""
            text = f"{self._messages:,} messages, {rate:,.0f}/s{errors}"
            share = self.meter.share()
            self._progress.update(
                self._task, description=text, completed=share or 0, total=None if share is None else 1
            )

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        console = Console(stderr=True)
        self._progress = Progress(*columns, console=console, transient=True, redirect_stdout=False)
        self._task = self._progress.add_task("", total=None)
        self._progress.start()

    def end(self) -> None:
        self._has_ended = True
        if self._progress is not None:
            self._progress.stop()
