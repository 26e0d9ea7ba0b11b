"""The tables of facts, and the one way to read them.

Each table is a TSV file in UTF-8: lines that start with ``#`` are comments, the first other line
names the columns, and a column ``source`` says where the row's fact was published (SOURCES.md).
"""

import os
from functools import cache

__all__ = ["document", "lines", "read_text", "row", "table"]

_FOLDER = os.path.dirname(__file__)  # noqa: PTH120 - pathlib and importlib.resources cost 3 and 29 ms at start-up


def read_text(name: str) -> str:
    """Text of the data file ``name``."""
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123 - as above
        return file.read()


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Rows of the table ``name`` (a file name without ``.tsv``), in the order of the file."""
    heading, *rows = lines(name)
    columns = heading.split("\t")
    return tuple([dict(zip(columns, row.split("\t"), strict=True)) for row in rows])


@cache
def lines(name: str) -> tuple[str, ...]:
    """The line that names the columns of a table, and those of its rows: for a long table of which few are needed."""
    return tuple(line for line in read_text(f"{name}.tsv").splitlines() if line and not line.startswith("#"))


def row(name: str, line: str) -> dict[str, str]:
    """The row of the table ``name`` that a line holds."""
    return dict(zip(lines(name)[0].split("\t"), line.split("\t"), strict=True))


def document(key: str) -> str:
    """What a key of the column ``source`` stands for, as SOURCES.md says; the key itself where it says nothing."""
    return _documents().get(key, key)


@cache
def _documents() -> dict[str, str]:
    rows = (line.strip("| ").split(" | ", 1) for line in read_text("SOURCES.md").splitlines() if line.startswith("| "))
    return dict(row for row in rows if len(row) == 2)  # noqa: PLR2004 - key and document
