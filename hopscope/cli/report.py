"""``hopscope report``: statistics of a mailbox or dump as an HTML page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hopscope.cli import streams
from hopscope.cli.dumps import Dump
from hopscope.cli.filters import filter_options, selected_only
from hopscope.cli.formats import by_suffix
from hopscope.cli.options import (
    Command,
    attached_option,
    jobs_option,
    organisation_option,
    terminal_width,
    verbose_option,
    write,
)
from hopscope.cli.supplements import SuppliedFiles, supplement_options
from hopscope.scale.work import Progress

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter
    from hopscope.scale.reporting import Sample

__all__ = ["report"]

_DETAILS = 100


@click.command(
    cls=Command,
    epilog="""\
hopscope report export.mbox -o report.html
hopscope report january/ --title "Mail flow, January" --details 50 -o january.html""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the page to FILE (atomically; a new file is private; default: standard output).",
)
@click.option(
    "--details",
    type=click.IntRange(min=0),
    default=_DETAILS,
    metavar="N",
    help=f"Show the N worst messages in detail, and one for each finding (default: {_DETAILS}).",
)
@click.option("--title", default="Mail flow report", metavar="TEXT", help="Page title (default: Mail flow report).")
@filter_options
@supplement_options()
@attached_option
@jobs_option
@organisation_option
@verbose_option
def report(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...],
    output: str | None,
    *,
    details: int,
    title: str,
    filter_: "MessageFilter | None",
    supplied: SuppliedFiles,
    attached: bool,
    jobs: int,
    organisation: "Organisation | None",
) -> int:
    """Report on a mailbox or dump: one self-contained HTML page.

    The page has the findings, the topology, delays by leg and over time, builds, TLS and clock skew, and the worst
    messages hop by hop.

    FILES: messages (.eml, .msg), mbox files, archives, folders, or addresses (dump.mbox:17); - is standard input.

    Exit status: 0, or 2 if any input could not be read.
    """
    by_suffix(output or "", ("html",))
    if output is None and terminal_width():
        raise click.UsageError("the report is a page for a browser; use -o report.html, or -o - for the terminal")
    dump = Dump(files, attached=attached, filter_=filter_, supplied=supplied)
    pages = _pages(dump, organisation, details=details, title=title, jobs=jobs)
    streams.as_utf_8()
    write(pages, output, inputs=dump.inputs, private=True)
    return 2 if dump.failed else 0


def _pages(dump: Dump, organisation: "Organisation | None", *, details: int, title: str, jobs: int) -> Iterator[str]:
    """The page, once all messages have been read."""
    from hopscope.scale import reporting

    def start(progress: Progress) -> "Iterator[Sample]":
        return reporting.sample(
            dump.paths,
            dump.stdin,
            details=details,
            organisation=organisation,
            filter_=dump.filter,
            supplements=dump.supplements,
            attached=dump.attached,
            jobs=jobs,
            progress=progress,
        )

    total = reporting.Sample()
    for part in dump.results(start):
        total = part  # each part is the same accumulated sample
    selection = selected_only(dump.filter, dump.selected) if dump.filter else None
    yield from reporting.report(
        total,
        dump.processed,
        title=title,
        organisation=organisation,
        supplements=dump.supplements,
        selection=selection,
    )
