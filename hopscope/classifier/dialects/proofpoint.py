"""Proofpoint Protection Server: two Received fields per message, one by its filter and one by its own Sendmail.

``from pps.filterd (m0001.ppops.net [127.0.0.1]) by mx0a.example (8.18.1.2/8.18.1.2) with ESMTP id 54FCg442004731``;
``from a.example ([192.0.2.1]) by mx0a.example (PPS) with ESMTPS id 48upnpchku-1 (version=TLSv1.2 ...)``.
"""

from hopscope.classifier.dialects import sendmail
from hopscope.model import Stamp

__all__ = ["software"]

_OWN = frozenset({"127.0.0.1", "::1"})
"""Addresses from which the filter sends; any other client could also use ``EHLO pps.filterd``."""


def software(stamp: Stamp) -> str | None:
    """``Proofpoint Protection Server``, with the version of its Sendmail if the field has it."""
    if stamp.by_domain and "PPS" in stamp.by_domain.comments:
        return "Proofpoint Protection Server"
    sender = stamp.from_domain
    if sender is None or not (sender.domain or "").startswith("pps.") or sender.tcp_info.address not in _OWN:
        return None
    version = sendmail.software(stamp)
    return f"Proofpoint Protection Server ({version})" if version else None
