"""``hopscope track``: the events of a message in tracking logs and message traces."""

import sys
from typing import TYPE_CHECKING

import click

from hopscope.analysis.tracking.trail import trail
from hopscope.cli import notes
from hopscope.cli.options import Command, Output, with_times
from hopscope.cli.outputs import write_texts
from hopscope.cli.progress import progress_bar
from hopscope.cli.supplements import LIMITED, SuppliedFiles, opened_logs
from hopscope.errors import SourceError
from hopscope.renderers.text.escape import visible
from hopscope.renderers.tracking import FORMATS, renderer

if TYPE_CHECKING:
    from hopscope.renderers.tracking.wording import MessageList, Outline
    from hopscope.tracking.index import TrackedMessage, TrackingIndex

__all__ = ["track"]

_TOP = 20


@click.command(
    cls=Command,
    epilog="""\
hopscope track MSGTRK*.LOG --message-id "<20240603180233.4VtK3w2pQ9z1@mail.shop.example.org>"
hopscope track EX19-01/ EX19-02/ --top 50""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--message-id",
    metavar="ID",
    help="Show the events of this message: its Message-ID or Network-Message-ID.",
)
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=_TOP,
    metavar="N",
    help=f"Of several messages, list the N that took longest from first to last event; 0: all (default: {_TOP}).",
)
@with_times(FORMATS)
def track(files: tuple[str, ...], output: Output, *, message_id: str | None, top: int) -> int:
    """Show the events of a message in tracking logs.

    FILES are tracking logs of Exchange servers (MSGTRK*.LOG, or folders of them), CSV files of Get-MessageTrackingLog,
    or message traces of Exchange Online. The logs of several servers are merged in order, with their clocks corrected
    by the transfers that both servers logged. With several messages and no --message-id, the messages are listed.
    - is standard input.

    Exit status: 0, or 2 if a file could not be read or the message is not in the logs.
    """
    from hopscope.cli.reading import Reader

    if not files:
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("track needs FILES, or a log on standard input")
        files = ("-",)
    reader, supplied = Reader(files), SuppliedFiles(tracking_logs=files)
    with opened_logs(files, reader.report) as index:
        listed = None
        if message_id is None:
            listed, ids = _listed(index, top)
        else:
            ids = [message_id]
        if listed is not None and listed.total != 1:
            if not listed.total and reader.failed:
                return 2  # the errors say why
            if not listed.total:
                raise click.ClickException(f"no events in {_names(files)}; give logs that have rows")
            write_texts(output, lambda file: renderer(file.format).messages(listed, file.style), inputs=supplied.paths)
        else:
            events = index.events(message_ids=ids, network_message_ids=ids)
            if not events:
                raise click.ClickException(_not_found(message_id or "", files))
            if index.is_limited:
                notes.note(LIMITED)
            found = trail(events)
            write_texts(output, lambda file: renderer(file.format).trail(found, file.style), inputs=supplied.paths)
    return 2 if reader.failed else 0


def _listed(index: "TrackingIndex", top: int) -> tuple["MessageList", list[str]]:
    """The slowest messages, with how many there are, and the ids of the first."""
    from hopscope.renderers.tracking.wording import MessageList

    progress = progress_bar(noun="rows")
    try:
        slowest = list(index.slowest(top or None, progress))
    except SourceError as error:
        raise click.ClickException(visible(str(error))) from None
    finally:
        progress.end()
    ids = [id_ for message in slowest[:1] for id_ in (message.message_id, message.network_message_id) if id_]
    return MessageList(messages=tuple(map(_outline, slowest)), total=index.size), ids


def _outline(message: "TrackedMessage") -> "Outline":
    from hopscope.renderers.tracking.wording import Outline

    return Outline(
        message_id=message.message_id,
        network_message_id=message.network_message_id,
        subject=message.subject,
        first_time=message.first_time,
        last_time=message.last_time,
        events=message.events,
        last_event=message.last_event.event,
    )


def _names(files: tuple[str, ...]) -> str:
    return visible(files[0] if len(files) == 1 else f"{len(files)} files")


def _not_found(message_id: str, files: tuple[str, ...]) -> str:
    """The error for a message without events."""
    return (
        f"{visible(message_id)}: no event of this message in {_names(files)}; the log of another server or day may "
        "have it"
    )
