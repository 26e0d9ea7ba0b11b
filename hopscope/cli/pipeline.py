"""``hopscope pipeline``: the transport services of a generation, and who hands to whom."""

import click

from hopscope.classifier.pipeline import generations
from hopscope.cli.options import Output, without_messages, write
from hopscope.renderers.pipeline import FORMATS, render

__all__ = ["pipeline"]


@click.command(short_help="The services of an Exchange generation, and who hands to whom.")
@click.argument("generation", type=click.Choice(generations(), case_sensitive=False), metavar="GENERATION")
@click.option("--coexistence", is_flag=True, help="Also the ways to and from other generations; JSON always has them.")
@without_messages(tuple(FORMATS))
def pipeline(generation: str, output: Output, *, coexistence: bool) -> int:
    """Show the transport pipeline of an Exchange generation, with the source of every fact.

    GENERATION is 2007, 2010, 2013, 2016, 2019, SE or Online.

    Each service with its role, its queues, its ports and what it prints in Received, and each way a message may go
    from one to the next. For a picture: hopscope pipeline 2016 -f dot | dot -Tsvg -o pipeline.svg

    Exit status: 0, or 2 for wrong usage.
    """
    write([render(output.format, generation, output.style, coexistence=coexistence)], output.path)
    return 0
