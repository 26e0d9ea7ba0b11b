"""Systems recognised by the form of their id clause, which no other system writes; software_ids.tsv lists them.

``with esmtps id 1s6mXk-000abc-2D`` is Exim with a hidden name; ``with LMTP id GKBHOH0a+GEHUgAA0tVNHw`` is Dovecot.
"""

import re
from functools import cache

from hopscope.data import table
from hopscope.model import Stamp

__all__ = ["software"]


@cache
def _any_id() -> re.Pattern[str]:
    """All forms of id, with one group per row of the table."""
    return re.compile("|".join(f"({row['id']})" for row in table("software_ids")))


def software(stamp: Stamp) -> str | None:
    """Name of the system that writes such an id."""
    match = _any_id().fullmatch(stamp.id) if stamp.id else None
    if match is None or match.lastindex is None:
        return None
    row = table("software_ids")[match.lastindex - 1]
    return row["name"] if _fits(stamp, row) else None


def _fits(stamp: Stamp, row: dict[str, str]) -> bool:
    comments = (" ".join(comment.split()) for comment in stamp.comments)
    return re.fullmatch(row["with"], stamp.with_ or "") is not None and (
        not row["comment"] or any(re.fullmatch(row["comment"], comment) for comment in comments)
    )
