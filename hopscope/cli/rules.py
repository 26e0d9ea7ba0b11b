"""``hopscope rules``: every rule and check."""

import click

from hopscope.cli.options import Command, Output, without_messages
from hopscope.cli.outputs import write_texts
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
    write_texts(output, lambda file: render(file.format))
    return 0
