"""IronPort AsyncOS, now Cisco Secure Email.

``from a.example (HELO b.example) ([192.0.2.1]) by c.example with ESMTP/TLS/AES256-SHA; 09 Jan 2024 21:52:58 -0800``;
without TLS ``with ESMTP``. It has no id and no for clause; the date has no day of the week, and two digits for the day.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_DATE = r"[0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} (?!-0000)[+-][0-9]{4}"


def software(stamp: Stamp) -> str | None:
    """``IronPort AsyncOS``, which never writes its version, if the field has its form."""
    with_ = stamp.with_ or ""
    if with_.startswith(("ESMTP/TLS", "SMTP/TLS")):
        return "IronPort AsyncOS"
    if with_ not in {"ESMTP", "SMTP"} or stamp.id or stamp.for_ or stamp.comments:
        return None
    if stamp.from_domain is None or stamp.by_domain is None or stamp.by_domain.comments:
        return None
    peer = stamp.from_domain.comments[-1:]
    form = (
        peer
        and peer[0].startswith("[")
        and stamp.date_time
        and re.fullmatch(_DATE, " ".join(stamp.date_time.text.split()))
    )
    return "IronPort AsyncOS" if form else None
