"""``hopscope show``: the path of each message, hop by hop."""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from hopscope.cli.filters import filter_options
from hopscope.cli.options import (
    Choice,
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
from hopscope.cli.supplements import SuppliedFiles, supplement_options
from hopscope.renderers import Renderer, renderer

if TYPE_CHECKING:
    from hopscope.cli.dumps import Dump
    from hopscope.config.settings import Organisation
    from hopscope.model import Route
    from hopscope.scale.filters import MessageFilter
    from hopscope.scale.lines import Lines
    from hopscope.scale.selecting import SelectedChunk
    from hopscope.scale.work import Progress
    from hopscope.sources import Message

__all__ = ["show"]

_DRAWN = ("table", "plain", "svg", "html")
"""The formats that can show a timeline."""
_ORDERS = ("total", "delay", "date")
"""The keys of ``scale.selecting.ORDERS``, which is imported on first use."""


@click.command(
    cls=Command,
    epilog="""\
hopscope show mail.eml --timeline --tz utc
hopscope show export.mbox --slower-than 5m --host ex16-02 --since 7d --sort total --top 5""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option("--defects", is_flag=True, help="List RFC 5322 syntax violations in the header fields.")
@click.option(
    "--timeline", is_flag=True, help="Draw each message on a time axis, above its table (always in svg and html)."
)
@filter_options
@click.option(
    "--sort",
    type=Choice(_ORDERS),
    metavar="ORDER",
    help="Sort by total delay, by delay of the slowest hop, or by date, newest first: total, delay, date "
    "(default: order of the input).",
)
@click.option("--top", type=click.IntRange(min=0), metavar="N", help="Show only the first N messages; 0 for all.")
@supplement_options()
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
    filter_: "MessageFilter | None",
    sort: str | None,
    top: int | None,
    supplied: SuppliedFiles,
    attached: bool,
    jobs: int,
    organisation: "Organisation | None",
) -> int:
    """Show the path of each message, hop by hop (default command).

    FILES: messages (.eml, .msg), mbox files, archives, folders, or addresses (dump.mbox:17); - is standard input, to
    paste headers. Headers that are piped in are also read without FILES.

    A repeated option selects messages that match any of its values; different options must all match. --jobs applies
    to these options, --sort and --format jsonl.

    Exit status: 0, or 2 if any input could not be read or no message matches --host or --message-id.
    """
    if timeline and output.format not in _DRAWN:
        raise click.UsageError(f"--timeline is for --format {', '.join(_DRAWN)}; got {output.format}")
    style = replace(output.style, defects=defects, timeline=timeline)
    output = replace(output, style=style, files=tuple(replace(file, style=style) for file in output.files))
    is_jsonl = output.format == "jsonl" and not output.files
    if not (filter_ or sort) and (not is_jsonl or jobs == 1 or top):
        reader = Reader(files, attached=attached, supplied=supplied)
        return _write(reader, itertools.islice(reader.routes(), top or None), output, organisation)
    from hopscope.cli.dumps import Dump
    from hopscope.scale.reading import route_of

    dump = Dump(files, attached=attached, filter_=filter_, counted=True, supplied=supplied)
    if is_jsonl and not (sort or top):
        return _write_lines(dump, output, organisation, jobs=jobs)
    messages = _selected(dump, output, organisation, sort=sort, top=top or None, jobs=jobs)
    return _write(dump, dump.processed(messages, route_of), output, organisation)


def _write(reader: Reader, routes: "Iterable[Route]", output: Output, organisation: "Organisation | None") -> int:
    """Write messages, analysed by this process."""
    from hopscope.scale.reading import analyzed

    def formats(file: Output) -> "tuple[Renderer, Callable[[Route], Any]]":
        format_, number = renderer(file.format), itertools.count(1)

        def message(route: "Route") -> Any:  # noqa: ANN401 - depends on the format
            return format_.message(analyzed(route, organisation, reader.supplements), file.style, next(number))

        return format_, message

    write_messages(output, routes, reader.processed, formats, inputs=reader.inputs)
    return 2 if reader.failed else 0


def _selected(  # noqa: PLR0913 - the options that select messages
    dump: "Dump",
    output: Output,
    organisation: "Organisation | None",
    *,
    sort: str | None,
    top: int | None,
    jobs: int,
) -> "Iterator[Message]":
    """The messages that the filter of the dump selects, read by worker processes; sorted ones once all are read."""
    from hopscope.scale.run import run
    from hopscope.scale.selecting import first, select

    is_printed = _is_printed(output)

    def start(progress: "Progress") -> "Iterator[SelectedChunk]":
        work = partial(
            select,
            filter_=dump.filter,
            sort=sort,
            top=top,
            organisation=organisation,
            supplements=dump.supplements,
        )
        return run(work, dump.paths, dump.stdin, attached=dump.attached, jobs=jobs, progress=progress)

    chunks = dump.results(start, is_output=None if sort else lambda chunk: is_printed and bool(chunk.messages))
    messages = (message for chunk in chunks for message in chunk.messages)
    chosen = first(messages, top) if sort else itertools.islice(messages, top)
    return (item.message for item in chosen)


def _write_lines(dump: "Dump", output: Output, organisation: "Organisation | None", *, jobs: int) -> int:
    """Write messages as JSON lines, analysed by worker processes."""
    from hopscope.scale.lines import lines
    from hopscope.scale.run import run

    def start(progress: "Progress") -> "Iterator[Lines]":
        work = partial(
            lines,
            tz=output.style.tz,
            organisation=organisation,
            filter_=dump.filter,
            supplements=dump.supplements,
        )
        return run(work, dump.paths, dump.stdin, attached=dump.attached, jobs=jobs, progress=progress)

    is_printed = _is_printed(output)
    results = dump.results(start, is_output=lambda result: is_printed and bool(result.text))
    write((result.text for result in results), output.path, inputs=dump.inputs)
    return 2 if dump.failed else 0


def _is_printed(output: Output) -> bool:
    """Whether the output is printed to a terminal, where it would mix with a progress bar."""
    return output.path is None and bool(sys.stdout and sys.stdout.isatty())
