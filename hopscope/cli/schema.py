"""``hopscope schema``: the JSON Schema of the JSON output."""

import click

from hopscope.cli import streams
from hopscope.cli.options import Choice, Command, verbose_option, write

__all__ = ["schema"]

NAMES = ("message", "check", "explain", "rules", "pipeline", "compare", "stats", "graph", "difference", "track")


@click.command(
    cls=Command,
    epilog="""\
hopscope schema
hopscope schema stats -o stats.schema.json""",
)
@click.argument("name", type=Choice(NAMES), default="message", metavar="[NAME]")
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

    NAME is one of:

    \b
    message      show -f json or jsonl (the default)
    check        check -f json
    explain      explain -f json
    rules        rules -f json
    pipeline     pipeline -f json
    compare      compare -f json or jsonl
    difference   compare --stats -f json
    stats        stats -f json
    graph        graph -f json
    track        track -f json

    The schemas follow JSON Schema draft 2020-12.

    Exit status: 0, or 2 for a usage error.
    """  # noqa: D301 - click reads the backspace
    from hopscope.data import read_text
    from hopscope.renderers.schema.json_schema import file_name

    streams.as_utf_8()
    write([read_text(file_name(name))], output)
    return 0
