"""``hopscope report``: many messages on one page."""

from collections.abc import Iterator

import click

from hopscope.cli.dumps import Dump
from hopscope.cli.options import jobs_option, verbose_option, write
from hopscope.scale.work import Progress

__all__ = ["report"]

_DETAILS = 200
_DRAWN = 12
"""Systems outside that the picture shows one by one."""


@click.command(short_help="One page about many messages: numbers, charts, the worst of them in detail.")
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write to this file, whole or not at all.")
@click.option(
    "--details",
    type=click.IntRange(min=0),
    default=_DETAILS,
    metavar="N",
    help=f"Show the worst N messages one by one, and one for each finding; default: {_DETAILS}.",
)
@click.option("--title", default="Mail flow report", metavar="TEXT", help="The title of the page.")
@click.option("--attached", is_flag=True, help="Count the messages attached to messages, too.")
@jobs_option
@verbose_option
def report(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...], output: str | None, *, details: int, title: str, attached: bool, jobs: int
) -> int:
    """Report on many messages: one HTML page that needs nothing from outside itself.

    It has what stands out, the topology, delays per leg, when, builds, TLS, clocks, and the worst messages with their
    timing tables.

    FILES are messages, mbox files, Outlook items, archives, or folders of them; - is standard input.

    Exit status: 0, or 2 if anything could not be read.
    """
    dump = Dump(files, attached=attached)
    write(_pages(dump, details=details, title=title, attached=attached, jobs=jobs), output, inputs=dump.paths)
    return 2 if dump.failed else 0


def _pages(dump: Dump, *, details: int, title: str, attached: bool, jobs: int) -> Iterator[str]:
    """The page, once all messages have been read."""
    from hopscope.renderers.graph.svg import picture
    from hopscope.renderers.report import Report, render
    from hopscope.scale.reporting import Sample, sample
    from hopscope.statistics.topology import topology

    def start(progress: Progress) -> Iterator[Sample]:
        return sample(dump.paths, dump.stdin, details=details, attached=attached, jobs=jobs, progress=progress)

    total = Sample()
    for part in dump.results(start, lambda part: part.errors):
        total = part  # always the same
    drawn = picture(topology(total.summary, _DRAWN))
    yield from render(Report(title=title, summary=total.summary, details=tuple(total.shown()), picture=drawn))
