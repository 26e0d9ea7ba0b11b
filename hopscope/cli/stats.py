"""``hopscope stats``: statistics of a mailbox or dump.

The module is over 300 lines because no command has more options: each is declared, passed on and checked here.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from hopscope.cli.filters import filter_options, missing_names, selected_only
from hopscope.cli.notes import note
from hopscope.cli.options import (
    Choice,
    Command,
    Output,
    attached_option,
    check_distinct,
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
from hopscope.statistics.legs import SORT_KEYS

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter
    from hopscope.statistics.selection import Selection
    from hopscope.statistics.summary import Summary

__all__ = ["stats"]

_TOP = 10
_BY = (
    "leg",
    "leg-kind",
    "server",
    "service",
    "product",
    "tls",
    "scenario",
    "finding",
    "status",
    "authentication",
    "day",
    "hour",
    "slowest",
    "negative",
    "clock",
    "corrected",
)


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
        return _end(tail), _end(head)


def _end(text: str) -> str:
    """An end of a leg as ``service@host``, a service or a host; ``MT ex16-02``, as tables have it, is the first."""
    from hopscope.classifier import service_names
    from hopscope.renderers.stats.names import CODES

    service, at, host = (part.strip() for part in text.partition("@"))
    code, _, name = service.partition(" ")
    if not at and code in CODES.values() and name:
        service, at, host = code, "@", name
    member = service_names.service(service) or service or "*"
    return f"{member}@{host or '*'}" if at else str(member)


@click.command(
    cls=Command,
    epilog="""\
hopscope stats january/ --by leg --sort p99 --save january.json
hopscope stats mail/ --by leg --leg 'Transport@* -> Mailbox Transport@*' -f csv""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--by",
    multiple=True,
    type=Choice(_BY),
    metavar="TABLE",
    help=f"Print this table instead of the overview; repeatable: {', '.join(_BY)}.",
)
@click.option(
    "--sort",
    type=Choice(SORT_KEYS),
    default=SORT_KEYS[0],
    metavar="FIGURE",
    help=f"Order of legs: {', '.join(SORT_KEYS)} (default: lost, the part of each delay above 1 s).",
)
@click.option(
    "--top",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"Rows per table; 0 for all (default: {_TOP} or fewer, in JSON and CSV all).",
)
@filter_options
@click.option(
    "--leg",
    "legs",
    multiple=True,
    type=_Leg(),
    metavar="'FROM -> TO'",
    help="Show only matching legs, such as 'Transport@* -> *@mb1*'.",
)
@click.option("--quick", is_flag=True, help="Skip scenarios, findings and authentication; much faster.")
@attached_option
@click.option("--save", metavar="FILE", help="Also save the summary to FILE, for later stats, graph and compare.")
@click.option("--merge", is_flag=True, help="FILES are summaries written by --save (also recognised without it).")
@click.option(
    "--engine",
    type=Choice(("local", "spark")),
    default="local",
    metavar="NAME",
    help="local (default), or spark for FILES on a cluster and Parquet shards; needs the extra spark.",
)
@click.option("--master", metavar="URL", help="Spark master, such as local[4] or yarn (default: as for spark-submit).")
@jobs_option
@organisation_option
@without_messages(FORMATS)
def stats(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...],
    output: Output,
    *,
    by: tuple[str, ...],
    sort: str,
    top: int | None,
    filter_: "MessageFilter | None",
    legs: tuple[tuple[str, str], ...],
    quick: bool,
    attached: bool,
    save: str | None,
    merge: bool,
    engine: str,
    master: str | None,
    jobs: int,
    organisation: "Organisation | None",
) -> int:
    """Show statistics of a mailbox or dump: delays, TLS, findings.

    FILES: messages (.eml, .msg), mbox files, archives, folders, or addresses (dump.mbox:17); - is standard input.
    With --service, --host and --leg, the tables of legs and servers show only matching rows.

    A leg is the connection between two consecutive hops: SERVICE@HOST -> SERVICE@HOST.

    Exit status: 0, or 2 if any input could not be read.
    """
    from hopscope.renderers.stats import Content, render
    from hopscope.statistics.selection import select

    if save:
        _check_save(save, files or ("-",), output)
    summary, failed, filters = _read(
        files,
        filter_,
        quick=quick,
        attached=attached,
        merge=merge,
        engine=engine,
        master=master,
        jobs=jobs,
        organisation=organisation,
    )
    if save:
        _save(summary, save)
    selection = _selection(filter_, legs)
    selected = select(summary, selection)
    if legs and summary.legs and not selected.legs:
        wanted = visible(" or ".join(f"{tail} -> {head}" for tail, head in legs))
        note(f"hopscope: no leg matches {wanted}; all legs: hopscope stats --by leg --top 0")
    sentences = (*filters, *_rows_only(selection))
    content = Content(summary=selected, dump=summary, by=by, sort=sort, top=top, filters=sentences)

    def text(file: Output) -> str:
        return render(file.format, content, width=terminal_width())

    write_texts(output, text, inputs=files or ("-",))
    return 2 if failed else 0


