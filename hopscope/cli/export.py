"""``hopscope export``: one row per hop, in a Parquet file; with ``--headers``, one per message, in several."""

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
from hopscope.cli.notes import note
from hopscope.cli.options import Command, attached_option, is_read, jobs_option, organisation_option, verbose_option
from hopscope.cli.shards import ShardSize, Written, check_folder
from hopscope.cli.shards import write as write_shards
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
_SHARD = 128 << 20
"""Bytes."""


@click.command(
    cls=Command,
    epilog="""\
hopscope export export.mbox -o hops.parquet
hopscope export --headers archive.zip mail/ -o shards/ --shard-size 64M""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    metavar="FILE",
    help="Write the Parquet file to FILE (atomically); with --headers, the shards to this folder.",
)
@click.option("--headers", is_flag=True, help="Write header blocks, one row per message, in files of about one size.")
@click.option(
    "--shard-size",
    type=ShardSize(),
    metavar="SIZE",
    help="With --headers: begin another file at this size, such as 64M or 1G (default: 128M).",
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
    headers: bool,
    shard_size: int | None,
    filter_: "MessageFilter | None",
    attached: bool,
    jobs: int,
    organisation: "Organisation | None",
) -> int:
    """Export one row per hop to Parquet (DuckDB, pandas, Spark).

    FILES: messages (.eml, .msg), mbox files, archives, folders, or addresses (dump.mbox:17); - is standard input. The
    columns are described in docs/export.md. Needs pyarrow: pip install 'hopscope[parquet]'.

    For CSV, which needs no pyarrow: hopscope show FILES -o hops.csv.

    With --headers, the header blocks are exported instead, for Spark, Dask and Ray: shards/part-00001.parquet and so
    on. Bodies are left out. Messages are parsed only if options select some.

    Exit status: 0, or 2 if any input could not be read or the output could not be written.
    """
    if shard_size and not headers:
        raise click.UsageError("--shard-size needs --headers")
    if not headers:
        by_suffix(output, ("parquet",))
    if find_spec("pyarrow") is None:
        raise click.ClickException("; ".join(missing("Parquet export", "pyarrow", "parquet")))
    dump = Dump(files, attached=attached, filter_=filter_, counted=True)
    if any(is_read(source, output) for source in dump.paths):
        raise click.ClickException(f"{visible(output)}: is also an input file; choose another --output")

    def start(progress: Progress) -> Iterator["Rows"]:
        from hopscope.scale.exporting import header_rows, rows
        from hopscope.scale.run import run

        work = partial(header_rows if headers else rows, organisation=organisation, filter_=filter_)
        processes = jobs if filter_ or not headers else 1  # reading takes longer than the work
        return run(work, dump.paths, dump.stdin, attached=attached, jobs=processes, progress=progress)

    if headers:
        check_folder(output)
        written = write_shards(dump.results(start), output, shard_size or _SHARD)
        _report(written, output)
    else:
        _write(dump.results(start), output)
    return 2 if dump.failed else 0


def _report(written: Written, folder: str) -> None:
    messages = "1 message" if written.messages == 1 else f"{written.messages:,} messages"
    shards = "1 shard" if written.shards == 1 else f"{written.shards:,} shards"
    size = f"{written.size / 1e6:,.1f} MB" if written.size >= 100_000 else f"{written.size / 1e3:,.1f} kB"  # noqa: PLR2004
    note(f"hopscope: {messages} in {shards}, {size}: {visible(folder)}")


def _write(chunks: Iterator["Rows"], output: str) -> None:
    """Write the file atomically."""
    if os.path.isdir(output):  # noqa: PTH112 - one question
        raise click.ClickException(f"{visible(output)}: is a folder; choose another --output, or use --headers")
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
