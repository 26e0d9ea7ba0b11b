"""``--tracking-log`` and ``--geo``: the user's own files about messages, opened before any message is read."""

import signal
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from hopscope.cli import wildcards
from hopscope.errors import SourceError
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from hopscope.scale.supplements import Supplements
    from hopscope.sources.locations import LocationDatabases
    from hopscope.tracking.index import TrackingIndex

__all__ = ["LIMITED", "SuppliedFiles", "opened_logs", "supplement_options"]

LIMITED = (
    "hopscope: the tracking logs have more than 10,000 events of a message, or more than 32 MiB; the rest is left out"
)
_Command = TypeVar("_Command", bound=Callable[..., Any])


class SuppliedFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files that the options name."""

    tracking_logs: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that are read, each log of a folder for itself."""
        if not self.tracking_logs:
            return self.databases
        from hopscope.tracking.files import expanded

        return (*(path for path in expanded(self.tracking_logs) if isinstance(path, str)), *self.databases)

    def opened(self, report: Callable[[SourceError], object]) -> "Supplements | None":
        """What is looked up in the files, until the end of the command; ``None`` without files.

        Args:
            report: Receives the errors of logs; the others are used.

        Raises:
            click.ClickException: A database cannot be used.
        """
        if not (self.tracking_logs or self.databases):
            return None
        from hopscope.scale.supplements import Supplements

        supplements = Supplements()
        context = click.get_current_context()
        if self.databases:
            supplements.locations = context.with_resource(_opened(self.databases))
        if self.tracking_logs:
            supplements.tracking = context.with_resource(opened_logs(self.tracking_logs, report))
        return supplements


def opened_logs(paths: Sequence[str], report: Callable[[SourceError], object]) -> "TrackingIndex":
    """The index of tracking logs, which are read with a progress bar.

    Args:
        paths: Logs, folders, and ``-`` for standard input.
        report: Receives the errors of logs; the others are used.

    Raises:
        click.ClickException: The temporary files cannot be written.
    """
    from hopscope.cli.progress import progress_bar
    from hopscope.tracking.index import open_index

    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a closed pipe must not leave temporary files behind
    progress = progress_bar(noun="rows")
    try:
        return open_index(paths, sys.stdin.buffer if sys.stdin else None, report, progress)
    except SourceError as error:
        raise click.ClickException(visible(str(error))) from None
    finally:
        progress.end()


def _opened(paths: Sequence[str]) -> "LocationDatabases":
    from hopscope.sources.locations import LocationDatabases

    databases = LocationDatabases(paths)
    try:
        databases.open()
    except SourceError as error:
        databases.close()
        raise click.ClickException(visible(str(error))) from None
    return databases


def supplement_options(*, geo: bool = True) -> Callable[[_Command], _Command]:
    """``--tracking-log`` and ``--geo``, given to the command as one ``SuppliedFiles``: ``supplied``."""
    options = _OPTIONS if geo else _OPTIONS[:1]

    def decorate(command: _Command) -> _Command:
        @wraps(command)
        def wrapped(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any argument of the command
            names = {name: kwargs.pop(name, ()) for name in ("tracking_logs", "databases")}
            files = {name: tuple(wildcards.expanded(values)) for name, values in names.items() if values}
            return command(*args, supplied=SuppliedFiles(**files), **kwargs)

        for option in reversed(options):
            wrapped = option(wrapped)
        return wrapped  # type: ignore[return-value]

    return decorate


_OPTIONS = (
    click.option(
        "--tracking-log",
        "tracking_logs",
        multiple=True,
        type=click.Path(readable=False),
        metavar="FILE",
        envvar="HOPSCOPE_TRACKING_LOG",
        help="Message tracking log or message trace with events of the messages: MSGTRK*.LOG, a folder of these, or a "
        "CSV export; repeatable, and quoted wildcards are expanded.",
    ),
    click.option(
        "--geo",
        "databases",
        multiple=True,
        type=click.Path(readable=False),
        metavar="FILE",
        envvar="HOPSCOPE_GEO",
        help="Your database of countries or networks (MaxMind DB format, .mmdb), to locate IP addresses; repeatable.",
    ),
)
