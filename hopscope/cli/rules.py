"""``hopscope rules``: every rule and check."""

import click

from hopscope.cli.options import Output, without_messages, write
from hopscope.renderers.rules import FORMATS, render

__all__ = ["rules"]


@click.command(short_help="Every rule and check: its code, severity and meaning.")
@without_messages(tuple(FORMATS), default="text")
def rules(output: Output) -> int:
    """List the rules behind findings, and the checks that settings turn on; ``explain CODE`` tells more of one.

    Exit status: 0.
    """
    write([render(output.format)], output.path)
    return 0
