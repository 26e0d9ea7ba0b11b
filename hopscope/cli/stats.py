"""``hopscope stats``: statistics of a mailbox or dump."""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from hopscope.cli.options import (
    Command,
    Output,
    attached_option,
    is_read,
    jobs_option,
    organisation_option,
    terminal_width,
    without_messages,
    write,
)
from hopscope.cli.outputs import write_texts
from hopscope.renderers.stats import FORMATS
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.statistics.selection import Selection, Window
    from hopscope.statistics.summary import Summary

__all__ = ["stats"]

_TOP = 10
_BY = (
    "leg",
    "server",
    "service",
    "product",
    "tls",
    "scenario",
    "finding",
    "status",
    "day",
    "hour",
    "slowest",
    "negative",
    "clock",
    "corrected",
)


class _Time(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """A date, or a date and time, in ISO 8601; UTC if it has no offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Seconds since 1970 (UTC)."""
        if isinstance(value, float):
            return value
        try:
            time = datetime.fromisoformat(str(value))
            return (time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a date or time (examples: 2024-06-04, 2024-06-04T08:00+02:00)", param, ctx)


class _Leg(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """``FROM -> TO``."""

    name = "leg"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:  # noqa: ANN401
        """Both ends."""
        if isinstance(value, tuple):
            return value
        tail, arrow, head = str(value).partition("->")
        if not arrow:
            self.fail(f"{value!r} is not a leg (example: 'Transport@* -> *@mb1.example')", param, ctx)
        return tail.strip() or "*", head.strip() or "*"


@click.command(
    cls=Command,
    epilog="""\
hopscope stats export.mbox --since 2024-06-01
hopscope stats mail/ --by leg --leg 'Transport@* -> Mailbox Transport@*' -f csv""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(_BY),
    metavar="TABLE",
    help=f"Print this table instead of the overview; repeatable: {', '.join(_BY)}.",
)
@click.option(
    "--top",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"Rows per table; 0 for all (default: {_TOP}, in JSON and CSV all).",
)
@click.option(
    "--since", type=_Time(), metavar="TIME", help="Messages received at or after TIME (UTC without an offset)."
)
@click.option("--until", type=_Time(), metavar="TIME", help="Messages received before TIME.")
@click.option(
    "--leg",
    "legs",
    multiple=True,
    type=_Leg(),
    metavar="'FROM -> TO'",
    help="Show only matching legs, such as 'Transport@* -> *@mb1*'.",
)
@click.option(
    "--service",
    "services",
    multiple=True,
    metavar="NAME",
    help="Show only legs and servers of this service (wildcards: *, ?).",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Show only legs and servers of this host (wildcards: *, ?).",
)
@click.option("--quick", is_flag=True, help="Skip scenarios and findings; much faster.")
@attached_option
@click.option("--save", metavar="FILE", help="Also save the summary to FILE, for --merge and compare --stats.")
@click.option("--merge", is_flag=True, help="FILES are summaries written by --save.")
@jobs_option
@organisation_option
@without_messages(FORMATS)
def stats(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...],
    output: Output,
    *,
    by: tuple[str, ...],
    top: int | None,
    since: float | None,
    until: float | None,
    legs: tuple[tuple[str, str], ...],
    services: tuple[str, ...],
    hosts: tuple[str, ...],
    quick: bool,
    attached: bool,
    save: str | None,
    merge: bool,
    jobs: int,
    organisation: "Organisation | None",
) -> int:
    """Show statistics of a mailbox or dump: delays, TLS, findings.

    FILES: messages (.eml, .msg), mbox files, archives, or folders of them; - is standard input. --since and --until
    select messages; --leg, --service and --host select the legs and servers in the tables.

    A leg is the connection between two consecutive hops: SERVICE@HOST -> SERVICE@HOST.

    Exit status: 0, or 2 if any input could not be read.
    """
    from hopscope.cli.summing import loaded, read
    from hopscope.renderers.stats import Content, render
    from hopscope.statistics.selection import Selection, Window, select

    if save:
        _check_save(save, files or ("-",), output.path)
    window = Window(since, until)
    if merge and (since is not None or until is not None or attached):
        raise click.UsageError("--merge reads summaries and excludes --since, --until and --attached")
    if merge:
        summary, failed = loaded(files)
    else:
        summary, failed = read(
            files, window=window, quick=quick, organisation=organisation, attached=attached, jobs=jobs
        )
    if save:
        _save(summary, save)
    selection = Selection(legs=legs, services=services, hosts=hosts)
    content = Content(
        summary=select(summary, selection),
        dump=summary,
        by=by,
        top=_TOP if top is None else top,
        filters=tuple(_filters(window, selection, merge=merge)),
    )

    def text(file: Output) -> str:
        complete = top is None and file.format in {"json", "csv"}
        return render(file.format, replace(content, top=0) if complete else content, width=terminal_width())

    write_texts(output, text, inputs=files or ("-",))
    return 2 if failed else 0


def _check_save(path: str, inputs: tuple[str, ...], output: str | None) -> None:
    """Fail before anything is read if the summary would overwrite an input or the output."""
    if path == "-":
        raise click.UsageError("--save needs a file, as the tables are written to standard output")
    if any(is_read(source, path) for source in inputs):
        raise click.UsageError(f"{visible(path)}: is also an input file; choose another --save")
    if output not in {None, "-"} and os.path.realpath(path) == os.path.realpath(str(output)):
        raise click.UsageError(f"{visible(path)}: --save and --output name the same file; choose another --save")


def _save(summary: "Summary", path: str) -> None:
    from hopscope.statistics.saved import document

    write([document(summary).decode(), "\n"], path, option="--save")


def _filters(window: "Window", selection: "Selection", *, merge: bool) -> list[str]:
    """The selection, in sentences."""
    sentences = []
    if not merge and window.since is not None:
        sentences.append(f"Messages since {datetime.fromtimestamp(window.since, UTC):%Y-%m-%d %H:%M} UTC.")
    if not merge and window.until is not None:
        sentences.append(f"Messages before {datetime.fromtimestamp(window.until, UTC):%Y-%m-%d %H:%M} UTC.")
    chosen = [
        *(f"{tail} -> {head}" for tail, head in selection.legs),
        *(f"service {name}" for name in selection.services),
        *(f"host {name}" for name in selection.hosts),
    ]
    if chosen:
        sentences.append(f"Legs and servers: {', '.join(chosen)} only; message counts cover all messages.")
    return sentences
