"""``hopscope explain``: why a hop got its label."""

import click

from hopscope.cli.options import verbose_option, write
from hopscope.cli.reading import Reader

__all__ = ["explain"]


@click.command(short_help="Why a hop got its label.")
@click.argument("file", default="-", type=click.Path())
@click.option("--hop", "number", type=click.IntRange(min=1), metavar="N", help="Only this hop; 1 is the origin.")
@verbose_option
def explain(file: str, number: int | None) -> int:
    """Explain the labels of a message: the header text, the rule, the alternatives and their weight.

    The first message of FILE counts; - is standard input.

    Exit status: 0, or 2 if the message could not be read or has no such hop.
    """
    from hopscope.renderers import explanation

    reader = Reader([file])
    route = next(reader.routes(), None)
    if route is None:
        return 2
    if number is not None and number > len(route.hops):
        raise click.UsageError(f"{file} has {len(route.hops)} hops, no hop {number}; give --hop 1 to {len(route.hops)}")
    hops = route.hops if number is None else route.hops[number - 1 : number]
    write([explanation.hops(hops)], None)
    return 0
