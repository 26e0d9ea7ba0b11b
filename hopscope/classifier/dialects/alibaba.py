"""Alibaba Mail: ``from localhost(mailfrom:a@b.example fp:SMTPD_---0Wio9yUM_1752458672 cluster:ay36) by c.example``."""

from hopscope.model import Stamp

__all__ = ["software"]


def software(stamp: Stamp) -> str | None:
    """``Alibaba Mail``, which never writes a version, if the from clause has its fingerprint of the session."""
    comments = stamp.from_domain.comments if stamp.from_domain else ()
    return "Alibaba Mail" if any("fp:SMTPD_---" in c for c in comments if c.startswith("mailfrom:")) else None
