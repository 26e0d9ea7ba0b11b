"""The progress of a long run on stderr: a bar on a terminal, and otherwise only its events."""

import sys
import time
from typing import TYPE_CHECKING

import click

from hopscope.cli import notes
from hopscope.scale.work import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

__all__ = ["PlainProgress", "progress_bar"]

_PATIENCE = 1.0
"""Seconds after which the progress bar appears."""


def progress_bar(*, bar: bool = True, noun: str = "messages") -> "PlainProgress":
    """Shows the progress of a run.

    Args:
        bar: Whether to show a bar on a terminal; false if the output is printed to the same terminal.
        noun: What is counted.
    """
    if bar and sys.stderr and sys.stderr.isatty() and not notes.is_quiet():
        return _ProgressBar(noun)
    return PlainProgress()


class PlainProgress(Progress):
    """Prints the events of a run, one per line."""

    def __init__(self) -> None:
        super().__init__()
        self.errors = 0

    def died(self, reason: str) -> None:
        """Print the event."""
        click.echo(f"hopscope: {reason}", err=True)

    def end(self) -> None:
        """Show no more progress."""


class _ProgressBar(PlainProgress):
    """Shows a progress bar on stderr once the run has taken a second."""

    def __init__(self, noun: str) -> None:
        super().__init__()
        self._noun = noun
        self._began = time.monotonic()
        self._has_ended = False
        self._count = 0
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def done(self, messages: int) -> None:
        self._count += messages
        if self._has_ended:
            return
        if self._bar is None and time.monotonic() - self._began > _PATIENCE:
            self._start()
        if self._bar is not None and self._task is not None:
            rate = self._count / (time.monotonic() - self._began)
            errors = f", {self.errors} errors" if self.errors else ""
            text = f"{self._count:,} {self._noun}, {rate:,.0f}/s{errors}"
            share = self.meter.share()
            self._bar.update(self._task, description=text, completed=share or 0, total=None if share is None else 1)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        console = Console(stderr=True)
        self._bar = Bar(*columns, console=console, transient=True, redirect_stdout=False)
        self._task = self._bar.add_task("", total=None)
        self._bar.start()

    def end(self) -> None:
        self._has_ended = True
        if self._bar is not None:
            self._bar.stop()
