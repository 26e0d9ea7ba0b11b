"""``hopscope schema``: the JSON Schema of the JSON output."""

import click

from hopscope.cli.options import Command, verbose_option, write

__all__ = ["schema"]

NAMES = ("message", "check", "rules", "pipeline", "compare", "stats", "graph", "difference")


@click.command(
    cls=Command,
    epilog="""\
hopscope schema
hopscope schema stats -o stats.schema.json""",
)
@click.argument("name", type=click.Choice(NAMES), default="message")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the output to FILE (atomically).",
)
@verbose_option
def schema(name: str, output: str | None) -> int:
    """Print the JSON Schema of the JSON output.

    The schema (draft 2020-12) describes the output of a command with -f json or jsonl: message is that of show,
    difference that of compare --stats.

    Exit status: 0, or 2 for a usage error.
    """
    from hopscope.data import read_text
    from hopscope.renderers.schema.json_schema import file_name

    write([read_text(file_name(name))], output)
    return 0
