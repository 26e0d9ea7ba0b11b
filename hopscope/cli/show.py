"""``hopscope show``: the path of each message, hop by hop."""

import itertools
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from hopscope.cli.options import (
    Command,
    Output,
    attached_option,
    jobs_option,
    organisation_option,
    output_options,
    write,
)
from hopscope.cli.outputs import write_messages
from hopscope.cli.reading import Reader
from hopscope.renderers import Renderer, renderer

if TYPE_CHECKING:
    from hopscope.cli.dumps import Dump
    from hopscope.config.settings import Organisation
    from hopscope.model import Route
    from hopscope.scale.lines import Lines
    from hopscope.scale.work import Progress

__all__ = ["show"]

_DRAWN = ("table", "plain", "svg", "html")
"""The formats that can show a timeline."""


@click.command(
    cls=Command,
    epilog="""\
hopscope show mail.eml --timeline --tz utc
hopscope show export.mbox -f csv -o hops.csv""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option("--defects", is_flag=True, help="List RFC 5322 syntax violations in the header fields.")
@click.option(
    "--timeline", is_flag=True, help="Draw each message on a time axis, above its table (always in svg and html)."
)
@attached_option
@jobs_option
@organisation_option
@output_options
def show(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...],
    output: Output,
    *,
    defects: bool,
    timeline: bool,
    attached: bool,
    jobs: int,
    organisation: "Organisation | None",
) -> int:
    """Show the path of each message, hop by hop (default command).

    FILES: messages (.eml, .msg), mbox files, archives, or folders of them; - is standard input, which is also read
    when headers are piped in and no FILE is given. --jobs applies to --format jsonl only.

    Exit status: 0, or 2 if any input could not be read.
    """
    if timeline and output.format not in _DRAWN:
        raise click.UsageError(f"--timeline is for --format {', '.join(_DRAWN)}; got {output.format}")
    if output.format == "jsonl" and jobs > 1 and not output.files:
        from hopscope.cli.dumps import Dump

        return _lines(Dump(files, attached=attached), output, organisation, jobs=jobs)
    from hopscope.scale.reading import analyzed

    reader = Reader(files, attached=attached)

    def formats(file: Output) -> "tuple[Renderer, Callable[[Route], Any]]":
        style = replace(file.style, defects=defects, timeline=timeline)
        format_, number = renderer(file.format), itertools.count(1)
        return format_, lambda route: format_.message(analyzed(route, organisation), style, next(number))

    write_messages(output, reader.routes(), reader.processed, formats, inputs=files or ("-",))
    return 2 if reader.failed else 0


def _lines(dump: "Dump", output: Output, organisation: "Organisation | None", *, jobs: int) -> int:
    """Write messages as JSON lines, analysed by worker processes."""
    from functools import partial

    from hopscope.scale.lines import lines
    from hopscope.scale.run import run

    def start(progress: "Progress") -> Iterator["Lines"]:
        work = partial(lines, tz=output.style.tz, organisation=organisation)
        return run(work, dump.paths, dump.stdin, attached=dump.attached, jobs=jobs, progress=progress)

    bar = output.path is not None or not (sys.stdout and sys.stdout.isatty())
    results = dump.results(start, bar=bar)
    write((result.text for result in results), output.path, inputs=dump.paths)
    return 2 if dump.failed else 0
