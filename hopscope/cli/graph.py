"""``hopscope graph``: servers and services, and who hands to whom."""

import click

from hopscope.cli.options import Output, jobs_option, without_messages, write
from hopscope.renderers.graph import FORMATS

__all__ = ["graph"]

_TOP = 40


@click.command(short_help="The topology of many messages: servers, services, who hands to whom.")
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=_TOP,
    metavar="N",
    help=f"Systems outside that are drawn one by one; the others are one together. Default: {_TOP}.",
)
@click.option("--merge", is_flag=True, help="FILES are summaries that `hopscope stats --save` wrote.")
@click.option("--attached", is_flag=True, help="Count the messages attached to messages, too.")
@jobs_option
@without_messages(FORMATS)
def graph(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...], output: Output, *, top: int, merge: bool, attached: bool, jobs: int
) -> int:
    """Draw servers and services as a graph, with counts, delays and TLS, and name what there is to see in it.

    That is loops, single points, asymmetric routes, and how messages are divided among servers.

    FILES are messages, mbox files, Outlook items, archives, or folders of them; - is standard input.

    Exit status: 0, or 2 if anything could not be read.
    """
    from hopscope.cli.summing import loaded, read
    from hopscope.renderers.graph import render
    from hopscope.statistics.topology import topology

    if merge and attached:
        raise click.UsageError("--attached is for messages, and --merge takes summaries")
    summary, failed = loaded(files) if merge else read(files, quick=True, attached=attached, jobs=jobs)
    network = topology(summary, top)
    write([render(output.format, network, width=output.style.width)], output.path, inputs=files or ("-",))
    return 2 if failed else 0
