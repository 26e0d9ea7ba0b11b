"""Systems that are told by the form of their id clause, which no other system writes; software_ids.tsv lists them.

``with esmtps id 1s6mXk-000abc-2D`` is Exim, whatever name it prints; ``with LMTP id GKBHOH0a+GEHUgAA0tVNHw`` is Dovecot.
"""

import re
from functools import cache

from hopscope.data import table
from hopscope.model import Stamp

__all__ = ["software"]


@cache
def _ids() -> re.Pattern[str]:
    """All forms of id, one group each: ``row0``, ``row1`` ..."""
    return re.compile("|".join(f"(?P<row{index}>{row['id']})" for index, row in enumerate(table("software_ids"))))


def software(stamp: Stamp) -> str | None:
    """Name of the system whose id it is."""
    match = _ids().fullmatch(stamp.id) if stamp.id else None
    if match is None or match.lastgroup is None:
        return None
    row = table("software_ids")[int(match.lastgroup.removeprefix("row"))]
    if row["with"] and not re.fullmatch(row["with"], stamp.with_ or ""):
        return None
    if row["comment"] and not any(re.fullmatch(row["comment"], " ".join(c.split())) for c in stamp.comments):
        return None
    return row["name"]
