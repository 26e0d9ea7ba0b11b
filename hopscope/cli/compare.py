"""``hopscope compare``: two paths side by side."""

import click

from hopscope.cli.options import Output, output_options, write
from hopscope.cli.reading import Reader
from hopscope.model import Route
from hopscope.renderers import renderer

__all__ = ["compare"]


@click.command(short_help="Two paths side by side: messages, or a message and a model.")
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--model",
    type=click.Choice(("2007", "2010", "2013", "2016", "2019", "SE", "Online"), case_sensitive=False),
    help="Compare one message with the path that this Exchange generation would show for it.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also where the paths differ.")
@output_options
def compare(files: tuple[str, ...], model: str | None, output: Output, *, exit_zero: bool) -> int:
    """Compare the paths of two messages, stage by stage; with --model, of one message and a generation.

    The first message of each FILE counts; - is standard input.

    Exit status: 0 same path, 1 different, 2 if anything could not be read.
    """
    from hopscope import api

    wanted = 1 if model else 2
    if len(files) != wanted:
        noun = "one FILE with --model" if model else "two FILES, or one with --model"
        raise click.UsageError(f"compare takes {noun}; got {len(files)}")
    routes = _routes(files)
    if routes is None:
        return 2
    comparison = api.compare(routes[0], model or routes[-1])
    write([renderer(output.format).comparison(comparison, output.style)], output.path)
    return 0 if comparison.same or exit_zero else 1


def _routes(files: tuple[str, ...]) -> list[Route] | None:
    """The first message of each file, or ``None`` where one cannot be read."""
    routes: list[Route] = []
    failed = False
    for file in files:
        reader = Reader([file])
        route = next(reader.routes(), None)
        failed |= route is None
        if route is not None:
            routes.append(route)
    return None if failed else routes
