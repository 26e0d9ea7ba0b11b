"""``hopscope report``: many messages on one page."""

import sys
from collections.abc import Iterator

import click

from hopscope.cli.options import verbose_option, write
from hopscope.cli.reading import Reader

__all__ = ["report"]

_DETAILS = 200


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
@verbose_option
def report(files: tuple[str, ...], output: str | None, *, details: int, title: str, attached: bool) -> int:
    """Report on many messages: one HTML page that needs nothing from outside itself.

    It has what stands out, delays per leg, when, builds, TLS, and the worst messages with their timing tables.

    FILES are messages, mbox files, Outlook items, archives, or folders of them; - is standard input.

    Exit status: 0, or 2 if anything could not be read.
    """
    reader = Reader(files, attached=attached)
    write(_pages(files, reader, details=details, title=title, attached=attached), output, inputs=files or ("-",))
    return 2 if reader.failed else 0


def _pages(files: tuple[str, ...], reader: Reader, *, details: int, title: str, attached: bool) -> Iterator[str]:
    """The page, once all messages have been read."""
    from hopscope.renderers.report import Report, render
    from hopscope.scale.reporting import Sample, sample

    reader.invite()
    whole = Sample()
    stdin = sys.stdin.buffer if sys.stdin else None
    for whole in sample(files or ("-",), stdin, details=details, attached=attached):
        for error in whole.errors:
            reader.report(error)
    yield from render(Report(title=title, summary=whole.summary, details=tuple(whole.shown())))
