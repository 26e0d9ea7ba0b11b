"""``hopscope show``: the timing table of each message."""

import click
from msgspec.structs import replace

from hopscope.cli.options import Output, output_options, write
from hopscope.cli.reading import Reader
from hopscope.renderers import renderer

__all__ = ["show"]


@click.command(short_help="The way of each message, hop by hop (the default).")
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option("--defects", is_flag=True, help="List what in the header fields is against their grammar.")
@click.option("--attached", is_flag=True, help="Show the messages attached to messages, too, as bounces have them.")
@output_options
def show(files: tuple[str, ...], output: Output, *, defects: bool, attached: bool) -> int:
    """Show the way of each message: hops, delays, and the service behind each hop.

    FILES are messages, mbox files, Outlook items, archives, or folders of them; - is standard input, which is read
    also when it is piped in and no FILE is given.

    Exit status: 0, or 2 if anything could not be read.
    """
    reader = Reader(files, attached=attached)
    style = replace(output.style, defects=defects)
    write(renderer(output.format).routes(reader.routes(), style), output.path)
    return 2 if reader.failed else 0
