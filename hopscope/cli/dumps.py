"""Messages named on the command line, read by worker processes; one-line errors on stderr."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import click

from hopscope.cli import notes, table_age
from hopscope.cli.progress import progress_bar
from hopscope.cli.reading import Reader
from hopscope.cli.supplements import SuppliedFiles

if TYPE_CHECKING:
    from hopscope.scale.filters import MessageFilter, Selected
    from hopscope.scale.reading import Result
    from hopscope.scale.work import Progress

__all__ = ["Dump"]

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
        start: "Callable[[Progress], Iterator[R]]",
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
        progress = progress_bar(bar=bar)
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
                    self.supplements.note(tracked=result.tracked, is_limited=result.is_limited)
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
