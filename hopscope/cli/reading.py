"""Messages named on the command line -> labelled routes, with one-line errors on stderr."""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

from hopscope.cli import notes
from hopscope.cli.supplements import LIMITED, SuppliedFiles
from hopscope.errors import NotMailError, PartlyReadError, SourceError
from hopscope.model import Route

if TYPE_CHECKING:
    from hopscope.scale.error_lines import ErrorLines
    from hopscope.scale.isolation import Sourced
    from hopscope.scale.supplements import Supplements
    from hopscope.sources import Message

__all__ = ["Reader", "noted", "piped_or_folder"]

R = TypeVar("R")
T = TypeVar("T", bound="Sourced")

_PATIENCE = 2.0
"""Seconds after which a pipe without data is noted, as it may be one that nobody writes to."""


def piped_or_folder() -> tuple[str]:
    """The path to read if none is given: standard input if something is piped in, or else the current folder.

    Of a terminal, ``/dev/null`` or an empty pipe, as CI systems use them, nothing is read.
    """
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return (".",)
    try:
        if not _is_ready(sys.stdin):
            notes.note("hopscope: waiting for headers on standard input; for the current folder: hopscope check .")
        return ("-",) if sys.stdin.buffer.peek(1) else (".",)  # type: ignore[union-attr] # it is a BufferedReader
    except OSError:
        return ("-",)  # reading it reports why it cannot be read


def _is_ready(stdin: TextIO) -> bool:
    """Whether there is data, or the end, within ``_PATIENCE``; true for what only Windows cannot wait for."""
    import select

    try:
        return bool(select.select([stdin], [], [], _PATIENCE)[0])
    except OSError:
        return True


def noted(routes: Iterable[Route]) -> Iterator[Route]:
    """The routes; prints a note at the end of the run if a build is newer than an outdated table of builds."""
    from hopscope.classifier import builds
    from hopscope.cli import table_age
    from hopscope.scale.reading import has_newer_build

    outdated = builds.is_outdated()
    for route in routes:
        if outdated and has_newer_build(route):
            table_age.note()
        yield route


class Reader:
    """Reads the messages named on the command line; records whether any could not be read."""

    def __init__(self, paths: Sequence[str], *, attached: bool = False, supplied: SuppliedFiles | None = None) -> None:
        self._paths = tuple(paths) or ("-",)
        self._attached = attached
        self.failed = False
        self._errors: ErrorLines | None = None
        context = click.get_current_context(silent=True)
        if context:
            context.call_on_close(self._report_further)
        supplied = supplied or SuppliedFiles()
        self.inputs = (*self._paths, *supplied.paths)
        """All files that are read, which no output may replace."""
        self.supplements = self._opened(supplied)
        """The user's files about messages; ``None`` if the options name none."""

    def routes(self) -> Iterator[Route]:
        """A labelled route per message; unreadable input is reported and skipped."""
        from hopscope.scale.reading import BULK, route_of

        count = itertools.count()
        routes = self.processed(self.messages(), lambda message: route_of(message, in_bulk=next(count) >= BULK))
        return noted(routes)

    def processed(self, items: "Iterable[T]", process: "Callable[[T], R | SourceError]") -> Iterator[R]:
        """The result of processing each message; one for which it fails is reported and skipped."""
        from hopscope.scale.isolation import processed

        return processed(items, process, self.report)

    def messages(self) -> "Iterator[Message | SourceError]":
        """The messages, not parsed."""
        from hopscope.sources import messages

        self.invite()
        stdin = sys.stdin.buffer if sys.stdin else None
        return messages(self._paths, stdin, attached=self._attached)

    def invite(self) -> None:
        """Ask for a paste if standard input is a terminal."""
        from hopscope.sources import container

        if "-" in map(container, self._paths) and sys.stdin and sys.stdin.isatty():
            notes.note("Paste the headers, then press Ctrl-D (on Windows: Ctrl-Z, Enter).")

    def report(self, error: SourceError) -> None:
        """Print an error and record that there was one; one of many with the same reason is only counted.

        A file in a folder or archive that is not mail is noted, and so is a part of a file that was not read.
        """
        from hopscope.scale.error_lines import ErrorLines

        if isinstance(error, NotMailError) and error.source not in self._paths:
            notes.skipped(error.source)
            return
        if isinstance(error, PartlyReadError):
            from hopscope.renderers.text.escape import visible  # for few inputs

            notes.note(f"hopscope: {visible(str(error))}")
            return
        self.failed = True
        self._errors = self._errors or ErrorLines()
        if self._errors.count(error) or not click.get_current_context(silent=True):
            click.echo(f"hopscope: {self._errors.line(error)}{self._suggestion(error)}", err=True)

    def _opened(self, supplied: SuppliedFiles) -> "Supplements | None":
        from hopscope.sources import container

        if "-" in supplied.tracking_logs and "-" in map(container, self._paths):
            raise click.UsageError("standard input cannot be both the messages and a log; name a file for one of them")
        supplements = supplied.opened(self.report)
        if supplements and supplements.tracking:
            click.get_current_context().call_on_close(self._note_events)
        return supplements

    def _note_events(self) -> None:
        """Note that the tracking logs have no event of the messages, unless an error or an interruption says more.

        Note also that they have more events of a message than are read.
        """
        if self.supplements and self.supplements.is_limited:
            notes.note(LIMITED)
        if self.supplements and self.supplements.tracked is False and not self.failed and sys.exc_info()[0] is None:
            advice = "they may be of other servers or days"
            notes.note(f"hopscope: the tracking logs have no event of any message; {advice}")

    def _report_further(self) -> None:
        """Print how many errors were not printed, by reason."""
        path = self._paths[0] if len(self._paths) == 1 else None
        for line in self._errors.further(path) if self._errors else ():
            click.echo(f"hopscope: {line}", err=True)

    def _suggestion(self, error: SourceError) -> str:
        """The nearest command, as a mistyped command looks like a missing file."""
        from hopscope.cli import COMMANDS

        if "no such file" not in error.reason or error.source != self._paths[0]:
            return ""
        from hopscope.config.near import nearest

        if error.source in COMMANDS:
            return f" (a command precedes its options: `hopscope {error.source} ...`)"
        match = nearest(error.source, COMMANDS) if error.source.isalpha() else None
        return f" (did you mean the command `{match}`?)" if match else ""
