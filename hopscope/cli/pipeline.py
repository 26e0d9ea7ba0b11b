"""``hopscope pipeline``: the transport services of a generation and the connections between them."""

import re
from typing import Any

import click

from hopscope.classifier.pipeline import generations
from hopscope.cli.options import Choice, Command, Output, without_messages
from hopscope.cli.outputs import write_texts
from hopscope.renderers.pipeline import FORMATS, render

__all__ = ["Generation", "pipeline"]


class Generation(Choice):
    """A generation by its name: ``2016``, ``Exchange 2016`` or ``Exchange Server 2016``."""

    def __init__(self) -> None:
        super().__init__(generations())

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - as in click
        """The name as in the table of generations."""
        name = re.sub(r"\Aexchange (?:server )?", "", str(value).strip(), flags=re.IGNORECASE)
        return super().convert(name, param, ctx)


@click.command(
    cls=Command,
    epilog="""\
hopscope pipeline 2016 --coexistence
hopscope pipeline 2016 -f dot | dot -Tsvg -o pipeline.svg""",
)
@click.argument("generation", type=Generation(), metavar="GENERATION")
@click.option("--coexistence", is_flag=True, help="Include connections to and from other generations (always in JSON).")
@without_messages(tuple(FORMATS))
def pipeline(generation: str, output: Output, *, coexistence: bool) -> int:
    """Show the transport pipeline of an Exchange generation.

    GENERATION is 2007, 2010, 2013, 2016, 2019, SE or Online.

    Each service is listed with its role, queues, ports and Received field, and with its connections to other
    services. Every fact has its source.

    Exit status: 0, or 2 for a usage error.
    """
    write_texts(output, lambda file: render(file.format, generation, file.style, coexistence=coexistence))
    return 0
