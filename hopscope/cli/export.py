"""``hopscope export``: one row per hop, in a Parquet file."""

import os
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from hopscope.cli.dumps import Dump
from hopscope.cli.files import replaced, unwritable
from hopscope.cli.filters import filter_options
from hopscope.cli.formats import by_suffix
from hopscope.cli.options import Command, attached_option, is_read, jobs_option, organisation_option, verbose_option
from hopscope.errors import missing
from hopscope.renderers.text.escape import visible
from hopscope.scale.work import Progress

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.exporting import Rows
    from hopscope.scale.filters import MessageFilter

__all__ = ["export"]

_GROUP = 1 << 16
"""Rows of a row group: what readers read or skip at once."""


@click.command(
    cls=Command,
    epilog="""\
hopscope export export.mbox -o hops.parquet
duckdb -c "SELECT service, median(delay_seconds) FROM 'hops.parquet' GROUP BY ALL\"""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the Parquet file to FILE (atomically).",
)
@filter_options
@attached_option
@jobs_option
@organisation_option
@verbose_option
def export(  # noqa: PLR0913 - click gives one argument per option
    files: tuple[str, ...],
    output: str,
    *,
    filter_: "MessageFilter | None",
    attached: bool,
    jobs: int,
    organisation: "Organisation | None",
) -> int:
    """Export one row per hop to Parquet (DuckDB, pandas, Spark).

    FILES: messages (.eml, .msg), mbox files, archives, folders, or addresses (dump.mbox:17); - is standard input. The
    columns are described in docs/export.md. Needs pyarrow: pip install 'hopscope[parquet]'.

    For CSV, which needs no pyarrow: hopscope show FILES -o hops.csv.

    Exit status: 0, or 2 if any input could not be read or the output could not be written.
    """
    by_suffix(output, ("parquet",))
    if find_spec("pyarrow") is None:
        raise click.ClickException("; ".join(missing("Parquet export", "pyarrow", "parquet")))
    dump = Dump(files, attached=attached, filter_=filter_, counted=True)
    if any(is_read(source, output) for source in dump.paths):
        raise click.ClickException(f"{visible(output)}: is also an input file; choose another --output")

    def start(progress: Progress) -> Iterator["Rows"]:
        from hopscope.scale.exporting import rows
        from hopscope.scale.run import run

        work = partial(rows, organisation=organisation, filter_=filter_)
        return run(work, dump.paths, dump.stdin, attached=attached, jobs=jobs, progress=progress)

    _write(dump.results(start), output)
    return 2 if dump.failed else 0


def _write(chunks: Iterator["Rows"], output: str) -> None:
    """Write the file atomically."""
    if os.path.exists(output) and not os.path.isfile(output):  # noqa: PTH110, PTH113 - one question each
        raise click.ClickException(f"{visible(output)}: not a regular file; choose another --output")
    try:
        with replaced(output) as file:
            _write_groups(chunks, file)
    except OSError as error:
        raise unwritable(output, error, "--output") from None


def _write_groups(chunks: Iterator["Rows"], file: BinaryIO) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    from hopscope.renderers.message.parquet import schema

    with parquet.ParquetWriter(file, schema(), compression="zstd") as writer:
        waiting: list[Any] = []
        for chunk in chunks:
            waiting += pa.ipc.open_stream(chunk.data)
            if sum(batch.num_rows for batch in waiting) >= _GROUP:
                writer.write_table(pa.Table.from_batches(waiting, schema()))
                waiting = []
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, schema()))
