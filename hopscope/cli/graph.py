"""``hopscope graph``: servers, services and the connections between them."""

from typing import TYPE_CHECKING

import click

from hopscope.cli.filters import filter_options
from hopscope.cli.options import (
    Command,
    Output,
    attached_option,
    jobs_option,
    organisation_option,
    without_messages,
)
from hopscope.cli.outputs import write_texts
from hopscope.renderers.graph import FORMATS

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter

__all__ = ["graph"]

_TOP = 40


@click.command(
    cls=Command,
    epilog="""\
hopscope graph export.mbox -o topology.svg
hopscope graph january.json february.json -f dot | dot -Tpdf -o topology.pdf""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=_TOP,
    metavar="N",
    help=f"Draw the N busiest external systems; the others are merged into one (default: {_TOP}).",
)
@click.option(
    "--merge", is_flag=True, help="FILES are summaries written by `stats --save` (also recognised without it)."
)
@filter_options
@attached_option
@jobs_option
@organisation_option
@without_messages(FORMATS)
def graph(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...],
    output: Output,
    *,
    top: int,
    merge: bool,
    filter_: "MessageFilter | None",
    attached: bool,
    jobs: int,
    organisation: "Organisation | None",
) -> int:
    """Draw the topology: servers, services and their connections.

    Connections are shown with counts, delays and TLS, followed by loops, single points of failure, asymmetric paths
    and the distribution of messages over servers.

    FILES: messages (.eml, .msg), mbox files, archives, folders, or addresses (dump.mbox:17); - is standard input.

    Exit status: 0, or 2 if any input could not be read.
    """
    from hopscope.cli.summary_files import are_summaries
    from hopscope.cli.summing import loaded, read
    from hopscope.renderers.graph import render
    from hopscope.statistics.topology import topology

    merge = merge or are_summaries(files)
    if merge and (attached or filter_):
        raise click.UsageError("--attached and options that select messages do not apply to saved summaries")
    if merge:
        summary, failed = loaded(files)
    else:
        summary, dump = read(
            files,
            quick=True,
            filter_=filter_,
            organisation=organisation,
            attached=attached,
            jobs=jobs,
            counted=True,
        )
        failed = dump.failed
    network = topology(summary, top)
    write_texts(output, lambda file: render(file.format, network, width=file.style.width), inputs=files or ("-",))
    return 2 if failed else 0
