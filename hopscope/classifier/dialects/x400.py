"""X.400 systems behind a gateway, which writes their trace in the form of RFC 2156.

``by /PRMD=a/ADMD=b/C=gb/; Relayed; Tue, 11 Jun 1991 10:03:55 +0100``; ``by mta c in /PRMD=a.b/ADMD=gold 400/C=gb/``.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_DOMAIN = r"(?:\A| )/(?:PRMD|ADMD)="


def software(stamp: Stamp) -> str | None:
    """``X.400 MTA``, if the server's name is that of an X.400 management domain."""
    if stamp.by_domain is None or "=" not in (stamp.by_domain.domain or ""):
        return None
    name = " ".join((stamp.by_domain.domain or "", *stamp.additional)).upper()
    match = re.search(_DOMAIN, name)
    return "X.400 MTA" if match and "/C=" in name[match.end() :] else None
