"""The files that ``hopscope export --headers`` writes: Parquet files of about the same size in one folder."""
# ruff: noqa: PTH103, PTH118, PTH208 - os.path as in files

import os
import re
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from hopscope.cli.files import replaced, unwritable
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    import pyarrow as pa

    from hopscope.scale.exporting import Rows

__all__ = ["ShardSize", "Written", "check_folder", "write"]

_GROUP = 1 << 23
"""Bytes of a row group before compression: what is kept in memory, and what readers read at once."""
_UNITS = " KMGT"


class ShardSize(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """A number of bytes: ``500k``, ``128M``, ``1G``; a unit is 1,024 of the one below it."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401
        """The number of bytes."""
        match = re.fullmatch(r"([0-9]{1,15})([KMGT]?)(?:i?B)?", str(value), re.IGNORECASE | re.ASCII)
        if match is None or not int(match[1]):
            self.fail(f"{value!r} is not a size (examples: 500k, 128M, 1G)", param, ctx)
        return int(match[1]) << 10 * _UNITS.index(match[2].upper() or " ")


class Written(NamedTuple):
    """What was written."""

    messages: int
    shards: int
    size: int
    """Bytes of all shards."""


def check_folder(folder: str) -> None:
    """Create the folder; fail if it is none, or has Parquet files, as two runs would be read as one."""
    try:
        os.makedirs(folder, exist_ok=True)
        names = os.listdir(folder)
    except (FileExistsError, NotADirectoryError):
        raise click.ClickException(f"{visible(folder)}: not a folder; choose another --output") from None
    except OSError as error:
        raise unwritable(folder, error, "--output") from None
    if any(name.lower().endswith(".parquet") for name in names):
        reason = "already has Parquet files; choose a new folder, so that no message is counted twice"
        raise click.ClickException(f"{visible(folder)}: {reason}")


def write(chunks: Iterator["Rows"], folder: str, size: int) -> Written:
    """Write ``part-00001.parquet`` and so on, each atomically; none without messages.

    Args:
        chunks: The rows.
        folder: An existing folder.
        size: Bytes on disk after which another file begins.
    """
    from pyarrow import parquet

    from hopscope.renderers.message.parquet import header_schema

    groups = _row_groups(chunks, min(_GROUP, size))
    messages = total = 0
    for number in count(1):
        group = next(groups, None)
        if group is None:
            return Written(messages, number - 1, total)
        path = os.path.join(folder, f"part-{number:05}.parquet")
        try:
            with replaced(path) as file:
                with parquet.ParquetWriter(
                    file, header_schema(), compression="zstd", use_dictionary=False, write_statistics=["source"]
                ) as writer:
                    while group is not None:
                        messages += group.num_rows
                        writer.write_table(group)
                        group = next(groups, None) if file.tell() < size else None
                total += file.tell()
        except OSError as error:
            raise unwritable(path, error, "--output") from None
    raise AssertionError("count is endless")


def _row_groups(chunks: Iterator["Rows"], size: int) -> Iterator["pa.Table"]:
    """Tables of at least ``size`` bytes; the last one may be smaller. The number of processes changes nothing."""
    import pyarrow as pa

    waiting: list[Any] = []
    for chunk in chunks:
        waiting += (batch for batch in pa.ipc.open_stream(chunk.data) if batch.num_rows)
        if sum(batch.nbytes for batch in waiting) >= size:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)
