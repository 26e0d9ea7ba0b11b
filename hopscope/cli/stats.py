"""``hopscope stats``: many messages in numbers."""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from hopscope.cli.options import Output, is_read, jobs_option, terminal_width, without_messages, write
from hopscope.renderers.stats import FORMATS

if TYPE_CHECKING:
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
    "day",
    "hour",
    "slowest",
    "negative",
    "clock",
    "corrected",
)


class _Time(click.ParamType[float]):
    """A date, or a date and time, in ISO 8601; UTC where it has no offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Seconds since 1970 (UTC)."""
        if isinstance(value, float):
            return value
        try:
            time = datetime.fromisoformat(str(value))
            return (time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no date; give 2024-06-04, or 2024-06-04T08:00+02:00", param, ctx)


class _Leg(click.ParamType[tuple[str, str]]):
    """``FROM -> TO``."""

    name = "leg"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:  # noqa: ANN401
        """Both ends."""
        if isinstance(value, tuple):
            return value
        tail, arrow, head = str(value).partition("->")
        if not arrow:
            self.fail(f"{value!r} has no arrow; give 'Transport@* -> *@mb1.example'", param, ctx)
        return tail.strip() or "*", head.strip() or "*"


@click.command(short_help="Many messages in numbers: delays by leg, builds, TLS, findings.")
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--by", multiple=True, type=click.Choice(_BY), help="Print this table alone, instead of the overview; repeatable."
)
@click.option(
    "--top", type=click.IntRange(min=0), default=_TOP, metavar="N", help=f"Rows of a table; 0: all. Default: {_TOP}."
)
@click.option("--since", type=_Time(), metavar="TIME", help="Messages whose last stamp is not earlier; UTC.")
@click.option("--until", type=_Time(), metavar="TIME", help="Messages whose last stamp is earlier; UTC.")
@click.option(
    "--leg", "legs", multiple=True, type=_Leg(), metavar="'FROM -> TO'", help="Legs such as 'Transport@* -> *@mb1*'."
)
@click.option("--service", "services", multiple=True, metavar="NAME", help="Legs and servers of this service; *, ?.")
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="Legs and servers of this host; *, ?.")
@click.option("--quick", is_flag=True, help="Without scenarios and findings, in a fraction of the time.")
@click.option("--attached", is_flag=True, help="Count the messages attached to messages, too.")
@click.option("--save", metavar="FILE", help="Keep the whole summary in this file, to be merged or compared later.")
@click.option("--merge", is_flag=True, help="FILES are such summaries.")
@jobs_option
@without_messages(FORMATS)
def stats(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...],
    output: Output,
    *,
    by: tuple[str, ...],
    top: int,
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
) -> int:
    """Sum up many messages: delays by leg, services, builds, TLS, scenarios, findings, hours, the slowest messages.

    FILES are messages, mbox files, Outlook items, archives, or folders of them; - is standard input. --since and
    --until choose messages; --leg, --service and --host choose the legs and servers that are shown.

    Exit status: 0, or 2 if anything could not be read.
    """
    from hopscope.cli.summing import loaded, read
    from hopscope.renderers.stats import Content, render
    from hopscope.statistics.selection import Selection, Window, select

    if save:
        _check_save(save, files or ("-",), output.path)
    window = Window(since, until)
    if merge and (since is not None or until is not None or attached):
        raise click.UsageError("--since, --until and --attached are for messages, and --merge takes summaries")
    if merge:
        summary, failed = loaded(files)
    else:
        summary, failed = read(files, window=window, quick=quick, attached=attached, jobs=jobs)
    if save:
        _save(summary, save)
    selection = Selection(legs=legs, services=services, hosts=hosts)
    content = Content(
        summary=select(summary, selection), by=by, top=top, filters=tuple(_filters(window, selection, merge=merge))
    )
    write([render(output.format, content, width=terminal_width())], output.path, inputs=files or ("-",))
    return 2 if failed else 0


def _check_save(path: str, inputs: tuple[str, ...], output: str | None) -> None:
    """Fail, before anything is read, where the summary would take the place of something else."""
    if path == "-":
        raise click.UsageError("--save needs a file: the numbers go to standard output")
    if any(is_read(source, path) for source in inputs):
        raise click.UsageError(f"{path}: this file is read, and would be lost; choose another --save")
    if output not in {None, "-"} and os.path.realpath(path) == os.path.realpath(str(output)):
        raise click.UsageError(f"{path}: --save and --output name the same file; choose two")


def _save(summary: "Summary", path: str) -> None:
    from hopscope.statistics.saved import document

    write([document(summary).decode(), "\n"], path)


def _filters(window: "Window", selection: "Selection", *, merge: bool) -> list[str]:
    """What was chosen, in words."""
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
        sentences.append(f"Legs and servers: {', '.join(chosen)} only; what is counted by message is of all messages.")
    return sentences
