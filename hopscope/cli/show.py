"""``hopscope show``: the timing table of each message."""

import click
from msgspec.structs import replace

from hopscope.cli.options import Output, output_options, write
from hopscope.cli.reading import Reader
from hopscope.renderers import renderer

__all__ = ["show"]

_DRAWN = ("table", "plain", "svg", "html")
"""The formats that can show a timeline."""


@click.command(short_help="The way of each message, hop by hop (the default).")
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option("--defects", is_flag=True, help="List what in the header fields is against their grammar.")
@click.option("--timeline", is_flag=True, help="Draw each way on a time axis, above its table; svg and html always do.")
@click.option("--attached", is_flag=True, help="Show the messages attached to messages, too, as bounces have them.")
@output_options
def show(files: tuple[str, ...], output: Output, *, defects: bool, timeline: bool, attached: bool) -> int:
    """Show the way of each message: hops, delays, and the service behind each hop.

    FILES are messages, mbox files, Outlook items, archives, or folders of them; - is standard input, which is read
    also when it is piped in and no FILE is given.

    Exit status: 0, or 2 if anything could not be read.
    """
    if timeline and output.format not in _DRAWN:
        raise click.UsageError(f"--timeline is for --format {', '.join(_DRAWN)}; got {output.format}")
    reader = Reader(files, attached=attached)
    style = replace(output.style, defects=defects, timeline=timeline)
    write(renderer(output.format).routes(reader.routes(), style), output.path, inputs=files or ("-",))
    return 2 if reader.failed else 0
