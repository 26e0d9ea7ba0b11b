"""The tables of facts, and the one way to read them.

Each table is a TSV file in UTF-8: lines that start with ``#`` are comments, the first other line
names the columns, and a column ``source`` says where the row's fact was published (SOURCES.md).
"""

import os
from functools import cache

__all__ = ["document", "read_text", "table"]

_FOLDER = os.path.dirname(__file__)  # noqa: PTH120 - pathlib and importlib.resources cost 3 and 29 ms at start-up


def read_text(name: str) -> str:
    """Text of the data file ``name``."""
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123 - as above
        return file.read()


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Rows of the table ``name`` (a file name without ``.tsv``), in the order of the file."""
    lines = (line.split("\t") for line in read_text(f"{name}.tsv").splitlines() if line and not line.startswith("#"))
    columns = next(lines)
    return tuple(dict(zip(columns, line, strict=True)) for line in lines)


def document(key: str) -> str:
    """What a key of the column ``source`` stands for, as SOURCES.md says; the key itself where it says nothing."""
    return _documents().get(key, key)


@cache
def _documents() -> dict[str, str]:
    rows = (line.strip("| ").split(" | ", 1) for line in read_text("SOURCES.md").splitlines() if line.startswith("| "))
    return dict(row for row in rows if len(row) == 2)  # noqa: PLR2004 - key and document