def _read(  # noqa: PLR0913 - the options of stats
    files: tuple[str, ...],
    filter_: "MessageFilter | None",
    *,
    quick: bool,
    attached: bool,
    merge: bool,
    engine: str,
    master: str | None,
    jobs: int,
    organisation: "Organisation | None",
) -> tuple["Summary", bool, list[str]]:
    """The summary, whether any input could not be read, and the sentence for selected messages, if any are selected."""
    from hopscope.cli.summary_files import are_summaries
    from hopscope.cli.summing import read

    if master and engine != "spark":
        raise click.UsageError("--master applies to --engine spark only")
    if engine == "spark":
        from hopscope.cli import spark_engine

        _check_spark(filter_, merge=merge)
        summary, failed = spark_engine.read(
            files, master=master, quick=quick, attached=attached, organisation=organisation
        )
        return summary, failed, []
    if merge or are_summaries(files):
        return *_merged(files, filter_, attached=attached), []
    if quick and filter_ and filter_.needs_analysis:
        raise click.UsageError("--quick skips scenarios and findings and excludes --scenario and --finding")
    summary, dump = read(files, filter_=filter_, quick=quick, organisation=organisation, attached=attached, jobs=jobs)
    return summary, dump.failed, [selected_only(filter_, dump.selected)] if filter_ else []


def _selection(filter_: "MessageFilter | None", legs: tuple[tuple[str, str], ...]) -> "Selection":
    """The rows to show: matching legs, and the legs and servers of the services and hosts of the filter."""
    from hopscope.statistics.selection import Selection

    if filter_ is None:
        return Selection(legs=legs)
    return Selection(legs=legs, services=tuple(map(str, filter_.services)), hosts=filter_.hosts)


def _merged(files: tuple[str, ...], filter_: "MessageFilter | None", *, attached: bool) -> tuple["Summary", bool]:
    """Saved summaries as one, and whether any could not be read or has none of the hosts."""
    from hopscope.cli.summing import loaded

    _check_merge(filter_, attached=attached)
    summary, failed = loaded(files)
    return summary, _has_missing_host(summary, filter_) or failed


def _check_merge(filter_: "MessageFilter | None", *, attached: bool) -> None:
    """Fail if messages are to be selected from saved summaries; legs and servers may be selected."""
    if attached or (filter_ and replace(filter_, services=(), hosts=())):
        raise click.UsageError(
            "--attached and options that select messages do not apply to saved summaries, "
            "except --service and --host, which select legs and servers"
        )


def _check_spark(filter_: "MessageFilter | None", *, merge: bool) -> None:
    """Fail on options that do not apply to Spark."""
    if filter_ or merge:
        raise click.UsageError(
            "options that select messages, and --merge, do not apply to --engine spark; use --leg, or --save FILE and "
            "then `hopscope stats FILE` with --service and --host, which select legs and servers"
        )
    if click.get_current_context().get_parameter_source("jobs") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--jobs does not apply to --engine spark; use --master 'local[N]'")


def _has_missing_host(summary: "Summary", filter_: "MessageFilter | None") -> bool:
    """Report names of --host that are not in a summary; true if there are any. Grouped names are unknown."""
    from hopscope.scale.filters import HOST, NamePattern, Selected
    from hopscope.statistics.selection import Selection, select

    if filter_ is None or {"servers", "legs"} & {*summary.grouped}:
        return False
    selected = Selected()
    for host in filter_.hosts:
        selection = select(summary, Selection(hosts=(host,)))
        names = [host] if selection.legs else filter(None, summary.servers)
        selected.compare(NamePattern(HOST, host), list(names))
    errors = list(missing_names(filter_, selected, "server"))
    for error in errors:
        click.echo(f"hopscope: {error}", err=True)
    return bool(errors)


def _check_save(path: str, inputs: tuple[str, ...], output: Output) -> None:
    """Fail before anything is read if the summary would overwrite an input or an output."""
    if path == "-":
        raise click.UsageError("--save needs a file, as the tables are written to standard output")
    if any(is_read(source, path) for source in inputs):
        raise click.UsageError(f"{visible(path)}: is also an input file; choose another --save")
    outputs = (("--output-file", file.path) for file in output.files)
    check_distinct(("--output", output.path), *outputs, ("--save", path))


def _save(summary: "Summary", path: str) -> None:
    from hopscope.statistics.saved import dumps

    write([dumps(summary), "\n"], path, option="--save")


def _rows_only(selection: "Selection") -> Iterator[str]:
    """The sentence for tables with matching legs and servers only."""
    chosen = [
        *(f"{tail} -> {head}" for tail, head in selection.legs),
        *(f"service {name}" for name in selection.services),
        *(f"host {name}" for name in selection.hosts),
    ]
    if chosen:
        yield f"Legs and servers: {', '.join(chosen)} only; other tables cover all hops of the messages."
