"""``hopscope compare``: two paths side by side."""

from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from hopscope.classifier import pipeline
from hopscope.cli.options import Output, output_options, write
from hopscope.cli.reading import Reader
from hopscope.errors import OptionError
from hopscope.renderers.comparison import renderer

if TYPE_CHECKING:
    from hopscope.comparison.typical import Typical

__all__ = ["compare"]


@click.command(short_help="Two paths side by side: messages, or a message and a model.")
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--model",
    type=click.Choice(pipeline.generations(), case_sensitive=False),
    help="Compare one message with the path that this Exchange generation would show for it.",
)
@click.option("--stats", is_flag=True, help="FILES are summaries that `stats --save` wrote: before and after.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also where the paths differ.")
@output_options
def compare(files: tuple[str, ...], model: str | None, output: Output, *, stats: bool, exit_zero: bool) -> int:
    """Compare the paths of two messages, stage by stage; with --model, of one message and a generation.

    Of a FILE with several messages, such as a folder or an mbox, the path that most of them take counts, with the
    median of each delay. - is standard input.

    With --stats, what two saved summaries differ in: kinds of leg that came, went, or got slower or faster.

    Exit status: 0 same path, 1 different, 2 if anything could not be read.
    """
    from hopscope import api

    if stats:
        return _summaries(files, model, output, exit_zero=exit_zero)
    needed = 1 if model else 2
    if len(files) != needed:
        noun = "one FILE with --model" if model else "two FILES, or one with --model"
        raise click.UsageError(f"compare takes {noun}; got {len(files)}")
    sides, failed = _sides(files)
    if len(sides) < needed:
        return 2
    comparison = api.compare(sides[0], model or sides[-1])
    try:
        text = renderer(output.format).comparison(comparison, output.style)
    except OptionError as error:
        raise click.UsageError(str(error)) from None
    write([text], output.path, inputs=files)
    return 2 if failed else 0 if comparison.same or exit_zero else 1


def _summaries(files: tuple[str, ...], model: str | None, output: Output, *, exit_zero: bool) -> int:
    """Compare two saved summaries."""
    from hopscope.cli.summing import loaded
    from hopscope.renderers.stats import FORMATS
    from hopscope.renderers.stats.difference import render
    from hopscope.statistics.before_after import before_after

    if model or len(files) != 2:  # noqa: PLR2004 - before and after
        raise click.UsageError("--stats takes two files, before and after, and no --model")
    if output.format not in FORMATS:
        raise click.UsageError(f"--stats is for --format {', '.join(FORMATS)}; got {output.format}")
    (earlier, failed), (later, failed_too) = (loaded([file]) for file in files)
    if failed or failed_too:
        return 2
    difference = before_after(earlier, later, (files[0], files[1]))
    write([render(output.format, difference, width=output.style.width)], output.path, inputs=files)
    return 0 if difference.same or exit_zero else 1


def _sides(files: tuple[str, ...]) -> tuple[list["Typical"], bool]:
    """The typical way of the messages in each file that has any, and whether anything could not be read."""
    from hopscope.comparison.typical import typical

    sides: list[Typical] = []
    failed = False
    for file in files:
        reader = Reader([file])
        side = typical(reader.routes())
        failed |= reader.failed
        if side is not None:
            named = side.route if side.messages == 1 else replace(side.route, source=file, message_id=None)
            sides.append(replace(side, route=named))
    return sides, failed
