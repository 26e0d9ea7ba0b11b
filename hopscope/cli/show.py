"""``hopscope show``: the timing table of each message."""

import click
from msgspec.structs import replace

from hopscope.cli.options import Output, output_options, write
from hopscope.cli.reading import Reader
from hopscope.renderers import renderer

__all__ = ["show"]


@click.command()
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--defects", is_flag=True, help="List what in the header fields is against their grammar.")
@output_options
def show(files: tuple[str, ...], output: Output, *, defects: bool) -> int:
    """Show the way of each message: hops, delays, and the service behind each hop.

    FILES are messages or folders of them; - is standard input, which is read also when it is piped in and no
    FILE is given.

    Exit status: 0, or 2 if anything could not be read.
    """
    reader = Reader(files)
    style = replace(output.style, defects=defects)
    write(renderer(output.format).routes(reader.routes(), style), output.path)
    return 2 if reader.failed else 0
