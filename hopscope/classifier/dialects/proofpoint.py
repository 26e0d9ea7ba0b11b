"""Proofpoint Protection Server: two stamps for each message, the first by its filter, the second by its own Sendmail.

``from pps.filterd (m0001.ppops.net [127.0.0.1]) by mx0a.example (8.18.1.2/8.18.1.2) with ESMTP id 54FCg442004731``;
``from a.example ([192.0.2.1]) by mx0a.example (PPS) with ESMTPS id 48upnpchku-1 (version=TLSv1.2 ...)``.
"""

from hopscope.classifier.dialects import sendmail
from hopscope.model import Stamp

__all__ = ["software"]

_OWN = frozenset({"127.0.0.1", "::1"})
"""From where the filter hands over; anybody else can say ``EHLO pps.filterd`` too."""


def software(stamp: Stamp) -> str | None:
    """``Proofpoint Protection Server``, with the version of its Sendmail where the stamp prints that."""
    if stamp.by_domain and "PPS" in stamp.by_domain.comments:
        return "Proofpoint Protection Server"
    sender = stamp.from_domain
    if sender is None or not (sender.domain or "").startswith("pps.") or sender.tcp_info.address not in _OWN:
        return None
    version = sendmail.software(stamp)
    return f"Proofpoint Protection Server ({version})" if version else None
