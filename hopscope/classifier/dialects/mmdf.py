"""MMDF: ``from a.example by b.example id gg97208; 9 Sep 94 18:48 EDT``.

It has no with clause, and a date of RFC 822 without seconds.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_ID = r"[a-z]{2}[0-9]{5}"
_DATE = r"[0-9]{1,2} [A-Z][a-z]{2} [0-9]{2} [0-9]{1,2}:[0-9]{2} (?:[A-Z]{1,4}|[+-][0-9]{4})"


def software(stamp: Stamp) -> str | None:
    """``MMDF``, which never writes its version, if the field has its form."""
    if stamp.with_ or not re.fullmatch(_ID, stamp.id or "") or stamp.date_time is None:
        return None
    return "MMDF" if re.fullmatch(_DATE, " ".join(stamp.date_time.text.split())) else None
