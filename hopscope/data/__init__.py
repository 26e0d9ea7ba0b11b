"""The tables of facts, and the functions that read them.

Each table is a TSV file in UTF-8: lines that start with ``#`` are comments, the first other line
names the columns, and the column ``source`` gives the publication of the row's fact (SOURCES.md).
"""

import os
from functools import cache

__all__ = ["document", "lines", "read_text", "row", "table"]

_FOLDER = os.path.dirname(__file__)  # noqa: PTH120 - pathlib and importlib.resources add 3 and 29 ms to the start-up time


def read_text(name: str) -> str:
    """Text of the data file ``name``, which the loader of this package also finds in a zip file."""
    path = os.path.join(_FOLDER, name)  # noqa: PTH118 - as above
    data: bytes = __spec__.loader.get_data(path)  # type: ignore[union-attr] # every loader of files has it
    return data.decode().replace("\r\n", "\n")


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Rows of the table ``name`` (a file name without ``.tsv``), in the order of the file."""
    heading, *rows = lines(name)
    columns = heading.split("\t")
    return tuple([dict(zip(columns, row.split("\t"), strict=True)) for row in rows])


@cache
def lines(name: str) -> tuple[str, ...]:
    """The header line of a table and the lines of its rows, unsplit: for a long table of which few rows are needed."""
    return tuple(line for line in read_text(f"{name}.tsv").splitlines() if line and not line.startswith("#"))


def row(name: str, line: str) -> dict[str, str]:
    """A line of the table ``name`` as a row."""
    return dict(zip(lines(name)[0].split("\t"), line.split("\t"), strict=True))


def document(key: str) -> str:
    """The publication for a key of the column ``source``, from SOURCES.md; the key itself if it is not listed."""
    return _documents().get(key, key)


@cache
def _documents() -> dict[str, str]:
    rows = (line.strip("| ").split(" | ", 1) for line in read_text("SOURCES.md").splitlines() if line.startswith("| "))
    return dict(row for row in rows if len(row) == 2)  # noqa: PLR2004 - key and document
