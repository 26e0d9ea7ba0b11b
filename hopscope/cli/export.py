"""``hopscope export``: a row for each hop, in a Parquet file."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from hopscope.cli.dumps import Dump
from hopscope.cli.options import is_read, jobs_option, verbose_option
from hopscope.scale.work import Progress

if TYPE_CHECKING:
    from hopscope.scale.exporting import Rows

__all__ = ["export"]

_GROUP = 1 << 16
"""Rows of a group: what readers take or leave at a time."""


@click.command(short_help="One row per hop in a Parquet file, for DuckDB, pandas or Spark.")
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False), help="The Parquet file, whole or not at all."
)
@click.option("--attached", is_flag=True, help="Take the messages attached to messages, too.")
@jobs_option
@verbose_option
def export(files: tuple[str, ...], output: str, *, attached: bool, jobs: int) -> int:
    """Write a row for each hop into a Parquet file; docs/export.md says what each column is.

    FILES are messages, mbox files, Outlook items, archives, or folders of them; - is standard input. It needs pyarrow:
    pip install 'hopscope[parquet]'.

    Exit status: 0, or 2 if anything could not be read or written.
    """
    if find_spec("pyarrow") is None:
        raise click.ClickException("pyarrow is not installed; pip install 'hopscope[parquet]'")
    dump = Dump(files, attached=attached)
    if any(is_read(source, output) for source in dump.paths):
        raise click.ClickException(f"{output}: this file is read, and would be lost; choose another --output")

    def start(progress: Progress) -> Iterator["Rows"]:
        from hopscope.scale.exporting import rows
        from hopscope.scale.run import run

        return run(rows, dump.paths, dump.stdin, attached=attached, jobs=jobs, progress=progress)

    _write(dump.results(start, lambda result: result.errors), output)
    return 2 if dump.failed else 0


def _write(chunks: Iterator["Rows"], output: str) -> None:
    """Write a file that appears when it is complete."""
    final = os.path.realpath(output)
    if os.path.exists(final) and not os.path.isfile(final):  # noqa: PTH110, PTH113 - one question each
        raise click.ClickException(f"{output}: cannot be written: it is no regular file; choose another --output")
    part = f"{final}.part{os.getpid()}"
    try:
        _write_groups(chunks, part)
        os.replace(part, final)  # noqa: PTH105 - one call
    except OSError as error:
        reason = error.strerror or str(error)
        raise click.ClickException(f"{output}: cannot be written: {reason}; choose another --output") from None
    finally:
        if os.path.exists(part):  # noqa: PTH110 - one question
            os.unlink(part)  # noqa: PTH108


def _write_groups(chunks: Iterator["Rows"], path: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    from hopscope.renderers.message.parquet import schema

    with parquet.ParquetWriter(path, schema(), compression="zstd") as writer:
        waiting: list[Any] = []
        for chunk in chunks:
            waiting += pa.ipc.open_stream(chunk.data)
            if sum(batch.num_rows for batch in waiting) >= _GROUP:
                writer.write_table(pa.Table.from_batches(waiting, schema()))
                waiting = []
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, schema()))
