"""Sendmail: ``by mail.example (8.14.4/8.14.4) with ESMTP id q6VBqjXx``.

The comment has its version and that of its configuration, which vendors number differently: ``(8.9.3+3.2W/3.7W)``,
``(8.9.3 (PHNE_18546)/8.8.6)``, ``(SMI-8.6/SMI-SVR4)``, ``(5.61/8-Oct-1993)``, ``(Switch-3.1.7/Switch-3.1.7)``.
If the configuration hides it, the id identifies Sendmail 8.10 and later: it encodes the time of the field in UTC, with
one character each for year, month, day, hour, minute and second, then a counter of two characters, and the process.
Redaction tools mistake a version of four numbers for an address:
``(198.51.100.7/198.51.100.7) with ESMTP id q6VBqjXx012345``.
"""

import re
from datetime import UTC, timedelta

from hopscope.model import Stamp

__all__ = ["software"]

_VERSIONS = (
    r"(?:Build [0-9]++ )?+"  # for Windows NT
    r"(?P<version>(?:SMI-|SGI-)?+8\.[0-9]++[\w.+]*+|5\.[0-9]{2}[\w.+]*+|(?:Switch|Sentrion-MTA)-[0-9]++[0-9.]*+)"
    r"(?:\s++\([^()]*+\)|\s++\w++)?+"  # patch or vendor
    r"/[^()]*+"
)
_ID = r"(?P<day>[0-9A-Za-x][0-9AB][1-9A-V])[0-9A-N][0-9A-Za-x]{4}[0-9]{5,7}"
_REDACTED = r"(?:[0-9]++\.){3}[0-9]++/(?:[0-9]++\.){3}[0-9]++"
_REDACTED_ID = r"[0-9A-Za-z]{8}[0-9]{5,7}"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"


def software(stamp: Stamp) -> str | None:
    """``Sendmail``, and its version if the field has the version pair that Sendmail writes."""
    by = stamp.by_domain.comments if stamp.by_domain else ()
    for comment in (*by, *stamp.comments):
        if "/" in comment and (match := re.fullmatch(_VERSIONS, comment)):
            return f"Sendmail {match['version']}"
    if any(re.fullmatch(_REDACTED, comment) for comment in by if "/" in comment):
        return "Sendmail" if re.fullmatch(_REDACTED_ID, stamp.id or "") else None
    return "Sendmail" if _id_encodes_time(stamp) else None


def _id_encodes_time(stamp: Stamp) -> bool:
    """Whether the id has Sendmail's form, and encodes the day of the field or the day before."""
    match = re.fullmatch(_ID, stamp.id or "")
    time = stamp.date_time.value if match and stamp.date_time else None
    if match is None or time is None:
        return False
    days = (time.astimezone(UTC), time.astimezone(UTC) - timedelta(days=1))
    return match["day"] in {_DIGITS[(day.year - 1900) % 60] + _DIGITS[day.month - 1] + _DIGITS[day.day] for day in days}
