"""``hopscope compare``: two paths side by side."""

from functools import partial
from typing import TYPE_CHECKING

import click

from hopscope.classifier import pipeline
from hopscope.cli.options import Command, Output, without_messages
from hopscope.cli.outputs import write_texts
from hopscope.cli.pipeline import Generation
from hopscope.cli.reading import Reader
from hopscope.errors import SourceError
from hopscope.renderers.comparison import FORMATS, renderer

if TYPE_CHECKING:
    from hopscope.comparison.typical import Typical
    from hopscope.model import Route

__all__ = ["compare"]


@click.command(
    cls=Command,
    epilog="""\
hopscope compare old.eml dump.mbox:7
hopscope compare mail.eml --model 2016""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "--model",
    type=Generation(),
    metavar="GENERATION",
    help="Compare one message with the documented mail flow of this Exchange generation: "
    f"{', '.join(pipeline.generations())}.",
)
@click.option("--stats", is_flag=True, help="FILES are two summaries, before and after (also recognised without it).")
@click.option("--exit-zero", is_flag=True, help="Turn exit status 1 into 0; 2 stays.")
@without_messages(FORMATS)
def compare(files: tuple[str, ...], model: str | None, output: Output, *, stats: bool, exit_zero: bool) -> int:
    """Compare two paths, or a message with an Exchange generation.

    FILES: two messages, or one with --model. A FILE with more than one message, such as a folder or an mbox, is
    represented by its most common path, with the median of each delay. - is standard input.

    FILES may also be two summaries written by `stats --save`, such as january.json and february.json: the legs between
    services (all servers together) that are new, gone, slower or faster are listed.

    Exit status: 0 same path, 1 different, 2 if any input could not be read.
    """
    from hopscope import api
    from hopscope.cli.summary_files import are_summaries
    from hopscope.scale.isolation import isolated

    if stats or are_summaries(files):
        return _summaries(files, model, output, exit_zero=exit_zero)
    needed = 1 if model else 2
    if len(files) != needed:
        noun = "one FILE with --model" if model else "two FILES, or one with --model"
        raise click.UsageError(f"compare needs {noun}; got {len(files)}")
    sides, failed = _sides(files)
    if len(sides) < needed:
        return 2

    def compared() -> tuple[bool, dict[Output, str]]:
        comparison = api.compare(sides[0], model or sides[-1])
        outputs = (output, *output.files)
        return comparison.same, {file: renderer(file.format).comparison(comparison, file.style) for file in outputs}

    result = isolated(" ".join(files), compared)
    if isinstance(result, SourceError):
        Reader(files).report(result)
        return 2
    same, texts = result
    write_texts(output, texts.__getitem__, inputs=files)
    return 2 if failed else 0 if same or exit_zero else 1


def _summaries(files: tuple[str, ...], model: str | None, output: Output, *, exit_zero: bool) -> int:
    """Compare two saved summaries."""
    from hopscope.cli.summing import loaded
    from hopscope.renderers import stats
    from hopscope.renderers.stats.difference import render
    from hopscope.statistics.before_after import before_after

    if model or len(files) != 2:  # noqa: PLR2004 - before and after
        raise click.UsageError("saved summaries are compared in pairs, before and after; --model is for messages")
    for file in (output, *output.files):
        if file.format not in stats.FORMATS:
            raise click.UsageError(f"saved summaries support --format {', '.join(stats.FORMATS)}; got {file.format}")
    (earlier, failed), (later, failed_too) = (loaded([file]) for file in files)
    if failed or failed_too:
        return 2
    difference = before_after(earlier, later, (files[0], files[1]))
    write_texts(output, lambda file: render(file.format, difference, width=file.style.width), inputs=files)
    return 0 if difference.same or exit_zero else 1


def _sides(files: tuple[str, ...]) -> tuple[list["Typical"], bool]:
    """The most common path of each file that has messages, and whether any input could not be read."""
    from hopscope.comparison.typical import Typical, side, typical
    from hopscope.scale.isolation import isolated

    sides: list[Typical] = []
    failed = False
    for file in files:
        reader = Reader([file])
        path = isolated(file, partial(typical, filter(_has_path, reader.routes())))
        if path is None and not reader.failed:
            path = SourceError(file, "no Received header fields found", "compare messages with their whole header")
        if isinstance(path, SourceError):
            reader.report(path)
        failed |= reader.failed
        if isinstance(path, Typical):
            sides.append(side(path, file))
    return sides, failed


def _has_path(route: "Route") -> bool:
    """Whether a message has a path, or is a report, whose path may be empty; other fields alone are not compared."""
    return bool(route.hops or route.delivery_status)
