"""qmail and its descendants (netqmail, notqmail).

``(qmail 12345 invoked by uid 1000)``, without from and by;
``from a.example (HELO b.example) (ident@192.0.2.1) by mx.example with SMTP; 4 Jul 2004 18:17:59 -0000``: the address
has no brackets, the date has no day of the week and no leading zero, and its zone is always -0000.
"""

import re

from hopscope.model import Stamp

__all__ = ["software"]

_PROTOCOLS = ("SMTP", "SMTPA", "SMTPS", "SMTPSA", "QMQP")
_PEER = r"(?:\S*@)?+[0-9a-fA-F:.]++"
_DATE = r"[1-9][0-9]? [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} -0000"


def software(stamp: Stamp) -> str | None:
    """``qmail``, which never writes its version, if the field names it or has its form."""
    if any(comment.lower().startswith("qmail ") for comment in stamp.comments):
        return "qmail"
    if stamp.from_domain is None or stamp.by_domain is None or stamp.id:
        return None
    protocol, peer = (stamp.with_ or "").upper(), stamp.from_domain.comments[-1:]
    form = protocol.endswith(_PROTOCOLS) and peer and re.fullmatch(_PEER, peer[0])
    return "qmail" if form and stamp.date_time and re.fullmatch(_DATE, " ".join(stamp.date_time.text.split())) else None
