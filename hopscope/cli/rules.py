"""``hopscope rules``: every rule and check."""

import click

from hopscope.cli.options import Command, Output, without_messages, write
from hopscope.renderers.rules import FORMATS, render

__all__ = ["rules"]


@click.command(
    cls=Command,
    epilog="""\
hopscope rules
hopscope rules -f markdown -o rules.md""",
)
@without_messages(tuple(FORMATS), default="text")
def rules(output: Output) -> int:
    """List all rules and checks with code, severity and title.

    Checks are enabled by a setting; rules always apply. For details of a rule: hopscope explain CODE.

    Exit status: 0.
    """
    write([render(output.format)], output.path)
    return 0
