"""Rows as CSV (RFC 4180, but with LF line ends)."""

import csv
import io
from collections.abc import Iterable

from hopscope.renderers.text.escape import csv as text

__all__ = ["lines"]


def lines(rows: Iterable[tuple[object, ...]]) -> str:
    """A line per row. ``None`` is an empty cell; cells that look like formulas are escaped."""
    output = io.StringIO()
    csv.writer(output, lineterminator="\n").writerows(
        [text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return output.getvalue()
