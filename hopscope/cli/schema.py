"""``hopscope schema``: the JSON Schema of the JSON output."""

import click

from hopscope.cli.options import verbose_option, write

__all__ = ["schema"]

NAMES = ("message", "check", "rules", "pipeline", "compare", "stats", "graph", "difference")


@click.command(short_help="Print the JSON Schema of the JSON output.")
@click.argument("name", type=click.Choice(NAMES), default="message")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write to this file instead of stdout.")
@verbose_option
def schema(name: str, output: str | None) -> int:
    """Print the JSON Schema (draft 2020-12) of what a command prints with -f json or jsonl.

    message is the output of show; difference is that of compare --stats.

    Exit status: 0, or 2 for wrong usage.
    """
    from hopscope.data import read_text
    from hopscope.renderers.schema.json_schema import file_name

    write([read_text(file_name(name))], output)
    return 0
